"""Charts: an organisation's imported chart of accounts and contacts, and their refresh.

Read only, as the ERP has them; people are told what came and what went. It must not change a
mapping: an account that went away blocks its entries until a person chooses another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.erp.errors import ErpError
from bot.services.errors import Refusal
from bot.services.ports import Clock, Connectors, Engine, Ids, Storage
from bot.services.saying import Said, direct_message
from ledger.books import Books
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.problems import Problem

REFRESH_BOOKS = "refresh_books"
"""Workflow: (company id, user id, request id) → :meth:`Charts.refresh_books`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """How an import of the books ended; one of ``books`` and ``problem`` is none."""

    company: Company
    books: Books | None
    problem: Problem | None
    added: int = 0
    gone: int = 0


RefreshedWords = Callable[[Refreshed], Said]


class Charts:
    """The imported books of an organisation's active company."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        connectors: Connectors,
        refreshed_words: RefreshedWords,
    ) -> None:
        """Take the ports, and the view that tells how a refresh ended."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._connectors = connectors
        self._refreshed_words = refreshed_words

    async def books(self, organisation: Organisation) -> tuple[Company, Books]:
        """Return the active company and its books as last imported.

        Raises:
            Refusal: when there is none yet.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = require_company(await unit.companies.active(organisation.id))
            books = await unit.companies.books(company.id)
        if books is None:
            raise Refusal(
                f"The accounts of {company.name} were never imported.",
                next_step="/integral accounts refresh",
            )
        return company, books

    async def ask_refresh(self, organisation: Organisation, *, user_id: str) -> Company:
        """Have the books imported afresh; the person is told when it is done.

        Raises:
            Refusal: when nothing is connected.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = require_company(await unit.companies.active(organisation.id))
        if company.connection is not ConnectionState.ACTIVE:
            raise Refusal(
                f"{company.name} is not connected at present.",
                next_step="/integral reauthorize",
            )
        request_id = self._ids.new()
        await self._engine.enqueue(
            REFRESH_BOOKS, request_id, company.id, user_id, request_id, partition=company.id
        )
        return company

    async def refresh_books(self, company_id: str, user_id: str, request_id: str) -> None:
        """Import chart of accounts and contacts again, and tell who asked (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
            old = await unit.companies.books(company_id)
        if company is None or company.connection is not ConnectionState.ACTIVE:
            return
        try:
            books = await self._connectors.of(company).fetch_books()
        except ErpError as error:
            await self._tell(
                Refreshed(company=company, books=None, problem=error.problem), user_id, request_id
            )
            return
        company = await self._save_books(company, books)
        before = {a.erp_id for a in old.accounts} if old else set()
        after = {a.erp_id for a in books.accounts}
        refreshed = Refreshed(
            company=company,
            books=books,
            problem=None,
            added=len(after - before),
            gone=len(before - after),
        )
        await self._tell(refreshed, user_id, request_id)

    async def _save_books(self, company: Company, books: Books) -> Company:
        async with self._storage.unit() as unit:
            now = self._clock.now()
            current = await unit.companies.get(company.id) or company
            saved = replace(
                current,
                name=books.company_name,
                functional_currency=books.functional_currency,
                books_at=now,
            )
            await unit.companies.save(saved)
            await unit.companies.save_books(company.id, books, now)
            await unit.commit()
        return saved

    async def _tell(self, refreshed: Refreshed, user_id: str, request_id: str) -> None:
        async with self._storage.unit() as unit:
            organisation = await unit.organisations.get(refreshed.company.organisation_id)
            if organisation is not None:
                message = direct_message(
                    self._refreshed_words(refreshed),
                    key=f"books:{request_id}",
                    team_id=organisation.team_id,
                    user_id=user_id,
                )
                await unit.outbox.put(message, self._clock.now())
            await unit.commit()


def require_company(company: Company | None) -> Company:
    """Return the active company.

    Raises:
        Refusal: when no company was confirmed yet.
    """
    if company is None:
        raise Refusal("No company is connected yet.", next_step="/integral connect")
    return company
