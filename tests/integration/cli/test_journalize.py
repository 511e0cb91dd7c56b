"""`integral journalize`: entries of a file, with no setting and no database in sight."""

import json

from tests.integration.cli.conftest import Terminal

HEADER = (
    "id,timestamp,type,from_account,to_account,sent_asset,sent_quantity,received_asset,"
    "received_quantity,fee_asset,fee_quantity\n"
)
BUY = "1,2026-10-01T10:00:00Z,buy,Kraken,Kraken,USD,1000,ETH,0.5,USD,2\n"
SELL = "2,2026-10-05T10:00:00Z,sell,Kraken,Kraken,ETH,0.2,USD,500,USD,1\n"


def test_a_file_becomes_balanced_entries_with_no_setting_at_all(bare_terminal: Terminal) -> None:
    file = bare_terminal.file("rows.csv", HEADER + BUY + SELL)
    found = bare_terminal.json("journalize", file)
    assert [entry["date"] for entry in found["entries"]] == ["2026-10-01", "2026-10-05"]
    assert found["entries"][0]["transactions"] == ["1"]
    assert found["problems"] == []
    assert [lot["quantity"] for lot in found["lots"]] == ["0.3"]
    assert list(bare_terminal.folder.iterdir()) == [bare_terminal.folder / "rows.csv"]


def test_the_table_shows_debits_and_credits_of_every_posting(bare_terminal: Terminal) -> None:
    file = bare_terminal.file("rows.csv", HEADER + BUY)
    result = bare_terminal.run("journalize", file)
    assert result.exit_code == 0
    assert "1002.00" in result.stdout
    assert "1 entry, 0 problems" in result.stdout


def test_settings_and_opening_lots_are_read(bare_terminal: Terminal) -> None:
    rows = bare_terminal.file("rows.csv", HEADER + SELL)
    settings = bare_terminal.file(
        "s.json", json.dumps({"base_currency": "USD", "accounts": {"gains": "Our Gains"}})
    )
    lots = bare_terminal.file(
        "lots.csv", "account,asset,quantity,cost,acquired_at\nKraken,ETH,1,2000,2026-01-01\n"
    )
    found = bare_terminal.json("journalize", rows, "--settings", settings, "--opening-lots", lots)
    postings = {p["account"]: p["amount"] for p in found["entries"][0]["postings"]}
    assert postings["Our Gains"] == "100.00"
    assert [lot["cost"] for lot in found["lots"]] == ["1600.00"]


def test_a_bad_row_is_a_problem_and_the_others_stay(bare_terminal: Terminal) -> None:
    file = bare_terminal.file("rows.csv", HEADER + BUY + SELL.replace("0.2", "-0.2"))
    found = bare_terminal.json("journalize", file)
    assert len(found["entries"]) == 1
    assert [(p["row"], p["field"]) for p in found["problems"]] == [(3, "sent_quantity")]


def test_what_cannot_be_read_is_one_sentence_and_exit_code_2(bare_terminal: Terminal) -> None:
    rows = bare_terminal.file("rows.csv", HEADER + BUY)
    broken = bare_terminal.file("broken.json", "{")
    listed = bare_terminal.file("list.json", "[]")
    odd = bare_terminal.file("odd.json", '{"base_currency": "DOLLARS"}')
    for words in (
        ("missing.csv",),
        (rows, "--settings", broken),
        (rows, "--settings", listed),
        (rows, "--settings", odd),
        (rows, "--settings", "missing.json"),
    ):
        result = bare_terminal.run("journalize", *words)
        assert result.exit_code == 2, words
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
        assert result.stdout == ""
