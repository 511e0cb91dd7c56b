"""Delivery: the states an entry passes on its way into one company, and the moves allowed.

Pure: a table and the questions asked of it. Who moves a delivery, and when, is decided by
``bot.services``; that a forbidden move cannot happen is decided here. No I/O.
"""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where the delivery of one entry to one company stands."""

    BLOCKED = "blocked"
    """Preflight or the ERP's lock date found a problem that a person can mend."""
    HELD = "held"
    """The ERP has a look-alike that is not ours; a person decides: skip, or post anyway."""
    AWAITING_APPROVAL = "awaiting_approval"
    """Frozen in a batch whose digest an approver has yet to approve."""
    DECLINED = "declined"
    """An approver rejected the batch; its effects are free for another entry."""
    APPROVED = "approved"
    """May be sent: approved, or of a class that needs no approval."""
    SENDING = "sending"
    """Claimed by one sender, whose request may be on its way."""
    UNCERTAIN = "uncertain"
    """Sent, and no trustworthy answer came; searched for before anything is sent again."""
    POSTED = "posted"
    """The ERP has it and told us its id; not yet read back."""
    PENDING_IN_ERP = "pending_in_erp"
    """In the ERP, but its own approval routing has not posted it yet (NetSuite)."""
    VERIFIED = "verified"
    """Read back and equal to what was approved, posting by posting."""
    DIVERGED = "diverged"
    """The ERP's copy differs from what was approved, is there twice, gone, or rejected there."""
    REFUSED = "refused"
    """The ERP said no, and surely has nothing; waits for a person to mend the cause."""
    SKIPPED = "skipped"
    """A person decided that the ERP has it already, entered by hand."""
    WITHDRAWN = "withdrawn"
    """Taken back before it was sent, or given up once deleted in the ERP; its effects are free."""


S = DeliveryState

MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    # Posted or diverged, here and below, when the ERP turns out to have what is unsent here, or was
    # taken back: after a restored backup, see ``bot.services.recognising``.
    S.BLOCKED: frozenset(
        {S.APPROVED, S.AWAITING_APPROVAL, S.HELD, S.WITHDRAWN, S.POSTED, S.DIVERGED}
    ),
    S.HELD: frozenset({S.SKIPPED, S.APPROVED, S.WITHDRAWN, S.POSTED, S.DIVERGED}),
    S.AWAITING_APPROVAL: frozenset({S.APPROVED, S.DECLINED, S.WITHDRAWN, S.BLOCKED, S.HELD}),
    S.DECLINED: frozenset({S.POSTED, S.DIVERGED}),
    # Uncertain when the ERP turns out to have its number already, after a restored backup.
    S.APPROVED: frozenset({S.SENDING, S.UNCERTAIN, S.HELD, S.BLOCKED, S.WITHDRAWN}),
    # Back to approved only when surely not processed; see design section 5, rule 3.
    S.SENDING: frozenset({S.POSTED, S.PENDING_IN_ERP, S.UNCERTAIN, S.APPROVED, S.REFUSED}),
    # A hit is adopted as posted, two hits are diverged, proven absence returns to approved.
    S.UNCERTAIN: frozenset({S.POSTED, S.PENDING_IN_ERP, S.DIVERGED, S.APPROVED}),
    S.POSTED: frozenset({S.VERIFIED, S.DIVERGED, S.PENDING_IN_ERP}),
    S.PENDING_IN_ERP: frozenset({S.VERIFIED, S.DIVERGED, S.POSTED}),
    # The ERP's own approval can be asked for again: of a rejected entry, or of one that was posted.
    S.VERIFIED: frozenset({S.DIVERGED, S.PENDING_IN_ERP}),
    # Withdrawn by a person's decision, when it is surely gone: ``bot.services.giving_up``.
    S.DIVERGED: frozenset({S.VERIFIED, S.PENDING_IN_ERP, S.WITHDRAWN}),
    S.REFUSED: frozenset({S.APPROVED, S.WITHDRAWN, S.POSTED, S.DIVERGED}),
    S.SKIPPED: frozenset(),
    S.WITHDRAWN: frozenset({S.POSTED, S.DIVERGED}),
}

IN_THE_ERP = frozenset({S.POSTED, S.PENDING_IN_ERP, S.VERIFIED, S.DIVERGED})
"""The ERP has, or had, the entry: nothing may ever send it again."""

MAYBE_IN_THE_ERP = IN_THE_ERP | {S.SENDING, S.UNCERTAIN}
"""The ERP may have it: nothing may withdraw it or send it without a search."""

RELEASED = frozenset({S.DECLINED, S.WITHDRAWN})
"""The entry is dead and its effects are free for another one; nothing sends it any more."""

UNSENT = frozenset({S.BLOCKED, S.HELD, S.APPROVED, S.REFUSED}) | RELEASED
"""The ERP surely has nothing of it, unless a restored backup forgot that it was sent."""

SETTLED = frozenset({S.VERIFIED, S.DIVERGED, S.SKIPPED}) | RELEASED
"""Nothing more happens by itself."""


class ForbiddenMoveError(RuntimeError):
    """A move that the table does not have: a fault of ours, never an ERP's or a person's."""


def require_move(old: DeliveryState, new: DeliveryState) -> None:
    """Refuse a move that is not in the table.

    Raises:
        ForbiddenMoveError: naming both states.
    """
    if new not in MOVES[old]:
        message = f"a delivery cannot go from {old} to {new}"
        raise ForbiddenMoveError(message)


def may_be_sent(state: DeliveryState) -> bool:
    """Say whether a sender may claim a delivery in this state: only an approved one."""
    return state is S.APPROVED
