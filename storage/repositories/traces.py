"""Traces: what the moves of deliveries tell afterwards. Part of the repository of deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.delivery import RELEASED, DeliveryState
from storage.statements import chunks
from storage.tables.entries import deliveries, delivery_moves, entries, entry_members


class TracesPart:
    """The methods of the port ``Deliveries`` that read how deliveries came to where they are."""

    _session: AsyncSession

    async def history(self, delivery_id: str) -> list[tuple[datetime, str, str, str, str]]:
        """Return (at, old state, new state, actor, note), oldest first."""
        c = delivery_moves.c
        found = await self._session.execute(
            select(c.at, c.old_state, c.new_state, c.actor, c.note)
            .where(c.delivery_id == delivery_id)
            .order_by(c.id)
        )
        return [(at, old.value, new.value, actor, note) for at, old, new, actor, note in found]

    async def settled(self, run_id: str) -> dict[DeliveryState, int]:
        """Count the run's once unknown outcomes by where the last search left each."""
        c = delivery_moves.c
        found = await self._session.execute(
            select(c.delivery_id, c.new_state)
            .join(deliveries, deliveries.c.id == c.delivery_id)
            .where(deliveries.c.run_id == run_id, c.old_state == DeliveryState.UNCERTAIN)
            .order_by(c.id)
        )
        last = {row.delivery_id: row.new_state for row in found}
        return dict(Counter(last.values()))

    async def once_in_doubt(self, delivery_ids: Iterable[str]) -> set[str]:
        """Return those that were ever sent without an answer."""
        c = delivery_moves.c
        doubtful: set[str] = set()
        for chunk in chunks(delivery_ids):
            found = await self._session.execute(
                select(c.delivery_id)
                .where(c.delivery_id.in_(chunk), c.new_state == DeliveryState.UNCERTAIN)
                .distinct()
            )
            doubtful.update(found.scalars())
        return doubtful

    async def last_withdrawn(self, run_id: str, *, note: str) -> datetime | None:
        """Return when an entry of the run was last withdrawn with this note."""
        c = delivery_moves.c
        found = await self._session.execute(
            select(func.max(c.at))
            .join(deliveries, deliveries.c.id == c.delivery_id)
            .where(deliveries.c.run_id == run_id)
            .where(c.new_state == DeliveryState.WITHDRAWN, c.note == note)
        )
        at: datetime | None = found.scalar_one_or_none()
        return at

    async def taken_back_of(
        self, company_id: str, transaction_ids: Iterable[str]
    ) -> dict[str, date]:
        """Return number and date of the entries of these transactions that were taken back."""
        found: dict[str, date] = {}
        for chunk in chunks(transaction_ids):
            rows = await self._session.execute(
                select(entries.c.number, entries.c.entry_date)
                .join(deliveries, deliveries.c.entry_id == entries.c.id)
                .join(entry_members, entry_members.c.entry_id == entries.c.id)
                # From the few that were taken back: what they held has no index once it is free.
                .where(deliveries.c.company_id == company_id)
                .where(entry_members.c.transaction_id.in_(chunk))
                .where(deliveries.c.state.in_(sorted(RELEASED)))
                .distinct()
            )
            found.update({row.number: row.entry_date for row in rows})
        return found
