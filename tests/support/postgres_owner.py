"""The process that owns a test run's PostgreSQL server: starts it, then ends it with the run.

Run as `python -m tests.support.postgres_owner PROGRAMS FOLDER MAIN_PROCESS [--durable]`. It returns
once the server answers and its port is in FOLDER/port; a copy of it stays behind and watches
MAIN_PROCESS. A durable one loses no commit when it is restarted. Its `main` must not be called by a
test: it forks.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

_WATCH_EVERY_S = 0.5
# Nothing here outlives the run, so durability is traded for speed.
_SERVER_OPTIONS = (
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "autovacuum=off",
    "jit=off",
    "max_connections=200",
)
# A commit has reached the kernel when it is answered, which outlives the server.
_DURABLE = ("synchronous_commit=on",)


class Cluster:
    """A PostgreSQL data folder and its server."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"

    def create(self) -> None:
        """Make the data folder; PostgreSQL refuses to run as root, so root hands it over."""
        self._folder.mkdir(mode=0o755, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
        locale = ("-E", "UTF8", "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C")
        self._run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", *locale)

    def start(self, port: int, *, is_durable: bool) -> None:
        """Start the server and wait until it answers on loopback."""
        kept = _DURABLE if is_durable else ()
        settings = (*_SERVER_OPTIONS, *kept, f"unix_socket_directories={self._folder}")
        options = " ".join([f"-p {port}", *(f"-c {setting}" for setting in settings)])
        self._run("pg_ctl", "-w", "-l", str(self._folder / "server.log"), "-o", options, "start")

    def restart(self, *, is_crash: bool) -> None:
        """End the server, in a crash without a word to anybody, and start it as it was."""
        self._run("pg_ctl", "-w", "-m", "immediate" if is_crash else "fast", "restart")

    def remove(self) -> None:
        """Stop the server at once and delete its files."""
        self._run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(self._folder)
        self._folder.with_suffix(".lock").unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(self._programs / program), "-D", str(self._data), *arguments]
        ended = subprocess.run(
            command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            sys.exit(f"{program}: {ended.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_alive(process: int) -> bool:
    """Say whether a process has this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _become_watcher() -> None:
    """Leave the caller's session and streams, so that it neither waits for nor interrupts this."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def main(programs: Path, folder: Path, main_process: int, *, is_durable: bool) -> None:
    """Start the server; stay behind in a copy of this process until the run has ended."""
    cluster = Cluster(programs, folder)
    cluster.create()
    port = _free_port()
    cluster.start(port, is_durable=is_durable)
    (folder / "port").write_text(str(port))
    if os.fork():
        return
    _become_watcher()
    while is_alive(main_process):
        time.sleep(_WATCH_EVERY_S)
    cluster.remove()


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        int(sys.argv[3]),
        is_durable=sys.argv[4:] == ["--durable"],
    )
