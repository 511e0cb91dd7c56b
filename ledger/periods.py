"""Periods: the days a run, a preview or an export covers, and how people write them.

It must not read a clock: today comes in as a date of the organisation's time zone.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ACCEPTED = "2026-10, 2026-10-31, 2026-10-01..2026-10-31, last-month, today, yesterday"
# Hyphens, dashes and the minus sign, as keyboards and Slack's editor produce them.
_DASHES = {0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2212: "-"}
_DAY = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
_MONTH_FORM = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_DAY_FORM = re.compile(_DAY)
# A dash between two whole dates can only mean a range.
_RANGE_FORM = re.compile(rf"({_DAY})(?:\.{{2,3}}|-)({_DAY})")


class PeriodError(ValueError):
    """A text that names no period; the message shows the accepted forms."""


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days of the organisation's time zone, both ends included.

    Raises:
        PeriodError: when the last day is before the first.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            message = f"the period ends on {self.last}, before it begins on {self.first}"
            raise PeriodError(message)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        if self == month_of(self.first):
            return f"{self.first:%Y-%m}"
        return f"{self.first.isoformat()}..{self.last.isoformat()}"

    @property
    def days(self) -> tuple[date, ...]:
        """Every day, in order."""
        count = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=n) for n in range(count))

    def is_ended(self, now: datetime, time_zone: str) -> bool:
        """Say whether the last day is over in the time zone at an aware moment."""
        return local_day(now, time_zone) > self.last


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of an aware moment in an IANA time zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def day_label(day: date | None) -> str:
    """Name a day as people do: *31 Jan 2026*, or *no set day*."""
    return f"{day:%-d %b %Y}" if day else "no set day"


def period_label(period: Period) -> str:
    """Name a period as people do: *January 2026*, *31 Jan 2026*, or both ends."""
    first, last = period.first, period.last
    if first == last:
        return day_label(first)
    if period == month_of(first):
        return f"{first:%B %Y}"
    return f"{day_label(first)} to {day_label(last)}"


def month_of(day: date) -> Period:
    """Return the calendar month of a day."""
    return Period(day.replace(day=1), last_of_month(day))


def last_of_month(day: date) -> date:
    """Return the last day of a day's month: 29 February in leap years."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_before(day: date) -> Period:
    """Return the calendar month before the one of a day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def is_in_ended_month(day: date, today: date) -> bool:
    """Say whether a day lies in a month that is over today."""
    return last_of_month(day) < today


_WORDS: dict[str, Callable[[date], Period]] = {
    "last-month": month_before,
    "this-month": month_of,
    "today": lambda today: Period(today, today),
    "yesterday": lambda today: Period(today - timedelta(days=1), today - timedelta(days=1)),
}


def parse_period(text: str, *, today: date) -> Period:
    """Read a period as people write it: any dash, spaces and full-width digits are fine.

    Args:
        text: One of the forms in ``ACCEPTED``.
        today: The organisation's current day, for *today*, *yesterday* and *last-month*.

    Raises:
        PeriodError: saying what is wrong and which forms are accepted.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip().lower()
    word = re.sub(r"[\s_-]+", "-", plain)
    if word in _WORDS:
        return _WORDS[word](today)
    try:
        return _parse_dates("".join(plain.split()))
    except ValueError as error:
        message = f"“{text.strip()[:40]}” is no period: {error}. Write one of: {ACCEPTED}."
        raise PeriodError(message) from error


def _parse_dates(plain: str) -> Period:
    if match := _RANGE_FORM.fullmatch(plain):
        return Period(_parse_day(match[1]), _parse_day(match[5]))
    if _DAY_FORM.fullmatch(plain):
        return Period(_parse_day(plain), _parse_day(plain))
    if match := _MONTH_FORM.fullmatch(plain):
        return month_of(date(int(match[1]), int(match[2]), 1))
    message = "it is none of the accepted forms" if plain else "it is empty"
    raise PeriodError(message)


def _parse_day(plain: str) -> date:
    year, month, day = (int(part) for part in plain.split("-"))
    return date(year, month, day)
