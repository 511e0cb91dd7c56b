"""The database: units of work, named locks, migrations. The one door to the book of record.

It must not read settings or know what is stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from storage.clock import Clock
from storage.engine import normal_url, open_engine, reading
from storage.locks import Locks, locks_for
from storage.migrations.newest import is_newest
from storage.unit import Unit
from storage.vault import Vault


class Database:
    """Satisfies the port ``Storage``. One for each process and event loop.

    Args:
        url: as in ``DATABASE_URL``; see :func:`storage.engine.normal_url`.
        vault: the keys for secrets.
        clock: the only source of time.
    """

    def __init__(self, url: str, vault: Vault, *, clock: Clock) -> None:
        self.url = normal_url(url)
        self.vault = vault
        self.clock = clock
        self.locks: Locks = locks_for(self.url)
        self.engine = open_engine(self.url)
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        self._reading = async_sessionmaker(reading(self.engine), expire_on_commit=False)

    @asynccontextmanager
    async def unit(self, *, read_only: bool = False) -> AsyncIterator[Unit]:
        """Open a unit of work; leaving it without ``commit`` undoes everything.

        A read-only one never waits for writers, and the database refuses its writes.
        """
        async with self.session(read_only=read_only) as session:
            yield Unit(session, self.vault, self.clock)

    def session(self, *, read_only: bool = False) -> AsyncSession:
        """Open a bare session, for storage's own parts."""
        return self._reading() if read_only else self._writing()

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold a named lock, exclusively across processes, freed when the process dies.

        Waiting for it blocks neither the event loop nor a transaction of the database.
        """
        return self.locks.hold(name)

    async def migrate(self) -> None:
        """Bring the tables up to date; several processes may do so at once."""
        async with self.lock("migrations"):
            if await is_newest(self.engine):
                return
            # Alembic takes long to load, and most starts do not need it.
            from storage.migrations.run import upgrade  # noqa: PLC0415

            await upgrade(self.url, self.vault)

    async def close(self) -> None:
        """Close all connections and free all locks."""
        await self.engine.dispose()
        await self.locks.close()
