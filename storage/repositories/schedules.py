"""Schedules, and the scheduled periods that came due; the key of a period keeps it single."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.organisation import ConnectionState
from ledger.runs import RunState, Trigger
from ledger.schedules import (
    Cadence,
    InPlace,
    Moment,
    PeriodState,
    Schedule,
    ScheduledPeriod,
)
from storage.engine import READ_ONLY
from storage.repositories.companies import posted_into
from storage.statements import (
    AnyRow,
    chunks,
    columns_of,
    insert_into,
    upsert,
    value_from,
    values_of,
)
from storage.tables.companies import companies
from storage.tables.organisations import organisations
from storage.tables.runs import runs
from storage.tables.schedules import scheduled_periods, schedules

_p, _s = scheduled_periods.c, schedules.c
# Where the hour or the zone was changed in between, moments of a month may be due at odd times.
_LOOK_AHEADS = (Moment.DRY_RUN, Moment.PRE_CHECK)
_IN_ORDER = case((_p.moment == Moment.BUILD, 2), (_p.moment == Moment.PRE_CHECK, 1), else_=0)


class SchedulesRepository:
    """Satisfies the port ``Schedules``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, organisation_id: str) -> Schedule | None:
        """Return the organisation's schedule; a unit that may write holds it until its end."""
        statement = select(*columns_of(Schedule, schedules)).where(
            _s.organisation_id == organisation_id
        )
        options = self._session.get_bind().get_execution_options()
        if not options.get(READ_ONLY):
            statement = statement.with_for_update()
        row = (await self._session.execute(statement)).first()
        return value_from(Schedule, row) if row else None

    async def save(self, *changed: Schedule) -> None:
        """Store schedules, each in place of the former one."""
        await upsert(self._session, schedules, [values_of(schedule) for schedule in changed])

    async def in_place(self, only: Collection[str] | None = None) -> list[InPlace]:
        """Return the schedules that are on, with their zones and go-live dates."""
        company = posted_into()
        statement = (
            select(
                *columns_of(Schedule, schedules), organisations.c.time_zone, company.c.go_live_date
            )
            .join(organisations, organisations.c.id == _s.organisation_id)
            .join(company, company.c.organisation_id == _s.organisation_id)
            .where(
                _s.cadence != Cadence.OFF, company.c.place == 1, company.c.go_live_date.is_not(None)
            )
            .order_by(_s.organisation_id)
        )
        if only is None:
            return [_in_place(row) for row in await self._session.execute(statement)]
        found = []
        for chunk in chunks(sorted(only)):
            # Held by another process: it records them.
            part = statement.where(_s.organisation_id.in_(chunk)).with_for_update(
                of=schedules, skip_locked=True
            )
            found += [_in_place(row) for row in await self._session.execute(part)]
        return found

    async def record(self, periods: Sequence[ScheduledPeriod]) -> None:
        """Store periods in bulk; those that are stored already stay as they are."""
        for chunk in chunks(periods):
            await self._session.execute(
                insert_into(self._session, scheduled_periods).on_conflict_do_nothing(),
                [values_of(period) for period in chunk],
            )

    async def last(self, organisation_id: str, cadence: Cadence) -> ScheduledPeriod | None:
        """Return the newest period of a cadence."""
        found = await self._list(
            _all()
            .where(_p.organisation_id == organisation_id, _p.cadence == cadence)
            .order_by(_p.period.desc(), _IN_ORDER.desc())
            .limit(1)
        )
        return found[0] if found else None

    async def waiting(self, organisation_id: str) -> list[ScheduledPeriod]:
        """Return what waits, oldest first."""
        return await self._list(
            _all()
            .where(_p.state == PeriodState.WAITING, _p.organisation_id == organisation_id)
            .order_by(_p.due_at, _p.period, _IN_ORDER)
        )

    async def startable(self, now: datetime, *, at_once: int, limit: int) -> list[ScheduledPeriod]:
        """Return what may start, oldest first, a bounded number of each organisation."""
        under_way = _daily_under_way()
        place = func.row_number().over(
            partition_by=_p.organisation_id, order_by=(_p.due_at, _p.period, _IN_ORDER)
        )
        ranked = (
            select(*columns_of(ScheduledPeriod, scheduled_periods), place.label("place"))
            .where(_p.state == PeriodState.WAITING, _p.due_at <= now)
            # A look ahead says that pushes are paused; a push waits for them.
            .where(or_(_p.moment.in_(_LOOK_AHEADS), _is_pushing()))
            .subquery()
        )
        taken = func.coalesce(under_way.c.count, 0)
        return await self._list(
            select(*[ranked.c[column.name] for column in _all().selected_columns])
            .outerjoin(under_way, under_way.c.organisation_id == ranked.c.organisation_id)
            .where(ranked.c.place + taken <= at_once)
            .order_by(ranked.c.due_at, ranked.c.organisation_id, ranked.c.place)
            .limit(limit)
        )

    async def settle(self, period: ScheduledPeriod) -> bool:
        """Store what became of a waiting period; false when it no longer waits."""
        done = await self._session.execute(
            update(scheduled_periods)
            .where(*_is(period), _p.state == PeriodState.WAITING)
            .values(state=period.state, settled_at=period.settled_at, note=period.note)
            .returning(_p.organisation_id)
        )
        return done.first() is not None

    async def note_run(self, period: ScheduledPeriod, run_id: str) -> None:
        """Store which run the period became."""
        await self._session.execute(
            update(scheduled_periods).where(*_is(period)).values(run_id=run_id)
        )

    async def _list(self, statement: Select[Any]) -> list[ScheduledPeriod]:
        found = await self._session.execute(statement)
        return [value_from(ScheduledPeriod, row) for row in found]


@cache
def _all() -> Select[Any]:
    return select(*columns_of(ScheduledPeriod, scheduled_periods))


def _is(period: ScheduledPeriod) -> tuple[ColumnElement[bool], ...]:
    return (
        _p.organisation_id == period.organisation_id,
        _p.cadence == period.cadence,
        _p.period == period.period,
        _p.moment == period.moment,
    )


def _in_place(row: AnyRow) -> InPlace:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return InPlace(
        schedule=value_from(Schedule, row),
        time_zone=found["time_zone"],
        go_live=found["go_live_date"],
    )


def _is_pushing() -> ColumnElement[bool]:
    c = companies.c
    return exists().where(
        c.organisation_id == _p.organisation_id,
        c.is_confirmed,
        c.pushes_enabled,
        c.connection == ConnectionState.ACTIVE,
    )


def _daily_under_way() -> Subquery:
    return (
        select(runs.c.organisation_id, func.count().label("count"))
        .where(runs.c.state == RunState.OPEN, runs.c.trigger == Trigger.DAILY)
        .group_by(runs.c.organisation_id)
        .subquery()
    )
