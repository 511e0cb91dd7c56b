"""The demo's verdict: what the ERP holds, held against what the rows must have done.

Counts entries by number and by the row that their memo names, and effects from the ERP's own
account totals. It reads no table of the product; `sandbox.reckoning` says what is due.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.copies import Copy, Place
from sandbox.reckoning import Expected

NUMBER = re.compile(r"INT-[0-9A-Z]{4}-[0-9A-Z]{5}-\d{6}")
"""Numbers of ours, as the product documents them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is there, what is missing and what is there twice."""

    erp_rows: int
    posted: int
    blocked: int
    held: int
    duplicated: int
    lost: int
    effects_missing: int
    effects_doubled: int

    @property
    def is_clean(self) -> bool:
        """Everything that should be there is there once."""
        wrong = (self.duplicated, self.lost, self.effects_missing, self.effects_doubled)
        return not any(wrong) and self.erp_rows == self.posted


def judge(
    expected: Sequence[Expected],
    copies: Sequence[Copy],
    totals: Mapping[Place, int],
) -> Verdict:
    """Compare.

    Args:
        expected: What each row of the period must do.
        copies: Every journal entry of the company.
        totals: The ERP's own cents by account and side, over everything it holds.
    """
    by_hand = [copy for copy in copies if copy.by_hand]
    ours = [copy for copy in copies if NUMBER.fullmatch(copy.number)]
    due = [each for each in expected if each.lines]
    held = [each for each in due if any(_alike(each, copy) for copy in by_hand)]
    going = [each for each in due if each not in held]
    rows = Counter(copy.row for copy in ours)
    numbers = Counter(copy.number for copy in ours)
    wanted = {each.id for each in going}
    missing, doubled = _effects(going, ours, _without(totals, by_hand))
    return Verdict(
        erp_rows=len(ours),
        posted=len(going),
        blocked=sum(each.blocked for each in expected),
        held=len(held),
        duplicated=max(_repeats(rows), _repeats(numbers)) + len(set(rows) - wanted),
        lost=len(wanted - set(rows)),
        effects_missing=missing,
        effects_doubled=doubled,
    )


def _effects(
    going: Iterable[Expected], ours: Iterable[Copy], totals: Mapping[Place, int]
) -> tuple[int, int]:
    """Count effects that are short and in excess: the totals say where, the lines how many."""
    due = [line for each in going for line in each.lines]
    there = [line for copy in ours for line in copy.lines]
    missing = doubled = 0
    for place in {line[:2] for line in due} | {place for place, cents in totals.items() if cents}:
        wanted = Counter(line[2] for line in due if line[:2] == place)
        found = Counter(line[2] for line in there if line[:2] == place)
        short, over = (wanted - found).total(), (found - wanted).total()
        gap = totals.get(place, 0) - sum(cents * times for cents, times in wanted.items())
        # A total that is off counts at least once, whatever the lines say.
        missing += max(short, gap < 0)
        doubled += max(over, gap > 0)
    return missing, doubled


def _without(totals: Mapping[Place, int], by_hand: Iterable[Copy]) -> dict[Place, int]:
    """The totals less what people typed in themselves."""
    rest = dict(totals)
    for copy in by_hand:
        for account, side, cents in copy.lines:
            rest[account, side] -= cents
    return rest


def _alike(each: Expected, copy: Copy) -> bool:
    """Same date, total and accounts: it may be the same thing, so a person decides."""
    accounts = {line[0] for line in each.lines}
    same = (each.day, each.cents) == (copy.day, copy.cents)
    return same and accounts == {line[0] for line in copy.lines}


def _repeats(counts: Counter[str]) -> int:
    return sum(times - 1 for times in counts.values())
