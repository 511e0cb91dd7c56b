"""One run: a fresh company and database, what befalls them, the verdict, and the clearing up."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.erp.credentials import DEFAULT_MARGIN
from ledger.books import Account, AccountClass, Books
from ledger.organisation import Provider
from ledger.periods import Period, month_before
from tests.faults.children import Json, finish, in_child
from tests.faults.databases import Databases
from tests.faults.erp_side import ErpSide, Place
from tests.faults.fleet import push_by_fleet
from tests.faults.fleet_people import misfired, read_periods, settle_schedule
from tests.faults.fleet_plan import FleetPlan, draw_fleet
from tests.faults.life import World, live
from tests.faults.lives import Cuts, live_on
from tests.faults.plan import DrawnTear, Plan, Shape, draw, erp_of, undisturbed
from tests.faults.real_process import push_through
from tests.faults.restoring import live_through
from tests.faults.rules import Finding
from tests.faults.shared_clock import SharedClock
from tests.faults.stands import STANDS
from tests.faults.tearing import Tear, TearKind
from tests.faults.trace import read_moves, write_trace
from tests.faults.verdict import Verdict, judge, read_stored
from tests.support.office import office_for, open_office_at
from tests.support.postgres import RestartableServer

_LAST_MONTH_THERE = date(2026, 12, 31)
"""The last that the local NetSuite's calendar has."""


