"""An organisation's settings and lists as books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

import pytest

from bot.erp.payload import JsonObject, UnreadableError
from bot.erp.xero.books import Lists, read_books
from bot.erp.xero.organisation import XeroOrganisation, is_guid
from ledger.books import AccountClass, Books, ContactKind

_GUID = "7ea00001-0000-4000-8000-000000000001"
SEPTEMBER, DECEMBER = "/Date(1790640000000+0000)/", "/Date(1767139200000+0000)/"


def as_json(payload: Mapping[str, object]) -> JsonObject:
    return cast("JsonObject", payload)


def account(**changes: object) -> JsonObject:
    plain = {
        "AccountID": "a1",
        "Name": "ETH",
        "Type": "CURRENT",
        "Class": "ASSET",
        "Status": "ACTIVE",
    }
    return as_json(plain | changes)


def contact(**changes: object) -> JsonObject:
    return as_json({"ContactID": "c1", "Name": "Acme", "ContactStatus": "ACTIVE"} | changes)


def books(lists: Lists | None = None, **organisation: object) -> Books:
    plain = {"Name": "Harbor", "BaseCurrency": "USD", "CountryCode": "US"}
    return read_books(as_json(plain | organisation), lists or Lists())


@pytest.mark.parametrize(
    ("word", "classification"),
    [
        ("ASSET", AccountClass.ASSET),
        ("LIABILITY", AccountClass.LIABILITY),
        ("EQUITY", AccountClass.EQUITY),
        ("REVENUE", AccountClass.INCOME),
        ("EXPENSE", AccountClass.EXPENSE),
    ],
)
def test_accounts_have_one_of_five_classes(word: str, classification: AccountClass) -> None:
    (read,) = books(Lists(accounts=[account(Class=word)])).accounts
    assert read.classification is classification


def test_accounts_of_no_class_are_left_out() -> None:
    assert books(Lists(accounts=[account(Class="OTHER"), account(Class=None)])).accounts == ()


def test_an_account_keeps_its_code_type_and_state() -> None:
    rows = [account(Code="112"), account(Status="ARCHIVED")]
    first, second = books(Lists(accounts=rows)).accounts
    assert (first.label, first.erp_type, first.is_active) == ("112 ETH", "CURRENT", True)
    assert (second.code, second.is_active) == (None, False)


@pytest.mark.parametrize(("currency", "kept"), [("USD", None), ("EUR", "EUR"), (None, None)])
def test_only_a_foreign_currency_is_named(currency: str | None, kept: str | None) -> None:
    row = account(Type="BANK", CurrencyCode=currency)
    assert books(Lists(accounts=[row])).accounts[0].currency == kept


@pytest.mark.parametrize(
    ("flags", "kinds"),
    [
        ({"IsCustomer": True}, [ContactKind.CUSTOMER]),
        ({"IsSupplier": True}, [ContactKind.VENDOR]),
        ({"IsCustomer": True, "IsSupplier": True}, list(ContactKind)),
        ({}, list(ContactKind)),
    ],
    ids=["customer", "supplier", "both", "new"],
)
def test_a_contact_is_what_it_has_been_or_may_become(
    flags: dict[str, object], kinds: list[ContactKind]
) -> None:
    assert [c.kind for c in books(Lists(contacts=[contact(**flags)])).contacts] == kinds


@pytest.mark.parametrize("status", ["ARCHIVED", "GDPRREQUEST"])
def test_a_contact_that_is_not_active_says_so(status: str) -> None:
    row = contact(ContactStatus=status, IsCustomer=True)
    assert not books(Lists(contacts=[row])).contacts[0].is_active


def test_only_active_tracking_categories_are_dimensions() -> None:
    options = [
        {"TrackingOptionID": "o1", "Name": "North", "Status": "ACTIVE"},
        {"TrackingOptionID": "o2", "Name": "South", "Status": "ARCHIVED"},
    ]
    rows = [
        as_json({"TrackingCategoryID": id_, "Name": "Region", "Status": status, "Options": options})
        for id_, status in (("t1", "ACTIVE"), ("t2", "ARCHIVED"))
    ]
    (read,) = books(Lists(tracking=rows)).dimensions
    assert (read.key, read.name, read.is_required) == ("t1", "Region", False)
    assert [(v.erp_id, v.is_active) for v in read.values] == [("o1", True), ("o2", False)]


@pytest.mark.parametrize(("last", "first"), [(12, 1), (3, 4), (6, 7), (None, 1)])
def test_the_fiscal_year_starts_after_its_last_month(last: int | None, first: int) -> None:
    assert books(FinancialYearEndMonth=last).fiscal_year_start_month == first


@pytest.mark.parametrize(
    ("locks", "lock"),
    [
        ({}, None),
        ({"PeriodLockDate": SEPTEMBER}, date(2026, 9, 29)),
        ({"EndOfYearLockDate": DECEMBER}, date(2025, 12, 31)),
        ({"PeriodLockDate": SEPTEMBER, "EndOfYearLockDate": DECEMBER}, date(2026, 9, 29)),
    ],
)
def test_the_later_lock_date_counts(locks: dict[str, object], lock: date | None) -> None:
    assert books(Lists(), **locks).lock_date == lock


@pytest.mark.parametrize(
    ("lists", "organisation"),
    [
        (Lists(), {"BaseCurrency": None}),
        (Lists(), {"PeriodLockDate": "soon"}),
        (Lists(accounts=[account(AccountID=None)]), {}),
        (Lists(contacts=[contact(Name="")]), {}),
    ],
)
def test_what_makes_no_sense_is_unreadable(lists: Lists, organisation: dict[str, object]) -> None:
    with pytest.raises(UnreadableError):
        books(lists, **organisation)


@pytest.mark.parametrize("id_", ["", "7ea00001", f"{_GUID}\r\nX: 1", f"../{_GUID}", f"{_GUID} "])
def test_an_id_that_is_no_guid_never_becomes_an_address_or_a_header(id_: str) -> None:
    assert not is_guid(id_)
    for ids in ((id_, _GUID), (_GUID, id_)):
        with pytest.raises(ValueError, match="GUID"):
            XeroOrganisation(tenant_id=ids[0], connection_id=ids[1])
