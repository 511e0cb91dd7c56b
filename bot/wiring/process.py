"""A process that serves: its roles, what they need, and starting and stopping it in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from starlette.routing import BaseRoute

from bot.clock import unix_time
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
from bot.wiring.slack import build_door, build_sign_in
from scheduler.clock import EVERY_S, HOUSEKEEPING_S, Ticker
from scheduler.engine import Engine
from scheduler.workflows import WorkflowParts, workflows
from storage.inbox import Inbox
from storage.outbox import OutboxQueue
from storage.owners import ProcessOwners, Slots

INBOX_KEPT = timedelta(days=2)
OUTBOX_KEPT = timedelta(days=90)
HOMES_S = 5
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
            if Role.WORKER in self.roles:
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

    async def close(self) -> None:
        """Close every connection and free the slot."""
        await self.outside.close()
        await self.ground.close()

    async def count_deliveries(self) -> Mapping[str, int]:
        """Count the deliveries of all organisations together, by state."""
        counts: dict[str, int] = {}
        async with self.ground.database.unit(read_only=True) as unit:
            for organisation in await unit.organisations.everyone():
                for company in await unit.companies.of_organisation(organisation.id):
                    for state, count in (await unit.deliveries.counts(company.id)).items():
                        counts[state.value] = counts.get(state.value, 0) + count
        return counts

    async def database_answers(self) -> bool:
        """Say whether the database answers."""
        async with self.ground.database.unit(read_only=True) as unit:
            await unit.organisations.everyone()
        return True


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task that never ends by itself; again, when an error took the first one's place."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_AGAIN_S)


async def build(settings: Settings, roles: frozenset[Role]) -> App:
    """Migrate the database, claim an executor slot and build a process; :meth:`App.running` runs.

    Raises:
        SettingsProblem: when the settings do not suffice.
    """
    ground = await open_ground(settings)
    try:
        await ground.database.migrate()
        return await _build(ground, roles)
    except BaseException:
        await ground.close()
        raise


async def _build(ground: Ground, roles: frozenset[Role]) -> App:
    slots = Slots(ground.database)
    incarnation = ground.ids.new()
    slot = await slots.claim(incarnation)
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
    authorizations = use_cases.connections.authorizations
    api = TransactionsApi(imports=use_cases.imports, tokens=ground.tokens, counters=outside.metrics)
    return App(
        ground=ground,
        outside=outside,
        use_cases=use_cases,
        engine=engine,
        notifier=notifier,
        door=build_door(ground, outside, use_cases, wake=notifier.wake),
        routes=(
            *api.routes(),
            *pages.routes(
                authorizations, SlackNames(outside.slack), sign_in=build_sign_in(ground, outside)
            ),
        ),
        ticker=_ticker(ground, use_cases),
        roles=roles,
        stopping=stopping,
    )


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
        storage=use_cases.storage,
        clock=use_cases.clock,
    )


def _ticker(ground: Ground, use_cases: UseCases) -> Ticker:
    inbox, queue = Inbox(ground.database), OutboxQueue(ground.database)
    homes = HomeRedraw(storage=ground.database, clock=ground.clock, overview=use_cases.overview)

    async def keep_house() -> None:
        now = ground.clock.now()
        await inbox.prune(now - INBOX_KEPT)
        await queue.prune(now - OUTBOX_KEPT)

    return Ticker(
        {
            "wake": (EVERY_S, use_cases.runs.wake_due),
            # Called each second, it looks once a minute of the product's own clock.
            "schedules": (EVERY_S, use_cases.due_schedules.tick),
            "connections": (HOUSEKEEPING_S, use_cases.watch.tick),
            "homes": (HOMES_S, homes.tick),
            "drift": (HOUSEKEEPING_S, use_cases.aftercare.drift.tick),
            "housekeeping": (HOUSEKEEPING_S, keep_house),
        }
    )
