"""Figures: counts and ages over everything, from the database alone, without an id or a name."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, update

from ledger.delivery import DeliveryState
from storage.database import Database
from storage.figures import FiguresReader
from storage.tables.entries import deliveries, delivery_moves
from tests.integration.cli.test_books import freeze
from tests.support.databases import START
from tests.support.office import office_for

LATER = START + timedelta(minutes=7)


async def prepared(database: Database) -> None:
    office = office_for("1001", now=START)
    async with database.unit() as unit:
        await unit.organisations.add(office.organisation)
        await unit.companies.add(replace(office.company, grant_id=None))
        await unit.commit()
    await freeze(database, office, memo="memo")


async def test_an_empty_database_has_figures_too(database: Database) -> None:
    found = await FiguresReader(database).read()
    assert (found.deliveries, found.waiting_since, found.connections) == ({}, {}, {})
    assert (found.run_due_since, found.messages, found.message_since) == (None, 0, None)
    assert await FiguresReader(database).answers()


async def test_an_entry_waits_since_its_batch_was_frozen(database: Database) -> None:
    await prepared(database)
    found = await FiguresReader(database).read()
    assert found.deliveries == {"awaiting_approval": 1}
    assert found.waiting_since == {"awaiting_approval": START}
    assert found.connections == {("quickbooks", "active"): 1}


async def test_an_entry_is_in_a_state_since_its_last_move_into_it(database: Database) -> None:
    await prepared(database)
    async with database.session() as session:
        await session.execute(update(deliveries).values(state=DeliveryState.APPROVED))
        for at in (START, LATER):
            move = {
                "delivery_id": "delivery-1",
                "at": at,
                "old_state": DeliveryState.UNCERTAIN,
                "new_state": DeliveryState.APPROVED,
                "actor": "test",
                "note": "",
            }
            await session.execute(insert(delivery_moves).values(**move))
        await session.commit()
    found = await FiguresReader(database).read()
    assert found.waiting_since == {"approved": LATER}


async def test_the_longest_overdue_run_counts(database: Database) -> None:
    await prepared(database)
    async with database.unit() as unit:
        run = await unit.runs.get("run-1")
        assert run is not None
        await unit.runs.save(replace(run, wake_at=LATER))
        await unit.commit()
    assert (await FiguresReader(database).read()).run_due_since == LATER
