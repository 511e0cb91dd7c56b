"""A bot of our own, and the sandbox as a person and as the bot see it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.clock import SandboxClock
from sandbox.slack import SlackSandbox

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN = "xoxb-test-token"
HOST = "http://127.0.0.1:8000"

Reply = Callable[[dict[str, Any]], Awaitable[Response]]


@dataclass(frozen=True)
class Received:
    """One request as the bot got it."""

    headers: dict[str, str]
    body: bytes
    payload: dict[str, Any]


@dataclass
class FakeBot:
    """Keeps every request and answers as told."""

    received: list[Received] = field(default_factory=list)
    reply: Reply | None = None

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        payload = _payload(request.headers["content-type"], body)
        self.received.append(Received(dict(request.headers), body, payload))
        return await self.reply(payload) if self.reply else Response()

    def answers(self, body: Any = None, *, status: int = 200) -> None:
        """Answer everything with this JSON, or with nothing."""

        async def reply(_payload: dict[str, Any]) -> Response:
            return Response(status_code=status) if body is None else JSONResponse(body, status)

        self.reply = reply

    @property
    def last(self) -> dict[str, Any]:
        return self.received[-1].payload


def _payload(content_type: str, body: bytes) -> dict[str, Any]:
    if "json" in content_type:
        return dict(json.loads(body))
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return dict(json.loads(form["payload"])) if "payload" in form else form


@dataclass
class Slack:
    """The sandbox as a person's page and as the bot's Web API client see it."""

    http: httpx.AsyncClient
    bot: FakeBot
    sandbox: SlackSandbox
    clock: SandboxClock

    async def act(self, name: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/control/slack/{name}", json=body)
        return dict(answer.json())

    async def read(self, name: str, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(f"/control/slack/{name}", params=query)
        return dict(answer.json())

    async def api(self, method: str, **arguments: Any) -> dict[str, Any]:
        answer = await self.call(method, **arguments)
        return dict(answer.json())

    async def call(self, method: str, **arguments: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {BOT_TOKEN}"}
        return await self.http.post(f"/api/{method}", json=arguments, headers=headers)

    async def command(
        self, text: str, *, user: str = "ada", channel: str = "finance"
    ) -> dict[str, Any]:
        return await self.act("command", user=user, channel=channel, text=text)

    async def trigger(self, user: str = "ada") -> str:
        await self.command("/integral x", user=user)
        return str(self.bot.last["trigger_id"])

    async def open_modal(self, view: dict[str, Any], user: str = "ada") -> dict[str, Any]:
        opened = await self.api("views.open", trigger_id=await self.trigger(user), view=view)
        assert opened["ok"], opened
        return dict(opened["view"])

    async def messages(self, user: str = "ada", channel: str = "finance") -> list[dict[str, Any]]:
        return list((await self.read("messages", user=user, channel=channel))["messages"])


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("A form"),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **more,
    }


def text_input(block_id: str = "name", **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "typed", **more}
    return {"type": "input", "block_id": block_id, "label": plain("Name"), "element": element}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "acts", "elements": list(elements)}
