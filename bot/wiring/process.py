"""A process that serves: its roles, what they need, and starting and stopping it in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import BaseRoute

from bot.clock import machine_time, unix_time
from bot.handlers import pages
from bot.handlers.api import TransactionsApi
from bot.handlers.bolt import SlackDoor
from bot.handlers.home_redraw import HomeRedraw
from bot.handlers.slack_names import SlackNames
from bot.notifier import Notifier
from bot.services.use_cases import UseCases
from bot.settings import Settings
from bot.wiring.cases import Host, Outside, build_use_cases, open_outside
from bot.wiring.ground import Ground, engine_url, open_ground
from bot.wiring.rights import require_alone, require_whole
from bot.wiring.slack import build_door, build_sign_in
from bot.wiring.start import see_to_start
from bot.wiring.watching import Watching, build_watching
from scheduler.clock import EVERY_S, HOUSEKEEPING_S, Ticker
from scheduler.engine import Engine
from scheduler.workflows import WorkflowParts, workflows
from storage.engine_time import BEAT_S, EngineTime
from storage.inbox import Inbox
from storage.outbox import OutboxQueue
from storage.owners import ProcessOwners, Slots
from storage.pruning import prune_expired

INBOX_KEPT = timedelta(days=2)
OUTBOX_KEPT = timedelta(days=90)
ENGINE_KEPT = timedelta(days=30)
"""How long the engine remembers work that ended: longer than anything is asked for again."""
HOMES_S = 5
STRAGGLERS_S = 10
_CANCEL_AGAIN_S = 1.0

log = structlog.get_logger(__name__)


class Role(StrEnum):
    """What a process does; by default one does all three."""

    WEB = "web"
    WORKER = "worker"
    CLOCK = "clock"


class LateEngine:
    """The engine as use cases see it, before it exists: they are what it runs."""

    def __init__(self) -> None:
        """Begin without an engine."""
        self.engine: Engine | None = None

    async def enqueue(self, workflow: str, workflow_id: str, *args: str, partition: str) -> None:
        """Enqueue a workflow; the same id again does nothing."""
        if self.engine is None:
            message = f"{workflow} was enqueued before the engine was built"
            raise RuntimeError(message)
        await self.engine.enqueue(workflow, workflow_id, *args, partition=partition)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything of one process, built and not yet started."""

    ground: Ground
    outside: Outside
    use_cases: UseCases
    engine: Engine
    notifier: Notifier
    door: SlackDoor
    routes: tuple[BaseRoute, ...]
    ticker: Ticker
    engine_time: EngineTime
    watching: Watching
    roles: frozenset[Role]
    stopping: asyncio.Event

    @property
    def settings(self) -> Settings:
        """The settings it was built from."""
        return self.ground.settings

    @property
    def lost(self) -> asyncio.Event:
        """Set when this process no longer holds its slot: it must end."""
        return self.ground.database.locks.lost

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the engine, the clock and the notifier, as the roles say; hand back work at the end.

        The web application's own lifespan opens Slack's door; see ``bot.app``.
        """
        notifying: asyncio.Task[None] | None = None
        try:
            await self.engine.start(takes_work=Role.WORKER in self.roles)
            await self.engine_time.beat()
            # The clock too: it is what tells that no worker runs.
            if self.roles & {Role.WORKER, Role.CLOCK}:
                notifying = asyncio.create_task(self.notifier.run(), name="notifier")
            if Role.CLOCK in self.roles:
                self.ticker.start()
            yield
        finally:
            self.stopping.set()
            await self.ticker.stop()
            await self.engine.stop()
            if notifying is not None:
                await _end(notifying)
            await self._last_beat()

    async def close(self) -> None:
        """Close every connection and free the slot."""
        await self.watching.slack.aclose()
        await self.outside.close()
        await self.ground.close()

    async def _last_beat(self) -> None:
        """Count once more, so that a backup taken while this process ran is told from now on."""
        try:
            await self.engine_time.beat()
        except (SQLAlchemyError, OSError) as error:
            log.warning("engine_time.not_counted", error=type(error).__name__)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task that never ends by itself; again, when an error took the first one's place."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_AGAIN_S)


async def build(settings: Settings, roles: frozenset[Role]) -> App:
    """Migrate the database, claim an executor slot and build a process; :meth:`App.running` runs.

    Raises:
        SettingsProblem: when the settings do not suffice.
        CannotServeError: when this database may not be served, or not by this process.
    """
    ground = await open_ground(settings)
    try:
        require_whole(ground, is_whole=roles == frozenset(Role))
        await require_alone(ground)
        await ground.database.migrate()
        return await _build(ground, roles)
    except BaseException:
        await ground.close()
        raise


async def _build(ground: Ground, roles: frozenset[Role]) -> App:
    slots = Slots(ground.database)
    incarnation = ground.ids.new()
    # One after another: whoever holds a slot meanwhile works with the engine already.
    async with ground.database.lock("start"):
        slot = await slots.claim(incarnation)
        engine_time = await see_to_start(ground, slot=slot)
    owners = ProcessOwners(slots, slot=slot, incarnation=incarnation)
    outside = open_outside(ground)
    stopping = asyncio.Event()
    late = LateEngine()
    host = Host(engine=late, owners=owners, stopping=stopping.is_set)
    use_cases = build_use_cases(ground, outside, host)
    late.engine = engine = Engine(
        database_url=engine_url(ground.settings),
        executor_id=slot,
        locks=slots,
        work=workflows(_parts(use_cases)),
        unix_time=unix_time,
    )
    notifier = Notifier(
        queue=OutboxQueue(ground.database),
        slack=outside.slack,
        storage=ground.database,
        clock=ground.clock,
    )
    watching = build_watching(ground, outside, engine, ",".join(sorted(roles)))
    return App(
        ground=ground,
        outside=outside,
        use_cases=use_cases,
        engine=engine,
        notifier=notifier,
        door=build_door(ground, outside, use_cases, wake=notifier.wake),
        routes=_routes(ground, outside, use_cases),
        ticker=_ticker(ground, use_cases, engine, watching),
        engine_time=engine_time,
        watching=watching,
        roles=roles,
        stopping=stopping,
    )


def _routes(ground: Ground, outside: Outside, use_cases: UseCases) -> tuple[BaseRoute, ...]:
    """Return the pages and the API that lie beside Slack's own endpoint."""
    api = TransactionsApi(imports=use_cases.imports, tokens=ground.tokens, counters=outside.metrics)
    sign_in = build_sign_in(ground, outside)
    authorizations = use_cases.connections.authorizations
    names = SlackNames(outside.slack)
    return (*api.routes(), *pages.routes(authorizations, names, sign_in=sign_in))


