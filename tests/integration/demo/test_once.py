"""`integral demo --once --json`: the main job in each ERP, judged by the ERP's own totals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ENDS_WITHIN_S = 400
FIRST_DAYS = "8"
"""Enough for the look-alike and everything that has no account at first."""


def run_demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "demo", "--once", "--json", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )


def wrong_in(found: dict[str, int]) -> list[int]:
    return [found[each] for each in ("duplicated", "lost", "effects_missing", "effects_doubled")]


def test_the_whole_month_is_posted_once_with_one_row_blocked_and_one_held(tmp_path: Path) -> None:
    run = run_demo(tmp_path)

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert wrong_in(found) == [0, 0, 0, 0]
    assert (found["blocked"], found["held"]) == (1, 1)
    assert found["entries"] == found["posted"] + 2 >= 402
    assert found["posted"] == found["verified"] == found["erp_rows"]


@pytest.mark.parametrize("erp", ["xero", "netsuite"])
def test_the_first_days_are_posted_once_into_the_other_erps_too(tmp_path: Path, erp: str) -> None:
    run = run_demo(tmp_path, "--erp", erp, "--days", FIRST_DAYS)

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["erp"] == erp
    assert wrong_in(found) == [0, 0, 0, 0]
    assert (found["blocked"], found["held"]) == (0, 1)
    assert found["entries"] == found["posted"] + 1 >= 100
    assert found["posted"] == found["verified"] == found["erp_rows"]


def test_a_demo_with_journal_files_is_refused_in_words(tmp_path: Path) -> None:
    run = run_demo(tmp_path, "--erp", "journal_file")

    assert run.returncode != 0
    assert "no journey with journal files yet" in run.stderr
