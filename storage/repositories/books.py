"""Books as last imported: chart of accounts, contacts, dimensions; replaced as a whole."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Table, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.books import Account, Books, Contact, Dimension, DimensionValue
from ledger.entries import canonical_json
from storage.statements import columns_of, insert_rows, upsert, value_from, values_of
from storage.tables import companies as tables


class BooksRepository:
    """Stores and reads the books of one company at a time."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace(self, company_id: str, books: Books) -> None:
        """Forget what was imported before and store this, in bulk."""
        company = {
            "company_id": company_id,
            "company_name": books.company_name,
            "functional_currency": books.functional_currency,
            "fiscal_year_start_month": books.fiscal_year_start_month,
            "lock_date": books.lock_date,
            "country": books.country,
        }
        await upsert(self._session, tables.books, [company])
        contents = (
            (tables.accounts, [_account_row(account) for account in books.accounts]),
            (tables.contacts, [values_of(contact) for contact in books.contacts]),
            (tables.dimensions, [_dimension_row(dimension) for dimension in books.dimensions]),
        )
        for table, rows in contents:
            await self._replace_all(table, company_id, rows)

    async def load(self, company_id: str) -> Books | None:
        """Return the books in the order they were imported; none before the first import."""
        found = await self._session.execute(
            select(tables.books).where(tables.books.c.company_id == company_id)
        )
        row = found.first()
        if row is None:
            return None
        accounts = await self._rows(tables.accounts, company_id)
        contacts = await self._rows(tables.contacts, company_id)
        dimensions = await self._rows(tables.dimensions, company_id)
        return value_from(
            Books,
            row,
            accounts=tuple(value_from(Account, account) for account in accounts),
            contacts=tuple(value_from(Contact, contact) for contact in contacts),
            dimensions=tuple(_dimension(dimension) for dimension in dimensions),
        )

    async def search(
        self, company_id: str, text: str, limit: int, *, only_usable: bool
    ) -> list[Account]:
        """Return accounts whose code and name contain the text, usable ones first."""
        c = tables.accounts.c
        is_usable = and_(c.is_active, c.refusal.is_(None))
        statement = (
            select(*columns_of(Account, tables.accounts))
            .where(c.company_id == company_id)
            .where(c.search_text.contains(text.strip().casefold(), autoescape=True))
            .order_by(is_usable.desc(), c.is_active.desc(), c.position)
            .limit(limit)
        )
        if only_usable:
            statement = statement.where(is_usable)
        found = await self._session.execute(statement)
        return [value_from(Account, row) for row in found]

    async def _replace_all(
        self, table: Table, company_id: str, rows: list[dict[str, object]]
    ) -> None:
        await self._session.execute(delete(table).where(table.c.company_id == company_id))
        placed = (
            row | {"company_id": company_id, "position": position}
            for position, row in enumerate(rows)
        )
        await insert_rows(self._session, table, placed)

    async def _rows(self, table: Table, company_id: str) -> list[Any]:
        found = await self._session.execute(
            select(table).where(table.c.company_id == company_id).order_by(table.c.position)
        )
        return list(found)


def _account_row(account: Account) -> dict[str, object]:
    return values_of(account) | {"search_text": account.label.casefold()}


def _dimension_row(dimension: Dimension) -> dict[str, object]:
    return {
        "key": dimension.key,
        "name": dimension.name,
        "is_required": dimension.is_required,
        "members": canonical_json([[v.erp_id, v.name, v.is_active] for v in dimension.values]),
    }


def _dimension(row: Any) -> Dimension:
    members = json.loads(row.members)
    return Dimension(
        key=row.key,
        name=row.name,
        is_required=row.is_required,
        values=tuple(
            DimensionValue(erp_id=erp_id, name=name, is_active=is_active)
            for erp_id, name, is_active in members
        ),
    )
