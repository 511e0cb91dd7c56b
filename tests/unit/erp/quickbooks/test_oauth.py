"""Intuit's token endpoint: what each of its answers says about the grant, the keys or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from bot.erp.credentials import GrantRefusedError, OAuthTokens
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.oauth import AppKeys
from bot.erp.quickbooks.company import PRODUCTION
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from ledger.problems import ProblemCode

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TOKENS = OAuthTokens(
    access_token="a1", refresh_token="r/1+", access_expires_at=NOW, refresh_expires_at=NOW
)
REPLY = {
    "token_type": "bearer",
    "access_token": "a2",
    "expires_in": 3600,
    "refresh_token": "r2",
    "x_refresh_token_expires_in": 8726400,
    "x_refresh_token_hard_expires_in": 157680000,
}


class Intuit:
    """Answers every request alike and remembers it."""

    def __init__(self, status: int, body: str) -> None:
        self.requests: list[httpx.Request] = []
        self._status = status
        self._body = body

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, text=self._body)

    def oauth(self) -> QuickBooksOAuth:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        keys = AppKeys(client_id="id", client_secret="s3cret")
        return QuickBooksOAuth(keys, addresses=PRODUCTION, http=http, now=lambda: NOW)


async def test_a_refresh_reads_every_lifetime_and_asks_for_the_hard_end() -> None:
    intuit = Intuit(200, json.dumps(REPLY))
    assert await intuit.oauth().refresh(TOKENS) == OAuthTokens(
        access_token="a2",
        refresh_token="r2",
        access_expires_at=NOW + timedelta(hours=1),
        refresh_expires_at=NOW + timedelta(days=101),
        hard_expires_at=NOW + timedelta(seconds=157680000),
    )
    (request,) = intuit.requests
    assert str(request.url) == PRODUCTION.token_url
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert request.headers["Authorization"] == "Basic aWQ6czNjcmV0"
    sent = parse_qs(request.content.decode())
    assert sent == {"grant_type": ["refresh_token"], "refresh_token": ["r/1+"]}


@pytest.mark.parametrize("missing", [k for k in REPLY if "hard" not in k and k != "token_type"])
async def test_a_reply_without_a_token_or_a_lifetime_is_no_reply(missing: str) -> None:
    body = json.dumps({key: value for key, value in REPLY.items() if key != missing})
    with pytest.raises(ErpUnavailable):
        await Intuit(200, body).oauth().refresh(TOKENS)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html></html>"),
        (302, ""),
        (400, "<html></html>"),
        (403, "<html></html>"),
        (429, '{"error": "invalid_grant"}'),
        (500, '{"error": "invalid_grant"}'),
        (502, ""),
        (503, ""),
        (504, ""),
    ],
)
async def test_an_endpoint_without_an_answer_says_nothing_about_the_grant(
    status: int, body: str
) -> None:
    with pytest.raises(ErpUnavailable):
        await Intuit(status, body).oauth().refresh(TOKENS)


async def test_a_dead_refresh_token_is_told_apart() -> None:
    with pytest.raises(GrantRefusedError):
        await Intuit(400, '{"error": "invalid_grant"}').oauth().refresh(TOKENS)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, '{"error": "invalid_client"}', ProblemCode.CREDENTIALS_INVALID),
        (401, "", ProblemCode.CREDENTIALS_INVALID),
        (400, '{"error": "invalid_request"}', ProblemCode.UNKNOWN),
    ],
)
async def test_refused_app_keys_need_a_person_and_are_not_repeated(
    status: int, body: str, code: ProblemCode
) -> None:
    with pytest.raises(ErpActionRequired) as raised:
        await Intuit(status, body).oauth().refresh(TOKENS)
    assert raised.value.problem.code is code
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("status", [200, 400])
async def test_revoking_sends_json_and_an_unknown_token_is_fine(status: int) -> None:
    intuit = Intuit(status, "")
    await intuit.oauth().revoke(TOKENS)
    (request,) = intuit.requests
    assert str(request.url) == PRODUCTION.revoke_url
    assert json.loads(request.content) == {"token": "r/1+"}
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "family"),
    [(401, ErpActionRequired), (429, ErpUnavailable), (500, ErpUnavailable)],
)
async def test_a_revocation_that_did_not_happen_is_said(
    status: int, family: type[Exception]
) -> None:
    with pytest.raises(family):
        await Intuit(status, "").oauth().revoke(TOKENS)
