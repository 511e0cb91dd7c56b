"""`integral demo --once --json`: the main job, judged by the ERP's own totals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ENDS_WITHIN_S = 400


def test_the_whole_month_is_posted_once_with_one_row_blocked_and_one_held(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot.cli", "demo", "--once", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    wrong = ("duplicated", "lost", "effects_missing", "effects_doubled")
    assert [found[name] for name in wrong] == [0, 0, 0, 0]
    assert (found["blocked"], found["held"]) == (1, 1)
    assert found["entries"] == found["posted"] + 2 >= 402
    assert found["posted"] == found["verified"] == found["erp_rows"]