def pushed_month() -> Period:
    """Return the month whose transactions are pushed: the one before today's."""
    today = datetime.now(UTC).date()
    return month_before(min(today, _LAST_MONTH_THERE + timedelta(days=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What an undisturbed push of a shape passes."""

    suspensions: int
    commits: int

    def where(self, tear: DrawnTear) -> Tear:
        """Return a drawn tear at its step."""
        of_commits = tear.kind is TearKind.LOST_COMMIT
        return Tear(tear.kind, tear.at(self.commits if of_commits else self.suspensions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One run that is wanted."""

    seed: int
    database: str
    erp: Provider | None = None
    """None has it drawn."""
    processes: int = 0
    """How many real processes push at the same time; none for lives of this runner."""

    @property
    def again(self) -> str:
        """The command that does it again."""
        erp = f" --erp {self.erp.value}" if self.erp is not None else ""
        fleet = f" --processes {self.processes}" if self.processes else ""
        return f"python -m tests.faults --only {self.seed} --database {self.database}{erp}{fleet}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A run that was done."""

    order: Order
    erp: Provider
    verdict: Verdict
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What every run of one worker process needs."""

    erp: ErpSide
    databases: Mapping[str, Databases]
    """By kind; made once, before any worker is forked."""
    folder: Path
    """For the runs under way."""
    kept: Path
    """For the runs that failed."""

    def run(self, order: Order) -> Done:
        """Do the run of a seed."""
        begun = time.monotonic()
        seed, month, databases = order.seed, pushed_month(), self.databases[order.database]
        if order.processes:
            erp = order.erp or erp_of(seed, among=tuple(STANDS))
            fleet = draw_fleet(seed, processes=order.processes, month=month, erp=erp)
            verdict = self.push_by_fleet(fleet, databases)
        else:
            erp = order.erp or erp_of(seed)
            verdict = self.push(draw(seed, month=month, erp=erp), databases)
        return Done(order=order, erp=erp, verdict=verdict, seconds=time.monotonic() - begun)

    def push(self, plan: Plan, databases: Databases) -> Verdict:
        """Push as planned, judge, and clear up; what failed is kept."""
        counted = any(tear.is_counted for lane in plan.tears for tear in lane)
        steps = self._steps(plan.shape, databases) if counted else Steps(suspensions=0, commits=0)
        world = self._new_world(plan, f"run-{plan.seed}", databases)
        with self._fault(world):
            if plan.real is not None:
                cuts = push_through(world, self.erp, plan.real)
            else:
                tears = [[steps.where(tear) for tear in lane] for lane in plan.tears]
                live = partial(live_through, plan.restore) if plan.restore else live_on
                cuts = live(world, self.erp, tears)
        return self._judge(world, databases, cuts)

    def push_by_fleet(self, fleet: FleetPlan, databases: Databases) -> Verdict:
        """Have a schedule pushed by several processes, judge, and clear up."""
        assert isinstance(databases.server, RestartableServer)
        clock = SharedClock.at(fleet.opens_at)
        self.erp.put_clock(clock.offset_s)
        world = self._new_world(fleet.plan, f"run-{fleet.plan.seed}", databases, clock=clock)
        finish(lambda: settle_schedule(world, fleet), folder=world.folder, name="schedule")
        cuts = push_by_fleet(world, fleet, self.erp, databases.server)
        periods = finish(lambda: read_periods(world), folder=world.folder, name="periods")
        return self._judge(world, databases, cuts, besides=misfired(fleet, periods))

    def _judge(
        self, world: World, databases: Databases, cuts: Cuts, *, besides: Sequence[Finding] = ()
    ) -> Verdict:
        stored = finish(lambda: read_stored(world), folder=world.folder, name="stored")
        verdict = judge(world, self.erp, stored, cuts=cuts, besides=besides)
        if not verdict.is_good:
            self._keep(world, verdict, databases)
        self._remove(world, databases)
        return verdict

    def _steps(self, shape: Shape, databases: Databases) -> Steps:
        """Count what an undisturbed push passes, once for each shape and kind of database."""
        words = (databases.kind, shape.erp, str(shape.entries), shape.story)
        file = self.folder / f"steps-{'-'.join(words)}"
        if not file.exists():
            plan = undisturbed(shape, month=pushed_month())
            world = self._new_world(plan, f"{file.name}-{time.time_ns()}", databases)
            counted = in_child(lambda: live(world, "life", None), folder=world.folder, name="life")
            fresh = world.folder / "count"
            fresh.write_text(f"{counted['suspensions']} {counted['commits']}", encoding="utf-8")
            fresh.rename(file)
            self._remove(world, databases)
        suspensions, commits = map(int, file.read_text(encoding="utf-8").split())
        return Steps(suspensions=suspensions, commits=commits)

    def _new_world(
        self, plan: Plan, name: str, databases: Databases, *, clock: SharedClock | None = None
    ) -> World:
        folder = self.folder / name
        folder.mkdir()
        clock = clock or SharedClock()
        erp = plan.shape.erp
        place = self.erp.open_company(erp, name, is_forgetful=plan.is_forgetful)
        world = World(
            folder=folder,
            database_url=databases.fresh(folder),
            erp_url=self.erp.url,
            place=place,
            office=office_for(place.external_id, now=clock.now(), provider=erp),
            plan=plan,
            clock=clock,
        )
        soon = plan.tokens_last_s
        secret = self.erp.sign_in(
            place,
            now=clock.now(),
            usable_for=None if soon is None else DEFAULT_MARGIN + timedelta(seconds=soon),
        )
        finish(lambda: _settle_in(world, secret), folder=world.folder, name="office")
        return world

    @contextmanager
    def _fault(self, world: World) -> Iterator[None]:
        if world.plan.fault is None:
            yield
            return
        provider = world.place.provider
        rule = self.erp.add_fault(provider, world.plan.fault)
        try:
            yield
        finally:
            self.erp.remove_fault(provider, rule)

    def _keep(self, world: World, verdict: Verdict, databases: Databases) -> None:
        """Put database, logs and a trace where they can be looked at."""

        async def moves() -> Json:
            return {"moves": await read_moves(world)}

        found = finish(moves, folder=world.folder, name="moves")["moves"]
        assert isinstance(found, list)
        write_trace(world, self.erp, verdict, found)
        databases.keep(world.database_url, world.folder)
        target = self.kept / world.folder.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(world.folder, target)

    def _remove(self, world: World, databases: Databases) -> None:
        databases.drop(world.database_url)
        shutil.rmtree(world.folder)


async def _settle_in(world: World, secret: str) -> Json:
    """Store what connecting and mapping leave behind, and a journal file's chart."""
    place, company = world.place, world.office.company
    database = world.open_database()
    try:
        await open_office_at(
            database,
            world.office,
            secret=secret,
            bank_id=place.bank_id,
            revenue_id=place.revenue_id,
        )
        if place.provider is Provider.JOURNAL_FILE:
            async with database.unit() as unit:
                await unit.companies.save_books(company.id, _chart(place), world.clock.now())
                await unit.commit()
    finally:
        await database.close()
    return {}


def _chart(place: Place) -> Books:
    return Books(
        company_name="Acme Inc",
        functional_currency="USD",
        accounts=(
            _account(place.bank_id, "Operating Bank", AccountClass.ASSET),
            _account(place.revenue_id, "Protocol Revenue", AccountClass.INCOME),
        ),
    )


def _account(id_: str, name: str, classification: AccountClass) -> Account:
    return Account(erp_id=id_, name=name, classification=classification, erp_type=name)
