"""The feed of changes that keeps the page and waiting tests up to date.

It counts and wakes; it does not know what changed beyond a word.
"""

from __future__ import annotations

import asyncio


class Changes:
    """A counter that rises with every change, and a way to wait for it to rise."""

    def __init__(self) -> None:
        self.number = 0
        self.closed = False
        self._woken = asyncio.Event()

    def note(self) -> None:
        """Count one more change and wake everybody who waits."""
        self.number += 1
        self._wake()

    def close(self) -> None:
        """Wake everybody for the last time: the stand-in stops."""
        self.closed = True
        self._wake()

    async def after(self, number: int, *, timeout_s: float) -> int:
        """The current number, as soon as it is above `number` or after `timeout_s` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.number <= number and not self.closed:
                    await self._woken.wait()
        except TimeoutError:
            pass
        return self.number

    def _wake(self) -> None:
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()
