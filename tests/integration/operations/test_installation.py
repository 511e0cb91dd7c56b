"""The installation: knows where it stands, says when it stands elsewhere, and is moved once."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.services.relocation import Relocation
from bot.views import installation as views
from ledger.organisation import PersonRole
from storage.database import Database
from storage.installation import Installations, MovedAwayError
from storage.outbox import OutboxQueue
from storage.tables.installation import installation
from tests.support import books
from tests.support.databases import SettableClock, migrated_sqlite, opened


async def test_it_gets_an_id_once_and_stays_in_its_place(database: Database) -> None:
    installations = Installations(database)
    assert await installations.known() is None
    assert not await installations.arrive()
    first = await installations.known()
    assert not await installations.arrive()
    assert await installations.known() == first
    assert first is not None
    assert len(first.id) == 16
    assert not await installations.is_elsewhere()


async def test_a_dump_restored_elsewhere_says_so_once(database: Database) -> None:
    installations = Installations(database)
    await installations.arrive()
    async with database.session() as session:
        await session.execute(update(installation).values(place="of another server"))
        await session.commit()
    assert await installations.is_elsewhere()
    assert await installations.arrive()
    assert not await installations.arrive()


@pytest.mark.one_database("it is a file")
async def test_a_copied_file_says_that_it_is_a_copy(
    migrated_template: Path, tmp_path: Path, clock: SettableClock
) -> None:
    url = migrated_sqlite(migrated_template, tmp_path)
    async with opened(url, clock) as database:
        await Installations(database).arrive()
    shutil.copyfile(tmp_path / "integral.db", tmp_path / "copy.db")
    async with opened(f"sqlite:///{tmp_path / 'copy.db'}", clock) as copy:
        assert await Installations(copy).arrive()


async def test_a_database_that_was_moved_away_is_refused_with_the_day(
    database: Database, clock: SettableClock
) -> None:
    installations = Installations(database)
    await installations.require_here()
    await installations.arrive()
    async with database.session() as session:
        await session.execute(update(installation).values(moved_at=clock.now()))
        await session.commit()
    with pytest.raises(MovedAwayError, match="2026-11-02"):
        await installations.require_here()


async def test_every_owner_is_told_of_a_copy_with_the_numbers_at_stake(
    database: Database, clock: SettableClock
) -> None:
    organisation = books.organisation()
    async with database.unit() as unit:
        await unit.organisations.add(organisation)
        await unit.people.grant(organisation.id, "U-owner", PersonRole.OWNER)
        await unit.people.grant(organisation.id, "U-other", PersonRole.PREPARER)
        await unit.commit()

    await Relocation(storage=database, clock=clock, words=views.relocated).tell()

    (due,) = await OutboxQueue(database).due(clock.now() + timedelta(seconds=1), 10)
    assert due.message.channel == "U-owner"
    assert f"INT-{organisation.code}-" in due.message.blocks
    assert "stop the other one" in due.message.blocks
