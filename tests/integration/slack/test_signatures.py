"""The guard before Slack's endpoint: forged, old, future and oversized requests go no further."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import structlog
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.handlers.guard import BODY_LIMIT, SignatureGuard

NOW = 1_790_000_000
BODY = b"command=%2Fintegral&text=status"
SECRETS = ("the-new-secret", "the-old-secret")


class Behind:
    """What lies behind the guard: it says what it was given."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        await PlainTextResponse(b"got " + body)(scope, receive, send)


@pytest.fixture
async def slack() -> AsyncIterator[httpx.AsyncClient]:
    guard = SignatureGuard(Behind(), secrets=SECRETS, now=lambda: datetime.fromtimestamp(NOW, UTC))
    transport = httpx.ASGITransport(app=guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield client


def signed(body: bytes = BODY, *, at: str = str(NOW), secret: str = SECRETS[0]) -> dict[str, str]:
    signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body)
    assert signature
    return {
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }


async def status(slack: httpx.AsyncClient, headers: dict[str, str], body: bytes = BODY) -> int:
    return (await slack.post("/slack/events", content=body, headers=headers)).status_code


async def test_a_genuine_request_goes_through_with_its_body(slack: httpx.AsyncClient) -> None:
    answer = await slack.post("/slack/events", content=BODY, headers=signed())
    assert (answer.status_code, answer.content) == (200, b"got " + BODY)


async def test_both_secrets_count_while_one_is_being_changed(slack: httpx.AsyncClient) -> None:
    assert await status(slack, signed(secret=SECRETS[1])) == 200
    assert await status(slack, signed(secret="a-third")) == 401


async def test_a_forged_body_is_refused(slack: httpx.AsyncClient) -> None:
    assert await status(slack, signed(), BODY + b"&user_id=U2") == 401


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, 200), (299, 200), (300, 200), (301, 401), (-60, 200), (-61, 401), (-299, 401)],
)
async def test_old_and_future_requests_are_refused(
    slack: httpx.AsyncClient, age: int, expected: int
) -> None:
    assert await status(slack, signed(at=str(NOW - age))) == expected


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "-5", "١٧٩٠", "9" * 40, " 1790000000"])
async def test_a_timestamp_that_is_no_number_is_refused(
    slack: httpx.AsyncClient, stamp: str
) -> None:
    given = {name.encode(): value.encode() for name, value in signed().items()}
    given[b"X-Slack-Request-Timestamp"] = stamp.encode()
    answer = await slack.post("/slack/events", content=BODY, headers=list(given.items()))
    assert answer.status_code == 401


@pytest.mark.parametrize("signature", ["", "v0=", "v0=00", "v1=é"])
async def test_a_missing_or_odd_signature_is_refused(
    slack: httpx.AsyncClient, signature: str
) -> None:
    given = {name.encode(): value.encode() for name, value in signed().items()}
    given[b"X-Slack-Signature"] = signature.encode()
    answer = await slack.post("/slack/events", content=BODY, headers=list(given.items()))
    assert (answer.status_code, answer.text) == (401, "unauthorized")


async def test_refusals_are_logged_without_what_was_sent(slack: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logs:
        await status(slack, signed(secret="forged"), b"text=confidential")
    assert [line["why"] for line in logs] == ["signature does not match"]
    assert "confidential" not in repr(logs)


async def test_a_body_over_a_megabyte_is_refused_before_it_is_read_whole(
    slack: httpx.AsyncClient,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (BODY_LIMIT // 16)

    answer = await slack.post("/slack/events", content=endless(), headers=signed())
    assert answer.status_code == 413
    exact = b"x" * BODY_LIMIT
    assert await status(slack, signed(exact), exact) == 200


async def test_only_post_is_taken(slack: httpx.AsyncClient) -> None:
    assert (await slack.get("/slack/events", headers=signed())).status_code == 405


async def test_slacks_look_at_the_certificate_is_answered_and_nothing_else_with_it(
    slack: httpx.AsyncClient,
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert await status(slack, form, b"ssl_check=1&token=x") == 200
    assert await status(slack, form, b"ssl_check=1&command=%2Fintegral") == 401


def test_a_guard_without_a_secret_is_refused() -> None:
    for secrets in ([], [""], ["one", ""]):
        with pytest.raises(ValueError, match="SLACK_SIGNING_SECRET"):
            SignatureGuard(Behind(), secrets=secrets, now=lambda: datetime.now(UTC))
