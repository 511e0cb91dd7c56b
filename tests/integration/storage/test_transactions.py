"""Transactions: imported in bulk, streamed in order, corrected with a trace and a flag."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger.delivery import DeliveryState
from ledger.lots import Lot
from ledger.money import Money
from ledger.records import ImportOutcome, Source
from ledger.transactions import Transaction, order_key
from storage.database import Database
from storage.tables.transactions import transaction_revisions
from tests.support import books
from tests.support.databases import START

COMPANY = books.company()
LATER = START + timedelta(days=1)


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.organisations.add(books.organisation("org-2", code="C3D4"))
        await unit.companies.add(COMPANY)
        await unit.runs.add(books.run(of=COMPANY))
        await unit.commit()
    return database


async def save(
    database: Database,
    transactions: Sequence[Transaction],
    at: datetime = START,
    of: str = "org-1",
) -> ImportOutcome:
    async with database.unit() as unit:
        outcome = await unit.transactions.save(of, transactions, at)
        await unit.commit()
    return outcome


async def read(database: Database, of: str = "org-1") -> list[Transaction]:
    async with database.unit(read_only=True) as unit:
        return [transaction async for transaction in unit.transactions.stream(of)]


def outcome(
    added: int = 0, unchanged: int = 0, corrected: int = 0, stale: int = 0
) -> ImportOutcome:
    return ImportOutcome(added=added, unchanged=unchanged, corrected=corrected, stale_entries=stale)


async def test_a_transaction_is_read_back_exactly(stored: Database) -> None:
    full = replace(
        books.sale(),
        fee_asset="USD",
        fee_quantity=Decimal("1E-18"),
        value=Decimal("123456789012345678901234567890.123456789"),
        fee_value=Decimal("0.10"),
        cost_basis=Decimal(4000),
        category="Trading, Zürich",
        counterparty="Kraken",
        tx_hash="0xabc",
        note="internal",
    )
    await save(stored, [full])
    assert await read(stored) == [full]
    assert (await read(stored))[0].content_hash == full.content_hash
    assert await read(stored, "org-2") == []


async def test_importing_the_same_again_changes_nothing(stored: Database) -> None:
    rows = [books.sale(f"tx-{n}", sequence=n) for n in range(3)]
    assert await save(stored, rows) == outcome(added=3)
    assert await save(stored, rows, LATER) == outcome(unchanged=3)
    async with stored.unit(read_only=True) as unit:
        assert await unit.transactions.sources("org-1") == [
            Source(
                name="kraken",
                transactions=3,
                last_import_at=LATER,
                first_date=START,
                last_date=START,
            )
        ]
        assert await unit.transactions.sources("org-2") == []


async def test_the_same_id_from_another_source_or_organisation_is_another_transaction(
    stored: Database,
) -> None:
    other_source = replace(books.sale(), source="coinbase")
    assert await save(stored, [books.sale(), other_source]) == outcome(added=2)
    assert await save(stored, [books.sale()], of="org-2") == outcome(added=1)


async def test_a_moment_written_with_another_offset_is_the_same_moment(stored: Database) -> None:
    zone = timezone(timedelta(hours=-5))
    late = books.sale(at=datetime(2026, 10, 31, 23, 30, tzinfo=zone))
    await save(stored, [late])
    (found,) = await read(stored)
    assert found.timestamp == datetime(2026, 11, 1, 4, 30, tzinfo=UTC)


async def test_a_correction_replaces_the_content_and_keeps_what_was_said(
    stored: Database,
) -> None:
    corrected = replace(books.sale(), sent_quantity=Decimal(3))
    await save(stored, [books.sale()])
    assert await save(stored, [corrected], LATER) == outcome(corrected=1)
    assert await read(stored) == [corrected]
    async with stored.session(read_only=True) as session:
        (before,) = (await session.execute(select(transaction_revisions))).all()
    assert before.sent_quantity == books.sale().sent_quantity
    assert (before.imported_at, before.replaced_at) == (START, LATER)


@pytest.mark.parametrize(
    ("state", "stale"),
    [
        (DeliveryState.POSTED, 1),
        (DeliveryState.UNCERTAIN, 1),
        (DeliveryState.APPROVED, 0),
        (DeliveryState.DECLINED, 0),
    ],
)
async def test_a_correction_makes_only_entries_stale_that_the_erp_may_have(
    stored: Database, state: DeliveryState, stale: int
) -> None:
    await save(stored, [books.sale("tx-1"), books.sale("tx-2")])
    new = [books.new_delivery(books.entry(n, of=COMPANY), state) for n in (1, 2)]
    async with stored.unit() as unit:
        batch = books.batch("batch-1", of=books.run(of=COMPANY), deliveries=new)
        await unit.deliveries.freeze(batch, new)
        await unit.commit()
    corrected = replace(books.sale("tx-1"), note="another")
    elsewhere = replace(books.sale("tx-2"), source="coinbase")
    assert await save(stored, [corrected, elsewhere]) == outcome(added=1, corrected=1, stale=stale)
    async with stored.unit(read_only=True) as unit:
        flags = [delivery.is_stale for delivery in await unit.deliveries.of_batch("batch-1")]
    assert flags == [bool(stale), False]
    again = replace(books.sale("tx-1"), note="a third")
    assert await save(stored, [again]) == outcome(corrected=1)


async def test_another_organisations_correction_makes_nothing_stale(stored: Database) -> None:
    new = [books.new_delivery(books.entry(1, of=COMPANY), DeliveryState.POSTED)]
    async with stored.unit() as unit:
        batch = books.batch("batch-1", of=books.run(of=COMPANY), deliveries=new)
        await unit.deliveries.freeze(batch, new)
        await unit.commit()
    await save(stored, [books.sale("tx-1")], of="org-2")
    corrected = replace(books.sale("tx-1"), note="another")
    assert await save(stored, [corrected], of="org-2") == outcome(corrected=1)


async def test_transactions_are_streamed_by_time_then_sequence_then_id(
    stored: Database,
) -> None:
    rows = [
        books.sale("b", sequence=2),
        books.sale("É", sequence=2),
        books.sale("Z", sequence=2),
        books.sale("a-1", sequence=2),
        books.sale("a1", sequence=2),
        books.sale("first", sequence=9, at=START - timedelta(microseconds=1)),
        books.sale("last", sequence=1, at=START + timedelta(microseconds=1)),
        books.sale("one", sequence=1),
    ]
    await save(stored, rows)
    assert await read(stored) == sorted(rows, key=order_key)


async def test_many_transactions_are_imported_and_corrected_in_bulk(
    stored: Database,
) -> None:
    rows = [
        books.sale(f"tx-{n}", sequence=n, at=START + timedelta(seconds=n)) for n in range(20_000)
    ]
    assert await save(stored, rows) == outcome(added=20_000)
    rows[5_000:7_000] = [replace(row, note="mended") for row in rows[5_000:7_000]]
    assert await save(stored, rows[:10_000]) == outcome(unchanged=8_000, corrected=2_000)
    async with stored.unit(read_only=True) as unit:
        position = 0
        async for transaction in unit.transactions.stream("org-1"):
            assert transaction.id == rows[position].id
            position += 1
    assert position == 20_000


async def test_opening_lots_of_a_source_are_replaced(stored: Database) -> None:
    def lot(quantity: str, cost: Money | None) -> Lot:
        return Lot(
            account="Kraken",
            asset="ETH",
            quantity=Decimal(quantity),
            cost=cost,
            acquired_at=START - timedelta(days=400),
        )

    first = [lot("1.000000000000000001", Money(Decimal("1000.00"), "USD"))]
    second = [lot("2", None), lot("3", Money(Decimal(1), "USD"))]
    async with stored.unit() as unit:
        await unit.transactions.save_lots("org-1", "kraken", first)
        await unit.transactions.save_lots("org-1", "opening", second)
        assert await unit.transactions.opening_lots("org-1") == first + second
        await unit.transactions.save_lots("org-1", "kraken", second)
        assert await unit.transactions.opening_lots("org-1") == second + second
        assert await unit.transactions.opening_lots("org-2") == []
