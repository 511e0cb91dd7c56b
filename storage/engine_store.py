"""The engine's own tables, seen from beside the engine: what waits there, what was left behind.

Reads DBOS' documented system tables with plain statements, so that a process without an engine,
such as the command line, can ask (https://docs.dbos.dev/explanations/system-tables); the version
of DBOS is pinned. It must not change a workflow.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.database import Database
from storage.engine import engine_file, is_sqlite, open_engine

SCHEMA = "dbos"
"""Where the engine's tables are on Postgres."""
WAITING = ("ENQUEUED", "DELAYED")
RUNNING = ("PENDING",)
GIVEN_UP = ("MAX_RECOVERY_ATTEMPTS_EXCEEDED",)
"""Work that ended its process again and again, so that the engine lets it lie."""
_Columns: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A workflow that was enqueued and has not ended."""

    id: str
    name: str
    partition: str | None
    """The company or organisation whose work goes one at a time."""
    since: datetime
    """When it was enqueued, by the machine's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much unfinished work is in one state."""

    pieces: int
    since: datetime
    """When the oldest piece was enqueued, by the machine's clock."""


class EngineStore:
    """Where the engine keeps its tables: a file beside the SQLite database, or a schema in it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_file = is_sqlite(database.url)
        self.schema = None if self.is_file else SCHEMA
        self._own: AsyncEngine | None = None

    async def close(self) -> None:
        """Close what was opened; it opens again by itself."""
        if self._own is not None:
            await self._own.dispose()
            self._own = None

    async def unfinished(self, *, before: datetime | None = None) -> list[Unfinished]:
        """Return everything that waits, runs or was given up, the oldest first.

        With ``before`` only what was enqueued then or earlier, by the machine's clock.
        """
        c = self._workflows().c
        latest = sa.true() if before is None else c.created_at <= int(before.timestamp() * 1000)
        is_open = c.status.in_(WAITING + RUNNING + GIVEN_UP)
        found = await self._rows(
            sa.select(*c).where(is_open, latest).order_by(c.created_at, c.workflow_uuid)
        )
        return [_unfinished(row) for row in found]

    async def backlogs(self) -> dict[str, Backlog]:
        """Count what waits, runs and was given up, however much it is, in the database.

        Returns:
            "waiting", "running", "given_up" → how much; without those of which there is none.
        """
        c = self._workflows().c
        state = sa.case(
            (c.status.in_(RUNNING), "running"),
            (c.status.in_(GIVEN_UP), "given_up"),
            else_="waiting",
        ).label("state")
        counted = (
            sa.select(
                state, sa.func.count().label("pieces"), sa.func.min(c.created_at).label("since")
            )
            .where(c.status.in_(WAITING + RUNNING + GIVEN_UP))
            .group_by(sa.literal_column("state"))
        )
        return {
            row.state: Backlog(pieces=row.pieces, since=_moment(row.since))
            for row in await self._rows(counted)
        }

    @asynccontextmanager
    async def connected(self, *, writes: bool = False) -> AsyncIterator[AsyncConnection | None]:
        """Open a connection, in a transaction when it ``writes``; none without a file."""
        engine = self._engine()
        if engine is None:
            yield None
        elif writes:
            async with engine.begin() as connection:
                yield connection
        else:
            async with engine.connect() as connection:
                yield connection

    async def has(self, connection: AsyncConnection, table: str) -> bool:
        """Say whether the engine's database has a table."""
        return await connection.run_sync(
            lambda sync: sa.inspect(sync).has_table(table, schema=self.schema)
        )

    async def _rows(self, statement: sa.Select[_Columns]) -> Sequence[sa.Row[_Columns]]:
        """Run a statement about workflows; there are none before there is a table of them."""
        async with self.connected() as connection:
            if connection is None or not await self.has(connection, self._workflows().name):
                return []
            found = await connection.execute(statement)
            return found.all()

    def _engine(self) -> AsyncEngine | None:
        if not self.is_file:
            return self._database.engine
        file = engine_file(self._database.url)
        if not file.exists():
            return None
        if self._own is None:
            self._own = open_engine(self._database.url.set(database=str(file)))
        return self._own

    def _workflows(self) -> sa.TableClause:
        names = ("workflow_uuid", "status", "name", "queue_partition_key", "created_at")
        return sa.table("workflow_status", *map(sa.column, names), schema=self.schema)


def _unfinished(row: sa.Row[_Columns]) -> Unfinished:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Unfinished(
        id=found["workflow_uuid"],
        name=found["name"],
        partition=found["queue_partition_key"],
        since=_moment(found["created_at"]),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
