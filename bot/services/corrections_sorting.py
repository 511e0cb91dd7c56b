"""Sorting: which of the entries that a person named can be undone, and why the others cannot.

Pure: what is stored comes in. Nothing is decided about what they are replaced with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from ledger.books import Books
from ledger.corrections import EntryLink, LinkKind, Mode, reversal_problem
from ledger.delivery import RELEASED, DeliveryState
from ledger.drift import DriftKind, kind_of
from ledger.entries import EntryMember
from ledger.organisation import Provider
from ledger.problems import Problem
from ledger.runs import Delivery

S = DeliveryState

IN_ORDER = frozenset({S.POSTED, S.PENDING_IN_ERP, S.VERIFIED})
"""A reversal in one of these is in the ERP as it was approved."""

_WHY_NOT = {
    S.PENDING_IN_ERP: "it waits for approval in the ERP; decide on it there first",
    S.DIVERGED: "the ERP's copy differs from what was approved; mend it there, then "
    "`/integral verify` its period",
    S.SENDING: "it is being sent; ask again in a moment",
    S.UNCERTAIN: "it was sent and no answer came; ask again once it is found",
    S.AWAITING_APPROVAL: "it waits for approval and was never sent; reject its card instead",
}
_ONCE_IN_DOUBT = "it was once sent without an answer, so it is not withdrawn; undo it once posted"
_UNSENT = frozenset({S.BLOCKED, S.HELD, S.APPROVED, S.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An entry that cannot be corrected now."""

    delivery: Delivery
    why: str
    """In words, with what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """An entry in the ERP whose reversal the ERP would not take now."""

    delivery: Delivery
    problem: Problem

    @property
    def as_left(self) -> Left:
        """Return it with why in words; the remedy is the problem's."""
        why = "; ".join(f"{name}: {value}" for name, value in self.problem.facts)
        return Left(delivery=self.delivery, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The entries that a person named."""

    reversible: tuple[Delivery, ...] = ()
    """In the ERP as approved, and not undone."""
    undone: tuple[Delivery, ...] = ()
    """Reversed in the ERP and not posted again: they can be reposted, with what they hold."""
    unsent: tuple[Delivery, ...] = ()
    """Never sent: withdrawn instead."""
    left: tuple[Left, ...] = ()
    barred: tuple[Barred, ...] = ()

    def chosen(self, mode: Mode) -> tuple[Delivery, ...]:
        """Return the entries that a correction of this kind is about."""
        return self.undone if mode is Mode.REPOST else self.reversible

    def problems(self, mode: Mode) -> tuple[Problem, ...]:
        """Return what keeps a correction of this kind from being about more."""
        return () if mode is Mode.REPOST else tuple(each.problem for each in self.barred)


def bar(found: Sorted, books: Books) -> Sorted:
    """Set aside what could not be reversed in these books."""
    checked = [(delivery, reversal_problem(delivery.entry, books)) for delivery in found.reversible]
    return replace(
        found,
        reversible=tuple(delivery for delivery, problem in checked if problem is None),
        barred=tuple(Barred(delivery=d, problem=problem) for d, problem in checked if problem),
    )


def sort_out(
    deliveries: Iterable[Delivery],
    *,
    links: Collection[EntryLink],
    held: Mapping[str, frozenset[EntryMember]],
    in_doubt: Collection[str] = (),
    provider: Provider,
) -> Sorted:
    """Sort entries by what a correction may do with them.

    Reversals, and entries that were undone and replaced, are history: they are passed over.

    Args:
        deliveries: What was named.
        links: The live links from and to them.
        held: The effects that each of them holds now.
        in_doubt: The ids of those that were ever sent without an answer.
        provider: Where they were posted.
    """
    by_original = {k.original_id: k for k in links if k.kind is LinkKind.REVERSES}
    correcting = {k.entry_id: k for k in links}
    found: dict[_Fate, list[Delivery]] = {fate: [] for fate in _Fate}
    left = []
    for delivery in deliveries:
        reversal, link = by_original.get(delivery.id), correcting.get(delivery.id)
        if reversal is not None:
            fate = _fate_of_reversed(reversal, is_holding=delivery.id in held)
            why = _reversal_under_way(reversal)
        else:
            fate = _fate(delivery, link, provider)
            why = _why_not(delivery, link)
            if fate is _Fate.UNSENT and delivery.id in in_doubt:
                fate, why = _Fate.LEFT, _ONCE_IN_DOUBT
        found[fate].append(delivery)
        if fate is _Fate.LEFT:
            left.append(Left(delivery=delivery, why=why))
    return Sorted(
        reversible=tuple(found[_Fate.REVERSIBLE]),
        undone=tuple(_as_held(d, held[d.id]) for d in found[_Fate.UNDONE]),
        unsent=tuple(found[_Fate.UNSENT]),
        left=tuple(left),
    )


def _as_held(delivery: Delivery, held: frozenset[EntryMember]) -> Delivery:
    """Leave out effects that passed to an entry which stands: they are not to be posted again."""
    members = tuple(member for member in delivery.entry.members if member in held)
    return replace(delivery, entry=replace(delivery.entry, members=members))


class _Fate(Enum):
    REVERSIBLE = auto()
    UNDONE = auto()
    UNSENT = auto()
    LEFT = auto()
    HISTORY = auto()


def _fate_of_reversed(reversal: EntryLink, *, is_holding: bool) -> _Fate:
    if reversal.state not in IN_ORDER:
        return _Fate.LEFT
    return _Fate.UNDONE if is_holding else _Fate.HISTORY


def _fate(delivery: Delivery, link: EntryLink | None, provider: Provider) -> _Fate:
    state = delivery.state
    is_reversal = link is not None and link.kind is LinkKind.REVERSES
    if is_reversal or state in RELEASED or state is S.SKIPPED:
        return _Fate.HISTORY
    if _may_be_reversed(state, provider):
        return _Fate.REVERSIBLE
    return _Fate.UNSENT if state in _UNSENT and link is None else _Fate.LEFT


def _may_be_reversed(state: DeliveryState, provider: Provider) -> bool:
    # A filed entry is delivered; whether its file was imported is only said by a person.
    is_filed = provider is Provider.JOURNAL_FILE and state is S.PENDING_IN_ERP
    return is_filed or state in {S.POSTED, S.VERIFIED}


def _reversal_under_way(reversal: EntryLink) -> str:
    if reversal.state is S.AWAITING_APPROVAL:
        return f"its reversal {reversal.number} waits for approval"
    if reversal.state is S.REFUSED:
        return f"the ERP refused its reversal {reversal.number}; give that up, or mend the cause"
    return f"its reversal {reversal.number} is on its way"


def _why_not(delivery: Delivery, link: EntryLink | None) -> str:
    if link is not None and delivery.state in _UNSENT:
        return f"it replaces {link.original_number} in a correction that is under way"
    kind = kind_of(delivery.differences)
    if kind is DriftKind.REJECTED:
        return "it was rejected in the ERP's own approval: nothing of it is in the ledger to undo"
    if delivery.state is S.DIVERGED and kind is DriftKind.DELETED:
        return (
            "it was deleted in the ERP, so there is nothing to undo; an approver can have it made "
            "anew after `/integral verify` of its period"
        )
    return _WHY_NOT.get(delivery.state, "it was never sent")
