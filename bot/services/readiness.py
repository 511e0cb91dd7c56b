"""What is ready to be pushed: how many entries, of which days, in which months. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.periods import Period, month_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What the next sync would prepare."""

    entries: int
    first_date: date | None
    last_date: date | None
    periods: tuple[Period, ...] = ()
    """The same days, month by month, as runs are asked for."""


NOTHING_READY = Ready(entries=0, first_date=None, last_date=None)


def ready_on(dates: Iterable[date]) -> Ready:
    """Return what is ready, from the dates of the entries that are."""
    days = sorted(dates)
    months: dict[date, list[date]] = {}
    for day in days:
        months.setdefault(month_of(day).first, []).append(day)
    return Ready(
        entries=len(days),
        first_date=days[0] if days else None,
        last_date=days[-1] if days else None,
        periods=tuple(Period(of_month[0], of_month[-1]) for of_month in months.values()),
    )
