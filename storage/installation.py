"""The installation itself: its id, where its database stands, and whether it was moved away.

Two installations that share their organisations' codes would draw the same journal numbers, so a
database that was copied into another is marked and never served again, and one that wakes up in
another place than it went to sleep in says so. It must not decide what people are told.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.database import Database
from storage.engine import is_sqlite, sqlite_file
from storage.statements import columns_of, value_from
from storage.tables.installation import installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the book of record knows of itself."""

    id: str
    beats: int
    """How far its time has come; see :mod:`storage.engine_time`."""
    place: str | None
    """Where it was at its last start; none before the first, and after it was copied on purpose."""
    moved_at: datetime | None
    """When it was copied into another database, which is used instead since."""


class MovedAwayError(RuntimeError):
    """This database was copied into another, and must not be used any more."""

    def __init__(self, moved_at: datetime) -> None:
        super().__init__(f"moved at {moved_at:%Y-%m-%d %H:%M} UTC")
        self.moved_at = moved_at


class Installations:
    """The one row of ``installation``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self) -> Identity | None:
        """Return what is stored; none in a database that nobody has started yet."""
        async with self._database.session(read_only=True) as session:
            return await read_identity(session)

    async def require_here(self) -> None:
        """See that this is still the book of record.

        Raises:
            MovedAwayError: when it was copied into another database.
        """
        known = await self.known()
        if known is not None and known.moved_at is not None:
            raise MovedAwayError(known.moved_at)

    async def arrive(self) -> bool:
        """Note where the database is now; true when that is not where it was.

        True after a copy, a restore to a new file, or a restore into another server: another
        installation may still run on the original.
        """
        place = await self.place()
        # Held, so that two processes that come first do not both give it an id.
        async with self._database.lock("installation"), self._database.session() as session:
            known = await ensure_identity(session)
            if known.place == place:
                return False
            await session.execute(update(installation).values(place=place))
            await session.commit()
        return known.place is not None

    async def is_elsewhere(self) -> bool:
        """Say whether the database is not where it last started; changes nothing."""
        known = await self.known()
        return known is not None and known.place not in {None, await self.place()}

    async def place(self) -> str:
        """Return where this database is: its file's number, or its server's and its own.

        A copied file has another number on its disk; a dump that is restored has another number
        in its server (https://www.postgresql.org/docs/15/functions-info.html). A copy of the
        whole disk has neither.
        """
        url = self._database.url
        if is_sqlite(url):
            return f"sqlite:{sqlite_file(url).stat().st_ino}"
        async with self._database.session(read_only=True) as session:
            found = await session.execute(
                text("select oid from pg_database where datname = current_database()")
            )
            number = found.scalar_one()
            try:
                server = await session.execute(
                    text("select system_identifier from pg_control_system()")
                )
            except DBAPIError:
                # Some hosts keep it from their customers.
                return f"postgresql:{number}"
            return f"postgresql:{server.scalar_one()}:{number}"


async def read_identity(session: AsyncSession | AsyncConnection) -> Identity | None:
    """Return the row in a transaction of any database of ours."""
    found = (await session.execute(select(*columns_of(Identity, installation)))).first()
    return value_from(Identity, found) if found else None


async def ensure_identity(session: AsyncSession | AsyncConnection) -> Identity:
    """Return the row; a database that has none is given its id."""
    return await read_identity(session) or await _first(session)


async def _first(session: AsyncSession | AsyncConnection) -> Identity:
    new = secrets.token_hex(8)
    await session.execute(insert(installation).values(id=new, beats=0))
    return Identity(id=new, beats=0, place=None, moved_at=None)
