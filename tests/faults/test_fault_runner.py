"""The fault runner itself: it tears where it says, draws the same again, and sees what is wrong."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from ledger.delivery import DeliveryState
from ledger.organisation import Provider
from ledger.periods import Period
from tests.faults import rules
from tests.faults.campaigns import assert_nothing_lost_or_doubled
from tests.faults.children import Child, Json, Standing
from tests.faults.erp_side import Held, Place
from tests.faults.plan import (
    ERPS,
    REAL_EVERY,
    Plan,
    Shape,
    Story,
    draw,
    erp_of,
    seed_of,
    undisturbed,
)
from tests.faults.tearing import KILLED, Suspensions, Tear, TearKind, run_counted
from tests.faults.verdict import Verdict, compare, tally
from tests.support.office import BANK_ID, REVENUE_ID

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


def _draw(seed: int) -> Plan:
    return draw(seed, month=OCTOBER, erp=erp_of(seed))


def test_a_seed_draws_the_same_run_again() -> None:
    plans = [_draw(seed_of(7, run)) for run in range(200)]
    assert plans == [_draw(plan.seed) for plan in plans]
    assert sum(plan.real is not None for plan in plans) == 200 // REAL_EVERY
    assert all(plan.real or any(plan.tears) or plan.fault or plan.tokens_last_s for plan in plans)


def test_the_runs_reach_every_erp_and_every_kind_of_fault() -> None:
    plans = [_draw(seed_of(1, run)) for run in range(500)]
    assert {plan.shape.erp for plan in plans} == set(ERPS)
    tears = {tear.kind for plan in plans for lane in plan.tears for tear in lane}
    assert tears == set(TearKind)
    assert {len(plan.tears) for plan in plans} == {1, 2}
    assert any("token" in str(plan.fault) for plan in plans)
    assert {plan.is_forgetful for plan in plans} == {True, False}


def test_backups_are_restored_in_some_runs_of_every_erp_that_can_be_searched() -> None:
    plans = [_draw(seed_of(1, run)) for run in range(500)]
    restored = [(plan.shape.erp, plan.restore) for plan in plans if plan.restore is not None]
    assert {erp for erp, _restore in restored} == set(ERPS) - {Provider.JOURNAL_FILE}
    for_cards = {(r.backed_up_after is None, r.rejects) for _erp, r in restored}
    assert for_cards == {(True, True), (True, False), (False, True), (False, False)}


def test_claims_that_a_restored_backup_forgot_count_beside_those_it_knows_once_each() -> None:
    kept = {**_claim("slot-0/first", ended_at=NOW), "delivery": "1"}
    forgotten = {**kept, "delivery": "2"}
    assert rules.with_earlier([kept], [kept, forgotten]) == [kept, forgotten]


PLACE = Place(provider=Provider.QUICKBOOKS, external_id="1", bank_id=BANK_ID, revenue_id=REVENUE_ID)


def _plan() -> Plan:
    return undisturbed(Shape(Provider.QUICKBOOKS, 3, Story.ONE), month=OCTOBER)


def _arrived(plan: Plan) -> list[Held]:
    return [
        Held(
            number=f"INT-A1B2-{row.number:05}-103126",
            day=row.day,
            postings=((BANK_ID, "debit", int(row.amount * 100)), _credit(int(row.amount * 100))),
        )
        for row in plan.rows
    ]


def _credit(cents: int) -> tuple[str, Literal["debit", "credit"], int]:
    return REVENUE_ID, "credit", cents


def _stored(held: list[Held], state: str = "verified") -> Json:
    lines = {h.number: ", ".join(f"{s} {a} {m}" for a, s, m in h.postings) for h in held}
    deliveries = [
        {"content": f"{h.number} {h.day} {lines[h.number]}", "state": state} for h in held
    ]
    return {"deliveries": deliveries, "open": [], "asked": ["only"]}


def _verdict(held: list[Held], stored: Json) -> Verdict:
    return tally(_plan(), compare(_plan(), PLACE, held, stored))


def test_a_verdict_is_good_when_everything_is_there_once() -> None:
    held = _arrived(_plan())
    assert _verdict(held, _stored(held)).is_good


def test_a_verdict_sees_a_lost_entry() -> None:
    held = _arrived(_plan())
    assert _verdict(held[1:], _stored(held)).lost > 0


def test_a_verdict_sees_a_double_with_the_same_number_and_with_another() -> None:
    held = _arrived(_plan())
    stranger = replace(held[0], number="INT-A1B2-00009-103126")
    assert _verdict([*held, held[0]], _stored(held)).duplicated > 0
    assert _verdict([*held, stranger], _stored(held)).duplicated > 0


def test_a_verdict_sees_wrong_postings() -> None:
    held = _arrived(_plan())
    wrong = replace(held[0], postings=((BANK_ID, "debit", 100), _credit(100)))
    assert _verdict([wrong, *held[1:]], _stored(held)).lost > 0


def test_a_verdict_sees_what_is_left_open() -> None:
    held = _arrived(_plan())
    assert _verdict(held, _stored(held, "posted")).unsettled == 3
    is_open: Json = {**_stored(held), "open": ["only"]}
    assert _verdict(held, is_open).unsettled == 1


NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
GIVEN = rules.Given(settle_s=120, ends={"first": NOW}, creations={"key": 1}, is_one_a_request=True)


def _claim(actor: str, *, ended_at: datetime) -> Json:
    return {
        "key": "key",
        "owner": "slot-0/first",
        "actor": actor,
        "send_by": NOW.isoformat(),
        "ended_at": ended_at.isoformat(),
        "outcome": DeliveryState.UNCERTAIN.value,
    }


def test_a_claim_may_be_settled_by_another_after_its_time_and_once_its_owner_is_gone() -> None:
    taken = _claim("slot-1/second", ended_at=NOW + timedelta(seconds=120))
    own = _claim("slot-0/first", ended_at=NOW - timedelta(seconds=1))
    given = replace(GIVEN, creations={"key": 2})
    assert list(rules.broken([taken, own], given)) == []


def test_a_claim_settled_by_another_too_soon_is_seen() -> None:
    taken = _claim("slot-1/second", ended_at=NOW + timedelta(seconds=119))
    ((kind, _words),) = rules.broken([taken], GIVEN)
    assert kind == "unsettled"


def test_a_claim_of_a_living_process_that_another_settles_is_seen() -> None:
    taken = _claim("slot-1/second", ended_at=NOW + timedelta(seconds=200))
    given = replace(GIVEN, ends={"first": NOW + timedelta(seconds=201)})
    ((kind, _words),) = rules.broken([taken], given)
    assert kind == "unsettled"


def test_more_creations_than_claims_are_seen() -> None:
    own = _claim("slot-0/first", ended_at=NOW)
    given = replace(GIVEN, creations={"key": 2})
    assert {kind for kind, _words in rules.broken([own], given)} == {"duplicated"}


@pytest.mark.long(60)
@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def test_a_handful_of_runs_loses_and_doubles_nothing(database: str, tmp_path: Path) -> None:
    options = ("--runs", "4", "--seed", "11", "--jobs", "2", "--database", database)
    assert_nothing_lost_or_doubled(4, *options, keep=tmp_path)
