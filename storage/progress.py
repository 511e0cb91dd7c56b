"""What the engine has not finished, and when each company's entries last moved.

For whoever looks for work that is stuck. It must not decide what is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from storage.database import Database
from storage.engine_store import EngineStore, Unfinished
from storage.statements import chunks
from storage.tables.entries import deliveries, delivery_moves


class Progress:
    """Satisfies the port ``WorkRecord`` of :mod:`bot.services.stuck`."""

    def __init__(self, database: Database, store: EngineStore) -> None:
        self._database = database
        self._store = store

    async def unfinished(self, *, before: datetime) -> list[Unfinished]:
        """Return what was enqueued by a moment and has not ended, the oldest first."""
        return await self._store.unfinished(before=before)

    async def moved_since(self, company_ids: Collection[str], since: datetime) -> set[str]:
        """Return those of the companies of which an entry moved at or after a moment."""
        d, m = deliveries.c, delivery_moves.c
        found: set[str] = set()
        async with self._database.session(read_only=True) as session:
            for some in chunks(sorted(company_ids)):
                moved = await session.execute(
                    select(d.company_id)
                    .join(delivery_moves, m.delivery_id == d.id)
                    .where(d.company_id.in_(some))
                    .group_by(d.company_id)
                    .having(func.max(m.at) >= since)
                )
                found.update(moved.scalars())
        return found
