"""Units of work: all or nothing, and readers that neither wait nor write."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.database import Database
from storage.engine import READ_ONLY, is_sqlite, sqlite_file
from storage.sqlite_driver import _ThreadConnection
from tests.support import books
from tests.support.databases import migrated_sqlite, opened


async def test_leaving_without_commit_undoes_everything(database: Database) -> None:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
    async with database.unit(read_only=True) as unit:
        assert await unit.organisations.get("org-1") is None


async def test_an_error_undoes_everything(database: Database) -> None:
    async def fail() -> None:
        async with database.unit() as unit:
            await unit.organisations.add(books.organisation())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.unit(read_only=True) as unit:
        assert await unit.organisations.everyone() == []


async def test_what_follows_a_commit_is_undone_alone(database: Database) -> None:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.commit()
        await unit.organisations.add(books.organisation("org-2", code="C3D4"))
    async with database.unit(read_only=True) as unit:
        assert await unit.organisations.everyone() == [books.organisation()]


async def test_a_reader_does_not_wait_for_a_writer_and_does_not_see_its_work(
    database: Database,
) -> None:
    async with database.unit() as writer:
        await writer.organisations.add(books.organisation())
        async with asyncio.timeout(5), database.unit(read_only=True) as reader:
            assert await reader.organisations.get("org-1") is None
        await writer.commit()


async def test_a_reader_that_streams_first_reads_everything_as_it_was_then(
    database: Database,
) -> None:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation("a1b2", code="A1B2"))
        await unit.commit()
    async with database.engine.connect() as streaming, database.unit() as unit:
        options = {"isolation_level": "REPEATABLE READ"} if not is_sqlite(database.url) else {}
        await streaming.execution_options(**{READ_ONLY: True}, **options)
        async with streaming.stream(text("SELECT id FROM organisations")) as found:
            assert (await found.all()) == [("a1b2",)]
        await unit.organisations.add(books.organisation("c3d4", code="C3D4"))
        await unit.commit()
        later = await streaming.execute(text("SELECT id FROM organisations"))
        assert later.all() == [("a1b2",)]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.unit(read_only=True) as unit:
            await unit.organisations.add(books.organisation())
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.commit()


async def test_whoever_gives_up_waiting_for_a_writer_is_in_nobodys_way(database: Database) -> None:
    async def write(id_: str) -> None:
        async with database.unit() as unit:
            await unit.organisations.take_sequence("org-1", 1)
            await unit.organisations.add(books.organisation(id_, code=id_.upper()))
            await unit.commit()

    async with database.unit() as first:
        await first.organisations.add(books.organisation())
        await first.commit()
        await first.organisations.take_sequence("org-1", 1)
        waiting = asyncio.create_task(write("w2b2"))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        waiting.cancel()
        await first.commit()
        await asyncio.wait([waiting])
    async with asyncio.timeout(5):
        await write("w3c3")
    async with database.unit(read_only=True) as unit:
        assert {each.id for each in await unit.organisations.everyone()} == {"org-1", "w3c3"}


@pytest.mark.one_database("a connection to Postgres has no thread")
async def test_a_statement_asks_the_connections_thread_once_and_begins_with_it(
    migrated_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips: list[object] = []
    ask: Any = aiosqlite.Connection._execute

    async def counted(connection: aiosqlite.Connection, *args: object, **kw: object) -> object:
        trips.append(args)
        return await ask(connection, *args, **kw)

    async with opened(migrated_sqlite(migrated_template, tmp_path)) as database:
        async with database.unit(read_only=True) as unit:
            await unit.organisations.everyone()
        monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
        async with database.unit(read_only=True) as unit:
            await unit.organisations.everyone()
            await unit.organisations.get("org-1")
        # Two statements and the end.
        assert len(trips) == 3
        async with database.unit(read_only=True):
            pass
        assert len(trips) == 3


NOTE = text("INSERT INTO notes_of_a_test (word) VALUES ('kept')")


async def _notes(database: Database) -> int:
    async with database.session(read_only=True) as session:
        found = await session.execute(text("SELECT count(*) FROM notes_of_a_test"))
        return int(found.scalar_one())


@pytest.fixture
async def noting(migrated_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with a table for words, whose one connection does not wait for others."""
    async with opened(migrated_sqlite(migrated_template, tmp_path)) as database:
        async with database.session() as session:
            await session.execute(text("CREATE TABLE notes_of_a_test (word TEXT)"))
            await session.commit()
        async with database.session(read_only=True) as session:
            await session.execute(text("PRAGMA busy_timeout=20"))
        yield database


@pytest.mark.one_database("on Postgres the server keeps whoever failed from going on")
async def test_what_follows_a_transaction_that_could_not_begin_is_undone_all_the_same(
    noting: Database,
) -> None:
    other = sqlite3.connect(sqlite_file(noting.url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with noting.session() as session:
        with pytest.raises(OperationalError, match="locked"):
            await session.execute(NOTE)
        other.execute("ROLLBACK")
        await session.execute(NOTE)
    other.close()
    assert await _notes(noting) == 0


@pytest.mark.one_database("on Postgres the server keeps whoever failed from going on")
async def test_nothing_follows_a_transaction_that_sqlite_rolled_back_by_itself(
    noting: Database,
) -> None:
    async with noting.session() as session:
        await session.execute(NOTE)
        # What SQLite does of its own when the disk is full.
        await session.execute(text("ROLLBACK"))
        with pytest.raises(OperationalError, match="was rolled back"):
            await session.execute(NOTE)
    assert await _notes(noting) == 0


@pytest.mark.one_database("a connection to Postgres has no thread")
async def test_what_failed_keeps_nothing_of_its_connection(
    migrated_template: Path, tmp_path: Path
) -> None:
    async def add_twice(database: Database) -> None:
        async with database.unit() as unit:
            await unit.organisations.add(books.organisation())
            await unit.organisations.add(books.organisation())

    async with opened(migrated_sqlite(migrated_template, tmp_path)) as database:
        with pytest.raises(IntegrityError) as caught:
            await add_twice(database)
        # Freeing a statement waits for its connection, which may wait for whoever frees it.
        cursors = [kept for kept in gc.get_objects() if isinstance(kept, sqlite3.Cursor)]
        ours = [kept for kept in cursors if isinstance(kept.connection, _ThreadConnection)]
        held = [type(of_cursor).__name__ for kept in ours for of_cursor in gc.get_referents(kept)]
        assert "Statement" not in held
        assert caught.traceback, "it was kept until here, as a long error is"


async def test_numbers_taken_at_once_are_never_given_twice(database: Database) -> None:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.commit()

    async def take(count: int) -> range:
        async with database.unit() as unit:
            first = await unit.organisations.take_sequence("org-1", count)
            await unit.commit()
        return range(first, first + count)

    taken = [n for numbers in await asyncio.gather(*map(take, range(1, 9))) for n in numbers]
    assert sorted(taken) == list(range(1, 37))
    async with database.unit() as unit:
        assert await unit.organisations.next_sequence("org-1") == 37
        await unit.organisations.raise_sequence("org-1", 90)
        await unit.organisations.raise_sequence("org-1", 50)
        assert await unit.organisations.take_sequence("org-1", 1) == 91
