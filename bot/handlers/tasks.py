"""Work that goes on after Slack has had its answer: kept alive, watched, drained at shutdown.

asyncio holds running tasks weakly and Bolt keeps none of them, so this does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from bot.handlers.failures import report

Answer = TypeVar("Answer")


class Tasks:
    """The tasks that still run."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: set[asyncio.Task[Any]] = set()
        self._log = structlog.get_logger(__name__)

    def start(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """Run work that outlives its request; what it raises is logged."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    async def drain(self, seconds: float) -> int:
        """Wait for running work, cancel what is left, and return how many had to be."""
        if not self._running:
            return 0
        _, late = await asyncio.wait(set(self._running), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            report(error, what="task")
