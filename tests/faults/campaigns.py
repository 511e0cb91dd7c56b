"""A few runs of the campaign as a test: the same command that `make faults` calls."""

import json
import subprocess
import sys
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]
_LONGEST_S = 300


def assert_nothing_lost_or_doubled(runs: int, *options: str, keep: Path) -> None:
    """Run a campaign of so many runs and hold its last line, and its exit code, to that.

    Args:
        runs: How many the options ask for.
        options: Of ``python -m tests.faults``.
        keep: Where it keeps what failed.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", *options, "--keep", str(keep)],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_S,
    )
    totals = json.loads(ended.stdout.splitlines()[-1])
    assert totals["runs"] == runs, ended.stderr
    assert totals["entries"] > 0
    assert (totals["lost"], totals["duplicated"], totals["unsettled"]) == (0, 0, 0), ended.stderr
    assert ended.returncode == 0
