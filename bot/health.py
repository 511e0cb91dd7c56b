"""Health, readiness and metrics over HTTP, for whatever part of Integral a process is.

Ready means that the process can do its work: database and engine answer. Slack is shown and never
makes a process unready: imports, schedules and approved deliveries go on while Slack is away, and
a host that took the process out would stop them too. It must not know what a check does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.metrics import Metrics

CHECK_WITHIN_S = 2.0
OK = "ok"

Check = Callable[[], Awaitable[bool]]
"""Says whether something that we need is there; an exception means that it is not."""
Look = Callable[[], Awaitable[str]]
"""Says how something is that we can do without for a while: ``ok``, or a word for what it is."""

_log = structlog.get_logger(__name__)


async def _nothing() -> None:
    """Measure nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What ``/readyz`` checks and ``/metrics`` measures."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    """Such as database and engine: without one the process is not ready."""
    shown: Mapping[str, Look] = field(default_factory=dict)
    """Such as Slack: shown, and nothing more."""
    measure: Callable[[], Awaitable[None]] = _nothing
    """Sets what is read from the database before it is shown."""


def health_routes(health: Health, metrics: Metrics) -> list[Route]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def ready(_: Request) -> Response:
        states = await look(health, metrics)
        is_ready = all(states[name] == OK for name in health.checks)
        return JSONResponse(states, 200 if is_ready else 503)

    async def measured(_: Request) -> Response:
        # A database that is away is what a monitor has to see, not a reason to show nothing.
        await look(health, metrics)
        try:
            async with asyncio.timeout(CHECK_WITHIN_S):
                await health.measure()
        except Exception as error:  # noqa: BLE001 - whatever it is, what was counted is shown
            _log.warning("not_measured", error=type(error).__name__)
        return Response(metrics.text(), media_type=metrics.content_type)

    return [
        Route("/healthz", _alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        Route("/metrics", measured, methods=["GET"]),
    ]


async def look(health: Health, metrics: Metrics) -> dict[str, str]:
    """Ask every part how it is, and note it; name → ``ok`` or a word."""
    looks: dict[str, Look] = {name: _judged(check) for name, check in health.checks.items()}
    looks |= health.shown
    states = await asyncio.gather(*(_state(name, run) for name, run in looks.items()))
    found = dict(zip(looks, states, strict=True))
    for name, state in found.items():
        metrics.holdings.part(name, is_up=state == OK)
    return found


def _judged(check: Check) -> Look:
    async def judge() -> str:
        return OK if await check() else "missing"

    return judge


async def _state(name: str, run: Look) -> str:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            return await run()
    except Exception as error:  # noqa: BLE001 - a check that fails in whatever way is not ready
        _log.warning("not_ready", check=name, error=type(error).__name__)
        return "failing"


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok")
