"""QuickBooks by `python-quickbooks` and Intuit's `intuit-oauth`, run with their interpreter.

JSON in and JSON out; it must not import anything of this project. The packages are used as
published, with their own hosts: the environment leads `requests` through the proxy.
"""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.exceptions import AuthorizationException, QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.base import Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.journalentry import JournalEntry, JournalEntryLine, JournalEntryLineDetail

Json = dict[str, Any]


def agreed(address: str, realm: str) -> dict[str, str]:
    """A person's yes on the page at an authorize address: what the app is called back with."""
    parts = urlsplit(address)
    form = {**dict(parse_qsl(parts.query)), "decision": "connect", "realm": realm}
    page = parts._replace(query="").geturl()
    back = requests.post(page, data=form, allow_redirects=False, timeout=10).headers["location"]
    return dict(parse_qsl(urlsplit(back).query))


def signed_in(order: Json) -> AuthClient:
    """An app that a person let in."""
    app = AuthClient(
        client_id=order["client_id"],
        client_secret=order["client_secret"],
        redirect_uri="http://localhost:8000/callback",
        environment="sandbox",
    )
    back = agreed(app.get_authorization_url([Scopes.ACCOUNTING]), order["realm"])
    app.get_bearer_token(back["code"], realm_id=back["realmId"])
    return app


def ref(value: str) -> Ref:
    """A reference by id or code."""
    made = Ref()
    made.value = value
    return made


def line(side: str, amount: str, account: str) -> JournalEntryLine:
    """One line, with everything that the package sets by itself."""
    detail = JournalEntryLineDetail()
    detail.PostingType = side
    detail.AccountRef = ref(account)
    made = JournalEntryLine()
    made.Amount = Decimal(amount)
    made.Description = f"{side} by python-quickbooks"
    made.JournalEntryLineDetail = detail
    return made


def entry(order: Json, number: str, debit: str, credit: str) -> JournalEntry:
    """An entry over the order's two accounts."""
    made = JournalEntry()
    made.DocNumber = number
    made.TxnDate = order["date"]
    made.PrivateNote = "By python-quickbooks"
    made.CurrencyRef = ref("USD")
    made.Line = [
        line("Debit", debit, order["accounts"][0]),
        line("Credit", credit, order["accounts"][1]),
    ]
    return made


def shown(found: JournalEntry) -> Json:
    """What a test compares of an entry."""
    return {
        "id": found.Id,
        "number": found.DocNumber,
        "date": found.TxnDate,
        "lines": [
            [
                it.JournalEntryLineDetail.AccountRef.value,
                it.JournalEntryLineDetail.PostingType,
                str(it.Amount),
            ]
            for it in found.Line
        ],
    }


def create(qb: QuickBooks, order: Json) -> Json:
    """One entry, sent twice under one `requestid`; then a good and a bad one in one batch."""
    made, again = (
        entry(order, order["number"], "100.25", "100.25").save(qb=qb, request_id=order["key"])
        for _ in range(2)
    )
    batch = batch_create([entry(order, "PQ-2", "7", "7"), entry(order, "PQ-3", "7", "6")], qb=qb)
    return {
        "made": shown(made),
        "again": shown(again),
        "batch_made": [shown(it) for it in batch.successes],
        "batch_refused": [error.code for fault in batch.faults for error in fault.Error],
    }


def refusals(qb: QuickBooks, order: Json) -> Json:
    """An entry that is not there, an unbalanced one, and receivables without a customer."""
    told: Json = {}
    receivable = entry({**order, "accounts": order["receivable"]}, "PQ-5", "1", "1")
    tries: dict[str, Callable[[], object]] = {
        "missing": lambda: JournalEntry.get("999999", qb=qb),
        "unbalanced": lambda: entry(order, "PQ-4", "100", "10").save(qb=qb),
        "nobody": lambda: receivable.save(qb=qb),
    }
    for name, attempt in tries.items():
        try:
            attempt()
        except QuickbooksException as refused:
            told[name] = [type(refused).__name__, refused.error_code, refused.detail]
    return told


def leave(app: AuthClient, qb: QuickBooks, order: Json) -> Json:
    """Revoke, and see that neither token works any longer."""
    told: Json = {"revoked": app.revoke()}
    try:
        CompanyInfo.get(order["realm"], qb=qb)
    except AuthorizationException as refused:
        told["after"] = [refused.error_code, json.loads(refused.detail)["fault"]["type"]]
    try:
        app.refresh()
    except AuthClientError as refused:
        told["refresh_after"] = [refused.status_code, json.loads(refused.content)["error"]]
    return told


def main() -> None:
    """Do all of it once."""
    order = json.load(sys.stdin)
    app = signed_in(order)
    first = app.access_token
    app.refresh()
    qb = QuickBooks(
        auth_client=app,
        refresh_token=app.refresh_token,
        company_id=order["realm"],
        minorversion=75,
        use_decimal=True,
    )
    company = CompanyInfo.get(order["realm"], qb=qb)
    written = create(qb, order)
    found = JournalEntry.filter(DocNumber=order["number"], order_by="TxnDate", qb=qb)
    answer = {
        "refreshed": app.access_token != first,
        "company": [company.CompanyName, company.Country, company.FiscalYearStartMonth],
        "accounts": [[it.Id, it.Name, it.AccountType] for it in Account.all(qb=qb)],
        **written,
        "read": shown(JournalEntry.get(written["made"]["id"], qb=qb)),
        "found": [shown(it) for it in found],
        "count": JournalEntry.count(qb=qb),
        **refusals(qb, order),
        **leave(app, qb, order),
    }
    json.dump(answer, sys.stdout)


main()
