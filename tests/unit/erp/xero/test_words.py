"""Days and narrations as Xero writes them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.payload import UnreadableError
from bot.erp.xero.dates import read_day
from bot.erp.xero.narration import read_narration, write_narration
from ledger.numbers import format_number

NUMBER = "INT-T3ST-00001-103126"
EPOCH = date(1970, 1, 1)

sequences = st.integers(0, 32**5 - 1)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("/Date(1552521600000+0000)/", date(2019, 3, 14)),
        ("/Date(1552521600000)/", date(2019, 3, 14)),
        ("/Date(1552521599999+0000)/", date(2019, 3, 13)),
        ("/Date(1552474800000+1300)/", date(2019, 3, 14)),
        ("/Date(1552536000000-0500)/", date(2019, 3, 13)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("2026-10-31T00:00:00", date(2026, 10, 31)),
        ("2026-10-31", date(2026, 10, 31)),
    ],
)
def test_a_day_is_the_day_it_means_where_it_is_meant(text: str, day: date) -> None:
    assert read_day(text) == day


@given(days)
def test_every_day_comes_back(day: date) -> None:
    milliseconds = (day - EPOCH).days * 86_400_000
    assert read_day(f"/Date({milliseconds}+0000)/") == day
    assert read_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text", ["", "soon", "/Date()/", "/Date(1)", "/Date(99999999999999999)/", "2026-13-01"]
)
def test_what_is_no_day_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_day(text)


@given(sequence=sequences, day=days, memo=st.text(max_size=40))
def test_number_and_memo_come_back(sequence: int, day: date, memo: str) -> None:
    number = format_number("T3ST", sequence, day)
    assert read_narration(write_narration(number, memo)) == (number, memo)


@pytest.mark.parametrize(
    "narration",
    [
        "",
        "Accrual",
        f"Reversal: [{NUMBER}] Roll-up",
        f"{NUMBER} Roll-up",
        f"({NUMBER}) Roll-up",
        f" [{NUMBER}] Roll-up",
        f"[{NUMBER}",
        f"[{NUMBER}0] Roll-up",
        "[INT-T3ST-00001-133126] no such month",
        "[INT-t3st-00001-103126] small letters",
    ],
)
def test_only_a_number_in_brackets_at_the_very_start_is_ours(narration: str) -> None:
    assert read_narration(narration) == (None, narration)


def test_an_entry_without_a_memo_is_its_number() -> None:
    assert write_narration(NUMBER, "") == f"[{NUMBER}]"
