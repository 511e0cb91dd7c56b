"""Whether a database is up to date, by one question and without Alembic, which takes long to load.

It must not change anything; ``run`` does.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import reading


class NewerDatabaseError(RuntimeError):
    """The database was migrated by a newer version of this program."""


@cache
def newest_revision() -> str:
    """Return the newest revision, by the names of their files: ``0012_what_it_does.py``."""
    folder = Path(__file__).parent / "versions"
    return max(file.name.partition("_")[0] for file in folder.glob("[0-9]*_*.py"))


async def is_newest(engine: AsyncEngine) -> bool:
    """Say whether the database is at the newest revision; one that was never migrated is not."""
    try:
        async with reading(engine).connect() as connection:
            found = await connection.execute(text("select version_num from alembic_version"))
            return list(found.scalars()) == [newest_revision()]
    except DBAPIError:
        # No such table, or no answer: migrating makes the one and tells of the other.
        return False
