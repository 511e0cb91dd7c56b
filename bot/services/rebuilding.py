"""Rebuilding: what would be made of posted entries' transactions now, beside what was posted.

The same pure stages as every preview, over exactly the transactions that entries hold. Tells
staleness and corrections apart from memos and the form of a roll-up, which change nothing. It
reads and writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.services.built import Built
from bot.services.pipeline import build
from bot.services.source import Source
from ledger.corrections import has_same_effect
from ledger.entries import EntryMember, PreparedEntry
from ledger.mapped import MappedEntry
from ledger.preflight import prepare
from ledger.problems import Problem
from ledger.runs import Delivery
from ledger.settings import Rollup

TransactionKey = tuple[str, str]
"""Source and id of a transaction."""


class Fit(StrEnum):
    """How a posted entry compares with what would be made now."""

    FITS = "fits"
    STALE = "stale"
    UNKNOWN = "unknown"
    """A problem keeps it from being made now, or it is from before the go-live date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One posted entry beside what would be made of its transactions now."""

    fit: Fit
    problems: tuple[Problem, ...] = ()
    """What keeps its transactions from being made."""


def compare(source: Source, posted: Iterable[Delivery], *, today: date) -> dict[str, Compared]:
    """Compare posted entries with what would be made now; delivery id → how it compares."""
    deliveries = list(posted)
    single = replace(source, settings=replace(source.settings, rollup=Rollup.INDIVIDUAL))
    built = rebuild(single, deliveries, today=today)
    pieces = _Pieces(source, built)
    return {d.id: pieces.compare(d.entry) for d in deliveries}


def rebuild(source: Source, posted: Iterable[Delivery], *, today: date) -> Built:
    """Build the entries of posted ones' transactions as they would be made now.

    Closed books are no problem here: what becomes of such dates is asked, not decided.
    """
    open_books = replace(source, books=replace(source.books, lock_date=None))
    return build(open_books, today=today, taken=frozenset(), again=_dates_of(posted))


def _dates_of(posted: Iterable[Delivery]) -> dict[EntryMember, date]:
    return {member: d.entry.entry_date for d in posted for member in d.entry.members}


class _Pieces:
    """One rebuilt entry, some problems, or neither, for each transaction."""

    def __init__(self, source: Source, built: Built) -> None:
        self._source = source
        self._rebuilt: dict[TransactionKey, MappedEntry] = {
            (t.source, t.id): entry for entry in built.entries for t in entry.transactions
        }
        self._problems: dict[TransactionKey, list[Problem]] = {}
        for finding in built.findings:
            key = (finding.transaction.source, finding.transaction.id)
            self._problems.setdefault(key, []).append(finding.problem)
        self._too_early = _before_go_live(source)

    def compare(self, entry: PreparedEntry) -> Compared:
        keys = list(dict.fromkeys((m.source, m.transaction_id) for m in entry.members))
        problems = [problem for key in keys for problem in self._problems.get(key, ())]
        if problems or any(key in self._too_early for key in keys):
            return Compared(fit=Fit.UNKNOWN, problems=tuple(problems))
        made = [self._rebuilt[key] for key in keys if key in self._rebuilt]
        if not made or len({each.entry_date for each in made}) > 1:
            return Compared(fit=Fit.STALE)
        fits = has_same_effect(entry, _joined(made, entry, self._source))
        return Compared(fit=Fit.FITS if fits else Fit.STALE)


def _joined(made: Sequence[MappedEntry], entry: PreparedEntry, source: Source) -> PreparedEntry:
    """Put one-transaction entries together, under the number of the entry they would replace."""
    prepared = [
        prepare(each, company=entry.company, number=entry.number, books=source.books)
        for each in made
    ]
    postings = tuple(posting for each in prepared for posting in each.postings)
    return replace(prepared[0], postings=postings)


def _before_go_live(source: Source) -> Mapping[TransactionKey, bool]:
    first, zone = source.company.go_live_date, source.settings.time_zone
    if first is None:
        return {}
    return {(t.source, t.id): True for t in source.transactions if t.local_date(zone) < first}
