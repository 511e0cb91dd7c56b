"""Talking to the Xero sandbox in tests, as an app and as a person at its screens."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.xero import HARBOR_STREET, XeroSandbox
from sandbox.xero.scopes import ALL_NEEDED

REDIRECT_URI = "http://localhost:3000/oauth/xero/callback"
BASIC = httpx.BasicAuth("sandbox-xero-client", "sandbox-xero-secret")
Json = dict[str, object]


def line(code: str, amount: object, **more: object) -> Json:
    """One journal line of the wire; a debit is positive."""
    return {"AccountCode": code, "LineAmount": amount, **more}


def journal(*lines: Json, **header: object) -> Json:
    """A posted journal; without lines, ETH bought from the exchange's cash for 100.25."""
    return {
        "Narration": "Rollup [INT-AB2C-00001-103126]",
        "Date": "2026-10-31",
        "Status": "POSTED",
        "LineAmountTypes": "NoTax",
        "JournalLines": list(lines) or [line("112", 100.25), line("101", -100.25)],
        **header,
    }


def messages(element: Json) -> list[str]:
    """The texts of an element's validation errors."""
    errors = element["ValidationErrors"]
    assert isinstance(errors, list)
    return [error["Message"] for error in errors]


@dataclass
class World:
    """A sandbox, its clock and a client on it."""

    clock: SandboxClock
    sandbox: XeroSandbox
    http: httpx.AsyncClient
    token: str = ""

    def connect(self, *tenants: str, scope: str = ALL_NEEDED) -> str:
        """Use a token for organisations from now on."""
        begun = self.sandbox.grants.begin(tenants or [HARBOR_STREET], scope=scope)
        self.token = begun.access_token
        return self.token

    async def call(
        self,
        method: str,
        path: str,
        *,
        tenant: str = HARBOR_STREET,
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> httpx.Response:
        """One call of the Accounting API with the token in use, in JSON unless asked otherwise."""
        sent = {
            "Authorization": f"Bearer {self.token}",
            "xero-tenant-id": tenant,
            "Accept": "application/json",
            **(headers or {}),
        }
        url = f"/xero/api.xro/2.0/{path}"
        return await self.http.request(method, url, headers=sent, **more)  # type: ignore[arg-type]

    async def write(
        self,
        *journals: Json,
        method: str = "PUT",
        key: str = "",
        summarize: str | None = "false",
        tenant: str = HARBOR_STREET,
    ) -> httpx.Response:
        """Write journals; without any, the usual one."""
        return await self.call(
            method,
            "ManualJournals",
            tenant=tenant,
            json={"ManualJournals": list(journals) or [journal()]},
            params={} if summarize is None else {"summarizeErrors": summarize},
            headers={"Idempotency-Key": key} if key else {},
        )

    async def made(self, *journals: Json, **more: str) -> list[Json]:
        """The elements of a write that is answered with 200."""
        reply = await self.write(*journals, **more)
        assert reply.status_code == 200, reply.text
        elements: list[Json] = reply.json()["ManualJournals"]
        return elements

    async def rows(self, endpoint: str, **params: str) -> list[Json]:
        """The rows of a list that is answered with 200."""
        reply = await self.call("GET", endpoint, params=params)
        assert reply.status_code == 200, reply.text
        rows: list[Json] = reply.json()[endpoint]
        return rows

    async def set(self, tenant: str = HARBOR_STREET, **settings: object) -> None:
        """Change an organisation's settings."""
        reply = await self.http.post(f"/control/xero/{tenant}/settings", json=settings)
        assert reply.status_code == 200, reply.text

    async def fault(self, kind: str, **rule: object) -> None:
        """Set a fault rule."""
        reply = await self.http.post("/control/xero/faults", json={"kind": kind, **rule})
        assert reply.status_code == 201, reply.text

    async def authorize(self, *tenants: str, **changes: str) -> dict[str, str]:
        """Go through the authorize page and come back with the callback's query."""
        form = {
            "client_id": "sandbox-xero-client",
            "response_type": "code",
            "scope": ALL_NEEDED,
            "redirect_uri": REDIRECT_URI,
            "state": "xyz",
            "email": "ada@harborstreet.example",
            "decision": "allow",
            "tenant": list(tenants) or [HARBOR_STREET],
        } | changes
        reply = await self.http.post("/xero/identity/connect/authorize", data=form)
        assert reply.status_code == 303, reply.text
        query = parse_qs(urlsplit(reply.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Exchange a code for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return await self.http.post("/xero/connect/token", data=form | changes, auth=BASIC)

    async def refresh(self, refresh_token: str) -> httpx.Response:
        """Refresh tokens."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.http.post("/xero/connect/token", data=form, auth=BASIC)

    async def connections(self, **params: str) -> list[dict[str, str]]:
        """The connections that the token in use reaches."""
        headers = {"Authorization": f"Bearer {self.token}"}
        reply = await self.http.get("/xero/connections", headers=headers, params=params)
        assert reply.status_code == 200, reply.text
        shown: list[dict[str, str]] = reply.json()
        return shown


@contextlib.asynccontextmanager
async def new_world(data_file: Path | None = None) -> AsyncIterator[World]:
    """A sandbox of its own, with its limits off and Harbor Street connected."""
    clock = SandboxClock()
    sandbox = XeroSandbox(clock=clock, data_file=data_file)
    transport = httpx.ASGITransport(Starlette(routes=sandbox.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        world = World(clock, sandbox, http)
        world.connect()
        await world.set(limits={"enabled": False})
        try:
            yield world
        finally:
            sandbox.close()
