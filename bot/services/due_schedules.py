"""Due schedules: each tick records what came due and starts what may start, oldest first.

Any number of processes tick, and each period starts once. What may not start waits: for a person
who resumes pushes or connects the company, or for the next tick. It must not decide what a run
does, nor what a look ahead at a month's end finds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from bot.services import month_end
from bot.services.errors import Refusal
from bot.services.ports import Clock, Engine, Storage
from bot.services.runs import Runs
from bot.services.schedule_recording import Recording
from ledger.organisation import Company, Organisation
from ledger.runs import Trigger
from ledger.schedules import (
    OVERTAKEN,
    SCHEDULE,
    InPlace,
    Moment,
    PeriodState,
    ScheduledPeriod,
    is_overtaken,
    may_start,
    skipped,
    upcoming,
)

AT_ONCE = 7
"""Daily runs of one organisation that are under way at a time; the rest of a backlog waits."""
MOST_A_TICK = 500
"""Periods that one tick starts in all."""
_LOOK_AHEADS = {Moment.DRY_RUN: month_end.DRY_RUN, Moment.PRE_CHECK: month_end.PRE_CHECK}
_PUSHES = {Moment.RUN: Trigger.DAILY, Moment.BUILD: Trigger.MONTHLY}

log = structlog.get_logger(__name__)


class DueSchedules:
    """Starts what schedules have due."""

    def __init__(
        self, *, storage: Storage, clock: Clock, engine: Engine, runs: Runs, recording: Recording
    ) -> None:
        """Take the ports, the one way into the ERPs, and what keeps the record."""
        self._storage = storage
        self._clock = clock
        self._engine = engine
        self._runs = runs
        self._recording = recording
        self._looked_at: datetime | None = None

    async def tick(self) -> int:
        """Look once a minute of the clock; return how many periods were started."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if self._looked_at == minute:
            return 0
        started = await self.start_due()
        self._looked_at = minute
        return started

    async def start_due(self) -> int:
        """Record what came due and start what may start; harmless twice and beside itself."""
        await self._record_due()
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            found = await unit.schedules.startable(now, at_once=AT_ONCE, limit=MOST_A_TICK)
        started = 0
        for period in found:
            try:
                started += await self._start(period)
            except Exception as error:  # noqa: BLE001 - others' must not wait; it stays due
                log.warning(
                    "schedule.not_started",
                    organisation=period.organisation_id,
                    period=period.period.isoformat(),
                    moment=period.moment.value,
                    error=type(error).__qualname__,
                )
        return started

    async def _record_due(self) -> None:
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            places = await unit.schedules.in_place()
        ripe = [place.schedule.organisation_id for place in places if _is_ripe(place, now)]
        if not ripe:
            return
        async with self._storage.unit() as unit:
            await self._recording.record(unit, await unit.schedules.in_place(only=ripe))
            await unit.commit()

    async def _start(self, period: ScheduledPeriod) -> bool:
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(period.organisation_id)
            company = await unit.companies.active(period.organisation_id)
        if organisation is None or company is None:
            return False
        if is_overtaken(period, time_zone=organisation.time_zone, now=now):
            await self._skip_overtaken(skipped(period, OVERTAKEN, now=now))
            return False
        if not may_start(period, time_zone=organisation.time_zone, now=now):
            return False
        begun = replace(period, state=PeriodState.STARTED, settled_at=now)
        if period.moment in _PUSHES:
            return await self._start_push(begun, organisation)
        return await self._start_look_ahead(begun, company)

    async def _start_push(self, period: ScheduledPeriod, organisation: Organisation) -> bool:
        """Start the run of a period in the same transaction in which the period ceases to wait."""
        async with self._storage.unit() as unit:
            if not await unit.schedules.settle(period):
                return False
            try:
                started = await self._runs.begin(
                    unit,
                    organisation,
                    period.days,
                    trigger=_PUSHES[period.moment],
                    requested_by=SCHEDULE,
                )
            except Refusal:
                # Paused or disconnected this very moment: the period goes on waiting.
                return False
            await unit.schedules.note_run(period, started.run.id)
            await unit.commit()
        await self._runs.enqueue(started.run.id)
        return True

    async def _start_look_ahead(self, period: ScheduledPeriod, company: Company) -> bool:
        """Enqueue a look ahead at a month's end; its id is enqueued once, whoever comes second."""
        month = f"{period.period:%Y-%m}"
        await self._engine.enqueue(
            _LOOK_AHEADS[period.moment],
            f"month_end:{period.organisation_id}:{month}:{period.moment.value}",
            period.organisation_id,
            month,
            partition=company.id,
        )
        async with self._storage.unit() as unit:
            is_first = await unit.schedules.settle(period)
            await unit.commit()
        return is_first

    async def _skip_overtaken(self, period: ScheduledPeriod) -> None:
        async with self._storage.unit() as unit:
            if await unit.schedules.settle(period):
                await self._recording.say_overtaken(unit, period.organisation_id, (period,))
            await unit.commit()


def _is_ripe(place: InPlace, now: datetime) -> bool:
    try:
        following = upcoming(place)
    except LookupError:
        # A zone that this machine's time-zone data no longer has: nobody else waits for it.
        log.warning("schedule.zone_unknown", organisation=place.schedule.organisation_id)
        return False
    return following is not None and following.due_at <= now
