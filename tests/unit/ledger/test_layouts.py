"""Layouts: files that accounting systems import, exact, balanced, and without formulas."""

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.filing import MANIFEST_COLUMNS, JournalFile, freeze, parts_of
from ledger.layouts import Layout, columns_of, render
from ledger.layouts.cells import neutral
from ledger.money import Money
from ledger.numbers import format_number

DAY = date(2026, 10, 31)
AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def posting(code: str, side: Side, amount: str, *, memo: str = "") -> PreparedPosting:
    return PreparedPosting(
        account_id=code,
        account_label=f"{code} Account {code}",
        side=side,
        money=Money(Decimal(amount), "USD"),
        memo=memo,
    )


def entry(
    sequence: int = 1, *, memo: str = "Sold ETH", amount: str = "100.25", pairs: int = 1
) -> PreparedEntry:
    postings = [
        posting(code, side, amount, memo=memo)
        for _ in range(pairs)
        for code, side in (("1010", Side.DEBIT), ("4000", Side.CREDIT))
    ]
    return PreparedEntry(
        company="journal_file:1",
        number=format_number("A1B2", sequence, DAY),
        entry_date=DAY,
        currency="USD",
        memo=memo,
        postings=tuple(postings),
    )


def rows_of(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content, newline=""), strict=True))


def only(layout: Layout, *entries: PreparedEntry) -> list[dict[str, str]]:
    (sheet,) = render(layout, entries)
    return rows_of(sheet.content)


def test_quickbooks_has_our_number_as_journal_number_and_accounts_by_name() -> None:
    debit, credit = only(Layout.QUICKBOOKS, entry())
    assert debit == {
        "Journal No": "INT-A1B2-00001-103126",
        "Journal Date": "10/31/2026",
        "Account Name": "Account 1010",
        "Debits": "100.25",
        "Credits": "",
        "Description": "Sold ETH",
    }
    assert (credit["Debits"], credit["Credits"]) == ("", "100.25")


def test_xero_has_our_number_in_the_narration_and_credits_below_zero() -> None:
    debit, credit = only(Layout.XERO, entry())
    assert debit["*Narration"] == credit["*Narration"] == "[INT-A1B2-00001-103126] Sold ETH"
    assert (debit["*Date"], debit["*AccountCode"]) == ("31/10/2026", "1010")
    assert (debit["*Amount"], credit["*Amount"]) == ("100.25", "-100.25")


def test_netsuite_has_our_number_as_external_id_and_before_the_memo() -> None:
    debit, _ = only(Layout.NETSUITE, entry())
    assert debit["External ID"] == "INT-A1B2-00001-103126"
    assert debit["Memo"] == "INT-A1B2-00001-103126 Sold ETH"
    assert (debit["Account"], debit["Debit"], debit["Credit"]) == ("1010", "100.25", "")


def test_the_generic_layout_has_every_field_once() -> None:
    debit, _ = only(Layout.GENERIC, entry())
    assert debit == {
        "number": "INT-A1B2-00001-103126",
        "date": "2026-10-31",
        "account_code": "1010",
        "account_name": "Account 1010",
        "debit": "100.25",
        "credit": "",
        "currency": "USD",
        "posting_memo": "Sold ETH",
        "memo": "Sold ETH",
    }


def in_class(prepared: PreparedEntry, *labels: tuple[str, str]) -> PreparedEntry:
    """The entry with dimensions on its first posting."""
    first, *others = prepared.postings
    marked = replace(
        first, dimensions=tuple((name, value) for name, value in labels), dimension_labels=labels
    )
    return replace(prepared, postings=(marked, *others))


BOTH = (("Class", "Fund I"), ("Project", "=Apollo"))


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (Layout.QUICKBOOKS, {"Class": "Fund I"}),
        (Layout.NETSUITE, {"Class": "Fund I", "Project": "'=Apollo"}),
        (Layout.GENERIC, {"Class": "Fund I", "Project": "'=Apollo"}),
    ],
)
def test_dimensions_have_columns_where_the_layout_takes_them(
    layout: Layout, expected: dict[str, str]
) -> None:
    first, second, plain, _ = only(layout, in_class(entry(1), *BOTH), entry(2))
    header = columns_of(layout).header
    assert {name: first[name] for name in first if name not in header} == expected
    assert {second[name] for name in expected} | {plain[name] for name in expected} == {""}


