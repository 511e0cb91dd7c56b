"""Mapping, dimension defaults and journal-entry settings of a company."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.dimensions import DimensionChoices, Place
from storage.statements import chunks, upsert
from storage.tables.companies import (
    dimension_defaults,
    journal_settings,
    mappings,
    required_dimensions,
)


class ChoicesRepository:
    """Satisfies the port ``Choices``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def mapping(self, company_id: str) -> Mapping[str, str]:
        """Return source-account key → ERP account id."""
        found = await self._session.execute(
            select(mappings.c.source_account, mappings.c.erp_account)
            .where(mappings.c.company_id == company_id)
            .order_by(mappings.c.source_account)
        )
        return {row.source_account: row.erp_account for row in found}

    async def set_mapping(self, company_id: str, choices: Mapping[str, str | None]) -> None:
        """Set or (with none) remove several at once."""
        for removed in chunks(key for key, account in choices.items() if account is None):
            await self._session.execute(
                delete(mappings).where(
                    mappings.c.company_id == company_id,
                    mappings.c.source_account.in_(removed),
                )
            )
        rows = [
            {"company_id": company_id, "source_account": key, "erp_account": account}
            for key, account in choices.items()
            if account is not None
        ]
        await upsert(self._session, mappings, rows)

    async def dimensions(self, company_id: str) -> DimensionChoices:
        """Return the defaults of dimensions, and which of them are required."""
        c = dimension_defaults.c
        defaults = await self._session.execute(
            select(c.dimension, c.level, c.subject, c.value_id)
            .where(c.company_id == company_id)
            .order_by(c.dimension, c.level, c.subject)
        )
        required = await self._session.execute(
            select(required_dimensions.c.dimension).where(
                required_dimensions.c.company_id == company_id
            )
        )
        return DimensionChoices(
            defaults={(r.dimension, Place(r.level, r.subject)): r.value_id for r in defaults},
            required=frozenset(required.scalars()),
        )

    async def set_dimension_defaults(
        self, company_id: str, dimension: str, choices: Mapping[Place, str | None]
    ) -> None:
        """Set or (with none) remove several of one dimension at once."""
        c = dimension_defaults.c
        removed = [(p.level, p.subject) for p, value_id in choices.items() if value_id is None]
        for chunk in chunks(removed):
            await self._session.execute(
                delete(dimension_defaults).where(
                    c.company_id == company_id,
                    c.dimension == dimension,
                    tuple_(c.level, c.subject).in_(chunk),
                )
            )
        rows = [
            {
                "company_id": company_id,
                "dimension": dimension,
                "level": place.level,
                "subject": place.subject,
                "value_id": value_id,
            }
            for place, value_id in choices.items()
            if value_id is not None
        ]
        await upsert(self._session, dimension_defaults, rows)

    async def require_dimension(
        self, company_id: str, dimension: str, *, is_required: bool
    ) -> None:
        """Say whether every posting must have a dimension."""
        c = required_dimensions.c
        await self._session.execute(
            delete(required_dimensions).where(c.company_id == company_id, c.dimension == dimension)
        )
        if is_required:
            row = {"company_id": company_id, "dimension": dimension}
            await self._session.execute(insert(required_dimensions).values(**row))

    async def settings(self, company_id: str) -> str | None:
        """Return the saved settings as JSON text; none until somebody saved them."""
        found = await self._session.execute(
            select(journal_settings.c.settings).where(journal_settings.c.company_id == company_id)
        )
        return found.scalar_one_or_none()

    async def save_settings(self, company_id: str, settings: str) -> None:
        """Replace the settings."""
        row = {"company_id": company_id, "settings": settings}
        await upsert(self._session, journal_settings, [row])
