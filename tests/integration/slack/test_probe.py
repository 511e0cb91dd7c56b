"""The probe of Slack: what it says is a state, never an error."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.handlers.authorize import FixedToken
from bot.handlers.slack_api import SlackApi
from bot.handlers.slack_probe import SlackProbe, SlackWatch
from bot.services.checks import SCOPES, SlackState, Verdict, examine
from sandbox.slack import seed
from tests.support.loopback import serve
from tests.support.slack import BOT_TOKEN, TEAM, local_slack
from tests.unit.services.test_checks import HEALTHY

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


async def test_slack_names_the_scopes_of_the_manifest_and_one_that_is_missing_is_a_finding() -> (
    None
):
    async with local_slack() as slack:
        whole = await probed(slack.api_url)
    async with local_slack(scopes=seed.BOT_SCOPES - {"files:write"}) as slack:
        lacking = await probed(slack.api_url)
    assert whole.scopes == SCOPES
    (finding,) = [f for f in examine(replace(HEALTHY, slack=lacking)) if f.check == "Slack scopes"]
    assert (finding.verdict, finding.says) == (Verdict.WRONG, "missing: files:write.")
    assert "slack_manifest.json" in finding.remedy


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


class Elapsed:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_slack_is_asked_once_a_minute_however_often_one_looks() -> None:
    elapsed = Elapsed()
    async with local_slack() as slack:
        api = SlackApi(base_url=slack.api_url, tokens=FixedToken(BOT_TOKEN), is_loopback=True)
        watch = SlackWatch(api, elapsed=elapsed)
        assert [await watch.look() for _ in range(3)] == ["ok"] * 3
    # Slack is gone now, and nobody asks before the minute is over.
    assert await watch.look() == "ok"
    elapsed.seconds += SlackWatch.EVERY_S
    await watch.look()
    async with asyncio.timeout(10):
        while await watch.look() != "away":  # noqa: ASYNC110 - the state tells nobody
            await asyncio.sleep(0.01)
    await watch.aclose()
    await api.aclose()


async def test_a_token_that_slack_refuses_is_told_from_a_slack_that_is_away() -> None:
    async with local_slack() as slack:
        tokens = FixedToken("xoxb-of-nobody")
        api = SlackApi(base_url=slack.api_url, tokens=tokens, is_loopback=True)
        watch = SlackWatch(api)
        assert await watch.look() == "refused"
        await watch.aclose()
        await api.aclose()
