"""An organisation's records in the shapes of the Accounting API, and an answer as JSON or XML.

Shapes: https://developer.xero.com/documentation/api/accounting/manualjournals and its sibling
pages, https://github.com/XeroAPI/Xero-OpenAPI (`xero_accounting.yaml`). Nothing is decided here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import uuid4
from xml.etree import ElementTree as ET

from starlette.responses import Response

from sandbox.payload import JsonObject, JsonValue, write_json
from sandbox.xero.errors import XeroRefusal
from sandbox.xero.organisation import (
    Account,
    Contact,
    Journal,
    Line,
    Organisation,
    TrackingCategory,
)

PROVIDER = "Integral sandbox app"
_CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "EQUITY": "EQUITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "PAYG": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "OTHERINCOME": "REVENUE",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
}
_DATE = re.compile(r"/Date\((-?\d+)(?:\+0000)?\)/")
_XML_MEMBERS = {
    "TrackingCategories": "TrackingCategory",
    "Tracking": "TrackingCategory",
    "Elements": "DataContractBase",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply before it is JSON or XML; without a body it is `text`."""

    status: int
    body: JsonObject | None = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def render(self, accept: str) -> Response:
        """The reply in the format asked for: XML unless JSON is; a refused sign-in is JSON."""
        headers = {**self.headers, "Xero-Correlation-Id": str(uuid4())}
        if self.body is None:
            return Response(self.text, self.status, headers, "text/html; charset=utf-8")
        if "json" in accept or self.status in (401, 403):
            content, media_type = write_json(self.body).encode(), "application/json; charset=utf-8"
        else:
            content, media_type = _xml(self.body), "text/xml; charset=utf-8"
        return Response(content, self.status, headers, media_type)


def refusal_answer(refusal: XeroRefusal) -> Answer:
    """A refusal as an answer."""
    return Answer(
        status=refusal.status, body=refusal.body, text=refusal.text, headers=refusal.headers
    )


def envelope(now: datetime, **content: JsonValue) -> JsonObject:
    """The reply that wraps a list."""
    return {
        "Id": str(uuid4()),
        "Status": "OK",
        "ProviderName": PROVIDER,
        "DateTimeUTC": stamp(now),
        **content,
    }


def stamp(moment: datetime | date) -> str:
    """A moment or a day as Xero's JSON writes it: `/Date(1552521600000+0000)/`."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


def moment_of(text: str) -> datetime | None:
    """The moment that such a text stands for, or none when it is another text."""
    found = _DATE.fullmatch(text)
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC) if found else None


def account_class(account: Account) -> str:
    """An account's `Class`, which follows from its type."""
    return _CLASSES.get(account.type, "ASSET")


def account_json(organisation: Organisation, account: Account) -> JsonObject:
    """An `Account`; without a code the property is left out."""
    shown: JsonObject = {
        "AccountID": account.id,
        "Name": account.name,
        "Status": "ACTIVE" if account.active else "ARCHIVED",
        "Type": account.type,
        "TaxType": account.tax_type,
        "Class": account_class(account),
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "HasAttachments": False,
        "UpdatedDateUTC": stamp(account.updated_at),
    }
    if account.code is not None:
        shown["Code"] = account.code
    if account.system_account is not None:
        shown["SystemAccount"] = account.system_account
    if account.type == "BANK":
        shown["BankAccountNumber"] = account.bank_account_number
        shown["BankAccountType"] = "BANK"
        shown["CurrencyCode"] = account.currency or organisation.currency
    return shown


