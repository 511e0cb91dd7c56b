"""SQLite in one trip: a statement asks its connection's thread once, and begins with it.

SQLAlchemy's own adapter asks four times a statement: cursor, execute, fetch, close. Each time two
threads wake each other, which costs more than most statements do. It must not know tables.
https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#module-sqlalchemy.dialects.sqlite.aiosqlite
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    AsyncAdapt_aiosqlite_ss_cursor,
)

NOTHING = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A statement's parameters, and what the thread has to do besides running it."""

    parameters: Any
    is_many: bool = False
    begins: bool = False
    """It is the first of a transaction, or the one that was to begin it failed."""
    is_inside: bool = False
    """It belongs to a transaction that an earlier one began."""
    is_read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """All that a statement left behind."""

    rows: Sequence[Any]
    description: Any
    rowcount: int
    lastrowid: int | None

    def fetchall(self) -> list[_Answer]:
        """Give the whole answer where aiosqlite asks for the rows."""
        return [self]


class _ThreadConnection(sqlite3.Connection):
    """The connection as its thread sees it: begins before the first statement of a transaction."""

    _is_read_only: bool | None = None

    def execute(self, sql: str, parameters: Any = NOTHING, /) -> Any:
        """Run a statement as aiosqlite has it, or as :class:`_DriverCursor` asked.

        No cursor leaves this thread, not even with the traceback of what failed: whoever freed it
        would wait until this connection is idle, perhaps holding what this one waits for.
        """
        if not isinstance(parameters, _Asked):
            return super().execute(sql, parameters)
        if parameters.begins and not self.in_transaction:
            self._begin(is_read_only=parameters.is_read_only)
        elif parameters.is_inside and not self.in_transaction:
            # Some errors, a full disk for one, roll back by themselves: what follows would stay.
            raise sqlite3.OperationalError("the transaction of this statement was rolled back")
        with closing(self.cursor()) as cursor:
            run = cursor.executemany if parameters.is_many else cursor.execute
            run(sql, parameters.parameters)
            return _Answer(
                rows=cursor.fetchall() if cursor.description else NOTHING,
                description=cursor.description,
                rowcount=cursor.rowcount,
                lastrowid=cursor.lastrowid,
            )

    def _begin(self, *, is_read_only: bool) -> None:
        """Begin so that readers never wait for a writer, and writers wait before they read.

        https://www.sqlite.org/lang_transaction.html
        """
        if self._is_read_only is not is_read_only:
            super().execute(f"PRAGMA query_only={'ON' if is_read_only else 'OFF'}")
            self._is_read_only = is_read_only
        super().execute("BEGIN" if is_read_only else "BEGIN IMMEDIATE")


class _DriverCursor:
    """What SQLAlchemy takes for the driver's cursor: has its rows as soon as it has run."""

    arraysize = 1

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._answer = _Answer(rows=NOTHING, description=None, rowcount=-1, lastrowid=None)

    @property
    def description(self) -> Any:
        """The columns, or none for a statement that returns no rows."""
        return self._answer.description

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._answer.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The last row that was inserted."""
        return self._answer.lastrowid

    async def execute(self, operation: str, parameters: Any = NOTHING) -> None:
        """Run a statement."""
        self._answer = await self._connection.ask(operation, parameters, is_many=False)

    async def executemany(self, operation: str, parameters: Iterable[Any]) -> None:
        """Run a statement once for each set of parameters."""
        self._answer = await self._connection.ask(operation, parameters, is_many=True)

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows, which are here already."""
        return self._answer.rows

    def close(self) -> None:
        """Nothing is open: the thread has closed its cursor."""


class _OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()
    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:
        del connection
        return _DriverCursor(self._adapt_connection)  # type: ignore[arg-type]

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor


class _StreamCursor(AsyncAdapt_aiosqlite_ss_cursor):
    """Reads a part at a time, a trip for each, in the transaction of the other statements."""

    __slots__ = ()

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        connection: Any = self._adapt_connection
        await connection.ask("SELECT 1", NOTHING, is_many=False)
        return await super()._execute_async(operation, parameters)


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection that begins with its first statement, and rolls back only what it began."""

    __slots__ = ("_begins", "_is_inside", "_is_read_only", "_is_used")
    _cursor_cls = _OneTripCursor  # type: ignore[mutable-override]
    _ss_cursor_cls = _StreamCursor  # type: ignore[mutable-override]

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begins = self._is_inside = self._is_read_only = self._is_used = False

    def begin(self, *, is_read_only: bool) -> None:
        """Have the next statement begin a transaction; there is none before it anyway."""
        self._begins, self._is_read_only = True, is_read_only

    async def ask(self, operation: str, parameters: Any, *, is_many: bool) -> _Answer:
        """Run a statement in the thread and return what it left behind."""
        asked = _Asked(
            parameters=parameters,
            is_many=is_many,
            begins=self._begins,
            is_inside=self._is_inside,
            is_read_only=self._is_read_only,
        )
        # Before the wait: whoever gives up waiting rolls back what the thread does all the same.
        self._is_used = True
        driver: Any = self._connection
        answers: Any = await driver.execute_fetchall(operation, asked)
        # Only now: where it could not begin, the next statement must not run outside of it.
        if self._begins:
            self._begins, self._is_inside = False, True
        answer: _Answer = answers[0]
        return answer

    def commit(self) -> None:
        """Make durable what was done, if anything was."""
        self._begins = self._is_inside = False
        if self._is_used:
            super().commit()
            self._is_used = False

    def rollback(self) -> None:
        """Undo what was done, if anything was."""
        self._begins = self._is_inside = False
        if self._is_used:
            super().rollback()
            self._is_used = False


class OneTripDriver(AsyncAdapt_aiosqlite_dbapi):
    """The driver to hand to ``create_async_engine`` as ``module``."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> OneTripConnection:
        """Open a connection with a thread of its own.

        The driver begins no transactions by itself: it would begin them late.
        """
        adapted = super().connect(*arg, factory=_ThreadConnection, isolation_level=None, **kw)
        return OneTripConnection(self, adapted.driver_connection)
