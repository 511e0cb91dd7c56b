"""`integral demo --once --json`: the main job, judged by what the ERP or the files hold.

QuickBooks takes the whole month on SQLite, at its own pace, in processes that import everything by
themselves; on Postgres, and where else entries go, it is the first days, which take the same way
through everything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo_erps import EVERY, JOURNAL_FILE, QUICKBOOKS, XERO
from tests.support.demo import run_demo

FIRST_DAYS = "8"
"""Enough for the look-alike and everything that has no account at first."""


def run_once(folder: Path, *options: str, database: str) -> subprocess.CompletedProcess[str]:
    python = "" if options else sys.executable
    return run_demo(folder, "--once", "--json", *options, database=database, python=python)


def read_verdict(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Everything that was posted is there once, and was seen to be."""
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    wrong = ("duplicated", "lost", "effects_missing", "effects_doubled")
    assert [found[name] for name in wrong] == [0, 0, 0, 0]
    assert found["posted"] == found["verified"] == found["erp_rows"]
    assert found["entries"] == found["posted"] + found["blocked"] + found["held"]
    return found


@pytest.mark.long(110)
def test_a_month_is_posted_once_with_what_a_person_decides_kept_back(
    tmp_path: Path, empty_url: str
) -> None:
    whole = empty_url.startswith("sqlite")
    days = () if whole else ("--days", FIRST_DAYS)

    found = read_verdict(run_once(tmp_path, *days, database=empty_url))

    assert (found["blocked"], found["held"]) == (int(whole), 1)
    assert found["entries"] >= (402 if whole else 100)


@pytest.mark.long(40)
@pytest.mark.parametrize("erp", sorted(set(EVERY) - {QUICKBOOKS.name}))
def test_the_first_days_are_posted_once_wherever_entries_go(
    tmp_path: Path, empty_url: str, erp: str
) -> None:
    options = ("--erp", erp, "--days", FIRST_DAYS)

    found = read_verdict(run_once(tmp_path, *options, database=empty_url))

    assert found["erp"] == erp
    # Nobody types into files, so nothing in them can be a look-alike.
    assert (found["blocked"], found["held"]) == (0, int(erp != JOURNAL_FILE.name))
    assert found["entries"] >= 100


def test_a_place_that_no_entries_go_to_is_refused_in_words(tmp_path: Path) -> None:
    run = run_once(tmp_path, "--erp", "ledger_pro", database="")

    assert run.returncode != 0
    assert f"none of {QUICKBOOKS.name}, {XERO.name}" in run.stderr
