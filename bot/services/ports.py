"""What the use cases need from the outside, as protocols. Storage, engine and Slack satisfy them.

Nothing here does anything. A use case takes a port, never a table, an engine or a client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol

from bot.erp.connector import Connector
from bot.erp.credentials import OAuthTokens
from bot.services.status import RunStatus, Verified
from ledger.books import Account, Books
from ledger.delivery import DeliveryState
from ledger.entries import EntryMember
from ledger.lots import Lot
from ledger.organisation import Company, Organisation, PersonRole, Policies, Provider
from ledger.problems import Problem
from ledger.records import (
    ApiToken,
    AuditRecord,
    ConnectRequest,
    ImportOutcome,
    Message,
    Move,
    NewDelivery,
    Source,
    Upload,
)
from ledger.runs import Batch, BatchState, Delivery, Run, RunState
from ledger.transactions import Transaction


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class Ids(Protocol):
    """The only source of ids and random secrets."""

    def new(self) -> str:
        """Return a new unique id, sortable by time."""
        ...

    def secret(self) -> str:
        """Return at least 32 random bytes as URL-safe text."""
        ...


# ── organisations and people ────────────────────────────────────────────────


class Organisations(Protocol):
    """Organisations of all workspaces; every look-up names whose it is."""

    async def add(self, organisation: Organisation) -> None: ...
    async def get(self, organisation_id: str) -> Organisation | None: ...
    async def of_channel(self, team_id: str, channel_id: str) -> Organisation | None: ...
    async def of_team(self, team_id: str) -> list[Organisation]: ...
    async def everyone(self) -> list[Organisation]: ...
    async def bind_channel(self, organisation_id: str, team_id: str, channel_id: str) -> None:
        """Make commands typed in a channel mean this organisation."""
        ...

    async def set_finance_channel(self, organisation_id: str, channel_id: str) -> None: ...
    async def set_policies(self, organisation_id: str, policies: Policies) -> None: ...
    async def raise_shape_version(self, organisation_id: str) -> int: ...
    async def next_sequence(self, organisation_id: str) -> int:
        """Return the sequence that the next journal number will have, without taking it."""
        ...

    async def take_sequence(self, organisation_id: str, count: int) -> int:
        """Reserve ``count`` journal numbers and return the first sequence; never given twice."""
        ...


class People(Protocol):
    """Roles of Slack users in organisations."""

    async def roles(self, organisation_id: str, user_id: str) -> frozenset[PersonRole]: ...
    async def grant(self, organisation_id: str, user_id: str, role: PersonRole) -> None: ...
    async def revoke(self, organisation_id: str, user_id: str, role: PersonRole) -> None: ...
    async def everyone(self, organisation_id: str) -> dict[str, frozenset[PersonRole]]: ...
    async def organisations_of(self, team_id: str, user_id: str) -> list[Organisation]: ...


# ── companies, connections, books ───────────────────────────────────────────


class Companies(Protocol):
    """Companies, their imported books and their (encrypted) credentials."""

    async def add(self, company: Company) -> None: ...
    async def get(self, company_id: str) -> Company | None: ...
    async def active(self, organisation_id: str) -> Company | None:
        """Return the confirmed company that the organisation posts into at present."""
        ...

    async def of_organisation(self, organisation_id: str) -> list[Company]: ...
    async def find(self, provider: Provider, external_id: str) -> list[Company]:
        """Return this company as every organisation knows it."""
        ...

    async def save(self, company: Company) -> None:
        """Store the changed fields of a company that exists."""
        ...

    async def save_books(self, company_id: str, books: Books, at: datetime) -> None:
        """Replace the imported books, in bulk."""
        ...

    async def books(self, company_id: str) -> Books | None: ...
    async def search_accounts(
        self, company_id: str, text: str, limit: int, *, only_usable: bool = True
    ) -> list[Account]:
        """Return accounts whose code or name contains the text, for a type-ahead."""
        ...

    async def read_secret(self, company_id: str) -> str | None:
        """Return the connection's secret, decrypted; none when disconnected."""
        ...

    async def write_secret(self, company_id: str, secret: str) -> None: ...
    async def wipe_secret(self, company_id: str) -> None: ...


class ConnectRequests(Protocol):
    """Connect links and OAuth states; stored as hashes, used once."""

    async def add(self, request: ConnectRequest, token: str) -> None: ...
    async def by_token(self, token: str) -> ConnectRequest | None: ...
    async def open(self, request_id: str, state: str, browser: str, at: datetime) -> None:
        """Bind an OAuth state and a browser's cookie to the request."""
        ...

    async def consume(self, state: str, browser: str, at: datetime) -> ConnectRequest | None:
        """Use a state once, atomically; none when unknown, used, expired or another browser's."""
        ...


