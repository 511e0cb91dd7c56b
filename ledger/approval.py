"""Approval: which batches need how many approvers, and who may be one.

Pure rules. Who did what is recorded elsewhere and comes in; a decision's signature is the
batch digest (``ledger.entries``). No I/O.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from ledger.money import Money
from ledger.organisation import PersonRole, Policies, Right, rights_of
from ledger.periods import Period, day_label, is_in_ended_month
from ledger.runs import Trigger
from ledger.stragglers import is_closed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the class of a batch depends on."""

    trigger: Trigger
    period: Period
    """The days the run was asked for."""
    today: date
    """The organisation's current day."""
    total: Money
    """The sum of the debits of the whole batch, so that splitting does not help."""
    entry_dates: Collection[date] = ()
    """The dates of the batch's entries; one outside the period is a late one."""
    is_correction: bool = False
    """It reverses, reposts or undoes entries that are in the ERP."""
    is_first_live: bool = False
    """The company has never had an entry from us."""
    supplements_month_end: bool = False
    """It carries what a mended problem freed from a batch of month-end class."""
    closed_until: date | None = None
    """The last day of the newest month that was closed on our side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalClass:
    """Whether a batch needs an approver, and why, in words."""

    is_month_end: bool
    reasons: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """True when somebody has to approve before anything is sent."""
        return bool(self.reasons)

    @property
    def reason(self) -> str:
        """All the reasons in one sentence, for the card and the batch's record."""
        if not self.reasons:
            return "A daily run of one ended day needs no approval."
        return f"Needs approval: {'; '.join(self.reasons)}."


def needs_approval(facts: RunFacts, policies: Policies) -> ApprovalClass:
    """Classify a batch; every reason that holds is given.

    Raises:
        ValueError: when the stored policy amount is no number.
    """
    month_end = _month_end_reasons(facts)
    reasons = (*month_end, *_policy_reasons(facts, policies))
    return ApprovalClass(is_month_end=bool(month_end), reasons=reasons)


def _month_end_reasons(facts: RunFacts) -> list[str]:
    by_hand = facts.trigger is Trigger.HAND
    late = _late_days(facts)
    rules = (
        (facts.trigger is Trigger.MONTHLY, "it is the monthly run"),
        (facts.is_correction, "it corrects entries that are in the ERP"),
        (
            by_hand and facts.period.first != facts.period.last,
            "it was asked for by hand over more than one day",
        ),
        (
            by_hand and is_in_ended_month(facts.period.first, facts.today),
            "it was asked for by hand over a day of a month that has ended",
        ),
        (bool(late), f"it carries late entries of a month that has ended ({', '.join(late)})"),
        (facts.is_first_live, "it is the first push into this company"),
        (facts.supplements_month_end, "it supplements a batch of the month's end"),
        (
            any(is_closed(day, facts.closed_until) for day in facts.entry_dates),
            f"it posts into months that were closed through {day_label(facts.closed_until)}",
        ),
    )
    return [words for holds, words in rules if holds]


def _late_days(facts: RunFacts) -> list[str]:
    """Return the months that ended and have entries which the run was not asked for."""
    outside = {day for day in facts.entry_dates if day not in facts.period}
    months = {f"{day:%Y-%m}" for day in outside if is_in_ended_month(day, facts.today)}
    return sorted(months)


def approvers_needed(total: Money, policies: Policies) -> int:
    """Return how many different people have to approve a batch that needs approval.

    Raises:
        ValueError: when the stored policy amount is no number.
    """
    if policies.two_approvers_above is None:
        return 1
    limit = Money.rounded(_amount(policies.two_approvers_above), total.currency)
    return 2 if limit < total else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverGap:
    """Why batches could wait for approvers that do not exist, and what mends it."""

    says: str
    remedy: str


def has_no_second(policies: Policies) -> bool:
    """Say whether two are asked for where the policies name a single person: nobody could be it."""
    return policies.single_person_team and policies.two_approvers_above is not None


def approver_gap(
    policies: Policies, approvers: int, *, total: Money | None = None
) -> ApproverGap | None:
    """Say what keeps batches from ever being approved; none when nothing does.

    Args:
        policies: The organisation's policies.
        approvers: How many people may approve at all.
        total: Of the one batch that is asked about; without it, of whatever size.

    Raises:
        ValueError: when the stored policy amount is no number.
    """
    above = policies.two_approvers_above
    if has_no_second(policies):
        says = f"there is no second person by the settings, yet above {above} two have to approve."
        return ApproverGap(says=says, remedy="Change one with `/integral settings approval`.")
    most = 1 if above is None else 2
    needed = most if total is None else approvers_needed(total, policies)
    if approvers >= needed:
        return None
    says = f"above {above} two people have to approve, and only one may."
    return ApproverGap(
        says=says if approvers else "nobody may approve.",
        remedy="The owner grants it: `/integral roles grant @person approver`.",
    )


def shaped_gap(free: int, needed: int) -> ApproverGap | None:
    """Say that too few approvers are left who did not shape a batch; none when enough are.

    Args:
        free: How many may decide on it.
        needed: How many have to.
    """
    if free >= needed:
        return None
    says = "two people have to approve, and all approvers but one shaped it."
    return ApproverGap(
        says=says if free else "every approver shaped it.",
        remedy="Somebody else decides: the owner grants it, "
        "`/integral roles grant @person approver`.",
    )


def _policy_reasons(facts: RunFacts, policies: Policies) -> list[str]:
    reasons = ["the policy asks for approval always"] if policies.always_approve else []
    if policies.approve_above is not None:
        limit = Money.rounded(_amount(policies.approve_above), facts.total.currency)
        if limit < facts.total:
            reasons.append(f"the total {facts.total} is above {limit}")
    return reasons


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        message = f"the amount above which approval is needed is no number: {text!r}"
        raise ValueError(message) from error


class RefusalReason(StrEnum):
    """Why a person may not approve a batch."""

    NO_RIGHT = "no_right"
    SHAPED_IT = "shaped_it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not, in words that say what to do instead."""

    reason: RefusalReason
    message: str


def may_approve(
    person: str,
    *,
    roles: frozenset[PersonRole],
    shapers: Mapping[str, str],
    policies: Policies,
) -> Refusal | None:
    """Say why a person may not decide on a batch; none when they may.

    Args:
        person: The person's id; the same under every name they have.
        roles: What the person is in the organisation.
        shapers: Person id → what they did to the batch, such as *imported transactions*, since
            the company's last approved month end, as far as nobody else has approved it since.
            Whoever asked for the run belongs in it.
        policies: The organisation's policies.
    """
    if Right.APPROVE not in rights_of(roles):
        message = "Only an approver may decide; the owner grants it with `/integral roles`."
        return Refusal(reason=RefusalReason.NO_RIGHT, message=message)
    if person in shapers and not policies.single_person_team:
        did = shapers[person] or "helped to prepare it"
        message = f"You shaped this batch ({did}), so another approver has to decide."
        return Refusal(reason=RefusalReason.SHAPED_IT, message=message)
    return None
