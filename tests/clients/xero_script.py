"""Xero by its own SDK, `xero-python`: run with that package's interpreter, JSON in and JSON out.

It must not import anything of this project. The package is used as published: the proxy and the
authority to trust are its public settings.
"""

import json
import os
import sys
from datetime import date
from decimal import Decimal
from typing import Any

from xero_python.accounting import (
    AccountingApi,
    LineAmountTypes,
    ManualJournal,
    ManualJournalLine,
    ManualJournals,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import AccountingBadRequestException, HTTPStatusException
from xero_python.identity import IdentityApi

Json = dict[str, Any]


def signed_in(order: Json) -> tuple[ApiClient, list[Json]]:
    """A client whose access token has run out, and the tokens that it is given."""
    configuration = Configuration(
        oauth2_token=OAuth2Token(order["client_id"], order["client_secret"])
    )
    configuration.proxy = os.environ["HTTPS_PROXY"]
    configuration.ssl_ca_cert = os.environ["SSL_CERT_FILE"]
    kept = [{**order["tokens"], "scope": order["tokens"]["scope"].split(), "expires_at": 0}]
    client = ApiClient(
        configuration, oauth2_token_saver=kept.append, oauth2_token_getter=lambda: kept[-1]
    )
    return client, kept


def journal(order: Json, narration: str, *amounts: str) -> ManualJournal:
    """A posted journal over the given accounts, amounts above zero being debits."""
    lines = [
        ManualJournalLine(line_amount=Decimal(amount), account_id=account, tax_type="NONE")
        for amount, account in zip(amounts, order["accounts"], strict=True)
    ]
    return ManualJournal(
        narration=narration,
        date=date.fromisoformat(order["date"]),
        status="POSTED",
        line_amount_types=LineAmountTypes.NOTAX,
        journal_lines=lines,
    )


def shown(found: ManualJournal) -> Json:
    """What a test compares of a journal."""
    return {
        "id": found.manual_journal_id,
        "narration": found.narration,
        "date": found.date.isoformat(),
        "status": found.status,
        "lines": [[line.account_id, str(line.line_amount)] for line in found.journal_lines or []],
    }


def create(api: AccountingApi, order: Json) -> Json:
    """One journal, sent twice under one key; then a good and a bad one in one request."""
    tenant, key = order["tenant"], order["key"]
    good = ManualJournals(manual_journals=[journal(order, order["narration"], "100.25", "-100.25")])
    made, again = (
        api.create_manual_journals(tenant, good, idempotency_key=key).manual_journals[0]
        for _ in range(2)
    )
    mixed = ManualJournals(
        manual_journals=[
            journal(order, "[SDK-2] good", "7", "-7"),
            journal(order, "[SDK-3] bad", "7", "-6"),
        ]
    )
    answers = api.create_manual_journals(tenant, mixed, summarize_errors=False).manual_journals
    return {
        "made": shown(made),
        "again": shown(again),
        "mixed": [it.status_attribute_string for it in answers],
        "mixed_id": answers[0].manual_journal_id,
    }


def find(api: AccountingApi, order: Json, id_: str) -> Json:
    """The journal by its id, and those of its day that name it."""
    tenant, day = order["tenant"], date.fromisoformat(order["date"])
    where = f"Date==DateTime({day.year},{day.month:02},{day.day:02})"
    listed = api.get_manual_journals(tenant, where=where, page=1, order="UpdatedDateUTC ASC")
    bare = api.get_manual_journals(tenant)
    return {
        "read": shown(api.get_manual_journal(tenant, id_).manual_journals[0]),
        "listed": [shown(it) for it in listed.manual_journals],
        "lines_without_page": [len(it.journal_lines or []) for it in bare.manual_journals],
    }


def refusals(api: AccountingApi, order: Json) -> Json:
    """An unbalanced journal, and a tenant that the grant does not reach."""
    bad = ManualJournals(manual_journals=[journal(order, "[SDK-4] bad", "100", "-10")])
    told: Json = {}
    try:
        api.create_manual_journals(order["tenant"], bad)
    except AccountingBadRequestException as refused:
        number, kind = refused.error_data["ErrorNumber"], refused.error_data["Type"]
        told["unbalanced"] = [refused.http_resp.status, number, kind, refused.reason]
    try:
        api.get_organisations(order["stranger"])
    except HTTPStatusException as refused:
        told["stranger"] = [refused.http_resp.status, json.loads(refused.body)["detail"]]
    return told


def main() -> None:
    """Do all of it once."""
    order = json.load(sys.stdin)
    client, kept = signed_in(order)
    connections = IdentityApi(client).get_connections()
    api = AccountingApi(client)
    organisation = api.get_organisations(order["tenant"]).organisations[0]
    accounts = api.get_accounts(order["tenant"]).accounts
    written = create(api, order)
    country = organisation.country_code.value
    answer = {
        "tokens": [it["refresh_token"] for it in kept],
        "tenants": [it.tenant_id for it in connections],
        "company": [organisation.name, organisation.base_currency.value, country],
        "accounts": [[it.account_id, it.name, it.type.value] for it in accounts],
        **written,
        **find(api, order, written["made"]["id"]),
        **refusals(api, order),
    }
    json.dump(answer, sys.stdout, default=str)


main()
