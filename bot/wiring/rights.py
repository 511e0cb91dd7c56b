"""Which process may use a database at all: one that was not moved away, on SQLite one at a time.

Light to import, since every command asks. It must not tell anybody or start anything.
"""

from __future__ import annotations

from bot.wiring.ground import Ground
from storage.engine import is_sqlite
from storage.installation import Installations, MovedAwayError

_ALONE = "serve"


class CannotServeError(Exception):
    """A process that may not start; the text says why, and what to do."""


def require_whole(ground: Ground, *, is_whole: bool) -> None:
    """Refuse a part of a process on SQLite, where one process does everything.

    Raises:
        CannotServeError: saying how to go on.
    """
    if is_sqlite(ground.database.url) and not is_whole:
        raise CannotServeError(
            "On SQLite one process does everything: leave --only away. For several processes set "
            "DATABASE_URL to Postgres; `integral migrate --from` takes your data along."
        )


async def require_alone(ground: Ground) -> None:
    """Take an SQLite database for this process alone, until it ends; Postgres is for many.

    Raises:
        CannotServeError: when another process serves it.
    """
    database = ground.database
    if is_sqlite(database.url) and not await database.locks.try_lock(_ALONE):
        raise CannotServeError(
            "Another `integral serve` uses this SQLite database, and one process does everything "
            "there. Stop the other one first. For several processes set DATABASE_URL to Postgres; "
            "`integral migrate --from` takes your data along."
        )


async def require_here(ground: Ground) -> None:
    """Refuse a database that was copied into another one, which is used instead.

    Raises:
        CannotServeError: naming the day.
    """
    try:
        await Installations(ground.database).require_here()
    except MovedAwayError as error:
        raise CannotServeError(moved_away(error)) from None


def moved_away(error: MovedAwayError) -> str:
    """Say that a database was moved, and what to do."""
    return (
        f"This database was copied into another one on {error.moved_at:%Y-%m-%d at %H:%M} UTC by "
        "`integral migrate --from`, and that one is used since: two that send would draw the same "
        "journal numbers. Set DATABASE_URL to the other one."
    )
