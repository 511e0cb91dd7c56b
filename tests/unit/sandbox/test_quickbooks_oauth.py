"""The QuickBooks sandbox gives out, renews and ends tokens as Intuit does."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.quickbooks import HARBOR_STREET, SECOND_COMPANY
from tests.unit.sandbox.quickbooks_support import (
    BASIC,
    REDIRECT_URI,
    SCOPE,
    TOKEN_PATH,
    World,
    codes,
    new_world,
)

DAY = 24 * 3600
YEAR = 365 * DAY


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_the_login_page_lists_the_companies_and_the_scope(world: World) -> None:
    params = {
        "client_id": "sandbox-quickbooks-client",
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": REDIRECT_URI,
        "state": '"><script>',
    }
    page = await world.http.get("/quickbooks/connect/oauth2", params=params)
    assert page.status_code == 200
    assert "Harbor Street Labs" in page.text
    assert "Second Company Ltd" in page.text
    assert SCOPE in page.text
    assert "<script>" not in page.text


async def test_connecting_brings_back_a_code_the_state_and_the_realm(world: World) -> None:
    back = await world.authorize(realm=SECOND_COMPANY, state="a b&c")
    assert back["state"] == "a b&c"
    assert back["realmId"] == SECOND_COMPANY
    tokens = (await world.exchange(back["code"])).json()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["x_refresh_token_expires_in"] == 8_726_400
    assert "realmId" not in tokens
    world.token = tokens["access_token"]
    assert (await world.call("GET", "preferences", realm=SECOND_COMPANY)).status_code == 200


async def test_cancelling_brings_back_access_denied_and_the_state(world: World) -> None:
    assert await world.authorize(decision="cancel") == {"error": "access_denied", "state": "xyz"}


async def test_an_unknown_scope_is_sent_back_as_an_error(world: World) -> None:
    assert (await world.authorize(scope="everything"))["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "someone"}, {"redirect_uri": "http://evil.example/back"}, {"state": ""}],
)
async def test_an_unsafe_authorization_is_not_redirected(
    world: World, changes: dict[str, str]
) -> None:
    form = {"client_id": "sandbox-quickbooks-client", "redirect_uri": REDIRECT_URI, "state": "x"}
    reply = await world.http.post("/quickbooks/connect/oauth2", data=form | changes)
    assert reply.status_code == 400


async def test_a_code_is_good_once(world: World) -> None:
    code = (await world.authorize())["code"]
    assert (await world.exchange(code)).status_code == 200
    again = await world.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_a_code_is_good_only_for_the_exact_redirect_address(world: World) -> None:
    code = (await world.authorize())["code"]
    reply = await world.exchange(code, REDIRECT_URI + "/")
    assert reply.json()["error"] == "invalid_grant"


async def test_a_wrong_client_secret_is_an_invalid_client(world: World) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    wrong = httpx.BasicAuth("sandbox-quickbooks-client", "wrong")
    for request in (
        world.http.post(TOKEN_PATH, data=form, auth=wrong),
        world.http.post(TOKEN_PATH, data=form),
    ):
        reply = await request
        assert (reply.status_code, reply.json()) == (401, {"error": "invalid_client"})


async def test_the_refresh_token_keeps_its_value_for_a_day_and_then_changes(world: World) -> None:
    first = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    assert (await world.refresh(first)).json()["refresh_token"] == first
    world.clock.advance(DAY + 1)
    second = (await world.refresh(first)).json()["refresh_token"]
    assert second != first
    assert (await world.refresh(first)).json()["error"] == "invalid_grant"
    assert (await world.refresh(second)).status_code == 200


async def test_the_refresh_token_ends_after_a_hundred_days_without_use(world: World) -> None:
    token = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    world.clock.advance(101 * DAY + 1)
    assert (await world.refresh(token)).json()["error"] == "invalid_grant"


async def test_the_refresh_chain_ends_five_years_after_consent(world: World) -> None:
    token = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    for _ in range(20):
        world.clock.advance(90 * DAY)
        token = (await world.refresh(token)).json()["refresh_token"]
    world.clock.advance(26 * DAY)
    assert (await world.refresh(token)).json()["error"] == "invalid_grant"


async def test_the_hard_end_is_told_only_when_asked_for(world: World) -> None:
    token = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    asked = await world.refresh(token, **{"x-include-refresh-token-hard-expires-in": "true"})
    assert asked.json()["x_refresh_token_hard_expires_in"] == pytest.approx(5 * YEAR, abs=60)
    assert "x_refresh_token_hard_expires_in" not in (await world.refresh(token)).json()


async def test_of_two_refreshes_at_once_one_gets_invalid_grant(world: World) -> None:
    token = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    replies = await asyncio.gather(world.refresh(token), world.refresh(token))
    assert sorted(reply.status_code for reply in replies) == [200, 400]


async def test_a_second_refresh_may_revoke_what_the_first_was_given(world: World) -> None:
    await world.set(concurrent_refresh_revokes=True)
    token = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    replies = await asyncio.gather(world.refresh(token), world.refresh(token))
    assert [reply.status_code for reply in replies] == [400, 400]


async def test_the_token_endpoint_can_be_away(world: World) -> None:
    await world.fault("status", status=503, match={"path": "tokens/bearer"})
    token = world.sandbox.grants.begin(HARBOR_STREET).refresh_token
    assert (await world.refresh(token)).status_code == 503
    assert (await world.refresh(token)).status_code == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_revoking_either_token_ends_the_grant(world: World, which: str) -> None:
    tokens = world.sandbox.grants.begin(HARBOR_STREET)
    world.token = tokens.access_token
    path = "/quickbooks/v2/oauth2/tokens/revoke"
    body = {"token": getattr(tokens, which)}
    assert (await world.http.post(path, json=body, auth=BASIC)).status_code == 200
    assert (await world.http.post(path, json=body, auth=BASIC)).status_code == 400
    assert codes(await world.call("GET", "preferences")) == ["3200"]
    assert (await world.refresh(tokens.refresh_token)).json()["error"] == "invalid_grant"


async def test_an_access_token_lasts_an_hour_and_its_refusal_has_lower_case_keys(
    world: World,
) -> None:
    world.clock.advance(3599)
    assert (await world.call("GET", "preferences")).status_code == 200
    world.clock.advance(2)
    reply = await world.call("GET", "preferences")
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    assert reply.headers["intuit_tid"]
    assert reply.json()["fault"]["type"] == "AUTHENTICATION"
    assert reply.json()["fault"]["error"][0]["code"] == "3200"


async def test_a_token_is_good_for_its_own_company_only(world: World) -> None:
    reply = await world.call("GET", "preferences", realm=SECOND_COMPANY)
    assert (reply.status_code, codes(reply)) == (403, ["3100"])


async def test_a_call_without_a_token_is_refused(world: World) -> None:
    world.token = ""
    assert (await world.call("GET", "preferences")).status_code == 401


async def test_tokens_can_be_ended_from_the_control_endpoints(world: World) -> None:
    reply = await world.http.post(f"/control/quickbooks/{HARBOR_STREET}/grant")
    tokens = reply.json()
    world.token = tokens["access_token"]
    grants = f"/control/quickbooks/grants/{HARBOR_STREET}"
    assert (await world.http.post(f"{grants}/expire-access")).status_code == 200
    assert (await world.call("GET", "preferences")).status_code == 401
    assert (await world.refresh(tokens["refresh_token"])).status_code == 200
    assert (await world.http.post(f"{grants}/expire-refresh")).status_code == 200
    assert (await world.refresh(tokens["refresh_token"])).status_code == 400
    assert (await world.http.post(f"{grants}/revoke")).status_code == 200
    assert (await world.http.post(f"{grants}/expire-access")).status_code == 404
