"""What people decided about late transactions of closed months."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.stragglers import StragglerDecision
from storage.statements import columns_of, upsert, value_from, values_of
from storage.tables.stragglers import straggler_choices


class StragglersRepository:
    """Satisfies the port ``Stragglers``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def decisions(self, company_id: str) -> list[StragglerDecision]:
        """Return every decision about a company's late transactions."""
        c = straggler_choices.c
        found = await self._session.execute(
            select(*columns_of(StragglerDecision, straggler_choices))
            .where(c.company_id == company_id)
            .order_by(c.source, c.transaction_id)
        )
        return [value_from(StragglerDecision, row) for row in found]

    async def decide(self, decisions: Sequence[StragglerDecision]) -> None:
        """Store decisions; a newer one about the same transaction takes the older one's place."""
        await upsert(self._session, straggler_choices, [values_of(each) for each in decisions])
