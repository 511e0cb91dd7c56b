"""An entry in Xero's words: complete, exact, within its limits, and read back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.payload import JsonObject, JsonValue, UnreadableError, objects_at, read_json
from bot.erp.xero.payloads import (
    SALES_TAX,
    entries_body,
    find_excess,
    is_gone,
    read_entry,
)
from ledger.books import ContactKind
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.problems import ProblemCode

ACCOUNT = "acc00001-0000-4000-8000-000000000112"
JOURNAL = "0b159335-606b-485f-b51b-97b3b32bad32"


def posting(side: Side, amount: str = "100.25", **changes: object) -> PreparedPosting:
    plain = PreparedPosting(
        account_id=ACCOUNT, account_label="112 ETH", side=side, money=Money(Decimal(amount), "USD")
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # its own fields


ENTRY = PreparedEntry(
    company="xero:7ea00001-0000-4000-8000-000000000001",
    number="INT-T3ST-00001-103126",
    entry_date=date(2026, 10, 31),
    currency="USD",
    memo="Rollup 2026-10-31",
    postings=(
        posting(Side.DEBIT, memo="ETH bought", dimensions=(("t1", "o1"), ("t2", "o2"))),
        posting(Side.CREDIT),
    ),
)

texts = st.text(max_size=40)
cents = st.integers(1, 10**12 - 1).map(lambda n: Money(Decimal(n).scaleb(-2), "USD"))


def sent_and_kept(entry: PreparedEntry) -> JsonObject:
    """What Xero keeps of an element: the same, with an id and the day in its own form."""
    (element,) = objects_at(read_json(entries_body([entry])), "ManualJournals")
    return {**element, "ManualJournalID": JOURNAL}


def kept(*lines: JsonObject, **changes: JsonValue) -> JsonObject:
    plain: dict[str, JsonValue] = {
        "ManualJournalID": JOURNAL,
        "Date": "/Date(1793404800000+0000)/",
        "Narration": "Accrual",
        "Status": "POSTED",
        "JournalLines": list(lines),
    }
    return plain | changes


def line(amount: str, **changes: JsonValue) -> JsonObject:
    plain: dict[str, JsonValue] = {"LineAmount": Decimal(amount), "AccountID": ACCOUNT}
    return plain | changes


def test_the_body_is_what_xero_documents() -> None:
    assert json.loads(entries_body([ENTRY])) == {
        "ManualJournals": [
            {
                "Narration": "[INT-T3ST-00001-103126] Rollup 2026-10-31",
                "Date": "2026-10-31",
                "Status": "POSTED",
                "LineAmountTypes": "NoTax",
                "JournalLines": [
                    {
                        "LineAmount": 100.25,
                        "AccountID": ACCOUNT,
                        "TaxType": "NONE",
                        "Description": "ETH bought",
                        "Tracking": [
                            {"TrackingCategoryID": "t1", "TrackingOptionID": "o1"},
                            {"TrackingCategoryID": "t2", "TrackingOptionID": "o2"},
                        ],
                    },
                    {"LineAmount": -100.25, "AccountID": ACCOUNT, "TaxType": "NONE"},
                ],
            }
        ]
    }


def test_amounts_are_written_digit_by_digit_with_their_sign() -> None:
    large = tuple(posting(side, "1234567890.10") for side in Side)
    body = entries_body([replace(ENTRY, postings=large)])
    assert b'"LineAmount":1234567890.10,' in body
    assert b'"LineAmount":-1234567890.10,' in body


@given(memo=texts, line_memo=texts, money=cents)
def test_what_was_sent_reads_back_the_same(memo: str, line_memo: str, money: Money) -> None:
    lines = tuple(replace(p, memo=line_memo, money=money) for p in ENTRY.postings)
    entry = replace(ENTRY, memo=memo, postings=lines)
    found = read_entry(sent_and_kept(entry), base_currency="USD")
    assert (found.erp_id, found.number, found.memo) == (JOURNAL, entry.number, memo)
    assert (found.entry_date, found.currency, found.is_posted) == (entry.entry_date, "USD", True)
    assert [(p.account_id, p.side, p.money, p.memo, p.dimensions) for p in found.postings] == [
        (p.account_id, p.side, p.money, p.memo, p.dimensions) for p in lines
    ]


def test_lone_surrogates_do_not_break_the_sending() -> None:
    assert b"\\ud800" in entries_body([replace(ENTRY, memo="\ud800")])


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ENTRY, None),
        (replace(ENTRY, memo="m" * 3976), None),
        (replace(ENTRY, memo="m" * 3977), ProblemCode.TEXT_TOO_LONG),
        (
            replace(ENTRY, postings=tuple(posting(side, memo="d" * 4001) for side in Side)),
            ProblemCode.TEXT_TOO_LONG,
        ),
        (
            replace(ENTRY, postings=tuple(posting(side, "10000000000.00") for side in Side)),
            ProblemCode.UNKNOWN,
        ),
        (
            replace(ENTRY, postings=tuple(posting(side) for side in Side) * 101),
            ProblemCode.UNKNOWN,
        ),
        (
            replace(
                ENTRY,
                postings=tuple(
                    posting(side, dimensions=(("t1", "o"), ("t2", "o"), ("t3", "o")))
                    for side in Side
                ),
            ),
            ProblemCode.UNKNOWN,
        ),
        (
            replace(
                ENTRY,
                postings=tuple(
                    posting(side, contact_id="c1", contact_kind=ContactKind.VENDOR) for side in Side
                ),
            ),
            ProblemCode.ACCOUNT_REFUSED,
        ),
    ],
    ids=[
        "plain",
        "longest",
        "narration",
        "description",
        "amount",
        "postings",
        "tracking",
        "contact",
    ],
)
def test_what_xero_has_no_room_for_is_found_before_sending(
    entry: PreparedEntry, code: ProblemCode | None
) -> None:
    excess = find_excess(entry)
    assert (excess.code if excess else None) == code


def test_an_entry_typed_by_hand_has_no_number_of_ours() -> None:
    found = read_entry(kept(line("5"), line("-5")), base_currency="GBP")
    assert (found.number, found.currency, found.memo) == (None, "GBP", "Accrual")
    assert [(p.side, p.money.amount) for p in found.postings] == [
        (Side.DEBIT, Decimal(5)),
        (Side.CREDIT, Decimal(5)),
    ]


@pytest.mark.parametrize(
    ("status", "is_posted", "gone"),
    [
        ("POSTED", True, False),
        ("DRAFT", False, False),
        ("ARCHIVED", False, False),
        ("VOIDED", False, True),
        ("DELETED", False, True),
    ],
)
def test_only_a_posted_journal_is_in_the_ledger(status: str, is_posted: bool, gone: bool) -> None:
    journal = kept(line("5"), line("-5"), Status=status)
    assert read_entry(journal, base_currency="USD").is_posted is is_posted
    assert is_gone(journal) is gone


def test_blank_lines_are_no_postings() -> None:
    journal = kept({"IsBlank": True, "LineAmount": 0, "Description": "a heading"})
    assert read_entry(journal, base_currency="USD").postings == ()


@pytest.mark.parametrize(("kind", "net"), [("Exclusive", "100"), ("Inclusive", "90")])
def test_tax_that_a_person_put_on_a_line_is_a_posting_of_its_own(kind: str, net: str) -> None:
    taxed = line("-100", TaxAmount=Decimal(-10))
    found = read_entry(kept(taxed, LineAmountTypes=kind), base_currency="USD")
    assert [(p.account_id, p.side, p.money.amount) for p in found.postings] == [
        (ACCOUNT, Side.CREDIT, Decimal(net)),
        (SALES_TAX, Side.CREDIT, Decimal(10)),
    ]


def test_a_fraction_of_a_cent_stays_unequal_to_the_amount_it_was_edited_from() -> None:
    found = read_entry(kept(line("-100.25001")), base_currency="USD")
    assert found.postings[0].money == Money(Decimal("100.26"), "USD")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"ManualJournalID": JOURNAL},
        kept(Date="yesterday"),
        kept({"LineAmount": Decimal(5)}),
        kept(line("5", Tracking=[{"Name": "Region", "Option": "North"}])),
    ],
)
def test_a_journal_without_its_fields_is_unreadable(payload: JsonObject) -> None:
    with pytest.raises(UnreadableError):
        read_entry(payload, base_currency="USD")
