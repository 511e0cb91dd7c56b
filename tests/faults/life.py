"""One life of our process: opens the database, takes a slot, works until everything is settled.

It is what ``integral serve`` is, less Slack and DBOS: a clock that ticks, an engine that works,
and a clerk and a controller who ask and approve. It may be cut at any of its suspensions, and a
next life goes on.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic

import httpx

from bot.erp.oauth import AppKeys
from bot.services.approvals import Decision
from bot.services.delivery import Pace
from ledger.runs import OPEN_RUN_STATES, Run, Trigger
from storage.database import Database
from storage.owners import ProcessOwners, Slots
from storage.vault import Vault
from tests.faults.children import Json
from tests.faults.plan import Ask, Plan
from tests.faults.shared_clock import SharedClock
from tests.faults.tearing import Suspensions, Tear, run_counted
from tests.support.databases import SECRET_KEYS
from tests.support.engine import QueueEngine
from tests.support.office import CONTROLLER, Office, deposit, import_rows
from tests.support.pushing import (
    Product,
    QuickBooksAccess,
    QuickBooksConnectors,
    build_product,
    unpaced,
)
from tests.support.quickbooks import addresses_at

SETTLE_S = 0.45
"""Longer than any late commit that is drawn."""
SEND_WINDOW_S = 0.5
TICK_S = 0.04
_TIMEOUT = httpx.Timeout(1.0)
# The app that the sandbox knows unless told otherwise.
KEYS = AppKeys(client_id="sandbox-quickbooks-client", client_secret="sandbox-quickbooks-secret")
# Nothing is under way that long; only then may the clock be put forward to the next wake-up.
_IDLE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all lives of one run share."""

    folder: Path
    database_url: str
    erp_url: str
    office: Office
    plan: Plan
    clock: SharedClock

    def open_database(self) -> Database:
        """Open the run's database with the run's clock."""
        return Database(self.database_url, Vault.from_text(SECRET_KEYS), clock=self.clock)


def live(world: World, name: str, tear: Tear | None) -> Json:
    """Live one life in this process; return how many suspensions it had and whether it was cut."""
    suspensions = Suspensions(tear)
    run_counted(_live(world, name), suspensions)
    return {"suspensions": suspensions.count, "torn": suspensions.is_torn}


async def _live(world: World, name: str) -> None:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http())
        database = world.open_database()
        stack.push_async_callback(database.close)
        product = await start_product(world, name, database, http)
        worker = asyncio.create_task(_work(product))
        try:
            people = People(world, product)
            while not await people.look():
                if worker.done():
                    worker.result()
                await asyncio.sleep(TICK_S)
        finally:
            worker.cancel()
            await asyncio.wait([worker])


def open_http() -> httpx.AsyncClient:
    """Open a client without certificates, which take long to load and plain HTTP has none."""
    return httpx.AsyncClient(trust_env=False, verify=False)


async def start_product(
    world: World, name: str, database: Database, http: httpx.AsyncClient
) -> Product:
    """Build what a process has, with an executor slot of its own."""
    slots = Slots(database)
    slot = await slots.claim(name)
    access = QuickBooksAccess(
        http=http,
        addresses=addresses_at(world.erp_url),
        keys=KEYS,
        settle_s=SETTLE_S,
        timeout=_TIMEOUT,
        pacers=unpaced(elapsed=lambda: monotonic() + world.clock.offset_s),
    )
    pace = Pace(claim_size=world.plan.claim_size, send_window_s=SEND_WINDOW_S, default_wait_s=0.2)
    return build_product(
        database,
        owners=ProcessOwners(slots, slot=slot, incarnation=name),
        connectors=QuickBooksConnectors(access, database=database, clock=world.clock),
        pace=pace,
        engine=QueueEngine(world.folder / "queue.jsonl"),
    )


async def _work(product: Product) -> None:
    """Be the engine: run what waits, for ever."""
    while True:
        await product.drain()
        await asyncio.sleep(TICK_S / 4)


class People:
    """The clerk, the controller and the clock's tick, for as long as something is open."""

    def __init__(self, world: World, product: Product, *, owns_the_clock: bool = True) -> None:
        """Take a product; with ``owns_the_clock`` long waits are skipped."""
        self._world = world
        self._owns_the_clock = owns_the_clock
        self._office = world.office
        self._product = product
        self._idle_since = monotonic()

    async def look(self) -> bool:
        """Ask, approve, tick; say whether everything that was planned is done."""
        runs = await self._runs()
        if await self._ask_for_more(runs):
            return False
        for batch in await self._product.approvals.waiting(self._office.organisation):
            await self._product.approvals.decide(
                self._office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
            )
        await self._product.runs.wake_due()
        open_runs = [run for run in runs if run.state in OPEN_RUN_STATES]
        if self._owns_the_clock:
            self._put_the_clock_forward(open_runs)
        return not open_runs

    async def _runs(self) -> list[Run]:
        async with self._product.database.unit(read_only=True) as unit:
            return await unit.runs.recent(self._office.organisation.id, 100)

    async def _ask_for_more(self, runs: list[Run]) -> bool:
        """Start the pushes of the first phase that is not done; say whether any was missing."""
        by_name = {run.requested_by: run for run in runs}
        for phase in self._world.plan.asks:
            missing = [ask for ask in phase if ask.name not in by_name]
            for ask in missing:
                await self._ask(ask)
            if missing:
                return True
            if any(by_name[ask.name].state in OPEN_RUN_STATES for ask in phase):
                return False
        return False

    async def _ask(self, ask: Ask) -> None:
        rows = [deposit(row.number, day=row.day, amount=str(row.amount)) for row in ask.rows]
        if rows:
            await import_rows(self._product.database, self._office, rows)
        await self._product.runs.start(
            self._office.organisation, ask.period, trigger=Trigger.HAND, requested_by=ask.name
        )

    def _put_the_clock_forward(self, open_runs: list[Run]) -> None:
        """Skip a long wait that nothing but time will end."""
        now = self._world.clock.now()
        waits = [run.wake_at - now for run in open_runs if run.wake_at is not None]
        wait = min(waits, default=timedelta(0))
        if self._product.engine.is_busy or wait < timedelta(seconds=1):
            self._idle_since = monotonic()
        elif monotonic() - self._idle_since > _IDLE_S:
            self._world.clock.advance(wait.total_seconds())
