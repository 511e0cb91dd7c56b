"""The outside, as use cases need it: clock, ids, ERPs, the engine, what people read and give.

Protocols only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.erp.connector import Connector
from bot.erp.credentials import OAuthTokens
from bot.erp.reach import CredentialMethod, Reach
from bot.services.ports.storage import UnitOfWork
from bot.services.status import RunStatus, Verified
from ledger.organisation import Company, Organisation
from ledger.problems import Problem
from ledger.runs import Batch


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

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Return the address at which a person authorises us."""
        ...

    async def exchange(self, code: str, redirect_uri: str) -> OAuthTokens:
        """Turn the code of a callback into tokens.

        Raises:
            ErpError: when the provider refuses the code or is away.
        """
        ...

    async def reach(self, tokens: OAuthTokens, named: str | None) -> Reach:
        """Return which companies the tokens reach; ``named`` is what the callback named, if any.

        Raises:
            ErpError: when the provider cannot be asked.
        """
        ...


class CredentialForms(Protocol):
    """A provider whose credentials a person types in."""

    @property
    def methods(self) -> tuple[CredentialMethod, ...]:
        """The ways to sign in, the usual one first."""
        ...

    def read(self, method: str, values: Mapping[str, str]) -> str:
        """Check what was typed and return it as one secret text.

        Raises:
            CredentialFaultsError: with a sentence for each wrong field; none quotes a value.
        """
        ...

    def method_of(self, secret: str) -> str:
        """Return the name of the method that a stored secret belongs to."""
        ...

    def update(self, secret: str, values: Mapping[str, str]) -> str:
        """Return a stored secret with the fields replaced that are rotated.

        Raises:
            CredentialFaultsError: with a sentence for each wrong field; none quotes a value.
        """
        ...

    def shown(self, secret: str) -> tuple[tuple[str, str], ...]:
        """Return (label, first and last four characters) of the ids in a secret; no secrets."""
        ...

    def until(self, secret: str) -> datetime | None:
        """Return when the credentials in a secret end for good, aware; none when nobody knows."""
        ...

    async def reach(self, secret: str) -> Reach:
        """Sign in once, and return the companies that the credentials reach.

        Raises:
            ErpError: when they are refused or the provider is away.
        """
        ...


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

    async def remind(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        """Remind everybody who is asked of a card that waits."""
        ...

    async def ended(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        """Say beneath a card that it ended without an approval."""
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
