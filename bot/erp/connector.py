"""The connector protocol: what every ERP must be able to do, and nothing more.

There is no update and no delete, by design: a posted entry is never edited. Connectors know
nothing of Slack, of storage or of each other; credentials and clock come in.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.erp.errors import ErpError
from ledger.books import Books
from ledger.entries import PreparedEntry, Side
from ledger.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One entry to be created, with the ERP's own idempotency key for it."""

    entry: PreparedEntry
    request_key: str
    """QuickBooks ``requestid``, Xero ``Idempotency-Key``; the same for every try."""
    send_by: datetime
    """Aware UTC; the connector must not write the first byte after this moment."""
    still_claimed: Callable[[], Awaitable[bool]]
    """Asked immediately before writing; false means that the claim is lost: send nothing."""
    attempt: int = 1
    """Which try this is; from the second on, an ERP that forgets keys is searched once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPosting:
    """One debit or credit as the ERP holds it."""

    account_id: str
    side: Side
    money: Money
    memo: str = ""
    contact_id: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry as the ERP holds it now."""

    erp_id: str
    number: str | None
    """Our number, read from where this ERP keeps it; none for an entry that is not ours."""
    entry_date: date
    currency: str
    memo: str
    postings: tuple[FoundPosting, ...]
    is_posted: bool = True
    """False while the ERP's own approval routing holds it back."""
    is_rejected: bool = False
    """The ERP's own approval said no: it is there, and in no ledger until approved after all."""
    document: str | None = None
    """The number by which people there know it; none where the ERP gives it none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The outcome of a creation that the ERP confirmed."""

    erp_id: str
    is_posted: bool = True


Outcome = Posted | ErpError
"""What became of one submission: confirmed, or one of the four error families."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryQuery:
    """A search by one of: exact numbers, a range of entry dates, or our later numbers."""

    numbers: tuple[str, ...] = ()
    first_date: date | None = None
    last_date: date | None = None
    """Both ends included."""
    number_prefix: str | None = None
    """Numbers that start so and sort at or after ``from_number``: entries that an installation
    with this organisation's code made, whether we know them or not."""
    from_number: str | None = None


class Connector(Protocol):
    """One company in one ERP. Every method may raise one of the four ErpError families."""

    settle_s: float
    """The ERP's longest processing time in seconds: absence proves nothing sooner."""
    max_postings: int
    """The most postings one entry may have here."""

    async def check_access(self) -> None:
        """Prove that the credentials work and that the company answers."""
        ...

    async def fetch_books(self) -> Books:
        """Import company, fiscal year, chart of accounts, contacts, dimensions, lock dates."""
        ...

    def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        """Create entries within the ERP's limits, and yield each outcome as it is known."""
        ...

    def find_entries(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        """Search every page and status, and yield what is there."""
        ...

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        """Read one entry back; none when the ERP has no such entry (any more)."""
        ...

    def entry_url(self, erp_id: str) -> str:
        """Return the address at which a person can look at the entry."""
        ...

    async def disconnect(self) -> None:
        """End the authorisation at the ERP. Already ended is fine."""
        ...
