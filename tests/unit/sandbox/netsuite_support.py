"""Talking to the NetSuite sandbox in tests, as an integration and as an administrator.

Signing is written here a second time, on purpose, and not taken from what it tests.
"""

import base64
import contextlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.netsuite import DEFAULT_FIVE, HARBOR_STREET, Five, NetSuiteSandbox

RECORD = "/netsuite/services/rest/record/v1/journalEntry"
SUITEQL = "/netsuite/services/rest/query/v1/suiteql"
CONTROL = f"/control/netsuite/{HARBOR_STREET}"
ETH, BANK, NETWORK_FEES, RECEIVABLE, PAYABLE = "122", "101", "184", "110", "140"
Json = dict[str, object]


def escape(text: str) -> str:
    return quote(text, safe="-._~")


@dataclass(frozen=True, kw_only=True)
class Signer(httpx.Auth):
    """Token-based authentication, with every part open to a test's mischief."""

    five: Five
    clock: SandboxClock
    realm: str = ""
    nonce: str = ""
    timestamp: int | None = None
    method_name: str = "HMAC-SHA256"
    digest: str = "sha256"

    def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def]
        values = {
            "oauth_consumer_key": self.five.consumer_key,
            "oauth_token": self.five.token_id,
            "oauth_signature_method": self.method_name,
            "oauth_timestamp": str(self.timestamp or int(self.clock.now().timestamp())),
            "oauth_nonce": self.nonce or secrets.token_hex(12),
            "oauth_version": "1.0",
        }
        values["oauth_signature"] = self.signature(request.method, str(request.url), values)
        realm = self.realm or self.five.account_id
        pairs = [("realm", realm), *values.items()]
        header = ", ".join(f'{name}="{escape(value)}"' for name, value in pairs)
        request.headers["Authorization"] = f"OAuth {header}"
        yield request

    def signature(self, method: str, url: str, values: Mapping[str, str]) -> str:
        parts = urlsplit(url)
        pairs = [*values.items(), *parse_qsl(parts.query, keep_blank_values=True)]
        joined = "&".join(f"{k}={v}" for k, v in sorted((escape(k), escape(v)) for k, v in pairs))
        base = "&".join(
            (method, escape(f"{parts.scheme}://{parts.netloc}{parts.path}"), escape(joined))
        )
        key = f"{escape(self.five.consumer_secret)}&{escape(self.five.token_secret)}".encode()
        return base64.b64encode(hmac.new(key, base.encode(), self.digest).digest()).decode()


def debit(account: str, amount: object, **more: object) -> Json:
    return {"account": {"id": account}, "debit": amount, **more}


def credit(account: str, amount: object, **more: object) -> Json:
    return {"account": {"id": account}, "credit": amount, **more}


def entry(*lines: Json, **header: object) -> Json:
    """A journal payload; without lines, ETH bought from the bank for 100.25."""
    return {
        "tranDate": "2026-10-31",
        "subsidiary": {"id": "1"},
        "line": {"items": list(lines) or [debit(ETH, 100.25), credit(BANK, 100.25)]},
        **header,
    }


@dataclass
class World:
    """A sandbox, its clock, a client on it and the credentials in use."""

    clock: SandboxClock
    sandbox: NetSuiteSandbox
    http: httpx.AsyncClient
    auth: Signer

    async def call(self, method: str, path: str, **more: object) -> httpx.Response:
        """One signed call; `path` is below the host."""
        more.setdefault("auth", self.auth)
        return await self.http.request(method, path, **more)  # type: ignore[arg-type]

    async def post(self, payload: Json | None = None, **more: object) -> httpx.Response:
        """Create a journal, misspelt properties refused."""
        headers = {"X-NetSuite-PropertyNameValidation": "Error"}
        return await self.call(
            "POST", RECORD, json=payload or entry(), **{"headers": headers, **more}
        )

    async def made(self, payload: Json | None = None) -> str:
        """The id of a journal that is accepted."""
        reply = await self.post(payload)
        assert reply.status_code == 204, reply.text
        return reply.headers["location"].rpartition("/")[2]

    async def read(self, id_: str) -> Json:
        """A journal with its lines."""
        reply = await self.call("GET", f"{RECORD}/{id_}", params={"expandSubResources": "true"})
        assert reply.status_code == 200, reply.text
        shown: Json = reply.json()
        return shown

    async def query(self, text: str, *params: object, **page: str) -> httpx.Response:
        """Run SuiteQL."""
        body = {"q": text, "params": list(params)}
        headers = {"Prefer": "transient"}
        return await self.call("POST", SUITEQL, json=body, params=page, headers=headers)

    async def rows(self, text: str, *params: object, **page: str) -> list[Json]:
        """The rows of a query that succeeds, without their links."""
        reply = await self.query(text, *params, **page)
        assert reply.status_code == 200, reply.text
        items: list[Json] = reply.json()["items"]
        return [{name: value for name, value in it.items() if name != "links"} for it in items]

    async def set(self, account: str = HARBOR_STREET, **settings: object) -> None:
        """Change an account's settings or lists."""
        reply = await self.http.post(f"/control/netsuite/{account}/settings", json=settings)
        assert reply.status_code == 200, reply.text

    async def allow(self, role: str = "1001", **levels: str) -> None:
        """Set permissions of a role; underscores stand for spaces."""
        named = {name.replace("_", " "): level for name, level in levels.items()}
        reply = await self.http.post(f"{CONTROL}/roles/{role}", json=named)
        assert reply.status_code == 200, reply.text

    async def fault(self, kind: str, **rule: object) -> None:
        """Set a fault rule."""
        reply = await self.http.post("/control/netsuite/faults", json={"kind": kind, **rule})
        assert reply.status_code == 201, reply.text

    def with_five(self, five: Five, **changes: object) -> Signer:
        """A signer of other credentials."""
        return replace(self.auth, five=five, **changes)  # type: ignore[arg-type]

    def reasons(self) -> list[str | None]:
        """The audit trail's reasons, oldest first."""
        return [attempt.reason for attempt in self.sandbox.login_attempts()]


def code(reply: httpx.Response) -> str:
    """The error code of a refusal."""
    return str(reply.json()["o:errorDetails"][0]["o:errorCode"])


def detail(reply: httpx.Response) -> str:
    """The text of a refusal."""
    return str(reply.json()["o:errorDetails"][0]["detail"])


def refusal(reply: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and path of a refusal."""
    [found] = reply.json()["o:errorDetails"]
    return reply.status_code, found["o:errorCode"], found.get("o:errorPath")


@contextlib.asynccontextmanager
async def new_world(data_file: Path | None = None) -> AsyncIterator[World]:
    """A sandbox of its own, its requests worked on in no time."""
    clock = SandboxClock()
    sandbox = NetSuiteSandbox(clock=clock, data_file=data_file)
    transport = httpx.ASGITransport(Starlette(routes=sandbox.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        world = World(clock, sandbox, http, Signer(five=DEFAULT_FIVE, clock=clock))
        await world.set(limits={"processing_ms": 0})
        try:
            yield world
        finally:
            sandbox.close()
