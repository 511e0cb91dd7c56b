"""How fast the Web API lets an app call: tiers a minute by method, one message a second by channel.

Tiers: https://api.slack.com/apis/rate-limits and each method's page. A bucket holds a minute's
worth, so short bursts pass, as Slack says it tolerates. Times come from the sandbox's clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.clock import SandboxClock
from sandbox.slack.errors import SlackRefusal

TIER_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
TIERS = {
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.push": 4,
    "views.update": 4,
    "views.publish": 4,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
    "files.info": 4,
    "users.info": 4,
    "users.list": 2,
    "conversations.open": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
}
MESSAGES_PER_SECOND = 1.0
MESSAGE_BURST = 5.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: datetime


class RateLimits:
    """Token buckets for one app in one workspace."""

    def __init__(self, clock: SandboxClock, *, enabled: bool) -> None:
        self.enabled = enabled
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def check(self, method: str, arguments: Mapping[str, object]) -> None:
        """Take one call out of the method's bucket.

        Raises:
            SlackRefusal: `ratelimited`, status 429, with `Retry-After` in whole seconds.
        """
        if not self.enabled:
            return
        if method == "chat.postMessage":
            key = f"{method} {arguments.get('channel')}"
            self._take(key, per_second=MESSAGES_PER_SECOND, burst=MESSAGE_BURST)
        elif method in TIERS:
            per_minute = TIER_PER_MINUTE[TIERS[method]]
            self._take(method, per_second=per_minute / 60, burst=float(per_minute))

    def _take(self, key: str, *, per_second: float, burst: float) -> None:
        now = self._clock.now()
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        # A clock that was put back must not freeze the bucket until it catches up.
        elapsed = max(0.0, (now - bucket.filled).total_seconds())
        bucket.tokens = min(burst, bucket.tokens + elapsed * per_second)
        bucket.filled = now
        if bucket.tokens < 1:
            wait = max(1, math.ceil((1 - bucket.tokens) / per_second))
            raise SlackRefusal("ratelimited", status=429, headers={"Retry-After": str(wait)})
        bucket.tokens -= 1
