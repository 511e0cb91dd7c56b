"""Schedules: what comes due when, in an organisation's time zone, each period once.

A schedule remembers the period that it records next, and everything from there up to now is due,
oldest first; so runs missed for hours or months are caught up, and a clock moved back or another
time zone repeats nothing. Pure: the present comes in as an aware moment, storage keeps the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from ledger.local_time import end_of_day, exists, instant_of
from ledger.periods import Period, local_day, month_of

SCHEDULE = "schedule"
"""Who asks for a scheduled run, where a Slack user's id stands otherwise."""
MOST_AT_ONCE = 400
"""Periods that one look at a schedule finds at most; the next look finds the rest."""
ACCEPTED_TIMES = "06:00, 6:30, 18:00, 6am or 6:30pm"
_DAY = timedelta(days=1)
_BEFORE_THE_LAST_DAY = timedelta(days=2)


class ScheduleError(ValueError):
    """A text that is no time of day; the message shows what is accepted."""


class Cadence(StrEnum):
    """How often an organisation's entries are pushed without anybody asking."""

    OFF = "off"
    DAILY = "daily"
    MONTHLY = "monthly"


class Moment(StrEnum):
    """What happens for a scheduled period."""

    RUN = "run"
    """Of a day: the push of the ended day, at the set hour of the next one."""
    DRY_RUN = "dry_run"
    """Of a month: two days before its last day, at the set hour."""
    PRE_CHECK = "pre_check"
    """Of a month: on its last day, at the set hour."""
    BUILD = "build"
    """Of a month: when it has ended there."""


class PeriodState(StrEnum):
    """What became of a scheduled period that came due."""

    WAITING = "waiting"
    """It is due, and starts as soon as pushes are enabled and the company is connected."""
    STARTED = "started"
    SKIPPED = "skipped"
    """It will not happen; the note says why."""


