"""Every documented answer of Xero to a whole request, in every spelling, and its one meaning."""

from __future__ import annotations

import json
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.errors import (
    ErpActionRequired,
    ErpError,
    ErpRejected,
    ErpUnavailable,
    OutcomeUnknown,
)
from bot.erp.xero.faults import (
    About,
    CutOffError,
    ObjectNotFoundError,
    SearchTooBroadError,
    is_token_refused,
    read_answer,
    read_elements,
    read_reply,
    throttled,
)
from ledger.problems import ProblemCode

WRITE = About(subject="INT-T3ST-00001-103126", is_write=True)
READ = About()
FAMILIES = (ErpUnavailable, ErpActionRequired, ErpRejected, OutcomeUnknown)
ABSENT = "The resource you're looking for cannot be found"


def titled(title: str, status: int, detail: str, *, capitals: bool = True) -> str:
    body = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": "i"}
    return json.dumps(body if capitals else {k.lower(): v for k, v in body.items()})


def api_exception(number: int, kind: str, message: str = "m") -> str:
    return json.dumps({"ErrorNumber": number, "Type": kind, "Message": message})


def outcome(status: int, body: str | bytes = "", about: About = WRITE, **headers: str) -> ErpError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, content=body, headers={"Xero-Correlation-Id": "c1"} | named)
    read = read_elements if about.is_write else read_reply
    with pytest.raises(ErpError) as raised:
        read(response, about)
    return raised.value


TABLE: list[tuple[int, str, type[ErpError], ProblemCode]] = [
    (
        401,
        titled("Unauthorized", 401, "TokenExpired: token expired at 11/01/2026 02:00:00"),
        ErpActionRequired,
        ProblemCode.AUTH_EXPIRED,
    ),
    (
        401,
        titled("Unauthorized", 401, "AuthenticationUnsuccessful"),
        ErpActionRequired,
        ProblemCode.AUTH_EXPIRED,
    ),
    (401, "", ErpActionRequired, ProblemCode.AUTH_EXPIRED),
    (
        401,
        titled("Unauthorized", 401, "AuthorizationUnsuccessful"),
        ErpActionRequired,
        ProblemCode.NO_WRITE_PERMISSION,
    ),
    (
        403,
        titled("Forbidden", 403, "AuthenticationUnsuccessful", capitals=False),
        CutOffError,
        ProblemCode.AUTH_EXPIRED,
    ),
    (
        403,
        titled("Forbidden", 403, "AuthenticationUnsuccessful"),
        CutOffError,
        ProblemCode.AUTH_EXPIRED,
    ),
    (
        403,
        titled("Forbidden", 403, "You are not permitted"),
        ErpActionRequired,
        ProblemCode.NO_WRITE_PERMISSION,
    ),
    (400, api_exception(14, "PostDataInvalidException"), ErpRejected, ProblemCode.UNKNOWN),
    (400, api_exception(17, "SomeException"), ErpRejected, ProblemCode.UNKNOWN),
    (429, "", ErpUnavailable, ProblemCode.RATE_LIMITED),
    (429, "<html>slow down</html>", ErpUnavailable, ProblemCode.RATE_LIMITED),
]


@pytest.mark.parametrize("about", [WRITE, READ], ids=["write", "read"])
@pytest.mark.parametrize(("status", "body", "family", "problem"), TABLE)
def test_a_documented_answer_has_one_meaning(
    status: int, body: str, family: type[ErpError], problem: ProblemCode, about: About
) -> None:
    error = outcome(status, body, about)
    assert isinstance(error, family)
    assert error.problem.code is problem


def test_a_missing_scope_is_known_by_its_header_too() -> None:
    header = 'Bearer error="insufficient_scope"'
    error = outcome(401, "", WWW_Authenticate=header)
    assert error.problem.code is ProblemCode.NO_WRITE_PERMISSION
    response = httpx.Response(401, headers={"WWW-Authenticate": header})
    assert not is_token_refused(response)


UNTRUSTED: list[tuple[int, str | bytes]] = [
    (200, ""),
    (200, "<html>a captive portal</html>"),
    (200, '["a list"]'),
    (200, b"\xff\xfe\x00"),
    (201, "{}"),
    (204, ""),
    (302, ""),
    (400, ""),
    (400, "Bad Request"),
    (400, api_exception(10, "ValidationException")),
    (400, titled("Bad Request", 400, "The idempotency key has been used with another request")),
    (403, "<html>Access Denied</html>"),
    (404, "<html></html>"),
    (405, "The requested method is not supported"),
    (408, ""),
    (409, "{}"),
    (413, "Request Entity Too Large"),
    (500, ""),
    (500, api_exception(14, "PostDataInvalidException")),
    (502, "<html></html>"),
    (503, "The organisation is offline"),
    (504, ""),
]


