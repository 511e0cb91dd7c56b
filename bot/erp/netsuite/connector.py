"""The NetSuite connector: the whole of the protocol, nothing beyond it.

Entries are created one by one, four at once, with our number as their external id, which NetSuite
keeps unique. There is no update (``PATCH``), no upsert (``PUT``, which appends lines to what is
there) and no delete. How each promise is kept: docs/delivery-guarantees.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from bot.erp.connector import EntryQuery, FoundEntry, Outcome, Posted, Submission
from bot.erp.errors import ErpError, ErpRejected, OutcomeUnknown
from bot.erp.netsuite.account import NetSuiteCompany, is_id
from bot.erp.netsuite.api import NetSuiteApi
from bot.erp.netsuite.diagnosis import account_problem
from bot.erp.netsuite.door import AccountDoor
from bot.erp.netsuite.faults import PostingRefusedError, unreadable
from bot.erp.netsuite.found import Reading
from bot.erp.netsuite.login import Logins
from bot.erp.netsuite.payloads import MAX_POSTINGS, entry_body, find_excess
from bot.erp.netsuite.profile import AccountProfile, Subsidiary
from bot.erp.netsuite.queries import account_state
from bot.erp.netsuite.reader import AccountReader
from bot.erp.netsuite.search import EntrySearch
from bot.erp.payload import UnreadableError
from bot.erp.transport import ErpTransport
from ledger.books import Books
from ledger.entries import PreparedEntry
from ledger.problems import Problem, ProblemCode

_NO_TRANSACTION = "0"


class NetSuiteConnector:
    """One NetSuite account or subsidiary. Satisfies ``bot.erp.connector.Connector``."""

    max_postings = MAX_POSTINGS

    def __init__(
        self,
        company: NetSuiteCompany,
        *,
        transport: ErpTransport,
        logins: Logins,
        door: AccountDoor,
    ) -> None:
        """Take the company, its credentials, and the door all of this process shares for it."""
        self.settle_s = company.settle_s
        self._company = company
        self._logins = logins
        self._api = NetSuiteApi(company, transport=transport, logins=logins, door=door)
        self._reader = AccountReader(company, self._api)

    async def check_access(self) -> None:
        """Prove that the credentials work and that the role sees what every run needs.

        A person asked for it, so credentials that NetSuite refused before are tried once more.

        Raises:
            ErpActionRequired: the credentials, the role or the subsidiary.
            ErpUnavailable: no usable answer.
        """
        await self._api.admit_once_more()
        await self._reader.probe()
        await self.fetch_entry(_NO_TRANSACTION)

    async def list_subsidiaries(self) -> tuple[Subsidiary, ...]:
        """Return the subsidiaries to choose from when connecting; none without OneWorld.

        Raises:
            ErpUnavailable, ErpActionRequired: the account does not answer.
        """
        return (await self._reader.profile()).subsidiaries or ()

    async def fetch_books(self) -> Books:
        """Import company, fiscal year, chart of accounts, contacts, dimensions, lock date."""
        return await self._reader.books()

    async def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        """Create entries within the account's limit, and yield each outcome as it is known.

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
        """Search by numbers, by dates or by our prefix, through all pages and statuses.

        Raises:
            ValueError: the search names none of them.
            ErpError: NetSuite cannot be searched now; nothing is absent because of that.
        """
        async for found in (await self._search()).find(query):
            yield found

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        """Read one entry back; none when NetSuite has no such transaction (any more)."""
        return await (await self._search()).fetch(erp_id) if is_id(erp_id) else None

    def entry_url(self, erp_id: str) -> str:
        """Return the address at which a person can look at the entry (practice, not documented)."""
        page = "app/accounting/transactions/journal.nl"
        return f"{self._company.addresses.app_url}/{page}?{urlencode({'id': erp_id})}"

    async def disconnect(self) -> None:
        """Wipe our copy of the credentials. Already wiped is fine.

        NetSuite's API cannot revoke a token that a person made there, or a certificate: they do it
        themselves, at Setup → Users/Roles → Access Tokens or at the certificate's mapping.
        """
        await self._logins.end()

    def _require_ours(self, entry: PreparedEntry) -> None:
        if entry.company != f"netsuite:{self._company.external_id}":
            raise ValueError(f"{entry.number} was prepared for another company")

    async def _post(self, submission: Submission) -> tuple[Submission, Outcome]:
        try:
            return submission, Posted(erp_id=await self._create(submission))
        except PostingRefusedError as error:
            return submission, await self._explained(submission.entry, error)
        except ErpRejected as error:
            return submission, await self._unless_there(submission.entry, error)
        except ErpError as error:
            return submission, error

    async def _create(self, submission: Submission) -> str:
        entry = submission.entry
        excess = find_excess(entry)
        if excess is not None:
            raise ErpRejected(excess)
        profile = await self._reader.profile()
        home = await self._reader.functional_currency()
        if entry.currency != home:
            raise ErpRejected(_other_currency(entry, home))
        body = entry_body(
            entry,
            subsidiary_id=self._company.subsidiary_id,
            currency_id=profile.currency_id(home),
        )
        return await self._api.create_entry(body, submission)

    async def _explained(self, entry: PreparedEntry, error: PostingRefusedError) -> ErpRejected:
        """Say of a refused account what is wrong with it, when it can be looked at."""
        if error.field != "account" or error.index >= len(entry.postings):
            return error
        posting = entry.postings[error.index]
        if not is_id(posting.account_id):
            return error
        try:
            profile = await self._reader.profile()
            rows = await self._api.rows(account_state(posting.account_id), operation="account")
        except ErpError:
            return error
        if rows is None:
            return error
        code = account_problem(rows, currency_id=profile.currency_id(entry.currency))
        return ErpRejected(replace(error.problem, code=code), trace_id=error.trace_id)

    async def _unless_there(self, entry: PreparedEntry, error: ErpRejected) -> ErpError:
        """Believe a refusal that we do not understand only when the entry is not there.

        "Already exists" may come in any language.
        """
        if error.problem.code is not ProblemCode.UNKNOWN:
            return error
        unknown = OutcomeUnknown(
            Problem(
                code=ProblemCode.OUTCOME_UNKNOWN,
                subject=entry.number,
                facts=error.problem.facts,
            ),
            trace_id=error.trace_id,
        )
        try:
            async for _found in self.find_entries(EntryQuery(numbers=(entry.number,))):
                return unknown
        except ErpError:
            return unknown
        return error

    async def _search(self) -> EntrySearch:
        profile = await self._reader.profile()
        return EntrySearch(
            self._api,
            self._reading(profile),
            header=profile.header,
            subsidiary_id=self._company.subsidiary_id,
        )

    def _reading(self, profile: AccountProfile) -> Reading:
        try:
            return profile.reading(self._company)
        except UnreadableError as error:
            raise unreadable(error) from error


def _other_currency(entry: PreparedEntry, home: str) -> Problem:
    facts = (("company's currency", home), ("entry's currency", entry.currency))
    return Problem(code=ProblemCode.CURRENCY_MISMATCH, subject=entry.number, facts=facts)
