"""The clock: ticks every second and every minute, in every process that has the clock's role.

APScheduler with its store in memory, and nothing but a clock: each tick calls functions that may
be called twice, or by several processes at once, without harm. It must not decide what is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

EVERY_S = 1
HOUSEKEEPING_S = 60
_LATE_S = 3600

Tick = Callable[[], Awaitable[object]]
"""What a tick calls; harmless when called twice."""

log = structlog.get_logger(__name__)


class Ticker:
    """Calls each tick at its interval until it is stopped; one that fails is called again."""

    def __init__(
        self,
        ticks: Mapping[str, tuple[float, Tick]],
        *,
        observe: Callable[[str, bool], None] = lambda _tick, _failed: None,
    ) -> None:
        """Take name → (seconds between two calls, what to call).

        ``observe`` is told the name after each call, and whether it failed.
        """
        self._ticks = dict(ticks)
        self._observe = observe
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _LATE_S},
        )
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin ticking; call it in the loop."""
        for name, (seconds, tick) in self._ticks.items():
            self._scheduler.add_job(
                self._call, "interval", seconds=seconds, args=(name, tick), id=name
            )
        self._scheduler.start()

    async def stop(self, *, patience_s: float = 5) -> None:
        """Tick no more, and let what runs end."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:
            _, late = await asyncio.wait(set(self._running), timeout=patience_s)
            for task in late:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._scheduler.shutdown(wait=False)

    async def _call(self, name: str, tick: Tick) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._running.add(task)
        try:
            await tick()
        except Exception as error:  # noqa: BLE001 - the next tick tries again
            log.warning("tick.failed", tick=name, error=type(error).__qualname__)
            self._observe(name, True)  # noqa: FBT003 - the only two things that there are to tell
        else:
            self._observe(name, False)  # noqa: FBT003 - the same
        finally:
            self._running.discard(task)
