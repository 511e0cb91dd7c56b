"""Entries by account and category: the database finds them, and no other entry is read."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.services.corrections_selection import find_selected, read_selection
from ledger.books import Account, AccountClass, Books
from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry
from storage.database import Database
from storage.tables.entries import entries
from tests.support import books
from tests.support.databases import START

COMPANY = books.company()
OTHER = books.company("company-2", of="org-2", external="realm-2")
TODAY = START.date()
CRAFTY = 'He wrote "account":"80" and {"account":"90"}'


def entry(sequence: int, account: str, memo: str = "") -> PreparedEntry:
    made = books.entry(sequence, of=COMPANY)
    debit, credit = made.postings
    return replace(made, postings=(debit, replace(credit, account_id=account, memo=memo)))


def account(id_: str, name: str) -> Account:
    kind = AccountClass.ASSET
    return Account(erp_id=id_, name=name, classification=kind, erp_type="Bank")


@pytest.fixture
async def kept(database: Database) -> Database:
    """Six entries: on 80, 90, `a%`, `A%`, one only speaking of 80, and one that was declined."""
    made = [
        entry(1, "80"),
        entry(2, "90"),
        entry(3, "a%"),
        entry(4, "A%"),
        entry(5, "81", memo=CRAFTY),
    ]
    new = [books.new_delivery(each) for each in made]
    new.append(books.new_delivery(entry(6, "80"), DeliveryState.DECLINED))
    run = books.run(of=COMPANY)
    rows = [replace(books.sale(f"tx-{n}", sequence=n), category="Fees") for n in (1, 2)]
    rows.append(replace(books.sale("tx-3", sequence=3), category="fees"))
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.companies.add(COMPANY)
        await unit.companies.save_books(COMPANY.id, chart(), START)
        await unit.runs.add(run)
        await unit.deliveries.freeze(books.batch("batch-1", of=run, deliveries=new), new)
        await unit.transactions.save(COMPANY.organisation_id, rows, START)
        await unit.commit()
    return database


def chart() -> Books:
    accounts = (account("80", "Ether"), account("a%", "Odd"), account("90", "Other"))
    return Books(company_name="Acme Inc", functional_currency="USD", accounts=accounts)


async def selected(database: Database, *words: str) -> list[int]:
    async with database.unit(read_only=True) as unit:
        found = await find_selected(
            unit, books.organisation(), COMPANY, read_selection(words, today=TODAY)
        )
    return [int(each.entry.number.split("-")[2]) for each in found]


async def damage(database: Database, *sequences: int) -> None:
    """Make some entries unreadable, so that reading one of them fails."""
    numbers = [f"INT-A1B2-{n:05}-103126" for n in sequences]
    async with database.unit() as unit:
        await unit.session.execute(
            update(entries).where(entries.c.number.in_(numbers)).values(content='"account":"80?"')
        )
        await unit.commit()


async def test_only_entries_on_the_account_are_read(kept: Database) -> None:
    await damage(kept, 2, 3, 4, 5, 6)
    assert await selected(kept, "account", "ether") == [1]


async def test_an_account_is_matched_exactly_whatever_its_id_and_whatever_memos_say(
    kept: Database,
) -> None:
    assert await selected(kept, "account", "Odd") == [3]
    assert await selected(kept, "account", "90") == [2]


async def test_only_entries_of_the_category_are_read_in_any_letter_case(kept: Database) -> None:
    await damage(kept, 4, 5, 6)
    assert await selected(kept, "category", "FEES") == [1, 2, 3]
    assert await selected(kept, "category", "fees", "account", "90") == [2]


async def test_entries_that_carry_a_dimension_are_counted_while_they_are_alive(
    kept: Database,
) -> None:
    run, alive, declined = books.run("run-2", of=COMPANY), entry(7, "80"), entry(8, "80")
    tagged = [
        replace(
            each,
            postings=tuple(replace(p, dimensions=(("cseg_fund", "4"),)) for p in each.postings),
        )
        for each in (alive, declined)
    ]
    new = [
        books.new_delivery(tagged[0], DeliveryState.VERIFIED),
        books.new_delivery(tagged[1], DeliveryState.DECLINED),
        books.new_delivery(entry(9, "80", memo='["cseg_fund","4"]')),
    ]
    async with kept.unit() as unit:
        await unit.runs.add(replace(run, first_date=TODAY))
        await unit.deliveries.freeze(books.batch("batch-2", of=run, deliveries=new), new)
        await unit.commit()
    async with kept.unit(read_only=True) as unit:
        counted = {
            key: await unit.deliveries.count_with_dimension(COMPANY.id, key)
            for key in ("cseg_fund", "cseg_fun", "csegXfund")
        }
    assert counted == {"cseg_fund": 1, "cseg_fun": 0, "csegXfund": 0}


async def test_filters_narrow_a_period(kept: Database) -> None:
    assert await selected(kept, "2026-10", "account", "80") == [1]
    assert await selected(kept, "2026-10", "category", "Fees") == [1, 2, 3]
    assert await selected(kept, "2026-09", "category", "Fees") == []
