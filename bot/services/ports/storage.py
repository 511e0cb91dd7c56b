"""The database: units of work, and locks that hold across processes.

Protocols only.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.services.ports.corrections import Corrections
from bot.services.ports.deliveries import Deliveries, Runs
from bot.services.ports.filing import JournalFiles
from bot.services.ports.organisations import (
    Companies,
    ConnectRequests,
    GrantRecords,
    Organisations,
    People,
)
from bot.services.ports.records import ApiTokens, Audit, OneTimeCodes, Outbox
from bot.services.ports.schedules import Schedules
from bot.services.ports.transactions import Choices, Stragglers, Transactions, Uploads


class UnitOfWork(Protocol):
    """One transaction of the database. Leaving the block without ``commit`` undoes it all."""

    @property
    def organisations(self) -> Organisations:
        """Organisations and their channels."""
        ...

    @property
    def people(self) -> People:
        """Who may do what."""
        ...

    @property
    def companies(self) -> Companies:
        """Companies and books."""
        ...

    @property
    def grants(self) -> GrantRecords:
        """Credentials, and the companies that they reach."""
        ...

    @property
    def connect_requests(self) -> ConnectRequests:
        """Invitations to authorise."""
        ...

    @property
    def transactions(self) -> Transactions:
        """Source transactions and opening lots."""
        ...

    @property
    def choices(self) -> Choices:
        """Mapping and settings."""
        ...

    @property
    def stragglers(self) -> Stragglers:
        """Decisions about late transactions of closed months."""
        ...

    @property
    def runs(self) -> Runs:
        """Runs."""
        ...

    @property
    def schedules(self) -> Schedules:
        """Schedules, and what came due by them."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Batches, entries and deliveries."""
        ...

    @property
    def corrections(self) -> Corrections:
        """What corrects what."""
        ...

    @property
    def journal_files(self) -> JournalFiles:
        """Entries and files of companies without an ERP."""
        ...

    @property
    def audit(self) -> Audit:
        """Who did what."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is to be said in Slack."""
        ...

    @property
    def codes(self) -> OneTimeCodes:
        """Single-use codes."""
        ...

    @property
    def api_tokens(self) -> ApiTokens:
        """Tokens of the transactions API."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Imports asked for in Slack."""
        ...

    async def commit(self) -> None:
        """Make everything done so far in this block durable."""
        ...


class Storage(Protocol):
    """The database: units of work, and locks that hold across processes."""

    def unit(self, *, read_only: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work; a read-only one does not queue behind writers."""
        ...

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold a named lock, exclusively across processes, freed when the process dies."""
        ...
