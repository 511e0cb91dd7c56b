"""The sandbox's clock as the product sees it: asked over HTTP, in the background."""

import asyncio
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clock import SandboxClock, SystemClock
from sandbox.app import clock_routes
from sandbox.clock import SandboxClock as TheirClock
from tests.support.loopback import serve

NEAR = timedelta(seconds=20)
OFTEN_S = 0.01


async def _eventually(clock: SandboxClock, wanted: datetime) -> None:
    async with asyncio.timeout(10):
        while abs(clock.now() - wanted) > NEAR:  # noqa: ASYNC110 - a clock tells nobody
            await asyncio.sleep(OFTEN_S)


async def test_it_shows_the_sandboxs_time_from_the_start() -> None:
    theirs = TheirClock()
    theirs.advance(86_400)
    async with serve(Starlette(routes=clock_routes(theirs))) as url:
        clock = SandboxClock(f"{url}/control/clock")
        await clock.start()
        assert abs(clock.now() - theirs.now()) < NEAR
        await clock.stop()


async def test_it_follows_when_the_sandboxs_clock_is_moved() -> None:
    theirs = TheirClock()
    async with serve(Starlette(routes=clock_routes(theirs))) as url:
        clock = SandboxClock(f"{url}/control/clock", every_s=OFTEN_S)
        await clock.start()
        theirs.advance(30 * 86_400)
        await _eventually(clock, theirs.now())
        await clock.stop()


async def test_it_keeps_its_offset_while_the_sandbox_talks_nonsense() -> None:
    theirs = TheirClock()
    theirs.advance(86_400)
    nonsense = 0
    enough = asyncio.Event()

    async def answer(_: Request) -> Response:
        nonlocal nonsense
        if clock.now() - datetime.now(UTC) < timedelta(hours=1):
            return JSONResponse({"offset_s": theirs.offset_seconds})
        nonsense += 1
        if nonsense == 3:
            enough.set()
        return JSONResponse({"offset_s": "soon"}, 500 if nonsense % 2 else 200)

    async with serve(Starlette(routes=[Route("/clock", answer)])) as url:
        clock = SandboxClock(f"{url}/clock", every_s=OFTEN_S)
        await clock.start()
        async with asyncio.timeout(10):
            await enough.wait()
        assert abs(clock.now() - theirs.now()) < NEAR
        await clock.stop()


async def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
