"""Runs, batches and the deliveries in them: what was asked for, approved and sent together.

Values only; ``ledger.delivery`` has the states an entry passes. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry


class Trigger(StrEnum):
    """What started a run."""

    HAND = "hand"
    DAILY = "daily"
    MONTHLY = "monthly"


class RunKind(StrEnum):
    """What a run does."""

    PUSH = "push"
    """Posts what could be posted of its period."""
    CORRECTION = "correction"
    """Reverses, reposts or both, exactly what was asked for (``ledger.corrections``)."""


class RunState(StrEnum):
    """Where a run stands. A run is open until it is finished or failed."""

    OPEN = "open"
    """Preparing, delivering, or waiting for its ``wake_at``."""
    AWAITING_APPROVAL = "awaiting_approval"
    """Its batch waits for an approver; nothing is sent."""
    FINISHED = "finished"
    """Nothing is left to do by itself; what is blocked, held or refused is reported."""
    CANCELLED = "cancelled"
    """Its batch was rejected or lapsed."""


OPEN_RUN_STATES = frozenset({RunState.OPEN, RunState.AWAITING_APPROVAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One pass of the straight line over a period, for one company."""

    id: str
    organisation_id: str
    company_id: str
    first_date: date
    last_date: date
    trigger: Trigger
    requested_by: str
    """A Slack user id, or ``cli:NAME``."""
    requested_at: datetime
    state: RunState
    wake_at: datetime | None = None
    """When the clock enqueues it again; none while it runs or waits for a person."""
    wakes: int = 0
    """How often it was woken; part of the next workflow's id."""
    waiting_for: str | None = None
    """Why it waits, in a sentence for the progress message."""
    report: str | None = None
    """The last report as JSON text."""
    kind: RunKind = RunKind.PUSH


class BatchState(StrEnum):
    """Where the entries that are approved together stand."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    """Something it contains changed after it was frozen."""
    NOT_NEEDED = "not_needed"
    """Of a class that needs no approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The entries frozen together; its digest is what an approver approves."""

    id: str
    run_id: str
    organisation_id: str
    company_id: str
    state: BatchState
    digest: str
    reason: str
    """Why it needs approval, in words; or why it does not."""
    shape_version: int
    frozen_at: datetime
    entries: int
    total: str
    """Sum of debits with its currency, as people read it."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_note: str | None = None
    """The reason of a rejection, or why it lapsed."""
    approvers_needed: int = 1
    """How many different people have to approve it."""
    wake_at: datetime | None = None
    """When the clock looks at it again while it waits: to remind, to ask another, to end it."""
    attended_at: datetime | None = None
    """Up to when that was done; none before the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One prepared entry on its way into one company, as stored now."""

    id: str
    company_id: str
    batch_id: str
    run_id: str
    entry: PreparedEntry
    state: DeliveryState
    attempt: int = 0
    request_key: str = ""
    owner: str | None = None
    """Who holds the claim: ``slot/incarnation`` of a process."""
    fence: str | None = None
    """The token of this claim; an outcome with another token is not recorded."""
    send_by: datetime | None = None
    uncertain_since: datetime | None = None
    """Since when the ERP may have it, or, of one that it had, since when it is found to be gone."""
    empty_searches: int = 0
    wake_at: datetime | None = None
    erp_id: str | None = None
    problem: str | None = None
    """The problem as JSON text (see ``ledger.problems``), for blocked, held and refused."""
    differences: tuple[str, ...] = ()
    is_stale: bool = False
    """What it was made from has changed since; mended by reversing, never by editing."""
