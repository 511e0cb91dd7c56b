"""The engine's database and the book of record are of one time, or the engine's is set aside.

The engine never runs an id again that ended. After a backup of the book of record is put back, an
engine that remembers the lost time would take work for done that is not, and runs would wait for
ever. So a counter goes up in both while a server runs; where they disagree, the engine's database
is renamed and it begins anew: what waits is woken from the book of record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.engine import engine_file
from storage.engine_store import SCHEMA, EngineStore
from storage.installation import Installations
from storage.tables.installation import installation

BEAT_S = 15.0
"""How often the counter goes up: the time within which a restore is not noticed by it."""

_TABLE = "integral_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Of which installation the engine's database is, and of what time."""

    installation: str
    beats: int


class EngineTime:
    """Keeps the two databases together. One per process; see ``bot.wiring.process``."""

    def __init__(self, database: Database, store: EngineStore) -> None:
        self._database = database
        self._store = store
        self._installations = Installations(database)

    async def is_another(self) -> bool:
        """Say whether the engine's database is of another time; changes nothing."""
        async with self._store.connected() as connection:
            if connection is None or not await self._store.has(connection, "workflow_status"):
                return False
            mark = await self._read(connection)
        # Read last: it is counted here first, and another process may count meanwhile.
        known = await self._installations.known()
        if known is None or mark is None:
            # A book of record that has counted knows every engine that it ran with.
            return known is not None and known.beats > 0
        # A process that died between the two counts left one less there.
        return mark.installation != known.id or mark.beats not in {known.beats, known.beats - 1}

    async def set_aside(self) -> str:
        """Rename the engine's database, which nobody may have open; return its new name."""
        now = f"{self._database.clock.now():%Y%m%dT%H%M%S}"
        if self._store.is_file:
            await self._store.close()
            return _rename(engine_file(self._database.url), f"set-aside-{now}")
        name = f"{SCHEMA}_set_aside_{now}".lower()
        async with self._store.connected(writes=True) as connection:
            if connection is not None:
                await connection.execute(sa.text(f"ALTER SCHEMA {SCHEMA} RENAME TO {name}"))
        return name

    async def begin(self) -> None:
        """Mark an engine that has no tables yet, before it makes them.

        A process that starts at the same time sees its tables before it has counted once, and
        would take them for those of another time. Only Postgres has several processes.
        """
        if self._store.is_file:
            return
        async with self._store.connected(writes=True) as connection:
            if connection is None or await self._store.has(connection, "workflow_status"):
                return
            await connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
        await self.beat()

    async def beat(self) -> None:
        """Count one further in both; called again and again while the engine runs."""
        async with self._database.session() as session:
            counted = await session.execute(
                sa.update(installation)
                .values(beats=installation.c.beats + 1)
                .returning(installation.c.id, installation.c.beats)
            )
            row = counted.one()
            mark = _Mark(installation=row.id, beats=row.beats)
            if not self._store.is_file:
                # One database: both or neither.
                await self._write(await session.connection(), mark)
            await session.commit()
        if self._store.is_file:
            async with self._store.connected(writes=True) as connection:
                if connection is not None:
                    await self._write(connection, mark)

    async def _read(self, connection: AsyncConnection) -> _Mark | None:
        if not await self._store.has(connection, _TABLE):
            return None
        found = (await connection.execute(sa.select(self._table()))).first()
        return _Mark(installation=found.installation, beats=found.beats) if found else None

    async def _write(self, connection: AsyncConnection, mark: _Mark) -> None:
        table = self._table()
        await connection.run_sync(table.create, checkfirst=True)
        written = await connection.execute(
            sa.update(table).values(installation=mark.installation, beats=mark.beats)
        )
        if not written.rowcount:
            values = {"installation": mark.installation, "beats": mark.beats}
            await connection.execute(sa.insert(table).values(**values))

    def _table(self) -> sa.Table:
        return sa.Table(
            _TABLE,
            sa.MetaData(schema=self._store.schema),
            sa.Column("installation", sa.Text(), nullable=False),
            sa.Column("beats", sa.BigInteger(), nullable=False),
        )


def _rename(file: Path, suffix: str) -> str:
    """Rename an SQLite file together with its log, without which it lacks its last changes."""
    for part in ("-wal", "-shm", ""):
        beside = file.with_name(file.name + part)
        if beside.exists():
            beside.rename(file.with_name(f"{file.name}.{suffix}{part}"))
    return f"{file.name}.{suffix}"
