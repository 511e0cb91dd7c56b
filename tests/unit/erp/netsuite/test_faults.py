"""Every answer of NetSuite that is known, and its one meaning; the unknown is never a refusal."""

from __future__ import annotations

import json
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.errors import ErpActionRequired, ErpError, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.netsuite.faults import (
    LONGEST_WAIT_S,
    SHORTEST_WAIT_S,
    About,
    NotThereError,
    PostingRefusedError,
    read_created,
    read_reply,
)
from ledger.problems import ProblemCode as P

NUMBER = "INT-T3ST-00001-103126"
WRITE = About(subject=NUMBER, is_write=True, account_labels=("1420 ETH", "1000 Bank"))
FAMILIES = (ErpUnavailable, ErpActionRequired, ErpRejected, OutcomeUnknown)


def fault(detail: str = "", code: str = "USER_ERROR", path: str | None = None) -> str:
    error = {"detail": f"Error while accessing a resource. {detail}", "o:errorCode": code}
    if path is not None:
        error["o:errorPath"] = path
    return json.dumps({"title": "Bad Request", "status": 400, "o:errorDetails": [error]})


def created(status: int, body: str | bytes = b"", **headers: str) -> ErpError:
    response = httpx.Response(status, content=body, headers=headers)
    with pytest.raises(ErpError) as raised:
        read_created(response, WRITE)
    return raised.value


def read(status: int, body: str | bytes = b"") -> ErpError:
    with pytest.raises(ErpError) as raised:
        read_reply(httpx.Response(status, content=body), About())
    return raised.value


ACCOUNT = "line.items[1].account"
REJECTED: list[tuple[str, P]] = [
    (fault("Invalid reference key 9999 for account.", path=ACCOUNT), P.ACCOUNT_DELETED),
    (
        fault("Invalid Field Value 7 for the following field: account.", path=ACCOUNT),
        P.ACCOUNT_REFUSED,
    ),
    (fault("Ungültiger Wert", path=ACCOUNT), P.ACCOUNT_REFUSED),
    (
        fault("You have entered an Invalid Field Value 7 for the following field: account."),
        P.ACCOUNT_REFUSED,
    ),
    (fault("Please choose a customer", path="line.items[0].entity"), P.CONTACT_REQUIRED),
    (fault("Please enter value(s) for: Customer."), P.CONTACT_REQUIRED),
    (fault("Please enter value(s) for: Department."), P.DIMENSION_REQUIRED),
    (fault("Please enter value(s) for: Class.", path="line.items[0].class"), P.DIMENSION_REQUIRED),
    (fault("Bitte Werte eingeben", path="line.items[0].cseg_fund"), P.DIMENSION_REQUIRED),
    (fault("The amounts in a journal entry must balance."), P.UNBALANCED),
    (fault("its posting period is closed.", path="postingPeriod"), P.PERIOD_CLOSED),
    (fault("Die Periode ist geschlossen", path="postingPeriod"), P.PERIOD_CLOSED),
    (fault("not within the date range of your accounting period."), P.PERIOD_CLOSED),
    (fault("not within the range", path="tranDate"), P.PERIOD_CLOSED),
    (fault("Invalid reference key 9 for currency.", path="currency"), P.CURRENCY_MISMATCH),
    (fault("The field memo contained more than 999 characters.", path="memo"), P.TEXT_TOO_LONG),
    (fault("Ganz etwas anderes"), P.UNKNOWN),
    (fault("Unknown property", code="INVALID_CONTENT"), P.UNKNOWN),
    (fault("malformed", code="INVALID_REQUEST"), P.UNKNOWN),
    (fault("Record does not exist.", code="NONEXISTENT_ID"), P.UNKNOWN),
]


@pytest.mark.parametrize(("body", "code"), REJECTED)
def test_a_documented_refusal_of_an_entry_is_one(body: str, code: P) -> None:
    error = created(400, body)
    assert isinstance(error, ErpRejected)
    assert error.problem.code is code
    assert error.problem.facts


ACTIONS: list[tuple[int, str, P]] = [
    (401, fault("Invalid login attempt.", code="INVALID_LOGIN"), P.CREDENTIALS_INVALID),
    (401, "", P.CREDENTIALS_INVALID),
    (401, "<html>", P.CREDENTIALS_INVALID),
    (403, fault("Permission Violation", code="INSUFFICIENT_PERMISSION"), P.NO_WRITE_PERMISSION),
    (
        400,
        fault("Your current role does not have permission to perform this action."),
        P.NO_WRITE_PERMISSION,
    ),
    (400, fault("Please enter value(s) for: Subsidiary."), P.COMPANY_UNAVAILABLE),
    (400, fault("Bitte eingeben", path="subsidiary"), P.COMPANY_UNAVAILABLE),
]


@pytest.mark.parametrize(("status", "body", "code"), ACTIONS)
def test_what_only_a_person_can_mend_waits_for_one(status: int, body: str, code: P) -> None:
    error = created(status, body)
    assert isinstance(error, ErpActionRequired)
    assert error.problem.code is code


