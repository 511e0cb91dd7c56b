"""Mapping and journal-entry settings of a company."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.statements import chunks, upsert
from storage.tables.companies import journal_settings, mappings


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
