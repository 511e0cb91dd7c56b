"""Filters say what was asked for, fit an address, and what they return is matched again."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.connector import EntryQuery, FoundEntry
from bot.erp.xero.queries import (
    date_filter,
    later_starts,
    matches,
    number_filters,
    prefix_filters,
    quote,
    text_filters,
)
from ledger.numbers import SEQUENCE_LENGTH, encode, format_number

PREFIX = "INT-T3ST-"
sequences = st.integers(0, 32**5 - 1)


def found(number: str | None = None, day: date = date(2026, 10, 31)) -> FoundEntry:
    return FoundEntry(
        erp_id="1", number=number, entry_date=day, currency="USD", memo="", postings=()
    )


def numbered(*days: date) -> list[str]:
    return [format_number("T3ST", n, day) for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("first", "last", "where"),
    [
        (
            date(2026, 10, 1),
            date(2026, 10, 31),
            "Date>=DateTime(2026,10,01) AND Date<=DateTime(2026,10,31)",
        ),
        (None, date(2026, 1, 2), "Date<=DateTime(2026,01,02)"),
        (date(2026, 1, 2), None, "Date>=DateTime(2026,01,02)"),
    ],
)
def test_dates_are_both_ends_included(first: date | None, last: date | None, where: str) -> None:
    assert date_filter(first, last) == where


def test_numbers_are_asked_for_by_the_days_they_carry_close_days_together() -> None:
    days = (date(2026, 10, 1), date(2026, 10, 8), date(2026, 10, 16), date(2026, 10, 16))
    assert list(number_filters(numbered(*days))) == [
        date_filter(days[0], days[1]),
        date_filter(days[2], days[2]),
    ]


@given(st.lists(st.dates(date(2000, 1, 1), date(2099, 12, 31)), max_size=40))
def test_every_number_s_day_lies_in_one_of_the_filters(days: list[date]) -> None:
    filters = list(number_filters(numbered(*days)))
    assert len(filters) <= len(set(days))
    for day in days:
        text = f"DateTime({day.year},{day.month:02d},{day.day:02d})"
        assert any(_covers(part, text) for part in filters)


def _covers(where: str, moment: str) -> bool:
    low, high = (part.partition("=")[2] for part in where.split(" AND "))
    return low <= moment <= high


def test_a_text_that_is_no_number_of_ours_has_no_day() -> None:
    assert list(number_filters(["1042", "INT-1"])) == []
    assert list(text_filters(["1042"])) == ['Narration.Contains("1042")']


@given(st.lists(sequences, max_size=100, unique=True))
def test_filters_of_texts_fit_an_address(numbers: list[int]) -> None:
    asked = [format_number("T3ST", n, date(2026, 10, 31)) for n in numbers]
    for where in text_filters(asked):
        assert len(quote_plus(where)) < 1900
    assert sum(where.count("Contains") for where in text_filters(asked)) == len(asked)


@given(sequences)
def test_filters_of_later_numbers_fit_an_address(sequence: int) -> None:
    from_number = f"{PREFIX}{encode(sequence, length=SEQUENCE_LENGTH)}"
    for where in prefix_filters(PREFIX, from_number):
        assert len(quote_plus(where)) < 1900


@given(first=sequences, other=sequences)
def test_later_starts_cover_exactly_the_later_numbers(first: int, other: int) -> None:
    from_number = f"{PREFIX}{encode(first, length=SEQUENCE_LENGTH)}"
    number = format_number("T3ST", other, date(2026, 10, 31))
    covered = sum(number.startswith(start) for start in later_starts(PREFIX, from_number))
    assert covered == (other >= first)
    query = EntryQuery(number_prefix=PREFIX, from_number=from_number)
    assert matches(query, found(number)) is (other >= first)


def test_without_a_first_number_the_prefix_alone_is_asked_for() -> None:
    assert list(prefix_filters(PREFIX, None)) == ['Narration.Contains("[INT-T3ST-")']


@pytest.mark.parametrize(
    ("query", "entry", "meant"),
    [
        (EntryQuery(numbers=("A",)), found("A"), True),
        (EntryQuery(numbers=("A",)), found("B"), False),
        (EntryQuery(numbers=("A",)), found(), False),
        (EntryQuery(first_date=date(2026, 11, 1)), found(), False),
        (EntryQuery(last_date=date(2026, 10, 31)), found(), True),
        (EntryQuery(numbers=("A",), last_date=date(2026, 10, 30)), found("A"), False),
        (EntryQuery(number_prefix=PREFIX), found(), False),
        (EntryQuery(number_prefix=PREFIX), found("INT-0THR-00001-103126"), False),
        (EntryQuery(number_prefix=PREFIX), found("INT-T3ST-00001-103126"), True),
    ],
)
def test_what_comes_back_is_matched_again(
    query: EntryQuery, entry: FoundEntry, meant: bool
) -> None:
    assert matches(query, entry) is meant


@pytest.mark.parametrize(
    ("value", "written"), [("a", '"a"'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"')]
)
def test_strings_are_quoted(value: str, written: str) -> None:
    assert quote(value) == written
