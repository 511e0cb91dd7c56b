"""Xero's token endpoint and connections: what each answer says about the grant, or nothing."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from bot.erp.credentials import GrantRefusedError, OAuthTokens
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.oauth import AppKeys
from bot.erp.transport import ErpTransport
from bot.erp.xero.oauth import XeroOAuth, auth_event_id
from bot.erp.xero.organisation import PRODUCTION
from ledger.problems import ProblemCode

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TOKENS = OAuthTokens(
    access_token="a1", refresh_token="r/1+", access_expires_at=NOW, refresh_expires_at=NOW
)
REPLY = {
    "token_type": "Bearer",
    "access_token": "a2",
    "expires_in": 1800,
    "refresh_token": "r2",
    "scope": "offline_access",
}
CONNECTION = "e1eede29-f875-4a5d-8470-17f6a29a88b1"
TENANT = "70784a63-d24b-46a9-a4db-0e70a274b056"


class Xero:
    """Answers every request alike and remembers it."""

    def __init__(self, status: int, body: str = "") -> None:
        self.requests: list[httpx.Request] = []
        self._status = status
        self._body = body

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, text=self._body)

    def oauth(self) -> XeroOAuth:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return XeroOAuth(
            AppKeys(client_id="id", client_secret="s3cret"),
            addresses=PRODUCTION,
            http=http,
            transport=ErpTransport(http, now=lambda: NOW, observe=lambda _call: None),
            now=lambda: NOW,
        )


async def test_a_refresh_keeps_the_new_tokens_for_half_an_hour_and_sixty_days() -> None:
    xero = Xero(200, json.dumps(REPLY))
    assert await xero.oauth().refresh(TOKENS) == OAuthTokens(
        access_token="a2",
        refresh_token="r2",
        access_expires_at=NOW + timedelta(minutes=30),
        refresh_expires_at=NOW + timedelta(days=60),
    )
    (request,) = xero.requests
    assert str(request.url) == "https://identity.xero.com/connect/token"
    assert request.headers["Authorization"] == "Basic aWQ6czNjcmV0"
    sent = parse_qs(request.content.decode())
    assert sent == {"grant_type": ["refresh_token"], "refresh_token": ["r/1+"]}


@pytest.mark.parametrize("missing", ["access_token", "expires_in", "refresh_token"])
async def test_a_reply_without_a_token_or_a_lifetime_is_no_reply(missing: str) -> None:
    body = json.dumps({key: value for key, value in REPLY.items() if key != missing})
    with pytest.raises(ErpUnavailable):
        await Xero(200, body).oauth().refresh(TOKENS)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html></html>"),
        (302, ""),
        (400, "<html></html>"),
        (403, "<html></html>"),
        (429, '{"error": "invalid_grant"}'),
        (500, '{"error": "invalid_grant"}'),
        (503, ""),
    ],
)
async def test_an_endpoint_without_an_answer_says_nothing_about_the_grant(
    status: int, body: str
) -> None:
    with pytest.raises(ErpUnavailable):
        await Xero(status, body).oauth().refresh(TOKENS)


async def test_a_dead_refresh_token_is_told_apart() -> None:
    with pytest.raises(GrantRefusedError):
        await Xero(400, '{"error": "invalid_grant"}').oauth().refresh(TOKENS)


@pytest.mark.parametrize("status", [400, 401])
async def test_refused_app_keys_need_a_person(status: int) -> None:
    oauth = Xero(status, '{"error": "invalid_client"}').oauth()
    for ask in (oauth.refresh, oauth.revoke):
        with pytest.raises(ErpActionRequired) as raised:
            await ask(TOKENS)
        assert raised.value.problem.code is ProblemCode.CREDENTIALS_INVALID
        assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("status", [200, 400])
async def test_revoking_sends_a_form_and_an_unknown_token_is_fine(status: int) -> None:
    xero = Xero(status)
    await xero.oauth().revoke(TOKENS)
    (request,) = xero.requests
    assert str(request.url) == "https://identity.xero.com/connect/revocation"
    assert parse_qs(request.content.decode()) == {"token": ["r/1+"]}
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_revocation_that_did_not_happen_is_said(status: int) -> None:
    with pytest.raises(ErpUnavailable):
        await Xero(status).oauth().revoke(TOKENS)


async def test_connections_are_the_organisations_and_not_an_accountants_practice() -> None:
    rows = [
        {
            "id": CONNECTION,
            "tenantId": TENANT,
            "tenantType": "ORGANISATION",
            "tenantName": "Harbor",
        },
        {"id": CONNECTION, "tenantId": TENANT, "tenantType": "PRACTICE", "tenantName": "Firm"},
        {"id": CONNECTION, "tenantId": TENANT, "tenantType": "ORGANISATION"},
    ]
    xero = Xero(200, json.dumps(rows))
    found = await xero.oauth().connections("a1", auth_event_id="ev/1")
    assert [(c.connection_id, c.tenant_id, c.name) for c in found] == [
        (CONNECTION, TENANT, "Harbor"),
        (CONNECTION, TENANT, TENANT),
    ]
    (request,) = xero.requests
    assert str(request.url) == "https://api.xero.com/connections?authEventId=ev%2F1"
    assert request.headers["Authorization"] == "Bearer a1"


@pytest.mark.parametrize("body", ["", "{}", "<html></html>", '[{"id": "1"}]'])
async def test_connections_that_cannot_be_read_are_not_none(body: str) -> None:
    with pytest.raises(ErpUnavailable):
        await Xero(200, body).oauth().connections("a1")


async def test_a_connection_is_named_by_a_guid_or_nothing_is_asked() -> None:
    xero = Xero(204)
    with pytest.raises(ValueError, match="GUID"):
        await xero.oauth().drop_connection("../tenants", access_token="a1")
    assert xero.requests == []


@pytest.mark.parametrize("status", [204, 404])
async def test_a_connection_that_is_gone_is_fine(status: int) -> None:
    xero = Xero(status)
    await xero.oauth().drop_connection(CONNECTION, access_token="a1")
    assert (xero.requests[0].method, str(xero.requests[0].url)) == (
        "DELETE",
        f"https://api.xero.com/connections/{CONNECTION}",
    )


def jwt(claims: str) -> str:
    return f"h.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.s"


@pytest.mark.parametrize(
    ("token", "event"),
    [
        (jwt('{"authentication_event_id": "ev1"}'), "ev1"),
        (jwt('{"sub": "x"}'), None),
        (jwt("no json"), None),
        ("opaque", None),
        ("a.%%%.c", None),
        ("a.b.c", None),
        ("", None),
    ],
)
def test_the_consent_is_read_from_the_tokens_own_claims(token: str, event: str | None) -> None:
    assert auth_event_id(token) == event
