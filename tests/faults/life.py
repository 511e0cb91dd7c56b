"""One life of our process: opens the database, takes a slot, works until everything is settled.

It is what ``integral serve`` is, less Slack and DBOS: a clock that ticks, an engine that works,
and a clerk and a controller who ask and approve. It may be cut at any of its suspensions, and a
next life goes on.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic

import httpx

from bot.services.approvals import Decision
from bot.services.delivery import Pace
from bot.services.ports import Connectors
from ledger.runs import OPEN_RUN_STATES, Run, Trigger
from storage.database import Database
from storage.owners import ProcessOwners, Slots
from storage.vault import Vault
from tests.faults.children import Json
from tests.faults.connecting import FaultConnectors, Outside
from tests.faults.database_faults import LOST, Commits, DatabaseFaults, named
from tests.faults.erp_side import Place
from tests.faults.freezing import FreezesClaimed
from tests.faults.plan import Ask, Plan
from tests.faults.restored import Restored, adopt, waits_for_backup
from tests.faults.shared_clock import SharedClock
from tests.faults.tearing import KILLED, Suspensions, Tear, TearKind, run_counted
from tests.support.databases import SECRET_KEYS
from tests.support.engine import QueueEngine
from tests.support.office import CONTROLLER, Office, deposit, import_rows
from tests.support.pushing import Product, build_product

SEND_WINDOW_S = 0.5
EVERYBODY = "*"
TICK_S = 0.04
_CANCEL_AGAIN_S = 0.5
# Nothing is under way that long; only then may the clock be put forward to the next wake-up.
_IDLE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all lives of one run share."""

    folder: Path
    database_url: str
    erp_url: str
    place: Place
    office: Office
    plan: Plan
    clock: SharedClock

    @property
    def ends(self) -> Path:
        """Where each life notes that it is over, just before it frees its slot."""
        return self.folder / "ends.jsonl"

    @property
    def queue(self) -> Path:
        """Where the engine keeps what waits."""
        return self.folder / "queue.jsonl"

    def open_database(self, name: str = "runner") -> Database:
        """Open the run's database with the run's clock."""
        url = named(self.database_url, name)
        return Database(url, Vault.from_text(SECRET_KEYS), clock=self.clock)

    def note_end(self, name: str) -> None:
        """Note that a life's slot becomes free now; ``EVERYBODY`` for those of all."""
        row = json.dumps({"name": name, "at": self.clock.now().isoformat()})
        with self.ends.open("a", encoding="utf-8") as file:
            file.write(row + "\n")


def live(world: World, name: str, tear: Tear | None) -> Json:
    """Live one life in this process; return what it passed and whether it was cut."""
    database = DatabaseFaults(world.database_url, name)

    def die() -> None:
        world.note_end(name)
        os._exit(KILLED)

    def cut_all() -> None:
        world.note_end(EVERYBODY)
        database.cut_all()

    acts = {TearKind.HARD: die, TearKind.CUT: database.cut, TearKind.CUT_ALL: cut_all}
    kind = tear.kind if tear is not None else None
    commits = Commits(tear.at if tear is not None and kind is TearKind.LOST_COMMIT else None)
    suspensions = Suspensions(None if kind in _ELSEWHERE else tear, acts=acts)
    passed = _Passed(freezes_claimed=kind is TearKind.FREEZE_CLAIMED)
    run_counted(_live(world, name, passed), suspensions)
    return {
        "suspensions": suspensions.count,
        "commits": commits.count,
        "torn": suspensions.is_torn or commits.is_torn or passed.was_frozen,
        "arrived": passed.has_arrived,
    }


_ELSEWHERE = (TearKind.LOST_COMMIT, TearKind.FREEZE_CLAIMED)
"""Tears that are not counted in suspensions."""


@dataclass(slots=True)
class _Passed:
    """What a life came to."""

    freezes_claimed: bool
    was_frozen: bool = False
    has_arrived: bool = False

    def spoil(self, connectors: Connectors, world: World) -> Connectors:
        """Return connectors that are frozen on the way, if that was drawn."""
        if not self.freezes_claimed:
            return connectors
        return FreezesClaimed(connectors, world.clock, note=self._note_frozen)

    def _note_frozen(self) -> None:
        self.was_frozen = True


