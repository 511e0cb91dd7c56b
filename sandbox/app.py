"""The sandbox as one web application: the local Slack, its page, the clock and the ERPs.

It composes; the stand-ins know nothing of each other. It answers loopback host names only, so that
a web page elsewhere cannot reach it through a name of its own that points here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.clock import SandboxClock
from sandbox.netsuite import NetSuiteSandbox
from sandbox.quickbooks import QuickBooksSandbox
from sandbox.slack import SlackSandbox, SlackSettings
from sandbox.xero import XeroSandbox

PAGE = Path(__file__).parent / "page"
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]


def create_sandbox(
    *,
    bot_url: str,
    data_dir: Path | None,
    signing_secret: str,
    bot_token: str,
    public_url: str = "http://127.0.0.1:8000",
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """The whole sandbox; `app.state` has its `clock`, `slack` and each ERP by name, for tests.

    Args:
        bot_url: where the bot listens, without a path.
        data_dir: where everything survives a restart; None keeps it in memory.
        signing_secret: what Slack signs its requests with.
        bot_token: the bot token that the Web API accepts from the start.
        public_url: where this application is reached.
        transport: how the bot is reached, for tests that serve it in the same process.
    """
    clock = SandboxClock()
    settings = SlackSettings(
        bot_url=bot_url, signing_secret=signing_secret, bot_token=bot_token, public_url=public_url
    )
    kept = _kept(data_dir, "slack")
    slack = SlackSandbox(settings=settings, clock=clock, data_file=kept, transport=transport)
    erps = _erps(clock, data_dir)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await slack.aclose()
        for erp in erps.values():
            await erp.settle()
            erp.close()

    routes: list[BaseRoute] = [
        Route("/", _page),
        Mount("/page", StaticFiles(directory=PAGE)),
        *clock_routes(clock),
        *slack.routes(),
        *(route for erp in erps.values() for route in erp.routes()),
    ]
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES)
    app = Starlette(routes=routes, middleware=[guard], lifespan=lifespan)
    app.state.clock, app.state.slack = clock, slack
    for name, erp in erps.items():
        setattr(app.state, name, erp)
    return app


Erp = QuickBooksSandbox | XeroSandbox | NetSuiteSandbox


def _erps(clock: SandboxClock, data_dir: Path | None) -> dict[str, Erp]:
    """Return each ERP by the name that `app.state` has it under."""
    return {
        "quickbooks": QuickBooksSandbox(clock=clock, data_file=_kept(data_dir, "quickbooks")),
        "xero": XeroSandbox(clock=clock, data_file=_kept(data_dir, "xero")),
        "netsuite": NetSuiteSandbox(clock=clock, data_file=_kept(data_dir, "netsuite")),
    }


def _kept(data_dir: Path | None, name: str) -> Path | None:
    return data_dir / f"{name}.sqlite" if data_dir else None


def clock_routes(clock: SandboxClock) -> list[Route]:
    """`/control/clock`: GET gives `{"now"}`; POST takes `offset_s`, `advance_s` or `travel_to`."""

    async def read(_request: Request) -> Response:
        return JSONResponse({"now": clock.now().isoformat(), "offset_s": clock.offset_seconds})

    async def move(request: Request) -> Response:
        wanted = await request.json()
        try:
            _move(clock, wanted)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return await read(request)

    return [
        Route("/control/clock", read, methods=["GET"]),
        Route("/control/clock", move, methods=["POST"]),
    ]


def _move(clock: SandboxClock, wanted: dict[str, str | float]) -> None:
    """Move the clock as asked.

    Raises:
        ValueError: nothing understandable was asked.
    """
    if "travel_to" in wanted:
        clock.travel_to(datetime.fromisoformat(str(wanted["travel_to"])))
    elif "advance_s" in wanted:
        clock.advance(float(wanted["advance_s"]))
    elif "offset_s" in wanted:
        clock.set_offset(float(wanted["offset_s"]))
    else:
        raise ValueError("offset_s, advance_s or travel_to is needed")


async def _page(_request: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})
