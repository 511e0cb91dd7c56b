"""Periods: how people write them, and when they are over."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import (
    ACCEPTED,
    Period,
    PeriodError,
    is_in_ended_month,
    last_of_month,
    month_of,
    parse_period,
)

TODAY = date(2026, 11, 22)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10", OCTOBER),
        ("2026-10-31", Period(date(2026, 10, 31), date(2026, 10, 31))),
        ("2026-10-01..2026-10-31", OCTOBER),
        (" 2026-10-01 .. 2026-10-31 ", OCTOBER),
        ("2026-10-01 \u2013 2026-10-31", OCTOBER),
        ("2026\u201310\u201301\u20262026\u201310\u201331", OCTOBER),
        ("\uff12\uff10\uff12\uff16-\uff11\uff10", OCTOBER),
        ("2026-2", Period(date(2026, 2, 1), date(2026, 2, 28))),
        ("2024-02", Period(date(2024, 2, 1), date(2024, 2, 29))),
        ("last-month", OCTOBER),
        ("Last Month", OCTOBER),
        ("last\u2011month", OCTOBER),
        ("today", Period(TODAY, TODAY)),
        ("yesterday", Period(date(2026, 11, 21), date(2026, 11, 21))),
    ],
)
def test_people_write_periods_in_many_ways(text: str, expected: Period) -> None:
    assert parse_period(text, today=TODAY) == expected


@pytest.mark.parametrize(
    "text",
    ["", "  ", "october", "2026", "2026-13", "2026-02-30", "10/31/2026", "2026-10-31..2026-10-01",
     "2026-10..2026-11", "2026-10-01..", "0000-01"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_accepted_forms(text: str) -> None:
    with pytest.raises(PeriodError) as error:
        parse_period(text, today=TODAY)
    assert ACCEPTED in str(error.value)


@given(st.dates(min_value=date(1900, 1, 1)), st.dates(min_value=date(1900, 1, 1)))
def test_a_period_reads_back_as_it_is_written(one: date, other: date) -> None:
    period = Period(min(one, other), max(one, other))
    assert parse_period(str(period), today=TODAY) == period


@given(st.dates(max_value=date(9990, 1, 1)))
def test_a_month_holds_its_days_and_ends_on_its_last(day: date) -> None:
    month = month_of(day)
    assert day in month
    assert month.days[-1] == last_of_month(day) == month.last
    assert is_in_ended_month(day, day) is False


def test_a_day_ends_in_its_time_zone() -> None:
    month = month_of(date(2025, 3, 1))
    moment = datetime(2025, 3, 31, 23, 30, tzinfo=UTC)
    assert not month.is_ended(moment, "UTC")
    assert month.is_ended(moment, "Europe/London")
    assert not month.is_ended(datetime(2025, 4, 1, 2, 30, tzinfo=UTC), "America/New_York")


def test_the_last_month_of_january_is_december() -> None:
    assert parse_period("last-month", today=date(2026, 1, 31)) == month_of(date(2025, 12, 5))
