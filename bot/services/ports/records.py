"""The audit trail, messages that wait for Slack, and small secrets, as they are stored.

Protocols only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ledger.records import (
    ApiToken,
    AuditRecord,
    Message,
)


class Audit(Protocol):
    """The audit trail."""

    async def add(self, record: AuditRecord) -> None:
        """Add a record; none is ever changed."""
        ...

    async def shapers(
        self, organisation_id: str, since: datetime | None
    ) -> dict[str, tuple[str, ...]]:
        """Return actor → what they did, each kind once, of shaping records after a moment."""
        ...

    async def recent(self, organisation_id: str, limit: int) -> list[AuditRecord]:
        """Return an organisation's records, the newest first."""
        ...


class Outbox(Protocol):
    """What the bot has to say, waiting while Slack is away."""

    async def put(self, message: Message, at: datetime) -> None:
        """Set what a key should show; the newest content wins, older edits are dropped."""
        ...

    async def under(self, prefix: str) -> list[Message]:
        """Return the messages whose keys begin with a prefix, as they should be shown."""
        ...

    async def homes(self) -> list[Message]:
        """Return the App Homes that are shown, of all workspaces."""
        ...


class OneTimeCodes(Protocol):
    """Single-use codes such as the owner code; stored as hashes."""

    async def add(self, purpose: str, code: str, expires_at: datetime) -> None:
        """Store a code for a purpose."""
        ...

    async def consume(self, purpose: str, code: str, at: datetime) -> bool:
        """Use a code once, atomically; false when unknown, used or expired."""
        ...


class ApiTokens(Protocol):
    """Tokens of the transactions API, per organisation and source; stored as hashes."""

    async def add(self, token: ApiToken, secret: str) -> None:
        """Store a token under its secret."""
        ...

    async def find(self, secret: str, at: datetime) -> ApiToken | None:
        """Return the token of a secret that is neither expired nor revoked."""
        ...

    async def everyone(self, organisation_id: str) -> list[ApiToken]:
        """Return an organisation's tokens."""
        ...

    async def revoke(self, organisation_id: str, token_id: str, at: datetime) -> bool:
        """End a token; false when the organisation has no such one."""
        ...
