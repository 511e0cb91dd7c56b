"""What could be posted of a company's transactions, and what could not and why.

Values, as the pipeline makes them and runs, previews and surveys read them. It must not build
anything: ``bot.services.pipeline`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain

from bot.services.late import LateTransaction, late_of
from ledger.mapped import MappedEntry
from ledger.periods import Period
from ledger.problems import Problem
from ledger.settings import JournalSettings
from ledger.transactions import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason why one transaction forms no entry now."""

    problem: Problem
    transaction: Transaction
    entry_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What could be posted now, and what could not and why."""

    settings: JournalSettings
    entries: tuple[MappedEntry, ...]
    """Rolled up and past preflight, in the order of date and transaction."""
    findings: tuple[Finding, ...]
    not_ended: tuple[date, ...] = ()
    """The entry date of each transaction that a roll-up leaves, as its day goes on."""
    left_out: tuple[date, ...] = ()
    """The entry date of each transaction that a person left out of the books."""

    @property
    def blocked(self) -> int:
        """How many transactions form no entry, each once however many reasons it has."""
        return len({(f.transaction.source, f.transaction.id) for f in self.findings})

    def in_period(self, period: Period) -> Built:
        """Keep what is dated in a period."""
        return Built(
            settings=self.settings,
            entries=tuple(e for e in self.entries if e.entry_date in period),
            findings=tuple(f for f in self.findings if f.entry_date in period),
            not_ended=tuple(day for day in self.not_ended if day in period),
            left_out=tuple(day for day in self.left_out if day in period),
        )

    def late(self, closed_until: date | None) -> tuple[LateTransaction, ...]:
        """Return what is dated in closed months, ready or not."""
        blocked = (
            ((f.transaction.source, f.transaction.id), f.entry_date, False) for f in self.findings
        )
        ready = (
            ((member.source, member.transaction_id), entry.entry_date, True)
            for entry in self.entries
            for member in entry.members
        )
        return late_of(chain(blocked, ready), closed_until)
