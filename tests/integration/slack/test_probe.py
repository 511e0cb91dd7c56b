"""The probe of Slack: what it says is a state, never an error."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.handlers.authorize import FixedToken
from bot.handlers.slack_api import SlackApi
from bot.handlers.slack_probe import SlackProbe
from bot.services.checks import SlackState
from tests.support.loopback import serve
from tests.support.slack import BOT_TOKEN, TEAM, local_slack

LATE = timedelta(seconds=400)


async def probed(api_url: str, token: str = BOT_TOKEN) -> SlackState:
    api = SlackApi(base_url=api_url, tokens=FixedToken(token), is_loopback=True)
    try:
        probe = SlackProbe(api, machine_time=lambda: datetime.now(UTC) + LATE)
        return await probe.look(TEAM)
    finally:
        await api.aclose()


async def test_the_bots_token_passes_and_a_foreign_one_is_refused() -> None:
    async with local_slack() as slack:
        state = await probed(slack.api_url)
        refused = await probed(slack.api_url, "xoxb-of-nobody")
    assert (state.refusal, state.is_away) == (None, False)
    assert refused.refusal == "invalid_auth"


async def test_scopes_and_clock_are_read_from_slacks_headers() -> None:
    async def answer(request: Request) -> Response:
        headers = {
            "X-OAuth-Scopes": "chat:write, commands,im:write",
            "Date": format_datetime(datetime.now(UTC), usegmt=True),
        }
        return JSONResponse({"ok": True}, headers=headers)

    app = Starlette(routes=[Route("/api/auth.test", answer, methods=["GET", "POST"])])
    async with serve(app) as url:
        state = await probed(f"{url}/api/")
    assert state.scopes == frozenset({"chat:write", "commands", "im:write"})
    assert abs((state.apart_s or 0) - LATE.total_seconds()) < 30


async def test_a_slack_that_is_busy_or_silent_is_away() -> None:
    async def busy(request: Request) -> Response:
        return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429)

    app = Starlette(routes=[Route("/api/auth.test", busy, methods=["GET", "POST"])])
    async with serve(app) as url:
        assert (await probed(f"{url}/api/")).is_away
    assert (await probed(f"{url}/api/")).is_away
