"""The generic format: exact values or a sentence that says what to mend."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ledger.problems import ProblemCode
from ledger.sources import (
    FIELDS,
    FileRefusedError,
    ParsedFile,
    parse_csv,
    parse_json_lines,
    parse_opening_lots,
    read_csv,
)
from ledger.transactions import Transaction, TransactionType
from tests.unit.ledger import histories

SELL = {
    "id": "s1", "timestamp": "2025-01-15T10:00:00Z", "type": "sell", "from_account": "Coinbase",
    "to_account": "Coinbase", "sent_asset": "BTC", "sent_quantity": "0.2",
    "received_asset": "USD", "received_quantity": "9000", "fee_asset": "USD", "fee_quantity": "18",
}  # fmt: skip
DEPOSIT = {
    "id": "d1", "timestamp": "2025-01-15T10:00:00+02:00", "type": "Deposit", "to_account": "Ops",
    "received_asset": "ETH", "received_quantity": "0.05", "value": "150.123456789",
    "category": "Income", "note": "two\nlines",
}  # fmt: skip
WITHDRAWAL = {
    "id": "w1", "timestamp": "2025-01-15T10:00:00Z", "type": "withdrawal", "from_account": "Ops",
    "sent_asset": "ETH", "sent_quantity": "1",
}  # fmt: skip
TRANSFER = {
    "id": "m1", "timestamp": "2025-01-15T10:00:00Z", "type": "transfer", "from_account": "A",
    "to_account": "B", "sent_asset": "ETH", "sent_quantity": "1", "received_asset": "ETH",
    "received_quantity": "0.99",
}  # fmt: skip
FEE = {
    "id": "f1", "timestamp": "2025-01-15T10:00:00Z", "type": "fee", "from_account": "A",
    "fee_asset": "ETH", "fee_quantity": "0.004", "fee_value": "10",
}  # fmt: skip


def csv_of(*rows: dict[str, str], columns: tuple[str, ...] = FIELDS) -> bytes:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [",".join(columns)]
    lines += [",".join(quoted(row.get(name, "")) for name in columns) for row in rows]
    return "\n".join(lines).encode()


def csv(*rows: dict[str, str]) -> ParsedFile:
    return parse_csv(csv_of(*rows), source="test")


def only(parsed: ParsedFile) -> Transaction:
    assert not parsed.problems, parsed.problems
    (transaction,) = parsed.transactions
    return transaction


def reasons(parsed: ParsedFile) -> list[tuple[str, str, str]]:
    """Row, field and reason of each problem."""
    assert {p.code for p in parsed.problems} <= {ProblemCode.INVALID_ROW}
    found = []
    for problem in parsed.problems:
        facts = dict(problem.facts)
        assert facts["field"] == problem.field_name
        found.append((facts.get("row", "file"), facts["field"], facts["reason"]))
    return found


# ── what is taken ────────────────────────────────────────────────────────────


def test_a_row_is_read_exactly() -> None:
    transaction = only(csv(DEPOSIT))
    assert transaction.timestamp == datetime(2025, 1, 15, 8, 0, tzinfo=UTC)
    assert transaction.type is TransactionType.DEPOSIT
    assert transaction.value == Decimal("150.123456789")
    assert transaction.note == "two lines"
    assert (transaction.source, transaction.sequence) == ("test", 2)
    assert transaction.sent_asset is None


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + csv_of(SELL),
        csv_of(SELL).replace(b"\n", b"\r\n"),
        csv_of(SELL).replace(b"\n", b"\n\n") + b"\n\n,,\n",
        csv_of(SELL, columns=tuple(SELL)),
        csv_of(SELL).replace(b"timestamp,type", b" Timestamp ,TYPE", 1),
    ],
    ids=["byte-order mark", "CRLF", "blank lines", "only the needed columns", "header's case"],
)
def test_harmless_differences_of_files_do_not_matter(data: bytes) -> None:
    assert only(parse_csv(data, source="test")).content_hash == only(csv(SELL)).content_hash


@pytest.mark.parametrize("row", [SELL, DEPOSIT, WITHDRAWAL, TRANSFER, FEE])
def test_every_type_is_taken_with_the_fields_it_needs(row: dict[str, str]) -> None:
    assert only(csv(row)).id == row["id"]


def test_json_lines_are_the_same_rows_and_numbers_keep_their_digits() -> None:
    line = json.dumps({**SELL, "sent_quantity": None, "category": ""})
    line = line.replace("null", "0.200000000000000000000000000001")
    transaction = only(parse_json_lines(f"{line}\n\n".encode(), source="test"))
    assert transaction.sent_quantity == Decimal("0.200000000000000000000000000001")
    assert transaction.received_quantity == 9000
    assert transaction.category is None


def test_eighteen_decimals_and_beyond_are_exact() -> None:
    row = {**SELL, "sent_quantity": "12345678901234567890.123456789012345678901234567890"}
    assert format(only(csv(row)).sent_quantity, "f") == row["sent_quantity"]


def test_rows_come_one_by_one_while_a_file_grows() -> None:
    lines = csv_of(SELL, DEPOSIT).decode().splitlines(keepends=True)
    seen: list[str] = []

    def growing() -> Iterator[str]:
        for line in lines:
            seen.append(line)
            yield line

    rows = read_csv(growing(), source="test")
    assert next(rows).id == "s1"
    assert len(seen) < len(lines)


# ── what is refused, and what is said of it ──────────────────────────────────


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("sent_quantity", "1,5", "has a comma, which could be a decimal or a thousands sign"),
        ("sent_quantity", "1,000.00", "has a comma"),
        ("sent_quantity", "1e-8", "exponent form; write all its digits"),
        ("sent_quantity", "6.0E-7", "exponent form"),
        ("sent_quantity", "NaN", "is not a number"),
        ("sent_quantity", "Infinity", "is not a number"),
        ("sent_quantity", "-1", "has a sign"),
        ("sent_quantity", "+1", "has a sign"),
        ("sent_quantity", "($53.62)", "has a sign"),
        ("sent_quantity", "\u22121", "has a sign"),
        ("sent_quantity", "1 000", "has a thousands sign or a space"),
        ("sent_quantity", "1_000", "has a thousands sign or a space"),
        ("sent_quantity", "1'000", "has a thousands sign or a space"),
        ("sent_quantity", "$5", "is no plain number"),
        ("sent_quantity", "5 BTC", "has a thousands sign or a space"),
        ("sent_quantity", "\uff11", "is no plain number"),
        ("sent_quantity", "0", "is zero"),
        ("sent_quantity", "0.000", "is zero"),
        ("sent_quantity", "1." + "0" * 31, "has too many digits"),
        ("sent_quantity", "9" * 21, "has too many digits"),
        ("sent_quantity", "", "is empty; a sell needs it"),
        ("value", "-5", "has a sign"),
        ("timestamp", "2025-01-15T10:00:00", "has no time zone; add Z"),
        ("timestamp", "2025-01-15", "has no time of day"),
        ("timestamp", "01/15/2025", "is no ISO 8601 timestamp"),
        ("timestamp", "0001-01-01T00:00:00Z", "is not between the years"),
        ("timestamp", "", "is empty"),
        ("type", "swap", "is “swap”; write one of buy, sell"),
        ("type", "", "is empty; write one of"),
        ("id", "", "is empty; give each row an id"),
        ("id", "x" * 201, "has 201 characters, at most 200"),
        ("from_account", "Coin\x00base", "holds a control or invisible character"),
        ("from_account", "Coin\u202ebase", "holds a control or invisible character"),
        ("from_account", "", "is empty; a sell needs it"),
        ("sent_asset", "usd", "write the currency as USD"),
        ("fee_asset", "", "is empty although fee_quantity is filled"),
        ("fee_quantity", "", "is empty although fee_asset is filled"),
        ("received_asset", "BTC", "is what was sent"),
    ],
)
def test_a_bad_field_is_named_with_its_row_and_what_to_write(
    field: str, text: str, words: str
) -> None:
    parsed = csv(DEPOSIT, {**SELL, field: text})
    assert [t.id for t in parsed.transactions] == ["d1"]
    (problem,) = reasons(parsed)
    assert problem[:2] == ("4", field)
    assert words in problem[2]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**DEPOSIT, "from_account": "0xabc"}, "from_account"),
        ({**DEPOSIT, "cost_basis": "5"}, "cost_basis"),
        ({**DEPOSIT, "fee_value": "5"}, "fee_value"),
        ({**WITHDRAWAL, "to_account": "0xabc"}, "to_account"),
        ({**WITHDRAWAL, "received_asset": "ETH"}, "received_asset"),
        ({**TRANSFER, "received_asset": "BTC"}, "received_asset"),
        ({**TRANSFER, "received_quantity": "1.01"}, "received_quantity"),
        ({**TRANSFER, "to_account": "A"}, "to_account"),
        ({**TRANSFER, "cost_basis": "5"}, "cost_basis"),
        ({**FEE, "sent_asset": "ETH"}, "sent_asset"),
        ({**FEE, "value": "5"}, "value"),
    ],
)
def test_a_field_that_contradicts_the_type_is_refused(row: dict[str, str], field: str) -> None:
    assert [reason[1] for reason in reasons(csv(row))] == [field]


def test_every_fault_of_a_row_is_reported() -> None:
    row = {**SELL, "id": "", "timestamp": "now", "sent_quantity": "x", "from_account": ""}
    assert {field for _, field, _ in reasons(csv(row))} == {
        "id", "timestamp", "sent_quantity", "from_account",
    }  # fmt: skip


def test_an_id_twice_in_a_file_rejects_both_even_if_one_is_faulty() -> None:
    parsed = csv(SELL, DEPOSIT, SELL, {**SELL, "sent_quantity": "x"})
    assert [t.id for t in parsed.transactions] == ["d1"]
    twice = [(row, field) for row, field, reason in reasons(parsed) if "3 times" in reason]
    assert [field for _, field in twice] == ["id", "id", "id"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xff\xfei\x00d\x00", "is not UTF-8"),
        (b"id,type\n", "lacks the column timestamp"),
        (b"id;timestamp;type\n", "is not divided by commas"),
        (b"id,timestamp,type,recieved_asset\n", "did you mean received_asset?"),
        (b"id,timestamp,type,network\n", "has the unknown column “network”"),
        (b"id,timestamp,type,type\n", "has the column type 2 times"),
        (b"id,timestamp,type,\n", "has a column without a name"),
        (b'"id"x,timestamp\n', "is no CSV"),
    ],
)
def test_a_file_that_is_not_of_the_format_is_refused_whole(data: bytes, words: str) -> None:
    parsed = parse_csv(data, source="test")
    assert parsed.transactions == ()
    assert any(words in reason for _, _, reason in reasons(parsed)), parsed.problems
    assert {row for row, _, _ in reasons(parsed)} == {"file"}


def test_a_file_of_the_other_kind_is_told_in_one_sentence() -> None:
    lots = b"account,asset,quantity,cost,acquired_at\n"
    (given,) = reasons(parse_csv(lots, source="test"))
    assert "is that of opening lots" in given[2]
    (problem,) = parse_opening_lots(b"id,timestamp,type\n", base_currency="USD").problems
    assert "is that of transactions" in dict(problem.facts)["reason"]


def test_the_columns_there_are_are_named_once() -> None:
    parsed = parse_csv(b"id,timestamp,type,one,two,three\n", source="test")
    named = [reason for _, _, reason in reasons(parsed) if "may have the columns id, " in reason]
    assert len(named) == 1


def test_all_missing_columns_are_listed() -> None:
    parsed = parse_csv(b"from_account\n", source="test")
    assert [reason for _, _, reason in reasons(parsed)] == [
        "lacks the column id", "lacks the column timestamp", "lacks the column type",
    ]  # fmt: skip


def test_a_stream_of_another_format_is_refused() -> None:
    with pytest.raises(FileRefusedError):
        next(read_csv(iter(["a,b\n"]), source="test"))


def test_a_row_with_an_unquoted_comma_has_too_many_cells() -> None:
    good = csv_of(SELL, columns=tuple(SELL)).decode()
    parsed = parse_csv(good.replace('"9000"', "9,000").encode(), source="test")
    ((row, field, reason),) = reasons(parsed)
    assert (row, field) == ("2", "row")
    assert reason == "has 12 cells and the header 11; quote fields that hold a comma"


def test_a_broken_quotation_mark_costs_its_own_row() -> None:
    lines = csv_of(SELL, {**SELL, "id": "s2"}).decode().splitlines()
    parsed = parse_csv("\n".join([*lines[:1], '"s0"x,', *lines[1:]]).encode(), source="test")
    assert [t.id for t in parsed.transactions] == ["s1", "s2"]
    assert [(row, field) for row, field, _ in reasons(parsed)] == [("2", "row")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "is no JSON"),
        ("[1]", "is no JSON object"),
        ("[" * 100_000, "is no JSON"),
        ('{"id": "1", "network": "eth"}', "unknown key “network”"),
        ('{"id": true}', "is neither text nor a number"),
        ('{"id": {"a": 1}}', "is neither text nor a number"),
        ('{"id": "1", "id": "2"}', "has a key twice"),
        ('{"id": "' + "x" * 100_001 + '"}', "has more than 100,000 characters"),
        (json.dumps({**SELL, "sent_quantity": 1e-8}), "exponent form"),
        (json.dumps({**SELL, "sent_quantity": float("nan")}), "is not a number"),
    ],
)
def test_a_json_line_that_cannot_be_read_says_why(line: str, words: str) -> None:
    parsed = parse_json_lines(line.encode(), source="test")
    assert parsed.transactions == ()
    ((row, _, reason),) = reasons(parsed)
    assert row == "1"
    assert words in reason


@given(st.binary(max_size=300))
@run(max_examples=100, deadline=None)
def test_no_bytes_break_the_parsers(data: bytes) -> None:
    header = ",".join(FIELDS).encode() + b"\n"
    for content in (data, header + data):
        parse_csv(content, source="test")
        parse_json_lines(content, source="test")
        parse_opening_lots(content, base_currency="USD")


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)))
@run(max_examples=200, deadline=None)
def test_no_text_in_any_field_breaks_a_row(row: dict[str, str]) -> None:
    parsed = parse_json_lines(json.dumps(row).encode(), source="test")
    assert len(parsed.transactions) == 1 or parsed.problems


@given(histories.transactions())
@run(max_examples=30, deadline=None)
def test_what_was_written_reads_back_the_same(transactions: list[Transaction]) -> None:
    rows = [_texts(t) for t in transactions]
    parsed = parse_csv(csv_of(*rows), source="test")
    taken = {t.id: t.content_hash for t in parsed.transactions}
    refused = {p.transaction_id for p in parsed.problems}
    assert taken == {t.id: t.content_hash for t in transactions if t.id not in refused}


def _texts(transaction: Transaction) -> dict[str, str]:
    values = {name: getattr(transaction, name) for name in FIELDS}
    values["timestamp"] = transaction.timestamp.isoformat()
    return {
        name: format(value, "f") if isinstance(value, Decimal) else str(value)
        for name, value in values.items()
        if value is not None
    }


# ── opening lots ─────────────────────────────────────────────────────────────


def test_opening_lots_are_read_exactly() -> None:
    data = (
        b"account,asset,quantity,cost,acquired_at\n"
        b"A,ETH,2.000000000000000001,3000.00,2024-01-01\n"
        b"A,BTC,1,5,2024-01-01T10:00:00+01:00\n"
    )
    parsed = parse_opening_lots(data, base_currency="USD")
    assert parsed.problems == ()
    assert [(x.quantity, str(x.cost), x.acquired_at.isoformat()) for x in parsed.lots] == [
        (Decimal("2.000000000000000001"), "3,000.00 USD", "2024-01-01T00:00:00+00:00"),
        (Decimal(1), "5.00 USD", "2024-01-01T09:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("line", "field"),
    [("A,ETH,0,1,2024-01-01", "quantity"), ("A,ETH,1,1.001,2024-01-01", "cost"),
     ("A,ETH,1,,2024-01-01", "cost"), ("A,ETH,1,1,2024-01-01T00:00:00", "acquired_at"),
     (",ETH,1,1,2024-01-01", "account"), ("A,ETH,1,1", "row")],
)  # fmt: skip
def test_a_bad_lot_is_named(line: str, field: str) -> None:
    data = f"account,asset,quantity,cost,acquired_at\n{line}\n".encode()
    parsed = parse_opening_lots(data, base_currency="USD")
    assert parsed.lots == ()
    assert [p.field_name for p in parsed.problems] == [field]


def test_lots_need_all_their_columns() -> None:
    parsed = parse_opening_lots(b"account,asset,quantity\n", base_currency="USD")
    assert [dict(p.facts)["reason"] for p in parsed.problems] == [
        "lacks the column cost", "lacks the column acquired_at",
    ]  # fmt: skip
