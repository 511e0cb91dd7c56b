"""Every documented answer of QuickBooks, in every shape it comes in, and its one meaning."""

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
from bot.erp.quickbooks.faults import About, ObjectNotFoundError, is_token_refused, read_reply
from ledger.problems import ProblemCode

NUMBER = "INT-T3ST-00001-103126"
WRITE = About(subject=NUMBER, is_write=True, account_labels={"12": "ETH", "39": "1100 Cash"})
READ = About()
FAMILIES = (ErpUnavailable, ErpActionRequired, ErpRejected, OutcomeUnknown)


def validation(code: str, detail: str = "", element: str = "") -> str:
    error = {"Message": "m", "Detail": detail, "code": code, "element": element}
    return json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}})


def gateway(code: str, kind: str = "AUTHENTICATION", detail: str = "") -> str:
    error = {"message": f"errorCode={code}", "detail": detail, "code": code, "element": None}
    return json.dumps({"warnings": None, "fault": {"error": [error], "type": kind}})


def xml(code: str, kind: str, detail: str = "d") -> str:
    return (
        '<?xml version="1.0"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type="{kind}"><Error code="{code}"><Message>m</Message>'
        f"<Detail>{detail}</Detail></Error></Fault></IntuitResponse>"
    )


def outcome(status: int, body: str | bytes, about: About = WRITE) -> ErpError:
    headers = {"intuit_tid": "1-abc"}
    response = httpx.Response(status, content=body, headers=headers)
    with pytest.raises(ErpError) as raised:
        read_reply(response, about)
    return raised.value


AR_TEXT = "When you use Accounts Receivable, you must choose a customer in the Name field."
AP_TEXT = "When you use Accounts Payable, you must choose a vendor in the Name field."
TABLE: list[tuple[int, str, type[ErpError], ProblemCode]] = [
    (400, validation("6210"), ErpRejected, ProblemCode.PERIOD_CLOSED),
    (200, validation("6210"), ErpRejected, ProblemCode.PERIOD_CLOSED),
    (400, validation("610"), ErpRejected, ProblemCode.ACCOUNT_INACTIVE),
    (400, validation("610", element="EntityRef"), ErpRejected, ProblemCode.CONTACT_REQUIRED),
    (400, validation("610", element="ClassRef"), ErpRejected, ProblemCode.DIMENSION_REFUSED),
    (400, validation("2500"), ErpRejected, ProblemCode.ACCOUNT_DELETED),
    (400, validation("2500", "Names element id 9"), ErpRejected, ProblemCode.CONTACT_REQUIRED),
    (400, validation("2050"), ErpRejected, ProblemCode.TEXT_TOO_LONG),
    (400, validation("6000", AR_TEXT), ErpRejected, ProblemCode.CONTACT_REQUIRED),
    (400, validation("6000", AP_TEXT), ErpRejected, ProblemCode.CONTACT_REQUIRED),
    (400, validation("6000", "foreign currency"), ErpRejected, ProblemCode.CURRENCY_MISMATCH),
    (400, validation("6000", "You must balance debits"), ErpRejected, ProblemCode.UNBALANCED),
    (400, validation("6000", "anything else"), ErpRejected, ProblemCode.UNKNOWN),
    (400, validation("2020"), ErpRejected, ProblemCode.UNKNOWN),
    (400, validation("99999"), ErpRejected, ProblemCode.UNKNOWN),
    (400, validation("6140"), OutcomeUnknown, ProblemCode.OUTCOME_UNKNOWN),
    (400, validation("6190"), ErpActionRequired, ProblemCode.COMPANY_UNAVAILABLE),
    (401, gateway("3200"), ErpActionRequired, ProblemCode.AUTH_EXPIRED),
    (401, gateway("003200"), ErpActionRequired, ProblemCode.AUTH_EXPIRED),
    (401, "", ErpActionRequired, ProblemCode.AUTH_EXPIRED),
    (401, gateway("120"), ErpActionRequired, ProblemCode.NO_WRITE_PERMISSION),
    (403, gateway("3201"), ErpActionRequired, ProblemCode.NO_WRITE_PERMISSION),
    (403, gateway("", "AuthorizatonFault"), ErpActionRequired, ProblemCode.NO_WRITE_PERMISSION),
    (403, gateway("3100", "SERVICE"), ErpActionRequired, ProblemCode.AUTH_EXPIRED),
    (403, gateway("003001", "SERVICE"), ErpUnavailable, ProblemCode.RATE_LIMITED),
    (403, xml("3001", "SERVICE"), ErpUnavailable, ProblemCode.RATE_LIMITED),
    (429, gateway("3001", "SERVICE"), ErpUnavailable, ProblemCode.RATE_LIMITED),
    (429, xml("3001", "SERVICE"), ErpUnavailable, ProblemCode.RATE_LIMITED),
    (429, "<html>slow down</html>", ErpUnavailable, ProblemCode.RATE_LIMITED),
    (429, "", ErpUnavailable, ProblemCode.RATE_LIMITED),
    (400, xml("6210", "ValidationFault"), ErpRejected, ProblemCode.PERIOD_CLOSED),
]


