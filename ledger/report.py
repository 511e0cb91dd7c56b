"""Report: how a run ended, in counts and totals.

Last stage of the line. Data only; views draw it. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry, Side
from ledger.money import Money
from ledger.problems import CATALOGUE, Problem, ProblemCode


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTotal:
    """The entries of one delivery state."""

    state: DeliveryState
    entries: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """Everything that one remedy would free."""

    code: ProblemCode
    title: str
    remedy: str
    count: int
    """How many transactions or entries it blocks."""
    subjects: tuple[str, ...]
    """What it is about, each once, in the order found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTotal:
    """What a run debits and credits on one account."""

    label: str
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a run."""

    entries: int
    total: Money
    """Sum of the debits of all entries, which is that of the credits."""
    states: tuple[StateTotal, ...]
    """In the order of ``DeliveryState``; states without entries are left out."""
    problems: tuple[ProblemGroup, ...]
    """The most frequent first."""
    accounts: tuple[AccountTotal, ...]
    """The biggest turnover first."""


def report(
    deliveries: Iterable[tuple[PreparedEntry, DeliveryState]],
    *,
    problems: Iterable[Problem],
    currency: str,
    most_accounts: int = 10,
) -> Report:
    """Sum up a run.

    Args:
        deliveries: Each entry with the state of its delivery.
        problems: What blocks transactions and entries; the same one twice counts twice.
        currency: The base currency.
        most_accounts: How many accounts are listed.
    """
    pairs = list(deliveries)
    entries = [entry for entry, _ in pairs]
    return Report(
        entries=len(pairs),
        total=_sum((e.total for e in entries), currency),
        states=_states(pairs, currency),
        problems=group_problems(problems),
        accounts=account_totals(entries, currency=currency)[:most_accounts],
    )


def group_problems(problems: Iterable[Problem]) -> tuple[ProblemGroup, ...]:
    """Group problems by code, the most frequent first, each with its one remedy."""
    groups: dict[ProblemCode, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.code, []).append(problem)
    return tuple(
        ProblemGroup(
            code=code,
            title=CATALOGUE[code].title,
            remedy=CATALOGUE[code].remedy,
            count=_blocked(found),
            subjects=tuple(dict.fromkeys(p.subject for p in found)),
        )
        for code, found in sorted(groups.items(), key=lambda g: -_blocked(g[1]))
    )


def account_totals(entries: Iterable[PreparedEntry], *, currency: str) -> tuple[AccountTotal, ...]:
    """Add up debits and credits by account, never one against the other, the biggest first."""
    labels: dict[str, str] = {}
    sums: dict[tuple[str, Side], Money] = {}
    zero = Money.zero(currency)
    for posting in (p for entry in entries for p in entry.postings):
        labels.setdefault(posting.account_id, posting.account_label)
        key = (posting.account_id, posting.side)
        sums[key] = sums.get(key, zero) + posting.money
    totals = [
        AccountTotal(
            label=label,
            debit=sums.get((account_id, Side.DEBIT), zero),
            credit=sums.get((account_id, Side.CREDIT), zero),
        )
        for account_id, label in labels.items()
    ]
    return tuple(sorted(totals, key=lambda t: (-(t.debit + t.credit).amount, t.label)))


def _states(
    pairs: list[tuple[PreparedEntry, DeliveryState]], currency: str
) -> tuple[StateTotal, ...]:
    by_state: dict[DeliveryState, list[Money]] = {}
    for entry, state in pairs:
        by_state.setdefault(state, []).append(entry.total)
    return tuple(
        StateTotal(state=state, entries=len(by_state[state]), total=_sum(by_state[state], currency))
        for state in DeliveryState
        if state in by_state
    )


def _blocked(problems: list[Problem]) -> int:
    """Count transactions once, and findings that are about none of them one by one."""
    ids = {p.transaction_id for p in problems if p.transaction_id is not None}
    return len(ids) + sum(1 for p in problems if p.transaction_id is None)


def _sum(moneys: Iterable[Money], currency: str) -> Money:
    result = Money.zero(currency)
    for money in moneys:
        result = result + money
    return result
