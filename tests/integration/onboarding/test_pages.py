"""The web pages of connecting, as a browser sees them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from bot.handlers.pages import COOKIE, routes
from ledger.organisation import Organisation
from tests.integration.onboarding.desk import BOOKS, REALM, Desk
from tests.integration.onboarding.test_connecting import companies, link

NASTY = '<script>alert("1")</script>'


class SlackNames:
    async def workspace(self, team_id: str) -> str:
        return f"Acme Workspace {team_id}"

    async def person(self, team_id: str, user_id: str) -> str:
        return NASTY


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that keeps cookies and follows nothing by itself."""
    app = Starlette(routes=routes(desk.authorizations, SlackNames()))
    transport = httpx.ASGITransport(app=app)
    base = "https://integral.example.com"
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client


async def test_the_page_shows_who_asks_for_what_and_uses_nothing_up(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    token = await link(desk, await desk.start())
    for _ in range(2):
        page = await browser.get(f"/connect/{token}")
        assert page.status_code == 200
        assert "Acme Workspace T1" in page.text
        assert "Write access to journal entries" in page.text
        assert NASTY not in page.text
        assert "&lt;script&gt;" in page.text
        assert "set-cookie" not in page.headers


async def test_the_whole_way_ends_on_a_page_that_names_the_company(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    organisation = await desk.start()
    page = await through(desk, browser, organisation)
    assert page.status_code == 200
    for words in ("The connection is now active", "Acme Inc", "USD", "April", "confirm in Slack"):
        assert words in page.text


async def test_the_cookie_is_for_the_callback_alone_and_for_no_script(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    token = await link(desk, await desk.start())
    answer = await browser.post(f"/connect/{token}")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/oauth/quickbooks/callback"):
        assert word in cookie


async def test_a_forwarded_callback_connects_nothing(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    organisation = await desk.start()
    token = await link(desk, organisation)
    state = state_of(await browser.post(f"/connect/{token}"))
    browser.cookies.clear()
    page = await browser.get(callback(state))
    assert page.status_code == 403
    assert "another browser" in page.text
    assert await companies(desk, organisation) == []


async def test_coming_back_twice_says_that_the_link_was_used(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    token = await link(desk, await desk.start())
    state = state_of(await browser.post(f"/connect/{token}"))
    await browser.get(callback(state))
    again = await browser.get(callback(state))
    assert (again.status_code, "used already" in again.text) == (410, True)


async def test_another_site_cannot_press_the_button(desk: Desk, browser: httpx.AsyncClient) -> None:
    token = await link(desk, await desk.start())
    answer = await browser.post(f"/connect/{token}", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["location"] == f"/connect/{token}"
    assert "set-cookie" not in answer.headers


async def test_declining_at_the_erp_is_no_error(desk: Desk, browser: httpx.AsyncClient) -> None:
    token = await link(desk, await desk.start())
    state = state_of(await browser.post(f"/connect/{token}"))
    page = await browser.get(f"/oauth/quickbooks/callback?state={state}&error=access_denied")
    assert (page.status_code, "Nothing was connected" in page.text) == (200, True)


async def test_a_currency_mismatch_is_said_on_the_page(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    desk.erp.books = replace(BOOKS, functional_currency="EUR")
    page = await through(desk, browser, await desk.start())
    assert "Currency mismatch" in page.text


@pytest.mark.parametrize(
    "path", ["/connect/nothing", "/oauth/netsuite/callback", "/oauth/x/callback"]
)
async def test_what_leads_nowhere_has_a_page_with_a_remedy(
    browser: httpx.AsyncClient, path: str
) -> None:
    page = await browser.get(path)
    assert page.status_code in {403, 404}
    assert "Next:" in page.text


async def through(
    desk: Desk, browser: httpx.AsyncClient, organisation: Organisation
) -> httpx.Response:
    """Press the button and come back from the ERP."""
    token = await link(desk, organisation)
    return await browser.get(callback(state_of(await browser.post(f"/connect/{token}"))))


def callback(state: str) -> str:
    return f"/oauth/quickbooks/callback?state={state}&code=c1&realmId={REALM}"


def state_of(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]
