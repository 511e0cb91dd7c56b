"""The engine's database: kept while it is of the book's own time, set aside after a restore."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from storage.database import Database
from storage.engine import engine_file
from storage.engine_store import EngineStore
from storage.engine_time import EngineTime
from storage.installation import Installations
from storage.tables.installation import installation
from tests.support.databases import SettableClock, migrated_sqlite, opened
from tests.support.engine_tables import make_engine_tables
from tests.support.postgres_pool import PostgresPool


@pytest.fixture
async def store(database: Database) -> AsyncIterator[EngineStore]:
    await Installations(database).arrive()
    made = EngineStore(database)
    await make_engine_tables(database)
    yield made
    await made.close()


async def turned_back(database: Database, beats: int) -> None:
    """Put the book of record back to an earlier time, as a restored backup does."""
    async with database.session() as session:
        await session.execute(update(installation).values(beats=beats))
        await session.commit()


async def test_an_engine_that_counted_along_is_kept(database: Database, store: EngineStore) -> None:
    time = EngineTime(database, store)
    assert not await time.is_another(), "an engine of the version before, which did not count"
    for _ in range(3):
        await time.beat()
    assert not await time.is_another()


async def test_an_engine_that_missed_one_count_is_kept(
    database: Database, store: EngineStore
) -> None:
    time = EngineTime(database, store)
    await time.beat()
    await turned_back(database, 2)  # The process died between the two writes.
    assert not await time.is_another()


async def test_an_engine_that_is_ahead_of_the_book_is_of_another_time(
    database: Database, store: EngineStore
) -> None:
    time = EngineTime(database, store)
    for _ in range(3):
        await time.beat()
    await turned_back(database, 2)
    assert await time.is_another()


async def test_an_engine_of_another_installation_is_of_another_time(
    database: Database, store: EngineStore
) -> None:
    time = EngineTime(database, store)
    await time.beat()
    async with database.session() as session:
        await session.execute(update(installation).values(id="another"))
        await session.commit()
    assert await time.is_another()


async def test_an_engine_without_a_mark_is_another_once_the_book_has_counted(
    database: Database, store: EngineStore
) -> None:
    await turned_back(database, 7)
    assert await EngineTime(database, store).is_another()


@pytest.mark.one_database("SQLite serves one process")
@pytest.mark.postgres
async def test_an_engine_that_begins_is_marked_before_others_can_see_its_tables(
    postgres_pool: PostgresPool, clock: SettableClock
) -> None:
    url = postgres_pool.take()
    async with opened(url, clock) as database:
        await Installations(database).arrive()
        # Books that were moved here have counted, with an engine that was left behind.
        await turned_back(database, 7)
        time = EngineTime(database, EngineStore(database))
        await time.begin()
        await make_engine_tables(database)
        assert not await time.is_another()
        await time.begin()
        assert not await time.is_another()
    postgres_pool.give_back(url)


async def test_setting_aside_keeps_the_old_one_under_another_name(
    database: Database, store: EngineStore, clock: SettableClock
) -> None:
    time = EngineTime(database, store)
    for _ in range(3):
        await time.beat()
    await turned_back(database, 1)

    name = await time.set_aside()

    assert "set" in name
    assert "20261102" in name
    assert await store.unfinished() == []
    assert not await time.is_another(), "there is none any more: the next start makes a new one"
    await make_engine_tables(database)
    await time.beat()
    assert not await time.is_another()


@pytest.mark.one_database("it is a file")
async def test_a_restored_file_is_told_by_its_count(
    migrated_template: Path, tmp_path: Path, clock: SettableClock
) -> None:
    url = migrated_sqlite(migrated_template, tmp_path)
    file, backup = tmp_path / "integral.db", tmp_path / "backup.db"
    async with opened(url, clock) as database:
        await Installations(database).arrive()
        await make_engine_tables(database)
        store = EngineStore(database)
        time = EngineTime(database, store)
        await time.beat()
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(backup)) as target:
            source.backup(target)
        await time.beat()
        await store.close()
    shutil.copyfile(backup, file)

    async with opened(url, clock) as restored:
        store = EngineStore(restored)
        assert await EngineTime(restored, store).is_another()
        await store.close()
    assert engine_file(restored.url).exists()
