"""The clock: ticks every second and every minute, in every process that has the clock's role.

APScheduler with its store in memory, and nothing but a clock: each tick calls functions that may
be called twice, or by several processes at once, without harm. It must not decide what is due.
The machine's own clock may be put back or jump ahead: the ticks go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

EVERY_S = 1
HOUSEKEEPING_S = 60
WATCH_S = 1.0
"""How often the machine's clock is looked at."""

Tick = Callable[[], Awaitable[object]]
"""What a tick calls; harmless when called twice."""

log = structlog.get_logger(__name__)


class _Every(BaseTrigger):  # type: ignore[misc]
    """Due again so many seconds after it was called, however late that was.

    APScheduler's own counts every second that a clock jumped over, one by one: of thirty years a
    thousand million.
    """

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Return when it is due next."""
        return now + self._interval


class Ticker:
    """Calls each tick at its interval until it is stopped; one that fails is called again."""

    def __init__(
        self,
        ticks: Mapping[str, tuple[float, Tick]],
        *,
        machine_time: Callable[[], datetime],
        observe: Callable[[str, bool], None] = lambda _tick, _failed: None,
        watch_s: float = WATCH_S,
    ) -> None:
        """Take what is called.

        Args:
            ticks: Name → (seconds between two calls, what to call).
            machine_time: The machine's own clock, by which APScheduler goes.
            observe: Is told the name after each call, and whether it failed.
            watch_s: How often that clock is looked at.
        """
        self._ticks = dict(ticks)
        self._machine_time = machine_time
        self._observe = observe
        self._watch_s = watch_s
        self._watching: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            # However late, what was missed is made up for by one call.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin ticking; call it in the loop."""
        for name, (seconds, tick) in self._ticks.items():
            self._scheduler.add_job(self._call, _Every(seconds), args=(name, tick), id=name)
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch(), name="clock-watch")

    async def stop(self, *, patience_s: float = 5) -> None:
        """Tick no more, and let what runs end."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        if self._running:
            _, late = await asyncio.wait(set(self._running), timeout=patience_s)
            for task in late:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._scheduler.shutdown(wait=False)

    async def _watch(self) -> None:
        """Have everything be due at once when the machine's clock was put back.

        APScheduler would wait until it is as late again as it was.
        """
        last = self._machine_time()
        while True:
            await asyncio.sleep(self._watch_s)
            now = self._machine_time()
            if now < last:
                seconds = (last - now).total_seconds()
                log.warning("clock.put_back", seconds=round(seconds, 3))
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=now)
            last = now

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