UNKNOWN: list[tuple[int, str]] = [
    (400, fault("This record already exists")),
    (400, fault("This entity already exists.")),
    (400, fault("bereits vorhanden", path="externalId")),
    (400, fault("x", code="DUP_RCRD")),
    (400, fault("used before", code="IDEMPOTENCY_ERROR")),
    (400, fault("new", code="SOMETHING_NEW")),
    (400, ""),
    (400, "<html>"),
    (403, ""),
    (404, "<html>"),
    (409, fault("The amounts in a journal entry must balance.")),
    (302, ""),
    (200, "{}"),
    (204, ""),
    (500, fault("unexpected", code="UNEXPECTED_ERROR")),
    (500, fault("The amounts in a journal entry must balance.")),
    (502, "<html>"),
    (503, fault("Concurrent request limit exceeded", code="CONCURRENCY_LIMIT_EXCEEDED")),
]


@pytest.mark.parametrize(("status", "body"), UNKNOWN)
def test_what_is_not_surely_refused_is_looked_up(status: int, body: str) -> None:
    error = created(status, body)
    assert isinstance(error, OutcomeUnknown)
    assert error.problem.code is P.OUTCOME_UNKNOWN
    assert error.problem.subject == NUMBER


@pytest.mark.parametrize("location", ["", "https://x/record/v1/journalEntry/", "https://x/eid:INT"])
def test_a_success_that_names_no_record_is_looked_up(location: str) -> None:
    assert isinstance(created(204, Location=location), OutcomeUnknown)


def test_a_created_entry_is_named_by_its_location() -> None:
    headers = {"Location": "https://123456.suitetalk.api.netsuite.com/x/journalEntry/1234"}
    assert read_created(httpx.Response(204, headers=headers), WRITE) == "1234"


@pytest.mark.parametrize(
    "body", [fault("Request blocked.", code="CONCURRENCY_LIMIT_EXCEEDED"), "", "<html>"]
)
def test_a_blocked_request_was_not_processed_and_waits_with_jitter(body: str) -> None:
    waits = set()
    for _ in range(20):
        error = created(429, body)
        assert isinstance(error, ErpUnavailable)
        assert error.problem.code is P.RATE_LIMITED
        assert error.retry_after_s is not None
        waits.add(error.retry_after_s)
    assert len(waits) > 1
    assert all(SHORTEST_WAIT_S <= wait <= LONGEST_WAIT_S for wait in waits)


def test_a_wait_that_is_asked_for_is_kept() -> None:
    assert created(429, "", **{"Retry-After": "42"}).retry_after_s == 42


def test_a_refused_line_names_its_account() -> None:
    error = created(400, fault("Invalid reference key 1 for account.", path=ACCOUNT))
    assert isinstance(error, PostingRefusedError)
    assert (error.index, error.field) == (1, "account")
    assert error.problem.subject == "1000 Bank"


@pytest.mark.parametrize("path", ["line.items[7].account", "line", "line.items[x].account", ""])
def test_a_path_that_leads_nowhere_names_the_entry(path: str) -> None:
    error = created(400, fault("Something about this account.", path=path))
    assert isinstance(error, ErpRejected)
    assert NUMBER in error.problem.subject


def test_a_missing_dimension_is_named_as_the_account_names_it() -> None:
    error = created(
        400, fault("Please enter value(s) for: Department.", path="line.items[0].department")
    )
    assert error.problem.subject == "Department"


def test_an_error_of_a_read_condemns_no_entry() -> None:
    for status in (400, 404, 409, 500, 503):
        error = read(status, fault("The amounts in a journal entry must balance."))
        assert isinstance(error, ErpUnavailable), status


def test_a_table_or_column_that_is_not_there_is_said_to_be_so() -> None:
    error = read(400, fault("Record 'subsidiary' was not found.", code="INVALID_PARAMETER"))
    assert isinstance(error, NotThereError)


@pytest.mark.parametrize("body", ["", "[]", "<html>", "nonsense"])
def test_a_page_that_is_no_answer_is_no_answer(body: str) -> None:
    assert isinstance(read(200, body), ErpUnavailable)


def test_the_words_of_a_refused_login_are_not_repeated() -> None:
    error = created(401, fault("token " + "a" * 64, code="INVALID_LOGIN"))
    assert "a" * 40 not in error.problem.message
    assert "Login Audit Trail" in error.problem.message


_TEXTS = st.one_of(st.text(max_size=60), st.sampled_from([body for body, _ in REJECTED]))


@given(st.integers(100, 599), _TEXTS, st.booleans())
def test_every_answer_is_a_success_or_one_of_the_four_families(
    status: int, body: str, is_write: bool
) -> None:
    response = httpx.Response(status, content=body.encode("utf-8", "replace"))
    with suppress(*FAMILIES):
        if is_write:
            read_created(response, WRITE)
        else:
            read_reply(response, About())


@given(st.integers(500, 599), st.sampled_from([body for body, _ in REJECTED]))
def test_a_5xx_never_refuses_an_entry_whatever_it_says(status: int, body: str) -> None:
    assert isinstance(created(status, body), OutcomeUnknown)
