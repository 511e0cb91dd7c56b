"""Socket Mode: the bot calls Slack, and Slack sends its requests down that link.

`apps.connections.open` gives an address that works once; on it Slack says `hello`, sends envelopes,
and takes their acks. https://docs.slack.dev/apis/events-api/using-socket-mode. What an envelope
holds is what HTTP would have carried. It listens on a loopback port of its own.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from sandbox.slack import seed
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, as_object, compact, parse_json

_HOST = "127.0.0.1"
_PATH = "/link"


class SocketMode:
    """The links of one app. Until the first is asked for, nothing listens."""

    def __init__(self, *, app_token: str) -> None:
        self._app_token = app_token
        self._tickets: set[str] = set()
        self._links: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[JsonObject]] = {}
        self._listener: socket.socket | None = None
        self._server: asyncio.Task[web.AppRunner] | None = None
        self.opened = 0
        """How many links there ever were."""

    @property
    def links(self) -> int:
        """How many links there are; with none, Slack has no way to a bot in Socket Mode."""
        return len(self._links)

    def open(self, call: Arguments) -> JsonObject:
        """`apps.connections.open`, with the app's own token."""
        if call.token != self._app_token:
            known = call.token.startswith("xoxb-")
            raise SlackRefusal("not_allowed_token_type" if known else "invalid_auth")
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return {"ok": True, "url": f"ws://{_HOST}:{self._port()}{_PATH}?ticket={ticket}"}

    async def ask(self, kind: str, payload: JsonObject, headers: Mapping[str, str]) -> JsonObject:
        """Send an envelope down the newest link and return what its ack holds.

        Raises:
            ConnectionError: the link went before an ack came.
        """
        id_ = secrets.token_hex(16)
        ack: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._acks[id_] = ack
        envelope: JsonObject = {
            "envelope_id": id_,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope["retry_attempt"] = int(headers.get("x-slack-retry-num", "0"))
            envelope["retry_reason"] = headers.get("x-slack-retry-reason", "")
        try:
            await self._links[-1].send_str(compact(envelope))
            return await ack
        finally:
            self._acks.pop(id_, None)

    async def refresh(self, reason: str) -> None:
        """Tell every link that it ends soon; the bot opens another and Slack closes these."""
        for link in self._links:
            await link.send_str(compact({"type": "disconnect", "reason": reason}))

    async def aclose(self) -> None:
        """Close every link and the listener."""
        if self._server is not None:
            runner = await self._server
            for link in list(self._links):
                await link.close()
            await runner.cleanup()
        if self._listener is not None:
            self._listener.close()

    def _port(self) -> int:
        if self._listener is None:
            self._listener = socket.create_server((_HOST, 0))
            serving = _serve(self._listener, self._link)
            self._server = asyncio.get_running_loop().create_task(serving)
        return int(self._listener.getsockname()[1])

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        link = web.WebSocketResponse()
        await link.prepare(request)
        self._links.append(link)
        self.opened += 1
        await link.send_str(compact(_hello(len(self._links))))
        try:
            async for message in link:
                if message.type is WSMsgType.TEXT:
                    self._take(as_object(parse_json(message.data)))
        finally:
            self._links.remove(link)
            self._give_up()
        return link

    def _take(self, ack: JsonObject) -> None:
        waiting = self._acks.get(str(ack.get("envelope_id", "")))
        if waiting is not None and not waiting.done():
            waiting.set_result(as_object(ack.get("payload")))

    def _give_up(self) -> None:
        """With the last link gone, no ack can come any more."""
        for waiting in self._acks.values():
            if not self._links and not waiting.done():
                waiting.set_exception(ConnectionError("the link went"))


def envelope_of(body: bytes, content_type: str) -> tuple[str, JsonObject]:
    """The kind and payload of what HTTP would have carried."""
    if "json" in content_type:
        return "events_api", as_object(parse_json(body))
    form: JsonObject = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if "payload" in form:
        return "interactive", as_object(parse_json(str(form["payload"])))
    return "slash_commands", form


async def _serve(listener: socket.socket, link: Handler) -> web.AppRunner:
    app = web.Application()
    app.router.add_get(_PATH, link)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


def _hello(connections: int) -> JsonObject:
    info = {"app_id": seed.APP_ID}
    return {"type": "hello", "num_connections": connections, "connection_info": info}
