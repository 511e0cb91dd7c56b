"""`integral demo --month-end --json`: a scheduled month end leaves the books of a push by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.month_end import FEWEST
from tests.support.demo import run_demo

OPTIONS = ("--month-end", "--json", "--days")


@pytest.mark.long(110)
@pytest.mark.one_database("the steps themselves run on both in tests/integration/month_end")
def test_a_month_end_over_a_moved_clock_posts_everything_once(tmp_path: Path) -> None:
    run = run_demo(tmp_path, *OPTIONS, str(FEWEST))

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    wrong = ("duplicated", "lost", "effects_missing", "effects_doubled")
    assert [found[name] for name in wrong] == [0, 0, 0, 0]
    assert (found["blocked"], found["held"]) == (0, 1)
    assert found["posted"] == found["verified"] == found["erp_rows"] >= 100


def test_too_few_days_for_a_month_end_are_refused_in_words(tmp_path: Path) -> None:
    run = run_demo(tmp_path, *OPTIONS, str(FEWEST - 1))

    assert run.returncode != 0
    assert f"takes {FEWEST} days or more" in run.stderr
