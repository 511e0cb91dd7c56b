"""Signed requests at the NetSuite sandbox: who is let in, and what the audit trail says."""

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.netsuite import DEFAULT_FIVE, HARBOR_STREET, SINGLE_COMPANY
from sandbox.netsuite.signature import MalformedHeaderError, OAuthHeader, base_string, escape, sign
from tests.unit.sandbox.netsuite_support import (
    CONTROL,
    RECORD,
    World,
    code,
    entry,
    new_world,
)

TOKEN_INFO = "/netsuite/rest/tokeninfo"

SUITETALK = "suitetalk.api.netsuite.com"
# The worked example of Oracle's documentation.
ORACLE_SECRETS = {
    "consumer_secret": "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
    "token_secret": "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
}
ORACLE_HEADER = (
    'OAuth realm="123456", '
    'oauth_consumer_key="ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4", '
    'oauth_token="2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc", '
    'oauth_signature_method="HMAC-SHA256", oauth_timestamp="1508242306", '
    'oauth_nonce="fjaLirsIcCGVZWzBX0pg", oauth_version="1.0", '
    'oauth_signature="B5OIWznZ2YP0OB7VrJrGkYsTh%2B8H%2B5T9Hag%2Bo92q0zY%3D"'
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


def test_the_verifier_reproduces_oracles_known_answer() -> None:
    header = OAuthHeader.parse(ORACLE_HEADER)
    url = "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40"
    base = base_string("GET", url, header.signed_parameters())
    assert base == (
        "GET&https%3A%2F%2F123456.suitetalk.api.netsuite.com%2Fservices%2Frest%2Frecord%2Fv1%2F"
        "employee%2F40&oauth_consumer_key%3Def40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20"
        "aae6b67e4%26oauth_nonce%3DfjaLirsIcCGVZWzBX0pg%26oauth_signature_method%3DHMAC-SHA256%26"
        "oauth_timestamp%3D1508242306%26oauth_token%3D2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5"
        "afb799b73d87569f5cc%26oauth_version%3D1.0"
    )
    assert sign(base, **ORACLE_SECRETS) == header.get("oauth_signature")
    assert header.get("oauth_signature") == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="


@pytest.mark.parametrize(
    ("method", "url", "signature"),
    [
        (
            "POST",
            f"https://123456.{SUITETALK}/services/rest/record/v1/journalEntry",
            "mE7b2gtmZ94vf6LY2XyUKs91IrMuQFy6WDrJjgU3nTQ=",
        ),
        (
            "POST",
            f"https://123456-sb1.{SUITETALK}/services/rest/query/v1/suiteql?limit=1000&offset=0",
            "LjzqkKDpsRTpwqBkevEM3wfFmspmqdKggHTdHxxHp+U=",
        ),
    ],
)
def test_query_parameters_are_signed_and_a_json_body_is_not(
    method: str, url: str, signature: str
) -> None:
    header = OAuthHeader.parse(ORACLE_HEADER)
    assert sign(base_string(method, url, header.signed_parameters()), **ORACLE_SECRETS) == signature


@given(st.text())
def test_escaping_leaves_unreserved_characters_only(text: str) -> None:
    assert set(escape(text)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"
    )


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=6), st.randoms())
def test_the_order_of_parameters_does_not_matter(pairs: list[tuple[str, str]], shuffle) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(pairs)
    shuffle.shuffle(shuffled)
    url = "https://123456.suitetalk.api.netsuite.com/a"
    assert base_string("GET", url, pairs) == base_string("GET", url, shuffled)


@pytest.mark.parametrize(
    "header",
    [
        'Basic realm="123456"',
        'OAuth oauth_signature="a+b="',
        'OAuth oauth_nonce="abcdef", oauth_nonce="abcdef"',
        "OAuth oauth_nonce=abcdef",
        "OAuth",
    ],
)
def test_a_header_that_is_not_percent_encoded_or_repeats_itself_cannot_be_read(header: str) -> None:
    with pytest.raises(MalformedHeaderError):
        OAuthHeader.parse(header)


async def test_a_signed_request_is_let_in_and_told_company_role_and_user(world: World) -> None:
    reply = await world.call("GET", TOKEN_INFO)
    assert reply.json() == {
        "companyName": "Harbor Street Labs",
        "companyId": HARBOR_STREET,
        "roleName": "Journal Integration",
        "roleId": "1001",
        "userName": "Iris Okafor",
    }
    assert world.reasons() == [None]


async def refused(world: World, **changes: object) -> str | None:
    """Ask with a spoilt signer, see the one 401 there is, and return the trail's reason."""
    reply = await world.call("GET", TOKEN_INFO, auth=replace(world.auth, **changes))  # type: ignore[arg-type]
    assert (reply.status_code, code(reply)) == (401, "INVALID_LOGIN")
    return world.reasons()[-1]


def five(**changes: str) -> dict[str, object]:
    return {"five": replace(DEFAULT_FIVE, **changes)}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (five(consumer_key="0" * 64), "consumer_key_unknown"),
        (five(token_id="0" * 64), "token_rejected"),
        (five(consumer_secret="0" * 64), "InvalidSignature"),
        (five(token_secret="0" * 64), "InvalidSignature"),
        ({"method_name": "HMAC-SHA1", "digest": "sha1"}, "InvalidSignature"),
        ({"timestamp": 1508242306}, "InvalidTimestamp"),
        ({"nonce": "abc"}, "InvalidNonce"),
        ({"realm": "1234567-sb1"}, "account_unknown"),
        ({"realm": SINGLE_COMPANY}, "consumer_key_unknown"),
    ],
)
async def test_the_caller_is_told_nothing_and_the_trail_everything(
    world: World, changes: dict[str, object], reason: str
) -> None:
    assert await refused(world, **changes) == reason