def _parts(use_cases: UseCases) -> WorkflowParts:
    return WorkflowParts(
        access=use_cases.access,
        connections=use_cases.connections,
        file_company=use_cases.file_company,
        journal_files=use_cases.journal_files,
        watch=use_cases.watch,
        imports=use_cases.imports,
        advancing=use_cases.advancing,
        verification=use_cases.verification,
        aftercare=use_cases.aftercare,
        month_end=use_cases.month_end,
        staleness=use_cases.corrections.staleness,
        storage=use_cases.storage,
        clock=use_cases.clock,
    )


def _ticker(ground: Ground, use_cases: UseCases, engine: Engine, watching: Watching) -> Ticker:
    time = EngineTime(ground.database, ground.engine_store)
    inbox, queue = Inbox(ground.database), OutboxQueue(ground.database)
    homes = HomeRedraw(storage=ground.database, clock=ground.clock, overview=use_cases.overview)

    async def keep_house() -> None:
        now = ground.clock.now()
        await inbox.prune(now - INBOX_KEPT)
        await queue.prune(now - OUTBOX_KEPT)
        await prune_expired(ground.database, now)
        await engine.prune(machine_time() - ENGINE_KEPT)

    return Ticker(
        {
            "wake": (EVERY_S, use_cases.runs.wake_due),
            "waiting": (EVERY_S, use_cases.month_end.waiting.tick),
            "stragglers": (STRAGGLERS_S, use_cases.month_end.stragglers.tick),
            # Called each second, it looks once a minute of the product's own clock.
            "schedules": (EVERY_S, use_cases.due_schedules.tick),
            "connections": (HOUSEKEEPING_S, use_cases.watch.tick),
            "homes": (HOMES_S, homes.tick),
            "drift": (HOUSEKEEPING_S, use_cases.aftercare.drift.tick),
            "stale": (HOUSEKEEPING_S, use_cases.corrections.staleness.tick),
            "housekeeping": (HOUSEKEEPING_S, keep_house),
            "stuck": (HOUSEKEEPING_S, watching.stuck.tick),
            "time": (BEAT_S, time.beat),
        },
        machine_time=machine_time,
        observe=lambda tick, failed: watching.metrics.ticked(tick, failed=failed),
    )
