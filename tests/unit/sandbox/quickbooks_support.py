"""Talking to the QuickBooks sandbox in tests, as an app and as a person at its screens."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.quickbooks import HARBOR_STREET, QuickBooksSandbox

REDIRECT_URI = "http://localhost:3000/oauth/quickbooks/callback"
SCOPE = "com.intuit.quickbooks.accounting"
BASIC = httpx.BasicAuth("sandbox-quickbooks-client", "sandbox-quickbooks-secret")
TOKEN_PATH = "/quickbooks/oauth2/v1/tokens/bearer"
Json = dict[str, object]


def line(side: str, account: str, amount: object, **detail: object) -> Json:
    """One journal line of the wire."""
    return {
        "DetailType": "JournalEntryLineDetail",
        "Amount": amount,
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}, **detail},
    }


def debit(account: str, amount: object, **detail: object) -> Json:
    return line("Debit", account, amount, **detail)


def credit(account: str, amount: object, **detail: object) -> Json:
    return line("Credit", account, amount, **detail)


def entry(*lines: Json, **header: object) -> Json:
    """A journal entry payload; without lines, ETH bought from the bank for 100.25."""
    return {
        "TxnDate": "2026-10-31",
        "CurrencyRef": {"value": "USD"},
        "Line": list(lines) or [debit("12", 100.25), credit("1", 100.25)],
        **header,
    }


@dataclass
class World:
    """A sandbox, its clock and a client on it."""

    clock: SandboxClock
    sandbox: QuickBooksSandbox
    http: httpx.AsyncClient
    token: str = ""

    def connect(self, realm: str = HARBOR_STREET) -> str:
        """Use a token for a company from now on."""
        self.token = self.sandbox.grants.begin(realm).access_token
        return self.token

    async def call(
        self,
        method: str,
        path: str,
        *,
        realm: str = HARBOR_STREET,
        accept: str = "application/json",
        **more: object,
    ) -> httpx.Response:
        """One call of the company's API with the token in use."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept}
        url = f"/quickbooks/v3/company/{realm}/{path}"
        return await self.http.request(method, url, headers=headers, **more)  # type: ignore[arg-type]

    async def post(self, payload: Json | None = None, **params: str) -> httpx.Response:
        """Create, update or delete a journal."""
        return await self.call("POST", "journalentry", json=payload or entry(), params=params)

    async def query(self, text: str) -> httpx.Response:
        """Run a query."""
        return await self.call("GET", "query", params={"query": text, "minorversion": "75"})

    async def rows(self, text: str, entity: str) -> list[Json]:
        """The rows of a query that succeeds."""
        reply = await self.query(text)
        assert reply.status_code == 200, reply.text
        rows: list[Json] = reply.json()["QueryResponse"].get(entity, [])
        return rows

    async def set(self, realm: str = HARBOR_STREET, **settings: object) -> None:
        """Change a company's settings."""
        reply = await self.http.post(f"/control/quickbooks/{realm}/settings", json=settings)
        assert reply.status_code == 200, reply.text

    async def fault(self, kind: str, **rule: object) -> None:
        """Set a fault rule."""
        reply = await self.http.post("/control/quickbooks/faults", json={"kind": kind, **rule})
        assert reply.status_code == 201, reply.text

    async def authorize(self, **changes: str) -> dict[str, str]:
        """Go through the login page and come back with the callback's query."""
        form = {
            "client_id": "sandbox-quickbooks-client",
            "response_type": "code",
            "scope": SCOPE,
            "redirect_uri": REDIRECT_URI,
            "state": "xyz",
            "realm": HARBOR_STREET,
            "decision": "connect",
        } | changes
        reply = await self.http.post("/quickbooks/connect/oauth2", data=form)
        assert reply.status_code == 303, reply.text
        query = parse_qs(urlsplit(reply.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    async def exchange(self, code: str, redirect_uri: str = REDIRECT_URI) -> httpx.Response:
        """Exchange a code for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await self.http.post(TOKEN_PATH, data=form, auth=BASIC)

    async def refresh(self, refresh_token: str, **headers: str) -> httpx.Response:
        """Refresh tokens."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.http.post(TOKEN_PATH, data=form, auth=BASIC, headers=headers)


def codes(reply: httpx.Response) -> list[str]:
    """The error codes of a fault in either spelling."""
    body = reply.json()
    errors = body["Fault"]["Error"] if "Fault" in body else body["fault"]["error"]
    return [error["code"] for error in errors]


@contextlib.asynccontextmanager
async def new_world(data_file: Path | None = None) -> AsyncIterator[World]:
    """A sandbox of its own, with its limits off and Harbor Street connected."""
    clock = SandboxClock()
    sandbox = QuickBooksSandbox(clock=clock, data_file=data_file)
    transport = httpx.ASGITransport(Starlette(routes=sandbox.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        world = World(clock, sandbox, http)
        world.connect()
        await world.set(limits={"enabled": False})
        try:
            yield world
        finally:
            sandbox.close()
