"""The QuickBooks Online connector: the whole of the protocol, nothing beyond it.

Entries are created one by one, which Intuit does not meter; ``/batch`` is metered. There is no
update and no delete. How each promise is kept: docs/delivery-guarantees.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from urllib.parse import quote, urlencode

from bot.erp.connector import EntryQuery, FoundEntry, Outcome, Posted, Submission
from bot.erp.credentials import OAuthTokens, TokenSource
from bot.erp.errors import ErpError, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.pacing import Pacer
from bot.erp.payload import JsonObject, UnreadableError, object_at, objects_at, text_at
from bot.erp.quickbooks.api import QuickBooksApi
from bot.erp.quickbooks.books import Lists, Preferences, read_books, read_preferences
from bot.erp.quickbooks.company import LABEL, QuickBooksCompany
from bot.erp.quickbooks.faults import ObjectNotFoundError
from bot.erp.quickbooks.payloads import MAX_POSTINGS, find_excess, read_entry
from bot.erp.quickbooks.queries import EVERY_STATUS, PAGE_ROWS, entry_conditions, select
from bot.erp.transport import ErpTransport
from ledger.books import Books
from ledger.entries import PreparedEntry
from ledger.problems import Problem, ProblemCode

# A million rows; a search that has not ended by then is going round in circles.
_MOST_PAGES = 1000


class QuickBooksConnector:
    """One QuickBooks Online company. Satisfies ``bot.erp.connector.Connector``."""

    max_postings = MAX_POSTINGS

    def __init__(
        self,
        company: QuickBooksCompany,
        *,
        transport: ErpTransport,
        tokens: TokenSource,
        pacer: Pacer,
        revoke: Callable[[OAuthTokens], Awaitable[None]],
    ) -> None:
        """Take the company and what it is reached with; ``revoke`` ends its grant at Intuit."""
        self.settle_s = company.settle_s
        self._company = company
        self._tokens = tokens
        self._revoke = revoke
        self._api = QuickBooksApi(company, transport=transport, tokens=tokens, pacer=pacer)
        self._home_currency: str | None = None

    async def check_access(self) -> None:
        """Prove that the credentials work and that the company answers."""
        await self._company_info()

    async def fetch_books(self) -> Books:
        """Import company, fiscal year, chart of accounts, contacts, dimensions, lock date."""
        company = await self._company_info()
        preferences = await self._preferences()
        lists = Lists(
            accounts=await self._rows("Account", EVERY_STATUS),
            customers=await self._rows("Customer", EVERY_STATUS),
            vendors=await self._rows("Vendor", EVERY_STATUS),
            classes=await self._rows("Class", EVERY_STATUS) if preferences.tracks_classes else (),
            locations=await self._rows("Department", EVERY_STATUS)
            if preferences.tracks_locations
            else (),
        )
        try:
            return read_books(company, preferences, lists)
        except UnreadableError as error:
            raise _unreadable(error) from error

    async def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        """Create entries at the company's allowed rate, and yield each outcome as it is known.

        Raises:
            ValueError: an entry was prepared for another company; nothing is sent.
        """
        for submission in submissions:
            self._require_ours(submission.entry)
        tasks = [asyncio.create_task(self._post(submission)) for submission in submissions]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:
            # Only when the caller leaves early: what has not been sent by then never is.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def find_entries(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        """Search by numbers, by dates or by our prefix, through all pages.

        Raises:
            ValueError: the search names none of them.
        """
        for condition in entry_conditions(query):
            async for row in self._pages("JournalEntry", condition):
                yield await self._found(row)

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        """Read one entry back; none when QuickBooks has no such entry (any more)."""
        path = f"journalentry/{quote(erp_id, safe='')}"
        try:
            reply = await self._api.get(path, operation="fetch_entry")
        except ObjectNotFoundError:
            return None
        return await self._found(object_at(reply, "JournalEntry"))

    def entry_url(self, erp_id: str) -> str:
        """Return the address at which a person can look at the entry (practice, not documented)."""
        query = urlencode({"txnId": erp_id, "companyId": self._company.realm_id})
        return f"{self._company.addresses.app_url}/journal?{query}"

    async def disconnect(self) -> None:
        """Revoke the grant at Intuit and note its end. Already ended is fine."""
        await self._tokens.surrender(self._revoke)

    def _require_ours(self, entry: PreparedEntry) -> None:
        if entry.company != f"quickbooks:{self._company.realm_id}":
            raise ValueError(f"{entry.number} was prepared for another company")

    async def _post(self, submission: Submission) -> tuple[Submission, Outcome]:
        try:
            return submission, await self._create(submission)
        except ErpError as error:
            return submission, error

    async def _create(self, submission: Submission) -> Posted:
        excess = find_excess(submission.entry)
        if excess is not None:
            raise ErpRejected(excess)
        reply = await self._api.create_entry(submission)
        erp_id = text_at(object_at(reply, "JournalEntry"), "Id")
        if erp_id is None:
            number = submission.entry.number
            raise OutcomeUnknown(Problem(code=ProblemCode.OUTCOME_UNKNOWN, subject=number))
        return Posted(erp_id=erp_id)

    async def _company_info(self) -> JsonObject:
        path = f"companyinfo/{self._company.realm_id}"
        return object_at(await self._api.get(path, operation="company"), "CompanyInfo")

    async def _preferences(self) -> Preferences:
        reply = await self._api.get("preferences", operation="preferences")
        try:
            preferences = read_preferences(object_at(reply, "Preferences"))
        except UnreadableError as error:
            raise _unreadable(error) from error
        self._home_currency = preferences.home_currency
        return preferences

    async def _found(self, row: JsonObject) -> FoundEntry:
        """Read an entry; one that names no currency is in the company's own."""
        home = self._home_currency or ""
        if not object_at(row, "CurrencyRef") and not home:
            home = (await self._preferences()).home_currency
        try:
            return read_entry(row, home_currency=home)
        except UnreadableError as error:
            raise _unreadable(error) from error

    async def _rows(self, entity: str, condition: str) -> list[JsonObject]:
        return [row async for row in self._pages(entity, condition)]

    async def _pages(self, entity: str, condition: str) -> AsyncIterator[JsonObject]:
        """Yield every row of a query once, also one that moved to the next page meanwhile."""
        seen: set[str] = set()
        for page in range(_MOST_PAGES):
            text = select(entity, condition, start=page * PAGE_ROWS + 1)
            reply = await self._api.get("query", {"query": text}, operation=f"query_{entity}")
            rows = objects_at(object_at(reply, "QueryResponse"), entity)
            for row in rows:
                if (id_ := text_at(row, "Id") or "") not in seen:
                    seen.add(id_)
                    yield row
            if len(rows) < PAGE_ROWS:
                return
        raise _unreadable(UnreadableError(f"{entity} has no last page"))


def _unreadable(error: UnreadableError) -> ErpUnavailable:
    facts = (("reason", f"its reply could not be read: {error}"),)
    return ErpUnavailable(Problem(code=ProblemCode.ERP_UNREACHABLE, subject=LABEL, facts=facts))
