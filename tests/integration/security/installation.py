"""A whole installation of the product as its own processes, with every secret known to the test.

The sandbox's Slack and ERPs are outside, a wire that is listened to lies on each side, and all
that was ever said, stored, logged or answered can be collected. It must not decide what happens.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import psycopg
from psycopg import sql
from starlette.applications import Starlette

from sandbox.app import clock_routes
from sandbox.clock import SandboxClock
from sandbox.netsuite import NetSuiteSandbox
from sandbox.office import Office
from sandbox.quickbooks import QuickBooksSandbox
from sandbox.slack import SlackSandbox, SlackSettings
from sandbox.xero import XeroSandbox
from tests.integration.security.searching import KnownSecrets, Place
from tests.integration.security.wire import HEAD_END, Exchange, Wire
from tests.support.loopback import serve
from tests.support.warm import warm_python

_PROJECT = Path(__file__).resolve().parents[3]
_PATIENCE_S = 240
# Every value says what it is, so that a leak is recognised, and is as long as a real one.
SIGNING = "signing-8f14e45fceea167a5a36dedd4bea2543"
BOT_TOKEN = "xoxb-1000000000001-2000000000002-c9f0f895fb98ab9159f51fd0"
SLACK_CLIENT = "1000000000001.2000000000002"
SLACK_SECRET = "slackclient-45c48cce2e2d7fbdea1afc51c7c6ad26"
QUICKBOOKS_SECRET = "qbclient-d3d9446802a44259755d38e6d163e820"
XERO_SECRET = "xeroclient-6512bd43d9caa6e02c990b0a82652dca"
DATABASE_PASSWORD = "pgpassword-c20ad4d76fe97759aa27a0c99bff6710"
KEY = base64.b64encode(b"\x1f\x8e\x33\x94\x5c\xaf\xd0\x12" * 4).decode()
NEW_KEY = base64.b64encode(b"\x77\xc1\xe5\x20\x99\x3b\x4a\xf6" * 4).decode()

_PASSED = re.compile(
    rb"(?:^|[?&\s\";])(code|state|refresh_token|access_token|id_token|token|client_secret"
    rb"|code_verifier|client_assertion|oauth_signature|integral_connect|integral_sign_in"
    rb'|slack-app-oauth-state)"?\s*[=:]\s*"?([^"&;,\s]+)'
)
"""Secrets as they pass over a wire: in a query, a form, JSON, a header or a cookie."""
_AUTHORISED = re.compile(rb"(?im)^authorization:\s*(?:Bearer|Basic)\s+(\S+)")
_LINK = re.compile(rb"/connect/([\w-]{20,})")
_BROWSERS = frozenset({"connect link", "state", "cookie"})
_OF_A_PERSON = frozenset({"connect link", "owner code", "wrong owner code"})
"""What only the person who asked is shown: their link, and the code they have just typed."""


@dataclass(slots=True, kw_only=True)
class Installation:
    """What people and the test do with it."""

    folder: Path
    database_url: str
    known: KnownSecrets
    outside: Wire
    """From the product to Slack and the ERPs."""
    inside: Wire
    """From Slack and browsers to the product."""
    clock: SandboxClock
    slack: SlackSandbox
    quickbooks: QuickBooksSandbox
    xero: XeroSandbox
    netsuite: NetSuiteSandbox
    office: Office
    keys: str = f"k1:{KEY}"
    printed: list[Place] = field(default_factory=list)
    """What the command line printed."""
    stored: list[Place] = field(default_factory=list)
    """What the database held, its write-ahead log too, when the server was told to stop."""
    _commands: set[str] = field(default_factory=set)
    _processors: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    @property
    def address(self) -> str:
        """Where browsers reach the product."""
        return f"http://localhost:{self.inside.port}"

    async def run(self, *words: str, shows: frozenset[str] = frozenset(), **env: str) -> str:
        """Run a command and return what it printed; `shows` are secrets that it is there to show.

        Failing commands are welcome: what they say is searched like everything else.
        """
        async with self._processors:
            process = await asyncio.create_subprocess_exec(
                *(self._python(words[0]), "-m", "bot.cli", *words),
                cwd=self.folder,
                env=self.environment() | env,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            said, complained = await asyncio.wait_for(process.communicate(), _PATIENCE_S)
        name = " ".join(words)
        self.printed.append(Place(name=f"stdout of {name}", content=said, may_hold=shows))
        self.printed.append(Place(name=f"stderr of {name}", content=complained))
        return said.decode()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Run `integral serve` with its most talkative log for the block."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with (self.folder / "serve.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(self._python("serve"), "-m", "bot.cli", "serve", "--port", str(port)),
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        self.inside.target = port
        try:
            await self._until_ready(process)
            yield
            self.stored = list(_stored(self.database_url, self.folder))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), _PATIENCE_S)

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    assert process.returncode is None, self.log()
                    with suppress(httpx.HTTPError):
                        if (await http.get(f"{self.address}/healthz")).is_success:
                            return
                    await asyncio.sleep(0.05)

    def _python(self, command: str) -> str:
        """On SQLite each command's first process imports everything by itself."""
        is_first = command not in self._commands
        self._commands.add(command)
        is_cold = is_first and self.database_url.startswith("sqlite")
        return sys.executable if is_cold else warm_python()

    def log(self) -> str:
        """What the server logged."""
        return (self.folder / "serve.log").read_text(errors="replace")

    def environment(self) -> dict[str, str]:
        """Return every setting; every outside address is on the wire."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        out = f"http://127.0.0.1:{self.outside.port}"
        quickbooks = f"{out}/quickbooks"
        return kept | {
            "PYTHONPATH": str(_PROJECT),
            "DATABASE_URL": self.database_url,
            "INTEGRAL_SECRET_KEYS": self.keys,
            "INTEGRAL_CLOCK_URL": f"{out}/control/clock",
            "PUBLIC_URL": self.address,
            "LOG_LEVEL": "DEBUG",
            "SLACK_SIGNING_SECRET": SIGNING,
            "SLACK_CLIENT_ID": SLACK_CLIENT,
            "SLACK_CLIENT_SECRET": SLACK_SECRET,
            "SLACK_API_URL": f"{out}/api/",
            "SLACK_AUTHORIZE_URL": f"{out}/slack/authorize",
            "SLACK_FILES_URL": out,
            "QUICKBOOKS_CLIENT_ID": "sandbox-quickbooks-client",
            "QUICKBOOKS_CLIENT_SECRET": QUICKBOOKS_SECRET,
            "QUICKBOOKS_API_URL": quickbooks,
            "QUICKBOOKS_AUTHORIZE_URL": f"{quickbooks}/connect/oauth2",
            "QUICKBOOKS_TOKEN_URL": f"{quickbooks}/oauth2/v1/tokens/bearer",
            "QUICKBOOKS_REVOKE_URL": f"{quickbooks}/v2/oauth2/tokens/revoke",
            "QUICKBOOKS_APP_URL": quickbooks,
            "XERO_CLIENT_ID": "sandbox-xero-client",
            "XERO_CLIENT_SECRET": XERO_SECRET,
            "XERO_API_URL": f"{out}/xero",
            "XERO_AUTHORIZE_URL": f"{out}/xero/identity/connect/authorize",
            "XERO_IDENTITY_URL": f"{out}/xero",
            "XERO_APP_URL": f"{out}/xero/app",
            "NETSUITE_API_URL": f"{out}/netsuite",
            "NETSUITE_RESTLETS_URL": f"{out}/netsuite",
            "NETSUITE_APP_URL": f"{out}/netsuite/app",
        }

    def learn(self) -> None:
        """Take up every secret that passed over either wire."""
        for exchange in (*self.outside.exchanges, *self.inside.exchanges):
            if exchange.path.startswith("/control/"):
                continue
            for part in (exchange.request, exchange.answer):
                for value in _LINK.findall(part):
                    self.known.add("connect link", value.decode())
                for name, value in _PASSED.findall(part):
                    kind = _KINDS.get(name.decode(), name.decode())
                    # A sign-in's cookie is a state and the link that it is for.
                    for each in _unquoted(value).split("~"):
                        self.known.add(kind, each)
                for value in _AUTHORISED.findall(part):
                    self.known.add("authorization", value.decode())

    def places(self) -> Iterator[Place]:
        """Yield everything that the product left anywhere."""
        yield Place(name="log", content=self.log().encode())
        yield from self.printed
        yield from self.stored
        yield from self._answers()
        yield from self._sent()
        yield from _stored(self.database_url, self.folder)
        for file in self.folder.rglob("*"):
            if file.is_file() and file.suffix not in {".db", ".log"}:
                yield Place(name=f"file {file.name}", content=file.read_bytes())

    def _answers(self) -> Iterator[Place]:
        """What the product answered: only browsers are handed what is theirs, in headers."""
        for exchange in self.inside.exchanges:
            head, _, body = exchange.answer.partition(HEAD_END)
            name = f"answer to {exchange.path[:24]}"
            yield Place(name=f"head of {name}", content=head, may_hold=_BROWSERS)
            is_link = exchange.path.startswith(("/slack/events", "/connect/"))
            allowed = frozenset({"connect link"}) if is_link else frozenset()
            yield Place(name=name, content=body, may_hold=allowed)

    def _sent(self) -> Iterator[Place]:
        """What the product sent: whole requests to Slack but for their proof, lines to ERPs."""
        for exchange in self.outside.exchanges:
            if exchange.path.startswith("/control/") or _is_browser(exchange):
                continue
            yield Place(name=f"line of {exchange.path}", content=exchange.line.encode())
            if exchange.path.startswith(("/api/chat", "/api/views", "/slack/response", "/files/")):
                _, _, body = exchange.request.partition(HEAD_END)
                yield Place(
                    name=f"sent to {exchange.path[:30]}", content=body, may_hold=_OF_A_PERSON
                )


_KINDS = {
    "slack-app-oauth-state": "cookie",
    "integral_connect": "cookie",
    "integral_sign_in": "cookie",
}


def _is_browser(exchange: Exchange) -> bool:
    """Say whether a person's browser, not the product, sent a request."""
    pages = ("/slack/authorize", "/quickbooks/connect/oauth2", "/xero/identity/connect/authorize")
    return exchange.path.startswith(pages)


