"""Views of schedules: what is set, what comes next, and what is due and waits. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.services.schedule_recording import Overtaken
from bot.services.schedule_status import ScheduleStatus
from bot.services.schedules import ScheduleChanged
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step
from ledger.periods import Period, period_label
from ledger.schedules import Cadence, Moment, ScheduledPeriod

_DAY = timedelta(days=1)
_SHOWN = 6
_MOMENTS = {
    Moment.DRY_RUN: "the dry run of",
    Moment.PRE_CHECK: "the pre-check of",
    Moment.BUILD: "the month-end push of",
}
_WHAT_IT_DOES = {
    Cadence.OFF: "Nothing is pushed unless somebody types `/integral sync`.",
    Cadence.DAILY: "Each day it pushes the day that has ended, and what was left behind before.",
    Cadence.MONTHLY: (
        "Two days before a month's last day comes a dry run, on the last day a pre-check, both at "
        "that hour; when the month has ended its entries are prepared for approval."
    ),
}


def shown(status: ScheduleStatus) -> Drawn:
    """Return the schedule, for anybody who may read."""
    return Drawn.of(
        f"Schedule of {status.organisation.name}",
        kit.section(line(status)),
        kit.context(_WHAT_IT_DOES[status.cadence]),
        next_step(_next(status)),
    )


def changed(done: ScheduleChanged) -> Drawn:
    """Return the schedule as it was just set, and what that gave up."""
    status = done.status
    verb = "is off" if status.cadence is Cadence.OFF else "is set"
    blocks = [kit.section(f":calendar: The schedule {verb}.\n{line(status)}")]
    if done.dropped:
        blocks.append(
            kit.section(
                f"{_are_due(done.dropped)}, and will not start any more. "
                "`/integral sync` pushes a period by hand."
            )
        )
    blocks.append(kit.context(_WHAT_IT_DOES[status.cadence]))
    return Drawn.of(f"The schedule {verb}.", *blocks, next_step(_next(status)))


def line(status: ScheduleStatus) -> str:
    """Return the schedule in a line or two of mrkdwn, as status and App Home show it."""
    schedule = status.schedule
    if schedule is None or status.upcoming is None:
        return "*Schedule*: off. `/integral schedule daily 06:00` sets one."
    zone = kit.escape(status.organisation.time_zone)
    words = f"*Schedule*: {schedule.cadence.value} at {schedule.at:%H:%M} ({zone})."
    waiting = f"\n{_waiting(status)}" if status.waiting else ""
    return f"{words} Next: {_coming(status.upcoming, status.organisation.time_zone)}.{waiting}"


def while_paused(status: ScheduleStatus) -> str | None:
    """Return what becomes of the schedule while pushes are paused; none without a schedule."""
    if status.upcoming is None:
        return None
    due = f"{_are_due(status.waiting)} now. " if status.waiting else ""
    coming = _coming(status.upcoming, status.organisation.time_zone)
    return (
        f"The schedule goes on and nothing that it has due is lost. {due}Next comes {coming}. "
        "`/integral resume` pushes then what is due, oldest first."
    )


def on_resuming(status: ScheduleStatus) -> str | None:
    """Return what resuming will do by the schedule; none without a schedule."""
    if status.waiting:
        return f"{_are_due(status.waiting)}; resuming {_starts(status.waiting)}"
    if status.upcoming is None:
        return None
    coming = _coming(status.upcoming, status.organisation.time_zone)
    return f"Nothing is due by the schedule. Next comes {coming}."


def when_resumed(status: ScheduleStatus) -> str | None:
    """Return what goes now that pushes are enabled; none when nothing was due."""
    if not status.waiting:
        return None
    return f"{_are_due(status.waiting)}, and {_goes(status.waiting)}."


def overtaken(late: Overtaken) -> Drawn:
    """Return that look-aheads came too late, and that their months are prepared all the same."""
    what = kit.escape("; ".join(_what(each) for each in late.periods[:_SHOWN]))
    more = len(late.periods) - _SHOWN
    text = f"Not made in time: {what}{f' and {more:,} more' if more > 0 else ''}."
    return Drawn.of(
        text,
        kit.section(
            f":fast_forward: {text} The month had ended by then, so its push is prepared instead."
        ),
        kit.context(kit.escape(late.organisation.name)),
        next_step("`/integral status` shows what still needs you."),
    )


def _waiting(status: ScheduleStatus) -> str:
    due = _are_due(status.waiting)
    if not status.is_held_up:
        return f"{due}, and {_goes(status.waiting)}."
    is_paused = status.company is not None and not status.company.pushes_enabled
    why = "pushes are paused" if is_paused else "no company is connected"
    verb = "waits" if len(status.waiting) == 1 else "wait"
    return f":double_vertical_bar: {due}, and {verb}, as {why}."


def _goes(periods: Sequence[ScheduledPeriod]) -> str:
    return "goes now" if len(periods) == 1 else "go now, oldest first"


def _starts(periods: Sequence[ScheduledPeriod]) -> str:
    is_month_end = any(each.moment is Moment.BUILD for each in periods)
    verb = "starts" if any(each.moment is not Moment.RUN for each in periods) else "pushes"
    what = "it now." if len(periods) == 1 else "them now, oldest first."
    approval = " A month's end still waits for an approval." if is_month_end else ""
    return f"{verb} {what}{approval}"


def _are_due(periods: Sequence[ScheduledPeriod]) -> str:
    """Say how many periods are due, and which: *3 days are due: 19 Nov 2026 to 21 Nov 2026*."""
    days = [each.period for each in periods if each.moment is Moment.RUN]
    rest = [_what(each) for each in periods if each.moment is not Moment.RUN]
    parts = []
    if days:
        verb = "is" if len(days) == 1 else "are"
        parts.append(f"{count(len(days), 'day')} {verb} due: {_days(days)}")
    if rest:
        more = f" and {len(rest) - _SHOWN:,} more" if len(rest) > _SHOWN else ""
        parts.append(f"due: {', '.join(rest[:_SHOWN])}{more}")
    words = "; ".join(parts)
    return words[:1].upper() + words[1:]


def _days(days: Sequence[date]) -> str:
    first, last = min(days), max(days)
    if first == last:
        return _day(first)
    is_whole = last - first == (len(days) - 1) * _DAY
    return (
        f"{_day(first)} to {_day(last)}" if is_whole else f"between {_day(first)} and {_day(last)}"
    )


def _coming(period: ScheduledPeriod, time_zone: str) -> str:
    at = period.due_at.astimezone(ZoneInfo(time_zone))
    when = "when the month has ended there: " if period.moment is Moment.BUILD else "on "
    return f"{_what(period)}, {when}{_local(at)}"


def _what(period: ScheduledPeriod) -> str:
    label = period_label(period.days)
    return f"{_MOMENTS.get(period.moment, 'the push of')} {label}"


def _local(at: datetime) -> str:
    return f"{_day(at.date())} at {at:%H:%M}"


def _day(day: date) -> str:
    return period_label(Period(day, day))


def _next(status: ScheduleStatus) -> str:
    if status.cadence is Cadence.OFF:
        return "`/integral schedule daily 06:00` or `/integral schedule monthly 09:00`."
    if status.company is None:
        return "`/integral connect` connects a company to push into."
    if not status.company.pushes_enabled:
        return "`/integral resume` enables pushes; until then what is due is kept."
    if status.is_held_up:
        return "`/integral reauthorize` connects the company again; until then what is due is kept."
    return "nothing; the finance channel gets a message of each push."
