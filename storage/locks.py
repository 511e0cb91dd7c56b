"""Exclusive named locks across processes, freed by the operating system or the server.

Files beside the SQLite database, or advisory locks of one Postgres session. A lock is held by a
process, never by a database transaction.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import URL

from storage.engine import is_sqlite, sqlite_file

WAIT_S = 0.02
LONGEST_WAIT_S = 0.5


class LocksLostError(Exception):
    """The session that held this process's locks is gone: nothing it held is held any more."""


class Locks(ABC):
    """Named locks. One holder at a time, in this process and among all others."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        """Set when held locks may have been lost: the process must stop taking work."""
        self._queues: dict[str, asyncio.Lock] = {}
        self._held: set[str] = set()

    async def try_lock(self, name: str) -> bool:
        """Take the lock if it is free; false when anybody, this process included, holds it.

        Raises:
            LocksLostError: when the session of the locks is gone.
        """
        if name in self._held:
            return False
        self._held.add(name)
        taken = False
        try:
            taken = await self._take(name)
        finally:
            if not taken:
                self._held.discard(name)
        return taken

    async def unlock(self, name: str) -> None:
        """Free a lock that this process holds; one of a lost session is free already.

        Never in the way of a cancellation or an error on whose account the lock is freed.
        """
        if name in self._held:
            try:
                with suppress(LocksLostError):
                    await self._release(name)
            finally:
                self._held.discard(name)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for the lock, hold it for the block, free it."""
        # Those who wait in this process queue in order; among processes it is who asks first.
        async with self._queues.setdefault(name, asyncio.Lock()):
            wait = WAIT_S
            while not await self.try_lock(name):
                await asyncio.sleep(wait)
                wait = min(wait * 1.5, LONGEST_WAIT_S)
            try:
                yield
            finally:
                await self.unlock(name)

    @abstractmethod
    async def close(self) -> None:
        """Free everything."""

    @abstractmethod
    async def _take(self, name: str) -> bool: ...

    @abstractmethod
    async def _release(self, name: str) -> None: ...


class FileLocks(Locks):
    """Locks as files in a folder, for the processes of one machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._files: dict[str, IO[str]] = {}

    async def close(self) -> None:
        """Close the files, which frees their locks."""
        for name in list(self._files):
            await self.unlock(name)

    async def _take(self, name: str) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = (self._folder / _file_name(name)).open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._files[name] = file
        return True

    async def _release(self, name: str) -> None:
        self._files.pop(name).close()


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


def locks_for(url: URL) -> Locks:
    """Return the locks that belong to a database."""
    if is_sqlite(url):
        file = sqlite_file(url)
        return FileLocks(file.with_name(file.name + ".locks"))
    return PgLocks(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _file_name(name: str) -> str:
    readable = "".join(c if c.isalnum() or c == "-" else "_" for c in name)[:40]
    return f"{readable}-{_digest(name).hex()}"


def _number(name: str) -> int:
    return int.from_bytes(_digest(name), signed=True)


def _digest(name: str) -> bytes:
    return hashlib.blake2b(f"integral:{name}".encode(), digest_size=8).digest()
