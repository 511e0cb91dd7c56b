"""Organisations, their people, and the companies they post into, as they are stored.

Protocols only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ledger.books import Account, Books
from ledger.organisation import Company, Organisation, PersonRole, Policies, Provider
from ledger.records import (
    ConnectRequest,
    Reached,
)


class Organisations(Protocol):
    """Organisations of all workspaces; every look-up names whose it is."""

    async def add(self, organisation: Organisation) -> None:
        """Store a new organisation; its code is unique among all."""
        ...

    async def get(self, organisation_id: str) -> Organisation | None:
        """Return an organisation, or none."""
        ...

    async def of_channel(self, team_id: str, channel_id: str) -> Organisation | None:
        """Return the organisation that a channel means, or none."""
        ...

    async def of_team(self, team_id: str) -> list[Organisation]:
        """Return a workspace's organisations."""
        ...

    async def everyone(self) -> list[Organisation]:
        """Return the organisations of all workspaces."""
        ...

    async def bind_channel(self, organisation_id: str, team_id: str, channel_id: str) -> None:
        """Make commands typed in a channel mean this organisation."""
        ...

    async def set_finance_channel(self, organisation_id: str, channel_id: str) -> None:
        """Set where runs are reported."""
        ...

    async def set_time_zone(self, organisation_id: str, time_zone: str) -> None:
        """Set in which IANA time zone its days begin and end."""
        ...

    async def set_policies(self, organisation_id: str, policies: Policies) -> None:
        """Replace the policies."""
        ...

    async def raise_shape_version(self, organisation_id: str) -> int:
        """Count one more change that may alter an entry; return the new version."""
        ...

    async def next_sequence(self, organisation_id: str) -> int:
        """Return the sequence that the next journal number will have, without taking it."""
        ...

    async def take_sequence(self, organisation_id: str, count: int) -> int:
        """Reserve ``count`` journal numbers and return the first sequence; never given twice."""
        ...

    async def raise_sequence(self, organisation_id: str, seen: int) -> None:
        """Never give out a sequence up to ``seen`` again: the ERP holds entries that have them."""
        ...


class People(Protocol):
    """Roles of Slack users in organisations."""

    async def roles(self, organisation_id: str, user_id: str) -> frozenset[PersonRole]:
        """Return what a person is in an organisation; empty for a stranger."""
        ...

    async def grant(self, organisation_id: str, user_id: str, role: PersonRole) -> None:
        """Give a role; one that is held already stays."""
        ...

    async def revoke(self, organisation_id: str, user_id: str, role: PersonRole) -> None:
        """Take a role away; one that is not held is fine."""
        ...

    async def everyone(self, organisation_id: str) -> dict[str, frozenset[PersonRole]]:
        """Return user id → roles of everybody who has any."""
        ...

    async def organisations_of(self, team_id: str, user_id: str) -> list[Organisation]:
        """Return the organisations of a workspace in which a person has a role."""
        ...


class Companies(Protocol):
    """Companies and their imported books."""

    async def add(self, company: Company) -> None:
        """Store a new company."""
        ...

    async def get(self, company_id: str) -> Company | None:
        """Return a company, or none."""
        ...

    async def active(self, organisation_id: str) -> Company | None:
        """Return the confirmed company that the organisation posts into at present."""
        ...

    async def of_organisation(self, organisation_id: str) -> list[Company]:
        """Return every company the organisation ever connected."""
        ...

    async def find(self, provider: Provider, external_id: str) -> list[Company]:
        """Return this company as every organisation knows it."""
        ...

    async def save(self, company: Company) -> None:
        """Store the changed fields of a company that exists."""
        ...

    async def save_books(self, company_id: str, books: Books, at: datetime) -> None:
        """Replace the imported books, in bulk."""
        ...

    async def drift_told_at(self, company_id: str) -> datetime | None:
        """Return up to when people were told of entries that left the approved; none if never."""
        ...

    async def keep_drift_told(self, company_id: str, at: datetime) -> None:
        """Note up to when people were told of such entries."""
        ...

    async def books(self, company_id: str) -> Books | None:
        """Return the books as last imported; none before the first import."""
        ...

    async def search_accounts(
        self, company_id: str, text: str, limit: int, *, only_usable: bool = True
    ) -> list[Account]:
        """Return accounts whose code or name contains the text, for a type-ahead."""
        ...


class GrantRecords(Protocol):
    """Grants: encrypted credentials, each of which may reach several companies."""

    async def find(self, provider: Provider, subject: str) -> str | None:
        """Return the id of the grant of whoever authorised; none when there is none."""
        ...

    async def subject(self, grant_id: str) -> str | None:
        """Return whose grant it is; none for an unknown one."""
        ...

    async def put(self, grant_id: str, provider: Provider, subject: str, secret: str) -> None:
        """Store a new grant, or another secret of a known one; encrypted."""
        ...

    async def renew(self, grant_id: str, secret: str) -> bool:
        """Replace the secret of a grant that still has one; false when it was wiped meanwhile."""
        ...

    async def read_secret(self, grant_id: str) -> str | None:
        """Return the secret, decrypted; none when it was wiped or never there."""
        ...

    async def wipe(self, grant_id: str) -> None:
        """Remove the secret; which companies it reached stays known."""
        ...

    async def remove(self, grant_id: str) -> None:
        """Remove a grant altogether; companies that were reached through it stay."""
        ...

    async def set_reached(self, grant_id: str, reached: Sequence[Reached]) -> None:
        """Replace the companies that a grant reaches."""
        ...

    async def reached(self, grant_id: str) -> list[Reached]:
        """Return the companies that a grant reaches, by name."""
        ...

    async def offered(self, team_id: str, user_id: str, provider: Provider) -> list[Reached]:
        """Return what a person authorised and no organisation is connected to, by name."""
        ...

    async def companies(self, grant_id: str) -> list[Company]:
        """Return the companies reached through a grant that nobody disconnected."""
        ...


class ConnectRequests(Protocol):
    """Connect links and OAuth states; stored as hashes, used once."""

    async def add(self, request: ConnectRequest, token: str) -> None:
        """Store an invitation under its link's token."""
        ...

    async def get(self, request_id: str) -> ConnectRequest | None:
        """Return an invitation, used or not; none for an unknown one."""
        ...

    async def by_token(self, token: str) -> ConnectRequest | None:
        """Return the invitation of a link, used or not; none for an unknown one."""
        ...

    async def open(self, request_id: str, state: str, browser: str, at: datetime) -> None:
        """Bind an OAuth state and a browser's cookie to the request."""
        ...

    async def consume(self, state: str, browser: str, at: datetime) -> ConnectRequest | None:
        """Use a state once, atomically; none when unknown, used, expired or another browser's."""
        ...
