"""Ids that sort by the time they were made, and random secrets. Satisfies the port ``Ids``."""

from __future__ import annotations

import secrets
import threading
from uuid import UUID

from bot.services.ports import Clock

_SECRET_BYTES = 32
_MOST_IN_A_MILLISECOND = 1 << 12


class RandomIds:
    """UUIDs of version 7: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock whose time the ids begin with."""
        self._clock = clock
        self._lock = threading.Lock()
        self._last = (0, 0)

    def new(self) -> str:
        """Return a new unique id; one process' ids sort in the order they were made."""
        millisecond, counter = self._next()
        bits = millisecond << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62)
        return str(UUID(int=bits))

    def secret(self) -> str:
        """Return 32 random bytes as URL-safe text."""
        return secrets.token_urlsafe(_SECRET_BYTES)

    def _next(self) -> tuple[int, int]:
        """Return a millisecond and a count in it that are above the last ones."""
        with self._lock:
            now = int(self._clock.now().timestamp() * 1000)
            last, count = self._last
            if now > last:
                self._last = (now, 0)
            elif count + 1 < _MOST_IN_A_MILLISECOND:
                self._last = (last, count + 1)
            else:
                self._last = (last + 1, 0)
            return self._last
