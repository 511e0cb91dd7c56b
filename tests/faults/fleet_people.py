"""The controller of a run with several processes, its schedule, and what became of each period.

Works on the same database as the real processes, as people in Slack and at the command line do;
it sends nothing and owns no slot.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from time import monotonic

from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from bot.services.approvals import Decision
from bot.services.delivery import Pace
from ledger.delivery import DeliveryState
from ledger.runs import OPEN_RUN_STATES, Run, Trigger
from ledger.schedules import PeriodState, Schedule, ScheduledPeriod
from ledger.transactions import Transaction
from storage.database import Database
from storage.engine_store import EngineStore
from storage.owners import ProcessOwners, Slots
from storage.statements import columns_of, value_from
from storage.tables.schedules import scheduled_periods
from tests.faults.children import Json
from tests.faults.database_faults import LOST
from tests.faults.fleet_plan import FleetPlan
from tests.faults.life import World, open_connectors, open_http
from tests.faults.plan import Row
from tests.faults.rules import Finding
from tests.faults.tearing import Suspensions, run_counted
from tests.support.engine import QueueEngine
from tests.support.office import CONTROLLER, deposit, import_rows
from tests.support.pushing import Product, build_product

_LOOK_EVERY_S = 0.15
_AWAY_S = 0.3
_QUIET_S = 1.5
# Of a wait that is shorter nobody has to be relieved.
_LONG_S = 3.0
_TRIGGERS = (Trigger.DAILY, Trigger.MONTHLY)
_SETTLED = (PeriodState.STARTED, PeriodState.SKIPPED)
WAIT_FILE = "wait"
"""Where the people write for how many seconds everybody waits for nothing but time."""


async def settle_schedule(world: World, fleet: FleetPlan) -> Json:
    """Store the schedule and the transactions, as typing and importing do."""
    database = world.open_database("office")
    rows = [_transaction(row) for row in fleet.plan.rows]
    try:
        await import_rows(database, world.office, rows)
        async with database.unit() as unit:
            await unit.schedules.save(
                Schedule(
                    organisation_id=world.office.organisation.id,
                    cadence=fleet.cadence,
                    at=fleet.at,
                    next_period=fleet.first,
                    next_moment=fleet.moment,
                    set_by=CONTROLLER,
                    set_at=world.clock.now(),
                )
            )
            await unit.commit()
    finally:
        await database.close()
    return {}


def attend(world: World, fleet: FleetPlan) -> Json:
    """Approve what waits, until every period is pushed and nothing is left to do."""
    run_counted(_attend(world, fleet), Suspensions(None))
    return {}


async def read_periods(world: World) -> Json:
    """Return the scheduled periods, and the runs that a schedule started."""
    database = world.open_database("periods")
    try:
        periods = await _periods(database)
        async with database.unit(read_only=True) as unit:
            runs = await unit.runs.recent(world.office.organisation.id, 200)
    finally:
        await database.close()
    started = [run for run in runs if run.trigger in _TRIGGERS]
    return {
        "periods": [
            {
                "period": period.period.isoformat(),
                "moment": period.moment.value,
                "state": period.state.value,
                "run": period.run_id or "",
            }
            for period in periods
        ],
        "runs": [{"id": run.id, "first": run.first_date.isoformat()} for run in started],
    }


def misfired(fleet: FleetPlan, found: Json) -> list[Finding]:
    """Find periods that were not pushed, or more than once."""
    periods, runs = _dicts(found, "periods"), _dicts(found, "runs")
    pushed = {row["period"]: row for row in periods if row["moment"] == fleet.moment.value}
    wanted = {day.isoformat() for day in fleet.periods}
    counts = Counter(row["first"] for row in runs)
    findings: list[Finding] = []
    for day in sorted(wanted):
        row = pushed.get(day)
        if row is None or row["state"] != PeriodState.STARTED.value or counts[day] == 0:
            findings.append(("lost", f"the push of {day}: {row}"))
    findings += [
        ("duplicated", f"{count} pushes of {day}") for day, count in counts.items() if count > 1
    ]
    findings += [("duplicated", f"a push of {day}") for day in sorted(counts.keys() - wanted)]
    findings += [
        ("unsettled", f"the period {row['period']} waits")
        for row in periods
        if row["state"] == PeriodState.WAITING.value
    ]
    return findings


async def _attend(world: World, fleet: FleetPlan) -> None:
    people = _People(world, fleet)
    while not await _unless_away(people.work):  # noqa: ASYNC110 - a server has no event for us
        await asyncio.sleep(_AWAY_S)


async def _unless_away(work: Callable[[], Awaitable[None]]) -> bool:
    """Work to the end; false when the database went away, or the engine's tables are being made."""
    try:
        await work()
    except (*LOST, ProgrammingError):
        return False
    return True


