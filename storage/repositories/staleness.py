"""Staleness: entries that no longer are what would be made of their transactions now.

A corrected import flags them at once; the comparison of ``bot.services.staleness`` settles it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.corrections import LinkKind
from ledger.delivery import MAYBE_IN_THE_ERP
from storage.statements import chunks
from storage.tables.companies import companies
from storage.tables.corrections import entry_links
from storage.tables.entries import deliveries, entry_members


async def mark_entries_stale(
    session: AsyncSession, organisation_id: str, transactions: Sequence[tuple[str, str]]
) -> int:
    """Flag live, possibly sent entries made from these (source, id); return how many are new."""
    count = 0
    companies_of_it = select(companies.c.id).where(companies.c.organisation_id == organisation_id)
    undone = select(entry_links.c.original_id).where(
        entry_links.c.is_live,
        entry_links.c.kind == LinkKind.REVERSES,
        entry_links.c.company_id.in_(companies_of_it),
    )
    for chunk in chunks(transactions):
        touched = select(entry_members.c.entry_id).where(
            entry_members.c.company_id.in_(companies_of_it),
            entry_members.c.is_live,
            entry_members.c.entry_id.not_in(undone),
            tuple_(entry_members.c.source, entry_members.c.transaction_id).in_(chunk),
        )
        marked = await session.execute(
            update(deliveries)
            .where(deliveries.c.entry_id.in_(touched), deliveries.c.is_stale.is_(False))
            .where(deliveries.c.state.in_(sorted(MAYBE_IN_THE_ERP)))
            .values(is_stale=True)
            .returning(deliveries.c.id)
        )
        count += len(marked.all())
    return count


async def write_marks(
    session: AsyncSession, delivery_ids: Sequence[str], *, is_stale: bool
) -> None:
    """Flag or unflag deliveries that are not so already."""
    for chunk in chunks(delivery_ids):
        await session.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(chunk), deliveries.c.is_stale.is_(not is_stale))
            .values(is_stale=is_stale)
        )
