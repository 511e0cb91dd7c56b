"""What an approval card tells besides the run itself: who shaped the batch, who is asked, by when.

Reads only; ``bot.views.approvals`` draws it. Who may decide is decided again at every click.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.services.audit import shapers_of
from bot.services.ports import UnitOfWork
from bot.services.status import RunStatus
from ledger.approval import may_approve
from ledger.organisation import Organisation
from ledger.records import Source
from ledger.runs import Batch, BatchState, Run
from ledger.waiting import expires_at, is_fallback_asked


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Everything that a card tells."""

    status: RunStatus
    batch: Batch
    approvals: Mapping[str, datetime]
    """Who approved it, and when; several where two approvers are needed."""
    shapers: Mapping[str, str] = field(default_factory=dict)
    """Person → what they did to it; only while it waits."""
    approvers: tuple[str, ...] = ()
    """Everybody who may decide on it now; only while it waits."""
    asked: tuple[str, ...] = ()
    """Those of them who are asked: the fallback approver only when the time has come."""
    stale_sources: tuple[str, ...] = ()
    """Sources that may hold more of the period than was imported."""
    due_at: datetime | None = None
    """When the card ends, if nobody decides."""


def card_key(batch_id: str, person: str | None = None) -> str:
    """Return the outbox key of a batch's card: the channel's, or a person's own copy."""
    return f"batch:{batch_id}" if person is None else f"batch:{batch_id}:{person}"


async def read_card(
    unit: UnitOfWork, status: RunStatus, batch: Batch, *, now: datetime
) -> CardFacts:
    """Read what the card of one of a run's batches tells."""
    approvals = await unit.deliveries.approvals(batch.id)
    if batch.state is not BatchState.AWAITING_APPROVAL:
        return CardFacts(status=status, batch=batch, approvals=approvals)
    organisation = await unit.organisations.get(batch.organisation_id) or status.organisation
    approvers = await read_free(unit, organisation, status.run)
    sources = await unit.transactions.sources(organisation.id)
    return CardFacts(
        status=status,
        batch=batch,
        approvals=approvals,
        shapers=await _shapers(unit, status.run),
        approvers=approvers,
        asked=_asked(approvers, organisation, batch, now),
        stale_sources=_stale(sources, organisation, status.run, batch),
        due_at=expires_at(batch.frozen_at, organisation.policies),
    )


async def read_asked(
    unit: UnitOfWork, organisation: Organisation, batch: Batch, run: Run, *, now: datetime
) -> tuple[str, ...]:
    """Return who is asked to decide on a waiting batch by now."""
    approvers = await read_free(unit, organisation, run)
    return _asked(approvers, organisation, batch, now)


def _asked(
    approvers: tuple[str, ...], organisation: Organisation, batch: Batch, now: datetime
) -> tuple[str, ...]:
    """Spare the fallback approver until the time has come, unless there is nobody else."""
    policies = organisation.policies
    if is_fallback_asked(batch.frozen_at, policies, now=now):
        return approvers
    return tuple(who for who in approvers if who != policies.fallback_approver) or approvers


async def _shapers(unit: UnitOfWork, run: Run, *, seen_by: str = "") -> dict[str, str]:
    since = await unit.deliveries.last_approval(run.company_id, not_by=seen_by)
    return shapers_of(run, await unit.audit.shapers(run.organisation_id, since))


async def read_free(unit: UnitOfWork, organisation: Organisation, run: Run) -> tuple[str, ...]:
    """Return everybody who may decide on a run's batch now: approvers who did not shape it."""
    found = []
    for person, roles in sorted((await unit.people.everyone(organisation.id)).items()):
        shapers = await _shapers(unit, run, seen_by=person)
        if not may_approve(person, roles=roles, shapers=shapers, policies=organisation.policies):
            found.append(person)
    return tuple(found)


def _stale(
    sources: Sequence[Source], organisation: Organisation, run: Run, batch: Batch
) -> tuple[str, ...]:
    """Return the sources that were not imported since the period ended, or within their limit."""
    oldest = batch.frozen_at - timedelta(hours=organisation.policies.source_limit_hours)
    zone = ZoneInfo(organisation.time_zone)
    ended = datetime.combine(run.last_date + timedelta(days=1), time.min, tzinfo=zone)
    if ended <= batch.frozen_at:
        oldest = max(oldest, ended)
    return tuple(source.name for source in sources if source.last_import_at < oldest)
