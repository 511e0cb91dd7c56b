"""Exclusive named locks across processes, freed by the operating system or the server.

Files beside the SQLite database, or advisory locks of one Postgres session (``pg_locks``). A lock
is held by a process, never by a database transaction.
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


def locks_for(url: URL) -> Locks:
    """Return the locks that belong to a database."""
    if is_sqlite(url):
        file = sqlite_file(url)
        return FileLocks(file.with_name(file.name + ".locks"))
    # On SQLite nothing else needs the driver, which takes long to load.
    from storage.pg_locks import PgLocks  # noqa: PLC0415

    return PgLocks(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _file_name(name: str) -> str:
    readable = "".join(c if c.isalnum() or c == "-" else "_" for c in name)[:40]
    return f"{readable}-{digest_of(name).hex()}"


def digest_of(name: str) -> bytes:
    """Return the eight bytes that stand for a name."""
    return hashlib.blake2b(f"integral:{name}".encode(), digest_size=8).digest()
