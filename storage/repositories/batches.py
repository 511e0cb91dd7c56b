"""Batches: what is approved together. Part of the repository of deliveries."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.runs import Batch, BatchState
from storage.statements import columns_of, insert_into, value_from
from storage.tables.runs import batch_approvals, batches


class BatchesPart:
    """The methods of the port ``Deliveries`` that are about whole batches."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def batch(self, batch_id: str) -> Batch | None:
        """Return the batch, or none."""
        found = await self._batches(batches.c.id == batch_id)
        return found[0] if found else None

    async def batch_of_run(self, run_id: str) -> list[Batch]:
        """Return the run's batches in the order they were frozen."""
        return await self._batches(batches.c.run_id == run_id)

    async def batches_in_state(self, organisation_id: str, state: BatchState) -> list[Batch]:
        """Return the organisation's batches in this state in the order they were frozen."""
        return await self._batches(
            batches.c.organisation_id == organisation_id, batches.c.state == state
        )

    async def last_approval(self, company_id: str, *, not_by: str) -> datetime | None:
        """Return when somebody other than ``not_by`` last approved a batch of the company."""
        c = batches.c
        found = await self._session.execute(
            select(c.decided_at)
            .where(c.company_id == company_id, c.state == BatchState.APPROVED)
            .where(c.decided_by != not_by)
            .order_by(c.decided_at.desc())
            .limit(1)
        )
        at: datetime | None = found.scalar_one_or_none()
        return at

    async def decide(self, batch: Batch, new: Batch) -> bool:
        """Compare-and-swap a batch's state and decision; false when it was decided before.

        Its digest must still be the one that was shown.
        """
        decided = await self._session.execute(
            update(batches)
            .where(
                batches.c.id == batch.id,
                batches.c.company_id == batch.company_id,
                batches.c.state == batch.state,
                batches.c.digest == batch.digest,
            )
            .values(
                state=new.state,
                decided_by=new.decided_by,
                decided_at=new.decided_at,
                decision_note=new.decision_note,
            )
            .returning(batches.c.id)
        )
        return decided.first() is not None

    async def due_batches(self, now: datetime, limit: int) -> list[Batch]:
        """Return waiting batches whose ``wake_at`` has come, the longest waiting first."""
        c = batches.c
        found = await self._session.execute(
            _all()
            .where(c.state == BatchState.AWAITING_APPROVAL, c.wake_at <= now)
            .order_by(c.wake_at, c.id)
            .limit(limit)
        )
        return [value_from(Batch, row) for row in found]

    async def attend(self, batch: Batch, new: Batch) -> bool:
        """Compare-and-swap up to when a waiting batch was attended to, and when it is next."""
        c = batches.c
        changed = await self._session.execute(
            update(batches)
            .where(c.id == batch.id, c.state == BatchState.AWAITING_APPROVAL)
            .where(c.attended_at.is_not_distinct_from(batch.attended_at))
            .values(attended_at=new.attended_at, wake_at=new.wake_at)
            .returning(c.id)
        )
        return changed.first() is not None

    async def add_approval(self, batch_id: str, person: str, at: datetime) -> None:
        """Note one approver's yes; a second one of the same person changes nothing."""
        statement = insert_into(self._session, batch_approvals).values(
            batch_id=batch_id, person=person, at=at
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def approvals(self, batch_id: str) -> dict[str, datetime]:
        """Return person → when, of everybody who approved a batch, the first one first."""
        c = batch_approvals.c
        found = await self._session.execute(
            select(c.person, c.at).where(c.batch_id == batch_id).order_by(c.at, c.person)
        )
        return {row.person: row.at for row in found}

    async def _batches(self, *conditions: ColumnElement[bool]) -> list[Batch]:
        found = await self._session.execute(
            _all().where(*conditions).order_by(batches.c.frozen_at, batches.c.id)
        )
        return [value_from(Batch, row) for row in found]


@cache
def _all() -> Select[Any]:
    return select(*columns_of(Batch, batches))
