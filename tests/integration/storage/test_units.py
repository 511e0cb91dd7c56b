"""Units of work: all or nothing, and readers that neither wait nor write."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from tests.support import books


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


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.unit(read_only=True) as unit:
            await unit.organisations.add(books.organisation())
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.commit()


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
