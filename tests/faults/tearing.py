"""An event loop that counts every suspension of every task, and ends the process at a drawn one.

A suspension is the only place where asyncio gives a process up to something else, so these are
all the places where a graceful stop can cut it. It knows nothing of the product.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextvars import Context
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any

_CANCEL_AGAIN_S = 0.5
KILLED = 137
"""The exit code of a process that ended without cleaning anything up."""


class TearKind(StrEnum):
    """What happens at the drawn suspension."""

    SOFT = "soft"
    """The loop stops: every task is cancelled and cleans up, as at a deploy."""
    HARD = "hard"
    """The process is gone at once, as after a kill or a power cut."""
    FREEZE = "freeze"
    """The process stops like a machine that was suspended, and goes on later."""
    FREEZE_CLAIMED = "freeze claimed"
    """Likewise, just after it claimed entries and before it asks whether it still holds them; its
    clock stands still meanwhile, and a Postgres server ends its sessions, locks with them."""
    CUT = "cut"
    """The connections of this process to the database are cut; on SQLite it is locked a while."""
    CUT_ALL = "cut all"
    """Likewise those of everybody, locks with them, as when the database restarts."""
    LOST_COMMIT = "lost commit"
    """A commit is carried out, and its reply is lost; counted in commits."""

    @property
    def harms_the_database(self) -> bool:
        """Say whether the process lives on and must cope with its database."""
        return self not in (TearKind.SOFT, TearKind.HARD, TearKind.FREEZE)

    @property
    def is_freeze(self) -> bool:
        """Say whether the process stops and goes on later."""
        return self in (TearKind.FREEZE, TearKind.FREEZE_CLAIMED)


@dataclass(frozen=True, slots=True)
class Tear:
    """What happens, and at which suspension, counted from 1."""

    kind: TearKind
    at: int


class Suspensions:
    """Counts, and acts once."""

    def __init__(
        self, tear: Tear | None, *, acts: Mapping[TearKind, Callable[[], None]] | None = None
    ) -> None:
        """Take what happens, and how, where that needs more than this process."""
        self.count = 0
        self._tear = tear
        self._acts = _ACTS | dict(acts or {})
        self.is_torn = False

    def note(self) -> None:
        """Count one suspension; at the drawn one, tear."""
        self.count += 1
        if self._tear is not None and self.count == self._tear.at:
            act = self._acts.get(self._tear.kind)
            if act is not None:
                self.is_torn = True
                act()


def _stop_the_loop() -> None:
    asyncio.get_running_loop().stop()


_ACTS: dict[TearKind, Callable[[], None]] = {
    TearKind.SOFT: _stop_the_loop,
    TearKind.HARD: lambda: os._exit(KILLED),
    TearKind.FREEZE: lambda: os.kill(os.getpid(), signal.SIGSTOP),
}


class _Counted(Coroutine[Any, Any, Any]):
    """A task's coroutine whose suspensions are counted; all else passes through."""

    def __init__(self, inner: Coroutine[Any, Any, Any], suspensions: Suspensions) -> None:
        self._inner = inner
        self._suspensions = suspensions

    def send(self, value: Any) -> Any:
        awaited = self._inner.send(value)
        self._suspensions.note()
        return awaited

    def throw(self, kind: Any, value: Any = None, traceback: TracebackType | None = None) -> Any:
        awaited = self._inner.throw(kind if value is None else value)
        self._suspensions.note()
        return awaited

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()

    def __getattr__(self, name: str) -> Any:
        # Libraries ask a task's coroutine for its state (cr_running, cr_suspended, …).
        return getattr(self._inner, name)


def run_counted(main: Coroutine[Any, Any, None], suspensions: Suspensions) -> None:
    """Run a coroutine as ``asyncio.run`` does, counting; a soft tear ends it early.

    Raises:
        Exception: what the coroutine raised, unless the loop was torn down.
    """
    loop = asyncio.new_event_loop()

    def make_task(
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        assert isinstance(coroutine, Coroutine)
        counted = _Counted(coroutine, suspensions)
        return asyncio.Task(counted, loop=loop, context=context)

    loop.set_task_factory(make_task)
    try:
        task = loop.create_task(main)
        task.add_done_callback(_stop_its_loop)
        loop.run_forever()
        task.remove_done_callback(_stop_its_loop)
        finished = task.done()
        _cancel_all(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
    if finished:
        task.result()


def _stop_its_loop(task: asyncio.Task[None]) -> None:
    task.get_loop().stop()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel every task; again, when another error took the place of the first cancellation."""
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=_CANCEL_AGAIN_S))
