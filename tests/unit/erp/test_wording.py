"""An ERP's words are shown on one line, short and without secrets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.erp.wording import LONGEST, plain_words


def test_a_long_token_is_left_out_and_an_id_stays() -> None:
    token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"
    id_ = "0b159335-606b-485f-b51b-97b3b32bad32"
    assert plain_words(f"Line\n\tone \x00{token} {id_}") == f"Line one … {id_}"


@given(st.text(max_size=1000))
def test_words_are_one_printable_line_of_bounded_length(text: str) -> None:
    words = plain_words(text)
    assert len(words) <= LONGEST
    assert words.isprintable()
