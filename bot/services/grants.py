"""Grants: where a connection's tokens are kept, for every process, and what ends one.

Satisfies ``bot.erp.credentials.TokenVault`` over storage. It must not refresh by itself, and
never shows, logs or copies a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.erp.credentials import DISCONNECTED, OAuthTokens, dump_tokens, load_tokens
from bot.services import audit
from bot.services.ports import Clock, Storage, UnitOfWork
from ledger.organisation import Company, ConnectionState

Ended = Callable[[UnitOfWork, Company], Awaitable[None]]
"""Told, in the same unit of work, that an authorisation ended: people must sign in again."""

_ACTOR = "integral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """The grants of all companies."""

    storage: Storage
    clock: Clock
    on_ended: Ended

    def of(self, company_id: str) -> Grant:
        """Return the vault of one company's grant."""
        return Grant(grants=self, company_id=company_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One company's grant."""

    grants: Grants
    company_id: str

    async def read(self) -> OAuthTokens | None:
        """Return the tokens as stored now; none when the grant has ended or was wiped."""
        async with self.grants.storage.unit(read_only=True) as unit:
            secret = await unit.companies.read_secret(self.company_id)
        return load_tokens(secret) if secret else None

    def locked(self) -> AbstractAsyncContextManager[None]:
        """Hold this grant's lock, against every task of every process."""
        return self.grants.storage.lock(lock_name(self.company_id))

    async def write(self, tokens: OAuthTokens) -> None:
        """Store new tokens durably; tokens of a company disconnected meanwhile are dropped."""
        async with self.grants.storage.unit() as unit:
            company = await unit.companies.get(self.company_id)
            if company is None or company.connection is ConnectionState.DISCONNECTED:
                return
            await unit.companies.write_secret(self.company_id, dump_tokens(tokens))
            await unit.companies.save(replace(company, authorised_until=ends_at(tokens)))
            await unit.commit()

    async def mark_ended(self, reason: str) -> None:
        """Wipe the dead tokens; unless a person disconnected, say that one must sign in again."""
        async with self.grants.storage.unit() as unit:
            await unit.companies.wipe_secret(self.company_id)
            company = await unit.companies.get(self.company_id)
            if reason != DISCONNECTED and company is not None:
                await self._note_end(unit, company, reason)
            await unit.commit()

    async def _note_end(self, unit: UnitOfWork, company: Company, reason: str) -> None:
        if company.connection is not ConnectionState.ACTIVE:
            return
        ended = replace(company, connection=ConnectionState.ENDED, authorised_until=None)
        await unit.companies.save(ended)
        record = audit.note(
            "connection.ended",
            company.key,
            organisation_id=company.organisation_id,
            actor=_ACTOR,
            at=self.grants.clock.now(),
            change=({"connection": company.connection.value}, {"reason": reason}),
        )
        await unit.audit.add(record)
        await self.grants.on_ended(unit, ended)


def lock_name(company_id: str) -> str:
    """Return the name of the lock that whoever reads and then writes a grant must hold."""
    return f"grant:{company_id}"


def ends_at(tokens: OAuthTokens) -> datetime:
    """Return when a person must authorise again, if nothing renews the grant meanwhile."""
    hard = tokens.hard_expires_at
    return tokens.refresh_expires_at if hard is None else min(hard, tokens.refresh_expires_at)
