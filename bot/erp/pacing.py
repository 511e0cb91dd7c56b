"""Keeps the calls to one company under its ERP's limits, shared by everything in this process.

It waits before a call, never after one, and knows nothing of HTTP. Across processes the engine
runs one delivery per company at a time, so what is kept here holds there too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``calls`` in any ``seconds``."""

    calls: int
    seconds: float


class Pacer:
    """Lets calls pass in the order they came, within every limit and so many at once."""

    def __init__(
        self,
        *limits: RateLimit,
        at_once: int,
        elapsed: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the limits; ``elapsed`` counts seconds and never goes back."""
        self._limits = limits
        self._elapsed = elapsed
        self._sleep = sleep
        self._passed: deque[float] = deque(maxlen=max((x.calls for x in limits), default=1))
        self._turn = asyncio.Lock()
        self._at_once = asyncio.Semaphore(at_once)
        self._closed_until = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for this call's turn and hold one of the places while it runs."""
        async with self._at_once:
            async with self._turn:
                while (delay := self._delay()) > 0:
                    await self._sleep(delay)
                self._passed.append(self._elapsed())
            yield

    def close_for(self, seconds: float) -> None:
        """Note that the ERP asked us to stay away; a longer wish already noted stays."""
        self._closed_until = max(self._closed_until, self._elapsed() + seconds)

    @property
    def closed_for_s(self) -> float:
        """Seconds the ERP still wants to be left alone; zero when it does not."""
        return max(0.0, self._closed_until - self._elapsed())

    def _delay(self) -> float:
        now = self._elapsed()
        waits = (
            self._passed[-limit.calls] + limit.seconds - now
            for limit in self._limits
            if len(self._passed) >= limit.calls
        )
        return max(waits, default=0.0)


class Pacers:
    """One pacer per company, made at its first use and shared from then on."""

    def __init__(self, make: Callable[[], Pacer]) -> None:
        """Take the recipe of an ERP's pacer."""
        self._make = make
        self._by_company: dict[str, Pacer] = {}

    def of(self, company: str) -> Pacer:
        """Return the company's one pacer."""
        if company not in self._by_company:
            self._by_company[company] = self._make()
        return self._by_company[company]
