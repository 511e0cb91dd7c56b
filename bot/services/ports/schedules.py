"""Schedules and the scheduled periods that came due, as they are stored.

Protocols only; a period is recorded once, whoever records it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from ledger.schedules import Cadence, InPlace, Schedule, ScheduledPeriod


class Schedules(Protocol):
    """One schedule an organisation, and its history."""

    async def get(self, organisation_id: str) -> Schedule | None:
        """Return an organisation's schedule; none before the first one was set."""
        ...

    async def save(self, *changed: Schedule) -> None:
        """Store schedules, each in place of its organisation's former one."""
        ...

    async def in_place(self, only: Collection[str] | None = None) -> list[InPlace]:
        """Return every schedule that is on and has a company to push into.

        Args:
            only: Ids of organisations; their schedules are held until the unit's end, and those
                that another process holds are left out.
        """
        ...

    async def record(self, periods: Sequence[ScheduledPeriod]) -> None:
        """Store periods that came due, in bulk; those that are stored already stay as they are."""
        ...

    async def last(self, organisation_id: str, cadence: Cadence) -> ScheduledPeriod | None:
        """Return the newest period that was ever recorded of a cadence."""
        ...

    async def waiting(self, organisation_id: str) -> list[ScheduledPeriod]:
        """Return what is due in an organisation and has not started, oldest first."""
        ...

    async def startable(self, now: datetime, *, at_once: int, limit: int) -> list[ScheduledPeriod]:
        """Return what is due and may be pushed now, oldest first.

        Args:
            now: What is due later than this is left out: the clock was moved back.
            at_once: How many of one organisation, less those whose daily runs are under way.
            limit: How many in all.
        """
        ...

    async def settle(self, period: ScheduledPeriod) -> bool:
        """Store that a waiting period was started or skipped; false when somebody else did."""
        ...

    async def note_run(self, period: ScheduledPeriod, run_id: str) -> None:
        """Store which run a started period became."""
        ...
