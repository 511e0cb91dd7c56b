"""Roll-up: how the mapped entries of a day become the entries that are posted.

Individual keeps them, bundled puts a day's postings into one entry, summed adds them up by
account and side; rounded amounts are added, so detail always ties to the summary. Debits are
never netted against credits. No I/O; blocked transactions must not come in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from ledger.books import ContactKind
from ledger.entries import Side
from ledger.mapped import MappedEntry, MappedPosting
from ledger.memo import cut, render_memo, with_part
from ledger.money import Money
from ledger.settings import JournalSettings, Rollup
from ledger.transactions import TransactionType, order_key

Key = tuple[str, Side, str | None, ContactKind | None, tuple[tuple[str, str], ...]]

_PLURALS = {kind: f"{kind.value}s" for kind in TransactionType}


def roll_up(
    entries: Iterable[MappedEntry], *, settings: JournalSettings, max_postings: int | None = None
) -> list[MappedEntry]:
    """Roll up one-transaction entries by their date, in the order of date and transaction.

    An entry with more postings than allowed is split between transactions; each part balances
    and its memo is numbered. One transaction is never split.

    Args:
        entries: Each made from one transaction.
        settings: The form of roll-up, the memo template and the time zone.
        max_postings: The most postings that the ERP takes in one entry; none for no limit.
    """
    ordered = sorted(entries, key=lambda e: (e.entry_date, order_key(e.transactions[0])))
    if settings.rollup is Rollup.INDIVIDUAL:
        return ordered
    days: dict[tuple[date, str], list[MappedEntry]] = {}
    for entry in ordered:
        days.setdefault((entry.entry_date, entry.currency), []).append(entry)
    keys_of = _summed_keys if settings.rollup is Rollup.SUMMED else _kept_keys
    return [
        rolled
        for day in days.values()
        for rolled in _roll_day(_split(day, keys_of, max_postings), settings)
    ]


def _roll_day(
    parts: Sequence[Sequence[MappedEntry]], settings: JournalSettings
) -> list[MappedEntry]:
    rolled = [_merge(part, settings) for part in parts]
    if len(rolled) == 1:
        return rolled
    return [
        replace(entry, memo=with_part(entry.memo, part=number, parts=len(rolled)))
        for number, entry in enumerate(rolled, start=1)
    ]


def _merge(entries: Sequence[MappedEntry], settings: JournalSettings) -> MappedEntry:
    first = entries[0]
    transactions = tuple(t for e in entries for t in e.transactions)
    memo = render_memo(
        settings.memo, transactions, entry_date=first.entry_date, time_zone=settings.time_zone
    )
    is_summed = settings.rollup is Rollup.SUMMED
    return MappedEntry(
        entry_date=first.entry_date,
        currency=first.currency,
        memo=memo,
        members=tuple(m for e in entries for m in e.members),
        postings=_sum(entries) if is_summed else tuple(p for e in entries for p in e.postings),
        transactions=transactions,
    )


def _sum(entries: Iterable[MappedEntry]) -> tuple[MappedPosting, ...]:
    """Add up postings by account, side, contact and dimensions; debits come first."""
    sums: dict[Key, Money] = {}
    kinds: dict[Key, Counter[TransactionType]] = {}
    for entry in entries:
        for posting in entry.postings:
            key = _key(posting)
            sums[key] = sums[key] + posting.money if key in sums else posting.money
        for key in {_key(posting) for posting in entry.postings}:
            kinds.setdefault(key, Counter())[entry.transactions[0].type] += 1
    postings = (_summed_posting(key, money, kinds[key]) for key, money in sums.items())
    return tuple(sorted(postings, key=lambda p: p.side is Side.CREDIT))


def _summed_posting(key: Key, money: Money, kinds: Counter[TransactionType]) -> MappedPosting:
    account_id, side, contact_id, contact_kind, dimensions = key
    counts = (f"{n:,} {kind.value if n == 1 else _PLURALS[kind]}" for kind, n in kinds.items())
    return MappedPosting(
        account_id=account_id,
        side=side,
        money=money,
        memo=cut(", ".join(counts), 200),
        contact_id=contact_id,
        contact_kind=contact_kind,
        dimensions=dimensions,
    )


def _key(posting: MappedPosting) -> Key:
    return (
        posting.account_id,
        posting.side,
        posting.contact_id,
        posting.contact_kind,
        posting.dimensions,
    )


def _summed_keys(entry: MappedEntry) -> set[object]:
    return {_key(p) for p in entry.postings}


def _kept_keys(entry: MappedEntry) -> set[object]:
    """Every posting stays its own line, so each counts."""
    return {(id(entry), place) for place in range(len(entry.postings))}


def _split(
    entries: Sequence[MappedEntry],
    keys_of: Callable[[MappedEntry], set[object]],
    max_postings: int | None,
) -> list[list[MappedEntry]]:
    """Cut a day's entries into runs whose rolled-up entry keeps within the limit."""
    if max_postings is None:
        return [list(entries)]
    parts: list[list[MappedEntry]] = [[]]
    lines: set[object] = set()
    for entry in entries:
        more = lines | keys_of(entry)
        if parts[-1] and len(more) > max_postings:
            parts.append([])
            more = keys_of(entry)
        parts[-1].append(entry)
        lines = more
    return parts
