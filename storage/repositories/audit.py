"""The audit trail: only ever added to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.records import AuditRecord
from storage.statements import columns_of, value_from, values_of
from storage.tables.organisations import audit_records


class AuditRepository:
    """Satisfies the port ``Audit``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, record: AuditRecord) -> None:
        """Append a record."""
        await self._session.execute(insert(audit_records).values(**values_of(record)))

    async def shapers(
        self, organisation_id: str, since: datetime | None
    ) -> dict[str, tuple[str, ...]]:
        """Return actor → their actions, each once and the first first, of shaping records."""
        c = audit_records.c
        statement = (
            select(c.actor, c.action)
            .where(c.organisation_id == organisation_id, c.is_shaping)
            .group_by(c.actor, c.action)
            .order_by(func.min(c.at), func.min(c.id))
        )
        if since is not None:
            statement = statement.where(c.at > since)
        found: dict[str, tuple[str, ...]] = {}
        for row in await self._session.execute(statement):
            found[row.actor] = (*found.get(row.actor, ()), row.action)
        return found

    async def recent(self, organisation_id: str, limit: int) -> list[AuditRecord]:
        """Return the organisation's records, the newest first."""
        c = audit_records.c
        found = await self._session.execute(
            select(*columns_of(AuditRecord, audit_records))
            .where(c.organisation_id == organisation_id)
            .order_by(c.at.desc(), c.id.desc())
            .limit(limit)
        )
        return [value_from(AuditRecord, row) for row in found]
