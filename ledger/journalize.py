"""Journalize: one balanced journal entry, before mapping, for each transaction.

Second stage of the line. Amounts are rounded here, once, and never again. Nothing stops at a
problem: each transaction comes back with its entry, its problems, or the word that it needs
no entry. No I/O; today's date comes in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.entries import EntryMember, JournalEntry
from ledger.lots import Lot, LotBook
from ledger.problems import Problem
from ledger.settings import JournalSettings
from ledger.transactions import Transaction, order_key
from ledger.treatments import treat
from ledger.workings import Workings


@dataclass(frozen=True, slots=True, kw_only=True)
class Journalized:
    """What became of one transaction: exactly one of an entry, problems, or no entry needed."""

    transaction: Transaction
    entry: JournalEntry | None = None
    problems: tuple[Problem, ...] = ()
    """Every reason why there is no entry, not only the first."""
    needs_no_entry: bool = False
    """From before the go-live date, or worth less than half a minor unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """All transactions journalized, and the lots that are left."""

    items: tuple[Journalized, ...]
    lots: tuple[Lot, ...]


class Journalizer:
    """Journalizes transactions one by one, in ``order_key`` order, carrying the lots along.

    The lots of a blocked transaction move all the same: later ones depend on them.
    """

    def __init__(
        self,
        settings: JournalSettings,
        *,
        posting_date: date,
        lots: Iterable[Lot] = (),
        go_live: date | None = None,
    ) -> None:
        """Begin with opening lots, or go on from the lots of an earlier journal.

        Args:
            settings: How entries are made.
            posting_date: The organisation's current day, for entries dated by posting.
            lots: Costs in the base currency.
            go_live: Transactions before this day build cost and form no entry.
        """
        self._settings = settings
        self._posting_date = posting_date
        self._go_live = go_live
        self._lots = LotBook(lots)

    @property
    def lots(self) -> tuple[Lot, ...]:
        """The lots open now."""
        return self._lots.snapshot()

    def journalize(self, transaction: Transaction) -> Journalized:
        """Make the entry of the next transaction, or say why there is none."""
        workings = Workings(
            transaction, base_currency=self._settings.base_currency, lots=self._lots
        )
        treat(workings, self._settings)
        postings = workings.settle()
        if self._is_before_go_live(transaction):
            return Journalized(transaction=transaction, needs_no_entry=True)
        if workings.problems:
            return Journalized(transaction=transaction, problems=tuple(workings.problems))
        if not postings:
            return Journalized(transaction=transaction, needs_no_entry=True)
        entry = JournalEntry(
            entry_date=self._settings.date_of(transaction, posting_date=self._posting_date),
            currency=self._settings.base_currency,
            members=members_of(transaction),
            postings=postings,
        )
        return Journalized(transaction=transaction, entry=entry)

    def _is_before_go_live(self, transaction: Transaction) -> bool:
        if self._go_live is None:
            return False
        return transaction.local_date(self._settings.time_zone) < self._go_live


def journalize(
    transactions: Iterable[Transaction],
    *,
    settings: JournalSettings,
    posting_date: date,
    opening_lots: Iterable[Lot] = (),
    go_live: date | None = None,
) -> Journal:
    """Journalize transactions, in whatever order they come; see :class:`Journalizer`."""
    journalizer = Journalizer(
        settings, posting_date=posting_date, lots=opening_lots, go_live=go_live
    )
    items = tuple(journalizer.journalize(t) for t in sorted(transactions, key=order_key))
    return Journal(items=items, lots=journalizer.lots)


def members_of(transaction: Transaction) -> tuple[EntryMember, ...]:
    """Return the effects of a transaction, all of which its entry takes up."""
    return tuple(
        EntryMember(source=transaction.source, transaction_id=transaction.id, effect=effect)
        for effect in transaction.effects
    )
