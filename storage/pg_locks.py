"""Named locks on Postgres: advisory locks of one session, which is watched."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg

from storage.locks import Locks, LocksLostError, digest_of


class PgLocks(Locks):
    """Advisory locks of one dedicated session; must not go through a transaction pooler.

    https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
    """

    PROBE_EVERY_S = 1.0
    PROBE_LIMIT_S = 15.0

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._session: psycopg.AsyncConnection[tuple[bool]] | None = None
        self._turn = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """End the session, which frees its locks."""
        if self._watcher:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        if self._session:
            await self._session.close()
        self._session = self._watcher = None
        self._held.clear()

    async def _take(self, name: str) -> bool:
        return await self._ask("select pg_try_advisory_lock(%s)", name)

    async def _release(self, name: str) -> None:
        await self._ask("select pg_advisory_unlock(%s)", name)

    async def _ask(self, statement: str, name: str) -> bool:
        async with self._turn:
            if self.lost.is_set():
                raise LocksLostError
            session = self._session or await self._open()
            try:
                async with asyncio.timeout(self.PROBE_LIMIT_S):
                    found = await session.execute(statement.encode(), (_number(name),))
                    row = await found.fetchone()
            except (psycopg.OperationalError, TimeoutError) as error:
                self.lost.set()
                raise LocksLostError from error
            return bool(row and row[0])

    async def _open(self) -> psycopg.AsyncConnection[tuple[bool]]:
        session = await psycopg.AsyncConnection.connect(
            self._address,
            autocommit=True,
            application_name="integral locks",
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
        )
        self._session = session
        self._watcher = asyncio.create_task(self._watch(session))
        return session

    async def _watch(self, session: psycopg.AsyncConnection[tuple[bool]]) -> None:
        """Notice a lost session even while nobody asks for a lock."""
        while not self.lost.is_set():
            await asyncio.sleep(self.PROBE_EVERY_S)
            async with self._turn:
                try:
                    async with asyncio.timeout(self.PROBE_LIMIT_S):
                        await session.execute("select true")
                except (psycopg.OperationalError, TimeoutError):
                    self.lost.set()


def _number(name: str) -> int:
    return int.from_bytes(digest_of(name), signed=True)
