"""What a process that serves sees to before it takes any work, in order, and refuses if it must.

A database that was not moved away, and an engine of the same time. It must not start anything
itself.
"""

from __future__ import annotations

import structlog

from bot.services.relocation import Relocation
from bot.views import installation as installation_views
from bot.wiring.ground import Ground
from bot.wiring.rights import CannotServeError, require_here
from storage.engine_time import EngineTime
from storage.installation import Installations
from storage.owners import is_served
from storage.rotation import why_nothing_opens

log = structlog.get_logger(__name__)


async def see_to_start(ground: Ground, *, slot: str) -> EngineTime:
    """See that a process that holds a slot may work with this database; tell when it was copied.

    Only with the slot: whoever moves the database looks at the slots before it marks it.

    Raises:
        CannotServeError: when the database was moved away, its secrets are another key's, or
            another process works with an engine of another time.
    """
    await require_here(ground)
    await _require_keys(ground)
    time = EngineTime(ground.database, ground.engine_store)
    await _reconcile_engine(ground, time, slot=slot)
    if await Installations(ground.database).arrive():
        words = installation_views.relocated
        await Relocation(storage=ground.database, clock=ground.clock, words=words).tell()
    await time.begin()
    return time


async def _require_keys(ground: Ground) -> None:
    refusal = await why_nothing_opens(ground.database)
    if refusal is not None:
        raise CannotServeError(
            f"INTEGRAL_SECRET_KEYS opens nothing that is stored here ({refusal}). Put the key that "
            "it was encrypted with back; `integral doctor` says when it fits."
        )


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
