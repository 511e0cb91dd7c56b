"""Many organisations that are due at one minute: how long until all runs are with the engine.

Real database, real engine; a run's work is only counted, as an ERP's own time is no measure of
ours. Meanwhile what a Slack ack needs from the database is done again and again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bot.clock import unix_time
from bot.erp.connector import Connector
from bot.handlers.announce import OutboxAnnouncer
from bot.ids import RandomIds
from bot.services.due_schedules import DueSchedules
from bot.services.runs import WORKFLOW, RunPorts, Runs
from bot.services.schedule_recording import Recording
from bot.services.schedules import Schedules
from bot.views import schedules as schedule_views
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.schedules import Cadence
from scheduler.engine import Engine
from storage.database import Database
from storage.inbox import Inbox
from storage.owners import Slots
from storage.vault import Vault

_KEYS = "bench:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_SET_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
_DUE_AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
_WORK_S = 0.05
_ACK_EVERY_S = 0.02
_ENDS_WITHIN_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMinute:
    """What happened in the minute at which all were due."""

    started: int
    enqueued_s: float
    """From the clock's tick until the last run was with the engine."""
    done_s: float
    """Until the last run's work had ended."""
    slowest_ack_s: float
    """The longest that the database kept an ack waiting meanwhile."""
    most_of_one_company: int
    """How many workflows of one company ran beside each other at most."""
    most_in_all: int


class _MovedClock:
    """A clock that jumps to the minute at which everybody is due."""

    def __init__(self) -> None:
        self.moment = _SET_AT

    def now(self) -> datetime:
        return self.moment


class _NoErp:
    """Satisfies the port ``Connectors``; nothing here reaches an ERP."""

    def of(self, company: Company) -> Connector:
        raise LookupError(company.id)

    def entry_url(self, company: Company, erp_id: str) -> str:
        return f"{company.id}/{erp_id}"


@dataclass(slots=True)
class _Work:
    """Counts what runs beside what."""

    database: Database
    wanted: int
    done: int = 0
    all_done: asyncio.Event = field(default_factory=asyncio.Event)
    running: Counter[str] = field(default_factory=Counter)
    most_of_one: int = 0
    most_in_all: int = 0

    async def advance(self, run_id: str, wake: str) -> None:
        del wake
        async with self.database.unit(read_only=True) as unit:
            run = await unit.runs.get(run_id)
        if run is None:
            raise LookupError(run_id)
        self.running[run.company_id] += 1
        self.most_of_one = max(self.most_of_one, self.running[run.company_id])
        self.most_in_all = max(self.most_in_all, self.running.total())
        await asyncio.sleep(_WORK_S)
        self.running[run.company_id] -= 1
        self.done += 1
        if self.done == self.wanted:
            self.all_done.set()


async def due_at_one_minute(organisations: int) -> OneMinute:
    """Let so many organisations be due at once, in one process on SQLite."""
    clock = _MovedClock()
    async with _scratch(clock) as (database, folder):
        work = _Work(database, wanted=organisations)
        engine = await _engine(database, folder, work)
        try:
            return await _measure(database, clock, engine, work, organisations)
        finally:
            await engine.stop()


async def _measure(
    database: Database, clock: _MovedClock, engine: Engine, work: _Work, organisations: int
) -> OneMinute:
    recording = Recording(
        clock=clock, overtaken_words=lambda late: schedule_views.overtaken(late).said()
    )
    await _set_schedules(database, clock, recording, organisations)
    ports = RunPorts(
        storage=database,
        clock=clock,
        ids=RandomIds(clock),
        engine=engine,
        connectors=_NoErp(),
        announcer=OutboxAnnouncer(clock=clock),
    )
    due = DueSchedules(
        storage=database, clock=clock, engine=engine, runs=Runs(ports), recording=recording
    )
    clock.moment = _DUE_AT
    acks = asyncio.create_task(_ack_for_ever(Inbox(database)))
    begun = perf_counter()
    started = await due.tick()
    enqueued_s = perf_counter() - begun
    async with asyncio.timeout(_ENDS_WITHIN_S):
        await work.all_done.wait()
    done_s = perf_counter() - begun
    acks.cancel()
    (slowest,) = await asyncio.gather(acks)
    return OneMinute(
        started=started,
        enqueued_s=enqueued_s,
        done_s=done_s,
        slowest_ack_s=slowest,
        most_of_one_company=work.most_of_one,
        most_in_all=work.most_in_all,
    )


async def _ack_for_ever(inbox: Inbox) -> float:
    """Note one request after another, as each ack does, until cancelled; return the longest."""
    slowest, number = 0.0, 0
    try:
        while True:
            begun = perf_counter()
            await inbox.is_new("T1", f"bench:{number}")
            slowest, number = max(slowest, perf_counter() - begun), number + 1
            await asyncio.sleep(_ACK_EVERY_S)
    except asyncio.CancelledError:
        return slowest


async def _set_schedules(
    database: Database, clock: _MovedClock, recording: Recording, organisations: int
) -> None:
    schedules = Schedules(storage=database, clock=clock, recording=recording)
    for number in range(organisations):
        organisation, company = _office(number)
        async with database.unit() as unit:
            await unit.organisations.add(organisation)
            await unit.companies.add(company)
            await unit.commit()
        await schedules.set(organisation, Cadence.DAILY, time(6), actor="U1")


def _office(number: int) -> tuple[Organisation, Company]:
    organisation = Organisation(
        id=f"org-{number}",
        team_id="T1",
        name=f"Client {number}",
        code=f"{number:04}",
        base_currency="USD",
        time_zone="UTC",
        finance_channel=f"C{number}",
    )
    company = Company(
        id=f"company-{number}",
        organisation_id=organisation.id,
        provider=Provider.QUICKBOOKS,
        external_id=str(number),
        name=organisation.name,
        functional_currency="USD",
        is_confirmed=True,
        pushes_enabled=True,
        go_live_date=date(2026, 1, 1),
        connection=ConnectionState.ACTIVE,
        connected_at=_SET_AT,
    )
    return organisation, company


async def _engine(database: Database, folder: Path, work: _Work) -> Engine:
    slots = Slots(database)
    engine = Engine(
        database_url=f"sqlite:///{folder / 'engine.db'}",
        executor_id=await slots.claim("bench"),
        locks=slots,
        work={WORKFLOW: work.advance},
        unix_time=unix_time,
    )
    await engine.start(takes_work=True)
    return engine


@asynccontextmanager
async def _scratch(clock: _MovedClock) -> AsyncIterator[tuple[Database, Path]]:
    with TemporaryDirectory(prefix="integral-bench-") as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'bench.db'}", Vault.from_text(_KEYS), clock=clock)
        await database.migrate()
        yield database, folder
        await database.close()
