"""Local time: the instants at which a wall clock shows a time, and at which a calendar day is over.

Wall clocks jump: an hour is missing in spring and comes twice in autumn, in some zones at midnight,
and a few zones have left out a whole day. It must not read a clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ledger.periods import local_day

MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def instant_of(day: date, at: time, time_zone: str) -> datetime:
    """Return when a wall clock in an IANA time zone shows a time, as aware UTC.

    A time that comes twice means the first; one that is left out means the first instant after
    the gap (https://peps.python.org/pep-0495/ names the two ``fold``).
    """
    zone, wall = ZoneInfo(time_zone), datetime.combine(day, at)
    first = _utc(wall, zone, fold=0)
    return first if _wall(first, zone) == wall else _after_gap(wall, zone)


def end_of_day(day: date, time_zone: str) -> datetime:
    """Return the first instant at which a calendar day is over for good, as aware UTC.

    That is midnight, or the end of the gap around it. Where the clock goes back over midnight
    (St John's until 2011, at 00:01) the day goes on for an hour after it was first over.
    """
    zone, following = ZoneInfo(time_zone), day + _DAY
    over = instant_of(following, MIDNIGHT, time_zone)
    again = _utc(datetime.combine(following, MIDNIGHT), zone, fold=1)
    is_resumed = again > over and _wall(again - _SECOND, zone).date() == day
    return again if is_resumed else over


def exists(day: date, time_zone: str) -> bool:
    """Say whether a time zone has a calendar day: Apia has no 30 December 2011."""
    return local_day(instant_of(day, MIDNIGHT, time_zone), time_zone) == day


def _after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of the jump over a wall time; jumps fall on whole seconds."""
    # Read with the later offset the time lies before the jump, with the earlier one behind it.
    before, behind = _utc(wall, zone, fold=1), _utc(wall, zone, fold=0)
    while behind - before > _SECOND:
        middle = before + timedelta(seconds=(behind - before) // _SECOND // 2)
        if _wall(middle, zone) < wall:
            before = middle
        else:
            behind = middle
    return behind


def _utc(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
