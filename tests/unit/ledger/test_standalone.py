"""`integral journalize`: a file in, entries, lots and problems out."""

import json
from datetime import date

import pytest

from ledger.settings import SettingsError
from ledger.standalone import journalize_file
from tests.unit.ledger.test_sources import DEPOSIT, FEE, SELL, WITHDRAWAL, csv_of

TODAY = date(2025, 2, 1)
LOTS = b"account,asset,quantity,cost,acquired_at\nCoinbase,BTC,0.5,20050.00,2024-12-31T10:00:00Z\n"


def test_the_shape_is_the_documented_one() -> None:
    result = journalize_file(
        csv_of(SELL, {**WITHDRAWAL, "value": "5"}), settings={}, today=TODAY, opening_lots=LOTS
    )
    assert result == {
        "entries": [
            {
                "date": "2025-01-15",
                "memo": "Sell 0.2 BTC s1",
                "transactions": ["s1"],
                "postings": [
                    {"account": "1010 Cash at Exchanges", "side": "debit", "amount": "8982.00"},
                    {"account": "6000 Trading Fees", "side": "debit", "amount": "18.00"},
                    {
                        "account": "1100 Digital Assets - BTC (cost)",
                        "side": "credit",
                        "amount": "8020.00",
                    },
                    {
                        "account": "7000 Realized Gain on Digital Assets",
                        "side": "credit",
                        "amount": "980.00",
                    },
                ],
            }
        ],
        "lots": [
            {
                "account": "Coinbase",
                "asset": "BTC",
                "quantity": "0.3",
                "cost": "12030.00",
                "acquired_at": "2024-12-31T10:00:00Z",
            }
        ],
        "problems": [
            {
                "code": "uncategorized",
                "row": 3,
                "field": "category",
                "message": "Transaction w1 has no category, so the other side of its entry is "
                "unknown.",
            },
            {
                "code": "missing_cost_basis",
                "row": 3,
                "field": "cost_basis",
                "message": "Transaction w1 disposes of more than its wallet is known to hold. "
                "(wallet: Ops; asset: ETH; short: 1 ETH)",
            },
        ],
    }
    assert json.loads(json.dumps(result)) == result


def _accounts(settings: dict[str, object]) -> list[str]:
    result = journalize_file(csv_of(SELL), settings=settings, today=TODAY, opening_lots=LOTS)
    assert result["problems"] == []
    (entry,) = json.loads(json.dumps(result["entries"]))
    return [posting["account"] for posting in entry["postings"]]


def test_accounts_are_named_as_the_settings_name_them() -> None:
    chosen: dict[str, object] = {
        "accounts": {"proceeds": "Cash", "trading_fees": "Fees", "gains": "Gains"},
        "assets": [
            {"account": "Coinbase", "asset": None, "ledger_account": "Coins"},
            {"account": "Coinbase", "asset": "BTC", "ledger_account": "Bitcoin"},
        ],
    }
    assert _accounts(chosen) == ["Cash", "Fees", "Bitcoin", "Gains"]
    assert _accounts({"assets": [["Coinbase", None, "Coins"]]})[2] == "Coins"
    own = {"account": "Coinbase", "asset": "USD", "ledger_account": "Dollars"}
    assert _accounts(chosen | {"assets": [own]})[0] == "Dollars"


def test_a_summed_file_has_one_entry_a_day() -> None:
    rows = [{**DEPOSIT, "id": f"d{n}", "category": "Income"} for n in range(3)]
    result = journalize_file(
        csv_of(*rows), settings={"rollup": "summed", "time_zone": "Asia/Tokyo"}, today=TODAY
    )
    (entry,) = json.loads(json.dumps(result["entries"]))
    assert entry["transactions"] == ["d0", "d1", "d2"]
    assert [posting["amount"] for posting in entry["postings"]] == ["450.36", "450.36"]


def test_json_lines_are_recognised() -> None:
    line = json.dumps({**FEE, "cost_basis": "6"}).encode()
    result = journalize_file(line, settings={"entry_date": "posting"}, today=TODAY)
    (entry,) = json.loads(json.dumps(result["entries"]))
    assert entry["date"] == "2025-02-01"
    assert [posting["amount"] for posting in entry["postings"]] == ["10.00", "6.00", "4.00"]


def test_a_category_without_an_account_is_named() -> None:
    result = journalize_file(csv_of({**DEPOSIT, "category": "Moon tax"}), settings={}, today=TODAY)
    assert result["problems"] == [
        {
            "code": "account_not_mapped",
            "row": 2,
            "field": None,
            "message": "There is no account in your chart of accounts for category Moon tax.",
        }
    ]


def test_faulty_rows_and_lots_are_reported_and_the_rest_goes_on() -> None:
    result = journalize_file(
        csv_of({**DEPOSIT, "received_quantity": "1,5"}, FEE),
        settings={},
        today=TODAY,
        opening_lots=b"account,asset,quantity,cost,acquired_at\nA,ETH,x,6,2024-01-01\n"
        b"A,ETH,0.004,6,2024-01-01\n",
    )
    problems = json.loads(json.dumps(result["problems"]))
    assert [(p["code"], p["row"], p["field"]) for p in problems] == [
        ("invalid_row", 2, "quantity"), ("invalid_row", 2, "received_quantity"),
    ]  # fmt: skip
    assert problems[0]["message"].startswith("Opening lots: Row 2: quantity “x” is no plain number")
    entries = json.loads(json.dumps(result["entries"]))
    assert [entry["transactions"] for entry in entries] == [["f1"]]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"accounts": {"king": "1"}}, "'king' is no role"),
        ({"accounts": ["1"]}, "accounts must be an object"),
        ({"accounts": {"gains": 7000}}, "accounts.gains must be a name"),
        ({"assets": {"ETH": "1"}}, "assets must be a list"),
        ({"assets": [{"account": "A", "asset": "ETH"}]}, "item 1: ledger_account must be a name"),
        ({"assets": [{"account": "A", "acount": "B"}]}, "acount is unknown"),
        ({"assets": ["ETH"]}, "item 1 must have account"),
        ({"assets": [["A", 5, "1"]]}, "asset must be text or null"),
        ({"categories": {"Rent": ""}}, "categories.Rent must be a name"),
        ({"rollup": "none"}, "rollup must be one of"),
        ({"colour": "red"}, "colour: no such setting"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_a_sentence(
    settings: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError) as error:
        journalize_file(csv_of(SELL), settings=settings, today=TODAY)
    assert words in str(error.value)
