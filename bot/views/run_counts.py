"""What a run's message counts: what it took, what it left and why, each in a few words. Pure.

Counts and totals only; causes with their remedies stand beside them in ``bot.views.runs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.services.status import RunStatus
from bot.views.drawn import count
from ledger.delivery import DeliveryState
from ledger.drift import DriftKind, kind_of
from ledger.organisation import Provider
from ledger.runs import RunKind, Trigger

PENDING = {Provider.JOURNAL_FILE: "waiting until somebody confirms the import of their file"}
"""What keeps a delivered entry out of the books; anywhere else it is the ERP's own approval."""
_ON_THE_WAY = (
    DeliveryState.APPROVED,
    DeliveryState.SENDING,
    DeliveryState.UNCERTAIN,
    DeliveryState.BLOCKED,
)


def counted(status: RunStatus) -> Iterator[str]:
    """Return a line for everything of which there is some."""
    for number, words in _entries(status):
        if number:
            yield f"{count(number, 'entry', 'entries')} {words}"
    if status.run.kind is RunKind.PUSH:
        yield from _left(status)


def not_ended(transactions: int) -> str:
    """Say that a roll-up leaves transactions of a day that goes on."""
    number = count(transactions, "transaction")
    return f"{number} of a day that has not ended: a roll-up takes whole days"


def alike(number: int) -> str:
    """Name what is held: *a possible duplicate*, *possible duplicates*."""
    return "a possible duplicate" if number == 1 else "possible duplicates"


def _entries(status: RunStatus) -> Iterator[tuple[int, str]]:
    """Pair counts of entries with what is said of them."""
    erp, counts = status.company.provider.label, status.counts
    yield counts.get(DeliveryState.VERIFIED, 0), "read back and equal, posting by posting"
    yield (
        counts.get(DeliveryState.UNCERTAIN, 0),
        f"sent, no answer; checking {erp} before anything is sent again :mag:",
    )
    yield from _settled(status.settled, erp)
    pending = counts.get(DeliveryState.PENDING_IN_ERP, 0)
    yield pending, PENDING.get(status.company.provider, f"waiting for approval in {erp}")
    yield len(status.held), f"held as {alike(len(status.held))} :eyes:"
    yield counts.get(DeliveryState.SKIPPED, 0), f"skipped: somebody found it in {erp} already"
    rejected = sum(kind_of(d.differences) is DriftKind.REJECTED for d in status.diverged)
    yield rejected, f"rejected in {erp}'s own approval :warning:"
    yield len(status.diverged) - rejected, f"differing in {erp} :warning:"
    yield counts.get(DeliveryState.BLOCKED, 0), "waiting until what they replace is undone"
    if status.run.kind is RunKind.PUSH:
        yield status.earlier, "pushed before; not sent again"
        yield from _elsewhere(status.elsewhere, erp)


def _settled(settled: Mapping[DeliveryState, int], erp: str) -> Iterator[tuple[int, str]]:
    """Pair counts of entries that were sent without an answer with how that ended."""
    found = settled.get(DeliveryState.POSTED, 0)
    yield found, f"whose outcome was unknown: found in {erp} by number, so not sent again"
    absent = settled.get(DeliveryState.APPROVED, 0)
    yield absent, f"whose outcome was unknown: not in {erp} after two searches, so sent again"
    differing = settled.get(DeliveryState.DIVERGED, 0)
    yield differing, f"whose outcome was unknown: found in {erp}, but not as approved"


def _elsewhere(others: Mapping[DeliveryState, int], erp: str) -> Iterator[tuple[int, str]]:
    """Pair counts of the period's entries that another push has with where they stand there."""
    awaiting = others.get(DeliveryState.AWAITING_APPROVAL, 0)
    yield awaiting, "in another push, which waits for approval: `/integral approvals`"
    yield sum(others.get(each, 0) for each in _ON_THE_WAY), "on the way in another push"
    held = others.get(DeliveryState.HELD, 0)
    yield held, f"held by another push as {alike(held)}: `/integral duplicates`"
    refused = others.get(DeliveryState.REFUSED, 0)
    yield refused, f"of another push, refused by {erp}: its message says why"


def _left(status: RunStatus) -> Iterator[str]:
    """Say what was left though no problem stands in its way."""
    if status.not_ended:
        yield not_ended(status.not_ended)
    if status.left_out:
        number = count(status.left_out, "transaction")
        yield f"{number} left out of the books by choice: `/integral approvals`"
    if status.is_closed:
        yield "the month is closed here: what comes late of it waits for a choice"
    elif status.is_closed is False and status.run.trigger is Trigger.MONTHLY:
        yield "the month stays open here, as nothing of it could be pushed"