def test_xero_has_tracking_by_name_and_option() -> None:
    first, second = only(Layout.XERO, in_class(entry(), ("Region", "North"), ("Desk", "Protocol")))
    columns = ("TrackingName1", "TrackingOption1", "TrackingName2", "TrackingOption2")
    assert [first[c] for c in columns] == ["Region", "North", "Desk", "Protocol"]
    assert [second[c] for c in columns] == ["", "", "", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
@pytest.mark.parametrize("layout", Layout)
def test_no_cell_of_any_layout_is_a_formula(layout: Layout, start: str) -> None:
    for row in only(layout, entry(memo=f"{start}cmd|' /C calc'!A0")):
        for cell in row.values():
            assert not cell.startswith((start, "=")) or cell == "-100.25"


@pytest.mark.parametrize("number", ["-100.25", "+1", "-0", "12"])
def test_a_plain_number_stays_a_number(number: str) -> None:
    assert neutral(number) == number


@pytest.mark.parametrize("text", ["-1+2", "+1e5", "=1", "-", "- 1", "-1\n"])
def test_what_only_begins_like_a_number_is_neutralised(text: str) -> None:
    assert neutral(text) == f"'{text}"


def test_a_file_that_is_too_long_is_divided_between_entries_only() -> None:
    entries = [entry(n, pairs=50) for n in range(1, 8)]
    sheets = render(Layout.XERO, entries)
    assert [sheet.rows for sheet in sheets] == [300, 300, 100]
    assert [n for s in sheets for n in s.numbers] == [e.number for e in entries]


def test_entries_stand_in_the_order_of_dates_and_numbers_however_they_come() -> None:
    forth, back = ([entry(n) for n in numbers] for numbers in ((1, 2, 3), (3, 1, 2)))
    assert render(Layout.GENERIC, forth) == render(Layout.GENERIC, back)


amounts = st.decimals(min_value="0.01", max_value="9999999999.99", places=2)
memos = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@st.composite
def entry_lists(draw: st.DrawFn) -> list[PreparedEntry]:
    drawn = draw(st.lists(st.tuples(amounts, memos), min_size=1, max_size=8))
    return [
        entry(n, memo=memo, amount=str(amount)) for n, (amount, memo) in enumerate(drawn, start=1)
    ]


def signed(layout: Layout, row: dict[str, str]) -> Decimal:
    if layout is Layout.XERO:
        return Decimal(row["*Amount"])
    debit, credit = (cell for name, cell in row.items() if name.lower()[:4] in ("debi", "cred"))
    return Decimal(debit or 0) - Decimal(credit or 0)


@given(entries=entry_lists(), layout=st.sampled_from(Layout))
@settings(max_examples=60)
def test_every_file_parses_back_to_its_postings_and_balances(
    entries: list[PreparedEntry], layout: Layout
) -> None:
    sheets = render(layout, entries)
    key = columns_of(layout).header[0]
    sums: defaultdict[str, list[Decimal]] = defaultdict(list)
    for sheet in sheets:
        rows = rows_of(sheet.content)
        assert len(rows) == sheet.rows
        assert sum((signed(layout, row) for row in rows), Decimal(0)) == 0
        for row in rows:
            sums[row[key]].append(signed(layout, row))
    ours = [
        [p.money.amount if p.side is Side.DEBIT else -p.money.amount for p in e.postings]
        for e in entries
    ]
    assert list(sums.values()) == ours
    assert [n for sheet in sheets for n in sheet.numbers] == [e.number for e in entries]


@given(entries=entry_lists())
@settings(max_examples=30)
def test_memos_come_back_from_the_generic_file_as_they_are(entries: list[PreparedEntry]) -> None:
    back = [row["memo"] for row in only(Layout.GENERIC, *entries)]
    assert back == [neutral(e.memo) for e in entries for _ in e.postings]


def frozen(entries: list[PreparedEntry]) -> JournalFile:
    return freeze(entries, id_="f1", company_id="c1", position=3, actor="U1", at=AT)


def test_a_journal_file_names_every_number_beside_its_checksum() -> None:
    entries = [entry(n, pairs=100) for n in (1, 2)]
    *parts, manifest = parts_of(frozen(entries), entries, Layout.XERO)
    assert [part.name for part in parts] == [
        "journal-0003-2026-10-31-2026-10-31-xero-1-of-2.csv",
        "journal-0003-2026-10-31-2026-10-31-xero-2-of-2.csv",
    ]
    rows = rows_of(manifest.content)
    assert tuple(rows[0]) == MANIFEST_COLUMNS
    assert [row["number"] for row in rows] == [e.number for e in entries]
    assert [(row["file"], row["sha256"]) for row in rows] == [(p.name, p.sha256) for p in parts]
    assert all(row["debits"] == row["credits"] == "10025.00" for row in rows)


def test_a_journal_file_has_its_total_and_is_the_same_each_time() -> None:
    entries = [entry(1), entry(2)]
    file = frozen(entries)
    assert (file.entries, file.debits) == (2, Money(Decimal("200.50"), "USD"))
    first = parts_of(file, entries, Layout.GENERIC)
    assert first == parts_of(file, entries[::-1], Layout.GENERIC)


def test_other_entries_than_were_frozen_are_never_written() -> None:
    file = frozen([entry(1)])
    with pytest.raises(ValueError, match="not those that it froze"):
        parts_of(file, [entry(1, amount="1.00")], Layout.GENERIC)


def test_a_journal_file_has_entries_of_one_currency() -> None:
    with pytest.raises(ValueError, match="one currency"):
        frozen([])
