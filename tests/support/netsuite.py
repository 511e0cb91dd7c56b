"""NetSuite on loopback: the sandbox served over HTTP, and the product's connector for it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette

from bot.erp.netsuite.account import LABEL, NetSuiteAddresses, NetSuiteCompany
from bot.erp.netsuite.connector import NetSuiteConnector
from bot.erp.netsuite.credentials import NetSuiteCredentials, dump_credentials
from bot.erp.netsuite.door import AccountDoor
from bot.erp.netsuite.faults import TRACE_HEADER
from bot.erp.netsuite.login import Logins, SignIn
from bot.erp.transport import ErpCall, ErpTransport
from sandbox.clock import SandboxClock
from sandbox.netsuite.credentials import Five
from sandbox.netsuite.sandbox import NetSuiteSandbox
from tests.support.loopback import open_client, serve

# A lost reply is found out within a test's patience.
_TIMEOUT = httpx.Timeout(connect=5, read=5, write=5, pool=5)


@dataclass(slots=True, kw_only=True)
class MemoryCredentials:
    """Credentials in memory. Satisfies ``bot.erp.netsuite.login.CredentialVault``."""

    stored: str | None
    ended: list[str] = field(default_factory=list)

    async def read(self) -> str | None:
        return self.stored

    async def mark_ended(self, reason: str) -> None:
        self.stored = None
        self.ended.append(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNetSuite:
    """The sandbox and how to reach it."""

    sandbox: NetSuiteSandbox
    clock: SandboxClock
    addresses: NetSuiteAddresses
    http: httpx.AsyncClient
    calls: list[ErpCall]

    def door(self) -> AccountDoor:
        """A door of a process of its own."""
        return AccountDoor(self.clock.now)

    def connector(
        self,
        company: NetSuiteCompany,
        vault: MemoryCredentials,
        *,
        door: AccountDoor | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> NetSuiteConnector:
        """The product's connector for one company."""
        transport = ErpTransport(
            self.http,
            now=self.clock.now,
            trace_header=TRACE_HEADER,
            timeout=timeout,
            observe=self.calls.append,
        )
        sign_in = SignIn(
            http=self.http, now=self.clock.now, new_secret=lambda: secrets.token_urlsafe(16)
        )
        logins = Logins(
            vault, sign_in, account=company.account, addresses=self.addresses, subject=LABEL
        )
        return NetSuiteConnector(
            company, transport=transport, logins=logins, door=door or self.door()
        )


def pasted(five: Five) -> NetSuiteCredentials:
    """The five values of an account as a person pastes them."""
    return NetSuiteCredentials(**five.as_json())


def stored(five: Five) -> MemoryCredentials:
    """A vault that holds the five values of an account."""
    return MemoryCredentials(stored=dump_credentials(pasted(five)))


@asynccontextmanager
async def running_netsuite() -> AsyncIterator[RunningNetSuite]:
    """A fresh sandbox on a free port, for the length of the block."""
    clock = SandboxClock()
    sandbox = NetSuiteSandbox(clock=clock)
    async with serve(Starlette(routes=sandbox.routes())) as url, open_client() as http:
        address = f"{url}/netsuite"
        yield RunningNetSuite(
            sandbox=sandbox,
            clock=clock,
            addresses=NetSuiteAddresses(api_url=address, app_url=address),
            http=http,
            calls=[],
        )
    sandbox.close()
