"""Request limits of an organisation: five at once, sixty a minute, a number a day.

https://developer.xero.com/documentation/guides/oauth2/limits. Whether Xero's minutes slide is not
documented; here they do, and a refused call is not counted.
"""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.clock import SandboxClock
from sandbox.sliding_window import SlidingWindow
from sandbox.xero.errors import rate_limited
from sandbox.xero.organisation import Limits, Organisation

_APP = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Allowance:
    problem: str
    header: str
    window: SlidingWindow
    limit: int
    tells_when: bool = True
    """Only the minute's and the day's limit are documented to come with `Retry-After`."""


class Throttle:
    """Counts each organisation's calls, and refuses those above its limits."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str, float], SlidingWindow] = {}
        self._running: Counter[str] = Counter()

    @asynccontextmanager
    async def call(self, organisation: Organisation) -> AsyncIterator[dict[str, str]]:
        """Hold a place among the calls at once; gives the headers that tell what remains.

        Raises:
            XeroRefusal: 429, the call is over a limit.
        """
        limits = organisation.settings.limits
        if not limits.enabled:
            yield {}
            return
        allowances = self._allowances(organisation.tenant, limits)
        self._admit(organisation.tenant, limits, allowances)
        self._running[organisation.tenant] += 1
        try:
            await asyncio.sleep(limits.processing_s)
            yield self._remaining(allowances)
        finally:
            self._running[organisation.tenant] -= 1

    def _admit(self, tenant: str, limits: Limits, allowances: list[_Allowance]) -> None:
        now = self._clock.now()
        if self._running[tenant] >= limits.at_once:
            raise rate_limited("concurrent", self._remaining(allowances))
        for allowance in allowances:
            if allowance.window.is_full(now, allowance.limit):
                headers = self._remaining(allowances)
                if allowance.tells_when:
                    headers["Retry-After"] = str(math.ceil(allowance.window.frees_in(now)))
                raise rate_limited(allowance.problem, headers)
        for allowance in allowances:
            allowance.window.add(now)

    def _remaining(self, allowances: list[_Allowance]) -> dict[str, str]:
        now = self._clock.now()
        return {it.header: str(max(0, it.window.left(now, it.limit))) for it in allowances}

    def _allowances(self, tenant: str, limits: Limits) -> list[_Allowance]:
        return [
            _Allowance(
                problem="day",
                header="X-DayLimit-Remaining",
                window=self._window(tenant, "day", limits.day_s),
                limit=limits.daily,
            ),
            _Allowance(
                problem="minute",
                header="X-MinLimit-Remaining",
                window=self._window(tenant, "minute", limits.minute_s),
                limit=limits.per_minute,
            ),
            _Allowance(
                problem="appminute",
                header="X-AppMinLimit-Remaining",
                window=self._window(_APP, "minute", limits.minute_s),
                limit=limits.per_minute_app,
                tells_when=False,
            ),
        ]

    def _window(self, whose: str, name: str, seconds: float) -> SlidingWindow:
        return self._windows.setdefault((whose, name, seconds), SlidingWindow(seconds))