# ── transactions, mapping, settings ─────────────────────────────────────────


class Transactions(Protocol):
    """Source transactions, unique by (organisation, source, id)."""

    async def save(
        self, organisation_id: str, transactions: Sequence[Transaction], at: datetime
    ) -> ImportOutcome:
        """Add new ones, replace corrected ones, leave identical ones; in bulk."""
        ...

    def stream(self, organisation_id: str) -> AsyncIterator[Transaction]:
        """Yield all of them in ``order_key`` order."""
        ...

    async def sources(self, organisation_id: str) -> list[Source]: ...
    async def save_lots(self, organisation_id: str, source: str, lots: Sequence[Lot]) -> None: ...
    async def opening_lots(self, organisation_id: str) -> list[Lot]: ...


class Choices(Protocol):
    """Mapping and journal-entry settings; both belong to (organisation, company)."""

    async def mapping(self, company_id: str) -> Mapping[str, str]:
        """Return source-account key → ERP account id (keys of ``ledger.mapping``)."""
        ...

    async def set_mapping(self, company_id: str, choices: Mapping[str, str | None]) -> None:
        """Set or (with none) remove several at once."""
        ...

    async def settings(self, company_id: str) -> str | None:
        """Return the saved settings as JSON text; none until somebody saved them."""
        ...

    async def save_settings(self, company_id: str, settings: str) -> None: ...


# ── runs, batches, deliveries ───────────────────────────────────────────────


class Runs(Protocol):
    """Runs; a partial unique index allows one open run per company and period."""

    async def add(self, run: Run) -> None:
        """Store a new run.

        Raises:
            RunInProgressError: when one is open for the same company and period.
        """
        ...

    async def get(self, run_id: str) -> Run | None: ...
    async def save(self, run: Run) -> None: ...
    async def due(self, now: datetime, limit: int) -> list[Run]:
        """Return open runs whose ``wake_at`` has come."""
        ...

    async def recent(self, organisation_id: str, limit: int) -> list[Run]: ...
    async def in_state(self, states: Iterable[RunState]) -> list[Run]: ...


class Deliveries(Protocol):
    """Entries, their members and deliveries; every move leaves a row of history."""

    async def freeze(self, batch: Batch, deliveries: Sequence[NewDelivery]) -> None:
        """Store a batch with its entries, members and deliveries, all or nothing.

        Raises:
            EffectTakenError: when an effect has a live entry already.
        """
        ...

    async def batch(self, batch_id: str) -> Batch | None: ...
    async def batch_of_run(self, run_id: str) -> list[Batch]: ...
    async def batches_in_state(self, organisation_id: str, state: BatchState) -> list[Batch]: ...
    async def last_approval(self, company_id: str, *, not_by: str) -> datetime | None:
        """Return when somebody other than ``not_by`` last approved a batch of the company."""
        ...

    async def decide(self, batch: Batch, new: Batch) -> bool:
        """Compare-and-swap a batch's state and decision; false when it was decided before."""
        ...

    async def get(self, delivery_id: str) -> Delivery | None: ...
    async def of_batch(self, batch_id: str) -> list[Delivery]: ...
    async def of_run(self, run_id: str) -> list[Delivery]: ...
    async def in_state(
        self, company_id: str, states: Iterable[DeliveryState], limit: int | None = None
    ) -> list[Delivery]: ...
    async def in_period(self, company_id: str, first: date, last: date) -> list[Delivery]:
        """Return the live deliveries whose entry date lies in the period."""
        ...

    async def counts(self, company_id: str) -> dict[DeliveryState, int]: ...
    async def known_numbers(self, company_id: str, numbers: Iterable[str]) -> set[str]: ...
    async def taken_effects(self, company_id: str) -> set[EntryMember]:
        """Return every effect that has a live entry."""
        ...

    async def claim(
        self, company_id: str, *, owner: str, send_by: datetime, limit: int
    ) -> list[Delivery]:
        """Compare-and-swap approved deliveries into ``sending``, each with a fresh fence.

        Takes any batch of the company, lowest number first.
        """
        ...

    async def update(self, delivery: Delivery, new: Delivery) -> bool:
        """Change the details of a delivery that stays in its state, by compare-and-swap.

        False, and nothing changed, when state or fence are no longer as in ``delivery``.
        """
        ...

    async def holds_claim(self, delivery_id: str, fence: str) -> bool:
        """Say whether the delivery is still ``sending`` under this fence."""
        ...

    async def move(self, moves: Sequence[Move]) -> list[Delivery]:
        """Apply moves by compare-and-swap, in one unit of work; return those applied.

        Raises:
            ForbiddenMoveError: for a move that the table does not have.
        """
        ...

    async def mark_stale(self, delivery_ids: Sequence[str]) -> None: ...
    async def history(self, delivery_id: str) -> list[tuple[datetime, str, str, str, str]]:
        """Return (at, old state, new state, actor, note), oldest first."""
        ...


