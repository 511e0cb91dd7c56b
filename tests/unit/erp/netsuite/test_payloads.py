"""An entry in NetSuite's words, exact and whole, and read back from SuiteQL's rows as it was."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.netsuite.found import Reading, read_entry
from bot.erp.netsuite.payloads import (
    LONGEST_LINE_MEMO,
    LONGEST_MEMO,
    MAX_POSTINGS,
    entry_body,
    find_excess,
    numbered_memo,
    plain_memo,
)
from bot.erp.payload import JsonObject, UnreadableError
from ledger.books import ContactKind
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.problems import ProblemCode

NUMBER = "INT-T3ST-00001-103126"
READING = Reading(
    functional_currency="USD", currencies={"1": "USD", "2": "EUR"}, dimensions=("department",)
)


def line(side: Side, amount: str = "100.25", *, memo: str = "", **more: object) -> PreparedPosting:
    return PreparedPosting(
        account_id="122" if side is Side.DEBIT else "101",
        account_label="account",
        side=side,
        money=Money(Decimal(amount), "USD"),
        memo=memo,
        **more,  # type: ignore[arg-type]  # the fields a test sets
    )


def entry(*postings: PreparedPosting, memo: str = "Roll-up") -> PreparedEntry:
    return PreparedEntry(
        company="netsuite:1234567:1",
        number=NUMBER,
        entry_date=date(2026, 10, 31),
        currency="USD",
        memo=memo,
        postings=postings or (line(Side.DEBIT, memo="ETH"), line(Side.CREDIT)),
    )


def test_a_body_holds_the_entry_and_nothing_else() -> None:
    body = entry_body(entry(), subsidiary_id="1", currency_id="1")
    assert json.loads(body, parse_float=Decimal) == {
        "externalId": NUMBER,
        "tranDate": "2026-10-31",
        "memo": f"{NUMBER} Roll-up",
        "subsidiary": {"id": "1"},
        "currency": {"id": "1"},
        "line": {
            "items": [
                {"account": {"id": "122"}, "debit": Decimal("100.25"), "memo": "ETH"},
                {"account": {"id": "101"}, "credit": Decimal("100.25")},
            ]
        },
    }
    assert b"100.25" in body


def test_an_account_without_oneworld_gets_no_subsidiary() -> None:
    body = json.loads(entry_body(entry(), subsidiary_id=None, currency_id=None))
    assert "subsidiary" not in body
    assert "currency" not in body


def test_contacts_and_dimensions_go_by_internal_id() -> None:
    dimensions = (("class", "2"), ("cseg_fund", "3"), ("department", "4"))
    debit = line(
        Side.DEBIT, contact_id="501", contact_kind=ContactKind.CUSTOMER, dimensions=dimensions
    )
    body = json.loads(
        entry_body(entry(debit, line(Side.CREDIT)), subsidiary_id="1", currency_id="1")
    )
    first = body["line"]["items"][0]
    assert first["entity"] == {"id": "501"}
    assert {key: first[key] for key, _ in dimensions} == {key: {"id": v} for key, v in dimensions}


@given(st.text(max_size=200))
def test_our_number_comes_off_a_memo_as_it_was_put_there(memo: str) -> None:
    assert plain_memo(NUMBER, numbered_memo(NUMBER, memo)) == memo


@given(st.text(max_size=200).filter(lambda memo: not memo.startswith(NUMBER)))
def test_a_memo_that_a_person_wrote_stays_as_it_is(memo: str) -> None:
    assert plain_memo(NUMBER, memo) == memo


def test_what_fits_is_not_refused() -> None:
    room = LONGEST_MEMO - len(NUMBER) - 1
    long_line = line(Side.DEBIT, memo="m" * LONGEST_LINE_MEMO)
    assert find_excess(entry(long_line, line(Side.CREDIT), memo="n" * room)) is None


@pytest.mark.parametrize(
    ("prepared", "code"),
    [
        (entry(memo="n" * (LONGEST_MEMO - len(NUMBER))), ProblemCode.TEXT_TOO_LONG),
        (
            entry(line(Side.DEBIT, memo="m" * (LONGEST_LINE_MEMO + 1)), line(Side.CREDIT)),
            ProblemCode.TEXT_TOO_LONG,
        ),
        (
            entry(*[line(s) for s in Side for _ in range(MAX_POSTINGS // 2 + 1)]),
            ProblemCode.UNKNOWN,
        ),
        (
            entry(*[line(side, "10000000000000.00") for side in Side]),
            ProblemCode.UNKNOWN,
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_not_shortened(
    prepared: PreparedEntry, code: ProblemCode
) -> None:
    excess = find_excess(prepared)
    assert excess is not None
    assert (excess.code, excess.subject) == (code, NUMBER)


def row(line_id: str, **columns: str) -> JsonObject:
    header = {
        "id": "77",
        "externalid": NUMBER,
        "trandate": "2026-10-31",
        "memo": f"{NUMBER} Roll-up",
        "posting": "T",
        "currency": "1",
    }
    return {**header, "line": line_id, **columns}


DEBIT = row("1", account="122", debit="100.25", linememo="ETH", department="4")
CREDIT = row("2", account="101", credit="100.25", entity="501")


def test_rows_of_lines_are_one_entry() -> None:
    found = read_entry([DEBIT, CREDIT], READING)
    assert (found.erp_id, found.number, found.memo) == ("77", NUMBER, "Roll-up")
    assert (found.entry_date, found.currency) == (date(2026, 10, 31), "USD")
    assert found.is_posted
    first, second = found.postings
    assert (first.account_id, first.side, first.money) == (
        "122",
        Side.DEBIT,
        Money(Decimal("100.25"), "USD"),
    )
    assert (first.memo, first.dimensions) == ("ETH", (("department", "4"),))
    assert (second.side, second.contact_id) == (Side.CREDIT, "501")


@pytest.mark.parametrize("posting", ["F", None])
def test_an_entry_that_is_not_said_to_post_is_not_called_posted(posting: str | None) -> None:
    rows = [{**r, "posting": posting} for r in (DEBIT, CREDIT)]
    assert not read_entry(rows, READING).is_posted


@pytest.mark.parametrize(
    ("columns", "is_rejected"),
    [
        ({"posting": "F", "approvalstatus": "3"}, True),
        ({"posting": "T", "approvalstatus": "3"}, False),
        ({"posting": "F", "approvalstatus": "1"}, False),
        ({"posting": "F", "approvalstatus": "11"}, False),
        ({"posting": "F"}, False),
    ],
)
def test_only_the_rejected_status_of_what_does_not_post_is_a_rejection(
    columns: dict[str, str], is_rejected: bool
) -> None:
    rows = [{**r, **columns} for r in (DEBIT, CREDIT)]
    assert read_entry(rows, READING).is_rejected is is_rejected


def test_an_entry_of_somebody_else_keeps_its_memo_and_has_no_number() -> None:
    rows = [{**r, "externalid": "IMPORT-7", "memo": "Accrual"} for r in (DEBIT, CREDIT)]
    found = read_entry(rows, READING)
    assert (found.number, found.memo) == (None, "Accrual")


def test_a_second_accounting_book_doubles_nothing() -> None:
    other_book = [{**r, "account": "900"} for r in (DEBIT, CREDIT)]
    rows = [DEBIT, other_book[0], CREDIT, other_book[1]]
    assert read_entry(rows, READING) == read_entry([DEBIT, CREDIT], READING)


def test_an_entry_of_ours_that_was_read_in_part_is_not_believed() -> None:
    with pytest.raises(UnreadableError, match="in part"):
        read_entry([DEBIT], READING)


def test_a_statistical_entry_of_somebody_else_stops_no_search() -> None:
    assert read_entry([{**DEBIT, "externalid": None}], READING).number is None


def test_a_transaction_whose_lines_are_hidden_is_found_without_postings() -> None:
    header = {k: v for k, v in DEBIT.items() if k in ("id", "externalid", "trandate")}
    found = read_entry([header], READING)
    assert (found.number, found.postings, found.memo) == (NUMBER, (), "")


def test_a_line_without_an_amount_is_no_posting() -> None:
    assert len(read_entry([DEBIT, CREDIT, row("3", account="5")], READING).postings) == 2


def test_an_entry_in_another_currency_says_so_and_its_amounts_are_the_companys() -> None:
    rows = [{**r, "currency": "2"} for r in (DEBIT, CREDIT)]
    found = read_entry(rows, READING)
    assert found.currency == "EUR"
    assert {p.money.currency for p in found.postings} == {"USD"}
    strange = [{**r, "currency": "9"} for r in (DEBIT, CREDIT)]
    assert read_entry(strange, READING).currency == "currency 9"


def test_an_amount_finer_than_money_stays_unequal_to_what_it_was() -> None:
    rows = [{**DEBIT, "debit": "100.251"}, {**CREDIT, "credit": "100.251"}]
    assert read_entry(rows, READING).postings[0].money == Money(Decimal("100.26"), "USD")


@pytest.mark.parametrize(
    "broken",
    [{"debit": "a lot"}, {"trandate": "31.10.2026"}, {"account": None}, {"id": None}],
)
def test_a_row_that_makes_no_sense_is_unreadable(broken: dict[str, str | None]) -> None:
    with pytest.raises(UnreadableError):
        read_entry([{**DEBIT, **broken}, {**CREDIT, **broken}], READING)
