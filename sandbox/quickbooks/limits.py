"""Request limits of a company: sliding windows over the sandbox's clock.

https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles
"""

from collections import deque
from datetime import datetime, timedelta

from sandbox.clock import SandboxClock
from sandbox.quickbooks.company import Company
from sandbox.quickbooks.errors import throttled


class _Window:
    """The moments of the last `seconds`."""

    def __init__(self, seconds: int) -> None:
        self._width = timedelta(seconds=seconds)
        self._moments: deque[datetime] = deque()

    def is_full(self, now: datetime, limit: int) -> bool:
        while self._moments and self._moments[0] <= now - self._width:
            self._moments.popleft()
        # A clock that was put back leaves moments that have not come yet.
        while self._moments and self._moments[-1] > now:
            self._moments.pop()
        return len(self._moments) >= limit

    def add(self, now: datetime) -> None:
        self._moments.append(now)


class Throttle:
    """Counts each company's accepted requests, and refuses those above its limits."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}

    def admit(self, company: Company, *, batch: bool) -> None:
        """Count a request.

        Raises:
            QuickBooksFault: 3001, the request is over a limit; it is not counted.
        """
        limits = company.settings.limits
        if not limits.enabled:
            return
        now = self._clock.now()
        windows = [
            (self._window(company.realm, "second", 1), limits.per_second),
            (self._window(company.realm, "minute", 60), limits.per_minute),
        ]
        if batch:
            windows.append((self._window(company.realm, "batch", 60), limits.batch_per_minute))
        if any(window.is_full(now, limit) for window, limit in windows):
            raise throttled()
        for window, _limit in windows:
            window.add(now)

    def _window(self, realm: str, name: str, seconds: int) -> _Window:
        return self._windows.setdefault((realm, name), _Window(seconds))
