"""OAuth tokens of one connection: always fresh, refreshed by one process at a time, never lost.

The refresh token of a rotating grant dies when two use it at once, or when its successor is not
kept (QuickBooks: https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/faq).
So there is one lock per grant, held across processes; the tokens are read again inside it and the
new ones stored before it is released. It must not decide how tokens are kept or how an ERP
refreshes them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.erp.errors import ErpActionRequired
from ledger.problems import Problem, ProblemCode

DEFAULT_MARGIN = timedelta(minutes=5)
DISCONNECTED = "disconnected"


class GrantRefusedError(Exception):
    """The token endpoint answered ``invalid_grant``: this refresh token or code is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthTokens:
    """The tokens of one grant. Moments are aware UTC; the secrets stay out of ``repr``."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime
    hard_expires_at: datetime | None = None
    """When the chain of refreshes ends for good, where the ERP says so."""


def dump_tokens(tokens: OAuthTokens) -> str:
    """Write tokens as one JSON text, a secret to be stored encrypted; `load_tokens` reads it."""
    hard_end = tokens.hard_expires_at
    return json.dumps(
        {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "access_expires_at": tokens.access_expires_at.isoformat(),
            "refresh_expires_at": tokens.refresh_expires_at.isoformat(),
            "hard_expires_at": hard_end.isoformat() if hard_end else None,
        }
    )


def load_tokens(secret: str) -> OAuthTokens:
    """Read what :func:`dump_tokens` wrote.

    Raises:
        ValueError, KeyError: when the stored text was damaged.
    """
    kept = json.loads(secret)
    hard_end = kept["hard_expires_at"]
    return OAuthTokens(
        access_token=kept["access_token"],
        refresh_token=kept["refresh_token"],
        access_expires_at=datetime.fromisoformat(kept["access_expires_at"]),
        refresh_expires_at=datetime.fromisoformat(kept["refresh_expires_at"]),
        hard_expires_at=datetime.fromisoformat(hard_end) if hard_end else None,
    )


class TokenVault(Protocol):
    """Where the tokens of one grant are kept, encrypted, for all processes."""

    async def read(self) -> OAuthTokens | None:
        """Return the tokens as stored now; none when the grant has ended or was wiped."""
        ...

    def locked(self) -> AbstractAsyncContextManager[None]:
        """Hold this grant's lock, against every task of every process."""
        ...

    async def write(self, tokens: OAuthTokens) -> None:
        """Store new tokens durably before returning."""
        ...

    async def mark_ended(self, reason: str) -> None:
        """Note that the grant is over: a person has to authorise again."""
        ...


Refresh = Callable[[OAuthTokens], Awaitable[OAuthTokens]]
"""Exchanges a refresh token. Raises GrantRefusedError when it is dead, ErpUnavailable when the
endpoint gave no usable answer, ErpActionRequired when the app's own keys are refused."""


class TokenSource:
    """Hands out a usable access token of one grant and renews it when it must."""

    def __init__(
        self,
        vault: TokenVault,
        refresh: Refresh,
        *,
        now: Callable[[], datetime],
        subject: str,
        margin: timedelta = DEFAULT_MARGIN,
    ) -> None:
        """Take the vault of one grant; ``subject`` names the connection to the user."""
        self._vault = vault
        self._refresh = refresh
        self._now = now
        self._subject = subject
        self._margin = margin
        self._running: set[asyncio.Task[str]] = set()

    async def token(self, rejected: str | None = None) -> str:
        """Return an access token; never the one the ERP has just ``rejected``.

        Raises:
            ErpActionRequired: the grant has ended, or the app's own keys are refused.
            ErpUnavailable: the token endpoint is away; the grant is untouched.
        """
        tokens = self._require(await self._vault.read())
        if self._is_usable(tokens, rejected):
            return tokens.access_token
        return await self._finish(self._renew(rejected))

    async def surrender(self, revoke: Callable[[OAuthTokens], Awaitable[None]]) -> None:
        """Revoke the grant at the ERP and note its end; already ended is fine."""
        async with self._vault.locked():
            tokens = await self._vault.read()
            if tokens is None:
                return
            await revoke(tokens)
            await self._vault.mark_ended(DISCONNECTED)

    async def _finish(self, renewal: Awaitable[str]) -> str:
        """Let a renewal end even when its caller is cancelled: a reply not kept is a grant lost."""
        task = asyncio.ensure_future(renewal)
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[str]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that an abandoned renewal's error is not warned about

    async def _renew(self, rejected: str | None) -> str:
        async with self._vault.locked():
            tokens = self._require(await self._vault.read())
            if self._is_usable(tokens, rejected):
                return tokens.access_token
            try:
                return await self._refresh_and_keep(tokens)
            except GrantRefusedError:
                return await self._after_refusal(tokens, rejected)

    async def _after_refusal(self, refused: OAuthTokens, rejected: str | None) -> str:
        """Look once more: an installation that shares no lock with us may have rotated it."""
        latest = self._require(await self._vault.read())
        if latest.refresh_token != refused.refresh_token:
            if self._is_usable(latest, rejected):
                return latest.access_token
            try:
                return await self._refresh_and_keep(latest)
            except GrantRefusedError:
                pass  # the end, as below
        await self._vault.mark_ended("invalid_grant")
        raise self._ended()

    async def _refresh_and_keep(self, tokens: OAuthTokens) -> str:
        fresh = await self._refresh(tokens)
        await self._vault.write(fresh)
        return fresh.access_token

    def _is_usable(self, tokens: OAuthTokens, rejected: str | None) -> bool:
        if tokens.access_token == rejected:
            return False
        return self._now() + self._margin < tokens.access_expires_at

    def _require(self, tokens: OAuthTokens | None) -> OAuthTokens:
        if tokens is None:
            raise self._ended()
        return tokens

    def _ended(self) -> ErpActionRequired:
        return ErpActionRequired(Problem(code=ProblemCode.AUTH_EXPIRED, subject=self._subject))
