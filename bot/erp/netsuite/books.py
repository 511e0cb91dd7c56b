"""A NetSuite company's lists as ``Books``.

Account types: https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1530109384.html
Pure: rows in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.erp.netsuite.account import LABEL, NetSuiteCompany
from bot.erp.netsuite.profile import AccountProfile
from bot.erp.netsuite.queries import CLASS, DEPARTMENT, LOCATION
from bot.erp.payload import JsonObject, UnreadableError, require, text_at
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
    **dict.fromkeys(
        (
            "Bank",
            "AcctRec",
            "OthCurrAsset",
            "FixedAsset",
            "OthAsset",
            "UnbilledRec",
            "DeferExpense",
        ),
        AccountClass.ASSET,
    ),
    **dict.fromkeys(
        ("AcctPay", "CredCard", "OthCurrLiab", "LongTermLiab", "DeferRevenue"),
        AccountClass.LIABILITY,
    ),
    "Equity": AccountClass.EQUITY,
    **dict.fromkeys(("Income", "OthIncome"), AccountClass.INCOME),
    **dict.fromkeys(("COGS", "Expense", "OthExpense"), AccountClass.EXPENSE),
}
_REFUSALS = {
    "NonPosting": "A non-posting account takes no journal entries.",
    "Stat": "A statistical account holds quantities, not money.",
}
_SUMMARY = "A summary account takes no entries of its own; use one of the accounts below it."
_CONTACTS = {"AcctRec": ContactKind.CUSTOMER, "AcctPay": ContactKind.VENDOR}
_DIMENSION_NAMES = {DEPARTMENT: "Department", CLASS: "Class", LOCATION: "Location"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The rows of every list, as SuiteQL sent them."""

    accounts: Sequence[JsonObject] = ()
    customers: Sequence[JsonObject] = ()
    vendors: Sequence[JsonObject] = ()
    periods: Sequence[JsonObject] = ()
    years: Sequence[JsonObject] = ()
    dimensions: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    """Values by the dimension's key."""


def read_books(company: NetSuiteCompany, profile: AccountProfile, lists: Lists) -> Books:
    """Put a company together from its profile and its lists.

    Raises:
        ErpActionRequired: its subsidiary is not there.
        UnreadableError: a row lacks what it always has.
    """
    subsidiary = profile.subsidiary_of(company)
    home = profile.functional_currency(company)
    return Books(
        company_name=subsidiary.name if subsidiary else f"{LABEL} account {company.account}",
        functional_currency=home,
        fiscal_year_start_month=_fiscal_month(lists.years),
        lock_date=lock_date(lists.periods),
        accounts=tuple(_accounts(lists.accounts, profile, home)),
        contacts=(
            *(_contact(row, ContactKind.CUSTOMER) for row in lists.customers),
            *(_contact(row, ContactKind.VENDOR) for row in lists.vendors),
        ),
        dimensions=tuple(_dimensions(company, lists.dimensions)),
    )


def lock_date(periods: Iterable[JsonObject]) -> date | None:
    """Return the last day up to which every period is closed or locked, if there is one.

    A period closed behind an open one is not told by it; NetSuite itself refuses its entries.

    Raises:
        UnreadableError: a period has no days.
    """
    last: date | None = None
    for row in sorted(periods, key=lambda row: _day(row, "firstday")):
        if "T" not in (text_at(row, "closed"), text_at(row, "alllocked")):
            break
        last = max(_day(row, "lastday"), last or date.min)
    return last


def _fiscal_month(years: Sequence[JsonObject]) -> int:
    """Read the month the latest fiscal year begins in; January when years are not shown."""
    return max((_day(row, "firstday") for row in years), default=date(1, 1, 1)).month


def _accounts(rows: Iterable[JsonObject], profile: AccountProfile, home: str) -> Iterable[Account]:
    for row in rows:
        kind = require(row, "accttype")
        yield Account(
            erp_id=require(row, "id"),
            name=require(row, "fullname"),
            code=text_at(row, "acctnumber"),
            classification=_CLASSES.get(kind, AccountClass.ASSET),
            erp_type=kind,
            currency=_own_currency(row, profile, home),
            is_active=_is_active(row),
            refusal=_refusal(kind, is_summary=text_at(row, "issummary") == "T"),
            requires_contact=_CONTACTS.get(kind),
        )


def _refusal(kind: str, *, is_summary: bool) -> str | None:
    """Say why an account takes no entry; one of no class is shown as an asset, and refused."""
    if is_summary:
        return _SUMMARY
    unknown = None if kind in _CLASSES else f"Integral does not know accounts of the type {kind}."
    return _REFUSALS.get(kind, unknown)


def _own_currency(row: JsonObject, profile: AccountProfile, home: str) -> str | None:
    """Read the currency of an account kept in one; one we cannot name is not the company's own."""
    id_ = text_at(row, "currency")
    if id_ is None:
        return None
    code = profile.currencies.get(id_, id_)
    return code if code != home else None


def _contact(row: JsonObject, kind: ContactKind) -> Contact:
    return Contact(
        erp_id=require(row, "id"),
        name=text_at(row, "companyname") or require(row, "entityid"),
        kind=kind,
        is_active=_is_active(row),
    )


def _dimensions(
    company: NetSuiteCompany, lists: Mapping[str, Sequence[JsonObject]]
) -> Iterable[Dimension]:
    names = _DIMENSION_NAMES | {segment.key: segment.name for segment in company.segments}
    for key, rows in lists.items():
        yield Dimension(
            key=key,
            name=names[key],
            is_required=key in company.required_dimensions,
            values=tuple(
                DimensionValue(
                    erp_id=require(row, "id"),
                    name=text_at(row, "fullname") or require(row, "name"),
                    is_active=_is_active(row),
                )
                for row in rows
            ),
        )


def _is_active(row: JsonObject) -> bool:
    return text_at(row, "isinactive") != "T"


def _day(row: JsonObject, key: str) -> date:
    try:
        return date.fromisoformat(require(row, key))
    except ValueError as error:
        raise UnreadableError(f"{key} of a period is not a date") from error
