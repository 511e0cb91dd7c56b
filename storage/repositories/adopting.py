"""Adopting: entries that the ERP has already become deliveries, and numbers that stay foreign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.adoption import AdoptedEntry, ForeignEntry
from ledger.delivery import DeliveryState
from ledger.records import NewDelivery
from ledger.runs import Batch
from storage.repositories import freezing
from storage.statements import by_bytes, chunks, columns_of, insert_rows, upsert, value_from
from storage.tables.entries import deliveries, delivery_moves, foreign_entries

NOTE = "adopted from the ERP"


async def adopt(
    session: AsyncSession,
    batch: Batch,
    adopted: Sequence[AdoptedEntry],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Store posted deliveries within the session's transaction.

    Raises:
        EffectTakenError: when an effect has a live entry already; nothing was stored then.
    """
    posted = [
        NewDelivery(id=a.id, entry=a.entry, state=DeliveryState.POSTED, request_key="")
        for a in adopted
    ]
    await freezing.freeze(session, batch, posted)
    for item in adopted:
        await session.execute(
            deliveries.update().where(deliveries.c.id == item.id).values(erp_id=item.erp_id)
        )
    # Not a move of the table: the first row of a history that began in the ERP.
    rows = (
        {
            "delivery_id": item.id,
            "at": at,
            "old_state": DeliveryState.POSTED,
            "new_state": DeliveryState.POSTED,
            "actor": actor,
            "note": NOTE,
        }
        for item in adopted
    )
    await insert_rows(session, delivery_moves, rows)
    c = foreign_entries.c
    for chunk in chunks(item.entry.number for item in adopted):
        await session.execute(
            delete(foreign_entries).where(c.company_id == batch.company_id, c.number.in_(chunk))
        )


async def note_foreign(
    session: AsyncSession, company_id: str, entries: Sequence[ForeignEntry]
) -> None:
    """Keep numbers that belong to no entry here; one noted before is noted anew."""
    rows = (
        {
            "company_id": company_id,
            "number": entry.number,
            "erp_id": entry.erp_id,
            "entry_date": entry.entry_date,
            "reason": entry.reason,
            "noted_by": entry.noted_by,
            "noted_at": entry.noted_at,
        }
        for entry in entries
    )
    await upsert(session, foreign_entries, rows)


async def foreign(session: AsyncSession, company_id: str) -> list[ForeignEntry]:
    """Return the company's foreign numbers, lowest first."""
    c = foreign_entries.c
    found = await session.execute(
        select(*columns_of(ForeignEntry, foreign_entries))
        .where(c.company_id == company_id)
        .order_by(by_bytes(session, c.number), c.erp_id)
    )
    return [value_from(ForeignEntry, row) for row in found]
