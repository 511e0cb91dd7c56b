"""The journal-file connector: an entry is posted when its row is committed in our own database.

There is no network, so nothing can be unknown for long: after a crash the row is there or it is
not, and the same entry filed again is the one that is there. An entry counts as posted in the
ERP once a person has confirmed that its file was imported.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import datetime

from bot.erp.connector import (
    EntryQuery,
    FoundEntry,
    FoundPosting,
    Outcome,
    Posted,
    Submission,
)
from bot.erp.errors import (
    ErpActionRequired,
    ErpError,
    ErpRejected,
    ErpUnavailable,
    OutcomeUnknown,
)
from bot.erp.journal_file.book import JournalFileBook
from ledger.books import Account, Books
from ledger.entries import PreparedEntry
from ledger.filing import FiledEntry, NumberTakenError
from ledger.problems import Problem, ProblemCode

_Facts = tuple[tuple[str, str], ...]

LABEL = "Journal file"
MAX_POSTINGS = 200
"""Ours: an entry must fit into one file, and Xero imports 300 lines a file."""


class JournalFileConnector:
    """One company without an ERP. Satisfies ``bot.erp.connector.Connector``."""

    max_postings = MAX_POSTINGS
    settle_s = 0.0
    """A committed row is seen by the next search."""

    def __init__(
        self, company_key: str, *, book: JournalFileBook, now: Callable[[], datetime]
    ) -> None:
        """Take the company's key, such as ``journal_file:01J…``, its book and the time."""
        self._key = company_key
        self._book = book
        self._now = now
        self._chart: Books | None = None

    async def check_access(self) -> None:
        """Prove that the company has a chart of accounts."""
        await self.fetch_books()

    async def fetch_books(self) -> Books:
        """Return the chart as it was chosen or uploaded."""
        books = await self._book.books()
        if books is None:
            facts = (("reason", "it has no chart of accounts yet"),)
            raise ErpActionRequired(
                Problem(code=ProblemCode.CREDENTIALS_INVALID, subject=LABEL, facts=facts)
            )
        self._chart = books
        return books

    async def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        """File entries one after the other, and yield each outcome.

        Raises:
            ValueError: an entry was prepared for another company; nothing is filed.
        """
        for submission in submissions:
            self._require_ours(submission.entry)
        for submission in submissions:
            yield submission, await self._outcome(submission)

    async def find_entries(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        """Search by numbers, by dates or by our prefix.

        Raises:
            ValueError: the search names none of them.
        """
        for filed in await self._search(query):
            yield _found(filed)

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        """Read one entry back; none for an unknown id."""
        filed = await self._book.get(erp_id)
        return _found(filed) if filed is not None else None

    def entry_url(self, erp_id: str) -> str:
        """Return no address: entries are looked at in their file."""
        del erp_id
        return ""

    async def disconnect(self) -> None:
        """Do nothing: nobody outside was told anything."""

    def _require_ours(self, entry: PreparedEntry) -> None:
        if entry.company != self._key:
            raise ValueError(f"{entry.number} was prepared for another company")

    async def _outcome(self, submission: Submission) -> Outcome:
        try:
            return await self._post(submission)
        except ErpError as error:
            return error

    async def _post(self, submission: Submission) -> Posted:
        entry = submission.entry
        refusal = _refusal(entry, await self._books())
        if refusal is not None:
            raise ErpRejected(refusal)
        if not await submission.still_claimed():
            raise _not_filed("claim lost, nothing was filed")
        if self._now() > submission.send_by:
            raise _not_filed("claim expired, nothing was filed")
        try:
            filed = await self._book.add(entry)
        except NumberTakenError as error:
            # The search that follows shows a person what is filed there.
            unknown = Problem(code=ProblemCode.OUTCOME_UNKNOWN, subject=entry.number)
            raise OutcomeUnknown(unknown) from error
        return Posted(erp_id=filed.id, is_posted=filed.is_imported)

    async def _books(self) -> Books:
        """Return the chart, read once for all entries of a claim."""
        if self._chart is None:
            self._chart = await self.fetch_books()
        return self._chart

    async def _search(self, query: EntryQuery) -> list[FiledEntry]:
        if query.numbers:
            return await self._book.by_numbers(query.numbers)
        if query.first_date is not None and query.last_date is not None:
            return await self._book.between(query.first_date, query.last_date)
        if query.number_prefix is not None:
            first = query.from_number or query.number_prefix
            return await self._book.numbered_from(query.number_prefix, first)
        raise ValueError("a search needs numbers, dates or a prefix")


def _refusal(entry: PreparedEntry, books: Books) -> Problem | None:
    """Return why an entry cannot be filed, as an ERP would refuse it."""
    ours = ("entry", entry.number)
    for posting in entry.postings:
        account = books.account(posting.account_id)
        if account is None:
            label = posting.account_label
            return Problem(code=ProblemCode.ACCOUNT_DELETED, subject=label, facts=(ours,))
        code, facts = _against(account, entry.currency)
        if code is not None:
            return Problem(code=code, subject=account.label, facts=(ours, *facts))
    return None


def _against(account: Account, currency: str) -> tuple[ProblemCode | None, _Facts]:
    """Return why an account takes no entry of a currency; none when it does."""
    if not account.is_active:
        return ProblemCode.ACCOUNT_INACTIVE, ()
    if account.refusal is not None:
        return ProblemCode.ACCOUNT_REFUSED, (("reason", account.refusal),)
    if account.currency not in (None, currency):
        return ProblemCode.CURRENCY_MISMATCH, (("account's currency", account.currency or ""),)
    return None, ()


def _not_filed(reason: str) -> ErpUnavailable:
    facts = (("reason", reason),)
    return ErpUnavailable(Problem(code=ProblemCode.ERP_UNREACHABLE, subject=LABEL, facts=facts))


def _found(filed: FiledEntry) -> FoundEntry:
    entry = filed.entry
    return FoundEntry(
        erp_id=filed.id,
        number=entry.number,
        entry_date=entry.entry_date,
        currency=entry.currency,
        memo=entry.memo,
        postings=tuple(
            FoundPosting(
                account_id=posting.account_id,
                side=posting.side,
                money=posting.money,
                memo=posting.memo,
                contact_id=posting.contact_id,
                dimensions=posting.dimensions,
            )
            for posting in entry.postings
        ),
        is_posted=filed.is_imported,
    )
