"""Lists as books: types, contacts, required dimensions, and the lock date from periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.errors import ErpActionRequired
from bot.erp.netsuite.account import AccountId, NetSuiteAddresses, NetSuiteCompany, Segment
from bot.erp.netsuite.books import Lists, lock_date, read_books
from bot.erp.netsuite.profile import AccountProfile, read_profile
from bot.erp.payload import JsonObject, UnreadableError
from ledger.books import Account, AccountClass, ContactKind

ACCOUNT = AccountId("1234567")
COMPANY = NetSuiteCompany(
    account=ACCOUNT, addresses=NetSuiteAddresses.of(ACCOUNT), subsidiary_id="2"
)
CURRENCIES: list[JsonObject] = [
    {"id": "1", "symbol": "USD", "isbasecurrency": "T"},
    {"id": "2", "symbol": "EUR", "isbasecurrency": "F"},
]
ASSETS = (
    "Bank",
    "AcctRec",
    "OthCurrAsset",
    "FixedAsset",
    "OthAsset",
    "UnbilledRec",
    "DeferExpense",
)
LIABILITIES = ("AcctPay", "CredCard", "OthCurrLiab", "LongTermLiab", "DeferRevenue")
SUBSIDIARIES: list[JsonObject] = [
    {"id": "1", "name": "Parent", "currency": "1", "iselimination": "F", "isinactive": "F"},
    {"id": "2", "name": "Europe", "currency": "2", "iselimination": "F", "isinactive": "F"},
    {"id": "3", "name": "Eliminations", "currency": "1", "iselimination": "T", "isinactive": "F"},
    {"id": "4", "name": "Sold", "currency": "1", "iselimination": "F", "isinactive": "T"},
]


def profile() -> AccountProfile:
    return read_profile(CURRENCIES, SUBSIDIARIES, ("department", "cseg_fund"))


def account(**columns: str) -> Account:
    row = {"id": "9", "fullname": "ETH", "accttype": "OthCurrAsset", "isinactive": "F", **columns}
    (found,) = read_books(COMPANY, profile(), Lists(accounts=[row])).accounts
    return found


@pytest.mark.parametrize(
    ("kind", "classification"),
    [
        *[(kind, AccountClass.ASSET) for kind in ASSETS],
        *[(kind, AccountClass.LIABILITY) for kind in LIABILITIES],
        ("Equity", AccountClass.EQUITY),
        ("Income", AccountClass.INCOME),
        ("OthIncome", AccountClass.INCOME),
        ("COGS", AccountClass.EXPENSE),
        ("Expense", AccountClass.EXPENSE),
        ("OthExpense", AccountClass.EXPENSE),
    ],
)
def test_every_posting_type_has_its_class_and_takes_entries(
    kind: str, classification: AccountClass
) -> None:
    found = account(accttype=kind)
    assert (found.classification, found.erp_type, found.refusal) == (classification, kind, None)


@pytest.mark.parametrize(
    "columns",
    [{"accttype": "NonPosting"}, {"accttype": "Stat"}, {"accttype": "New"}, {"issummary": "T"}],
)
def test_an_account_that_takes_no_entries_is_shown_with_the_reason(
    columns: dict[str, str],
) -> None:
    assert account(**columns).refusal


def test_receivables_and_payables_need_a_contact() -> None:
    assert account(accttype="AcctRec").requires_contact is ContactKind.CUSTOMER
    assert account(accttype="AcctPay").requires_contact is ContactKind.VENDOR
    assert account().requires_contact is None


@pytest.mark.parametrize(("id_", "currency"), [("1", "USD"), ("2", None), ("9", "9")])
def test_an_account_in_another_currency_than_the_subsidiary_says_so(
    id_: str, currency: str | None
) -> None:
    assert account(currency=id_).currency == currency


def test_inactive_accounts_are_imported_as_such() -> None:
    assert not account(isinactive="T").is_active
    assert account(acctnumber="1420").label == "1420 ETH"


def test_the_company_is_its_subsidiary_and_speaks_its_currency() -> None:
    books = read_books(COMPANY, profile(), Lists())
    assert (books.company_name, books.functional_currency) == ("Europe", "EUR")


def test_without_oneworld_the_base_currency_is_the_companys() -> None:
    alone = replace(COMPANY, subsidiary_id=None)
    single = read_profile(CURRENCIES, None, ())
    books = read_books(alone, single, Lists())
    assert (books.company_name, books.functional_currency) == ("NetSuite account 1234567", "USD")


def test_only_subsidiaries_that_take_entries_are_offered() -> None:
    assert [s.id for s in profile().subsidiaries or ()] == ["1", "2"]


@pytest.mark.parametrize("subsidiary", [None, "3", "4", "77"])
def test_a_company_without_a_usable_subsidiary_needs_a_person(subsidiary: str | None) -> None:
    with pytest.raises(ErpActionRequired):
        read_books(replace(COMPANY, subsidiary_id=subsidiary), profile(), Lists())


def test_an_account_that_lost_oneworld_from_sight_needs_a_person() -> None:
    with pytest.raises(ErpActionRequired):
        read_books(COMPANY, read_profile(CURRENCIES, None, ()), Lists())


def test_an_account_without_a_base_currency_is_unreadable() -> None:
    rows = [{**row, "isbasecurrency": "F"} for row in CURRENCIES]
    alone = replace(COMPANY, subsidiary_id=None)
    with pytest.raises(UnreadableError):
        read_books(alone, read_profile(rows, None, ()), Lists())


def test_customers_and_vendors_go_by_their_company_name() -> None:
    customers: list[JsonObject] = [
        {"id": "5", "entityid": "CUST-5", "companyname": "Acme", "isinactive": "F"},
        {"id": "6", "entityid": "Jane Doe", "isinactive": "T"},
    ]
    vendors: list[JsonObject] = [{"id": "7", "entityid": "Nodes", "isinactive": "F"}]
    contacts = read_books(COMPANY, profile(), Lists(customers=customers, vendors=vendors)).contacts
    assert [(c.erp_id, c.name, c.kind, c.is_active) for c in contacts] == [
        ("5", "Acme", ContactKind.CUSTOMER, True),
        ("6", "Jane Doe", ContactKind.CUSTOMER, False),
        ("7", "Nodes", ContactKind.VENDOR, True),
    ]


def test_dimensions_are_required_as_the_settings_say() -> None:
    company = replace(
        COMPANY,
        segments=(Segment(key="cseg_fund", name="Fund"),),
        required_dimensions=frozenset({"department"}),
    )
    values: list[JsonObject] = [
        {"id": "1", "name": "Desk", "fullname": "Treasury : Desk", "isinactive": "F"},
        {"id": "2", "name": "Old", "isinactive": "T"},
    ]
    lists = Lists(dimensions={"department": values, "cseg_fund": values})
    department, fund = read_books(company, profile(), lists).dimensions
    assert (department.key, department.name, department.is_required) == (
        "department",
        "Department",
        True,
    )
    assert [(v.name, v.is_active) for v in department.values] == [
        ("Treasury : Desk", True),
        ("Old", False),
    ]
    assert (fund.name, fund.is_required) == ("Fund", False)


def test_the_fiscal_year_begins_where_the_latest_one_does() -> None:
    years: list[JsonObject] = [
        {"id": "1", "firstday": "2025-01-01", "lastday": "2025-12-31"},
        {"id": "2", "firstday": "2026-07-01", "lastday": "2027-06-30"},
    ]
    assert read_books(COMPANY, profile(), Lists(years=years)).fiscal_year_start_month == 7
    assert read_books(COMPANY, profile(), Lists()).fiscal_year_start_month == 1


def period(first: date, *, closed: bool = False, locked: bool = False) -> JsonObject:
    return {
        "id": "1",
        "firstday": first.isoformat(),
        "lastday": (first + timedelta(days=29)).isoformat(),
        "closed": "T" if closed else "F",
        "alllocked": "T" if locked else "F",
    }


def periods(states: Sequence[bool]) -> list[JsonObject]:
    first = date(2026, 1, 1)
    return [
        period(first + timedelta(days=30 * number), closed=closed)
        for number, closed in enumerate(states)
    ]


def test_open_books_have_no_lock_date() -> None:
    assert lock_date([]) is None
    assert lock_date(periods([False, True])) is None


def test_a_locked_period_counts_as_closed() -> None:
    first = date(2026, 1, 1)
    assert lock_date([period(first, locked=True)]) == date(2026, 1, 30)


@given(st.lists(st.booleans(), max_size=12), st.randoms(use_true_random=False))
def test_everything_up_to_the_lock_date_is_closed_and_the_next_day_is_not(
    states: list[bool], random: Random
) -> None:
    rows = periods(states)
    shuffled = list(rows)
    random.shuffle(shuffled)
    locked = lock_date(shuffled)
    for number, row in enumerate(rows):
        last = date.fromisoformat(str(row["lastday"]))
        is_behind = locked is not None and last <= locked
        assert is_behind == all(states[: number + 1])


@pytest.mark.parametrize("broken", [{"firstday": "1/1/2026"}, {"lastday": None}])
def test_a_period_without_days_is_unreadable(broken: dict[str, str | None]) -> None:
    with pytest.raises(UnreadableError):
        lock_date([{**period(date(2026, 1, 1), closed=True), **broken}])
