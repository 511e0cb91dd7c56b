"""Request limits of a company: sliding windows over the sandbox's clock.

https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles
"""

from sandbox.clock import SandboxClock
from sandbox.quickbooks.company import Company
from sandbox.quickbooks.errors import throttled
from sandbox.sliding_window import SlidingWindow


class Throttle:
    """Counts each company's accepted requests, and refuses those above its limits."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], SlidingWindow] = {}

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

    def _window(self, realm: str, name: str, seconds: int) -> SlidingWindow:
        return self._windows.setdefault((realm, name), SlidingWindow(seconds))
