"""Where a schedule stands: what is due and waits, and what comes next. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.services.ports import UnitOfWork
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.schedules import (
    Cadence,
    InPlace,
    PeriodState,
    Schedule,
    ScheduledPeriod,
    after,
    due,
    is_overtaken,
    upcoming,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStatus:
    """Everything about a schedule that people are told."""

    organisation: Organisation
    company: Company | None
    """Where it pushes; none before one is connected."""
    schedule: Schedule | None
    """None before the first one was set."""
    waiting: tuple[ScheduledPeriod, ...]
    """What is due and has not started, oldest first."""
    upcoming: ScheduledPeriod | None
    """What comes after that; none while it is off."""

    @property
    def cadence(self) -> Cadence:
        """How often it pushes; off while there is none."""
        return self.schedule.cadence if self.schedule else Cadence.OFF

    @property
    def is_held_up(self) -> bool:
        """Say whether what is due has to wait for a person: to resume, or to connect."""
        company = self.company
        return (
            company is None
            or not company.pushes_enabled
            or company.connection is not ConnectionState.ACTIVE
        )


async def read_schedule(
    unit: UnitOfWork, organisation: Organisation, company: Company | None, now: datetime
) -> ScheduleStatus:
    """Read where an organisation's schedule stands, whether or not the clock has ticked yet."""
    schedule = await unit.schedules.get(organisation.id)
    waiting = [
        period
        for period in await unit.schedules.waiting(organisation.id)
        if not is_overtaken(period, time_zone=organisation.time_zone, now=now)
    ]
    following = None
    if schedule is not None:
        place = in_place(schedule, organisation, company)
        unrecorded = due(place, now) if company is not None else ()
        waiting += [each for each in unrecorded if each.state is PeriodState.WAITING]
        if unrecorded:
            schedule = after(schedule, unrecorded[-1])
        following = upcoming(in_place(schedule, organisation, company))
    return ScheduleStatus(
        organisation=organisation,
        company=company,
        schedule=schedule,
        waiting=tuple(waiting),
        upcoming=following,
    )


def in_place(schedule: Schedule, organisation: Organisation, company: Company | None) -> InPlace:
    """Put a schedule together with what its calendar depends on."""
    go_live = company.go_live_date if company else None
    return InPlace(
        schedule=schedule,
        time_zone=organisation.time_zone,
        go_live=go_live or date.min,
    )