# ── shaping, messages, small secrets ────────────────────────────────────────


class Audit(Protocol):
    """The audit trail."""

    async def add(self, record: AuditRecord) -> None: ...
    async def shapers(self, organisation_id: str, since: datetime | None) -> dict[str, str]:
        """Return actor → what they did last, of shaping records after a moment."""
        ...

    async def recent(self, organisation_id: str, limit: int) -> list[AuditRecord]: ...


class Outbox(Protocol):
    """What the bot has to say, waiting while Slack is away."""

    async def put(self, message: Message, at: datetime) -> None:
        """Set what a key should show; the newest content wins, older edits are dropped."""
        ...


class OneTimeCodes(Protocol):
    """Single-use codes such as the owner code; stored as hashes."""

    async def add(self, purpose: str, code: str, expires_at: datetime) -> None: ...
    async def consume(self, purpose: str, code: str, at: datetime) -> bool:
        """Use a code once, atomically; false when unknown, used or expired."""
        ...


class ApiTokens(Protocol):
    """Tokens of the transactions API, per organisation and source; stored as hashes."""

    async def add(self, token: ApiToken, secret: str) -> None: ...
    async def find(self, secret: str, at: datetime) -> ApiToken | None: ...
    async def everyone(self, organisation_id: str) -> list[ApiToken]: ...
    async def revoke(self, organisation_id: str, token_id: str, at: datetime) -> bool: ...


class Uploads(Protocol):
    """Imports asked for in Slack, so that the work survives a restart."""

    async def add(self, upload: Upload) -> None: ...
    async def get(self, upload_id: str) -> Upload | None: ...
    async def finish(self, upload_id: str, result: str) -> None: ...


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
        """Companies, credentials and books."""
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
    def runs(self) -> Runs:
        """Runs."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Batches, entries and deliveries."""
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


class Owners(Protocol):
    """Which processes live; a claim's owner is ``slot/incarnation``."""

    @property
    def me(self) -> str:
        """This process's own name as an owner."""
        ...

    async def is_gone(self, owner: str) -> bool:
        """Say whether the process that was this owner surely no longer runs."""
        ...


class Connectors(Protocol):
    """Builds the connector of a company from its stored credentials."""

    def of(self, company: Company) -> Connector:
        """Return the connector.

        Raises:
            ErpActionRequired: when the company is not connected now.
        """
        ...

    def entry_url(self, company: Company, erp_id: str) -> str:
        """Return the address of an entry, also while the company is not connected."""
        ...


class Authorizer(Protocol):
    """The OAuth part of a provider."""

    def authorization_url(self, state: str, redirect_uri: str) -> str: ...
    async def exchange(self, code: str, redirect_uri: str) -> OAuthTokens: ...


class Engine(Protocol):
    """Durable work: enqueued once by id, run at least once, one at a time per partition."""

    async def enqueue(self, workflow: str, workflow_id: str, *args: str, partition: str) -> None:
        """Enqueue a workflow; the same id again does nothing."""
        ...


class Announcer(Protocol):
    """What the bot says by itself; the words and blocks are drawn on the far side."""

    async def run_changed(self, unit: UnitOfWork, status: RunStatus) -> None:
        """Show where a run stands: its progress message, and its approval card if it has one."""
        ...

    async def verified(self, unit: UnitOfWork, result: Verified, *, person: str) -> None:
        """Tell a person how entries compare with the ERP's copies."""
        ...

    async def failed(
        self, unit: UnitOfWork, organisation: Organisation, problem: Problem, *, person: str
    ) -> None:
        """Tell a person that what they asked for could not be done, and the remedy."""
        ...


class Files(Protocol):
    """Files that people give us in Slack."""

    async def download(self, team_id: str, file_id: str, limit_bytes: int) -> bytes:
        """Return a file's content.

        Raises:
            FileRefusedError: too large, not readable, or not a file Slack serves.
        """
        ...


class FileRefusedError(Exception):
    """A file that cannot be read; its text is a sentence for the user."""
