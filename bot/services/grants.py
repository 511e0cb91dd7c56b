"""Grants: where the credentials of connections are kept, for every process, and what ends one.

Satisfies ``bot.erp.credentials.TokenVault`` (and, of pasted credentials, NetSuite's vault) over
storage. One grant may serve several companies, so its lock and its end are theirs together. It
must not refresh by itself, and never shows, logs or copies a secret.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.erp.credentials import DISCONNECTED, OAuthTokens, dump_tokens, load_tokens
from bot.services import audit
from bot.services.ports import Clock, Storage, UnitOfWork
from ledger.organisation import Company, ConnectionState
from ledger.records import AuditRecord

Ended = Callable[[UnitOfWork, Sequence[Company]], Awaitable[None]]
"""Told, in the same unit of work, which companies an ended grant served: people must act."""

_ACTOR = "integral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """The grants of all companies."""

    storage: Storage
    clock: Clock
    on_ended: Ended

    def of(self, company: Company) -> Grant:
        """Return the vault of a company's grant."""
        return Grant(grants=self, company_id=company.id, grant_id=company.grant_id or "")

    def typed_of(self, company: Company) -> TypedGrant:
        """Return the vault of a company's pasted credentials."""
        return TypedGrant(grant=self.of(company))

    async def is_last(self, company: Company) -> bool:
        """Say whether no other company is reached through this one's grant."""
        async with self.storage.unit(read_only=True) as unit:
            return not await others(unit, company.id, company.grant_id or "")

    async def note_refused(self, company: Company, reason: str) -> None:
        """Note that pasted credentials are refused: a person must update them; they are kept."""
        async with self.storage.unit() as unit:
            await self.end(unit, await unit.grants.companies(company.grant_id or ""), reason)
            await unit.commit()

    async def note_cut_off(self, company: Company) -> None:
        """Note that one company is no longer reached, while its grant still serves others."""
        async with self.storage.unit() as unit:
            current = await unit.companies.get(company.id)
            if current is not None and current.grant_id == company.grant_id:
                await self.end(unit, [current], "cut off")
            await unit.commit()

    async def end(self, unit: UnitOfWork, companies: Sequence[Company], reason: str) -> None:
        """Mark those of a grant's companies as ended that are not yet, and say so once."""
        ended = []
        for company in companies:
            if company.connection is ConnectionState.ACTIVE:
                over = replace(company, connection=ConnectionState.ENDED, authorised_until=None)
                await unit.companies.save(over)
                await unit.audit.add(self._record(over, reason))
                ended.append(over)
        if ended:
            await self.on_ended(unit, ended)

    def _record(self, company: Company, reason: str) -> AuditRecord:
        return audit.note(
            "connection.ended",
            company.key,
            organisation_id=company.organisation_id,
            actor=_ACTOR,
            at=self.clock.now(),
            change=({"connection": ConnectionState.ACTIVE.value}, {"reason": reason}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The grant of one company, and of those that share it."""

    grants: Grants
    company_id: str
    grant_id: str

    async def read(self) -> OAuthTokens | None:
        """Return the tokens as stored now; none when the grant has ended or was wiped."""
        secret = await self.read_secret()
        return load_tokens(secret) if secret else None

    async def read_secret(self) -> str | None:
        """Return what is stored now, whatever it is; none when it was wiped."""
        async with self.grants.storage.unit(read_only=True) as unit:
            return await unit.grants.read_secret(self.grant_id)

    def locked(self) -> AbstractAsyncContextManager[None]:
        """Hold this grant's lock, against every task of every process."""
        return self.grants.storage.lock(lock_name(self.grant_id))

    async def write(self, tokens: OAuthTokens) -> None:
        """Store new tokens durably; those of a grant that was wiped meanwhile are dropped."""
        async with self.grants.storage.unit() as unit:
            if not await unit.grants.renew(self.grant_id, dump_tokens(tokens)):
                return
            for company in await unit.grants.companies(self.grant_id):
                if company.connection is ConnectionState.ACTIVE:
                    await unit.companies.save(replace(company, authorised_until=ends_at(tokens)))
            await unit.commit()

    async def mark_ended(self, reason: str) -> None:
        """Wipe dead credentials; unless a person disconnected, say that one must sign in again.

        A person who disconnects one of several companies ends nothing for the others.
        """
        async with self.grants.storage.unit() as unit:
            if reason == DISCONNECTED:
                if not await others(unit, self.company_id, self.grant_id):
                    await unit.grants.wipe(self.grant_id)
            else:
                await unit.grants.wipe(self.grant_id)
                companies = await unit.grants.companies(self.grant_id)
                await self.grants.end(unit, companies, reason)
            await unit.commit()


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedGrant:
    """The pasted credentials of one company: one text, which nothing renews by itself."""

    grant: Grant

    async def read(self) -> str | None:
        """Return the text as stored now; none when it was wiped."""
        return await self.grant.read_secret()

    async def mark_ended(self, reason: str) -> None:
        """Wipe them when nothing else uses them; see :meth:`Grant.mark_ended`."""
        await self.grant.mark_ended(reason)


async def others(unit: UnitOfWork, company_id: str, grant_id: str) -> list[Company]:
    """Return the other companies that are reached through a grant."""
    return [c for c in await unit.grants.companies(grant_id) if c.id != company_id]


def is_same_arrival(one: Company, other: Company) -> bool:
    """Say whether nobody signed in to a company anew between two readings of it."""
    return (one.grant_id, one.connected_at) == (other.grant_id, other.connected_at)


def lock_name(grant_id: str) -> str:
    """Return the name of the lock that whoever reads and then writes a grant must hold."""
    return f"grant:{grant_id}"


def ends_at(tokens: OAuthTokens) -> datetime:
    """Return when a person must authorise again, if nothing renews the grant meanwhile."""
    hard = tokens.hard_expires_at
    return tokens.refresh_expires_at if hard is None else min(hard, tokens.refresh_expires_at)
