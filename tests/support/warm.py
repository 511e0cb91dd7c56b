"""A Python that has imported everything: programs started with it begin at once.

`warm_python()` stands where `sys.executable` would, for `-m MODULE …` alone. What is started is a
process of its own, forked from `tests.support.warm_owner`, and everything from the module's first
line on is the product's own; only the second or two of importing is left out. Whoever tests how a
program starts, or what it needs to import, takes `sys.executable`.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_SUPPORT = Path(__file__).parent
_PROJECT = _SUPPORT.parents[1]
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


def warm_python() -> str:
    """The path of a program that runs `-m MODULE …`; one warm process serves a whole test run.

    Raises:
        RuntimeError: the process that has everything imported did not start.
    """
    main_process = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    folder = Path(tempfile.gettempdir()) / f"integral-warm-{os.getuid()}-{main_process}"
    python = folder / "python"
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not python.exists():
            _start(folder, main_process)
            # Absolute paths alone: it is started in any folder, with any environment.
            client = (_SUPPORT / "warm_client.py").read_text(encoding="utf-8")
            python.write_text(f"#!{sys.executable} -IS\n{client}", encoding="utf-8")
            python.chmod(0o700)
    return str(python)


def _start(folder: Path, main_process: int) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    log = folder / "log"
    with log.open("wb") as said:
        owner = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm_owner", str(folder), str(main_process)],
            cwd=_PROJECT,
            # Some libraries look at the environment while they are imported.
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
    # It closes its output when it listens; it ends by itself, with the run.
    with owner.stdout or log.open("rb") as output:
        output.read()
    if not (folder / "socket").exists():
        raise RuntimeError(f"the warm process did not start: {log.read_text(errors='replace')}")
    owner.returncode = 0