@pytest.mark.parametrize(("status", "body"), UNTRUSTED)
def test_an_answer_nobody_documents_leaves_a_write_unknown_and_a_read_to_be_repeated(
    status: int, body: str | bytes
) -> None:
    assert isinstance(outcome(status, body), OutcomeUnknown)
    assert isinstance(outcome(status, body, READ), ErpUnavailable)


def test_an_absent_object_is_absent_for_a_read_and_nothing_for_a_write() -> None:
    assert isinstance(outcome(404, ABSENT, READ), ObjectNotFoundError)
    assert isinstance(outcome(404, ABSENT), OutcomeUnknown)


def test_a_search_that_is_too_broad_is_said_to_be_so() -> None:
    body = api_exception(17, "HighVolumeException", "not filtering efficiently")
    error = outcome(400, body, READ)
    assert isinstance(error, SearchTooBroadError)
    assert "not filtering efficiently" in error.problem.message
    assert isinstance(outcome(400, body), OutcomeUnknown)


@pytest.mark.parametrize(
    ("limit", "asked", "waits", "says"),
    [
        ("minute", "17", 17, "calls a minute"),
        ("minute", "", 60, "calls a minute"),
        ("concurrent", "", 5, "at once"),
        ("appminute", "", 60, "whole app"),
        ("day", "41400", 41400, "day"),
        ("day", "", 3600, "day"),
        ("Day", "9999999", 86400, "day"),
        ("", "", 60, ""),
        ("", "7200", 7200, "day"),
        ("something new", "30", 30, ""),
    ],
)
def test_a_limit_says_which_it_is_and_how_long_to_wait(
    limit: str, asked: str, waits: float, says: str
) -> None:
    error = outcome(429, "", X_Rate_Limit_Problem=limit, Retry_After=asked)
    assert isinstance(error, ErpUnavailable)
    assert error.retry_after_s == waits
    assert says in dict(error.problem.facts).get("limit", "")


def test_a_long_wait_that_is_still_going_on_is_the_days() -> None:
    assert dict(throttled(3000.0).problem.facts) == {
        "limit": "the day's calls for this organisation"
    }
    assert throttled(59.0).problem.facts == ()


@given(st.integers(200, 599), st.binary(max_size=300))
def test_no_answer_ends_outside_the_four_families(status: int, body: bytes) -> None:
    response = httpx.Response(status, content=body)
    with suppress(*FAMILIES):
        assert read_elements(response, WRITE) is not None


@given(st.integers(300, 599), st.text(max_size=200))
def test_no_answer_in_free_words_is_taken_for_a_refusal_of_a_write(status: int, body: str) -> None:
    response = httpx.Response(status, text=body)
    with pytest.raises(ErpError) as raised:
        read_elements(response, WRITE)
    assert not isinstance(raised.value, ErpRejected)


def test_elements_are_read_from_a_success_and_from_a_refused_whole() -> None:
    good = httpx.Response(200, json={"Status": "OK", "ManualJournals": [{"a": 1}, {"b": 2}]})
    read = read_elements(good, WRITE)
    assert ([dict(r) for r in read.rows], read.is_whole_refused) == ([{"a": 1}, {"b": 2}], False)
    bad = httpx.Response(400, json={"ErrorNumber": 10, "Elements": [{"a": 1}]})
    read = read_elements(bad, WRITE)
    assert ([dict(r) for r in read.rows], read.is_whole_refused) == ([{"a": 1}], True)


def test_an_expected_status_needs_no_body() -> None:
    assert read_answer(httpx.Response(204), READ, expected=(204, 404)).status_code == 204
    with pytest.raises(ErpUnavailable):
        read_answer(httpx.Response(500), READ, expected=(204, 404))


def test_the_words_about_a_refused_token_are_not_repeated_and_others_are() -> None:
    refused = outcome(401, titled("Unauthorized", 401, "TokenExpired: token abc123 expired"))
    assert "abc123" not in refused.problem.message
    token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"
    error = outcome(400, api_exception(14, "PostDataInvalidException", f"line\none {token}"))
    facts = dict(error.problem.facts)
    assert facts["Xero"] == "line one …"
    assert (facts["HTTP"], facts["Xero-Correlation-Id"], error.trace_id) == ("400", "c1", "c1")


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (401, titled("Unauthorized", 401, "TokenExpired: …"), True),
        (401, titled("Unauthorized", 401, "AuthenticationUnsuccessful"), True),
        (401, "", True),
        (401, titled("Unauthorized", 401, "AuthorizationUnsuccessful"), False),
        (403, titled("Forbidden", 403, "AuthenticationUnsuccessful"), False),
        (200, "{}", False),
    ],
)
def test_only_a_refused_token_is_worth_a_new_one(status: int, body: str, refused: bool) -> None:
    assert is_token_refused(httpx.Response(status, text=body)) is refused
