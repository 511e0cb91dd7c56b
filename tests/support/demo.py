"""The demo as a program: started in a folder, told to stop, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import DATABASE_URL
from tests.support.warm import warm_python

_ENDS_WITHIN_S = 700
_STOPS_WITHIN_S = 60
_READY = "Ctrl-C stops everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo."""

    page: str
    """Its address."""
    owner_code: str
    said: str
    """What it printed until it was ready."""
    samples: Path
    """The folder of its ready files."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def run_demo(
    folder: Path, *options: str, database: str = "", python: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `integral demo` in `folder` to its end.

    Args:
        folder: where it is started.
        options: what follows on `demo`.
        database: the address of its database, unless it uses a file.
        python: `sys.executable` for a process that imports everything by itself.
    """
    return subprocess.run(
        [python or warm_python(), "-m", "bot.cli", "demo", *options],
        cwd=folder,
        env=os.environ | {DATABASE_URL: database},
        capture_output=True,
        text=True,
        timeout=_ENDS_WITHIN_S,
        check=False,
    )


@contextmanager
def running_demo(folder: Path, *, database: str = "", python: str = "") -> Iterator[Demo]:
    """Run a demo in `folder` for a block, ready when the block begins; it must end in order.

    Args:
        folder: where it keeps its data.
        database: the address of its database, unless it uses a file in the folder.
        python: as for `run_demo`.
    """
    command = [python or warm_python(), "-m", "bot.cli", "demo", "--data-dir", str(folder)]
    command += ["--port", str(free_port()), "--bot-port", str(free_port())]
    process = subprocess.Popen(
        command,
        env=os.environ | {DATABASE_URL: database},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _ready(process, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=_STOPS_WITHIN_S)[0]
    assert process.returncode == 0, rest


def _ready(process: subprocess.Popen[str], folder: Path) -> Demo:
    said = ""
    for line in process.stdout or ():
        said += line
        if _READY in line:
            break
    page = re.search(r"http://127\.0\.0\.1:\d+", said)
    code = re.search(r"/integral start (\S+)", said)
    assert page and code, said
    samples = folder / "samples"
    return Demo(page=page.group(), owner_code=code.group(1), said=said, samples=samples)
