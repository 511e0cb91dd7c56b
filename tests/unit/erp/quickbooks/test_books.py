"""A company's lists and preferences as books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

import pytest

from bot.erp.payload import JsonObject, UnreadableError
from bot.erp.quickbooks.books import Lists, Preferences, read_books, read_preferences
from bot.erp.quickbooks.company import PRODUCTION, QuickBooksCompany
from ledger.books import AccountClass, Books, ContactKind

OPEN_BOOKS = Preferences(
    home_currency="USD", book_close_date=None, tracks_classes=False, tracks_locations=False
)


def as_json(payload: Mapping[str, object]) -> JsonObject:
    return cast("JsonObject", payload)


def account(**changes: object) -> JsonObject:
    plain = {"Id": "39", "Name": "Cash", "AccountType": "Bank", "Classification": "Asset"}
    return as_json(plain | changes)


def books(lists: Lists, preferences: Preferences = OPEN_BOOKS, **company: object) -> Books:
    return read_books(as_json({"CompanyName": "Harbor", **company}), preferences, lists)


@pytest.mark.parametrize(
    ("row", "classification"),
    [
        (account(), AccountClass.ASSET),
        (account(Classification="Revenue", AccountType="Income"), AccountClass.INCOME),
        (account(Classification=None, AccountType="Credit Card"), AccountClass.LIABILITY),
        (account(Classification=None, AccountType="Cost of Goods Sold"), AccountClass.EXPENSE),
        (account(Classification=None, AccountType="Equity"), AccountClass.EQUITY),
    ],
)
def test_accounts_have_one_of_five_classes(row: JsonObject, classification: AccountClass) -> None:
    assert books(Lists(accounts=[row])).accounts[0].classification is classification


def test_an_account_keeps_its_full_name_code_type_and_state() -> None:
    row = account(FullyQualifiedName="Assets:Cash", AcctNum="1100", Active=False)
    (read,) = books(Lists(accounts=[row])).accounts
    assert (read.label, read.erp_type, read.is_active) == ("1100 Assets:Cash", "Bank", False)


@pytest.mark.parametrize(("currency", "kept"), [("USD", None), ("EUR", "EUR"), (None, None)])
def test_only_a_foreign_currency_is_named(currency: str | None, kept: str | None) -> None:
    row = account(CurrencyRef={"value": currency} if currency else None)
    assert books(Lists(accounts=[row])).accounts[0].currency == kept


def test_receivables_and_payables_need_their_contacts() -> None:
    kinds = ("Accounts Receivable", "Accounts Payable", "Bank")
    rows = [account(AccountType=kind) for kind in kinds]
    needs = [a.requires_contact for a in books(Lists(accounts=rows)).accounts]
    assert needs == [ContactKind.CUSTOMER, ContactKind.VENDOR, None]


def test_accounts_of_no_class_are_left_out() -> None:
    assert books(Lists(accounts=[account(Classification=None, AccountType="Non-Posting")])) == (
        books(Lists())
    )


def test_dimensions_follow_the_preferences() -> None:
    rows = [as_json({"Id": "1", "Name": "Boston", "Active": False})]
    tracking = Preferences(
        home_currency="USD", book_close_date=None, tracks_classes=True, tracks_locations=True
    )
    read = books(Lists(classes=rows, locations=rows), tracking)
    assert [(d.key, d.values[0].name, d.values[0].is_active) for d in read.dimensions] == [
        ("class", "Boston", False),
        ("location", "Boston", False),
    ]
    assert books(Lists(classes=rows, locations=rows)).dimensions == ()


@pytest.mark.parametrize(("month", "number"), [("April", 4), ("January", 1), ("", 1)])
def test_the_fiscal_year_starts_in_its_month(month: str, number: int) -> None:
    assert books(Lists(), FiscalYearStartMonth=month).fiscal_year_start_month == number


def preferences(**accounting: object) -> Preferences:
    currency = {"HomeCurrency": {"value": "USD"}}
    return read_preferences(as_json({"CurrencyPrefs": currency, "AccountingInfoPrefs": accounting}))


def test_closed_books_have_a_lock_date_and_open_ones_none() -> None:
    assert preferences(BookCloseDate="2026-09-30").book_close_date == date(2026, 9, 30)
    assert preferences().book_close_date is None


@pytest.mark.parametrize("flag", ["ClassTrackingPerTxn", "ClassTrackingPerTxnLine"])
def test_classes_are_tracked_either_way(flag: str) -> None:
    assert preferences(**{flag: True}).tracks_classes
    assert not preferences(**{flag: False}).tracks_classes


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {
            "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}},
            "AccountingInfoPrefs": {"BookCloseDate": "soon"},
        },
    ],
)
def test_preferences_that_make_no_sense_are_unreadable(payload: Mapping[str, object]) -> None:
    with pytest.raises(UnreadableError):
        read_preferences(as_json(payload))


@pytest.mark.parametrize("realm", ["", "93 41", "../42", "٣٤", "42?x=1"])
def test_a_realm_id_that_is_no_number_never_becomes_an_address(realm: str) -> None:
    with pytest.raises(ValueError, match="digits only"):
        QuickBooksCompany(realm_id=realm, addresses=PRODUCTION)
