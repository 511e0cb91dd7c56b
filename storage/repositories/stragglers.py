"""What people decided about late transactions of closed months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.stragglers import LeftOut, StragglerChoice, StragglerDecision
from storage.repositories.companies import posted_into
from storage.statements import columns_of, upsert, value_from, values_of
from storage.tables.organisations import organisations
from storage.tables.runs import batches, runs
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

    async def left_out(self, company_id: str, limit: int) -> list[LeftOut]:
        """Return what people left out of the books, each choice once, the newest first."""
        c = straggler_choices.c
        found = await self._session.execute(
            select(c.chosen_at, c.chosen_by, c.reason, func.count().label("transactions"))
            .where(c.company_id == company_id, c.choice == StragglerChoice.IGNORE)
            .group_by(c.chosen_at, c.chosen_by, c.reason)
            .order_by(c.chosen_at.desc())
            .limit(limit)
        )
        return [value_from(LeftOut, row) for row in found]

    async def take_back(self, company_id: str, chosen_at: datetime) -> list[tuple[str, str]]:
        """Forget what was left out at a moment; return (source, id) of the transactions."""
        c = straggler_choices.c
        gone = await self._session.execute(
            delete(straggler_choices)
            .where(c.company_id == company_id, c.chosen_at == chosen_at)
            .where(c.choice == StragglerChoice.IGNORE)
            .returning(c.source, c.transaction_id)
        )
        return sorted((row.source, row.transaction_id) for row in gone)

    async def versions(self) -> dict[str, tuple[str, str]]:
        """Return organisation → (company, version) wherever a month is closed.

        The version is another one whenever there may be more or fewer late transactions.
        """
        company = posted_into()
        decided = (
            select(func.max(batches.c.decided_at))
            .where(batches.c.company_id == company.c.id)
            .scalar_subquery()
        )
        newest = (
            select(runs.c.id)
            .where(runs.c.organisation_id == organisations.c.id)
            .order_by(runs.c.requested_at.desc(), runs.c.id.desc())
            .limit(1)
            .correlate(organisations)
            .scalar_subquery()
        )
        found = await self._session.execute(
            select(
                organisations.c.id,
                company.c.id.label("company_id"),
                company.c.last_month_end,
                organisations.c.shape_version,
                decided.label("decided_at"),
                runs.c.id.label("run_id"),
                runs.c.state,
            )
            .join(company, company.c.organisation_id == organisations.c.id)
            .outerjoin(runs, runs.c.id == newest)
            .where(company.c.place == 1, company.c.last_month_end.is_not(None))
        )
        return {row.id: (row.company_id, ":".join(str(part) for part in row[2:])) for row in found}
