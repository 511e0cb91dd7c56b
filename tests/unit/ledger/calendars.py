"""A second opinion on local time: a zone's offsets as segments, searched instead of calculated.

Where the product asks ``zoneinfo`` what a wall clock time means, this lists every change of the
offset in ten years and looks in which segment a wall clock time lies.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

ZONES = (
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)
"""With jumps of 30 minutes and of two hours, at midnight, twice a year more in Ramadan, and a day
that Apia left out."""
FIRST, LAST = date(2006, 1, 1), date(2015, 12, 31)
"""Ten years in which these zones did all of that: 2008 and 2012 were leap years."""
_STEP = timedelta(hours=6)
_SECOND = timedelta(seconds=1)
_FEW_DAYS = timedelta(days=3)
_MARGIN = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Segment:
    """A time in which a zone's offset is the same."""

    begins: datetime
    ends: datetime
    offset: timedelta


class Calendar:
    """The local time of one zone in the ten years."""

    def __init__(self, name: str) -> None:
        self._zone = ZoneInfo(name)
        begins = datetime.combine(FIRST, time(0), UTC) - _MARGIN
        ends = datetime.combine(LAST, time(0), UTC) + _MARGIN
        borders = [begins, *self._changes(begins, ends), ends]
        self._segments = [Segment(a, b, self._offset(a)) for a, b in pairwise(borders)]
        self._begins = borders[:-1]

    def first_at(self, day: date, at: time) -> datetime:
        """The first instant at which the wall clock shows a time, or has passed it in a jump."""
        wall = datetime.combine(day, at, UTC)
        shown = [
            instant
            for each in self._around(wall)
            if each.begins <= (instant := wall - each.offset) < each.ends
        ]
        passed = (each.begins for each in self._around(wall) if each.begins + each.offset > wall)
        return min(shown) if shown else next(passed)

    def over(self, day: date) -> datetime:
        """The end of the last stretch in which a day, or one before it, is on the calendar."""
        midnight = datetime.combine(day + timedelta(days=1), time(0), UTC)
        return max(
            min(each.ends, midnight - each.offset)
            for each in self._around(midnight)
            if each.begins + each.offset < midnight
        )

    def has(self, day: date) -> bool:
        """Whether the day is on the calendar at all."""
        begins = datetime.combine(day, time(0), UTC)
        return any(
            each.begins + each.offset < begins + timedelta(days=1)
            and each.ends + each.offset > begins
            for each in self._around(begins)
        )

    def _around(self, wall: datetime) -> list[Segment]:
        """The segments of a few days: no wall clock is further from UTC than that."""
        first = bisect_right(self._begins, wall - _FEW_DAYS) - 1
        return self._segments[max(first, 0) : bisect_right(self._begins, wall + _FEW_DAYS)]

    def _changes(self, begins: datetime, ends: datetime) -> Iterator[datetime]:
        at = begins
        while at < ends:
            if self._offset(at) != self._offset(at + _STEP):
                yield self._change(at, at + _STEP)
            at += _STEP

    def _change(self, before: datetime, behind: datetime) -> datetime:
        while behind - before > _SECOND:
            middle = before + timedelta(seconds=(behind - before) // _SECOND // 2)
            if self._offset(middle) == self._offset(before):
                before = middle
            else:
                behind = middle
        return behind

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self._zone).utcoffset() or timedelta(0)
