"""How Slack reaches the bot: a signed POST that must be acknowledged within three seconds.

A bot that has opened a link of Socket Mode gets the same down that link instead, unsigned.

Signing: `v0:{timestamp}:{body}`, HMAC-SHA256, hex, as `X-Slack-Signature: v0=…`
(https://docs.slack.dev/authentication/verifying-requests-from-slack). The timestamp is the
machine's own time, not the sandbox's: a signature's five minutes are about the wire, and travelling
through the year must not make every request look replayed. What the requests mean is not known
here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from sandbox.slack.jsontypes import JsonObject, JsonValue, compact, parse_json
from sandbox.slack.request_log import LoggedRequest, RequestLog
from sandbox.slack.seed import SlackSettings
from sandbox.slack.socket_mode import SocketMode, envelope_of
from sandbox.slack.workspace import Workspace

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
EVENTS_PATH = "/slack/events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The bot's answer. `error` is what Slack's client would show, or empty."""

    request_no: int
    status: int | None
    latency_ms: float
    text: str = ""
    error: str = ""
    headers: Mapping[str, str]

    @property
    def body(self) -> JsonValue:
        """The answer as JSON, or as text when it is none."""
        parsed = parse_json(self.text) if self.text else None
        return self.text if parsed is None else parsed

    def to_json(self) -> JsonObject:
        """What a control call answers."""
        return {
            "request_no": self.request_no,
            "status": self.status,
            "latency_ms": self.latency_ms,
            "body": self.body,
            "error": self.error,
        }


def signed_headers(
    body: bytes, *, secret: str, content_type: str, timestamp: int | None = None
) -> dict[str, str]:
    """The headers of a genuine request with this body."""
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    base = b"v0:" + stamp.encode() + b":" + body
    signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "content-type": content_type,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={signature}",
    }


class BotClient:
    """Sends to the bot and writes down what came back and when."""

    def __init__(
        self,
        *,
        settings: SlackSettings,
        workspace: Workspace,
        log: RequestLog,
        socket_mode: SocketMode,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._socket_mode = socket_mode
        self.ack_timeout_s = settings.ack_timeout_s
        self._settings = settings
        self._workspace = workspace
        self._log = log
        # Never through a proxy of the environment: the bot is on loopback. The ack's own limit is
        # shorter than this one.
        self._http = httpx.AsyncClient(transport=transport, trust_env=False, timeout=60.0)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(
        self,
        name: str,
        body: bytes,
        *,
        content_type: str,
        user: str = "",
        shown: JsonValue = None,
        extra: Mapping[str, str] | None = None,
    ) -> Ack:
        """Sign and send one request. `shown` is its readable form for the inspector."""
        headers = signed_headers(
            body, secret=self._settings.signing_secret, content_type=content_type
        ) | dict(extra or {})
        return await self.send_raw(name, body, headers=headers, user=user, shown=shown)

    async def send_raw(
        self,
        name: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        path: str = EVENTS_PATH,
        user: str = "",
        shown: JsonValue = None,
    ) -> Ack:
        """Send exactly these bytes and headers, genuine or not."""
        at = self._workspace.now().isoformat()
        entry = self._log.open("to_bot", name, at=at, user=user, request=shown)
        entry.path, entry.sent_headers, entry.sent_body = path, dict(headers), body
        self._workspace.changes.note()
        ack = await self._exchange(entry)
        entry.status, entry.latency_ms, entry.error = ack.status, ack.latency_ms, ack.error
        entry.response = ack.body
        self._workspace.changes.note()
        return ack

    async def _exchange(self, entry: LoggedRequest) -> Ack:
        started = time.monotonic()
        status: int | None = None
        text, headers, error = "", {}, ""
        try:
            async with asyncio.timeout(self.ack_timeout_s):
                if self._socket_mode.links:
                    status, text = 200, await self._down_the_link(entry)
                else:
                    answer = await self._post(entry)
                    status, text, headers = answer.status_code, answer.text, dict(answer.headers)
                    error = "" if answer.is_success else "dispatch_failed"
        except TimeoutError:
            error = "operation_timeout"
        except (httpx.HTTPError, ConnectionError):
            error = "dispatch_failed"
        return Ack(
            request_no=entry.no,
            status=status,
            latency_ms=round((time.monotonic() - started) * 1000, 1),
            text=text,
            error=error,
            headers=headers,
        )

    async def _post(self, entry: LoggedRequest) -> httpx.Response:
        return await self._http.post(
            self._settings.bot_url.rstrip("/") + entry.path,
            content=entry.sent_body,
            headers=entry.sent_headers,
        )

    async def _down_the_link(self, entry: LoggedRequest) -> str:
        content_type = entry.sent_headers.get("content-type", FORM)
        kind, payload = envelope_of(entry.sent_body, content_type)
        answer = await self._socket_mode.ask(kind, payload, entry.sent_headers)
        return compact(answer) if answer else ""
