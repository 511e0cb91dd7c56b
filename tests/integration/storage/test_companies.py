"""Companies: one organisation each, books replaced whole, secrets encrypted in their row."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from ledger.books import (
    Account,
    AccountClass,
    Books,
    Contact,
    ContactKind,
    Dimension,
    DimensionValue,
)
from ledger.dimensions import EVERYWHERE, DimensionChoices, Level, Place
from ledger.organisation import ConnectionState, Provider
from ledger.records import CompanyTakenError
from storage.database import Database
from tests.support import books
from tests.support.databases import START

COMPANY = books.company()


def account(erp_id: str, name: str, code: str | None = None) -> Account:
    return Account(
        erp_id=erp_id, name=name, code=code, classification=AccountClass.ASSET, erp_type="Bank"
    )


BOOKS = Books(
    company_name="Acme Inc",
    functional_currency="USD",
    fiscal_year_start_month=4,
    lock_date=date(2026, 9, 30),
    accounts=(
        account("3", "Zürich Clearing", "1030"),
        replace(account("1", "Accounts Receivable", "1200"), refusal="It is a control account."),
        replace(account("4", "Old Bank", "1005"), is_active=False),
        replace(account("2", "Bank 100%_sure"), currency="EUR"),
    ),
    contacts=(
        Contact(erp_id="9", name="Amy's Bird Sanctuary", kind=ContactKind.CUSTOMER),
        Contact(erp_id="9", name="Bob's Burgers", kind=ContactKind.VENDOR, is_active=False),
    ),
    dimensions=(
        Dimension(
            key="class",
            name="Class",
            is_required=True,
            values=(DimensionValue(erp_id="5", name="Trading"),),
        ),
    ),
    country="CH",
)


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.organisations.add(books.organisation("org-2", code="C3D4"))
        await unit.companies.add(COMPANY)
        await unit.commit()
    return database


async def test_a_company_is_read_back_and_changed(stored: Database) -> None:
    changed = replace(COMPANY, pushes_enabled=True, go_live_date=date(2026, 10, 1))
    async with stored.unit() as unit:
        assert await unit.companies.get("company-1") == COMPANY
        await unit.companies.save(changed)
        assert await unit.companies.get("company-1") == changed
        assert await unit.companies.of_organisation("org-1") == [changed]
        assert await unit.companies.of_organisation("org-2") == []
        assert await unit.companies.find(Provider.QUICKBOOKS, "realm-1") == [changed]
        assert await unit.companies.find(Provider.XERO, "realm-1") == []


async def test_saving_one_change_undoes_no_other_of_somebody_who_was_quicker(
    stored: Database,
) -> None:
    paused = text("update companies set pushes_enabled = false where id = 'company-1'")
    async with stored.unit() as unit:
        await unit.companies.save(replace(COMPANY, pushes_enabled=True, grant_id=None))
        read = await unit.companies.active("org-1")
        assert read is not None
        assert read.pushes_enabled
        # As if another transaction had been committed since: we do not see it.
        await unit.session.execute(paused)
        await unit.companies.save(replace(read, last_month_end=date(2026, 10, 31)))
        now = await unit.companies.get("company-1")
    assert now == replace(read, pushes_enabled=False, last_month_end=date(2026, 10, 31))


async def test_a_company_cannot_be_saved_into_another_organisation(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.companies.save(replace(COMPANY, organisation_id="org-2", name="Stolen"))
        assert await unit.companies.get("company-1") == COMPANY


async def test_a_confirmed_company_belongs_to_one_organisation(stored: Database) -> None:
    same = replace(books.company("company-2", of="org-2"), is_confirmed=False)
    async with stored.unit() as unit:
        await unit.companies.add(same)
        with pytest.raises(CompanyTakenError):
            await unit.companies.save(replace(same, is_confirmed=True))
        assert await unit.companies.get("company-2") == same
        assert len(await unit.companies.find(Provider.QUICKBOOKS, "realm-1")) == 2


async def test_an_organisation_has_one_connected_company(stored: Database) -> None:
    second = books.company("company-2", external="realm-2")
    off = replace(COMPANY, connection=ConnectionState.DISCONNECTED)
    async with stored.unit() as unit:
        with pytest.raises(CompanyTakenError):
            await unit.companies.add(second)
        await unit.companies.save(off)
        assert await unit.companies.active("org-1") == off
        await unit.companies.add(second)
        assert await unit.companies.active("org-1") == second
        assert await unit.companies.active("org-2") is None


async def test_books_are_read_back_as_imported_and_replaced_whole(stored: Database) -> None:
    smaller = replace(BOOKS, accounts=BOOKS.accounts[:1], contacts=(), dimensions=())
    async with stored.unit() as unit:
        assert await unit.companies.books("company-1") is None
        await unit.companies.save_books("company-1", BOOKS, START)
        assert await unit.companies.books("company-1") == BOOKS
        later = START + timedelta(hours=1)
        await unit.companies.save_books("company-1", smaller, later)
        assert await unit.companies.books("company-1") == smaller
        company = await unit.companies.get("company-1")
        assert company is not None
        assert company.books_at == later


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["Zürich Clearing", "Bank 100%_sure"]),
        ("ZÜRICH", ["Zürich Clearing"]),
        ("bank", ["Bank 100%_sure"]),
        ("103", ["Zürich Clearing"]),
        ("1030 zür", ["Zürich Clearing"]),
        ("%", ["Bank 100%_sure"]),
        ("_", ["Bank 100%_sure"]),
        ("receivable", []),
        ("nothing like it", []),
    ],
)
async def test_a_search_finds_usable_accounts_by_code_and_name(
    stored: Database, typed: str, names: list[str]
) -> None:
    async with stored.unit() as unit:
        await unit.companies.save_books("company-1", BOOKS, START)
        found = await unit.companies.search_accounts("company-1", typed, 10)
        assert [account.name for account in found] == names
        assert await unit.companies.search_accounts("company-9", typed, 10) == []


async def test_a_search_of_all_accounts_puts_usable_ones_first(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.companies.save_books("company-1", BOOKS, START)
        found = await unit.companies.search_accounts("company-1", "", 10, only_usable=False)
        assert [account.erp_id for account in found] == ["3", "2", "1", "4"]
        first = await unit.companies.search_accounts("company-1", "", 1, only_usable=False)
        assert first == found[:1]


async def test_ten_thousand_accounts_are_imported_and_searched(stored: Database) -> None:
    many = tuple(account(str(n), f"Wallet {n}", f"{n:05}") for n in range(10_000))
    async with stored.unit() as unit:
        await unit.companies.save_books("company-1", replace(BOOKS, accounts=many), START)
        (found,) = await unit.companies.search_accounts("company-1", "wallet 9999", 20)
        assert found == many[9999]


async def test_dimension_choices_belong_to_one_company(stored: Database) -> None:
    bank, pay = Place(Level.WALLET, "Bank"), Place(Level.CATEGORY, "Payroll")
    async with stored.unit() as unit:
        choices = unit.choices
        await choices.set_dimension_defaults("company-1", "class", {bank: "1", pay: "2"})
        await choices.set_dimension_defaults("company-1", "class", {bank: "3", pay: None})
        await choices.set_dimension_defaults("company-1", "location", {EVERYWHERE: "9"})
        await choices.require_dimension("company-1", "class", is_required=True)
        await choices.require_dimension("company-1", "class", is_required=True)
        await choices.require_dimension("company-1", "location", is_required=True)
        await choices.require_dimension("company-1", "location", is_required=False)
        await unit.commit()
    async with stored.unit(read_only=True) as unit:
        assert await unit.choices.dimensions("company-1") == DimensionChoices(
            defaults={("class", bank): "3", ("location", EVERYWHERE): "9"},
            required=frozenset({"class"}),
        )
        assert await unit.choices.dimensions("company-2") == DimensionChoices()


async def test_mapping_and_settings_belong_to_one_company(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.choices.set_mapping("company-1", {"asset:Kraken:ETH": "80", "role:gains": "90"})
        await unit.choices.set_mapping("company-1", {"asset:Kraken:ETH": "81", "role:gains": None})
        await unit.choices.set_mapping("company-1", {"never:set": None})
        await unit.choices.save_settings("company-1", '{"memo":"a"}')
        await unit.choices.save_settings("company-1", '{"memo":"b"}')
        assert await unit.choices.mapping("company-1") == {"asset:Kraken:ETH": "81"}
        assert await unit.choices.settings("company-1") == '{"memo":"b"}'
        assert await unit.choices.mapping("company-2") == {}
        assert await unit.choices.settings("company-2") is None
