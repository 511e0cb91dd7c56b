"""What came late: transactions dated in months that were closed here, and without an entry.

Values and pure functions, so that whoever surveys a company finds them on the way. It must not
list them for people or take their choices: ``bot.services.straggling`` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from ledger.periods import Period, month_of
from ledger.stragglers import StragglerDecision, is_closed


@dataclass(frozen=True, slots=True, kw_only=True)
class LateTransaction:
    """One transaction of a closed month that has no entry, decided about or not."""

    key: tuple[str, str]
    """(source, id)."""
    first: date
    """The first day of its month."""
    is_ready: bool
    """It could be posted now; else something blocks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMonth:
    """What came late of one closed month."""

    month: Period
    transactions: tuple[tuple[str, str], ...]
    """(source, id) of each, in order."""
    ready: int
    """How many of them could be posted now; the others are blocked."""

    @property
    def seen(self) -> str:
        """A short mark of exactly these transactions, so that nobody chooses for unseen ones."""
        return blake2b(repr(self.transactions).encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Straggling:
    """What came late and waits for a person's choice."""

    months: tuple[LateMonth, ...]
    """The oldest first."""

    @property
    def count(self) -> int:
        """How many transactions wait."""
        return sum(len(month.transactions) for month in self.months)


def late_of(
    dated: Iterable[tuple[tuple[str, str], date, bool]], closed_until: date | None
) -> tuple[LateTransaction, ...]:
    """Return what is dated in closed months, each transaction once, in order.

    Args:
        dated: (source, id), entry date and whether it is ready, of what has no entry.
        closed_until: The last day of the newest month that was closed on our side.
    """
    found = {
        (month_of(day).first, key): is_ready
        for key, day, is_ready in dated
        if is_closed(day, closed_until)
    }
    return tuple(
        LateTransaction(key=key, first=first, is_ready=is_ready)
        for (first, key), is_ready in sorted(found.items())
    )


def undecided(
    late: Collection[LateTransaction], decisions: Iterable[StragglerDecision]
) -> Straggling:
    """Return what nobody has decided about, by month."""
    decided = {decision.key for decision in decisions}
    months: dict[date, list[LateTransaction]] = {}
    for each in late:
        if each.key not in decided:
            months.setdefault(each.first, []).append(each)
    return Straggling(
        months=tuple(
            LateMonth(
                month=month_of(first),
                transactions=tuple(each.key for each in of_month),
                ready=sum(each.is_ready for each in of_month),
            )
            for first, of_month in months.items()
        )
    )
