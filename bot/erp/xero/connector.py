"""The Xero connector: the whole of the protocol, nothing beyond it.

Entries are created in requests of up to 50, each with its own outcome. There is no update and no
delete. How each promise is kept: docs/delivery-guarantees.md and ``batches``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from urllib.parse import quote, urlencode

from bot.erp.connector import EntryQuery, FoundEntry, Outcome, Submission
from bot.erp.errors import ErpActionRequired, ErpRejected
from bot.erp.pacing import Pacer
from bot.erp.payload import JsonObject, UnreadableError, objects_at, require, text_at
from bot.erp.transport import ErpTransport
from bot.erp.xero.api import XeroApi
from bot.erp.xero.batches import batches
from bot.erp.xero.books import Lists, read_books
from bot.erp.xero.faults import ObjectNotFoundError, SearchTooBroadError, unreadable
from bot.erp.xero.grant import XeroGrant
from bot.erp.xero.organisation import LABEL, XeroOrganisation
from bot.erp.xero.pages import PagedList, read_pages
from bot.erp.xero.payloads import MAX_POSTINGS, find_excess, is_gone, read_entry
from bot.erp.xero.queries import (
    date_filter,
    matches,
    number_filters,
    prefix_filters,
    text_filters,
)
from bot.erp.xero.sending import Sending
from ledger.books import Books
from ledger.entries import PreparedEntry
from ledger.problems import Problem, ProblemCode

_JOURNALS = "ManualJournals"
_JOURNAL_ID = "ManualJournalID"
_CONTACTS = PagedList(
    path="Contacts",
    id_key="ContactID",
    # Not ``summaryOnly``: whether it leaves out customer and supplier is not documented.
    parameters={"includeArchived": "true"},
)


class XeroConnector:
    """One Xero organisation. Satisfies ``bot.erp.connector.Connector``."""

    max_postings = MAX_POSTINGS

    def __init__(
        self,
        organisation: XeroOrganisation,
        *,
        transport: ErpTransport,
        grant: XeroGrant,
        pacer: Pacer,
    ) -> None:
        """Take the organisation and what it is reached with; the grant may serve others too."""
        self.settle_s = organisation.settle_s
        self._organisation = organisation
        self._grant = grant
        self._api = XeroApi(organisation, transport=transport, grant=grant, pacer=pacer)
        self._sending = Sending(self._api, find=self._find_by_dates)
        self._base_currency = organisation.base_currency

    async def check_access(self) -> None:
        """Prove that the organisation answers, and that its manual journals are open to us.

        Raises:
            ErpActionRequired: the grant or the connection has ended, or a right is missing.
            ErpUnavailable: no usable answer.
        """
        await self._read_organisation()
        reply = await self._api.get("Organisation/Actions", operation="actions")
        if any(map(_is_forbidden, objects_at(reply, "Actions"))):
            problem = Problem(code=ProblemCode.NO_WRITE_PERMISSION, subject=LABEL)
            raise ErpActionRequired(problem)
        # No action is documented for manual journals, so the scope is proved by a look.
        await self._api.get(_JOURNALS, {"page": "1", "pageSize": "1"}, operation="look")

    async def fetch_books(self) -> Books:
        """Import organisation, fiscal year, chart of accounts, contacts, tracking, lock dates."""
        organisation = await self._read_organisation()
        accounts = await self._api.get("Accounts", operation="accounts")
        tracking = await self._api.get(
            "TrackingCategories", {"includeArchived": "true"}, operation="tracking"
        )
        lists = Lists(
            accounts=objects_at(accounts, "Accounts"),
            contacts=[row async for row in read_pages(self._api, _CONTACTS)],
            tracking=objects_at(tracking, "TrackingCategories"),
        )
        try:
            return read_books(organisation, lists)
        except UnreadableError as error:
            raise unreadable(error) from error

    async def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        """Create entries, a request at a time, and yield the outcomes of each when it is answered.

        Raises:
            ValueError: an entry was prepared for another company; nothing is sent.
        """
        for submission in submissions:
            self._require_ours(submission.entry)
        fitting: list[Submission] = []
        for submission in submissions:
            excess = find_excess(submission.entry)
            if excess is None:
                fitting.append(submission)
            else:
                yield submission, ErpRejected(excess)
        for batch in batches(fitting):
            for done in await self._sending.send(batch):
                yield done

    async def find_entries(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        """Search by numbers, by dates or by our prefix, through all pages, for what is not voided.

        Raises:
            ValueError: the search names none of them.
            ErpError: Xero cannot be searched now; nothing is absent because of that.
        """
        if query.first_date is not None or query.last_date is not None:
            filters: Iterable[str] = [date_filter(query.first_date, query.last_date)]
        elif query.numbers:
            async for found in self._find_numbers(query):
                yield found
            return
        elif query.number_prefix is not None:
            filters = prefix_filters(query.number_prefix, query.from_number)
        else:
            raise ValueError("a search needs numbers, a prefix or dates")
        async for found in self._find(query, filters):
            yield found

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        """Read one entry back; none when Xero has no such journal, or it was voided."""
        path = f"{_JOURNALS}/{quote(erp_id, safe='')}"
        try:
            reply = await self._api.get(path, operation="fetch_entry")
        except ObjectNotFoundError:
            return None
        rows = objects_at(reply, _JOURNALS)
        if len(rows) != 1:
            raise unreadable(UnreadableError("not one journal"))
        return None if is_gone(rows[0]) else await self._read(rows[0])

    def entry_url(self, erp_id: str) -> str:
        """Return the address at which a person can look at the entry.

        The first form is in Xero's own code; that the second, for people with several
        organisations, serves journals too is practice.
        """
        app_url = self._organisation.addresses.app_url
        page = f"/Journal/View.aspx?{urlencode({'invoiceID': erp_id})}"
        if self._organisation.short_code is None:
            return f"{app_url}{page}"
        query = urlencode({"shortcode": self._organisation.short_code, "redirecturl": page})
        return f"{app_url}/organisationlogin/default.aspx?{query}"

    async def disconnect(self) -> None:
        """Delete this organisation's connection; with the last one of its grant, end the grant.

        Already ended is fine.

        Raises:
            ErpUnavailable: Xero could not be told.
        """
        try:
            await self._api.drop_connection()
        except ErpActionRequired as error:
            if error.problem.code is not ProblemCode.AUTH_EXPIRED:
                raise
        if await self._grant.is_last():
            await self._grant.tokens.surrender(self._grant.revoke)

    def _require_ours(self, entry: PreparedEntry) -> None:
        if entry.company != self._organisation.company:
            raise ValueError(f"{entry.number} was prepared for another company")

    async def _find(self, query: EntryQuery, filters: Iterable[str]) -> AsyncIterator[FoundEntry]:
        """Yield each entry that is meant and not voided once, whatever filters return it."""
        seen: set[str] = set()
        for where in filters:
            journals = PagedList(path=_JOURNALS, id_key=_JOURNAL_ID, parameters={"where": where})
            async for row in read_pages(self._api, journals):
                if is_gone(row):
                    continue
                found = await self._read(row)
                if found.erp_id not in seen and matches(query, found):
                    seen.add(found.erp_id)
                    yield found

    async def _find_numbers(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        """Search by the numbers' own dates, then by narration for those that are not there.

        A person may have moved an entry to another day. In an organisation so large that Xero
        refuses to search narrations, the dates alone must do.
        """
        missing = set(query.numbers)
        seen: set[str] = set()
        async for found in self._find(query, number_filters(query.numbers)):
            missing.discard(found.number or "")
            seen.add(found.erp_id)
            yield found
        try:
            async for found in self._find(query, text_filters(missing)):
                if found.erp_id not in seen:
                    yield found
        except SearchTooBroadError:
            return

    async def _find_by_dates(self, numbers: Sequence[str]) -> set[str]:
        """Return those of the numbers that are there on their own days."""
        query = EntryQuery(numbers=tuple(numbers))
        found = self._find(query, number_filters(numbers))
        return {entry.number async for entry in found if entry.number is not None}

    async def _read(self, row: JsonObject) -> FoundEntry:
        if self._base_currency is None:
            await self._read_organisation()
        try:
            return read_entry(row, base_currency=self._base_currency or "")
        except UnreadableError as error:
            raise unreadable(error) from error

    async def _read_organisation(self) -> JsonObject:
        reply = await self._api.get("Organisation", operation="organisation")
        organisation = next(iter(objects_at(reply, "Organisations")), {})
        try:
            self._base_currency = require(organisation, "BaseCurrency")
        except UnreadableError as error:
            raise unreadable(error) from error
        return organisation


def _is_forbidden(action: JsonObject) -> bool:
    name, status = text_at(action, "Name") or "", text_at(action, "Status")
    return "manualjournal" in name.lower() and status == "NOT-ALLOWED"