@pytest.mark.parametrize(("status", "body", "family", "problem"), TABLE)
def test_a_documented_answer_has_one_meaning(
    status: int, body: str, family: type[ErpError], problem: ProblemCode
) -> None:
    error = outcome(status, body)
    assert isinstance(error, family)
    assert (error.problem.code, error.trace_id) == (problem, "1-abc")


UNTRUSTED: list[tuple[int, str | bytes]] = [
    (200, ""),
    (200, "<html>a captive portal</html>"),
    (200, '["a list"]'),
    (200, b"\xff\xfe\x00"),
    (200, json.dumps({"Fault": {"Error": [{"code": "10000"}], "type": "SystemFault"}})),
    (201, "{}"),
    (204, ""),
    (302, ""),
    (400, ""),
    (400, "Bad Request"),
    (400, json.dumps({"Fault": {"Error": [], "type": "SystemFault"}})),
    (403, "<html>Access Denied</html>"),
    (404, "{}"),
    (408, ""),
    (409, "{}"),
    (500, json.dumps({"Fault": {"Error": [{"code": "10000"}], "type": "SystemFault"}})),
    (500, validation("6210")),
    (502, "<html></html>"),
    (503, gateway("3001")),
    (504, ""),
]


@pytest.mark.parametrize(("status", "body"), UNTRUSTED)
def test_an_answer_nobody_documents_leaves_a_write_unknown_and_a_read_to_be_repeated(
    status: int, body: str | bytes
) -> None:
    assert isinstance(outcome(status, body), OutcomeUnknown)
    assert isinstance(outcome(status, body, READ), ErpUnavailable)


@given(st.integers(200, 599), st.binary(max_size=300))
def test_no_answer_ends_outside_the_four_families(status: int, body: bytes) -> None:
    response = httpx.Response(status, content=body)
    with suppress(*FAMILIES):
        assert read_reply(response, WRITE) is not None


@given(st.integers(300, 599), st.text(max_size=200))
def test_no_answer_in_free_words_is_taken_for_a_refusal_of_a_write(status: int, body: str) -> None:
    response = httpx.Response(status, text=body)
    with pytest.raises(ErpError) as raised:
        read_reply(response, WRITE)
    assert not isinstance(raised.value, ErpRejected)


def test_a_success_is_its_body() -> None:
    response = httpx.Response(200, content=b'{"JournalEntry": {"Id": "227"}, "time": "x"}')
    assert read_reply(response, WRITE)["JournalEntry"] == {"Id": "227"}


@pytest.mark.parametrize(("header", "waits"), [("17", 17), ("", 60)])
def test_a_throttled_answer_says_how_long_to_wait(header: str, waits: float) -> None:
    response = httpx.Response(429, headers={"Retry-After": header})
    with pytest.raises(ErpUnavailable) as raised:
        read_reply(response, WRITE)
    assert raised.value.retry_after_s == waits


def test_610_is_an_absent_object() -> None:
    assert isinstance(outcome(400, validation("610"), READ), ObjectNotFoundError)


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (validation("2500", "Accounts element id 39 not found"), "1100 Cash"),
        (validation("2500", "Accounts element id 77 not found"), f"named in {NUMBER}"),
        (validation("6000", AP_TEXT), "Accounts Payable"),
        (validation("6210"), NUMBER),
        (validation("6190"), "QuickBooks"),
    ],
)
def test_a_refusal_names_what_it_is_about(body: str, subject: str) -> None:
    assert outcome(400, body).problem.subject == subject


def test_the_only_account_of_an_entry_is_named() -> None:
    about = About(subject=NUMBER, is_write=True, account_labels={"12": "ETH"})
    assert outcome(400, validation("610"), about).problem.subject == "ETH"


def test_intuits_words_are_shown_on_one_line_without_secrets_and_short() -> None:
    token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"
    error = outcome(400, validation("6000", f"Line\n\tone \x00{token} " + "very long " * 90))
    words = dict(error.problem.facts)["QuickBooks"]
    assert words.startswith("Line one … very long")
    assert len(words) == 300
    assert token not in error.problem.message
    assert dict(error.problem.facts)["code"] == "6000"
    assert dict(error.problem.facts)["intuit_tid"] == "1-abc"


def test_the_words_about_a_refused_token_are_not_repeated() -> None:
    error = outcome(401, gateway("3200", detail="Token expired: AB11693-short-token"))
    assert "AB11693" not in error.problem.message


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (401, gateway("3200"), True),
        (401, "", True),
        (401, "<html></html>", True),
        (401, gateway("120"), False),
        (401, gateway("3201"), False),
        (403, gateway("3200"), False),
        (200, "{}", False),
    ],
)
def test_only_a_refused_token_is_worth_a_new_one(status: int, body: str, refused: bool) -> None:
    assert is_token_refused(httpx.Response(status, text=body)) is refused