def contact_json(contact: Contact, *, summary: bool = False) -> JsonObject:
    """A `Contact`, with the lists that a summary leaves out."""
    shown: JsonObject = {
        "ContactID": contact.id,
        "ContactStatus": contact.status,
        "Name": contact.name,
        "EmailAddress": contact.email or "",
        "IsSupplier": contact.is_supplier,
        "IsCustomer": contact.is_customer,
        "UpdatedDateUTC": stamp(contact.updated_at),
    }
    if summary:
        return shown
    return {
        **shown,
        "BankAccountDetails": "",
        "Addresses": [{"AddressType": "STREET"}, {"AddressType": "POBOX"}],
        "Phones": [{"PhoneType": "DEFAULT"}, {"PhoneType": "MOBILE"}],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def tracking_json(category: TrackingCategory, *, with_archived: bool) -> JsonObject:
    """A `TrackingCategory` with its options."""
    options: list[JsonValue] = [
        {
            "TrackingOptionID": option.id,
            "Name": option.name,
            "Status": "ACTIVE" if option.active else "ARCHIVED",
        }
        for option in category.options.values()
        if option.active or with_archived
    ]
    return {
        "Name": category.name,
        "Status": "ACTIVE" if category.active else "ARCHIVED",
        "TrackingCategoryID": category.id,
        "Options": options,
    }


def organisation_json(organisation: Organisation) -> JsonObject:
    """The `Organisation`; a lock date is absent unless it is set."""
    settings = organisation.settings
    shown: JsonObject = {
        "OrganisationID": organisation.tenant,
        "Name": organisation.name,
        "LegalName": organisation.name,
        "PaysTax": True,
        "Version": {"US": "US", "GB": "UK"}.get(organisation.country, "GLOBAL"),
        "OrganisationType": "COMPANY",
        "BaseCurrency": organisation.currency,
        "CountryCode": organisation.country,
        "IsDemoCompany": False,
        "OrganisationStatus": organisation.status,
        "FinancialYearEndDay": organisation.year_end_day,
        "FinancialYearEndMonth": organisation.year_end_month,
        "CreatedDateUTC": stamp(organisation.created_at),
        "Timezone": organisation.timezone,
        "OrganisationEntityType": "COMPANY",
        "ShortCode": organisation.short_code,
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    if settings.period_lock_date is not None:
        shown["PeriodLockDate"] = stamp(settings.period_lock_date)
    if settings.end_of_year_lock_date is not None:
        shown["EndOfYearLockDate"] = stamp(settings.end_of_year_lock_date)
    return shown


def journal_json(
    organisation: Organisation, journal: Journal, *, with_lines: bool = True
) -> JsonObject:
    """A `ManualJournal`; lists that are not paged come without lines."""
    shown: JsonObject = {
        "Date": stamp(journal.journal_date),
        "Status": journal.status.value,
        "LineAmountTypes": journal.line_amount_types,
        "UpdatedDateUTC": stamp(journal.updated_at),
        "ManualJournalID": journal.id,
        "Narration": journal.narration,
        "ShowOnCashBasisReports": journal.show_on_cash_basis,
        "HasAttachments": False,
    }
    if journal.url is not None:
        shown["Url"] = journal.url
    if with_lines:
        shown["JournalLines"] = [_line_json(organisation, line) for line in journal.lines]
    return shown


def _line_json(organisation: Organisation, line: Line) -> JsonObject:
    account = organisation.accounts[line.account]
    shown: JsonObject = {
        "TaxType": line.tax_type or account.tax_type,
        "TaxAmount": 0,
        "LineAmount": line.amount,
        "AccountID": account.id,
        "Tracking": [
            {
                "Name": organisation.tracking[category].name,
                "Option": organisation.tracking[category].options[option].name,
                "TrackingCategoryID": category,
                "TrackingOptionID": option,
            }
            for category, option in line.tracking
        ],
        "IsBlank": False,
    }
    if line.description is not None:
        shown["Description"] = line.description
    if account.code is not None:
        shown["AccountCode"] = account.code
    return shown


def _xml(body: JsonObject) -> bytes:
    root = ET.Element("ApiException" if "ErrorNumber" in body else "Response")
    for name, value in body.items():
        _append(root, name, value)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _append(parent: ET.Element, name: str, value: JsonValue) -> None:
    element = ET.SubElement(parent, name)
    if isinstance(value, list):
        for item in value:
            _append(element, _XML_MEMBERS.get(name, name.removesuffix("s")), item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _append(element, key, inner)
    elif value is not None:
        element.text = _xml_text(value)


def _xml_text(value: str | float | object) -> str:
    """Text as XML has it; dates are ISO there, and not JSON's `/Date()/`."""
    if isinstance(value, bool):
        return str(value).lower()
    moment = moment_of(value) if isinstance(value, str) else None
    return str(value) if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}"
