"""Journal numbers: 21 characters that come back as they went."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.numbers import (
    ALPHABET,
    LAST_SEQUENCE,
    NUMBER_LENGTH,
    NumberError,
    decode,
    encode,
    find_number,
    format_number,
    parse_number,
    prefix,
)

orgs = st.text(alphabet=ALPHABET, min_size=4, max_size=4)
sequences = st.integers(min_value=0, max_value=LAST_SEQUENCE)
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))


@given(orgs, sequences, days)
def test_every_number_has_21_characters_and_reads_back(org: str, sequence: int, day: date) -> None:
    number = format_number(org, sequence, day)
    assert len(number) == NUMBER_LENGTH
    assert number.startswith(prefix(org))
    parsed = parse_number(number)
    assert (parsed.org, parsed.sequence, parsed.entry_date) == (org, sequence, day)


@given(orgs, sequences, days, st.sampled_from(("[{}] memo", "{}", "see ({}).", "{} a-b")))
def test_a_number_is_found_inside_a_text(org: str, sequence: int, day: date, text: str) -> None:
    number = format_number(org, sequence, day)
    assert find_number(text.format(number)) == number


@given(st.integers(min_value=0, max_value=LAST_SEQUENCE - 1))
def test_numbers_sort_as_their_sequences(sequence: int) -> None:
    assert encode(sequence, length=5) < encode(sequence + 1, length=5)
    assert decode(encode(sequence, length=5)) == sequence


def test_the_date_is_month_day_year() -> None:
    assert format_number("7K2M", 1, date(2023, 12, 31)) == "INT-7K2M-00001-123123"
    assert format_number("7K2M", 1, date(2023, 2, 1)) == "INT-7K2M-00001-020123"


@pytest.mark.parametrize(
    "text",
    ["", "INT-7K2M-00001-133123", "INT-7K2M-0000I-123123", "int-7k2m-00001-123123",
     "XINT-7K2M-00001-123123", "INT-7K2M-00001-1231234", "INT-7K2M-00001-023023",
     "INT-7K2M-00001-123123\n"],
)  # fmt: skip
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(NumberError):
        parse_number(text)
    assert find_number(text.strip()) in {None, text.strip()}


@pytest.mark.parametrize(
    ("org", "sequence", "year"),
    [("7K2", 1, 2025), ("7K2I", 1, 2025), ("7K2M", -1, 2025), ("7K2M", LAST_SEQUENCE + 1, 2025),
     ("7K2M", 1, 1999)],
)  # fmt: skip
def test_a_part_that_does_not_fit_is_refused(org: str, sequence: int, year: int) -> None:
    with pytest.raises(NumberError):
        format_number(org, sequence, date(year, 1, 1))
