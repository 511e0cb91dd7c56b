"""The doctor of an installation: keys of apps are tried at their services, and nothing is sent."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.erp.oauth import AppKeys, TokenEndpoint
from bot.services.checks import Finding, Verdict
from bot.settings import Settings
from bot.wiring.desk import open_desk
from bot.wiring.examining import Examining
from storage.installation import Installations
from storage.tables.installation import installation
from tests.support.databases import SECRET_KEYS, opened
from tests.support.engine_tables import make_engine_tables
from tests.support.loopback import serve
from tests.support.quickbooks import CLIENT_ID, CLIENT_SECRET, running_quickbooks


async def examined(database_url: str, **settings: Any) -> dict[str, Finding]:
    chosen = Settings.model_validate(
        {
            "database_url": SecretStr(database_url),
            "integral_secret_keys": SecretStr(SECRET_KEYS),
            "slack_api_url": "http://127.0.0.1:9/api/",
            "quickbooks_token_url": "http://127.0.0.1:9/token",
            "xero_identity_url": "http://127.0.0.1:9",
            **settings,
        }
    )
    async with open_desk(chosen) as desk:
        whole = Examining(desk.ground, desk.outside)
        found = [f async for f in whole.examine(has_organisations=False)]
    assert all(finding.remedy for finding in found if finding.verdict is not Verdict.OK)
    return {finding.check: finding for finding in found}


@pytest.mark.parametrize(
    ("secret", "verdict"), [(CLIENT_SECRET, Verdict.OK), ("not-the-one", Verdict.WRONG)]
)
async def test_quickbooks_says_whether_it_knows_our_app(
    database_url: str, secret: str, verdict: Verdict
) -> None:
    async with running_quickbooks() as running:
        found = await examined(
            database_url,
            quickbooks_client_id=CLIENT_ID,
            quickbooks_client_secret=SecretStr(secret),
            quickbooks_token_url=running.addresses.token_url,
        )
    assert found["QuickBooks app keys"].verdict is verdict
    assert found["Xero app keys"].verdict is Verdict.UNKNOWN
    assert "not set" in found["Xero app keys"].says
    assert secret not in repr(found)


async def test_a_service_that_is_away_says_nothing_about_keys(database_url: str) -> None:
    found = await examined(
        database_url,
        quickbooks_client_id="id",
        quickbooks_client_secret=SecretStr("secret"),
        xero_client_id="id",
        xero_client_secret=SecretStr("secret"),
        slack_client_id="id",
        slack_client_secret=SecretStr("secret"),
        slack_app_token=SecretStr("xapp-1"),
    )
    for check in (
        "QuickBooks app keys",
        "Xero app keys",
        "Slack app keys",
        "Slack Socket Mode",
    ):
        assert found[check].verdict is Verdict.UNKNOWN, check


async def test_slack_says_whether_it_knows_our_app_and_opens_a_socket(database_url: str) -> None:
    async def answer(request: Request) -> Response:
        form = await request.form()
        if request.url.path.endswith("oauth.v2.access"):
            known = "Basic" in request.headers.get("authorization", "") or "client_id" in form
            assert known, dict(form)
            return JSONResponse({"ok": False, "error": "bad_client_secret"})
        return JSONResponse({"ok": True, "url": "wss://nowhere.example"})

    app = Starlette(routes=[Route("/api/{method}", answer, methods=["GET", "POST"])])
    async with serve(app) as url:
        found = await examined(
            database_url,
            slack_api_url=f"{url}/api/",
            slack_client_id="id",
            slack_client_secret=SecretStr("secret"),
            slack_app_token=SecretStr("xapp-1"),
        )
    assert found["Slack app keys"].verdict is Verdict.WRONG
    assert found["Slack Socket Mode"].verdict is Verdict.OK


async def test_a_database_that_was_moved_copied_or_restored_is_named(database_url: str) -> None:
    async with opened(database_url) as database:
        await Installations(database).arrive()
        await make_engine_tables(database)
        async with database.session() as session:
            await session.execute(installation.update().values(place="elsewhere", beats=9))
            await session.commit()
    found = await examined(database_url)
    assert found["installation"].verdict is Verdict.UNKNOWN
    assert "set" in found["engine's time"].remedy

    async with opened(database_url) as database, database.session() as session:
        await session.execute(installation.update().values(moved_at=database.clock.now()))
        await session.commit()
    found = await examined(database_url)
    assert found["database"].verdict is Verdict.WRONG
    assert "DATABASE_URL" in found["database"].says


async def test_without_a_public_address_the_doctor_says_what_it_is_for(database_url: str) -> None:
    assert (await examined(database_url))["PUBLIC_URL"].verdict is Verdict.WRONG
    # With Socket Mode Slack needs none, and a browser on this machine can sign in at an ERP.
    socket = await examined(database_url, slack_app_token=SecretStr("xapp-1"))
    assert socket["PUBLIC_URL"].verdict is Verdict.UNKNOWN
    local = await examined(database_url, public_url="http://127.0.0.1:9")
    assert local["PUBLIC_URL"].verdict is Verdict.UNKNOWN


async def test_an_endpoint_without_an_answer_is_not_taken_for_a_refusal() -> None:
    async def broken(_: Request) -> Response:
        return Response("no", 503)

    async with (
        serve(Starlette(routes=[Route("/token", broken, methods=["POST"])])) as url,
        httpx.AsyncClient() as http,
    ):
        keys = AppKeys(client_id="id", client_secret="secret")
        endpoint = TokenEndpoint(http, erp="Xero", url=f"{url}/token", keys=keys)
        assert await endpoint.takes_keys() is None
