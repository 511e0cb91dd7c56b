"""Forked processes: each life of the product is one, so that it can die like a process.

Forking a runner that has imported everything costs milliseconds. The runner itself never starts
a thread or an event loop, which a fork would not survive.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.faults.tearing import Suspensions, run_counted

_LOOK_EVERY_S = 0.004

Json = dict[str, object]


class Standing(Enum):
    """How a child stands when somebody looks."""

    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


class ChildFailedError(Exception):
    """A child ended in an error of its own; its log says which."""


@dataclass(slots=True)
class Child:
    """A forked process with its result file and its log."""

    pid: int
    result_file: Path
    log: Path
    exit_code: int | None = None

    @classmethod
    def start(cls, work: Callable[[], Json], *, folder: Path, name: str) -> "Child":
        """Fork, run the work in the child, and return its handle."""
        child = cls(0, folder / f"{name}.json", folder / f"{name}.log")
        sys.stdout.flush()
        sys.stderr.flush()
        child.pid = os.fork()
        if child.pid == 0:
            os._exit(_be_the_child(work, child))
        return child

    def wait(self, seconds: float) -> Standing:
        """Wait until the child stops or ends, or the time is over."""
        until = time.monotonic() + seconds
        while self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return Standing.STOPPED
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > until:
                return Standing.RUNNING
            else:
                time.sleep(_LOOK_EVERY_S)
        return Standing.ENDED

    def go_on(self) -> None:
        """Continue after a stop."""
        os.kill(self.pid, signal.SIGCONT)

    def ask_where_it_stands(self) -> None:
        """Have it write into its log what it waits for, and give it a moment."""
        os.kill(self.pid, signal.SIGUSR1)
        self.wait(1)

    def kill(self) -> None:
        """End it at once."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(10)

    def result(self) -> Json:
        """Return what the work returned.

        Raises:
            ChildFailedError: it returned nothing.
        """
        if self.exit_code != 0:
            said = self.log.read_text(encoding="utf-8")[-2000:]
            raise ChildFailedError(f"{self.log.stem} ended with {self.exit_code}: {said}")
        found: Json = json.loads(self.result_file.read_text(encoding="utf-8"))
        return found


def in_child(work: Callable[[], Json], *, folder: Path, name: str, seconds: float = 240) -> Json:
    """Run work in a child to its end and return its result.

    Raises:
        ChildFailedError: it failed or took too long.
    """
    child = Child.start(work, folder=folder, name=name)
    try:
        if child.wait(seconds) is not Standing.ENDED:
            raise ChildFailedError(f"{name} has not ended after {seconds:.0f} s")
        return child.result()
    finally:
        child.kill()


def finish(work: Callable[[], Awaitable[Json]], *, folder: Path, name: str) -> Json:
    """Run asynchronous work in a child, so that no loop or thread of it is left here.

    Raises:
        ChildFailedError: it failed or took too long.
    """

    def run() -> Json:
        found: Json = {}

        async def main() -> None:
            found.update(await work())

        run_counted(main(), Suspensions(None))
        return found

    return in_child(run, folder=folder, name=name)


def _be_the_child(work: Callable[[], Json], child: Child) -> int:
    log = os.open(child.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    try:
        child.result_file.write_text(json.dumps(work()), encoding="utf-8")
    except BaseException:  # noqa: BLE001 - the child ends here, and its log says why
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0
