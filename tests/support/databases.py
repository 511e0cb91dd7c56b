"""Migrated databases for tests: a copy of a prepared one, so that a test costs milliseconds.

It must not know what a test stores.
"""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.database import Database
from storage.engine import normal_url
from storage.migrations.run import upgrade
from storage.vault import Vault
from tests.support.compiled import keep_compiled, share_compiled
from tests.support.postgres import PostgresServer

SECRET_KEYS = "test:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, *, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


def open_database(url: str, clock: SettableClock | None = None) -> Database:
    """Open a database with the tests' keys and a clock that stands still."""
    return Database(url, Vault.from_text(SECRET_KEYS), clock=clock or SettableClock())


def sqlite_template(folder: Path) -> Path:
    """Return the folder's template, migrated by whichever test process comes first."""
    template = folder / "migrated.db"
    with (folder / "migrated.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            fresh = folder / "fresh.db"
            _migrate(f"sqlite:///{fresh}")
            fresh.rename(template)
    return template


def migrated_sqlite(template: Path, folder: Path) -> str:
    """Copy a template into the folder and return the copy's address."""
    target = folder / "integral.db"
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"


def migrated_template_of(server: PostgresServer) -> str:
    """Return the name of the server's migrated template."""
    return server.template("migrated", _migrate)


def migrated_postgres(server: PostgresServer) -> str:
    """Return the address of a new, migrated Postgres database; the caller drops it."""
    return server.new_database(template=migrated_template_of(server))


@asynccontextmanager
async def opened(url: str, clock: SettableClock | None = None) -> AsyncIterator[Database]:
    """Open a database for a block, and close it."""
    database = open_database(url, clock)
    share_compiled(database)
    try:
        yield database
    finally:
        keep_compiled(database)
        await database.close()


def _migrate(url: str) -> None:
    # In a thread of its own: the caller may be inside a running event loop.
    with ThreadPoolExecutor(max_workers=1) as threads:
        threads.submit(asyncio.run, upgrade(normal_url(url), Vault.from_text(SECRET_KEYS))).result()
