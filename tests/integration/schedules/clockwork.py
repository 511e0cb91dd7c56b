"""Processes with the clock's role over one database, and organisations that have schedules.

It must not know a test's dates: the clock stands still until the test moves it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select, update

from bot.handlers.announce import OutboxAnnouncer
from bot.ids import RandomIds
from bot.services.due_schedules import DueSchedules
from bot.services.runs import WORKFLOW, RunPorts, Runs
from bot.services.schedule_recording import Recording
from bot.services.schedules import ScheduleChanged, Schedules
from bot.views import schedules as schedule_views
from ledger.mapping import key_of_category, key_of_role, key_of_wallet
from ledger.organisation import Organisation
from ledger.preflight import REQUIRED_ROLES
from ledger.runs import Run, RunState
from ledger.schedules import Cadence, PeriodState, ScheduledPeriod
from storage.database import Database
from storage.statements import columns_of, value_from
from storage.tables.organisations import organisations
from storage.tables.schedules import scheduled_periods
from tests.support.databases import SettableClock, opened
from tests.support.office import (
    BANK,
    BANK_ID,
    CATEGORY,
    CLERK,
    REVENUE_ID,
    Office,
    deposit,
    import_rows,
    office_for,
)

OWNER = "U-owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueued:
    """One workflow as the engine was given it."""

    workflow: str
    args: tuple[str, ...]
    partition: str


@dataclass(slots=True)
class EngineBook:
    """Satisfies the port ``Engine``: remembers what was enqueued, each id once, and runs nothing.

    All processes share one, as they share the engine's database.
    """

    jobs: dict[str, Enqueued] = field(default_factory=dict)
    away: bool = False

    async def enqueue(self, workflow: str, workflow_id: str, *args: str, partition: str) -> None:
        if self.away:
            raise ConnectionError
        job = Enqueued(workflow=workflow, args=args, partition=partition)
        self.jobs.setdefault(workflow_id, job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What one process has that concerns schedules."""

    database: Database
    schedules: Schedules
    due: DueSchedules


class NoConnectors:
    """Satisfies the port ``Connectors`` where nothing may reach an ERP."""

    def of(self, company: object) -> Any:
        raise AssertionError(company)

    def entry_url(self, company: object, erp_id: str) -> str:
        raise AssertionError(company)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """The database, its clock and the engine that all processes share."""

    url: str
    database: Database
    clock: SettableClock
    engine: EngineBook = field(default_factory=EngineBook)

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Process]:
        """Start another process, with connections of its own."""
        async with opened(self.url, self.clock) as database:
            yield self.of(database)

    def of(self, database: Database) -> Process:
        """Build what a process has over an open database."""
        ports = RunPorts(
            storage=database,
            clock=self.clock,
            ids=RandomIds(self.clock),
            engine=self.engine,
            connectors=NoConnectors(),
            announcer=OutboxAnnouncer(clock=self.clock),
        )
        recording = Recording(
            clock=self.clock, overtaken_words=lambda late: schedule_views.overtaken(late).said()
        )
        return Process(
            database=database,
            schedules=Schedules(storage=database, clock=self.clock, recording=recording),
            due=DueSchedules(
                storage=database,
                clock=self.clock,
                engine=self.engine,
                runs=Runs(ports),
                recording=recording,
            ),
        )

    def to(self, text: str) -> None:
        """Move the clock to a moment in UTC, forwards or back."""
        there = datetime.fromisoformat(text).replace(tzinfo=self.clock.now().tzinfo)
        self.clock.advance(seconds=(there - self.clock.now()).total_seconds())

    async def office(self, realm: str = "1", *, zone: str = "Europe/Berlin") -> Office:
        """Store an organisation that pushes into a connected company."""
        made = office_for(realm, now=self.clock.now(), code=f"A{int(realm):03}")
        office = Office(
            organisation=replace(made.organisation, time_zone=zone),
            company=replace(made.company, grant_id=None),
        )
        async with self.database.unit() as unit:
            await unit.organisations.add(office.organisation)
            await unit.companies.add(office.company)
            await unit.commit()
        return office

    async def make_ready(self, office: Office) -> None:
        """Import a transaction, map its accounts and save settings: pushes may be enabled."""
        await import_rows(
            self.database, office, [deposit(1, day=date(2026, 11, 20), amount="1.00")]
        )
        accounts = {key_of_wallet(BANK): BANK_ID, key_of_category(CATEGORY): REVENUE_ID}
        accounts |= {key_of_role(role): REVENUE_ID for role in REQUIRED_ROLES}
        async with self.database.unit() as unit:
            await unit.choices.set_mapping(office.company.id, accounts)
            await unit.choices.save_settings(
                office.company.id, json.dumps({"rollup": "individual"})
            )
            await unit.commit()

    async def set(
        self, office: Office, cadence: Cadence = Cadence.DAILY, at: time | None = time(6)
    ) -> ScheduleChanged:
        """Set a schedule, in a process of its own."""
        async with self.process() as process:
            return await process.schedules.set(office.organisation, cadence, at, actor=CLERK)

    async def tick(self) -> int:
        """Let one process look, once."""
        return await self.of(self.database).due.start_due()

    async def change(self, office: Office, **changes: Any) -> None:
        """Change the company as stored."""
        async with self.database.unit() as unit:
            company = await unit.companies.get(office.company.id)
            assert company is not None
            await unit.companies.save(replace(company, **changes))
            await unit.commit()

    async def move_to(self, office: Office, zone: str) -> Organisation:
        """Give the organisation another time zone."""
        async with self.database.session() as session:
            await session.execute(
                update(organisations)
                .where(organisations.c.id == office.organisation.id)
                .values(time_zone=zone)
            )
            await session.commit()
        return replace(office.organisation, time_zone=zone)

    async def finish_runs(self) -> None:
        """Let every run end."""
        async with self.database.unit() as unit:
            for run in await unit.runs.in_state([RunState.OPEN]):
                await unit.runs.save(replace(run, state=RunState.FINISHED, wake_at=None))
            await unit.commit()

    async def runs(self, office: Office) -> list[Run]:
        """The organisation's runs, in the order in which they were asked for."""
        async with self.database.unit(read_only=True) as unit:
            return (await unit.runs.recent(office.organisation.id, 1000))[::-1]

    async def run_days(self, office: Office) -> list[date]:
        """The days of the organisation's runs, in the order in which they were enqueued."""
        found = {run.id: run for run in await self.runs(office)}
        assert all(run.first_date == run.last_date for run in found.values())
        enqueued = [job.args[0] for job in self.engine.jobs.values() if job.workflow == WORKFLOW]
        return [found[run_id].first_date for run_id in enqueued if run_id in found]

    async def periods(self, office: Office) -> list[ScheduledPeriod]:
        """Everything recorded, in the order of the calendar."""
        async with self.database.session(read_only=True) as session:
            found = await session.execute(
                select(*columns_of(ScheduledPeriod, scheduled_periods))
                .where(scheduled_periods.c.organisation_id == office.organisation.id)
                .order_by(scheduled_periods.c.due_at)
            )
            return [value_from(ScheduledPeriod, row) for row in found]

    async def states(self, office: Office) -> Mapping[date, PeriodState]:
        """What became of each recorded day."""
        return {each.period: each.state for each in await self.periods(office)}

    async def said(self, prefix: str) -> list[str]:
        """The messages whose keys begin with a prefix."""
        async with self.database.unit(read_only=True) as unit:
            return [message.text for message in await unit.outbox.under(prefix)]
