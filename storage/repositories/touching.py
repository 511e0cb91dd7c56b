"""Which entries touch an account, a category or a dimension: the database says it, none is read.

Entries are stored as canonical JSON, so an account stands in one way of writing only.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.delivery import RELEASED, DeliveryState
from ledger.entries import mark_of_account, mark_of_dimension
from storage.statements import chunks
from storage.tables.companies import companies
from storage.tables.entries import deliveries, entries, entry_members
from storage.tables.transactions import transactions

_ACCOUNTS_A_QUERY = 20


async def ids_on_accounts(
    session: AsyncSession, company_id: str, accounts: Collection[str]
) -> set[str]:
    """Return the ids of live deliveries with a posting on one of these accounts.

    On SQLite an id in other letter case counts too; who needs it exactly looks at the entries.
    """
    found: set[str] = set()
    for chunk in chunks(sorted(accounts), _ACCOUNTS_A_QUERY):
        marks = [entries.c.content.contains(mark_of_account(a), autoescape=True) for a in chunk]
        rows = await session.execute(
            select(deliveries.c.id)
            .join(entries, entries.c.id == deliveries.c.entry_id)
            .where(
                deliveries.c.company_id == company_id,
                deliveries.c.state.not_in(sorted(RELEASED)),
                or_(*marks),
            )
        )
        found.update(rows.scalars())
    return found


async def count_with_dimension(session: AsyncSession, company_id: str, key: str) -> int:
    """Count the entries, in the ERP or on their way, that carry a value of a dimension."""
    dead = sorted(RELEASED | {DeliveryState.SKIPPED})
    found = await session.execute(
        select(func.count())
        .select_from(deliveries)
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .where(
            deliveries.c.company_id == company_id,
            deliveries.c.state.not_in(dead),
            entries.c.content.contains(mark_of_dimension(key), autoescape=True),
        )
    )
    return int(found.scalar_one())


async def ids_of_categories(
    session: AsyncSession, company_id: str, categories: Collection[str]
) -> set[str]:
    """Return the ids of live deliveries made from a transaction that has one of these now."""
    found: set[str] = set()
    organisation = select(companies.c.organisation_id).where(companies.c.id == company_id)
    for chunk in chunks(sorted(categories)):
        is_of_it = exists().where(
            entry_members.c.entry_id == deliveries.c.entry_id,
            transactions.c.organisation_id == organisation.scalar_subquery(),
            transactions.c.source == entry_members.c.source,
            transactions.c.id == entry_members.c.transaction_id,
            transactions.c.category.in_(chunk),
        )
        rows = await session.execute(
            select(deliveries.c.id).where(
                deliveries.c.company_id == company_id,
                deliveries.c.state.not_in(sorted(RELEASED)),
                is_of_it,
            )
        )
        found.update(rows.scalars())
    return found
