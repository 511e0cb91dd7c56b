"""Moves a whole book of record into another, empty database: all of it or nothing.

From SQLite to Postgres, or back. In one transaction on each side: the old one is locked against
writing while it is read, and marked as moved before the new one is committed, so that there are
never two that may be served. The engine's tables stay behind; what waits is woken from its rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC as UTC_ZONE
from datetime import datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.database import Database
from storage.engine import is_sqlite
from storage.installation import Installations, ensure_identity
from storage.migrations.run import revisions
from storage.statements import WRITE_CHUNK
from storage.tables import METADATA
from storage.tables.installation import installation
from storage.types import UTC

Tell = Callable[[str, int], None]
"""Called with a table's name and how many of its rows were copied."""
_MODULUS = 1 << 128


class TransferError(Exception):
    """A move that cannot be made; nothing was changed. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and the sum of their hashes: the same in whatever order they are read."""

    rows: int = 0
    hashes: int = 0


async def transfer(source: Database, target: Database, *, tell: Tell) -> dict[str, int]:
    """Copy everything and mark the source as moved; return table → rows.

    Nobody may serve either, which is the caller's to see to; who starts to serve the source
    meanwhile waits for its lock and then finds the mark.

    Args:
        source: where the books are; see :func:`require_newest`.
        target: migrated and empty.
        tell: for a progress report.

    Raises:
        TransferError: when the two do not fit, or a copy is not equal to its original.
    """
    place = await Installations(target).place()
    async with source.engine.begin() as reading, target.engine.begin() as writing:
        await _lock(reading)
        await _require_mine(reading, place)
        await _require_empty(writing)
        copied = {}
        for table in METADATA.sorted_tables:
            found = await _copy(_plain(table), reading, writing)
            if found != await _sum(_plain(table), writing):
                raise TransferError(f"The copy of {table.name} is not equal to its original.")
            copied[table.name] = found.rows
            tell(table.name, found.rows)
        await _set_sequences(writing)
        await _begin_anew(writing)
        await reading.execute(
            sa.update(installation).values(moved_at=source.clock.now(), place=place)
        )
        # Before the target's: were both left unmarked by an accident, two could send.
        await reading.commit()
    await _analyse(target)
    return copied


async def require_newest(source: Database) -> None:
    """Refuse a database that is not as this version's migrations leave one.

    Raises:
        TransferError: naming both revisions.
    """
    found, newest = await revisions(source.url)
    if found is None:
        raise TransferError("The database to copy from has no tables of Integral.")
    if found != newest:
        raise TransferError(
            f"The database to copy from is at revision {found}, this version's is {newest}: run "
            "`integral migrate` with DATABASE_URL set to it first."
        )


async def _require_mine(reading: AsyncConnection, place: str) -> None:
    """Refuse a source that was moved before, unless to this very target, which is empty still."""
    found = await ensure_identity(reading)
    if found.moved_at is not None and found.place != place:
        raise TransferError(
            f"This database was moved to another one on {found.moved_at:%Y-%m-%d} already: two "
            "copies would draw the same journal numbers. Copy from that one."
        )


async def _require_empty(writing: AsyncConnection) -> None:
    for table in METADATA.sorted_tables:
        if table is installation:
            continue
        found = await writing.execute(sa.select(sa.literal(1)).select_from(table).limit(1))
        if found.first() is not None:
            raise TransferError(
                f"The database to copy into is not empty ({table.name} has rows): name an empty "
                "one in DATABASE_URL."
            )
    await writing.execute(sa.delete(installation))


async def _lock(reading: AsyncConnection) -> None:
    """Keep everybody from writing; SQLite did so when the transaction began."""
    if reading.dialect.name == "postgresql":
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        await reading.execute(sa.text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


async def _copy(table: sa.TableClause, reading: AsyncConnection, writing: AsyncConnection) -> Sum:
    total = Sum()
    async for rows in _parts(table, reading):
        await writing.execute(sa.insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name for it
        total = _added(total, rows)
    return total


async def _sum(table: sa.TableClause, connection: AsyncConnection) -> Sum:
    total = Sum()
    async for rows in _parts(table, connection):
        total = _added(total, rows)
    return total


async def _parts(
    table: sa.TableClause, connection: AsyncConnection
) -> AsyncIterator[list[sa.Row[Any]]]:
    """Read a table a part at a time, never the whole of it."""
    statement = sa.select(table).execution_options(yield_per=WRITE_CHUNK)
    async with connection.stream(statement) as found:
        async for rows in found.partitions():
            yield list(rows)


def _added(total: Sum, rows: list[sa.Row[Any]]) -> Sum:
    hashes = total.hashes
    for row in rows:
        text = repr([_canonical(value) for value in row])
        hashes += int.from_bytes(blake2b(text.encode(), digest_size=16).digest())
    return Sum(total.rows + len(rows), hashes % _MODULUS)


def _canonical(value: object) -> object:
    """Write a moment alike whichever zone the database's driver gives it in."""
    return value.astimezone(UTC_ZONE).isoformat() if isinstance(value, datetime) else value


def _plain(table: sa.Table) -> sa.TableClause:
    """Return the table with what is stored in it, without what we make of it."""
    return sa.table(table.name, *(sa.column(c.name, _stored(c.type)) for c in table.columns))


def _stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    # Moments are read through our type: SQLite keeps them without their zone.
    if isinstance(kind, TypeDecorator) and not isinstance(kind, UTC):
        return kind.impl_instance
    return kind


async def _set_sequences(writing: AsyncConnection) -> None:
    """Have Postgres count on from the highest copied number; SQLite does by itself."""
    if writing.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is None or column.foreign_keys:
            continue
        highest = sa.select(sa.func.max(column)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        await writing.execute(sa.select(sa.func.setval(sequence, highest)))


async def _begin_anew(writing: AsyncConnection) -> None:
    """Let the copy's next start note its place without an alarm: it was copied on purpose."""
    await writing.execute(sa.update(installation).values(place=None, moved_at=None))


async def _analyse(target: Database) -> None:
    """Tell Postgres how full its tables are."""
    if not is_sqlite(target.url):
        async with target.engine.begin() as connection:
            await connection.execute(sa.text("ANALYZE"))
