"""Migrations: they make exactly the tables that the code has, whoever runs them, however often."""

import asyncio

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.engine import DatabaseUrlError, normal_url
from storage.migrations.newest import is_newest
from storage.migrations.run import check, downgrade
from tests.support import books
from tests.support.databases import opened


async def test_the_migrated_database_fits_the_tables(database: Database) -> None:
    await check(database.url)


async def test_partial_indexes_keep_their_conditions(database: Database) -> None:
    catalogue = {
        "sqlite": "select sql from sqlite_master where name = 'uq_runs_open'",
        "postgresql": "select indexdef from pg_indexes where indexname = 'uq_runs_open'",
    }
    async with database.session(read_only=True) as session:
        found = await session.execute(text(catalogue[database.url.get_backend_name()]))
        assert "awaiting_approval" in found.scalar_one()


async def test_migrating_again_changes_nothing(database: Database) -> None:
    assert await is_newest(database.engine)
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.commit()
    await database.migrate()
    async with database.unit(read_only=True) as unit:
        assert await unit.organisations.get("org-1") == books.organisation()


async def test_an_empty_database_may_be_migrated_by_several_at_once(empty_url: str) -> None:
    async with opened(empty_url) as one, opened(empty_url) as two:
        assert not await is_newest(one.engine)
        await asyncio.gather(one.migrate(), two.migrate())
        await check(one.url)


async def test_every_migration_can_be_undone(database: Database) -> None:
    await downgrade(database.url)
    assert not await is_newest(database.engine)
    await database.migrate()
    assert await is_newest(database.engine)
    await check(database.url)


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("postgres://u:p@db/integral", "postgresql+psycopg"),
        ("postgresql://u:p@db/integral", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@db/integral", "postgresql+psycopg"),
        ("sqlite:///data/integral.db", "sqlite+aiosqlite"),
    ],
)
def test_addresses_get_the_drivers_that_we_use(address: str, driver: str) -> None:
    assert normal_url(address).drivername == driver


@pytest.mark.parametrize("address", ["mysql://db/x", "sqlite://", "sqlite:///:memory:", "integral"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(DatabaseUrlError):
        normal_url(address)
