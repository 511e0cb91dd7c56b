"""Engines: addresses as people write them, and connections with the right pragmas.

It must not know tables or read settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

READ_ONLY = "integral_read_only"
"""Execution option of connections that only read."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000")


_WANTED = "DATABASE_URL must be sqlite:///path or postgresql://…"


class DatabaseUrlError(ValueError):
    """An address of a database that we cannot use; the text names no password."""


def normal_url(address: str) -> URL:
    """Return the address with the drivers we use: aiosqlite, or psycopg 3.

    Takes ``sqlite:///file``, ``postgres://…`` and ``postgresql://…`` as hosts give them.

    Raises:
        DatabaseUrlError: for another kind of database, or SQLite without a file.
    """
    # SQLAlchemy does not know the scheme that several hosts use.
    scheme, colon, rest = address.partition("://")
    name = {"postgres": "postgresql"}.get(scheme, scheme)
    try:
        url = make_url(f"{name}{colon}{rest}")
    except ArgumentError:
        # Without its text and cause, which hold the address and so a password.
        raise DatabaseUrlError(_WANTED) from None
    backend = url.drivername.partition("+")[0]
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or url.database in {None, "", ":memory:"}:
        raise DatabaseUrlError(_WANTED)
    return url.set(drivername="sqlite+aiosqlite")


def sqlite_file(url: URL) -> Path:
    """Return the path of the SQLite database's file."""
    return Path(url.database or "")


def engine_file(url: URL) -> Path:
    """Return the path of the engine's own SQLite file, beside the database's."""
    file = sqlite_file(url)
    return file.with_name(f"{file.stem}-engine.db")


def is_sqlite(url: URL) -> bool:
    """Say whether the address is of SQLite."""
    return url.get_backend_name() == "sqlite"


def open_engine(url: URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """Create an engine; on SQLite every transaction that may write takes the lock at once.

    ``foreign_keys`` false is for migrations, which rebuild tables on SQLite.
    """
    if not is_sqlite(url):
        return create_async_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    # A folder of our own making is nobody else's to look into.
    sqlite_file(url).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Here, because on Postgres nothing needs these drivers.
    from storage.sqlite_driver import OneTripDriver  # noqa: PLC0415

    engine = create_async_engine(url, module=OneTripDriver(), pool_size=10, max_overflow=20)
    pragmas = (*_PRAGMAS, f"foreign_keys={'ON' if foreign_keys else 'OFF'}")

    def connect(connection: Any, entry: ConnectionPoolEntry) -> None:
        del entry
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connect)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def reading(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine's view for transactions that only read, and may not write."""
    return engine.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})


def _begin(connection: Connection) -> None:
    """Have the driver begin as the transaction needs it: to read only, or to write."""
    is_read_only = bool(connection.get_execution_options().get(READ_ONLY))
    begun: Any = connection.connection.dbapi_connection
    begun.begin(is_read_only=is_read_only)
