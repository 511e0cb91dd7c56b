"""The sandbox's time: the machine's clock plus an offset that people and tests may move.

Every stand-in reads time here and nowhere else, so a token's hundred days or a ten-minute settling
time passes at the press of a button. It must not be used by the product, which asks for this time
over HTTP like any other outside fact.
"""

import asyncio
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Real time plus an offset, aware and in UTC."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._moved = asyncio.Event()

    @property
    def offset_seconds(self) -> float:
        """The seconds by which this clock is ahead of the machine's."""
        return self._offset.total_seconds()

    def now(self) -> datetime:
        """The sandbox's present moment, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def set_offset(self, seconds: float) -> None:
        """Put the clock `seconds` ahead of the machine's (behind it when negative)."""
        self._offset = timedelta(seconds=seconds)
        # Sleepers hold the old event; a new one keeps later sleepers from waking at once.
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def advance(self, seconds: float) -> None:
        """Move the clock on by `seconds` and wake whoever's time has come."""
        self.set_offset(self.offset_seconds + seconds)

    def travel_to(self, moment: datetime) -> None:
        """Put the clock at `moment`.

        Raises:
            ValueError: `moment` has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("a moment to travel to needs a time zone")
        self.set_offset((moment - datetime.now(UTC)).total_seconds())

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have passed on this clock, by themselves or because it was moved."""
        await self.sleep_until(self.now() + timedelta(seconds=seconds))

    async def sleep_until(self, due: datetime) -> None:
        """Wait until this clock shows `due` (aware), which may be at once."""
        while (remaining := (due - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(remaining):
                    await self._moved.wait()
            except TimeoutError:
                continue
