"""The fault runner itself: it tears where it says, draws the same again, and sees what is wrong."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.periods import Period
from tests.faults.children import Child, Json, Standing
from tests.faults.erp_side import Held
from tests.faults.plan import REAL_EVERY, Plan, Shape, Story, draw, seed_of, undisturbed
from tests.faults.tearing import KILLED, Suspensions, Tear, TearKind, run_counted
from tests.faults.verdict import compare
from tests.support.office import BANK_ID, REVENUE_ID

PROJECT = Path(__file__).resolve().parents[2]
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


async def _five_naps(done: list[str]) -> None:
    try:
        for _ in range(5):
            await asyncio.sleep(0)
        done.append("finished")
    finally:
        done.append("cleaned up")


def test_every_suspension_is_counted() -> None:
    suspensions = Suspensions(None)
    run_counted(_five_naps([]), suspensions)
    assert suspensions.count == 5


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_soft_tear_ends_the_loop_there_and_lets_tasks_clean_up(at: int) -> None:
    done: list[str] = []
    suspensions = Suspensions(Tear(TearKind.SOFT, at))
    run_counted(_five_naps(done), suspensions)
    assert suspensions.is_torn
    assert done == ["cleaned up"]


def test_a_hard_tear_ends_the_process_without_cleaning_up(tmp_path: Path) -> None:
    def work() -> Json:
        run_counted(_five_naps([]), Suspensions(Tear(TearKind.HARD, 3)))
        return {}

    child = Child.start(work, folder=tmp_path, name="dies")
    assert child.wait(10) is Standing.ENDED
    assert child.exit_code == KILLED
    assert not child.result_file.exists()


def test_a_frozen_process_goes_on_where_it_was(tmp_path: Path) -> None:
    def work() -> Json:
        done: list[str] = []
        run_counted(_five_naps(done), Suspensions(Tear(TearKind.FREEZE, 3)))
        return {"done": done}

    child = Child.start(work, folder=tmp_path, name="freezes")
    try:
        assert child.wait(10) is Standing.STOPPED
        child.go_on()
        assert child.wait(10) is Standing.ENDED
        assert child.result() == {"done": ["finished", "cleaned up"]}
    finally:
        child.kill()


def test_a_seed_draws_the_same_run_again() -> None:
    plans = [draw(seed_of(7, run), month=OCTOBER) for run in range(200)]
    assert plans == [draw(plan.seed, month=OCTOBER) for plan in plans]
    assert sum(plan.real is not None for plan in plans) == 200 // REAL_EVERY
    assert all(plan.real or plan.tears or plan.fault for plan in plans)


def _plan() -> Plan:
    return undisturbed(Shape(3, Story.ONE), month=OCTOBER)


def _arrived(plan: Plan) -> list[Held]:
    return [
        Held(
            id=str(row.number),
            number=f"INT-A1B2-{row.number:05}-103126",
            day=row.day,
            postings=_postings(row.amount),
        )
        for row in plan.rows
    ]


def _postings(amount: Decimal) -> tuple[tuple[str, str, Decimal], ...]:
    return tuple(sorted([(BANK_ID, "Debit", amount), (REVENUE_ID, "Credit", amount)]))


def _stored(held: list[Held], state: str = "verified") -> Json:
    lines = {h.number: ", ".join(f"{s} {a} {m:.2f}" for a, s, m in h.postings) for h in held}
    deliveries = [
        {"content": f"{h.number} {h.day} {lines[h.number]}", "state": state} for h in held
    ]
    return {"deliveries": deliveries, "open": [], "asked": ["only"]}


def test_a_verdict_is_good_when_everything_is_there_once() -> None:
    held = _arrived(_plan())
    assert compare(_plan(), held, _stored(held)).is_good


def test_a_verdict_sees_a_lost_entry() -> None:
    held = _arrived(_plan())
    assert compare(_plan(), held[1:], _stored(held)).lost > 0


def test_a_verdict_sees_a_double_with_the_same_number_and_with_another() -> None:
    held = _arrived(_plan())
    twin = replace(held[0], id="9")
    stranger = replace(held[0], id="9", number="INT-A1B2-00009-103126")
    assert compare(_plan(), [*held, twin], _stored(held)).duplicated > 0
    assert compare(_plan(), [*held, stranger], _stored(held)).duplicated > 0


def test_a_verdict_sees_wrong_postings() -> None:
    held = _arrived(_plan())
    wrong = replace(held[0], postings=_postings(Decimal("1.00")))
    assert compare(_plan(), [wrong, *held[1:]], _stored(held)).lost > 0


def test_a_verdict_sees_what_is_left_open() -> None:
    held = _arrived(_plan())
    assert compare(_plan(), held, _stored(held, "posted")).unsettled == 3
    is_open: Json = {**_stored(held), "open": ["only"]}
    assert compare(_plan(), held, is_open).unsettled == 1


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def test_a_handful_of_runs_loses_and_doubles_nothing(database: str, tmp_path: Path) -> None:
    options = ("--runs", "4", "--seed", "11", "--jobs", "2", "--database", database)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", *options, "--keep", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    totals = json.loads(ended.stdout.splitlines()[-1])
    assert totals["runs"] == 4, ended.stderr
    assert totals["entries"] > 0
    assert (totals["lost"], totals["duplicated"], totals["unsettled"]) == (0, 0, 0), ended.stderr
    assert ended.returncode == 0
