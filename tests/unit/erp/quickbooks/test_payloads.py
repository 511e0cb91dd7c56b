"""An entry in QuickBooks' words: complete, exact, within its limits, and read back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.payload import JsonObject, JsonValue, UnreadableError, read_json
from bot.erp.quickbooks.payloads import entry_body, find_excess, read_entry
from ledger.books import ContactKind
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.problems import ProblemCode


def posting(side: Side, amount: str = "100.25", **changes: object) -> PreparedPosting:
    plain = PreparedPosting(
        account_id="39", account_label="Cash", side=side, money=Money(Decimal(amount), "USD")
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # its own fields


ENTRY = PreparedEntry(
    company="quickbooks:9341453",
    number="INT-T3ST-00001-103126",
    entry_date=date(2026, 10, 31),
    currency="USD",
    memo="Rollup 2026-10-31",
    postings=(
        posting(
            Side.DEBIT,
            memo="ETH bought",
            dimensions=(("class", "301"), ("location", "1")),
        ),
        posting(Side.CREDIT, contact_id="56", contact_kind=ContactKind.VENDOR),
    ),
)

texts = st.text(max_size=40)
cents = st.integers(1, 10**12 - 1).map(lambda n: Money(Decimal(n).scaleb(-2), "USD"))


def sent_and_kept(entry: PreparedEntry) -> JsonObject:
    """What QuickBooks keeps of a body: the same, with an id."""
    return {"Id": "227", **read_json(entry_body(entry))}


def test_the_body_is_what_intuit_documents() -> None:
    assert json.loads(entry_body(ENTRY)) == {
        "DocNumber": "INT-T3ST-00001-103126",
        "TxnDate": "2026-10-31",
        "PrivateNote": "Rollup 2026-10-31",
        "CurrencyRef": {"value": "USD"},
        "Line": [
            {
                "DetailType": "JournalEntryLineDetail",
                "Amount": 100.25,
                "Description": "ETH bought",
                "JournalEntryLineDetail": {
                    "PostingType": "Debit",
                    "AccountRef": {"value": "39"},
                    "ClassRef": {"value": "301"},
                    "DepartmentRef": {"value": "1"},
                },
            },
            {
                "DetailType": "JournalEntryLineDetail",
                "Amount": 100.25,
                "JournalEntryLineDetail": {
                    "PostingType": "Credit",
                    "AccountRef": {"value": "39"},
                    "Entity": {"Type": "Vendor", "EntityRef": {"value": "56"}},
                },
            },
        ],
    }


def test_amounts_are_written_digit_by_digit() -> None:
    large = [posting(side, "1234567890.10") for side in Side]
    assert b'"Amount":1234567890.10,' in entry_body(replace(ENTRY, postings=tuple(large)))


@given(memo=texts, line_memo=texts, money=cents)
def test_what_was_sent_reads_back_the_same(memo: str, line_memo: str, money: Money) -> None:
    lines = tuple(replace(p, memo=line_memo, money=money) for p in ENTRY.postings)
    entry = replace(ENTRY, memo=memo, postings=lines)
    found = read_entry(sent_and_kept(entry), home_currency="USD")
    assert (found.erp_id, found.number, found.memo) == ("227", entry.number, memo)
    assert (found.entry_date, found.currency, found.is_posted) == (entry.entry_date, "USD", True)
    assert [
        (p.account_id, p.side, p.money, p.memo, p.contact_id, p.dimensions) for p in found.postings
    ] == [(p.account_id, p.side, p.money, p.memo, p.contact_id, p.dimensions) for p in lines]


def test_lone_surrogates_do_not_break_the_sending() -> None:
    assert b"\\ud800" in entry_body(replace(ENTRY, memo="\ud800"))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ENTRY, None),
        (replace(ENTRY, memo="m" * 4000), None),
        (replace(ENTRY, memo="m" * 4001), ProblemCode.TEXT_TOO_LONG),
        (replace(ENTRY, number="N" * 22), ProblemCode.TEXT_TOO_LONG),
        (
            replace(ENTRY, postings=tuple(posting(side, memo="d" * 4001) for side in Side)),
            ProblemCode.TEXT_TOO_LONG,
        ),
        (
            replace(ENTRY, postings=tuple(posting(side, "10000000000.00") for side in Side)),
            ProblemCode.UNKNOWN,
        ),
        (
            replace(ENTRY, postings=tuple(posting(side) for side in Side) * 5001),
            ProblemCode.UNKNOWN,
        ),
    ],
    ids=["plain", "longest", "memo", "number", "description", "amount", "postings"],
)
def test_what_quickbooks_has_no_room_for_is_found_before_sending(
    entry: PreparedEntry, code: ProblemCode | None
) -> None:
    excess = find_excess(entry)
    assert (excess.code if excess else None) == code


def kept(**changes: JsonValue) -> JsonObject:
    return {"Id": "1", "TxnDate": "2026-10-31", "Line": [], **changes}


def test_an_entry_typed_by_hand_has_no_number_of_ours() -> None:
    found = read_entry(kept(DocNumber="1042"), home_currency="CAD")
    assert (found.number, found.currency, found.memo) == (None, "CAD", "")


def test_lines_that_only_describe_are_no_postings() -> None:
    lines: list[JsonValue] = [{"DetailType": "DescriptionOnly", "Description": "a heading"}]
    assert read_entry(kept(Line=lines), home_currency="USD").postings == ()


def test_a_fraction_of_a_cent_stays_unequal_to_the_amount_it_was_edited_from() -> None:
    detail: JsonObject = {"PostingType": "Debit", "AccountRef": {"value": "1"}}
    line: JsonObject = {
        "DetailType": "JournalEntryLineDetail",
        "Amount": Decimal("100.25001"),
        "JournalEntryLineDetail": detail,
    }
    found = read_entry(kept(Line=[line]), home_currency="USD")
    assert found.postings[0].money == Money(Decimal("100.26"), "USD")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Id": "1"},
        {"Id": "1", "TxnDate": "yesterday"},
        kept(Line=[{"DetailType": "JournalEntryLineDetail"}]),
        kept(
            Line=[
                {
                    "DetailType": "JournalEntryLineDetail",
                    "JournalEntryLineDetail": {"PostingType": "Both"},
                }
            ]
        ),
    ],
)
def test_an_entry_without_its_fields_is_unreadable(payload: JsonObject) -> None:
    with pytest.raises(UnreadableError):
        read_entry(payload, home_currency="USD")
