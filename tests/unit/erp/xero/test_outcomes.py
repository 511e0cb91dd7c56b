"""What became of each entry of a request: by position, and only when the answer is about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.connector import Outcome, Posted
from bot.erp.errors import ErpRejected, OutcomeUnknown
from bot.erp.payload import JsonObject, JsonValue
from bot.erp.xero.faults import Elements
from bot.erp.xero.narration import write_narration
from bot.erp.xero.outcomes import read_outcomes
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.numbers import format_number
from ledger.problems import ProblemCode

ID = "0b159335-606b-485f-b51b-97b3b32bad32"
NO_ID = "00000000-0000-0000-0000-000000000000"
ACCOUNT = "acc00001-0000-4000-8000-000000000112"


def entry(sequence: int = 1) -> PreparedEntry:
    lines = tuple(
        PreparedPosting(
            account_id=id_, account_label=label, side=side, money=Money(Decimal(1), "USD")
        )
        for id_, label, side in (
            (ACCOUNT, "610 Consulting", Side.DEBIT),
            ("a2", "877 Clearing", Side.CREDIT),
        )
    )
    return PreparedEntry(
        company="xero:t",
        number=format_number("T3ST", sequence, date(2026, 10, 31)),
        entry_date=date(2026, 10, 31),
        currency="USD",
        memo="m",
        postings=lines,
    )


def row(sequence: int = 1, **changes: JsonValue) -> JsonObject:
    plain: dict[str, JsonValue] = {
        "ManualJournalID": ID,
        "Status": "POSTED",
        "StatusAttributeString": "OK",
        "Narration": write_narration(entry(sequence).number, "m"),
    }
    return plain | changes


def bad(*messages: str, **changes: JsonValue) -> JsonObject:
    errors: list[JsonValue] = [{"Message": message} for message in messages]
    plain: dict[str, JsonValue] = {
        "ManualJournalID": NO_ID,
        "StatusAttributeString": "ERROR",
        "HasErrors": True,
        "ValidationErrors": errors,
    }
    return {**row(), **plain, **changes}


def one(payload: JsonObject, *, is_whole_refused: bool = False) -> Outcome:
    elements = Elements(rows=(payload,), is_whole_refused=is_whole_refused)
    (outcome,) = read_outcomes(elements, [entry()], trace_id="c1")
    return outcome


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        (row(), Posted(erp_id=ID)),
        (row(StatusAttributeString="WARNING", Warnings=[{"Message": "w"}]), Posted(erp_id=ID)),
        (row(StatusAttributeString=None), Posted(erp_id=ID)),
        (row(ValidationErrors=[], HasErrors=False), Posted(erp_id=ID)),
        (row(Narration=None), Posted(erp_id=ID)),
        (row(Status="DRAFT"), Posted(erp_id=ID, is_posted=False)),
    ],
)
def test_a_stored_entry_is_posted_under_its_id(payload: JsonObject, outcome: Posted) -> None:
    assert one(payload) == outcome


@pytest.mark.parametrize(
    "payload",
    [
        {},
        row(ManualJournalID=None),
        row(ManualJournalID=NO_ID),
        row(ManualJournalID="12"),
        row(Status=None),
        row(Status="VOIDED"),
        row(StatusAttributeString="PERHAPS"),
    ],
)
def test_what_is_neither_stored_nor_refused_is_unknown(payload: JsonObject) -> None:
    outcome = one(payload)
    assert isinstance(outcome, OutcomeUnknown)
    assert (outcome.problem.subject, outcome.trace_id) == (entry().number, "c1")


MESSAGES = [
    (
        "The total debits (100.00) must equal total credits (-10.00)",
        ProblemCode.UNBALANCED,
        entry().number,
    ),
    (
        "The document date cannot be before the period lock date, currently set at 31 Oct 2026",
        ProblemCode.PERIOD_CLOSED,
        entry().number,
    ),
    (
        "The document date cannot be before the end of year lock date, currently set at 1 Jan 2026",
        ProblemCode.PERIOD_CLOSED,
        entry().number,
    ),
    (
        "Account code '610' is not a valid code for this document.",
        ProblemCode.ACCOUNT_REFUSED,
        "610 Consulting",
    ),
    (
        f"Account code '{ACCOUNT}' is not a valid code for this document.",
        ProblemCode.ACCOUNT_REFUSED,
        "610 Consulting",
    ),
    (
        "Account code '999' is not a valid code for this document.",
        ProblemCode.ACCOUNT_REFUSED,
        f"named in {entry().number}",
    ),
    (
        "Account code '877' has been archived, or has been deleted.",
        ProblemCode.ACCOUNT_INACTIVE,
        "877 Clearing",
    ),
    (
        "The TaxType code 'NONE' cannot be used with account code '610'",
        ProblemCode.ACCOUNT_REFUSED,
        "610 Consulting",
    ),
    (
        f"Account with the ID '{ACCOUNT}' could not be found",
        ProblemCode.ACCOUNT_DELETED,
        "610 Consulting",
    ),
    (
        "The tracking option 'Region / North' does not exist or is archived",
        ProblemCode.DIMENSION_REFUSED,
        entry().number,
    ),
    ("Something nobody has written down", ProblemCode.UNKNOWN, entry().number),
    ("", ProblemCode.UNKNOWN, entry().number),
]


@pytest.mark.parametrize("is_whole_refused", [False, True])
@pytest.mark.parametrize(("message", "code", "subject"), MESSAGES)
def test_a_refusal_has_its_reason_and_names_what_it_is_about(
    message: str, code: ProblemCode, subject: str, is_whole_refused: bool
) -> None:
    outcome = one(bad(message), is_whole_refused=is_whole_refused)
    assert isinstance(outcome, ErpRejected)
    assert (outcome.problem.code, outcome.problem.subject) == (code, subject)
    assert message.strip() in outcome.problem.message or not message


@pytest.mark.parametrize(
    "payload",
    [bad("x", StatusAttributeString=None), bad(), row(HasErrors=True), bad("x", Status="POSTED")],
)
def test_any_sign_of_a_refusal_is_one(payload: JsonObject) -> None:
    assert isinstance(one(payload), ErpRejected)


def test_outcomes_go_by_position() -> None:
    entries = [entry(1), entry(2), entry(3)]
    rows = (row(1), bad("lock date", Narration=None), row(3))
    first, second, third = read_outcomes(Elements(rows=rows), entries)
    assert isinstance(first, Posted)
    assert isinstance(second, ErpRejected)
    assert isinstance(third, Posted)


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (row(1),),
        (row(1), row(2), row(3)),
        (row(2), row(1)),
        (row(1), row(7)),
        (bad("lock date"),),
    ],
    ids=["none", "too few", "too many", "swapped", "a stranger", "only the bad one"],
)
def test_an_answer_that_does_not_fit_leaves_every_entry_unknown(
    rows: tuple[JsonObject, ...],
) -> None:
    outcomes = read_outcomes(Elements(rows=rows), [entry(1), entry(2)])
    assert len(outcomes) == 2
    assert all(isinstance(outcome, OutcomeUnknown) for outcome in outcomes)
    assert [o.problem.subject for o in outcomes if isinstance(o, OutcomeUnknown)] == [
        entry(1).number,
        entry(2).number,
    ]


def test_beside_a_bad_entry_of_a_refused_whole_the_good_ones_are_looked_up() -> None:
    rows = (row(1), bad("lock date", Narration=None))
    elements = Elements(rows=rows, is_whole_refused=True)
    good, refused = read_outcomes(elements, [entry(1), entry(2)])
    assert isinstance(good, OutcomeUnknown)
    assert isinstance(refused, ErpRejected)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = list(bad("x"))


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_element_leads_astray(payload: dict[str, JsonValue]) -> None:
    assert isinstance(one(payload), Posted | ErpRejected | OutcomeUnknown)
    assert not isinstance(one(replace_id(payload)), Posted) or payload.get("Status") == "POSTED"


def replace_id(payload: dict[str, JsonValue]) -> JsonObject:
    return payload | {"ManualJournalID": ID}


def test_an_entry_is_only_as_good_as_its_own_element() -> None:
    entries = [entry(1), replace(entry(2), memo="another")]
    outcomes = read_outcomes(Elements(rows=(row(1), {})), entries)
    assert isinstance(outcomes[0], Posted)
    assert isinstance(outcomes[1], OutcomeUnknown)
