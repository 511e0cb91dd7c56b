"""Approval: which batches need an approver, and who may be one."""

from datetime import date

import pytest

from ledger.approval import RefusalReason, RunFacts, approver_gap, may_approve, needs_approval
from ledger.organisation import PersonRole, Policies
from ledger.periods import Period, month_of
from ledger.runs import Trigger
from tests.unit.ledger.journals import usd

TODAY = date(2026, 11, 22)
YESTERDAY = Period(date(2026, 11, 21), date(2026, 11, 21))
FIRST_OF_NOVEMBER = date(2026, 11, 1)
LAST_OF_OCTOBER = Period(date(2026, 10, 31), date(2026, 10, 31))


def facts(trigger: Trigger = Trigger.DAILY, period: Period = YESTERDAY, **more: object) -> RunFacts:
    basis: dict[str, object] = {"today": TODAY, "total": usd("100"), "entry_dates": ()}
    return RunFacts(trigger=trigger, period=period, **(basis | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts",
    [
        facts(entry_dates=(date(2026, 11, 21),)),
        facts(entry_dates=(date(2026, 11, 3),)),
        facts(Trigger.HAND),
        facts(period=LAST_OF_OCTOBER, today=FIRST_OF_NOVEMBER, entry_dates=(date(2026, 10, 31),)),
    ],
    ids=["its own day", "late, same month", "one day by hand", "the month's last day"],
)
def test_one_ended_day_needs_no_approval(facts: RunFacts) -> None:
    assert not needs_approval(facts, Policies()).is_needed


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (facts(Trigger.MONTHLY, month_of(date(2026, 10, 1))), "the monthly run"),
        (facts(Trigger.HAND, Period(date(2026, 11, 1), date(2026, 11, 2))), "more than one day"),
        (facts(Trigger.HAND, LAST_OF_OCTOBER), "a month that has ended"),
        (
            facts(entry_dates=(date(2026, 10, 30),)),
            "late entries of a month that has ended (2026-10)",
        ),
        (facts(is_first_live=True), "the first push"),
        (facts(is_correction=True), "it corrects entries"),
        (facts(supplements_month_end=True), "it supplements"),
    ],
)
def test_everything_of_month_end_class_needs_approval_and_says_why(
    facts: RunFacts, words: str
) -> None:
    found = needs_approval(facts, Policies())
    assert found.is_needed
    assert found.is_month_end
    assert words in found.reason


def test_every_reason_is_given() -> None:
    found = needs_approval(
        facts(Trigger.HAND, month_of(date(2026, 10, 1)), is_first_live=True), Policies()
    )
    assert len(found.reasons) == 3


def test_a_policy_asks_always_or_above_an_amount() -> None:
    assert needs_approval(facts(), Policies(always_approve=True)).is_needed
    above = Policies(approve_above="99.99")
    assert needs_approval(facts(), above).is_needed
    assert not needs_approval(facts(), above).is_month_end
    assert not needs_approval(facts(), Policies(approve_above="100")).is_needed


APPROVER = frozenset({PersonRole.APPROVER})


def _refusal(
    roles: frozenset[PersonRole] = APPROVER,
    shapers: dict[str, str] | None = None,
    policies: Policies | None = None,
) -> RefusalReason | None:
    found = may_approve("U1", roles=roles, shapers=shapers or {}, policies=policies or Policies())
    return found.reason if found else None


def test_only_an_approver_may_approve() -> None:
    assert _refusal() is None
    everything_else = frozenset(PersonRole) - APPROVER
    assert _refusal(roles=everything_else) is RefusalReason.NO_RIGHT
    assert _refusal(roles=frozenset()) is RefusalReason.NO_RIGHT


def test_whoever_shaped_a_batch_may_not_approve_it_and_is_told_why() -> None:
    shapers = {"U1": "imported transactions"}
    assert _refusal(shapers=shapers) is RefusalReason.SHAPED_IT
    assert _refusal(shapers={"U2": "mapped accounts"}) is None
    refusal = may_approve("U1", roles=APPROVER, shapers=shapers, policies=Policies())
    assert refusal is not None
    assert "imported transactions" in refusal.message


def test_a_single_person_team_may_approve_what_it_shaped_but_not_without_the_right() -> None:
    alone = Policies(single_person_team=True)
    assert _refusal(shapers={"U1": "x"}, policies=alone) is None
    assert _refusal(roles=frozenset({PersonRole.OWNER}), policies=alone) is RefusalReason.NO_RIGHT


TIER = Policies(two_approvers_above="100")


@pytest.mark.parametrize(
    ("policies", "approvers", "total", "words"),
    [
        (Policies(), 1, None, None),
        (Policies(), 0, None, "nobody may approve"),
        (Policies(single_person_team=True), 1, None, None),
        (TIER, 2, None, None),
        (TIER, 1, None, "above 100 two people have to approve"),
        (TIER, 1, "101", "above 100 two people have to approve"),
        (TIER, 1, "100", None),
        (TIER, 0, "100", "nobody may approve"),
        (Policies(single_person_team=True, two_approvers_above="100"), 2, "1", "no second person"),
    ],
)
def test_approvers_who_do_not_exist_are_missed_before_a_card_waits_for_them(
    policies: Policies, approvers: int, total: str | None, words: str | None
) -> None:
    gap = approver_gap(policies, approvers, total=usd(total) if total else None)
    assert (gap is not None) is (words is not None)
    if gap and words:
        assert words in gap.says
        assert "/integral" in gap.remedy
