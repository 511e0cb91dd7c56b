"""A local Slack on loopback in front of a bot that runs in the same process, for tests.

People act through the stand-in's control endpoints, so every request is signed and shaped as
Slack's. It must not know what the bot answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clock import SandboxClock
from sandbox.slack import seed
from sandbox.slack.sandbox import SlackSandbox
from tests.support import loopback

SIGNING_SECRET = "signing-secret-of-the-tests"
BOT_TOKEN = "xoxb-of-the-tests"
TEAM, OTHER_TEAM = seed.TEAM_ID, seed.OTHER_TEAM_ID
ADA, BEN, CLEO, DANA = seed.ADA, seed.BEN, seed.CLEO, seed.DANA
FINANCE, GENERAL, SHARED, RANDOM = seed.FINANCE, seed.GENERAL, seed.SHARED, seed.RANDOM

Json = dict[str, Any]


class LateApp:
    """An ASGI application that is put in place after its address is known."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSlack:
    """The stand-in's hands and eyes; each act returns what its control endpoint answers."""

    address: str
    bot: LateApp
    http: httpx.AsyncClient

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/"

    async def act(self, name: str, **values: Any) -> Json:
        """Do what a person, or the wire, does: see `sandbox.slack.control`."""
        answer = await self.http.post(f"/control/slack/{name}", json=values)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def command(self, user: str, text: str, channel: str = FINANCE) -> Json:
        return await self.act("command", user=user, channel=channel, text=f"/integral {text}")

    async def see(self, name: str, **query: str) -> Json:
        answer = await self.http.get(f"/control/slack/{name}", params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def messages(self, user: str, channel: str = FINANCE) -> list[Json]:
        """Return what a person sees in a channel, oldest first."""
        found: list[Json] = (await self.see("messages", user=user, channel=channel))["messages"]
        return found

    async def texts(self, user: str, channel: str = FINANCE) -> list[str]:
        return [message["text"] for message in await self.messages(user, channel)]

    async def calls(self, method: str) -> list[Json]:
        """Return the requests that the bot made to a Web API method."""
        logged = (await self.see("requests"))["requests"]
        return [entry for entry in logged if entry["name"] == method]

    async def break_down(self, kind: str, **fault: Any) -> None:
        """Put Slack away: see `sandbox.slack.faults.Fault`."""
        await self.act("faults", kind=kind, **fault)

    async def mend(self) -> None:
        await self.http.delete("/control/slack/faults")


@asynccontextmanager
async def local_slack(
    *, rate_limits: bool = False, scopes: frozenset[str] = seed.BOT_SCOPES
) -> AsyncIterator[LocalSlack]:
    """Serve a local Slack; put the bot's application into `bot.app` of what is yielded."""
    front, bot = LateApp(), LateApp()
    async with loopback.serve(front) as address:
        sandbox = SlackSandbox(
            settings=seed.SlackSettings(
                bot_url="http://bot",
                signing_secret=SIGNING_SECRET,
                bot_token=BOT_TOKEN,
                public_url=address,
                rate_limits=rate_limits,
                scopes=scopes,
                retry_waits_s=(0.0, 0.0, 0.0),
            ),
            clock=SandboxClock(),
            transport=httpx.ASGITransport(app=bot),
        )
        front.app = Starlette(routes=sandbox.routes())
        http = loopback.open_client(address)
        try:
            yield LocalSlack(address=address, bot=bot, http=http)
        finally:
            await http.aclose()
            await sandbox.aclose()
