"""Runs: asked for, found again, and woken.

The one way into an ERP for slash commands, buttons, schedules, API and command line alike.
What a run does once it is awake is ``bot.services.advancing``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.services.errors import Refusal
from bot.services.ports import Announcer, Clock, Connectors, Engine, Ids, Storage, UnitOfWork
from bot.services.run_status import read_status
from ledger.delivery import MAYBE_IN_THE_ERP, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import Period, local_day
from ledger.records import AuditRecord, RunInProgressError
from ledger.runs import OPEN_RUN_STATES, Run, RunKind, RunState, Trigger

WORKFLOW = "advance_run"
_GOING_ON = MAYBE_IN_THE_ERP | {DeliveryState.APPROVED}
_DUE_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run that answers a request, and whether it was there already."""

    run: Run
    company: Company
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPorts:
    """The outside, as runs need it."""

    storage: Storage
    clock: Clock
    ids: Ids
    engine: Engine
    connectors: Connectors
    announcer: Announcer


class Runs:
    """Starts runs and wakes them."""

    def __init__(self, ports: RunPorts) -> None:
        """Take the ports."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._engine = ports.engine
        self._announcer = ports.announcer

    # ── starting and waking ─────────────────────────────────────────────────

    async def start(
        self, organisation: Organisation, period: Period, *, trigger: Trigger, requested_by: str
    ) -> Started:
        """Start a run over a period, or wake the one that is open for it.

        Raises:
            Refusal: when no company is connected, pushes are not enabled, or the period has
                not begun.
        """
        async with self._storage.unit() as unit:
            started = await self.begin(
                unit, organisation, period, trigger=trigger, requested_by=requested_by
            )
            await unit.commit()
        await self.enqueue(started.run.id)
        return started

    async def begin(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        period: Period,
        *,
        trigger: Trigger,
        requested_by: str,
    ) -> Started:
        """Store a run in the caller's unit of work, who enqueues it after the commit.

        One that is never enqueued is woken by the clock all the same.

        Raises:
            Refusal: as :meth:`start` does.
        """
        now = self._clock.now()
        if period.first > local_day(now, organisation.time_zone):
            raise Refusal(f"{period} has not begun yet; name a period up to today.")
        company = await require_pushing(unit, organisation)
        run = Run(
            id=self._ids.new(),
            organisation_id=organisation.id,
            company_id=company.id,
            first_date=period.first,
            last_date=period.last,
            trigger=trigger,
            requested_by=requested_by,
            requested_at=now,
            state=RunState.OPEN,
            wake_at=now,
        )
        started = await self._add(unit, run, company)
        await unit.audit.add(_requested(started.run, requested_by, now))
        await self._announcer.run_changed(
            unit, await read_status(unit, organisation, company, started.run)
        )
        return started

    async def _add(self, unit: UnitOfWork, run: Run, company: Company) -> Started:
        try:
            await unit.runs.add(run)
        except RunInProgressError as error:
            open_run = await unit.runs.get(error.run_id)
            if open_run is None:
                raise
            # Somebody asks again: look at once, and whether a waiting card still holds.
            await unit.runs.save(replace(open_run, wake_at=run.requested_at))
            return Started(run=open_run, company=company, is_new=False)
        return Started(run=run, company=company, is_new=True)

    async def enqueue(self, run_id: str) -> None:
        """Have the engine take a run further now; the same wake twice is one workflow."""
        async with self._storage.unit(read_only=True) as unit:
            run = await unit.runs.get(run_id)
        if run is not None and run.state in OPEN_RUN_STATES:
            await self._engine.enqueue(
                WORKFLOW,
                f"run:{run.id}:{run.wakes}",
                run.id,
                str(run.wakes),
                partition=run.company_id,
            )

    async def wake_due(self) -> int:
        """Enqueue every open run whose time has come; called by the clock's tick."""
        async with self._storage.unit(read_only=True) as unit:
            due = await unit.runs.due(self._clock.now(), _DUE_AT_ONCE)
        for run in due:
            await self.enqueue(run.id)
        return len(due)

    async def wake_company(self, company_id: str) -> int:
        """Wake the open runs of a company, after what kept them waiting was mended."""
        woken = 0
        async with self._storage.unit() as unit:
            for run in await unit.runs.in_state([RunState.OPEN]):
                if run.company_id == company_id:
                    await unit.runs.save(replace(run, wake_at=self._clock.now()))
                    woken += 1
            await unit.commit()
        return woken

    async def reopen(self, unit: UnitOfWork, run: Run) -> str:
        """Make a run go on from wherever it stands; return the id to enqueue after the commit.

        One that has ended leaves it to the open run of its period, if there is one: a pass
        sends whatever is approved in its company, whichever run prepared it.
        """
        stored = await unit.runs.get(run.id) or run
        now = self._clock.now()
        may_stand_in = stored.kind is RunKind.PUSH and stored.state not in OPEN_RUN_STATES
        other = await _open_beside(unit, stored) if may_stand_in else None
        if other is not None:
            await unit.runs.save(replace(other, wake_at=now))
            return other.id
        await unit.runs.save(replace(stored, state=RunState.OPEN, wake_at=now, waiting_for=None))
        return stored.id


async def _open_beside(unit: UnitOfWork, run: Run) -> Run | None:
    """Return the open run of an ended run's company and period; there is at most one."""
    period = (run.company_id, run.first_date, run.last_date)
    for other in await unit.runs.in_state(OPEN_RUN_STATES):
        if other.kind is RunKind.PUSH and period == (
            other.company_id,
            other.first_date,
            other.last_date,
        ):
            return other
    return None


async def without_approval(unit: UnitOfWork, run: Run, at: datetime) -> Run:
    """Return a run whose last card was rejected or expired: ended, unless a part of it goes on.

    What an earlier card of it approved is sent and reported all the same.
    """
    deliveries = await unit.deliveries.of_run(run.id)
    if any(delivery.state in _GOING_ON for delivery in deliveries):
        return replace(run, state=RunState.OPEN, wake_at=at, waiting_for=None)
    return replace(run, state=RunState.CANCELLED, wake_at=None, waiting_for=None)


async def require_pushing(unit: UnitOfWork, organisation: Organisation) -> Company:
    """Return the company that the organisation pushes into.

    Raises:
        Refusal: when none is connected, or pushes are not enabled.
    """
    company = await unit.companies.active(organisation.id)
    if company is None:
        raise Refusal(
            "No company is connected, so there is nowhere to push to.",
            next_step="/integral connect",
        )
    if not company.pushes_enabled:
        raise Refusal(f"Pushes into {company.name} are not enabled.", next_step="/integral resume")
    return company


def _requested(run: Run, requested_by: str, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        organisation_id=run.organisation_id,
        actor=requested_by,
        action="run.requested",
        subject=f"{run.first_date}..{run.last_date}",
        after=run.id,
    )
