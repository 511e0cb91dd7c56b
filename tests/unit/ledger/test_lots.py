"""Lots: first in, first out, and no cent lost."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ledger.lots import Lot, LotBook
from ledger.money import Money, total
from tests.unit.ledger.journals import lot, usd

_WHEN = datetime(2025, 1, 1, tzinfo=UTC)
_quantities = st.decimals(min_value="0.000000000000000001", max_value="1000000000", places=18)
_costs = st.integers(min_value=0, max_value=10**12).map(lambda n: usd(str(Decimal(n) / 100)))
_lots = st.builds(
    Lot,
    account=st.just("W"),
    asset=st.just("X"),
    quantity=_quantities,
    cost=_costs,
    acquired_at=st.integers(0, 50).map(lambda day: _WHEN.replace(day=1 + day % 28)),
)


@given(st.lists(_lots, max_size=12), st.lists(_quantities, max_size=12))
@run(max_examples=100, deadline=None)
def test_what_is_taken_and_what_is_left_add_up_to_what_was_there(
    lots: list[Lot], takings: list[Decimal]
) -> None:
    book = LotBook(lots)
    taken = [piece for quantity in takings for piece in book.take("W", "X", quantity).pieces]
    rest = [*taken, *book.snapshot()]
    costs = [piece.cost for piece in rest if piece.cost is not None]
    assert total(costs, "USD") == total([x.cost for x in lots if x.cost is not None], "USD")
    assert all(piece.quantity > 0 for piece in rest)
    assert all(cost.amount >= 0 for cost in costs)


def test_the_oldest_lot_goes_first_whenever_it_arrived() -> None:
    book = LotBook([lot("1 X", "200", on="2024-02-01"), lot("1 X", "100", on="2024-01-01")])
    assert book.take("Exchange", "X", Decimal("1.5")).cost("USD") == usd("200.00")
    assert [x.cost for x in book.snapshot()] == [usd("100.00")]


def test_lots_of_one_moment_go_in_the_order_they_arrived() -> None:
    book = LotBook([lot("1 X", "1"), lot("1 X", "2")])
    assert book.take("Exchange", "X", Decimal(1)).cost("USD") == usd("1")


def test_the_last_units_take_all_that_is_left_of_the_cost() -> None:
    book = LotBook([lot("3 X", "10.00")])
    third = [book.take("Exchange", "X", Decimal(1)).cost("USD") for _ in range(3)]
    assert third == [usd("3.33"), usd("3.34"), usd("3.33")]
    assert book.snapshot() == ()


def test_other_wallets_and_assets_are_not_touched() -> None:
    book = LotBook([lot("1 X", "1", wallet="A")])
    assert book.take("B", "X", Decimal(1)).short == 1
    assert book.take("A", "Y", Decimal(1)).short == 1
    assert len(book.snapshot()) == 1


def test_a_shortage_and_an_unknown_cost_have_no_cost() -> None:
    book = LotBook([lot("1 X", None), lot("1 Y", "5")])
    assert book.take("Exchange", "X", Decimal(1)).cost("USD") is None
    short = book.take("Exchange", "Y", Decimal(3))
    assert (short.cost("USD"), short.short) == (None, Decimal(2))
    assert [piece.quantity for piece in short.pieces] == [Decimal(1)]


def test_eighteen_decimals_of_a_large_holding_stay_exact() -> None:
    book = LotBook([lot("123456789012.000000000000000001 X", "1000000.00")])
    book.take("Exchange", "X", Decimal("0.000000000000000001"))
    (left,) = book.snapshot()
    assert left.quantity == Decimal(123456789012)
    assert left.cost == Money(Decimal(1_000_000), "USD")
