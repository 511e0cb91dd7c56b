"""Small helpers for statements: upserts on both databases, rows to values, chunks, constraints.

It must not know any particular table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Index, Row, Table, UniqueConstraint, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from dataclasses import Field

CHUNK = 500
"""How many ids go into one IN list, and how many rows pass between two turns of the loop."""

WRITE_CHUNK = 2000
"""How many rows one bulk statement writes, so that the event loop is never kept for long."""

Item = TypeVar("Item")


class Dataclass(Protocol):
    """Any dataclass whose field names are column names."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Value = TypeVar("Value", bound=Dataclass)

AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns."""


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Yield the items in lists of at most ``size``."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def values_of(value: Dataclass) -> dict[str, object]:
    """Return a dataclass's fields by name, one level deep."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


@cache
def columns_of(kind: type[Dataclass], table: Table) -> tuple[Column[Any], ...]:
    """Return the table's columns that are fields of the dataclass."""
    return tuple(table.c[field.name] for field in fields(kind) if field.name in table.c)


def value_from(kind: type[Value], row: AnyRow, **replaced: object) -> Value:
    """Build a dataclass from the columns of a row that bear its fields' names."""
    places = _places(kind, row._fields)
    return kind(**({name: row[place] for name, place in places} | replaced))


@lru_cache(maxsize=256)
def _places(kind: type[Dataclass], columns: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return where the fields of the dataclass are in a row of these columns."""
    names = {field.name for field in fields(kind)}
    return [(name, place) for place, name in enumerate(columns) if name in names]


def insert_into(session: AsyncSession, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the insert of the session's database, which knows ON CONFLICT."""
    name = session.get_bind().dialect.name
    return postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)


async def upsert(session: AsyncSession, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows, or replace their other columns where the primary key exists; in bulk."""
    for chunk in chunks(rows, WRITE_CHUNK):
        statement = insert_into(session, table)
        keys = [column.name for column in table.primary_key]
        changed = {name: statement.excluded[name] for name in chunk[0] if name not in keys}
        if changed:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        await session.execute(statement, [dict(row) for row in chunk])


async def insert_rows(
    session: AsyncSession, table: Table, rows: Iterable[Mapping[str, object]]
) -> None:
    """Insert many rows, a chunk at a time."""
    for chunk in chunks(rows, WRITE_CHUNK):
        await session.execute(table.insert(), [dict(row) for row in chunk])


async def refresh_statistics(session: AsyncSession, table: Table) -> None:
    """Tell Postgres how full the table is now, which it learns by itself only minutes later.

    Until then it reads every row of an organisation where it should look up a few by key.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"ANALYZE {table.name}"))


def by_bytes(session: AsyncSession, column: ColumnElement[str]) -> ColumnElement[str]:
    """Order a text column as Python orders texts, whatever the database's locale."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    return column.collate("C") if is_postgres else column


def violates(error: IntegrityError, rule: Index | UniqueConstraint) -> bool:
    """Say whether this unique rule refused the statement.

    Postgres names the rule; SQLite names its columns (https://www.sqlite.org/rescode.html).
    """
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return bool(diagnosis.constraint_name == rule.name)
    columns = ", ".join(f"{column.table.name}.{column.name}" for column in rule.columns)
    return str(error.orig) == f"UNIQUE constraint failed: {columns}"


def index_of(table: Table, name: str) -> Index:
    """Return the table's index of this name."""
    return next(index for index in table.indexes if index.name == name)


def texts(values: Iterable[StrEnum]) -> list[str]:
    """Return the values of enumeration members, sorted."""
    return sorted(value.value for value in values)


def hashed(secret: str) -> str:
    """Return the SHA-256 of a random secret, all that is kept of it.

    Only for secrets of at least 128 random bits: a short one could be guessed from its hash.
    """
    return sha256(secret.encode()).hexdigest()
