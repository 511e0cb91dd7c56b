"""Stragglers: transactions that turn up, or become ready, after their month was closed here.

Nothing goes silently into a closed month: a person chooses for each what becomes of it. Values
only. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class StragglerChoice(StrEnum):
    """What a person chose for a late transaction."""

    NEXT_RUN = "next_run"
    """The next push of a whole month takes it along, dated as it is, with that push's approval."""
    IGNORE = "ignore"
    """It forms no entry; the reason is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StragglerDecision:
    """A choice about one transaction of one company."""

    company_id: str
    source: str
    transaction_id: str
    choice: StragglerChoice
    reason: str
    """Never empty for what is ignored."""
    chosen_by: str
    chosen_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What the transaction is known by in its organisation."""
        return (self.source, self.transaction_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Transactions that one person left out of the books at one moment, for one reason."""

    chosen_at: datetime
    chosen_by: str
    reason: str
    transactions: int


def chosen(
    decisions: Iterable[StragglerDecision], choice: StragglerChoice
) -> frozenset[tuple[str, str]]:
    """Return (source, id) of the transactions for which this was chosen."""
    return frozenset(each.key for each in decisions if each.choice is choice)


def ignored(decisions: Iterable[StragglerDecision]) -> frozenset[tuple[str, str]]:
    """Return (source, id) of the transactions that stay out of the books."""
    return chosen(decisions, StragglerChoice.IGNORE)


def is_closed(day: date, closed_until: date | None) -> bool:
    """Say whether a day lies in a month that was closed on our side."""
    return closed_until is not None and day <= closed_until
