"""Searching: every page, exactly the numbers or days asked for, as the ERP holds them now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.erp.connector import EntryQuery, Posted
from tests.contract.case import (
    ENTRY_DATE,
    ConnectorCase,
    PlainCase,
    entry,
    find,
    number,
    post,
    post_one,
)


async def posted_id(case: ConnectorCase) -> str:
    outcome = await post_one(case, entry(case))
    assert isinstance(outcome, Posted)
    return outcome.erp_id


async def test_a_search_by_numbers_finds_exactly_those(any_case: PlainCase) -> None:
    await post(any_case, [entry(any_case, sequence) for sequence in range(1, 121)])
    wanted = tuple(number(sequence) for sequence in range(31, 151))
    found = await find(any_case.connector(), EntryQuery(numbers=wanted))
    assert {e.number for e in found} == {number(sequence) for sequence in range(31, 121)}
    assert len(found) == 90


async def test_a_search_by_dates_takes_both_ends_and_reads_every_page(case: ConnectorCase) -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    outside = [first - timedelta(days=1), last + timedelta(days=1)]
    case.type_entries_by_hand(1100, day=first)
    case.type_entries_by_hand(1101, day=last)
    for day in outside:
        case.type_entries_by_hand(1, day=day)
    found = await find(case.connector(), EntryQuery(first_date=first, last_date=last))
    assert len({e.erp_id for e in found}) == len(found) == 2201
    assert {e.entry_date for e in found} == {first, last}


async def test_entries_that_are_not_ours_have_no_number_of_ours(case: ConnectorCase) -> None:
    case.type_entries_by_hand(1, day=ENTRY_DATE)
    await post_one(case, entry(case))
    query = EntryQuery(first_date=ENTRY_DATE, last_date=ENTRY_DATE)
    found = await find(case.connector(), query)
    assert sorted(e.number or "" for e in found) == ["", number(1)]


async def test_a_search_by_prefix_finds_our_later_numbers(case: ConnectorCase) -> None:
    case.type_entries_by_hand(2, day=ENTRY_DATE)
    await post(case, [entry(case, sequence) for sequence in range(1, 8)])
    query = EntryQuery(number_prefix="INT-T3ST-", from_number="INT-T3ST-00005")
    found = await find(case.connector(), query)
    assert {e.number for e in found} == {number(5), number(6), number(7)}
    other = EntryQuery(number_prefix="INT-0THR-", from_number="INT-0THR-00001")
    assert await find(case.connector(), other) == []


async def test_a_search_for_nothing_is_a_mistake(any_case: PlainCase) -> None:
    with pytest.raises(ValueError, match="search needs"):
        await find(any_case.connector(), EntryQuery())


async def test_an_entry_deleted_by_hand_is_gone(case: ConnectorCase) -> None:
    erp_id = await posted_id(case)
    case.delete_by_hand(erp_id)
    assert await case.connector().fetch_entry(erp_id) is None
    assert await find(case.connector(), EntryQuery(numbers=(number(1),))) == []


async def test_an_entry_edited_by_hand_reads_back_as_it_is_now(case: ConnectorCase) -> None:
    erp_id = await posted_id(case)
    case.change_memo_by_hand(erp_id, "touched by somebody")
    found = await case.connector().fetch_entry(erp_id)
    assert found is not None
    assert (found.erp_id, found.memo) == (erp_id, "touched by somebody")


async def test_an_id_that_never_was_is_absent(any_case: PlainCase) -> None:
    assert await any_case.connector().fetch_entry("987654321") is None


async def test_an_entry_has_an_address_for_people(case: ConnectorCase) -> None:
    erp_id = await posted_id(case)
    url = case.connector().entry_url(erp_id)
    assert url.startswith("http")
    assert erp_id in url
