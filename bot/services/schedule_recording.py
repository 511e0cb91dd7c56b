"""Recording: what came due by a schedule is stored once, and what came too late is said.

The only way in which a schedule moves on. It must not start anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.services.ports import Clock, UnitOfWork
from bot.services.saying import Said, tell
from ledger.organisation import Organisation
from ledger.schedules import InPlace, PeriodState, Schedule, ScheduledPeriod, after, due


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """Dry runs and pre-checks whose month was over before they could be made."""

    organisation: Organisation
    periods: tuple[ScheduledPeriod, ...]


OvertakenWords = Callable[[Overtaken], Said]


class Recording:
    """Stores what came due."""

    def __init__(self, *, clock: Clock, overtaken_words: OvertakenWords) -> None:
        """Take the clock, and the view of what came too late."""
        self._clock = clock
        self._overtaken_words = overtaken_words

    async def record(self, unit: UnitOfWork, places: Sequence[InPlace]) -> list[Schedule]:
        """Store what came due by schedules that are held; return them as they stand after it."""
        now = self._clock.now()
        found = [(place.schedule, due(place, now)) for place in places]
        moved = [after(schedule, new[-1]) if new else schedule for schedule, new in found]
        await unit.schedules.record([period for _, new in found for period in new])
        await unit.schedules.save(*moved)
        for schedule, new in found:
            late = tuple(each for each in new if each.state is PeriodState.SKIPPED)
            await self.say_overtaken(unit, schedule.organisation_id, late)
        return moved

    async def say_overtaken(
        self, unit: UnitOfWork, organisation_id: str, late: tuple[ScheduledPeriod, ...]
    ) -> None:
        """Tell an organisation which moments of a month came too late; none says nothing."""
        organisation = await unit.organisations.get(organisation_id) if late else None
        if organisation is None:
            return
        said = self._overtaken_words(Overtaken(organisation=organisation, periods=late))
        key = f"overtaken:{organisation_id}:{late[-1].period}:{late[-1].moment.value}"
        await tell(unit, organisation, said, key=key, at=self._clock.now())
