"""The process behind `tests.support.warm`: imports everything, then forks whatever is asked for.

Run as `python -m tests.support.warm_owner FOLDER MAIN_PROCESS`. It closes its output once it
listens on FOLDER/socket, and ends with MAIN_PROCESS, and everything that it started with it. It
starts no thread and opens no event loop, which a fork would not survive.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.support.postgres_owner import is_alive

_WATCH_EVERY_S = 0.5
_PACKAGES = ("bot", "ledger", "sandbox", "scheduler", "storage")
_AT_FIRST_USE = (
    "alembic.command",
    "anyio._backends._asyncio",
    "openpyxl",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What others load only when they are used."""
_NOT_MODULES = ("__main__", "migrations.env", "migrations.versions")


class Asked(NamedTuple):
    """What a process is to be."""

    words: list[str]
    folder: str
    environment: dict[str, str]


class Owner:
    """Forks processes, tells each client how its own ended, and ends those nobody waits for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "socket"))
        self._listener.listen(64)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._clients: dict[int, socket.socket] = {}
        self._ended, wakes = os.pipe()
        for end in (self._ended, wakes):
            os.set_blocking(end, False)
        self._wakes = wakes
        self._selector.register(self._ended, selectors.EVENT_READ)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self, main_process: int) -> Asked | None:
        """Serve until the main process is gone; in a forked process, return what it is to be."""
        while is_alive(main_process):
            for key, _ in self._selector.select(_WATCH_EVERY_S):
                if key.fileobj is self._listener:
                    asked = self._fork()
                    if asked is not None:
                        return asked
                elif key.fileobj == self._ended:
                    self._reap()
                else:
                    self._gone(key.data)
        for process in self._clients:
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(self._folder)
        self._folder.with_suffix(".lock").unlink(missing_ok=True)
        return None

    def _fork(self) -> Asked | None:
        client, _ = self._listener.accept()
        # Read here: from now on there is only its end to be read.
        head, streams, _, _ = socket.recv_fds(client, 8, 3)
        with client.makefile("rb") as rest:
            asked = Asked(**json.loads(rest.read(int(head))))
        process = os.fork()
        if process == 0:
            client.close()
            self._leave()
        for number, stream in enumerate(streams):
            if process == 0:
                os.dup2(stream, number)
            os.close(stream)
        if process == 0:
            return asked
        client.sendall(f"{process:8}".encode())
        self._clients[process] = client
        self._selector.register(client, selectors.EVENT_READ, process)
        return None

    def _leave(self) -> None:
        """Leave everything of the owner behind, in a forked process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for other in (self._listener, *self._clients.values()):
            other.close()
        os.close(self._ended)
        os.close(self._wakes)
        os.setsid()

    def _reap(self) -> None:
        os.read(self._ended, 4096)
        while self._clients:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            if client := self._clients.pop(process, None):
                with suppress(KeyError):
                    self._selector.unregister(client)
                # Nobody listens when the client was killed.
                with client, suppress(OSError):
                    client.sendall(f"{status:8}".encode())

    def _gone(self, process: int) -> None:
        """End a process whose client was killed; it is reaped as any other."""
        if process in self._clients:
            os.kill(process, signal.SIGKILL)
            self._selector.unregister(self._clients[process])


def main(folder: Path, main_process: int) -> None:
    """Import everything, then serve; in a forked process, run the module that was asked for."""
    # What is imported stays to the end, as in `bot.cli.loading` and `sandbox.__main__`.
    gc.disable()
    for name in (*_modules(), *_AT_FIRST_USE):
        importlib.import_module(name)
    gc.freeze()
    if threading.active_count() > 1:
        sys.exit("something that was imported has started a thread")
    owner = Owner(folder)
    # Whoever started this waits for the end of its output.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    asked = owner.serve(main_process)
    if asked is not None:
        _be(asked, python=folder / "python")


def _modules() -> Iterator[str]:
    """Every module of the product and the sandbox but those that only their own program runs."""
    for package in _PACKAGES:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not any(part in found.name for part in _NOT_MODULES):
                yield found.name


def _be(asked: Asked, *, python: Path) -> None:
    """Run a module as `python -m` does, with the collector as a new process has it."""
    option, module, *words = asked.words
    if option != "-m":
        sys.exit(f"{python} runs -m MODULE alone, not {option}")
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    time.tzset()
    # What this process starts is forked from the same owner.
    sys.executable = str(python)
    sys.argv = [module, *words]
    gc.enable()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
