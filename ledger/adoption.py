"""Adoption: entries in the ERP that bear our numbers and that we do not know.

After a restored backup they are our own, made again from the same transactions; after a second
installation they are another's. Pure matching: what equals a fresh entry is ours. No I/O.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from ledger.entries import PreparedEntry
from ledger.mapped import MappedEntry
from ledger.numbers import NumberError, parse_number
from ledger.verification import HeldEntry, differences


class UnknownEntry(HeldEntry, Protocol):
    """An entry with our number as the ERP holds it; the connectors' ``FoundEntry`` is one."""

    @property
    def erp_id(self) -> str:
        """The ERP's own id."""
        ...


Found = TypeVar("Found", bound=UnknownEntry)


class ForeignReason(StrEnum):
    """Why a number of ours is known to belong to no entry here."""

    UNMATCHED = "unmatched"
    """Nothing that could be made here is equal to it."""
    CUT_OVER = "cut_over"
    """It is dated before the day from which the books are kept here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEntry:
    """An entry in the ERP with our number that a person said is not one of ours."""

    number: str
    erp_id: str
    entry_date: date
    reason: ForeignReason
    noted_by: str
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedEntry:
    """An entry of ours that is in the ERP already, to be stored as posted."""

    id: str
    entry: PreparedEntry
    erp_id: str


@dataclass(frozen=True, slots=True)
class Matched(Generic[Found]):
    """What became of the unknown entries."""

    ours: tuple[tuple[PreparedEntry, Found], ...]
    """Each with the entry that it is, under the ERP's number."""
    others: tuple[Found, ...]
    """Equal to nothing that could be made here."""


def match(
    unknown: Iterable[Found],
    fresh: Iterable[MappedEntry],
    prepare: Callable[[MappedEntry, str], PreparedEntry],
) -> Matched[Found]:
    """Pair unknown entries with fresh ones of the same date, postings and memo, each once.

    Lowest number first, and fresh ones in their own order: as they were numbered when sent.

    Args:
        unknown: What the ERP holds under our numbers.
        fresh: What could be posted now, none of it in a live entry.
        prepare: Freezes a fresh entry under a number.
    """
    by_day: defaultdict[date, list[MappedEntry]] = defaultdict(list)
    for entry in fresh:
        by_day[entry.entry_date].append(entry)
    ours: list[tuple[PreparedEntry, Found]] = []
    others: list[Found] = []
    taken: set[str] = set()
    for held in sorted(unknown, key=lambda e: (e.number or "", e.erp_id)):
        number = held.number or ""
        # A second copy of a number is no second entry: verification shows it as doubled.
        pair = None if number in taken else _equal(held, number, by_day[held.entry_date], prepare)
        if pair is not None:
            taken.add(number)
            ours.append((pair, held))
        elif number not in taken:
            others.append(held)
    return Matched(ours=tuple(ours), others=tuple(others))


def highest_sequence(numbers: Iterable[str]) -> int:
    """Return the highest sequence in some journal numbers; 0 without any."""
    return max((_sequence(number) for number in numbers), default=0)


def _equal(
    held: Found,
    number: str,
    candidates: list[MappedEntry],
    prepare: Callable[[MappedEntry, str], PreparedEntry],
) -> PreparedEntry | None:
    for place, candidate in enumerate(candidates):
        if not _may_be_equal(held, candidate):
            continue
        entry = prepare(candidate, number)
        if not differences(entry, held):
            del candidates[place]
            return entry
    return None


def _may_be_equal(held: UnknownEntry, candidate: MappedEntry) -> bool:
    """Leave out at small cost what cannot be equal: comparing words is slow."""
    return _amounts(held.postings) == _amounts(candidate.postings)


class _HasMoney(Protocol):
    @property
    def money(self) -> object: ...


def _amounts(postings: Sequence[_HasMoney]) -> list[str]:
    return sorted(str(posting.money) for posting in postings)


def _sequence(number: str) -> int:
    try:
        return parse_number(number).sequence
    except NumberError:
        return 0
