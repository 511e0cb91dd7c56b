"""Sign in with Slack before an ERP's login page: only the person who asked for a link goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from bot.handlers.authorize import FixedToken
from bot.handlers.pages import routes
from bot.handlers.slack_api import SlackApi
from bot.handlers.slack_sign_in import SlackSignIn
from bot.services.authorizations import Authorizations
from bot.services.sign_in import AuthorizationError, Invitation, Opened, PageProblem
from ledger.organisation import Provider
from ledger.records import ConnectRequest
from sandbox.slack import seed
from tests.integration.slack.conftest import World
from tests.support import books
from tests.support.databases import START
from tests.support.slack import ADA, BEN, BOT_TOKEN, TEAM

SITE = "https://bot.test"
LOGIN = "https://erp.example/login"
CLIENT_ID, CLIENT_SECRET = "1000000000001.2000000000002", "sandbox-client-secret"


class Links:
    """Links of one person; stands in for the use case behind the pages."""

    is_https = True

    def __init__(self) -> None:
        self.opened: list[str] = []

    async def look(self, token: str) -> Invitation:
        if token != "good":
            raise AuthorizationError(PageProblem.UNKNOWN)
        request = ConnectRequest(
            id="r1",
            organisation_id="org-1",
            provider=Provider.XERO,
            team_id=TEAM,
            requested_by=ADA,
            channel_id=None,
            expires_at=START,
        )
        return Invitation(url="", request=request, organisation=books.organisation())

    async def open(self, token: str) -> Opened:
        self.opened.append(token)
        return Opened(authorization_url=LOGIN, cookie="b~t", provider=Provider.XERO, lifetime_s=60)


class Names:
    async def workspace(self, team_id: str) -> str:
        return team_id

    async def person(self, team_id: str, user_id: str) -> str:
        return user_id


@asynccontextmanager
async def browser_of(world: World, links: Links) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the pages of a bot that has a Slack client."""
    api = SlackApi(base_url=world.slack.api_url, tokens=FixedToken(BOT_TOKEN), is_loopback=True)
    sign_in = SlackSignIn(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        authorize_url=f"{world.slack.address}/slack/authorize",
        redirect_uri=f"{SITE}/slack/signin_redirect",
        slack=api,
    )
    app = Starlette(routes=routes(cast("Authorizations", links), Names(), sign_in=sign_in))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        try:
            yield client
        finally:
            await api.aclose()


async def allowed(world: World, answer: httpx.Response, person: str) -> str:
    """Sign in on Slack's page, and return the address it sends the browser to."""
    where = answer.headers["location"]
    assert "scope=openid" in where
    assert f"team={seed.TEAM_ID}" in where
    decided = await world.slack.http.post(
        where, data={"decision": "allow", "user": person}, follow_redirects=False
    )
    return str(decided.headers["location"])


async def test_the_person_who_asked_goes_on_to_the_erp(world: World) -> None:
    links = Links()
    async with browser_of(world, links) as browser:
        answer = await browser.post("/connect/good")
        assert links.opened == []
        back = await allowed(world, answer, ADA)
        gone_on = await browser.get(back)
    assert gone_on.headers["location"] == LOGIN
    assert links.opened == ["good"]


async def test_somebody_else_stops_here(world: World) -> None:
    links = Links()
    async with browser_of(world, links) as browser:
        back = await allowed(world, await browser.post("/connect/good"), BEN)
        page = await browser.get(back)
    assert (page.status_code, links.opened) == (403, [])
    assert "somebody else" in page.text


@pytest.mark.parametrize("change", ["state=other", "no cookie"])
async def test_a_sign_in_of_another_browser_counts_for_nothing(world: World, change: str) -> None:
    links = Links()
    async with browser_of(world, links) as browser:
        back = await allowed(world, await browser.post("/connect/good"), ADA)
        if change == "no cookie":
            browser.cookies.clear()
        else:
            back = f"/slack/signin_redirect?code=x&{change}"
        page = await browser.get(back)
    assert (page.status_code, links.opened) == (403, [])


async def test_who_declines_or_brings_a_used_code_is_told(world: World) -> None:
    links = Links()
    async with browser_of(world, links) as browser:
        back = await allowed(world, await browser.post("/connect/good"), ADA)
        state = next(p for p in urlsplit(back).query.split("&") if p.startswith("state="))
        declined = await browser.get(f"/slack/signin_redirect?{state}&error=access_denied")
        wrong = await browser.get(f"/slack/signin_redirect?{state}&code=wrong")
    assert (declined.status_code, wrong.status_code, links.opened) == (502, 502, [])
