"""Reads where a run stands. Reads only; what people are told is drawn in ``bot.views``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.services.ports import UnitOfWork
from bot.services.problem_text import load_problem
from bot.services.status import RunStatus, load_blocked, load_left, load_problems
from ledger.corrections import Summary, load_summary
from ledger.delivery import IN_THE_ERP, RELEASED, SETTLED, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import Period, month_of
from ledger.report import ProblemGroup, account_totals, group_problems
from ledger.runs import Batch, BatchState, Delivery, Run, RunKind, RunState
from ledger.stragglers import is_closed

BIGGEST = 5
"""How many accounts a card lists."""
_WITH_PROBLEM = frozenset({DeliveryState.REFUSED, DeliveryState.BLOCKED})


async def read_status(
    unit: UnitOfWork, organisation: Organisation, company: Company, run: Run
) -> RunStatus:
    """Read everything that people are told about a run."""
    stored = await unit.runs.get(run.id) or run
    every = await unit.deliveries.of_run(run.id)
    deliveries = [d for d in every if d.state not in RELEASED]
    batches = await unit.deliveries.batch_of_run(run.id)
    going = [d for d in deliveries if not (d.state in _WITH_PROBLEM and d.problem)]
    totals = account_totals(
        (d.entry for d in going if d.state is not DeliveryState.HELD),
        currency=organisation.base_currency,
    )
    refused = [d for d in deliveries if d.state in _WITH_PROBLEM and d.problem]
    unmade, left = load_blocked(stored.report), load_left(stored.report)
    others = await unit.deliveries.of_others(
        company.id, run.first_date, run.last_date, but_of_run=run.id
    )
    return RunStatus(
        organisation=organisation,
        company=company,
        run=stored,
        batch=newest(batches),
        counts=Counter(d.state for d in going),
        earlier=sum(count for state, count in others.items() if state in IN_THE_ERP),
        elsewhere=_unsettled(others) if stored.kind is RunKind.PUSH else {},
        not_ended=left.not_ended,
        left_out=left.left_out,
        is_closed=await _is_closed(unit, stored),
        problems=(*load_problems(stored.report), *_refused(refused)),
        kept_back=None if unmade is None else unmade + len(refused),
        held=tuple(d for d in going if d.state is DeliveryState.HELD),
        diverged=tuple(d for d in going if d.state is DeliveryState.DIVERGED),
        arrived=tuple(d.erp_id for d in going if d.erp_id and d.state in IN_THE_ERP),
        biggest=totals[:BIGGEST],
        taken_back=_taken_back(every, batches),
        settled=await unit.deliveries.settled(run.id),
        left_behind=sum(d.entry.entry_date < run.first_date for d in going),
        correction=await _correction(unit, stored),
    )


def _taken_back(deliveries: Sequence[Delivery], batches: Sequence[Batch]) -> int:
    """Count what was approved, or needed no approval, and was withdrawn before it was sent."""
    decided = {b.id for b in batches if b.state in {BatchState.APPROVED, BatchState.NOT_NEEDED}}
    withdrawn = [d for d in deliveries if d.state is DeliveryState.WITHDRAWN and d.erp_id is None]
    return sum(d.batch_id in decided for d in withdrawn)


def _unsettled(others: Mapping[DeliveryState, int]) -> dict[DeliveryState, int]:
    return {state: n for state, n in others.items() if state not in IN_THE_ERP | SETTLED}


async def _is_closed(unit: UnitOfWork, run: Run) -> bool | None:
    """Say whether the month of a push that has ended is closed here; none for other runs."""
    is_month = Period(first=run.first_date, last=run.last_date) == month_of(run.first_date)
    if run.kind is not RunKind.PUSH or run.state is not RunState.FINISHED or not is_month:
        return None
    company = await unit.companies.get(run.company_id)
    return company is not None and is_closed(run.last_date, company.last_month_end)


async def _correction(unit: UnitOfWork, run: Run) -> Summary | None:
    if run.kind is not RunKind.CORRECTION:
        return None
    correction = await unit.corrections.get(run.id)
    return load_summary(correction.summary) if correction and correction.summary else None


def newest(batches: Sequence[Batch]) -> Batch | None:
    """Return the batch that counts: the newest that did not lapse, else the newest."""
    ordered = sorted(batches, key=lambda b: (b.state is not BatchState.LAPSED, b.frozen_at))
    return ordered[-1] if ordered else None


def _refused(deliveries: Sequence[Delivery]) -> tuple[ProblemGroup, ...]:
    return group_problems(load_problem(d.problem) for d in deliveries if d.problem)
