"""Where the time comes from: the machine, or in the sandbox the sandbox's own clock over HTTP.

The only module that reads the machine's clock. It must not decide which clock is used (wiring
does), and nothing else may ask for the time in another way.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    import httpx

POLL_S = 1.0
"""How often the sandbox is asked; a clock moved by hand is seen this much later at most."""
_ANSWER_WITHIN_S = 2.0

log = structlog.get_logger(__name__)


class SystemClock:
    """The machine's clock. Satisfies the port ``Clock``."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""


class SandboxClock:
    """The machine's clock plus the offset of the sandbox's, asked for in the background."""

    def __init__(self, url: str, *, every_s: float = POLL_S) -> None:
        """Take the address that answers ``{"offset_s": seconds}``, on loopback only."""
        self._url = url
        self._every_s = every_s
        self._offset = timedelta(0)
        self._http: httpx.AsyncClient | None = None
        self._task: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Return the sandbox's present moment, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    async def start(self) -> None:
        """Ask once, then again and again until :meth:`stop`."""
        import httpx  # noqa: PLC0415 - only a sandbox needs it

        # The environment's proxies are for addresses outside this machine.
        self._http = http = httpx.AsyncClient(timeout=_ANSWER_WITHIN_S, trust_env=False)
        await self._ask(http)
        self._task = asyncio.create_task(self._ask_for_ever(http), name="sandbox-clock")

    async def stop(self) -> None:
        """Stop asking; the offset stays as it was."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._http is not None:
            await self._http.aclose()
        self._task = self._http = None

    async def _ask_for_ever(self, http: httpx.AsyncClient) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self._ask(http)

    async def _ask(self, http: httpx.AsyncClient) -> None:
        import httpx  # noqa: PLC0415 - as above

        try:
            answer = await http.get(self._url)
            answer.raise_for_status()
            self._offset = timedelta(seconds=float(answer.json()["offset_s"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            # The last offset stays: time must not jump because the sandbox restarts.
            log.warning("sandbox_clock.unanswered", error=type(error).__name__)


def unix_time() -> float:
    """Return the machine's clock in seconds since 1970, for SQLite and Slack's signatures."""
    return time.time()


def machine_time() -> datetime:
    """Return the machine's own time, aware, whatever the sandbox's clock shows."""
    return datetime.now(UTC)
