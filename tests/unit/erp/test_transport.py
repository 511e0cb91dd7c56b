"""One request at most, and the family of its failure decided by what had left by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog.testing
from starlette.types import Receive, Scope, Send

from bot.erp.errors import ErpError, ErpUnavailable, OutcomeUnknown
from bot.erp.transport import Claim, ErpCall, ErpRequest, ErpTransport, log_call, retry_after_s
from ledger.problems import ProblemCode
from tests.support.loopback import serve

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REQUEST = ErpRequest(
    operation="erp.create_entry",
    erp="QuickBooks",
    subject="INT-T3ST-00001-103126",
    method="POST",
    url="https://erp.invalid/entries",
    content=b"{}",
)
Answer = Callable[[httpx.Request], httpx.Response]


def transport(
    answer: Answer, *, now: Callable[[], datetime] = lambda: NOW, calls: list[ErpCall] | None = None
) -> ErpTransport:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    seen = calls if calls is not None else []
    return ErpTransport(http, now=now, trace_header="trace", observe=seen.append)


def claim(*, held: bool = True, send_by: datetime = NOW + timedelta(minutes=1)) -> Claim:
    async def still_held() -> bool:
        return held

    return Claim(send_by=send_by, still_held=still_held)


def failing(error: Exception) -> Answer:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (httpx.ConnectError("refused"), ErpUnavailable),
        (httpx.ConnectTimeout("no route"), ErpUnavailable),
        (httpx.PoolTimeout("no place"), ErpUnavailable),
        (httpx.ReadTimeout("silence"), OutcomeUnknown),
        (httpx.WriteTimeout("stuck"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.WriteError("reset"), OutcomeUnknown),
        (httpx.CloseError("closing"), OutcomeUnknown),
        (httpx.RemoteProtocolError("disconnected"), OutcomeUnknown),
        (httpx.LocalProtocolError("odd"), OutcomeUnknown),
        (httpx.ProxyError("proxy"), OutcomeUnknown),
        (httpx.DecodingError("gzip"), OutcomeUnknown),
    ],
)
async def test_a_failed_write_is_sorted_by_whether_bytes_may_have_left(
    error: httpx.RequestError, family: type[ErpError]
) -> None:
    with pytest.raises(ErpError) as raised:
        await transport(failing(error)).write(REQUEST, claim=claim())
    assert type(raised.value) is family


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x")])
async def test_a_failed_read_is_unavailable(error: httpx.RequestError) -> None:
    with pytest.raises(ErpUnavailable) as raised:
        await transport(failing(error)).read(REQUEST)
    assert raised.value.problem.code is ProblemCode.ERP_UNREACHABLE


@pytest.mark.parametrize(
    "given_claim",
    [claim(held=False), claim(send_by=NOW - timedelta(microseconds=1))],
    ids=["lost", "expired"],
)
async def test_without_a_claim_nothing_is_sent(given_claim: Claim) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    with pytest.raises(ErpUnavailable):
        await transport(answer).write(REQUEST, claim=given_claim)
    assert sent == []


async def test_a_claim_that_expires_while_connecting_sends_nothing() -> None:
    paths: list[str] = []
    send_by = NOW + timedelta(minutes=1)
    moments = iter([NOW, send_by + timedelta(seconds=1)])

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        paths.append(scope["path"])

    async with serve(app) as url, httpx.AsyncClient() as http:
        slow = ErpTransport(http, now=lambda: next(moments), observe=lambda _call: None)
        with pytest.raises(ErpUnavailable, match="claim expired"):
            await slow.write(replace(REQUEST, url=url), claim=claim(send_by=send_by))
    assert paths == []


async def test_a_redirect_is_not_followed_with_the_token() -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.invalid/"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True)
    direct = ErpTransport(http, now=lambda: NOW, observe=lambda _call: None)
    response = await direct.write(REQUEST, claim=claim(), token="secret")
    assert (response.status_code, hosts) == (307, ["erp.invalid"])


async def test_every_request_carries_its_timeouts_and_its_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    await transport(answer).write(REQUEST, claim=claim(), token="secret")
    (request,) = seen
    assert request.headers["Authorization"] == "Bearer secret"
    assert all(request.extensions["timeout"][kind] for kind in ("connect", "read", "write", "pool"))


async def test_calls_are_observed_with_ids_and_never_with_payload_or_token() -> None:
    calls: list[ErpCall] = []
    answers = transport(lambda _r: httpx.Response(200, headers={"trace": "t-1"}), calls=calls)
    await answers.write(REQUEST, claim=claim(), token="secret")
    lost = transport(failing(httpx.ReadTimeout("x")), calls=calls)
    with pytest.raises(OutcomeUnknown):
        await lost.write(REQUEST, claim=claim(), token="secret")
    assert [(c.status, c.error, c.trace_id) for c in calls] == [
        (200, None, "t-1"),
        (None, "ReadTimeout", None),
    ]
    with structlog.testing.capture_logs() as logs:
        log_call(calls[0])
    assert logs[0]["event"] == "erp_call"
    assert "secret" not in repr(logs)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("17", 17), (" 5 ", 5), ("", 60), ("soon", 60), ("-3", 60), ("9" * 30, 86_400), ("1.5", 60)],
)
def test_retry_after_is_read_or_a_default_taken(value: str, seconds: float) -> None:
    response = httpx.Response(429, headers={"Retry-After": value})
    assert retry_after_s(response, otherwise=60) == seconds


async def test_limits_that_the_erp_tells_of_are_noted_and_nonsense_is_not() -> None:
    calls: list[ErpCall] = []

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"X-Day": "4812", "X-Minute": "soon"})

    told = ErpTransport(
        httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        now=lambda: NOW,
        limit_headers={"X-Day": "erp.day", "X-Minute": "erp.minute"},
        observe=calls.append,
    )
    await told.read(replace(REQUEST, method="GET", content=None))
    assert calls[0].limits == {"erp.day": 4812}
