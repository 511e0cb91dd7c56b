"""A token vault in memory; several token sources share it as processes share the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.erp.credentials import OAuthTokens


class MemoryVault:
    """Satisfies ``bot.erp.credentials.TokenVault``."""

    def __init__(self, tokens: OAuthTokens | None) -> None:
        self.tokens = tokens
        self.written: list[OAuthTokens] = []
        self.ended: list[str] = []
        self.is_locked = False
        self._lock = asyncio.Lock()

    async def read(self) -> OAuthTokens | None:
        return self.tokens

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        async with self._lock:
            self.is_locked = True
            try:
                yield
            finally:
                self.is_locked = False

    async def write(self, tokens: OAuthTokens) -> None:
        assert self.is_locked, "tokens are stored while the lock is held"
        self.tokens = tokens
        self.written.append(tokens)

    async def mark_ended(self, reason: str) -> None:
        self.tokens = None
        self.ended.append(reason)
