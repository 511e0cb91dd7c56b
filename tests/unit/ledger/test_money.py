"""Money: exact, in one currency, rounded half-even once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Money, MoneyError, minor_units, quantum, total

amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=2)


@pytest.mark.parametrize("amount", [1.5, 1, "1"])
def test_only_decimals_are_amounts(amount: object) -> None:
    with pytest.raises(MoneyError):
        Money(amount, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN", "0.001"])
def test_what_is_no_amount_of_the_currency_is_refused(amount: str) -> None:
    with pytest.raises(MoneyError):
        Money(Decimal(amount), "USD")


@pytest.mark.parametrize(("currency", "units"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("XYZ", 2)])
def test_each_currency_has_its_decimals(currency: str, units: int) -> None:
    assert minor_units(currency) == units
    assert Money(Decimal(7), currency).amount.as_tuple().exponent == -units
    with pytest.raises(MoneyError):
        Money(quantum(currency) / 10, currency)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("2.345", "2.34"), ("2.355", "2.36"), ("2.3450000000000000000000000000000000001", "2.35"),
     ("-2.345", "-2.34"), ("9" * 32 + ".995", "1" + "0" * 32 + ".00")],
)  # fmt: skip
def test_rounding_is_half_even_at_any_length(exact: str, rounded: str) -> None:
    assert str(Money.rounded(Decimal(exact), "USD").amount) == rounded


@given(st.lists(amounts))
def test_a_total_is_the_sum_in_any_order(values: list[Decimal]) -> None:
    moneys = [Money(value, "USD") for value in values]
    assert total(moneys, "USD") == total(moneys[::-1], "USD")
    assert total(moneys, "USD").amount == sum(values, start=Decimal("0.00"))


def test_currencies_are_never_mixed() -> None:
    dollar, euro = Money(Decimal(1), "USD"), Money(Decimal(1), "EUR")
    for mix in (lambda: dollar + euro, lambda: dollar - euro, lambda: dollar < euro,
                lambda: dollar <= euro, lambda: total([dollar, euro], "USD")):  # fmt: skip
        with pytest.raises(MoneyError):
            mix()


def test_money_reads_as_people_write_it() -> None:
    assert str(Money(Decimal("1234567.5"), "USD")) == "1,234,567.50 USD"
    assert bool(Money.zero("USD")) is False
    assert -Money(Decimal(1), "USD") == Money(Decimal(-1), "USD")
    assert abs(Money(Decimal(-1), "USD")) == Money(Decimal(1), "USD")