async def test_a_clock_may_be_five_minutes_off_and_no_more(world: World) -> None:
    now = int(world.clock.now().timestamp())
    for offset in (-298, 298):
        reply = await world.call(
            "GET", TOKEN_INFO, auth=replace(world.auth, timestamp=now + offset)
        )
        assert reply.status_code == 200
    for offset in (-303, 303):
        assert await refused(world, timestamp=now + offset) == "InvalidTimestamp"


async def test_a_nonce_serves_once_with_its_timestamp(world: World) -> None:
    now = int(world.clock.now().timestamp())
    signer = replace(world.auth, nonce="a-nonce-of-ours", timestamp=now)
    assert (await world.call("GET", TOKEN_INFO, auth=signer)).status_code == 200
    assert await refused(world, nonce="a-nonce-of-ours", timestamp=now) == "NonceUsed"
    later = replace(signer, timestamp=now + 1)
    assert (await world.call("GET", TOKEN_INFO, auth=later)).status_code == 200


async def test_a_changed_query_or_path_breaks_the_signature(world: World) -> None:
    signed = httpx.Request("GET", f"http://127.0.0.1:8000{RECORD}/1?expandSubResources=true")
    headers = next(world.auth.auth_flow(signed)).headers
    reply = await world.http.get(f"{RECORD}/1?expandSubResources=false", headers=headers)
    assert reply.status_code == 401
    assert world.reasons() == ["InvalidSignature"]


async def test_an_external_id_in_the_path_is_signed_as_it_was_sent(world: World) -> None:
    id_ = await world.made(entry(externalId="INT-1"))
    for target in ("eid:INT-1", quote("eid:INT-1", safe="")):
        reply = await world.call("GET", f"{RECORD}/{target}")
        assert reply.json()["id"] == id_


async def test_five_failures_lock_the_user_for_half_an_hour(world: World) -> None:
    for _ in range(5):
        assert await refused(world, **five(token_secret="0" * 64)) == "InvalidSignature"
    assert await refused(world) == "temporary_locked"
    world.clock.advance(29 * 60)
    assert await refused(world) == "temporary_locked"
    world.clock.advance(2 * 60)
    assert (await world.call("GET", TOKEN_INFO)).status_code == 200


async def test_a_login_that_succeeds_forgets_the_failures_before_it(world: World) -> None:
    for _ in range(3):
        for _ in range(4):
            await refused(world, **five(token_secret="0" * 64))
        assert (await world.call("GET", TOKEN_INFO)).status_code == 200


async def test_an_administrator_can_unlock(world: World) -> None:
    for _ in range(5):
        await refused(world, **five(token_secret="0" * 64))
    await world.http.post("/control/netsuite/unlock")
    assert (await world.call("GET", TOKEN_INFO)).status_code == 200


async def test_a_request_without_credentials_is_refused(world: World) -> None:
    reply = await world.http.get(TOKEN_INFO)
    assert (reply.status_code, code(reply)) == (401, "INVALID_LOGIN")


async def test_a_token_can_be_rotated_and_revoked(world: World) -> None:
    reply = await world.http.post(f"{CONTROL}/tokens/{DEFAULT_FIVE.token_id}/rotate")
    fresh = replace(DEFAULT_FIVE, **reply.json())
    assert fresh.consumer_key == DEFAULT_FIVE.consumer_key
    assert await refused(world) == "token_rejected"
    signer = world.with_five(fresh)
    assert (await world.call("GET", TOKEN_INFO, auth=signer)).status_code == 200
    await world.http.post(f"{CONTROL}/tokens/{fresh.token_id}/revoke")
    assert await refused(world, five=fresh) == "token_rejected"


async def test_a_fresh_set_of_five_connects_beside_the_first(world: World) -> None:
    fresh = replace(DEFAULT_FIVE, **(await world.http.post(f"{CONTROL}/credentials")).json())
    for signer in (world.auth, world.with_five(fresh)):
        assert (await world.call("GET", TOKEN_INFO, auth=signer)).status_code == 200
    listed = (await world.http.get(f"{CONTROL}/credentials")).json()["credentials"]
    assert listed == [DEFAULT_FIVE.as_json(), fresh.as_json()]


async def test_a_role_without_token_login_is_refused_like_a_wrong_password(world: World) -> None:
    await world.allow(Log_in_using_Access_Tokens="NONE")
    assert await refused(world) == "permission_denied"


async def test_a_missing_permission_is_a_403_or_the_400_that_is_often_seen(world: World) -> None:
    await world.allow(REST_Web_Services="NONE")
    reply = await world.call("GET", TOKEN_INFO)
    assert (reply.status_code, code(reply)) == (403, "INSUFFICIENT_PERMISSION")
    await world.set(permission_as_user_error=True)
    reply = await world.call("GET", TOKEN_INFO)
    assert (reply.status_code, code(reply)) == (400, "USER_ERROR")
    assert "Your current role does not have permission" in reply.text


async def test_governance_limits_are_for_administrators(world: World) -> None:
    path = "/netsuite/services/rest/system/v1/governanceLimits"
    assert (await world.call("GET", path)).status_code == 403
    await world.allow(Integration_Governance="VIEW")
    assert (await world.call("GET", path)).json()["accountConcurrencyLimit"] == 5


async def test_the_inspector_reads_the_trail_without_whole_tokens(world: World) -> None:
    await world.call("GET", TOKEN_INFO)
    reply = await world.http.get("/control/netsuite/1234567-sb1/login-audit")
    [row] = reply.json()["attempts"]
    assert (row["status"], row["user"], row["account"]) == ("Success", "Iris Okafor", HARBOR_STREET)
    assert DEFAULT_FIVE.token_id not in reply.text
