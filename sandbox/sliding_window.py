"""A count of moments over a sliding window of time, for the request limits of a stand-in.

It only counts; what a full window means is each stand-in's own.
"""

from collections import deque
from datetime import datetime, timedelta


class SlidingWindow:
    """The moments of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._width = timedelta(seconds=seconds)
        self._moments: deque[datetime] = deque()

    def is_full(self, now: datetime, limit: int) -> bool:
        """Whether `limit` moments or more lie within the window."""
        return self.left(now, limit) <= 0

    def left(self, now: datetime, limit: int) -> int:
        """How many moments still fit below `limit`; negative when the limit was lowered."""
        while self._moments and self._moments[0] <= now - self._width:
            self._moments.popleft()
        # A clock that was put back leaves moments that have not come yet.
        while self._moments and self._moments[-1] > now:
            self._moments.pop()
        return limit - len(self._moments)

    def frees_in(self, now: datetime) -> float:
        """Seconds until the oldest moment leaves the window; 0 when it is empty."""
        if not self._moments:
            return 0
        return (self._moments[0] + self._width - now).total_seconds()

    def add(self, now: datetime) -> None:
        """Count a moment."""
        self._moments.append(now)
