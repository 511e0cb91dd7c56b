"""Each sandbox, served under its ERP's own host names, does a client's whole round.

What the client read is compared with what the sandbox's inspector shows. Where a client expects
what its ERP does not document, `docs/erp/` says so under "What other people's clients expect".
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from sandbox.clock import SandboxClock
from sandbox.netsuite import defaults
from sandbox.netsuite.sandbox import NetSuiteSandbox
from sandbox.quickbooks.sandbox import QuickBooksSandbox
from sandbox.quickbooks.state import HARBOR_STREET as REALM
from sandbox.xero.sandbox import XeroSandbox
from sandbox.xero.state import HARBOR_STREET as TENANT
from sandbox.xero.state import SECOND_ORGANISATION
from tests.clients import environments
from tests.support.erp_hosts import serve_as

pytestmark = pytest.mark.skipif(not environments.are_built(), reason=environments.MISSING)

CLIENT_ID, CLIENT_SECRET = "test-client", "test-secret"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
DAY = "2026-10-31"
# https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-openid-discovery-doc
DISCOVERY = {
    "issuer": "https://oauth.platform.intuit.com/op/v1",
    "authorization_endpoint": "https://appcenter.intuit.com/connect/oauth2",
    "token_endpoint": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    "userinfo_endpoint": "https://sandbox-accounts.platform.intuit.com/v1/openid_connect/userinfo",
    "revocation_endpoint": "https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
    "jwks_uri": "https://oauth.platform.intuit.com/op/v1/jwks",
}


def _app_at(path: str, routes: list[BaseRoute]) -> ASGIApp:
    """What a sandbox mounts at a path: the ERP as it stands at the root of its own hosts."""
    return next(it.app for it in routes if isinstance(it, Mount) and it.path == path)


async def _discovery(_request: Request) -> Response:
    return JSONResponse(DISCOVERY)


async def test_xeros_own_sdk_signs_in_posts_searches_and_is_refused(tmp_path: Path) -> None:
    sandbox = XeroSandbox(clock=SandboxClock(), client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    tokens = sandbox.grants.begin([TENANT]).as_json()
    xero = _app_at("/xero", sandbox.routes())
    accounts = _two_accounts(sandbox)
    order = {
        **APP,
        "tokens": tokens,
        "tenant": TENANT,
        "stranger": SECOND_ORGANISATION,
        "accounts": accounts,
        "date": DAY,
        "narration": "[SDK-1] by xero-python",
        "key": "sdk-1",
    }
    async with serve_as({"api.xero.com": xero, "identity.xero.com": xero}, tmp_path) as hosts:
        told = await environments.run("xero", order, hosts)
    books, organisation = sandbox.desk.books(TENANT), sandbox.desk.organisation(TENANT)
    sandbox.close()

    assert set(hosts.asked) == {"api.xero.com", "identity.xero.com"}
    assert len(told["tokens"]) == 2 == len(set(told["tokens"]))
    assert told["tenants"] == [TENANT]
    assert told["company"] == [organisation.name, organisation.currency, organisation.country]
    assert [it[0] for it in told["accounts"]] == list(organisation.accounts)
    assert told["made"] == told["again"] == told["read"]
    assert told["mixed"] == ["OK", "ERROR"]
    held = _journals(books)
    assert [it["ManualJournalID"] for it in held] == [told["made"]["id"], told["mixed_id"]]
    assert [it["id"] for it in told["listed"]] == [it["ManualJournalID"] for it in held]
    assert told["read"]["narration"] == held[0]["Narration"] == order["narration"]
    assert (told["read"]["date"], told["read"]["status"]) == (DAY, "POSTED")
    assert [[it[0], Decimal(it[1])] for it in told["read"]["lines"]] == [
        [it["AccountID"], Decimal(str(it["LineAmount"]))] for it in held[0]["JournalLines"]
    ]
    assert told["lines_without_page"] == [0, 0]
    assert told["unbalanced"][:3] == [400, 10, "ValidationException"]
    assert told["unbalanced"][3] == "The total debits (100.00) must equal total credits (-10.00)"
    assert told["stranger"] == [403, "AuthenticationUnsuccessful"]


async def test_python_quickbooks_signs_in_posts_searches_and_is_refused(tmp_path: Path) -> None:
    sandbox = QuickBooksSandbox(
        clock=SandboxClock(), client_id=CLIENT_ID, client_secret=CLIENT_SECRET
    )
    intuit = _app_at("/quickbooks", sandbox.routes())
    company = sandbox.desk.company(REALM)
    # The package does not pace itself, and a fast machine sends more than ten calls in a second.
    company.settings.limits.enabled = False
    sandbox.desk.replace(company)
    well_known = Route("/.well-known/openid_sandbox_configuration/", _discovery)
    order = {
        **APP,
        "realm": REALM,
        "accounts": ["12", "71"],
        "receivable": ["20", "50"],
        "date": DAY,
        "number": "PQ-1",
        "key": "requestid-1",
    }
    names: dict[str, ASGIApp] = {
        "developer.intuit.com": Starlette(routes=[well_known]),
        "appcenter.intuit.com": intuit,
        "oauth.platform.intuit.com": intuit,
        "developer.api.intuit.com": intuit,
        "sandbox-quickbooks.api.intuit.com": intuit,
    }
    async with serve_as(names, tmp_path) as hosts:
        told = await environments.run("quickbooks", order, hosts)
    books = sandbox.desk.books(REALM)
    sandbox.close()

    assert set(hosts.asked) == set(names)
    assert told["refreshed"]
    assert told["company"] == [company.name, company.country, company.fiscal_year_start]
    active = [it for it in company.accounts.values() if it.active]
    assert told["accounts"] == [[it.id, it.name, it.type] for it in active]
    assert told["made"] == told["again"] == told["read"]
    assert told["found"] == [told["read"]]
    held = _journals(books)
    assert [told["made"]["id"], told["batch_made"][0]["id"]] == [it["Id"] for it in held]
    assert told["count"] == len(held) == 2
    assert told["batch_refused"] == ["6000"]
    assert (told["read"]["number"], told["read"]["date"]) == ("PQ-1", DAY)
    assert [_comparable(*it) for it in told["read"]["lines"]] == [
        _comparable(
            it["JournalEntryLineDetail"]["AccountRef"]["value"],
            it["JournalEntryLineDetail"]["PostingType"],
            it["Amount"],
        )
        for it in held[0]["Line"]
    ]
    assert told["missing"][:2] == ["ObjectNotFoundException", 610]
    assert told["unbalanced"][:2] == ["QuickbooksException", 6000]
    assert "you must choose a customer in the Name field" in told["nobody"][2]
    assert (told["revoked"], told["after"]) == (True, [401, "AUTHENTICATION"])
    assert told["refresh_after"] == [400, "invalid_grant"]


async def test_the_netsuite_package_signs_in_posts_searches_and_is_refused(
    tmp_path: Path,
) -> None:
    sandbox = NetSuiteSandbox(clock=SandboxClock())
    account, five = defaults.HARBOR_STREET, defaults.DEFAULT_FIVE
    netsuite = _app_at("/netsuite", sandbox.routes())
    named = account.lower().replace("_", "-")
    order = {
        "account": account,
        "auth": {key: value for key, value in five.as_json().items() if key != "account_id"},
        "subsidiary": "1",
        "accounts": ["122", "181"],
        "date": DAY,
        "external_id": "NS-1",
    }
    names = {
        f"{named}.suitetalk.api.netsuite.com": netsuite,
        f"{named}.restlets.api.netsuite.com": netsuite,
    }
    async with serve_as(names, tmp_path) as hosts:
        told = await environments.run("netsuite", order, hosts)
    books, company = sandbox.desk.books(account), sandbox.desk.account(account)
    attempts = [it.reason for it in sandbox.login_attempts(account)]
    sandbox.close()

    assert set(hosts.asked) == set(names)
    assert told["company"] == [account, company.name]
    assert told["subsidiaries"] == [[it.id, it.name] for it in company.subsidiaries.values()]
    assert told["accounts"] == [[it.id, it.number, it.type] for it in company.accounts.values()]
    [held] = _journals(books)
    assert told["status"] == 204
    assert told["location"] == (
        f"https://{named}.suitetalk.api.netsuite.com/services/rest/record/v1/journalEntry/{held['id']}"
    )
    assert told["by_name"] == told["read"]["id"] == held["id"]
    [row] = told["found"]
    assert (row["id"], row["externalid"], row["day"]) == (held["id"], "NS-1", DAY)
    assert [_line(it) for it in told["read"]["line"]["items"]] == [
        _line(it) for it in held["line"]["items"]
    ]
    assert told["taken"][:2] == told["unbalanced"][:2] == [400, "USER_ERROR"]
    assert told["missing"][:2] == [404, "NONEXISTENT_ID"]
    assert told["misspelt"][:2] == [400, "INVALID_CONTENT"]
    assert told["stranger"][:2] == [401, "INVALID_LOGIN"]
    assert attempts[-1] == "InvalidSignature"
    assert attempts[:-1] == [None] * (len(attempts) - 1)


def _two_accounts(sandbox: XeroSandbox) -> list[str]:
    """Two accounts that take journals."""
    chart = sandbox.desk.organisation(TENANT).accounts.values()
    return [next(it.id for it in chart if it.name == name) for name in ("ETH", "Trading Fees")]


def _journals(books: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = books["journals"]
    return found


def _comparable(account: str, side: str, amount: object) -> tuple[str, str, Decimal]:
    return account, side, Decimal(str(amount))


def _line(item: dict[str, Any]) -> tuple[str, Decimal, Decimal]:
    debit, credit = (Decimal(str(item.get(side, 0))) for side in ("debit", "credit"))
    return item["account"]["id"], debit, credit
