"""What the contract suite needs of an ERP: its connector, and the hands of a person using it.

Every connector that joins the suite satisfies ``ConnectorCase``; the tests know nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from bot.erp.connector import Connector, EntryQuery, FoundEntry, Outcome, Submission
from bot.erp.credentials import TokenSource
from ledger.books import ContactKind
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.problems import ProblemCode
from sandbox.clock import SandboxClock
from sandbox.faults import FaultBoard, RequestMatch

ENTRY_DATE = date(2026, 10, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAccounts:
    """Accounts of the company under test, by what they are good for (ERP ids)."""

    debit: str
    credit: str
    inactive: str
    unknown: str
    foreign: str
    receivable: str
    payable: str
    customer: str
    vendor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What this ERP has against an entry on some of those accounts."""

    unknown: ProblemCode
    foreign: ProblemCode
    receivable: ProblemCode
    """Of receivables without a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The longest fields this ERP takes."""

    memo: int
    line_memo: int


class PlainCase(Protocol):
    """One company that entries are posted into, an ERP's or one without an ERP."""

    company: str
    currency: str
    clock: SandboxClock
    accounts: SampleAccounts
    refusals: Refusals

    def connector(self) -> Connector: ...
    def held_numbers(self) -> list[str]:
        """Return the number of every entry that is held, in order of creation."""
        ...


class ConnectorCase(PlainCase, Protocol):
    """One ERP on loopback with one connected company, and what a person can do there."""

    faults: FaultBoard
    limits: Limits
    large_chart: int
    """How many accounts the company with the large chart has."""
    create: RequestMatch
    """Matches the requests that create entries."""
    settle_s: float
    unasked_wait_s: tuple[float, float]
    """The least and the most that is waited when the ERP throttles and says no time."""

    def connector(self, *, read_timeout_s: float | None = None) -> Connector: ...
    def close_books(self, until: date) -> None: ...
    def delete_by_hand(self, erp_id: str) -> None: ...
    def change_memo_by_hand(self, erp_id: str, memo: str) -> None: ...
    def type_entries_by_hand(self, count: int, *, day: date) -> None:
        """Enter entries that are not ours."""
        ...

    def company_with_chart(self, chart: str) -> Connector:
        """Return the connector of a further company: its chart is ``empty`` or ``large``."""
        ...

    async def settle(self) -> None:
        """Wait until every late commit has happened."""
        ...


class GrantedCase(ConnectorCase, Protocol):
    """An ERP that people sign in to: its grant has tokens that are renewed, and can be revoked."""

    token: RequestMatch
    """Matches the requests for new tokens."""

    def token_source(self) -> TokenSource:
        """Return a token source of a further process: same vault, same grant."""
        ...

    def expire_access(self) -> None: ...
    def revoke(self) -> None: ...
    def has_ended(self) -> bool:
        """Say whether the connection was marked as ended on our side."""
        ...

    def ended_at_erp(self) -> bool:
        """Say whether the ERP no longer knows our grant."""
        ...

    def stored_access_token(self) -> str | None: ...


class OpenCase(Protocol):
    """Starts one ERP for the length of a block."""

    def __call__(self) -> AbstractAsyncContextManager[ConnectorCase]: ...


class OpenGrantedCase(Protocol):
    """Starts one ERP that people sign in to."""

    def __call__(self) -> AbstractAsyncContextManager[GrantedCase]: ...


def number(sequence: int) -> str:
    """One of our journal numbers."""
    return f"INT-T3ST-{sequence:05d}-103126"


def posting(
    account_id: str, side: Side, amount: str, *, currency: str = "USD", memo: str = ""
) -> PreparedPosting:
    return PreparedPosting(
        account_id=account_id,
        account_label=f"account {account_id}",
        side=side,
        money=Money(Decimal(amount), currency),
        memo=memo,
    )


def entry(
    case: PlainCase,
    sequence: int = 1,
    *,
    postings: Sequence[PreparedPosting] = (),
    memo: str = "Roll-up of 2026-10-31",
    day: date = ENTRY_DATE,
) -> PreparedEntry:
    """An entry of 100.25, or of the postings given."""
    both = (
        posting(case.accounts.debit, Side.DEBIT, "100.25", currency=case.currency, memo="ETH"),
        posting(case.accounts.credit, Side.CREDIT, "100.25", currency=case.currency),
    )
    return PreparedEntry(
        company=case.company,
        number=number(sequence),
        entry_date=day,
        currency=case.currency,
        memo=memo,
        postings=tuple(postings) or both,
    )


def entry_on(case: PlainCase, account_id: str) -> PreparedEntry:
    """An entry that debits one account in question."""
    lines = (
        posting(account_id, Side.DEBIT, "7.00", currency=case.currency),
        posting(case.accounts.credit, Side.CREDIT, "7.00", currency=case.currency),
    )
    return entry(case, postings=lines)


def entry_with_contact(case: ConnectorCase, kind: ContactKind) -> PreparedEntry:
    """An entry on receivables or payables that names its customer or vendor."""
    is_customer = kind is ContactKind.CUSTOMER
    controlled = PreparedPosting(
        account_id=case.accounts.receivable if is_customer else case.accounts.payable,
        account_label="controlled account",
        side=Side.DEBIT,
        money=Money(Decimal("7.00"), case.currency),
        contact_id=case.accounts.customer if is_customer else case.accounts.vendor,
        contact_kind=kind,
    )
    other = posting(case.accounts.credit, Side.CREDIT, "7.00", currency=case.currency)
    return entry(case, postings=(controlled, other))


async def _still() -> bool:
    return True


def submission(
    case: PlainCase,
    prepared: PreparedEntry,
    *,
    still_claimed: Callable[[], Awaitable[bool]] = _still,
) -> Submission:
    """A submission with five minutes to go."""
    return Submission(
        entry=prepared,
        request_key=f"key-{prepared.number}",
        send_by=case.clock.now() + timedelta(minutes=5),
        still_claimed=still_claimed,
    )


async def post(
    case: PlainCase, entries: Iterable[PreparedEntry], *, connector: Connector | None = None
) -> dict[str, Outcome]:
    """Post entries and return each one's outcome by its number."""
    submissions = [submission(case, prepared) for prepared in entries]
    posting_them = (connector or case.connector()).post_entries(submissions)
    return {done.entry.number: outcome async for done, outcome in posting_them}


async def post_one(
    case: PlainCase, prepared: PreparedEntry, *, connector: Connector | None = None
) -> Outcome:
    outcomes = await post(case, [prepared], connector=connector)
    return outcomes[prepared.number]


async def find(connector: Connector, query: EntryQuery) -> list[FoundEntry]:
    return [found async for found in connector.find_entries(query)]


async def until(happened: Callable[[], object]) -> None:
    """Let the rest of the test's loop run until something is so."""
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110 - the stand-in has no event for what it holds
            await asyncio.sleep(0)
