"""Companies; books are in ``repositories.books``, credentials in ``repositories.grants``."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.books import Account, Books
from ledger.organisation import Company, ConnectionState, Provider
from ledger.records import CompanyTakenError
from storage.repositories.books import BooksRepository
from storage.statements import columns_of, index_of, value_from, values_of, violates
from storage.tables.companies import companies

_CONFIRMED = index_of(companies, "uq_companies_confirmed")
_CONNECTED = index_of(companies, "uq_companies_connected")


class CompaniesRepository:
    """Satisfies the port ``Companies``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._books = BooksRepository(session)

    async def add(self, company: Company) -> None:
        """Store a new company.

        Raises:
            CompanyTakenError: see :meth:`save`.
        """
        await self._write(insert(companies).values(**values_of(company)))

    async def get(self, company_id: str) -> Company | None:
        """Return the company, or none."""
        found = await self._list(companies.c.id == company_id)
        return found[0] if found else None

    async def active(self, organisation_id: str) -> Company | None:
        """Return the confirmed company that the organisation posts into at present.

        A connected one comes first, then the one that was connected last.
        """
        c = companies.c
        is_off = case((c.connection == ConnectionState.DISCONNECTED, 1), else_=0)
        found = await self._session.execute(
            _all()
            .where(c.organisation_id == organisation_id, c.is_confirmed)
            .order_by(is_off, c.connected_at.desc().nulls_last(), c.id)
            .limit(1)
        )
        row = found.first()
        return noted(self._session, value_from(Company, row)) if row else None

    async def of_organisation(self, organisation_id: str) -> list[Company]:
        """Return all companies the organisation ever connected."""
        return await self._list(companies.c.organisation_id == organisation_id)

    async def find(self, provider: Provider, external_id: str) -> list[Company]:
        """Return this company as every organisation knows it."""
        return await self._list(
            companies.c.provider == provider, companies.c.external_id == external_id
        )

    async def save(self, company: Company) -> None:
        """Store the changed fields of a company that exists.

        Of one that was read in this unit only what differs from that: somebody else may have
        paused it, or closed a month, since.

        Raises:
            CompanyTakenError: another organisation confirmed the same company, or this
                organisation is connected to another one.
        """
        before = _known(self._session).get((company.organisation_id, company.id))
        known = values_of(before) if before else {}
        values = {
            name: value
            for name, value in values_of(company).items()
            if name not in {"id", "organisation_id"} and (not known or known[name] != value)
        }
        if values:
            await self._write(
                update(companies)
                .where(
                    companies.c.id == company.id,
                    companies.c.organisation_id == company.organisation_id,
                )
                .values(**values)
            )
        noted(self._session, company)

    async def save_books(self, company_id: str, books: Books, at: datetime) -> None:
        """Replace the imported books, in bulk."""
        await self._books.replace(company_id, books)
        await self._session.execute(
            update(companies).where(companies.c.id == company_id).values(books_at=at)
        )

    async def books(self, company_id: str) -> Books | None:
        """Return the books as last imported; none before the first import."""
        return await self._books.load(company_id)

    async def search_accounts(
        self, company_id: str, text: str, limit: int, *, only_usable: bool = True
    ) -> list[Account]:
        """Return accounts whose code or name contains the text, for a type-ahead."""
        return await self._books.search(company_id, text, limit, only_usable=only_usable)

    async def drift_told_at(self, company_id: str) -> datetime | None:
        """Return up to when people were told of entries that left the approved; none if never."""
        found = await self._session.execute(
            select(companies.c.drift_told_at).where(companies.c.id == company_id)
        )
        at: datetime | None = found.scalar_one_or_none()
        return at

    async def keep_drift_told(self, company_id: str, at: datetime) -> None:
        """Note up to when people were told of such entries."""
        await self._session.execute(
            update(companies).where(companies.c.id == company_id).values(drift_told_at=at)
        )

    async def _list(self, *conditions: ColumnElement[bool]) -> list[Company]:
        found = await self._session.execute(_all().where(*conditions).order_by(companies.c.id))
        return [noted(self._session, value_from(Company, row)) for row in found]

    async def _write(self, statement: Any) -> None:
        try:
            async with self._session.begin_nested():
                await self._session.execute(statement)
        except IntegrityError as error:
            if violates(error, _CONFIRMED) or violates(error, _CONNECTED):
                raise CompanyTakenError from error
            raise


def posted_into() -> Subquery:
    """Rank each organisation's companies as ``Companies.active`` does; place 1 counts."""
    c = companies.c
    is_off = case((c.connection == ConnectionState.DISCONNECTED, 1), else_=0)
    place = func.row_number().over(
        partition_by=c.organisation_id,
        order_by=(is_off, c.connected_at.desc().nulls_last(), c.id),
    )
    return (
        select(c.organisation_id, c.id, c.go_live_date, c.last_month_end, place.label("place"))
        .where(c.is_confirmed)
        .subquery()
    )


def noted(session: AsyncSession, company: Company) -> Company:
    """Keep a company as a unit of work has read it, for when it saves it; return it."""
    _known(session)[company.organisation_id, company.id] = company
    return company


def _known(session: AsyncSession) -> dict[tuple[str, str], Company]:
    found: dict[tuple[str, str], Company] = session.info.setdefault("companies", {})
    return found


@cache
def _all() -> Select[Any]:
    return select(*columns_of(Company, companies))
