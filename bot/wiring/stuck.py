"""Builds what finds stuck work; it needs no engine of its own, so commands have it too."""

from __future__ import annotations

from bot.clock import machine_time
from bot.services.stuck import Stuck
from bot.views import installation as views
from bot.wiring.ground import Ground
from storage.progress import Progress


def build_stuck(ground: Ground) -> Stuck:
    """Build it over the database and the engine's tables."""
    return Stuck(
        storage=ground.database,
        clock=ground.clock,
        machine_time=machine_time,
        record=Progress(ground.database, ground.engine_store),
        words=views.stuck,
    )
