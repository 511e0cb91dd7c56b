"""Closing: a month counts as closed on our side once its push has ended with nothing left.

From then on what turns up of it is a straggler (``bot.services.straggling``). It closes nothing
in the ERP and must not decide when a run has ended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.services import audit
from bot.services.ports import UnitOfWork
from bot.services.status import load_problems
from ledger.organisation import Organisation
from ledger.periods import Period, month_of
from ledger.runs import BatchState, Run, RunKind, RunState


async def close_month(
    unit: UnitOfWork, organisation: Organisation, run: Run, *, now: datetime
) -> bool:
    """Close the month of a run that has ended, in the caller's unit of work; say whether it did.

    Only a push of one whole month that is over there, never a month before the last closed one,
    none of which nothing could be pushed, and none whose last card nobody approved.
    """
    period = Period(first=run.first_date, last=run.last_date)
    is_whole = period == month_of(run.first_date)
    if run.kind is not RunKind.PUSH or run.state is not RunState.FINISHED or not is_whole:
        return False
    company = await unit.companies.get(run.company_id)
    if company is None or not period.is_ended(now, organisation.time_zone):
        return False
    if company.last_month_end is not None and company.last_month_end >= period.last:
        return False
    if await _is_declined(unit, run):
        return False
    if load_problems(run.report) and not await _was_pushed(unit, run):
        # Everything of it is blocked: nobody would call that month done.
        return False
    await unit.companies.save(replace(company, last_month_end=period.last))
    record = audit.note(
        "month.closed",
        str(period),
        organisation_id=organisation.id,
        actor="integral",
        at=now,
        change=(None, {"company": company.key, "run": run.id}),
    )
    await unit.audit.add(record)
    return True


async def _is_declined(unit: UnitOfWork, run: Run) -> bool:
    """Say whether a card of the run was rejected, or its last one ended without a decision."""
    batches = await unit.deliveries.batch_of_run(run.id)
    last_at = max((batch.frozen_at for batch in batches), default=None)
    last = [batch.state for batch in batches if batch.frozen_at == last_at]
    is_rejected = any(batch.state is BatchState.REJECTED for batch in batches)
    return is_rejected or (bool(last) and all(state is BatchState.LAPSED for state in last))


async def _was_pushed(unit: UnitOfWork, run: Run) -> bool:
    batches = await unit.deliveries.batch_of_run(run.id)
    return any(batch.state in {BatchState.APPROVED, BatchState.NOT_NEEDED} for batch in batches)
