"""Column types: what goes in comes out, or is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from ledger.delivery import DeliveryState
from storage import types

DIALECT = sqlite.dialect()


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_quantity_of_any_scale_is_kept_exactly(quantity: Decimal) -> None:
    column = types.Quantity()
    stored = column.process_bind_param(quantity, DIALECT)
    assert "E" not in (stored or "")
    assert column.process_result_value(stored, DIALECT) == quantity


@given(st.decimals(min_value=Decimal("-9e14"), max_value=Decimal("9e14"), places=4))
def test_an_amount_is_kept_exactly_as_a_whole_number(amount: Decimal) -> None:
    column = types.Amount()
    stored = column.process_bind_param(amount, DIALECT)
    assert isinstance(stored, int)
    assert abs(stored) < 2**63
    assert column.process_result_value(stored, DIALECT) == amount


def test_an_amount_finer_than_the_column_is_refused() -> None:
    with pytest.raises(ValueError, match="decimals"):
        types.Amount().process_bind_param(Decimal("0.00001"), DIALECT)


@pytest.mark.parametrize("column", [types.Amount(), types.Quantity()])
@pytest.mark.parametrize("number", [0.1, 1, "1", Decimal("NaN"), Decimal("Infinity")])
def test_only_finite_decimals_are_stored(
    column: types.Amount | types.Quantity, number: object
) -> None:
    with pytest.raises(TypeError):
        column.process_bind_param(number, DIALECT)  # type: ignore[arg-type]


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_comes_back_in_utc(moment: datetime) -> None:
    column = types.UTC()
    stored = column.process_bind_param(moment, DIALECT)
    assert stored is not None
    found = column.process_result_value(stored.replace(tzinfo=None), DIALECT)
    assert found == moment.astimezone(UTC)
    assert found.tzinfo is UTC


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        types.UTC().process_bind_param(datetime(2026, 10, 31), DIALECT)  # noqa: DTZ001 - the case


def test_a_word_outside_the_enumeration_is_refused() -> None:
    column = types.Choice(DeliveryState)
    assert column.process_bind_param(DeliveryState.HELD, DIALECT) == "held"
    assert column.process_result_value("held", DIALECT) is DeliveryState.HELD
    with pytest.raises(ValueError, match="pushed"):
        column.process_bind_param("pushed", DIALECT)  # type: ignore[arg-type]


@given(st.lists(st.text()))
def test_several_texts_keep_their_order(texts: list[str]) -> None:
    column = types.Texts()
    stored = column.process_bind_param(tuple(texts), DIALECT)
    assert column.process_result_value(stored, DIALECT) == tuple(texts)
