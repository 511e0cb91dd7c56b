"""Waiting: what happens, and when, while a batch waits for its approver.

Pure: the moments follow from when the batch was frozen and from the policies, so a policy that
changes holds at once, and a process that was away catches up. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ledger.organisation import Policies
from ledger.runs import Batch, BatchState

REMINDERS = 2
"""How often approvers are reminded, each time after as long again."""
_EXPIRED = "nobody decided within"


class WaitStep(StrEnum):
    """What is done while a batch waits."""

    SHARE = "share"
    """The workbook goes to those who are asked."""
    REMIND = "remind"
    FALLBACK = "fallback"
    """The fallback approver is asked as well."""
    EXPIRE = "expire"
    """The card ends; its entries can be prepared again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStep:
    """A step and its moment."""

    at: datetime
    step: WaitStep


def wait_steps(frozen_at: datetime, policies: Policies) -> tuple[TimedStep, ...]:
    """Return every step of a batch's waiting, the earliest first; none after it expires."""
    ends = expires_at(frozen_at, policies)
    every = timedelta(hours=policies.remind_after_hours)
    steps = [TimedStep(at=frozen_at, step=WaitStep.SHARE)]
    steps += [
        TimedStep(at=frozen_at + every * number, step=WaitStep.REMIND)
        for number in range(1, REMINDERS + 1)
    ]
    if policies.fallback_approver:
        asked = frozen_at + timedelta(hours=policies.fallback_after_hours)
        steps.append(TimedStep(at=asked, step=WaitStep.FALLBACK))
    before = [timed for timed in steps if timed.at < ends]
    return (*sorted(before, key=lambda s: s.at), TimedStep(at=ends, step=WaitStep.EXPIRE))


def due_steps(
    frozen_at: datetime, policies: Policies, *, after: datetime | None, now: datetime
) -> tuple[WaitStep, ...]:
    """Return the steps that are due at ``now`` and were not taken up to ``after``, each once."""
    steps = wait_steps(frozen_at, policies)
    due = [s.step for s in steps if s.at <= now and (after is None or after < s.at)]
    return (WaitStep.EXPIRE,) if WaitStep.EXPIRE in due else tuple(dict.fromkeys(due))


def next_wake(frozen_at: datetime, policies: Policies, *, now: datetime) -> datetime:
    """Return the moment of the first step after ``now``; ``now`` itself when all are past."""
    times = [s.at for s in wait_steps(frozen_at, policies) if s.at > now]
    return min(times, default=now)


def expires_at(frozen_at: datetime, policies: Policies) -> datetime:
    """Return when a batch that nobody decides on ends."""
    return frozen_at + timedelta(days=policies.expire_after_days)


def is_fallback_asked(frozen_at: datetime, policies: Policies, *, now: datetime) -> bool:
    """Say whether the fallback approver is among those who are asked by now."""
    if policies.fallback_approver is None:
        return False
    return frozen_at + timedelta(hours=policies.fallback_after_hours) <= now


def expiry_note(policies: Policies) -> str:
    """Return what an expired batch says of its end."""
    return f"{_EXPIRED} {policies.expire_after_days} days"


def has_expired(batch: Batch) -> bool:
    """Say whether a batch ended since nobody decided; else it lapsed to be prepared anew."""
    note = batch.decision_note or ""
    return batch.state is BatchState.LAPSED and note.startswith(_EXPIRED)
