"""The engine's own tables, seen from beside the engine: what waits there, what was left behind.

Reads DBOS' documented system tables with plain statements, so that a process without an engine,
such as the command line, can ask (https://docs.dbos.dev/explanations/system-tables); the version
of DBOS is pinned. It must not change a workflow.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A workflow that was enqueued and has not ended."""

    id: str
    name: str
    partition: str | None
    """The company or organisation whose work goes one at a time."""
    is_running: bool
    is_given_up: bool
    since: datetime
    """When it was enqueued, by the machine's clock."""


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

    async def unfinished(self) -> list[Unfinished]:
        """Return everything that waits, runs or was given up, the oldest first."""
        table = self._workflows()
        c = table.c
        async with self.connected() as connection:
            if connection is None or not await self.has(connection, table.name):
                return []
            found = await connection.execute(
                sa.select(table)
                .where(c.status.in_(WAITING + RUNNING + GIVEN_UP))
                .order_by(c.created_at, c.workflow_uuid)
            )
            return [_unfinished(row) for row in found]

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


def _unfinished(row: sa.Row[tuple[str, ...]]) -> Unfinished:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Unfinished(
        id=found["workflow_uuid"],
        name=found["name"],
        partition=found["queue_partition_key"],
        is_running=found["status"] in RUNNING,
        is_given_up=found["status"] in GIVEN_UP,
        since=datetime.fromtimestamp(int(found["created_at"]) / 1000, UTC),
    )
