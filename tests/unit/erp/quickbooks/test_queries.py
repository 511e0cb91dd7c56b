"""Queries say what was asked for, in pages, and quote what they are given."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.connector import EntryQuery
from bot.erp.quickbooks.queries import entry_conditions, quote, select

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        (EntryQuery(numbers=("A", "B", "A")), ["DocNumber IN ('A', 'B')"]),
        (
            EntryQuery(first_date=OCTOBER[0], last_date=OCTOBER[1]),
            ["TxnDate >= '2026-10-01' AND TxnDate <= '2026-10-31'"],
        ),
        (EntryQuery(last_date=OCTOBER[1]), ["TxnDate <= '2026-10-31'"]),
        (
            EntryQuery(number_prefix="INT-T3ST-", from_number="INT-T3ST-0000A"),
            ["DocNumber LIKE 'INT-T3ST-%' AND DocNumber >= 'INT-T3ST-0000A'"],
        ),
        (
            EntryQuery(numbers=("A",), first_date=OCTOBER[0]),
            ["DocNumber IN ('A') AND TxnDate >= '2026-10-01'"],
        ),
    ],
)
def test_a_search_becomes_conditions(query: EntryQuery, conditions: list[str]) -> None:
    assert list(entry_conditions(query)) == conditions


def test_many_numbers_are_asked_for_in_several_queries_that_fit_an_address() -> None:
    numbers = tuple(f"INT-T3ST-{n:05d}-103126" for n in range(120))
    conditions = list(entry_conditions(EntryQuery(numbers=numbers)))
    assert [condition.count("INT-") for condition in conditions] == [50, 50, 20]
    assert all(len(condition) < 2000 for condition in conditions)


def test_pages_count_from_one_and_are_in_a_stable_order() -> None:
    assert select("JournalEntry", "TxnDate >= '2026-10-01'", start=1001) == (
        "SELECT * FROM JournalEntry WHERE TxnDate >= '2026-10-01' "
        "ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )


@given(st.text())
def test_a_quoted_string_ends_only_where_it_should(text: str) -> None:
    inner = quote(text)[1:-1]
    unescaped, characters = "", iter(inner)
    for character in characters:
        assert character != "'"
        unescaped += next(characters) if character == "\\" else character
    assert unescaped == text