DEFAULT_TIMES = {Cadence.DAILY: time(6), Cadence.MONTHLY: time(9), Cadence.OFF: time(6)}
_OF_A_MONTH = (Moment.DRY_RUN, Moment.PRE_CHECK, Moment.BUILD)
OVERTAKEN = "The month had ended by then: its push was prepared instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An organisation's schedule, and the period that it records next."""

    organisation_id: str
    cadence: Cadence
    at: time
    """The hour and minute on the organisation's wall clock."""
    next_period: date
    """A day, or the first day of a month: everything before it is recorded, or was never due."""
    next_moment: Moment
    set_by: str
    """A Slack user id."""
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """A schedule that is on, and what its calendar depends on."""

    schedule: Schedule
    time_zone: str
    """The organisation's IANA time zone, as it is now."""
    go_live: date
    """Nothing before this day is ever due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledPeriod:
    """A local day or month that came due at one of its moments; recorded once, for ever."""

    organisation_id: str
    cadence: Cadence
    period: date
    """The ended day, or the first day of the month."""
    moment: Moment
    due_at: datetime
    recorded_at: datetime
    state: PeriodState = PeriodState.WAITING
    settled_at: datetime | None = None
    """When it was started or skipped."""
    run_id: str | None = None
    note: str | None = None
    """Why it was skipped."""

    @property
    def days(self) -> Period:
        """The calendar days that it is about."""
        return days_of(self.cadence, self.period)


def days_of(cadence: Cadence, period: date) -> Period:
    """Return the calendar days of a scheduled period."""
    return month_of(period) if cadence is Cadence.MONTHLY else Period(period, period)


def scheduled(
    organisation_id: str, cadence: Cadence, at: time, *, time_zone: str, by: str, now: datetime
) -> Schedule:
    """Return a schedule that begins now: the first thing it does is the first to come."""
    day = local_day(now, time_zone) - 3 * _DAY
    monthly = cadence is Cadence.MONTHLY
    schedule = Schedule(
        organisation_id=organisation_id,
        cadence=cadence,
        at=at,
        next_period=month_of(day).first if monthly else day,
        next_moment=Moment.DRY_RUN if monthly else Moment.RUN,
        set_by=by,
        set_at=now,
    )
    following = _onwards(schedule, time_zone)
    first = next(each for each in following if each.due_at > now)
    return replace(schedule, next_period=first.period, next_moment=first.moment)


def due(place: InPlace, now: datetime) -> tuple[ScheduledPeriod, ...]:
    """Return everything that came due up to now and is not recorded, oldest first.

    What a month's dry run or pre-check would have said is overtaken once the month has ended: it
    is returned as skipped, and only its build happens.
    """
    if place.schedule.cadence is Cadence.OFF:
        return ()
    time_zone, found = place.time_zone, []
    for each in islice(_from_go_live(place), MOST_AT_ONCE):
        if each.due_at > now:
            break
        recorded = replace(each, recorded_at=now)
        is_late = is_overtaken(recorded, time_zone=time_zone, now=now)
        found.append(skipped(recorded, OVERTAKEN, now=now) if is_late else recorded)
    return tuple(found)


def upcoming(place: InPlace) -> ScheduledPeriod | None:
    """Return what the schedule records next, whether it is due already or not; none when off."""
    if place.schedule.cadence is Cadence.OFF:
        return None
    return next(_from_go_live(place))


def after(schedule: Schedule, last: ScheduledPeriod) -> Schedule:
    """Return the schedule as it stands once everything up to ``last`` is recorded."""
    period, moment = _following(last.period, last.moment)
    return replace(schedule, next_period=period, next_moment=moment)


def not_again(schedule: Schedule, last: ScheduledPeriod | None) -> Schedule:
    """Return a schedule that begins anew without what an earlier one of its kind recorded."""
    if last is None or _place(last.period, last.moment) < _place(
        schedule.next_period, schedule.next_moment
    ):
        return schedule
    return after(schedule, last)


def is_overtaken(period: ScheduledPeriod, *, time_zone: str, now: datetime) -> bool:
    """Say whether a dry run or a pre-check comes too late: its month is over."""
    is_look_ahead = period.moment in {Moment.DRY_RUN, Moment.PRE_CHECK}
    return is_look_ahead and end_of_day(period.days.last, time_zone) <= now


def may_start(period: ScheduledPeriod, *, time_zone: str, now: datetime) -> bool:
    """Say whether a due period may start: a push waits until its days have ended there.

    They may not have, when the clock or the time zone was changed since it came due.
    """
    pushes = period.moment in {Moment.RUN, Moment.BUILD}
    has_ended = end_of_day(period.days.last, time_zone) <= now
    return period.due_at <= now and (has_ended or not pushes)


def skipped(period: ScheduledPeriod, note: str, *, now: datetime) -> ScheduledPeriod:
    """Return a period that will not happen, and why."""
    return replace(period, state=PeriodState.SKIPPED, settled_at=now, note=note)


def parse_time(text: str) -> time:
    """Read a time of day as people write it.

    Raises:
        ScheduleError: saying which forms are accepted.
    """
    plain = "".join(text.lower().replace(".", ":").split())
    if match := re.fullmatch(r"(\d{1,2}):(\d{2})", plain, re.ASCII):
        hour, minute = int(match[1]), int(match[2])
    elif match := re.fullmatch(r"(1[0-2]|0?[1-9])(?::(\d{2}))?([ap])m", plain, re.ASCII):
        hour, minute = int(match[1]) % 12 + (12 if match[3] == "p" else 0), int(match[2] or 0)
    else:
        hour = minute = 60
    if hour > 23 or minute > 59:
        message = f"“{text.strip()[:20]}” is no time of day. Write one as {ACCEPTED_TIMES}."
        raise ScheduleError(message)
    return time(hour, minute)


# ── the calendar ────────────────────────────────────────────────────────────


def _from_go_live(place: InPlace) -> Iterator[ScheduledPeriod]:
    schedule = place.schedule
    monthly = schedule.cadence is Cadence.MONTHLY
    first = month_of(place.go_live).first if monthly else place.go_live
    if schedule.next_period < first:
        moment = Moment.DRY_RUN if monthly else Moment.RUN
        schedule = replace(schedule, next_period=first, next_moment=moment)
    return _onwards(schedule, place.time_zone)


def _onwards(schedule: Schedule, time_zone: str) -> Iterator[ScheduledPeriod]:
    """Yield what the schedule does from its next period on, without end."""
    period, moment = schedule.next_period, schedule.next_moment
    while True:
        due_at = _due_at(period, moment, schedule.at, time_zone)
        if due_at is not None:
            yield ScheduledPeriod(
                organisation_id=schedule.organisation_id,
                cadence=schedule.cadence,
                period=period,
                moment=moment,
                due_at=due_at,
                recorded_at=due_at,
            )
        period, moment = _following(period, moment)


def _place(period: date, moment: Moment) -> tuple[date, int]:
    """Return what sorts the moments of one cadence in time."""
    return period, 0 if moment is Moment.RUN else _OF_A_MONTH.index(moment)


def _following(period: date, moment: Moment) -> tuple[date, Moment]:
    if moment is Moment.RUN:
        return period + _DAY, moment
    if moment is Moment.BUILD:
        return month_of(period).last + _DAY, Moment.DRY_RUN
    return period, _OF_A_MONTH[_OF_A_MONTH.index(moment) + 1]


# Every tick of the clock asks for the next moment of every schedule.
@lru_cache(maxsize=4096)
def _due_at(period: date, moment: Moment, at: time, time_zone: str) -> datetime | None:
    """Return when a moment comes; none for a day that the time zone leaves out."""
    if moment is Moment.RUN:
        if not exists(period, time_zone):
            return None
        # Where the clock goes back over midnight, the day may not have ended at the set time.
        return max(instant_of(period + _DAY, at, time_zone), end_of_day(period, time_zone))
    last = month_of(period).last
    if moment is Moment.BUILD:
        return end_of_day(last, time_zone)
    day = last - _BEFORE_THE_LAST_DAY if moment is Moment.DRY_RUN else last
    # A pre-check on a day that the zone leaves out (Kiritimati, 31 December 1994) comes before it.
    while not exists(day, time_zone):
        day -= _DAY
    return instant_of(day, at, time_zone)
