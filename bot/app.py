"""The web application: routes, headers, errors. Built from parts; it builds none itself.

Slack's one endpoint lies behind the signature guard. It must not read settings or know a use
case: ``bot.wiring`` hands everything in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route, request_response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.handlers.bolt import SlackDoor
from bot.handlers.failures import report
from bot.handlers.guard import SignatureGuard
from bot.health import Health, health_routes
from bot.metrics import Metrics

Lifespan = Callable[[], AbstractAsyncContextManager[None]]

_HTML_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How requests of Slack are verified."""

    secrets: Sequence[str]
    now: Callable[[], datetime]
    """The machine's time, also in a sandbox that travels: signatures are about the wire."""


def create_app(
    door: SlackDoor,
    *,
    signing: Signing | None,
    health: Health,
    metrics: Metrics,
    routes: Sequence[BaseRoute] = (),
    lifespans: Sequence[Lifespan] = (),
) -> Starlette:
    """Build the web application.

    Args:
        door: Bolt and its installation pages.
        signing: none only with Socket Mode, where Slack sends nothing over HTTP.
        health: checks and counts.
        metrics: what this process counts.
        routes: the pages and the API: ``/connect/{token}``, ``/oauth/…``, ``/api/v1/transactions``.
        lifespans: what starts with the application and ends with it, in this order: clock,
            engine, notifier.
    """
    own = [
        Route("/slack/install", door.install, methods=["GET"]),
        Route("/slack/oauth_redirect", door.installed, methods=["GET"]),
        *health_routes(health, metrics),
    ]
    if signing is not None:
        guard = SignatureGuard(
            request_response(door.events),
            secrets=signing.secrets,
            now=signing.now,
            observe=metrics.slack_ack,
        )
        own.insert(0, Route("/slack/events", guard))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in (*lifespans, door.opened):
                await stack.enter_async_context(part())
            yield

    return Starlette(
        routes=[*own, *routes],
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders), Middleware(Failures)],
    )


def create_health_app(health: Health, metrics: Metrics) -> Starlette:
    """Build what a worker or a clock shows of itself: health, readiness and metrics alone."""
    return Starlette(
        routes=health_routes(health, metrics),
        middleware=[Middleware(SecurityHeaders), Middleware(Failures)],
    )


class SecurityHeaders:
    """ASGI middleware: nothing sniffs, and no page is framed, cached or followed by its address."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that a page has not set itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if headers.get("content-type", "").startswith("text/html"):
                    for name, value in _HTML_HEADERS.items():
                        headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class Failures:
    """ASGI middleware: an error becomes a reference; the server would log its text, and secrets."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 with a reference unless an answer is under way already."""
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http" or has_started:
                raise
            # The first part of the path only: the rest may hold a token.
            reference = report(error, what=f"http /{scope['path'].split('/')[1]}")
            answer = PlainTextResponse(f"Something went wrong. Reference: {reference}", 500)
            await answer(scope, receive, send)
