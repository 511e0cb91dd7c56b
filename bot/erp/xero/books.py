"""A Xero organisation's settings and lists as ``Books``.

https://developer.xero.com/documentation/api/accounting/organisation (and /accounts, /contacts,
/trackingcategories). Pure: rows in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.erp.payload import (
    JsonObject,
    decimal_at,
    flag_at,
    objects_at,
    require,
    text_at,
)
from bot.erp.xero.account_rules import refusal
from bot.erp.xero.dates import read_day
from ledger.books import (
    Account,
    AccountClass,
    Books,
    Contact,
    ContactKind,
    Dimension,
    DimensionValue,
)

_ACTIVE = "ACTIVE"
_CLASSES = {
    "ASSET": AccountClass.ASSET,
    "LIABILITY": AccountClass.LIABILITY,
    "EQUITY": AccountClass.EQUITY,
    "REVENUE": AccountClass.INCOME,
    "EXPENSE": AccountClass.EXPENSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The rows of every list, as Xero sent them."""

    accounts: Sequence[JsonObject] = ()
    contacts: Sequence[JsonObject] = ()
    tracking: Sequence[JsonObject] = ()


def read_books(organisation: JsonObject, lists: Lists) -> Books:
    """Put an organisation together from its ``Organisation`` and its lists.

    Raises:
        UnreadableError: when a row lacks its id or name, or a date makes no sense.
    """
    base = require(organisation, "BaseCurrency")
    return Books(
        company_name=require(organisation, "Name"),
        functional_currency=base,
        fiscal_year_start_month=_first_month(organisation),
        lock_date=_lock_date(organisation),
        accounts=tuple(_accounts(lists.accounts, base)),
        contacts=tuple(c for row in lists.contacts for c in _contacts(row)),
        dimensions=tuple(_dimension(row) for row in lists.tracking if _is_active(row, "Status")),
        country=text_at(organisation, "CountryCode"),
    )


def _lock_date(organisation: JsonObject) -> date | None:
    """Return the later of the two; an adviser's exemption from the first is not relied on."""
    texts = (text_at(organisation, key) for key in ("PeriodLockDate", "EndOfYearLockDate"))
    return max((read_day(text) for text in texts if text is not None), default=None)


def _first_month(organisation: JsonObject) -> int:
    last = decimal_at(organisation, "FinancialYearEndMonth")
    return int(last) % 12 + 1 if last is not None else 1


def _accounts(rows: Iterable[JsonObject], base: str) -> Iterable[Account]:
    """Read the accounts; one of a class that bookkeeping does not have is left out."""
    for row in rows:
        classification = _CLASSES.get(text_at(row, "Class") or "")
        if classification is None:
            continue
        kind = require(row, "Type")
        currency = text_at(row, "CurrencyCode")
        yield Account(
            erp_id=require(row, "AccountID"),
            name=require(row, "Name"),
            code=text_at(row, "Code"),
            classification=classification,
            erp_type=kind,
            currency=currency if currency != base else None,
            is_active=_is_active(row, "Status"),
            refusal=refusal(account_type=kind, system_account=text_at(row, "SystemAccount")),
        )


def _contacts(row: JsonObject) -> Iterable[Contact]:
    """Read a contact as what it is; one that has had neither a sale nor a bill may become either.

    Xero has one contact for both roles and sets these flags at its first invoice or bill.
    """
    is_customer, is_supplier = flag_at(row, "IsCustomer"), flag_at(row, "IsSupplier")
    kinds = ((ContactKind.CUSTOMER, is_customer), (ContactKind.VENDOR, is_supplier))
    for kind, is_kind in kinds:
        if is_kind or not (is_customer or is_supplier):
            yield Contact(
                erp_id=require(row, "ContactID"),
                name=require(row, "Name"),
                kind=kind,
                is_active=_is_active(row, "ContactStatus"),
            )


def _dimension(row: JsonObject) -> Dimension:
    return Dimension(
        key=require(row, "TrackingCategoryID"),
        name=require(row, "Name"),
        values=tuple(
            DimensionValue(
                erp_id=require(option, "TrackingOptionID"),
                name=require(option, "Name"),
                is_active=_is_active(option, "Status"),
            )
            for option in objects_at(row, "Options")
        ),
    )


def _is_active(row: JsonObject, key: str) -> bool:
    return (text_at(row, key) or _ACTIVE) == _ACTIVE
