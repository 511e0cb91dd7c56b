"""Schedules: set, changed and turned off by people; every process obeys what is stored.

It must not start anything: the clock's next tick does (``bot.services.due_schedules``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time

from bot.services import audit
from bot.services.charts import require_company
from bot.services.errors import Refusal
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.schedule_recording import Recording
from bot.services.schedule_status import ScheduleStatus, in_place, read_schedule
from ledger.organisation import Organisation
from ledger.records import AuditRecord
from ledger.schedules import (
    DEFAULT_TIMES,
    Cadence,
    Schedule,
    ScheduledPeriod,
    not_again,
    scheduled,
    skipped,
)

TURNED_OFF = "The schedule was turned off before it started."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged:
    """A schedule that was set, and what that gave up."""

    status: ScheduleStatus
    dropped: tuple[ScheduledPeriod, ...]
    """What was due and will not start, as the schedule is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChanged:
    """A time zone that was set."""

    status: ScheduleStatus
    """The schedule as it stands in the new zone."""
    before: str
    """The zone until then."""


class Schedules:
    """Sets schedules, and the time zone that they go by."""

    def __init__(self, *, storage: Storage, clock: Clock, recording: Recording) -> None:
        """Take the ports, and what keeps the record."""
        self._storage = storage
        self._clock = clock
        self._recording = recording

    async def status(self, organisation: Organisation) -> ScheduleStatus:
        """Return where an organisation's schedule stands."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
            return await read_schedule(unit, organisation, company, self._clock.now())

    async def set(
        self, organisation: Organisation, cadence: Cadence, at: time | None, *, actor: str
    ) -> ScheduleChanged:
        """Set, change or turn off a schedule; it holds from now on, in every process.

        What the former one had due stays due, unless it is turned off.

        Args:
            organisation: Whose schedule.
            cadence: How often.
            at: The local time; none keeps the one it has, or takes the usual one.
            actor: Who sets it.

        Raises:
            Refusal: when no company is connected, or there is nothing to turn off.
        """
        now = self._clock.now()
        async with self._storage.unit() as unit:
            company = require_company(await unit.companies.active(organisation.id))
            old = await unit.schedules.get(organisation.id)
            if old is not None:
                place = in_place(old, organisation, company)
                (old,) = await self._recording.record(unit, [place])
            dropped: tuple[ScheduledPeriod, ...] = ()
            if cadence is Cadence.OFF:
                new = _turned_off(old, actor=actor, now=now)
                dropped = await _drop_waiting(unit, organisation, now)
            else:
                fresh = scheduled(
                    organisation.id,
                    cadence,
                    at or _usual(old, cadence),
                    time_zone=organisation.time_zone,
                    by=actor,
                    now=now,
                )
                new = await _going_on(unit, old, fresh)
            await unit.schedules.save(new)
            await unit.audit.add(_audited(old, new))
            status = await read_schedule(unit, organisation, company, now)
            await unit.commit()
        return ScheduleChanged(status=status, dropped=dropped)

    async def set_time_zone(
        self, organisation: Organisation, zone: str, *, actor: str
    ) -> ZoneChanged:
        """Have an organisation's days begin and end in another time zone from now on.

        What came due in the former one is recorded first, so that no day is missed or repeated.
        Unsent entries are dated anew; posted ones that would be dated otherwise become stale.

        Args:
            organisation: Whose days.
            zone: An IANA time zone that exists.
            actor: Who sets it.

        Raises:
            Refusal: when it is the zone already.
        """
        now = self._clock.now()
        async with self._storage.unit() as unit:
            # First: whoever sets another at the same time waits here.
            await unit.organisations.raise_shape_version(organisation.id)
            current = await unit.organisations.get(organisation.id) or organisation
            if current.time_zone == zone:
                raise Refusal(f"The time zone is {zone} already.", next_step="/integral status")
            company = await unit.companies.active(organisation.id)
            schedule = await unit.schedules.get(organisation.id)
            if schedule is not None and company is not None:
                await self._recording.record(unit, [in_place(schedule, current, company)])
            await unit.organisations.set_time_zone(organisation.id, zone)
            record = audit.shaping(
                "time_zone.set",
                current.name,
                organisation_id=organisation.id,
                actor=actor,
                at=now,
                change=({"time zone": current.time_zone}, {"time zone": zone}),
            )
            await unit.audit.add(record)
            moved = replace(current, time_zone=zone)
            status = await read_schedule(unit, moved, company, now)
            await unit.commit()
        return ZoneChanged(status=status, before=current.time_zone)


def _usual(old: Schedule | None, cadence: Cadence) -> time:
    is_same = old is not None and old.cadence is cadence
    return old.at if old is not None and is_same else DEFAULT_TIMES[cadence]


def _turned_off(old: Schedule | None, *, actor: str, now: datetime) -> Schedule:
    if old is None or old.cadence is Cadence.OFF:
        raise Refusal("No schedule is set.", next_step="/integral schedule daily 06:00")
    return replace(old, cadence=Cadence.OFF, set_by=actor, set_at=now)


async def _going_on(unit: UnitOfWork, old: Schedule | None, fresh: Schedule) -> Schedule:
    """Let a schedule of the same cadence go on where it is: another hour leaves no period out."""
    if old is not None and old.cadence is fresh.cadence:
        return replace(fresh, next_period=old.next_period, next_moment=old.next_moment)
    return not_again(fresh, await unit.schedules.last(fresh.organisation_id, fresh.cadence))


async def _drop_waiting(
    unit: UnitOfWork, organisation: Organisation, now: datetime
) -> tuple[ScheduledPeriod, ...]:
    waiting = await unit.schedules.waiting(organisation.id)
    for period in waiting:
        await unit.schedules.settle(skipped(period, TURNED_OFF, now=now))
    return tuple(waiting)


def _audited(old: Schedule | None, new: Schedule) -> AuditRecord:
    return audit.note(
        "schedule.set",
        new.organisation_id,
        organisation_id=new.organisation_id,
        actor=new.set_by,
        at=new.set_at,
        change=(_facts(old) if old else None, _facts(new)),
    )


def _facts(schedule: Schedule) -> audit.Facts:
    return {"cadence": schedule.cadence.value, "at": f"{schedule.at:%H:%M}"}
