"""A QuickBooks company's settings and lists as ``Books``.

https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/account (and
/customer, /vendor, /class, /department, /companyinfo, /preferences). Pure: rows in, values out.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.erp.payload import (
    JsonObject,
    UnreadableError,
    flag_at,
    object_at,
    require,
    text_at,
)
from bot.erp.quickbooks.payloads import CLASS, LOCATION
from ledger.books import (
    Account,
    AccountClass,
    Books,
    Contact,
    ContactKind,
    Dimension,
    DimensionValue,
)

_CLASSES = {
    "Asset": AccountClass.ASSET,
    "Liability": AccountClass.LIABILITY,
    "Equity": AccountClass.EQUITY,
    "Revenue": AccountClass.INCOME,
    "Expense": AccountClass.EXPENSE,
}
# For the rows without a Classification.
_CLASSES_BY_TYPE = {
    **dict.fromkeys(
        ("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset"),
        AccountClass.ASSET,
    ),
    **dict.fromkeys(
        ("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability"),
        AccountClass.LIABILITY,
    ),
    "Equity": AccountClass.EQUITY,
    **dict.fromkeys(("Income", "Other Income"), AccountClass.INCOME),
    **dict.fromkeys(("Cost of Goods Sold", "Expense", "Other Expense"), AccountClass.EXPENSE),
}
_CONTACTS_BY_TYPE = {
    "Accounts Receivable": ContactKind.CUSTOMER,
    "Accounts Payable": ContactKind.VENDOR,
}
_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What of a company's preferences matters to a journal entry."""

    home_currency: str
    book_close_date: date | None
    tracks_classes: bool
    tracks_locations: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The rows of every list, as QuickBooks sent them."""

    accounts: Sequence[JsonObject] = ()
    customers: Sequence[JsonObject] = ()
    vendors: Sequence[JsonObject] = ()
    classes: Sequence[JsonObject] = ()
    locations: Sequence[JsonObject] = ()


def read_preferences(payload: JsonObject) -> Preferences:
    """Read the ``Preferences`` object.

    Raises:
        UnreadableError: when the home currency is missing.
    """
    currency = object_at(object_at(payload, "CurrencyPrefs"), "HomeCurrency")
    accounting = object_at(payload, "AccountingInfoPrefs")
    class_flags = ("ClassTrackingPerTxn", "ClassTrackingPerTxnLine")
    return Preferences(
        home_currency=require(currency, "value"),
        book_close_date=_close_date(text_at(accounting, "BookCloseDate")),
        tracks_classes=any(flag_at(accounting, flag) for flag in class_flags),
        tracks_locations=flag_at(accounting, "TrackDepartments"),
    )


def read_books(company: JsonObject, preferences: Preferences, lists: Lists) -> Books:
    """Put a company together from its ``CompanyInfo``, its preferences and its lists.

    Raises:
        UnreadableError: when a row lacks its id or name.
    """
    home = preferences.home_currency
    return Books(
        company_name=require(company, "CompanyName"),
        functional_currency=home,
        fiscal_year_start_month=_MONTHS.get(text_at(company, "FiscalYearStartMonth") or "", 1),
        lock_date=preferences.book_close_date,
        accounts=tuple(_accounts(lists.accounts, home)),
        contacts=(
            *(_contact(row, ContactKind.CUSTOMER, home) for row in lists.customers),
            *(_contact(row, ContactKind.VENDOR, home) for row in lists.vendors),
        ),
        dimensions=tuple(_dimensions(preferences, lists)),
        country=text_at(company, "Country"),
    )


def _accounts(rows: Iterable[JsonObject], home: str) -> Iterable[Account]:
    """Read the accounts; one of no class (*Non-Posting*) is none of bookkeeping's and left out."""
    for row in rows:
        kind = text_at(row, "AccountType") or ""
        classification = _CLASSES.get(text_at(row, "Classification") or "")
        classification = classification or _CLASSES_BY_TYPE.get(kind)
        if classification is None:
            continue
        yield Account(
            erp_id=require(row, "Id"),
            name=text_at(row, "FullyQualifiedName") or require(row, "Name"),
            code=text_at(row, "AcctNum"),
            classification=classification,
            erp_type=kind,
            currency=_foreign_currency(row, home),
            is_active=flag_at(row, "Active", otherwise=True),
            requires_contact=_CONTACTS_BY_TYPE.get(kind),
        )


def _contact(row: JsonObject, kind: ContactKind, home: str) -> Contact:
    return Contact(
        erp_id=require(row, "Id"),
        name=require(row, "DisplayName"),
        kind=kind,
        is_active=flag_at(row, "Active", otherwise=True),
        currency=_foreign_currency(row, home),
    )


def _dimensions(preferences: Preferences, lists: Lists) -> Iterable[Dimension]:
    if preferences.tracks_classes:
        yield Dimension(key=CLASS, name="Class", values=_values(lists.classes))
    if preferences.tracks_locations:
        yield Dimension(key=LOCATION, name="Location", values=_values(lists.locations))


def _values(rows: Iterable[JsonObject]) -> tuple[DimensionValue, ...]:
    return tuple(
        DimensionValue(
            erp_id=require(row, "Id"),
            name=text_at(row, "FullyQualifiedName") or require(row, "Name"),
            is_active=flag_at(row, "Active", otherwise=True),
        )
        for row in rows
    )


def _foreign_currency(row: JsonObject, home: str) -> str | None:
    currency = text_at(object_at(row, "CurrencyRef"), "value")
    return currency if currency != home else None


def _close_date(text: str | None) -> date | None:
    """Read up to when the books are closed; QuickBooks leaves it out while they are open."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise UnreadableError("BookCloseDate is not a date") from error
