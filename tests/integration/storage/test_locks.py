"""Locks and slots: exclusive among processes, freed by death, never waited for in a transaction."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from storage.database import Database
from storage.locks import LocksLostError
from storage.owners import ProcessOwners, Slots
from storage.pg_locks import PgLocks
from tests.support.databases import opened
from tests.support.warm import warm_python

PROJECT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def process_with_slot(
    url: str, incarnation: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run another process that claims a slot and then waits; yield it and its slot."""
    process = await asyncio.create_subprocess_exec(
        *(warm_python(), "-m", "tests.support.slot_holder", url, incarnation),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_lock_is_held_by_one_at_a_time(database: Database, database_url: str) -> None:
    async with opened(database_url) as other:
        assert await database.locks.try_lock("grant:1")
        assert not await database.locks.try_lock("grant:1")
        assert not await other.locks.try_lock("grant:1")
        assert await other.locks.try_lock("grant:2")
        await database.locks.unlock("grant:1")
        assert await other.locks.try_lock("grant:1")


async def test_those_who_wait_get_the_lock_one_after_another(
    database: Database, database_url: str
) -> None:
    inside = 0
    most = 0

    async def work(holder: Database) -> None:
        nonlocal inside, most
        async with holder.lock("grant:1"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with opened(database_url) as other:
        await asyncio.gather(*(work(d) for d in (database, other) * 3))
    assert most == 1


async def test_a_lock_is_freed_when_its_block_fails(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.lock("grant:1"):
            raise ZeroDivisionError
    async with asyncio.timeout(5), database.lock("grant:1"):
        pass


async def test_a_cancelled_waiter_leaves_the_lock_to_others(
    database: Database, database_url: str
) -> None:
    async with opened(database_url) as other:
        async with database.lock("grant:1"):
            waiter = asyncio.create_task(_take(other, "grant:1"))
            await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.gather(waiter, return_exceptions=True)
        async with asyncio.timeout(5), other.lock("grant:1"):
            pass


async def _take(database: Database, name: str) -> None:
    async with database.lock(name):
        pass


async def test_the_database_can_be_written_while_somebody_waits_for_a_lock(
    database: Database,
) -> None:
    async with database.lock("grant:1"):
        waiter = asyncio.create_task(_take(database, "grant:1"))
        async with database.unit() as unit:
            await unit.codes.add("owner", "code", database.clock.now())
            await unit.commit()
        assert not waiter.done()
    await waiter


async def test_a_killed_process_frees_its_slot(database: Database, database_url: str) -> None:
    slots = Slots(database)
    async with process_with_slot(database_url, "theirs") as (process, slot):
        assert slot == "slot-0"
        mine = await slots.claim("mine")
        assert mine == "slot-1"
        owners = ProcessOwners(slots, slot=mine, incarnation="mine")
        assert not await owners.is_gone("slot-0/theirs")
        process.send_signal(signal.SIGKILL)
        await process.wait()
        # The server notices the closed connection a moment after the process ended.
        async with asyncio.timeout(10), database.lock("slot-0"):
            pass
        assert await owners.is_gone("slot-0/theirs")


async def test_an_owner_whose_slot_went_to_another_process_is_gone(
    database: Database, database_url: str
) -> None:
    slots = Slots(database)
    async with opened(database_url) as before:
        assert await Slots(before).claim("first") == "slot-0"
    async with opened(database_url) as after:
        assert await Slots(after).claim("second") == "slot-0"
        owners = ProcessOwners(slots, slot=await slots.claim("mine"), incarnation="mine")
        assert await owners.is_gone("slot-0/first")
        assert not await owners.is_gone("slot-0/second")


async def test_a_process_knows_itself_from_its_predecessor_in_the_slot(
    database: Database,
) -> None:
    slots = Slots(database)
    owners = ProcessOwners(slots, slot=await slots.claim("mine"), incarnation="mine")
    assert owners.me == "slot-0/mine"
    assert not await owners.is_gone("slot-0/mine")
    assert await owners.is_gone("slot-0/earlier")
    assert await owners.is_gone("slot-7/nobody")
    with pytest.raises(ValueError, match="slot/incarnation"):
        await owners.is_gone("")


@pytest.mark.one_database("a file has no session to lose")
@pytest.mark.postgres
async def test_a_lost_session_is_noticed_and_its_locks_count_for_nothing(
    postgres_url: str,
) -> None:
    async with opened(postgres_url) as database:
        locks = database.locks
        assert isinstance(locks, PgLocks)
        locks.PROBE_EVERY_S = 0.05
        assert await locks.try_lock("slot-0")
        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as admin:
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'integral locks' and datname = current_database()"
            )
        async with asyncio.timeout(10):
            await locks.lost.wait()
        with pytest.raises(LocksLostError):
            await locks.try_lock("slot-1")


@pytest.mark.one_database("a file has no session to lose")
@pytest.mark.postgres
async def test_a_lost_session_does_not_swallow_the_cancellation_of_its_holder(
    postgres_url: str,
) -> None:
    async with opened(postgres_url) as database:
        locks = database.locks
        assert isinstance(locks, PgLocks)
        locks.PROBE_EVERY_S = 0.05
        held = asyncio.Event()

        async def hold() -> None:
            async with database.lock("notifier"):
                held.set()
                await asyncio.Event().wait()

        holder = asyncio.create_task(hold())
        await held.wait()
        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as admin:
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'integral locks' and datname = current_database()"
            )
        async with asyncio.timeout(10):
            await locks.lost.wait()
        holder.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holder