async def _live(world: World, name: str, passed: _Passed) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _say_where_it_stands)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http())
        database = world.open_database(name)
        stack.push_async_callback(database.close)
        stack.callback(world.note_end, name)
        try:
            connectors = passed.spoil(open_connectors(world, database, http), world)
            product = await start_product(world, name, database, connectors)
            await _serve(world, product, database)
        except LOST:
            # As the real process does: it ends, and is started again.
            if not (world.plan.harms_the_database or database.locks.lost.is_set()):
                raise
        else:
            if not database.locks.lost.is_set():
                passed.has_arrived = True


def _say_where_it_stands() -> None:
    """Write into the log what every task waits for."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


async def _serve(world: World, product: Product, database: Database) -> None:
    """Work until everything is settled, or this process may own nothing any more."""
    worker = asyncio.create_task(_work(product, is_patient=world.plan.harms_the_database))
    try:
        people = People(world, product)
        while not database.locks.lost.is_set() and not await people.look():
            if worker.done():
                worker.result()
            await asyncio.sleep(TICK_S)
    finally:
        # Again, when a lost connection's error took the first one's place.
        while not worker.done():
            worker.cancel()
            await asyncio.wait([worker], timeout=_CANCEL_AGAIN_S)


def open_http() -> httpx.AsyncClient:
    """Open a client without certificates, which take long to load and plain HTTP has none."""
    return httpx.AsyncClient(trust_env=False, verify=False)


def open_connectors(world: World, database: Database, http: httpx.AsyncClient) -> Connectors:
    return FaultConnectors(
        Outside(erp_url=world.erp_url, http=http, clock=world.clock, database=database)
    )


async def start_product(
    world: World, name: str, database: Database, connectors: Connectors
) -> Product:
    """Build what a process has, with an executor slot of its own."""
    slots = Slots(database)
    slot = await slots.claim(name)
    pace = Pace(claim_size=world.plan.claim_size, send_window_s=SEND_WINDOW_S, default_wait_s=0.2)
    return build_product(
        database,
        owners=ProcessOwners(slots, slot=slot, incarnation=name),
        connectors=connectors,
        pace=pace,
        engine=QueueEngine(world.queue),
    )


async def _work(product: Product, *, is_patient: bool) -> None:
    """Be the engine: run what waits, for ever; what failed for want of a database waits on."""
    while True:
        try:
            await product.drain()
        except LOST:
            if not is_patient:
                raise
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
        self._restored = Restored.read(world.folder)
        self._has_imported_again = self._restored is None

    async def look(self) -> bool:
        """Ask, approve, tick; say whether everything that was planned is done."""
        await self._import_again()
        runs = await self._runs()
        if await self._ask_for_more(runs):
            return False
        waiting = await self._product.approvals.waiting(self._office.organisation)
        if waiting and waits_for_backup(self._world.folder, self._world.plan.restore):
            return False
        for batch in waiting:
            decision = self._restored.decision(batch) if self._restored else Decision.APPROVE
            await self._product.approvals.decide(
                self._office.organisation, batch.id, decision, person=CONTROLLER
            )
        await self._product.runs.wake_due()
        open_runs = [run for run in runs if run.state in OPEN_RUN_STATES]
        if self._restored is not None:
            await adopt(self._product, self._office, open_runs)
        if self._owns_the_clock:
            self._put_the_clock_forward(open_runs)
        return not open_runs

    async def _import_again(self) -> None:
        """Import what was imported before a backup was restored, before anything is adopted."""
        if self._restored is None or self._has_imported_again:
            return
        for phase in self._world.plan.asks:
            for ask in phase:
                if ask.name in self._restored.asked:
                    await self._import(ask)
        self._has_imported_again = True

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
        await self._import(ask)
        await self._product.runs.start(
            self._office.organisation, ask.period, trigger=Trigger.HAND, requested_by=ask.name
        )

    async def _import(self, ask: Ask) -> None:
        rows = [deposit(row.number, day=row.day, amount=str(row.amount)) for row in ask.rows]
        if rows:
            await import_rows(self._product.database, self._office, rows)

    def _put_the_clock_forward(self, open_runs: list[Run]) -> None:
        """Skip a long wait that nothing but time will end."""
        now = self._world.clock.now()
        waits = [run.wake_at - now for run in open_runs if run.wake_at is not None]
        wait = min(waits, default=timedelta(0))
        if self._product.engine.is_busy or wait < timedelta(seconds=1):
            self._idle_since = monotonic()
        elif monotonic() - self._idle_since > _IDLE_S:
            self._world.clock.advance(wait.total_seconds())
