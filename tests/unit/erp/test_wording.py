"""An ERP's words are shown on one line, short and without secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.wording import LONGEST, plain_code, plain_words


def test_a_long_token_is_left_out_and_an_id_stays() -> None:
    token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"
    id_ = "0b159335-606b-485f-b51b-97b3b32bad32"
    assert plain_words(f"Line\n\tone \x00{token} {id_}") == f"Line one … {id_}"


def test_a_token_written_for_an_address_is_left_out() -> None:
    assert plain_words(f"sent {'aB%2F9' * 8}%3D here") == "sent … here"


@pytest.mark.parametrize("code", ["6240", "INSUFFICIENT_PERMISSION", "invalid_client"])
def test_an_error_code_stays(code: str) -> None:
    assert plain_code(code) == code


@pytest.mark.parametrize("token", ["a" * 43, "two words", "%2Fx", "<b>"])
def test_what_is_no_error_code_is_left_out(token: str) -> None:
    assert plain_code(token) == "…"


@given(st.text(max_size=1000))
def test_words_are_one_printable_line_of_bounded_length(text: str) -> None:
    words = plain_words(text)
    assert len(words) <= LONGEST
    assert words.isprintable()
