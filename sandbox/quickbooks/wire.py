"""A company's records in the shapes of the v3 API, and an answer as JSON or XML.

Shapes: https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry
and its sibling pages. Nothing is decided here.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from starlette.responses import Response

from sandbox.payload import JsonObject, JsonValue, write_json
from sandbox.quickbooks.company import Account, Company, Contact, Dimension, Journal, Line
from sandbox.quickbooks.errors import QuickBooksFault

INTUIT_TIME = ZoneInfo("America/Los_Angeles")
_CURRENCY_NAMES = {"USD": "United States Dollar", "EUR": "Euro", "GBP": "British Pound Sterling"}
_CLASSIFICATIONS = {
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Equity": "Equity",
    "Expense": "Expense",
    "Other Expense": "Expense",
    "Cost of Goods Sold": "Expense",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
}
_XML_NAMESPACE = "http://schema.intuit.com/finance/v3"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply before it is JSON or XML."""

    status: int
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)

    def render(self, accept: str) -> Response:
        """The reply in the format asked for: XML unless JSON is."""
        headers = {
            **self.headers,
            "intuit_tid": f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}",
        }
        if "json" in accept:
            content, media_type = write_json(self.body).encode(), "application/json;charset=UTF-8"
        else:
            content, media_type = _xml(self.body), "application/xml;charset=UTF-8"
        return Response(content, self.status, headers, media_type)


def fault_answer(fault: QuickBooksFault, now: datetime, *, accept: str) -> Answer:
    """A refusal; the gateway's lower-case shape exists in JSON only."""
    headers = {}
    if fault.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
    if fault.at_gateway and "json" in accept:
        return Answer(fault.status, fault.gateway_body(int(now.timestamp() * 1000)), headers)
    return Answer(fault.status, fault.body() | {"time": stamp(now, fine=True)}, headers)


def stamp(moment: datetime, *, fine: bool = False) -> str:
    """A time as Intuit writes it, in its own zone, to the second or (`fine`) the millisecond."""
    return moment.astimezone(INTUIT_TIME).isoformat(timespec="milliseconds" if fine else "seconds")


def classification(account: Account) -> str:
    """An account's `Classification`, which follows from its type."""
    return _CLASSIFICATIONS.get(account.type, "Asset")


def currency_ref(code: str) -> JsonObject:
    """A `CurrencyRef`."""
    return {"value": code, "name": _CURRENCY_NAMES.get(code, code)}


def account_json(company: Company, account: Account) -> JsonObject:
    """An `Account` without its balances; an inactive one has ` (deleted)` after its names."""
    suffix = "" if account.active else " (deleted)"
    shown: JsonObject = {
        **_head(company, account.id),
        "Name": account.name + suffix,
        "SubAccount": account.parent is not None,
        "FullyQualifiedName": company.full_name(account) + suffix,
        "Active": account.active,
        "Classification": classification(account),
        "AccountType": account.type,
        "AccountSubType": account.subtype,
        "CurrencyRef": currency_ref(company.account_currency(account)),
    }
    if account.parent is not None:
        shown["ParentRef"] = {"value": account.parent}
    if account.number is not None and company.settings.use_account_numbers:
        shown["AcctNum"] = account.number
    return shown


def contact_json(company: Company, contact: Contact) -> JsonObject:
    """A `Customer`, `Vendor` or `Employee`."""
    shown: JsonObject = {
        **_head(company, contact.id),
        "DisplayName": contact.name + ("" if contact.active else " (deleted)"),
        "CompanyName": contact.name,
        "Active": contact.active,
        "CurrencyRef": currency_ref(contact.currency or company.home_currency),
    }
    if contact.email is not None:
        shown["PrimaryEmailAddr"] = {"Address": contact.email}
    return shown


def dimension_json(company: Company, dimension: Dimension) -> JsonObject:
    """A `Class` or `Department`."""
    shown: JsonObject = {
        **_head(company, dimension.id),
        "Name": dimension.name + ("" if dimension.active else " (deleted)"),
        "FullyQualifiedName": dimension.name,
        "SubClass" if dimension.id in company.classes else "SubDepartment": False,
        "Active": dimension.active,
    }
    return shown


