"""What a monitor sees of a process: its readiness, and the figures of database and engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from bot.clock import machine_time
from bot.handlers.slack_probe import SlackWatch
from bot.health import Health
from bot.metrics import Metrics
from bot.services.stuck import Stuck
from bot.wiring.cases import Outside
from bot.wiring.ground import Ground
from bot.wiring.stuck import build_stuck
from scheduler.engine import Engine
from storage.figures import FiguresReader

NAME = "integral-for-slack"
_QUEUE_STATES = ("waiting", "running", "given_up")
"""Shown also while there is nothing in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Reads for monitors; changes nothing."""

    ground: Ground
    stuck: Stuck
    metrics: Metrics
    slack: SlackWatch
    engine: Engine
    figures: FiguresReader = field(init=False)

    def __post_init__(self) -> None:
        """Build the reader."""
        object.__setattr__(self, "figures", FiguresReader(self.ground.database))

    def health(self) -> Health:
        """Return what ``/readyz`` and ``/metrics`` ask."""
        return Health(
            checks={"database": self.figures.answers, "engine": self.engine.is_healthy},
            shown={"slack": self.slack.look},
            measure=self.measure,
        )

    async def measure(self) -> None:
        """Set what is read from the database and the engine's tables."""
        now, holdings = self.ground.clock.now(), self.metrics.holdings
        found = await self.figures.read()
        ages = {state: _age(now, since) for state, since in found.waiting_since.items()}
        holdings.entries(found.deliveries, ages)
        holdings.connections(found.connections)
        holdings.waiting(
            run_overdue_s=_age(now, found.run_due_since),
            messages=found.messages,
            message_age_s=_age(now, found.message_since),
        )
        await self._measure_queue()

    async def _measure_queue(self) -> None:
        machine, found = machine_time(), await self.ground.engine_store.backlogs()
        depths = dict.fromkeys(_QUEUE_STATES, 0) | {n: b.pieces for n, b in found.items()}
        ages = dict.fromkeys(_QUEUE_STATES, 0.0) | {
            name: _age(machine, backlog.since) for name, backlog in found.items()
        }
        self.metrics.holdings.queue(depths, ages, stuck=len(await self.stuck.find()))


def build_watching(ground: Ground, outside: Outside, engine: Engine, roles: str) -> Watching:
    """Build it for a process of these roles."""
    outside.metrics.holdings.process(version=version(NAME), roles=roles)
    return Watching(
        ground=ground,
        stuck=build_stuck(ground),
        metrics=outside.metrics,
        slack=SlackWatch(outside.slack),
        engine=engine,
    )


def _age(now: datetime, since: datetime | None) -> float:
    """Return seconds since a moment; zero for none, or for one that is yet to come."""
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
