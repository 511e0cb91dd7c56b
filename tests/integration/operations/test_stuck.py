"""Stuck work: found in runs and in the engine, told once a day where people look, then mended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import insert

from bot.services.runs import WORKFLOW as ADVANCE_RUN
from bot.services.stuck import STUCK_AFTER, Stuck
from bot.views import installation as views
from ledger.delivery import DeliveryState
from ledger.runs import Run, RunState
from storage.database import Database
from storage.engine_store import Backlog, EngineStore
from storage.outbox import OutboxQueue
from storage.progress import Progress
from storage.tables.entries import delivery_moves
from tests.integration.cli.test_books import freeze
from tests.support.databases import START, SettableClock
from tests.support.engine_tables import make_engine_tables, put_workflow
from tests.support.office import Office, office_for

LONG_AGO = START - STUCK_AFTER - timedelta(minutes=1)


@pytest.fixture
async def office(database: Database) -> Office:
    """An organisation with one frozen entry in the run *run-1*, and the engine's tables."""
    made = office_for("1001", now=START)
    async with database.unit() as unit:
        await unit.organisations.add(made.organisation)
        await unit.companies.add(replace(made.company, grant_id=None))
        await unit.commit()
    await freeze(database, made, memo="secret memo")
    await make_engine_tables(database)
    return made


@pytest.fixture
async def stuck(database: Database, clock: SettableClock) -> AsyncIterator[Stuck]:
    store = EngineStore(database)
    yield looking(database, clock, store)
    await store.close()


def looking(database: Database, clock: SettableClock, store: EngineStore) -> Stuck:
    """Build what looks for stuck work, as each process does."""
    return Stuck(
        storage=database,
        clock=clock,
        machine_time=clock.now,
        record=Progress(database, store),
        words=views.stuck,
    )


async def due(database: Database, **changes: Any) -> Run:
    """Change the stored run."""
    async with database.unit() as unit:
        run = await unit.runs.get("run-1")
        assert run is not None
        changed = replace(run, **changes)
        await unit.runs.save(changed)
        await unit.commit()
    return changed


async def told(database: Database, clock: SettableClock) -> list[tuple[str, str]]:
    """What waits for Slack: channel and blocks."""
    queue = OutboxQueue(database)
    found = await queue.due(clock.now() + timedelta(seconds=1), 10)
    return [(item.message.channel, item.message.blocks) for item in found]


async def test_nothing_is_stuck_where_work_is_young(
    database: Database, office: Office, stuck: Stuck
) -> None:
    await put_workflow(database, "run:run-1:0", since=START - timedelta(minutes=20))
    await due(database, wake_at=START - timedelta(minutes=20))
    assert await stuck.find() == ()


async def test_old_work_that_nobody_takes_up_is_stuck(
    database: Database, office: Office, stuck: Stuck
) -> None:
    company = office.company.id
    await put_workflow(database, "import:1", since=LONG_AGO, name="import_file")
    await put_workflow(
        database, "run:run-1:0", since=LONG_AGO, status="PENDING", queue_partition_key=company
    )
    await put_workflow(
        database, "run:run-1:1", since=LONG_AGO, status="MAX_RECOVERY_ATTEMPTS_EXCEEDED"
    )
    await put_workflow(database, "done", since=LONG_AGO, status="SUCCESS")
    found = await stuck.find()
    assert {work.id for work in found} == {"import:1", "run:run-1:0", "run:run-1:1"}


async def test_a_run_that_the_engine_does_not_know_is_stuck_too(
    database: Database, office: Office, stuck: Stuck
) -> None:
    await due(database, wake_at=LONG_AGO)
    (work,) = await stuck.find()
    assert (work.id, work.name, work.partition) == ("run-1", ADVANCE_RUN, office.company.id)
    await due(database, state=RunState.FINISHED)
    assert await stuck.find() == ()


async def test_a_long_pass_in_which_entries_move_is_not_stuck(
    database: Database, office: Office, stuck: Stuck
) -> None:
    company = office.company.id
    await put_workflow(
        database, "run:run-1:0", since=LONG_AGO, status="PENDING", queue_partition_key=company
    )
    await due(database, wake_at=LONG_AGO)
    move = {
        "delivery_id": "delivery-1",
        "at": START - timedelta(minutes=5),
        "old_state": DeliveryState.APPROVED,
        "new_state": DeliveryState.SENDING,
        "actor": "test",
        "note": "",
    }
    async with database.session() as session:
        await session.execute(insert(delivery_moves).values(**move))
        await session.commit()
    assert await stuck.find() == ()


async def test_it_is_logged_and_told_at_the_second_look_and_told_again_when_it_goes_on(
    database: Database, office: Office, stuck: Stuck, clock: SettableClock
) -> None:
    await due(database, wake_at=LONG_AGO)
    assert await stuck.tick() == 0, "a sandbox's clock may have jumped"
    assert await told(database, clock) == []

    with structlog.testing.capture_logs() as lines:
        assert await stuck.tick() == 1
    assert [(line["event"], line["id"]) for line in lines] == [("work.stuck", "run-1")]
    await stuck.tick()
    ((channel, blocks),) = await told(database, clock)
    assert channel == office.organisation.finance_channel
    assert "1 push" in blocks
    assert "integral doctor" in blocks
    assert "secret memo" not in blocks

    await due(database, wake_at=START + timedelta(minutes=1))
    await stuck.tick()
    ((_, blocks),) = await told(database, clock)
    assert "goes on again" in blocks


async def test_a_restarted_process_says_that_it_goes_on_where_an_earlier_one_told(
    database: Database, office: Office, stuck: Stuck, clock: SettableClock
) -> None:
    await due(database, wake_at=LONG_AGO)
    for _ in range(2):
        await stuck.tick()
    store = EngineStore(database)
    restarted = looking(database, clock, store)
    await restarted.tick()
    ((_, blocks),) = await told(database, clock)
    assert "1 push" in blocks, "it is stuck still"
    await due(database, wake_at=START + timedelta(minutes=1))
    await restarted.tick()
    ((_, blocks),) = await told(database, clock)
    assert "goes on again" in blocks
    await store.close()


async def test_without_an_engine_database_only_runs_are_looked_at(
    database: Database, clock: SettableClock
) -> None:
    store = EngineStore(database)
    assert await store.unfinished() == []
    assert await store.backlogs() == {}
    await store.close()


async def test_what_the_engine_has_not_finished_is_counted_by_state_with_its_oldest(
    database: Database, clock: SettableClock
) -> None:
    await make_engine_tables(database)
    for minutes, status in enumerate(
        ("SUCCESS", "ENQUEUED", "DELAYED", "PENDING", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
    ):
        since = START + timedelta(minutes=minutes)
        await put_workflow(database, f"w{minutes}", status=status, since=since)
    store = EngineStore(database)
    assert await store.backlogs() == {
        "waiting": Backlog(pieces=2, since=START + timedelta(minutes=1)),
        "running": Backlog(pieces=1, since=START + timedelta(minutes=3)),
        "given_up": Backlog(pieces=1, since=START + timedelta(minutes=4)),
    }
    old = await store.unfinished(before=START + timedelta(minutes=2))
    assert [work.id for work in old] == ["w1", "w2"]
    await store.close()