def journal_json(company: Company, journal: Journal) -> JsonObject:
    """A `JournalEntry`; its totals are always 0, as Intuit's are."""
    shown: JsonObject = {
        **_head(company, journal.id),
        "SyncToken": str(journal.sync_token),
        "Adjustment": journal.adjustment,
        "MetaData": _meta(journal.created_at or company.created_at, journal.updated_at),
        "TxnDate": journal.txn_date.isoformat(),
        "TotalAmt": 0,
        "HomeTotalAmt": 0,
        "TxnTaxDetail": {},
        "CurrencyRef": currency_ref(journal.currency or company.home_currency),
        "Line": [_line_json(company, line) for line in journal.lines],
    }
    if company.settings.multicurrency:
        shown["ExchangeRate"] = journal.exchange_rate
    if journal.doc_number is not None:
        shown["DocNumber"] = journal.doc_number
    if journal.private_note is not None:
        shown["PrivateNote"] = journal.private_note
    return shown


def company_json(company: Company) -> JsonObject:
    """The `CompanyInfo`; address countries are three letters since October 2025."""
    return {
        **_head(company, "1"),
        "CompanyName": company.name,
        "LegalName": company.name,
        "Country": company.country,
        "CompanyAddr": {"Id": "1", "Country": {"US": "USA", "GB": "GBR"}.get(company.country, "")},
        "FiscalYearStartMonth": company.fiscal_year_start,
        "NameValue": [
            {
                "Name": "SubscriptionStatus",
                "Value": "EXPIRED" if company.settings.subscription_ended else "SUBSCRIBED",
            },
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
        ],
    }


def preferences_json(company: Company) -> JsonObject:
    """The `Preferences`; `BookCloseDate` is absent while the books are open."""
    settings = company.settings
    accounting: JsonObject = {
        "FirstMonthOfFiscalYear": company.fiscal_year_start,
        "UseAccountNumbers": settings.use_account_numbers,
        "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": settings.class_tracking_per_line,
        "TrackDepartments": settings.track_departments,
    }
    if settings.book_close_date is not None:
        accounting["BookCloseDate"] = settings.book_close_date.isoformat()
    warns = "true" if settings.warn_duplicate_journal_number else "false"
    return {
        **_head(company, "1"),
        "AccountingInfoPrefs": accounting,
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": settings.multicurrency,
            "HomeCurrency": {"value": company.home_currency},
        },
        "OtherPrefs": {"NameValue": [{"Name": "WarnDuplicateJournalNumber", "Value": warns}]},
    }


def _head(company: Company, id_: str) -> JsonObject:
    return {
        "Id": id_,
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "MetaData": _meta(company.created_at, None),
    }


def _meta(created: datetime, updated: datetime | None) -> JsonObject:
    return {"CreateTime": stamp(created), "LastUpdatedTime": stamp(updated or created)}


def _line_json(company: Company, line: Line) -> JsonObject:
    shown: JsonObject = {"Id": line.id}
    if line.description is not None:
        shown["Description"] = line.description
    if line.side is None or line.account is None:
        return {**shown, "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
    detail: JsonObject = {
        "PostingType": line.side.value,
        "AccountRef": {
            "value": line.account,
            "name": company.full_name(company.accounts[line.account]),
        },
    }
    if line.entity_type is not None and line.entity is not None:
        name = company.contacts(line.entity_type)[line.entity].name
        detail["Entity"] = {
            "Type": line.entity_type,
            "EntityRef": {"value": line.entity, "name": name},
        }
    if line.class_id is not None:
        detail["ClassRef"] = {"value": line.class_id, "name": company.classes[line.class_id].name}
    if line.department is not None:
        name = company.departments[line.department].name
        detail["DepartmentRef"] = {"value": line.department, "name": name}
    return {
        **shown,
        "Amount": line.amount,
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": detail,
    }


def _xml(body: JsonObject) -> bytes:
    root = ET.Element(
        "IntuitResponse", {"xmlns": _XML_NAMESPACE, "time": str(body.get("time", ""))}
    )
    for name, value in body.items():
        if name != "time":
            _append(root, name, value)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _append(parent: ET.Element, name: str, value: JsonValue) -> None:
    if isinstance(value, list):
        for item in value:
            _append(parent, name, item)
        return
    element = ET.SubElement(parent, name)
    if not isinstance(value, dict):
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
        return
    for key, inner in value.items():
        # Intuit's XML has a fault's type, an error's code and an error's element as attributes.
        if key in {"type", "code", "element"} and name in {"Fault", "Error"}:
            element.set(key, str(inner))
        else:
            _append(element, key, inner)
