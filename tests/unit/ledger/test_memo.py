"""Memos: what a template says about one transaction and about many."""

from datetime import date

import pytest

from ledger.memo import (
    DEFAULT_TEMPLATE,
    MEMO_LIMIT,
    TemplateError,
    check_template,
    cut,
    render_memo,
    with_part,
)
from ledger.transactions import Transaction
from tests.unit.ledger.journals import exchange, tx


def memo(template: str, *transactions: Transaction, zone: str = "UTC") -> str:
    return render_memo(template, transactions, entry_date=date(2025, 1, 15), time_zone=zone)


DEPOSIT = tx(
    "deposit", row="tx-1", to_account="Ops", received="1.50 ETH", category="Income",
    counterparty="Acme", tx_hash="0xabc", note="secret",
)  # fmt: skip


def test_two_identical_transactions_of_one_day_have_different_memos() -> None:
    one, other = (
        exchange("sell", "500 USDC", "500 USD", row=row, tx_hash="0x1") for row in ("a1", "a2")
    )
    assert memo(DEFAULT_TEMPLATE, one) == "Sell 500 USDC a1"
    assert memo(DEFAULT_TEMPLATE, one) != memo(DEFAULT_TEMPLATE, other)


def test_every_token_has_its_value() -> None:
    template = (
        "{type}|{id}|{hash}|{date}|{date_range}|{category}|{asset}|{quantity}|{account}|"
        "{counterparty}|{count}"
    )
    assert memo(template, DEPOSIT) == (
        "Deposit|tx-1|0xabc|2025-01-15|2025-01-15|Income|ETH|1.5|Ops|Acme|1"
    )


def test_a_note_never_gets_into_a_memo() -> None:
    with pytest.raises(TemplateError, match=r"\{note\} is no memo token"):
        check_template("{note}")


@pytest.mark.parametrize(
    "template", ["{unknown}", "{id", "id}", "{}", "", "   ", "a\nb {id}", "x" * 301]
)
def test_a_template_that_would_not_come_out_as_meant_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        check_template(template)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{type} - {counterparty} - {id}", "Sell - a1"),
        ("{counterparty}: {id}", "a1"),
        ("{type} ({hash}) {id}", "Sell a1"),
        ("{type}, {hash}", "Sell"),
        ("{hash} {category} / {counterparty}", "Sell 1 ETH a1"),
        ("Sale of {asset} [{hash}]", "Sale of ETH"),
    ],
)
def test_empty_values_leave_no_stray_punctuation(template: str, expected: str) -> None:
    assert memo(template, exchange("sell", "1 ETH", "5 USD", row="a1")) == expected


def test_many_transactions_are_joined_and_more_are_counted() -> None:
    rows = [
        tx("deposit", row=f"t{n}", at=f"2025-01-{n:02}T00:00:00Z", to_account="W",
           received=f"{n} ETH", category="Income")
        for n in range(1, 6)
    ]  # fmt: skip
    assert memo("{type} {quantity} {asset}: {id}", *rows[:3]) == "Deposit 6 ETH: t1, t2, t3"
    assert memo("{type} {quantity} {asset}: {id}", *rows) == "Deposit 15 ETH: 5 transactions"
    assert memo("{date_range}, {count}", *rows) == "2025-01-01 to 2025-01-05, 5"


def test_quantities_of_different_assets_or_types_are_not_added_up() -> None:
    mixed = (exchange("sell", "1 ETH", "5 USD", row="a1"), DEPOSIT)
    assert memo(DEFAULT_TEMPLATE, *mixed) == "Sell, Deposit ETH a1, tx-1"


def test_a_long_memo_is_cut_cleanly_and_a_part_keeps_its_number() -> None:
    long = tx("fee", row="x" * 190, from_account="W", fee="1 ETH", tx_hash="h" * 200)
    text = memo("{id} {hash} {id}", long)
    assert (len(text), text[-1]) == (MEMO_LIMIT, "…")
    assert cut("Deposit, income", 10) == "Deposit…"
    part = with_part(text, part=2, parts=12)
    assert len(part) <= MEMO_LIMIT
    assert part.endswith("… (2/12)")


def test_a_number_of_another_entry_never_stands_in_brackets() -> None:
    row = tx("fee", row="[INT-7K2M-00001-010125]", from_account="W", fee="1 ETH")
    assert memo("{id}", row) == "INT-7K2M-00001-010125"
