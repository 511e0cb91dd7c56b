"""Transactions: their effects, their fee's payer, and when one has changed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as run

from ledger.transactions import Effect, Transaction, order_key
from tests.unit.ledger import histories
from tests.unit.ledger.journals import exchange, tx


@pytest.mark.parametrize(
    ("transaction", "effects"),
    [
        (exchange("sell", "1 ETH", "5 USD"), [Effect.OUT, Effect.IN]),
        (exchange("sell", "1 ETH", "5 USD", fee="1 USD"), [Effect.OUT, Effect.IN, Effect.FEE]),
        (tx("deposit", to_account="A", received="1 ETH"), [Effect.IN]),
        (tx("withdrawal", from_account="A", sent="1 ETH"), [Effect.OUT]),
        (tx("fee", from_account="A", fee="1 ETH"), [Effect.FEE]),
        (tx("transfer", from_account="A", to_account="B", sent="2 ETH", received="1 ETH"),
         [Effect.OUT, Effect.IN, Effect.FEE]),
    ],
)  # fmt: skip
def test_effects_are_what_a_transaction_does(
    transaction: Transaction, effects: list[Effect]
) -> None:
    assert list(transaction.effects) == effects


def test_the_sender_pays_the_fee_and_a_deposits_receiver_does() -> None:
    assert tx("deposit", to_account="A", received="1 ETH", fee="1 ETH").fee_account == "A"
    assert tx("fee", from_account="B", fee="1 ETH").fee_account == "B"


def test_the_same_quantity_written_otherwise_is_the_same_row() -> None:
    one, other = (tx("fee", from_account="A", fee=f"{text} ETH") for text in ("1.5", "1.500"))
    assert one.content_hash == other.content_hash


@pytest.mark.parametrize(
    "change",
    [{"value": Decimal(1)}, {"note": "x"}, {"category": "x"}, {"sent_quantity": Decimal(2)},
     {"from_account": None}],
)  # fmt: skip
def test_any_change_of_content_is_a_correction(change: dict[str, object]) -> None:
    row = exchange("sell", "1 ETH", "5 USD")
    assert replace(row, **change).content_hash != row.content_hash  # type: ignore[arg-type]


def test_where_a_row_stands_in_its_file_is_no_content() -> None:
    row = exchange("sell", "1 ETH", "5 USD")
    assert replace(row, sequence=99).content_hash == row.content_hash


@given(histories.transactions())
@run(max_examples=20, deadline=None)
def test_the_order_is_the_same_from_any_start(transactions: list[Transaction]) -> None:
    shuffled = sorted(transactions, key=lambda t: t.content_hash)
    assert sorted(shuffled, key=order_key) == sorted(transactions, key=order_key)
