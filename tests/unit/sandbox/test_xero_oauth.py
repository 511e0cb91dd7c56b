"""The Xero sandbox gives out, renews and ends tokens and connections as Xero does."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.xero import HARBOR_STREET, SECOND_ORGANISATION, NewOrganisation
from sandbox.xero.scopes import ALL_NEEDED
from tests.unit.sandbox.xero_support import BASIC, REDIRECT_URI, Json, World, journal, new_world

MINUTE = 60
DAY = 24 * 3600


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def claims(token: str) -> Json:
    body: Json = json.loads(decoded(token.split(".")[1]))
    return body


async def status_of(world: World, token: str, tenant: str = HARBOR_STREET) -> int:
    world.token = token
    return (await world.call("GET", "Organisation", tenant=tenant)).status_code


AUTHORIZATION = {
    "client_id": "sandbox-xero-client",
    "response_type": "code",
    "scope": ALL_NEEDED,
    "redirect_uri": REDIRECT_URI,
    "state": '"><script>',
}


async def test_the_authorize_page_lists_the_organisations_and_the_scopes(world: World) -> None:
    page = await world.http.get("/xero/identity/connect/authorize", params=AUTHORIZATION)
    assert page.status_code == 200
    assert "Harbor Street Labs" in page.text
    assert "Second Company Ltd" in page.text
    assert "accounting.manualjournals" in page.text
    assert "<script>" not in page.text


async def test_several_organisations_are_connected_by_one_consent_and_one_token(
    world: World,
) -> None:
    back = await world.authorize(HARBOR_STREET, SECOND_ORGANISATION, state="a b&c")
    assert back["state"] == "a b&c"
    tokens = (await world.exchange(back["code"])).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    assert {"access_token", "refresh_token", "id_token", "scope"} <= set(tokens)
    assert await status_of(world, tokens["access_token"]) == 200
    assert await status_of(world, tokens["access_token"], SECOND_ORGANISATION) == 200
    assert {item["tenantName"] for item in await world.connections()} == {
        "Harbor Street Labs",
        "Second Company Ltd",
    }


async def test_twenty_five_organisations_fit_into_one_grant(world: World) -> None:
    made = world.sandbox.add_organisations(NewOrganisation(name="Client", count=25))
    back = await world.authorize(*[organisation.tenant for organisation in made])
    world.token = (await world.exchange(back["code"])).json()["access_token"]
    assert len(await world.connections()) == 25
    assert len({organisation.tenant for organisation in made}) == 25


async def test_the_access_token_is_a_signed_token_that_names_its_consent(world: World) -> None:
    back = await world.authorize()
    token = (await world.exchange(back["code"])).json()["access_token"]
    said = claims(token)
    [connection] = [
        item
        for item in await _connections_of(world, token)
        if item["authEventId"] == said["authentication_event_id"]
    ]
    assert connection["tenantId"] == HARBOR_STREET
    assert said["scope"] == ALL_NEEDED.split()
    [key] = (await world.http.get("/xero/.well-known/openid-configuration/jwks")).json()["keys"]
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(decoded(key["e"]), "big"), int.from_bytes(decoded(key["n"]), "big")
    )
    text, _, signature = token.rpartition(".")
    numbers.public_key().verify(
        decoded(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


async def _connections_of(world: World, token: str) -> list[dict[str, str]]:
    world.token = token
    return await world.connections()


async def test_only_what_was_just_consented_to_is_shown_for_its_event(world: World) -> None:
    first = await world.authorize(HARBOR_STREET)
    await world.exchange(first["code"])
    second = await world.authorize(SECOND_ORGANISATION)
    world.token = (await world.exchange(second["code"])).json()["access_token"]
    event = str(claims(world.token)["authentication_event_id"])
    assert len(await world.connections()) == 2
    assert [it["tenantId"] for it in await world.connections(authEventId=event)] == [
        SECOND_ORGANISATION
    ]


async def test_consenting_again_keeps_the_connection_under_a_new_event(world: World) -> None:
    back = await world.authorize()
    [before] = await _connections_of(
        world, (await world.exchange(back["code"])).json()["access_token"]
    )
    back = await world.authorize()
    [after] = await _connections_of(
        world, (await world.exchange(back["code"])).json()["access_token"]
    )
    assert (before["id"], before["createdDateUtc"]) == (after["id"], after["createdDateUtc"])
    assert before["authEventId"] != after["authEventId"]


async def test_a_connection_is_dropped_by_its_own_id_and_only_once(world: World) -> None:
    world.connect(HARBOR_STREET, SECOND_ORGANISATION)
    [id_] = [it["id"] for it in await world.connections() if it["tenantId"] == HARBOR_STREET]
    headers = {"Authorization": f"Bearer {world.token}"}
    url = "/xero/connections"
    assert (await world.http.delete(f"{url}/{HARBOR_STREET}", headers=headers)).status_code == 404
    assert (await world.http.delete(f"{url}/{id_}", headers=headers)).status_code == 204
    assert (await world.http.delete(f"{url}/{id_}", headers=headers)).status_code == 404
    assert await status_of(world, world.token) == 403
    assert await status_of(world, world.token, SECOND_ORGANISATION) == 200


async def test_cancelling_brings_back_access_denied_and_the_state(world: World) -> None:
    back = await world.authorize(decision="cancel")
    assert (back["error"], back["state"]) == ("access_denied", "xyz")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "someone"}, "unauthorized_client"),
        ({"redirect_uri": "http://evil.example/back"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:3000/back"}, "redirect_uri"),
        ({"redirect_uri": "https://127.0.0.1/back"}, "redirect_uri"),
        ({"scope": "openid accounting.transactions"}, "invalid_scope"),
        ({"scope": "accounting.journals.read"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "response_type"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "Transform"),
    ],
)
async def test_a_wrong_authorization_is_explained_and_not_redirected(
    world: World, changes: dict[str, str], words: str
) -> None:
    for reply in (
        await world.http.get("/xero/identity/connect/authorize", params=AUTHORIZATION | changes),
        await world.http.post("/xero/identity/connect/authorize", data=AUTHORIZATION | changes),
    ):
        assert reply.status_code == 400
        assert words in reply.text


async def test_a_code_is_good_once_and_for_five_minutes(world: World) -> None:
    code = (await world.authorize())["code"]
    assert (await world.exchange(code)).status_code == 200
    again = await world.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    code = (await world.authorize())["code"]
    world.clock.advance(5 * MINUTE)
    assert (await world.exchange(code)).json()["error"] == "invalid_grant"


async def test_a_code_belongs_to_its_redirect_address(world: World) -> None:
    code = (await world.authorize())["code"]
    reply = await world.exchange(code, redirect_uri="http://localhost:3000/other")
    assert reply.json()["error"] == "invalid_grant"


async def test_a_challenge_needs_its_verifier(world: World) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    pkce = {
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    code = (await world.authorize(**pkce))["code"]
    assert (await world.exchange(code)).json()["error"] == "invalid_grant"
    code = (await world.authorize(**pkce))["code"]
    assert (await world.exchange(code, code_verifier=verifier)).status_code == 200


async def test_without_offline_access_there_is_no_refresh_token(world: World) -> None:
    back = await world.authorize(scope="openid accounting.settings.read")
    tokens = (await world.exchange(back["code"])).json()
    assert "refresh_token" not in tokens


async def test_wrong_credentials_of_the_app_are_refused(world: World) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for auth in (
        httpx.BasicAuth("someone", "sandbox-xero-secret"),
        httpx.BasicAuth("sandbox-xero-client", "wrong"),
    ):
        reply = await world.http.post("/xero/connect/token", data=form, auth=auth)
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_client")
        reply = await world.http.post("/xero/connect/revocation", data={"token": "x"}, auth=auth)
        assert reply.status_code == 400


async def test_an_access_token_lives_half_an_hour(world: World) -> None:
    world.clock.advance(30 * MINUTE - 1)
    assert (await world.call("GET", "Organisation")).status_code == 200
    world.clock.advance(1)
    reply = await world.call("GET", "Organisation")
    assert reply.status_code == 401
    assert reply.json()["Title"] == "Unauthorized"
    assert reply.json()["Detail"].startswith("TokenExpired: token expired at ")


async def test_every_refresh_gives_a_new_token_and_the_old_one_has_half_an_hour_of_grace(
    world: World,
) -> None:
    back = await world.authorize()
    first = (await world.exchange(back["code"])).json()["refresh_token"]
    second = (await world.refresh(first)).json()["refresh_token"]
    assert first != second
    world.clock.advance(30 * MINUTE - 1)
    third = (await world.refresh(first)).json()["refresh_token"]
    assert third not in (first, second)
    world.clock.advance(1)
    assert (await world.refresh(first)).json()["error"] == "invalid_grant"
    assert (await world.refresh(third)).status_code == 200


async def test_a_refresh_token_dies_after_sixty_days_without_use(world: World) -> None:
    back = await world.authorize()
    token = (await world.exchange(back["code"])).json()["refresh_token"]
    world.clock.advance(60 * DAY - 1)
    token = (await world.refresh(token)).json()["refresh_token"]
    world.clock.advance(60 * DAY)
    assert (await world.refresh(token)).json()["error"] == "invalid_grant"


async def test_revoking_drops_all_connections_of_the_user_and_of_nobody_else(world: World) -> None:
    back = await world.authorize(HARBOR_STREET, SECOND_ORGANISATION)
    mine = (await world.exchange(back["code"])).json()
    back = await world.authorize(HARBOR_STREET, email="ben@harborstreet.example")
    other = (await world.exchange(back["code"])).json()
    form = {"token": mine["refresh_token"]}
    reply = await world.http.post("/xero/connect/revocation", data=form, auth=BASIC)
    assert (reply.status_code, reply.content) == (200, b"")
    assert await status_of(world, mine["access_token"]) == 403
    assert await world.connections() == []
    assert (await world.refresh(mine["refresh_token"])).status_code == 400
    assert await status_of(world, other["access_token"]) == 200
    form = {"token": "unknown"}
    reply = await world.http.post("/xero/connect/revocation", data=form, auth=BASIC)
    assert reply.status_code == 200


async def test_a_tenant_that_is_not_connected_is_forbidden_in_lower_case(world: World) -> None:
    for headers in ({"xero-tenant-id": SECOND_ORGANISATION}, {"xero-tenant-id": ""}):
        reply = await world.call("GET", "Organisation", headers=headers)
        assert reply.status_code == 403
        assert reply.json()["title"] == "Forbidden"
        assert reply.json()["detail"] == "AuthenticationUnsuccessful"


async def test_no_token_and_an_unknown_one_are_unauthorized(world: World) -> None:
    for token in ("", "made-up"):
        assert await status_of(world, token) == 401
    reply = await world.http.get("/xero/connections")
    assert (reply.status_code, reply.json()["Status"]) == (401, 401)


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("accounting.settings.read", "GET", "Accounts", True),
        ("accounting.settings", "GET", "Organisation", True),
        ("accounting.manualjournals", "GET", "Accounts", False),
        ("accounting.manualjournals.read", "GET", "ManualJournals", True),
        ("accounting.manualjournals.read", "PUT", "ManualJournals", False),
        ("accounting.manualjournals", "PUT", "ManualJournals", True),
        ("accounting.settings.read", "GET", "Contacts", False),
        ("accounting.contacts.read", "GET", "Contacts", True),
    ],
)
async def test_each_endpoint_asks_for_its_own_scope(
    world: World, scope: str, method: str, path: str, allowed: bool
) -> None:
    world.connect(scope=scope)
    reply = await world.call(method, path, json=journal() if method == "PUT" else None)
    assert reply.status_code == (200 if allowed else 401)
    if not allowed:
        assert reply.json()["Detail"] == "AuthorizationUnsuccessful"
        assert "insufficient_scope" in reply.headers["www-authenticate"]


async def test_people_can_end_access_by_hand(world: World) -> None:
    back = await world.authorize(HARBOR_STREET, SECOND_ORGANISATION)
    tokens = (await world.exchange(back["code"])).json()
    grants = f"/control/xero/grants/{HARBOR_STREET}"
    await world.http.post(f"{grants}/disconnect")
    assert await status_of(world, tokens["access_token"]) == 403
    assert await status_of(world, tokens["access_token"], SECOND_ORGANISATION) == 200
    grants = f"/control/xero/grants/{SECOND_ORGANISATION}"
    await world.http.post(f"{grants}/expire-access")
    assert await status_of(world, tokens["access_token"], SECOND_ORGANISATION) == 401
    await world.http.post(f"{grants}/expire-refresh")
    assert (await world.refresh(tokens["refresh_token"])).status_code == 400
    tokens = (await world.http.post(f"/control/xero/{SECOND_ORGANISATION}/grant")).json()
    assert await status_of(world, tokens["access_token"], SECOND_ORGANISATION) == 200
    await world.http.post(f"{grants}/revoke")
    assert (await world.refresh(tokens["refresh_token"])).status_code == 400
    assert (await world.http.post(f"{grants}/expire-everything")).status_code == 404


async def test_a_test_may_take_tokens_for_several_organisations_without_the_page(
    world: World,
) -> None:
    order = {"tenants": [HARBOR_STREET, SECOND_ORGANISATION], "email": "eve@client.example"}
    tokens = (await world.http.post("/control/xero/grants", json=order)).json()
    world.token = tokens["access_token"]
    assert len(await world.connections()) == 2
    order = {"tenants": ["nobody"]}
    assert (await world.http.post("/control/xero/grants", json=order)).status_code == 404


async def test_an_app_may_name_itself_in_the_form(world: World) -> None:
    begun = world.sandbox.grants.begin([HARBOR_STREET])
    form = {"grant_type": "refresh_token", "refresh_token": begun.refresh_token or ""}
    named = form | {"client_id": "sandbox-xero-client", "client_secret": "sandbox-xero-secret"}
    reply = await world.http.post("/xero/connect/token", data=named)
    assert reply.status_code == 200
    for unnamed in (form, named | {"client_secret": "wrong"}):
        reply = await world.http.post("/xero/connect/token", data=unnamed)
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_client")


async def test_connections_are_spelled_with_a_capital_too(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.token}"}
    reply = await world.http.get("/xero/Connections", headers=headers)
    assert reply.json() == await world.connections()
