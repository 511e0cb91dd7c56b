"""Xero on loopback: the sandbox served over HTTP, and the product's connector for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette

from bot.erp.credentials import OAuthTokens, TokenSource
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacer
from bot.erp.transport import ErpCall, ErpTransport
from bot.erp.xero.connector import XeroConnector
from bot.erp.xero.faults import TRACE_HEADER
from bot.erp.xero.grant import XeroGrant
from bot.erp.xero.oauth import REFRESH_LIFE, XeroOAuth
from bot.erp.xero.organisation import LABEL, XeroAddresses, XeroOrganisation
from sandbox.clock import SandboxClock
from sandbox.xero.grants import DEFAULT_USER
from sandbox.xero.sandbox import XeroSandbox
from sandbox.xero.tokens import ACCESS_LIFE
from tests.support.loopback import open_client, serve
from tests.support.token_vault import MemoryVault

CLIENT_ID = "test-client"
CLIENT_SECRET = "test-secret"
# Far above what a test sends: tests of the pace make their own pacer.
_UNPACED = 64
# A lost reply is found out within a test's patience.
_TIMEOUT = httpx.Timeout(connect=5, read=5, write=5, pool=5)


@dataclass(slots=True, kw_only=True)
class GrantBook:
    """One grant as our side keeps it: its vault, and the tenants that it still serves."""

    vault: MemoryVault
    tenants: set[str]
    cut_off: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningXero:
    """The sandbox and how to reach it."""

    sandbox: XeroSandbox
    clock: SandboxClock
    addresses: XeroAddresses
    http: httpx.AsyncClient
    calls: list[ErpCall]

    def oauth(self, *, client_secret: str = CLIENT_SECRET) -> XeroOAuth:
        """The sign-in of the app that the sandbox knows."""
        keys = AppKeys(client_id=CLIENT_ID, client_secret=client_secret)
        return XeroOAuth(
            keys,
            addresses=self.addresses,
            http=self.http,
            transport=self.transport(),
            now=self.clock.now,
        )

    def transport(self, *, timeout: httpx.Timeout = _TIMEOUT) -> ErpTransport:
        return ErpTransport(
            self.http,
            now=self.clock.now,
            trace_header=TRACE_HEADER,
            timeout=timeout,
            observe=self.calls.append,
        )

    def grant(self, tenants: Sequence[str], *, user: str = DEFAULT_USER) -> GrantBook:
        """A grant as if a person had just let us into these organisations."""
        made = self.sandbox.grants.begin(tenants, user=user)
        now = self.clock.now()
        tokens = OAuthTokens(
            access_token=made.access_token,
            refresh_token=made.refresh_token or "",
            access_expires_at=now + ACCESS_LIFE,
            refresh_expires_at=now + REFRESH_LIFE,
        )
        return GrantBook(vault=MemoryVault(tokens), tenants=set(tenants))

    def tokens(self, vault: MemoryVault, *, oauth: XeroOAuth | None = None) -> TokenSource:
        """A token source over a vault, as every process has its own."""
        refresh = (oauth or self.oauth()).refresh
        return TokenSource(vault, refresh, now=self.clock.now, subject=LABEL)

    async def connection_ids(self, book: GrantBook) -> dict[str, str]:
        """The id of each tenant's connection, as Xero shows them to a grant."""
        access_token = book.vault.tokens.access_token if book.vault.tokens else ""
        found = await self.oauth().connections(access_token)
        return {each.tenant_id: each.connection_id for each in found}

    def connector(
        self,
        tenant: str,
        book: GrantBook,
        *,
        connection_id: str,
        pacer: Pacer | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
        short_code: str | None = None,
    ) -> XeroConnector:
        """The product's connector for one organisation of a grant."""

        async def is_last() -> bool:
            book.tenants.discard(tenant)
            return not book.tenants

        async def note_cut_off() -> None:
            book.cut_off.append(tenant)

        organisation = XeroOrganisation(
            tenant_id=tenant,
            connection_id=connection_id,
            addresses=self.addresses,
            short_code=short_code,
        )
        grant = XeroGrant(
            tokens=self.tokens(book.vault),
            revoke=self.oauth().revoke,
            is_last=is_last,
            note_cut_off=note_cut_off,
        )
        return XeroConnector(
            organisation,
            transport=self.transport(timeout=timeout),
            grant=grant,
            pacer=pacer or Pacer(at_once=_UNPACED),
        )


@asynccontextmanager
async def running_xero() -> AsyncIterator[RunningXero]:
    """A fresh sandbox on a free port, for the length of the block."""
    clock = SandboxClock()
    sandbox = XeroSandbox(clock=clock, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    async with serve(Starlette(routes=sandbox.routes())) as url, open_client() as http:
        yield RunningXero(
            sandbox=sandbox, clock=clock, addresses=addresses_at(url), http=http, calls=[]
        )
    sandbox.close()


def addresses_at(url: str) -> XeroAddresses:
    """The sandbox's addresses below its root."""
    return XeroAddresses(
        api_url=f"{url}/xero",
        identity_url=f"{url}/xero",
        authorize_url=f"{url}/xero/identity/connect/authorize",
        app_url=f"{url}/xero/app",
    )