def _unquoted(value: bytes) -> str:
    return unquote(value.decode(errors="replace"))


def _stored(url: str, folder: Path) -> Iterator[Place]:
    """Every table's every column, and on SQLite the very bytes of the files."""
    if not url.startswith("sqlite"):
        yield from _postgres(url)
        return
    for file in (found for found in sorted(folder.glob("*.db*")) if found.is_file()):
        yield Place(name=f"bytes of {file.name}", content=file.read_bytes())
    for file in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(file)) as database:
            names = [row[0] for row in database.execute(_TABLES)]
            for name in names:
                rows = database.execute(f'select * from "{name}"').fetchall()
                yield Place(name=f"table {name}", content=_bytes_of(rows))


_TABLES = "select name from sqlite_master where type = 'table'"


def _postgres(url: str) -> Iterator[Place]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, name in tables:
            rows = connection.execute(
                sql.SQL("select * from {}").format(sql.Identifier(schema, name))
            ).fetchall()
            yield Place(name=f"table {schema}.{name}", content=_bytes_of(rows))


def _bytes_of(rows: list[tuple[object, ...]]) -> bytes:
    cells = (cell for row in rows for cell in row)
    return b"\n".join(
        bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
        for cell in cells
    )


@asynccontextmanager
async def installed(folder: Path, database_url: str) -> AsyncIterator[Installation]:
    """Put everything up around a database that is still empty."""
    if not database_url.startswith("sqlite"):
        database_url = database_url.replace("postgres@", f"postgres:{DATABASE_PASSWORD}@")
    known = KnownSecrets()
    for kind, value in _FIXED.items():
        known.add(kind, value)
    clock = SandboxClock()
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(Wire().listening())
        inside = await stack.enter_async_context(Wire().listening())
        slack = SlackSandbox(
            settings=SlackSettings(
                bot_url=f"http://127.0.0.1:{inside.port}",
                public_url=f"http://127.0.0.1:{outside.port}",
                signing_secret=SIGNING,
                bot_token=BOT_TOKEN,
                client_id=SLACK_CLIENT,
                client_secret=SLACK_SECRET,
                rate_limits=False,
            ),
            clock=clock,
        )
        stack.push_async_callback(slack.aclose)
        quickbooks = QuickBooksSandbox(clock=clock, client_secret=QUICKBOOKS_SECRET)
        xero = XeroSandbox(clock=clock, client_secret=XERO_SECRET)
        netsuite = NetSuiteSandbox(clock=clock)
        erps = (quickbooks, xero, netsuite)
        routes = [route for erp in erps for route in erp.routes()]
        app = Starlette(routes=[*clock_routes(clock), *slack.routes(), *routes])
        address = await stack.enter_async_context(serve(app))
        for erp in erps:
            stack.callback(erp.close)
        outside.target = int(address.rpartition(":")[2])
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=address, trust_env=False, timeout=30)
        )
        yield Installation(
            folder=folder,
            database_url=database_url,
            known=known,
            outside=outside,
            inside=inside,
            clock=clock,
            slack=slack,
            quickbooks=quickbooks,
            xero=xero,
            netsuite=netsuite,
            office=Office(http),
        )


_FIXED: Mapping[str, str] = {
    "signing secret": SIGNING,
    "bot token": BOT_TOKEN,
    "Slack client secret": SLACK_SECRET,
    "QuickBooks client secret": QUICKBOOKS_SECRET,
    "Xero client secret": XERO_SECRET,
    "database password": DATABASE_PASSWORD,
    "encryption key": KEY,
    "new encryption key": NEW_KEY,
    "client secret as sent": quote(QUICKBOOKS_SECRET),
}
