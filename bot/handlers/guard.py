"""What stands in front of ``POST /slack/events``: size, freshness and signature, before anything.

Bolt's own check takes a timestamp five minutes in the future, breaks on one that is no number and
knows a single secret (measured with slack-bolt 1.30). Signing:
https://docs.slack.dev/authentication/verifying-requests-from-slack. Refusals are plain and logged
without bodies. The clock here is the wire's own time, never a sandbox's.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 1024 * 1024
OLDEST_S = 300
EARLIEST_S = 60
"""How far ahead of ours Slack's clock may be."""

_log = structlog.get_logger(__name__)


class SignatureGuard:
    """ASGI middleware that lets genuine requests of Slack through, and answers the rest."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        secrets: Sequence[str],
        now: Callable[[], datetime],
        observe: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Stand in front of an app.

        Args:
            app: what genuine requests go to.
            secrets: the signing secrets that count: one, or two while it is being changed.
            now: the machine's time, aware.
            observe: told the seconds that each genuine request took.

        Raises:
            ValueError: without a secret, as anybody could sign.
        """
        if not secrets or not all(secrets):
            raise ValueError("SLACK_SIGNING_SECRET is not set: requests could not be verified")
        self._app = app
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._now = now
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        refusal: Response | None
        if scope["method"] != "POST":
            refusal = PlainTextResponse("POST only", 405, headers={"Allow": "POST"})
            await refusal(scope, receive, send)
            return
        body = await _read(receive)
        refusal = self._refusal(Headers(scope=scope), body)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _replay(body or b"", receive), send)
        self._observe(time.perf_counter() - started)

    def _refusal(self, headers: Headers, body: bytes | None) -> Response | None:
        """Return the answer to a request that goes no further; none for a genuine one."""
        if body is None:
            _log.warning("slack_request_refused", why="too large")
            return PlainTextResponse("too large", 413)
        if _is_ssl_check(headers, body):
            return PlainTextResponse("")
        why = self._fault(headers, body)
        if why is None:
            return None
        _log.warning("slack_request_refused", why=why)
        return PlainTextResponse("unauthorized", 401)

    def _fault(self, headers: Headers, body: bytes) -> str | None:
        stamp = headers.get("x-slack-request-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return "timestamp is no number"
        age = self._now().timestamp() - int(stamp)
        if age > OLDEST_S:
            return "timestamp too old"
        if age < -EARLIEST_S:
            return "timestamp in the future"
        given = headers.get("x-slack-signature", "").encode()
        base = b"v0:" + stamp.encode() + b":" + body
        matches = [hmac.compare_digest(given, _signature(key, base)) for key in self._secrets]
        return None if any(matches) else "signature does not match"


def _signature(secret: bytes, base: bytes) -> bytes:
    return b"v0=" + hmac.new(secret, base, sha256).hexdigest().encode()


def _is_ssl_check(headers: Headers, body: bytes) -> bool:
    """Recognise Slack's look at our certificate, which asks nothing else and is not signed."""
    if len(body) > 500 or "form-urlencoded" not in headers.get("content-type", ""):
        return False
    form = parse_qs(body.decode("utf-8", errors="replace"))
    return form.get("ssl_check") == ["1"] and "payload" not in form and "command" not in form


async def _read(receive: Receive) -> bytes | None:
    """Read the body; none as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand the body that was read already to the app, then what comes after it."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
