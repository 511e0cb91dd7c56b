"""JSON with exact numbers: what is written is what is read, digit by digit."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.payload import (
    NotJsonError,
    decimal_at,
    flag_at,
    object_at,
    objects_at,
    read_json,
    text_at,
    write_json,
)

amounts = st.decimals(
    min_value=Decimal("-99999999999999.99999"),
    max_value=Decimal("99999999999999.99999"),
    places=5,
)


@given(amounts)
def test_amounts_survive_digit_by_digit(amount: Decimal) -> None:
    written = write_json({"Amount": amount})
    assert written == f'{{"Amount":{amount:f}}}'
    assert decimal_at(read_json(written.encode()), "Amount") == amount


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())))
def test_everything_else_is_written_as_the_standard_library_would(
    payload: dict[str, str | int | bool | None],
) -> None:
    assert json.loads(write_json(payload)) == payload


def test_nested_lists_and_objects_are_written() -> None:
    assert write_json({"a": [{"b": Decimal("1.10")}, []]}) == '{"a":[{"b":1.10},[]]}'


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", b"[1]", b'"text"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000],
)
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read_json(body)


def test_a_payload_is_read_without_trusting_it() -> None:
    payload = read_json(b'{"o":{},"l":[{"x":1},2],"t":"","n":7,"f":1.5,"b":true,"s":"TRUE"}')
    assert (object_at(payload, "o"), object_at(payload, "n")) == ({}, {})
    assert objects_at(payload, "l") == ({"x": 1},)
    assert objects_at(payload, "t") == ()
    assert [text_at(payload, key) for key in "tnfbz"] == [None, "7", "1.5", None, None]
    assert [decimal_at(payload, key) for key in "nfbt"] == [Decimal(7), Decimal("1.5"), None, None]
    assert [flag_at(payload, key) for key in "bsz"] == [True, True, False]
    assert flag_at(payload, "z", otherwise=True)
