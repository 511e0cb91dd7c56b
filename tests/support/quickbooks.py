"""QuickBooks on loopback: the sandbox served over HTTP, and the product's connector for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from starlette.applications import Starlette

from bot.erp.credentials import OAuthTokens, TokenSource
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacer
from bot.erp.quickbooks.company import LABEL, QuickBooksAddresses, QuickBooksCompany
from bot.erp.quickbooks.connector import QuickBooksConnector
from bot.erp.quickbooks.faults import TRACE_HEADER
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from bot.erp.transport import ErpCall, ErpTransport
from sandbox.clock import SandboxClock
from sandbox.quickbooks.grants import ACCESS_LIFE
from sandbox.quickbooks.sandbox import QuickBooksSandbox
from tests.support.loopback import open_client, serve
from tests.support.token_vault import MemoryVault

CLIENT_ID = "test-client"
CLIENT_SECRET = "test-secret"
# Far above what a test sends: tests of the pace make their own pacer.
_UNPACED = 64
# A lost reply is found out within a test's patience.
_TIMEOUT = httpx.Timeout(connect=5, read=5, write=5, pool=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningQuickBooks:
    """The sandbox and how to reach it."""

    sandbox: QuickBooksSandbox
    clock: SandboxClock
    addresses: QuickBooksAddresses
    http: httpx.AsyncClient
    calls: list[ErpCall]

    def oauth(self, *, client_secret: str = CLIENT_SECRET) -> QuickBooksOAuth:
        """The sign-in of the app that the sandbox knows."""
        keys = AppKeys(client_id=CLIENT_ID, client_secret=client_secret)
        return QuickBooksOAuth(keys, addresses=self.addresses, http=self.http, now=self.clock.now)

    def grant(self, realm: str) -> OAuthTokens:
        """Tokens as if a person had just let us in."""
        pair = self.sandbox.grants.begin(realm)
        now = self.clock.now()
        return OAuthTokens(
            access_token=pair.access_token,
            refresh_token=pair.refresh_token,
            access_expires_at=now + ACCESS_LIFE,
            refresh_expires_at=now + timedelta(seconds=pair.refresh_expires_in),
        )

    def tokens(self, vault: MemoryVault, *, oauth: QuickBooksOAuth | None = None) -> TokenSource:
        """A token source over a vault, as every process has its own."""
        refresh = (oauth or self.oauth()).refresh
        return TokenSource(vault, refresh, now=self.clock.now, subject=LABEL)

    def connector(
        self,
        realm: str,
        tokens: TokenSource,
        *,
        pacer: Pacer | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> QuickBooksConnector:
        """The product's connector for one company."""
        transport = ErpTransport(
            self.http,
            now=self.clock.now,
            trace_header=TRACE_HEADER,
            timeout=timeout,
            observe=self.calls.append,
        )
        return QuickBooksConnector(
            QuickBooksCompany(realm_id=realm, addresses=self.addresses),
            transport=transport,
            tokens=tokens,
            pacer=pacer or Pacer(at_once=_UNPACED),
            revoke=self.oauth().revoke,
        )


@asynccontextmanager
async def running_quickbooks() -> AsyncIterator[RunningQuickBooks]:
    """A fresh sandbox on a free port, for the length of the block."""
    clock = SandboxClock()
    sandbox = QuickBooksSandbox(clock=clock, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    async with serve(Starlette(routes=sandbox.routes())) as url, open_client() as http:
        yield RunningQuickBooks(
            sandbox=sandbox, clock=clock, addresses=addresses_at(url), http=http, calls=[]
        )
    sandbox.close()


def addresses_at(url: str) -> QuickBooksAddresses:
    """The sandbox's addresses below its root."""
    return QuickBooksAddresses(
        api_url=f"{url}/quickbooks",
        app_url=f"{url}/quickbooks/app",
        authorize_url=f"{url}/quickbooks/connect/oauth2",
        token_url=f"{url}/quickbooks/oauth2/v1/tokens/bearer",
        revoke_url=f"{url}/quickbooks/v2/oauth2/tokens/revoke",
    )