class _People:
    def __init__(self, world: World, fleet: FleetPlan) -> None:
        self._world = world
        self._fleet = fleet
        self._quiet_since = monotonic()

    async def work(self) -> None:
        """Look again and again until everything is done; one of ``LOST`` may come up."""
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(open_http())
            database = self._world.open_database("people")
            stack.push_async_callback(database.close)
            product = build_product(
                database,
                # It claims nothing, so it needs no slot.
                owners=ProcessOwners(Slots(database), slot="people", incarnation="people"),
                connectors=open_connectors(self._world, database, http),
                pace=Pace(),
                engine=QueueEngine(self._world.folder / "queue.jsonl"),
            )
            while not await self._look(product):  # noqa: ASYNC110 - nor have other processes
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _look(self, product: Product) -> bool:
        """Approve what waits; say whether everything is pushed and nothing is left to do."""
        organisation = self._world.office.organisation
        for batch in await product.approvals.waiting(organisation):
            await product.approvals.decide(
                organisation, batch.id, Decision.APPROVE, person=CONTROLLER
            )
        database = product.database
        periods = await _periods(database)
        async with database.unit(read_only=True) as unit:
            runs = await unit.runs.recent(organisation.id, 200)
            sending = await unit.deliveries.in_state(
                self._world.office.company.id, [DeliveryState.SENDING]
            )
        is_busy = bool(sending or await EngineStore(database).unfinished())
        open_runs = [run for run in runs if run.state in OPEN_RUN_STATES]
        self._wait_on(open_runs, is_busy=is_busy)
        settled = {period.period for period in periods if period.state in _SETTLED}
        is_waiting = any(period.state is PeriodState.WAITING for period in periods)
        is_complete = set(self._fleet.periods) <= settled and not is_waiting
        return is_complete and not open_runs and not is_busy

    def _wait_on(self, open_runs: list[Run], *, is_busy: bool) -> None:
        """Say for how long nothing but time is waited for, when that is long."""
        now = self._world.clock.now()
        wakes = [run.wake_at for run in open_runs]
        wait = min((wake - now).total_seconds() for wake in wakes if wake) if any(wakes) else 0.0
        if is_busy or wait < _LONG_S or not all(wakes):
            self._quiet_since = monotonic()
        elif monotonic() - self._quiet_since > _QUIET_S:
            fresh = self._world.folder / f"{WAIT_FILE}.new"
            fresh.write_text(str(wait), encoding="utf-8")
            fresh.rename(self._world.folder / WAIT_FILE)
            self._quiet_since = monotonic()


async def _periods(database: Database) -> list[ScheduledPeriod]:
    statement = select(*columns_of(ScheduledPeriod, scheduled_periods))
    async with database.session(read_only=True) as session:
        return [value_from(ScheduledPeriod, row) for row in await session.execute(statement)]


def _transaction(row: Row) -> Transaction:
    return deposit(row.number, day=row.day, amount=str(row.amount))


def _dicts(found: Json, key: str) -> list[dict[str, str]]:
    rows = found[key]
    assert isinstance(rows, list)
    return rows
