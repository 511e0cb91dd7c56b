"""What a process that serves sees to before it takes any work, in order, and refuses if it must.

One process on SQLite, a database that was not moved away, an engine of the same time. It must not
start anything itself.
"""

from __future__ import annotations

import structlog

from bot.services.relocation import Relocation
from bot.views import installation as installation_views
from bot.wiring.ground import Ground
from storage.engine import is_sqlite
from storage.engine_time import EngineTime
from storage.installation import Installations, MovedAwayError
from storage.owners import is_served

_ALONE = "serve"

log = structlog.get_logger(__name__)


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


async def see_to_start(ground: Ground, *, slot: str) -> EngineTime:
    """See that a process that holds a slot may work with this database; tell when it was copied.

    Only with the slot: whoever moves the database looks at the slots before it marks it.

    Raises:
        CannotServeError: when the database was moved away, or another process works with an
            engine of another time.
    """
    await require_here(ground)
    time = EngineTime(ground.database, ground.engine_store)
    await _reconcile_engine(ground, time, slot=slot)
    if await Installations(ground.database).arrive():
        words = installation_views.relocated
        await Relocation(storage=ground.database, clock=ground.clock, words=words).tell()
    return time


async def _reconcile_engine(ground: Ground, time: EngineTime, *, slot: str) -> None:
    """Set the engine's database aside when it is of another time."""
    if not await time.is_another():
        return
    if await is_served(ground.database, but=slot):
        raise CannotServeError(
            "The engine's tables are of another time than the database: a backup was put back "
            "while Integral ran. Stop every process of Integral, then start them again."
        )
    name = await time.set_aside()
    log.warning("engine.set_aside", now_called=name)
