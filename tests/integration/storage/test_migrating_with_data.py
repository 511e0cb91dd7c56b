"""From every earlier revision, with a row in every table: nothing is lost and the tables fit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn

from storage.engine import normal_url, open_engine
from storage.migrations.run import check, revisions, upgrade
from storage.vault import Place, Vault
from tests.support.databases import SECRET_KEYS

VERSIONS = Path(__file__).resolve().parents[3] / "storage" / "migrations" / "versions"
EARLIER = sorted(path.name[:4] for path in VERSIONS.glob("0*.py"))[:-1]
VAULT = Vault.from_text(SECRET_KEYS)
SEALED_LATER = {("outbox", "text"), ("outbox", "blocks")}
"""Columns that revision 0005 encrypts."""
MOVED_LATER = {("companies", "secret"), ("companies", "team_id"), ("companies", "grant_id")}
"""Columns whose values revision 0005 puts elsewhere, or makes."""

Columns = Mapping[str, Sequence[ReflectedColumn]]
"""Table → its columns."""
Stored = dict[str, dict[str, object]]
"""Table → its one row."""


def _value(table: str, column: ReflectedColumn) -> object:
    """A value of the column's kind; whoever refers to a row refers to the one there is."""
    name = column["name"]
    if (table, name) == ("companies", "secret"):
        return VAULT.encrypt("{}", Place("companies", "secret", "x"))
    if name in {"secret", "grant_id"} or name.endswith("thread_of"):
        return None if column["nullable"] else "x"
    if name == "provider":
        return "quickbooks"
    kinds: Mapping[type[sa.types.TypeEngine[Any]], object] = {
        sa.Boolean: True,
        sa.Integer: 1,
        sa.DateTime: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        sa.Date: date(2026, 1, 2),
        sa.Time: time(9, 30),
    }
    return next((value for kind, value in kinds.items() if isinstance(column["type"], kind)), "x")


def _columns(connection: sa.Connection) -> Columns:
    """Without constraints and indexes, which SQLite has to read out of the text of each table."""
    found = sa.inspect(connection).get_multi_columns()
    return {table: columns for (_, table), columns in found.items()}


def _table(name: str, columns: Columns) -> sa.TableClause:
    return sa.table(name, *(sa.column(each["name"], each["type"]) for each in columns[name]))


def _in_order(connection: sa.Connection) -> Iterable[str]:
    """The tables, whoever is referred to before who refers."""
    found = sa.inspect(connection).get_multi_foreign_keys()
    references = {
        table: {each["referred_table"] for each in keys} - {table}
        for (_, table), keys in found.items()
    }
    return TopologicalSorter(references).static_order()


def _fill(connection: sa.Connection) -> Stored:
    columns = _columns(connection)
    stored: Stored = {}
    for name in _in_order(connection):
        if name == "alembic_version":
            continue
        row = {each["name"]: _value(name, each) for each in columns[name]}
        connection.execute(sa.insert(_table(name, columns)).values(row))
        stored[name] = row
    return stored


def _read(connection: sa.Connection, tables: Mapping[str, object]) -> Stored:
    columns = _columns(connection)
    found: Stored = {}
    for name in tables.keys() & columns.keys():
        (row,) = connection.execute(sa.select(_table(name, columns))).mappings()
        found[name] = dict(row)
    return found


def _same(stored: object, found: object) -> bool:
    if isinstance(stored, datetime) and isinstance(found, datetime):
        return (found if found.tzinfo else found.replace(tzinfo=UTC)) == stored
    return stored == found


@pytest.mark.parametrize("revision", EARLIER)
async def test_rows_of_a_revision_are_there_at_the_newest(empty_url: str, revision: str) -> None:
    url = normal_url(empty_url)
    await upgrade(url, VAULT, to=revision)
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            stored = await connection.run_sync(_fill)
    finally:
        await engine.dispose()

    await upgrade(url, VAULT)

    await check(url)
    found_revision, newest = await revisions(url)
    assert found_revision == newest
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(_read, stored)
    finally:
        await engine.dispose()
    assert found.keys() == stored.keys()
    lost = [
        f"{table}.{name}"
        for table, row in stored.items()
        for name, value in row.items()
        if (table, name) not in MOVED_LATER | SEALED_LATER
        and name in found[table]
        and not _same(value, found[table][name])
    ]
    assert lost == []
