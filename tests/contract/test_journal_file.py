"""What only a company without an ERP does: posted is filed, and in the books once imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.erp.connector import EntryQuery, Posted
from bot.erp.errors import ErpActionRequired, OutcomeUnknown
from bot.erp.journal_file.connector import JournalFileConnector
from bot.ids import RandomIds
from ledger.books import Books
from ledger.charts.custom import for_journal_file, parse_chart
from ledger.entries import Side
from ledger.filing import freeze
from storage.journal_book import StoredJournalBook
from tests.contract.case import ENTRY_DATE, entry, find, number, post, post_one, posting
from tests.contract.journal_file_case import JournalFileCase, open_journal_file


@pytest.fixture
async def filed(migrated_template: Path, tmp_path: Path) -> AsyncIterator[JournalFileCase]:
    async with open_journal_file(migrated_template, tmp_path) as opened:
        yield opened


async def confirm_import(case: JournalFileCase, erp_id: str) -> None:
    """Freeze one entry into a file and say that it was imported."""
    now = case.clock.now()
    async with case.database.unit() as unit:
        held = await unit.journal_files.entry("company-1", erp_id)
        assert held is not None
        file = freeze(
            [held.entry], id_="f1", company_id="company-1", position=1, actor="U1", at=now
        )
        await unit.journal_files.freeze(file, [erp_id])
        await unit.journal_files.confirm("f1", by="U1", at=now)
        await unit.commit()


async def test_the_same_entry_again_is_the_one_that_is_there(filed: JournalFileCase) -> None:
    first = await post_one(filed, entry(filed))
    assert await post_one(filed, entry(filed)) == first
    assert filed.held_numbers() == [number(1)]


async def test_a_number_with_another_content_is_searched_for(filed: JournalFileCase) -> None:
    await post_one(filed, entry(filed))
    outcome = await post_one(filed, entry(filed, memo="something else"))
    assert isinstance(outcome, OutcomeUnknown)
    (found,) = await find(filed.connector(), EntryQuery(numbers=(number(1),)))
    assert found.memo == entry(filed).memo


async def test_an_entry_is_in_the_books_once_its_file_was_imported(filed: JournalFileCase) -> None:
    posted = await post_one(filed, entry(filed))
    assert isinstance(posted, Posted)
    assert not posted.is_posted
    await confirm_import(filed, posted.erp_id)
    found = await filed.connector().fetch_entry(posted.erp_id)
    assert found is not None
    assert found.is_posted
    assert await post_one(filed, entry(filed)) == Posted(erp_id=posted.erp_id, is_posted=True)


async def test_a_search_by_prefix_finds_our_later_numbers(filed: JournalFileCase) -> None:
    await post(filed, [entry(filed, sequence) for sequence in range(1, 8)])
    query = EntryQuery(number_prefix="INT-T3ST-", from_number="INT-T3ST-00005")
    found = await find(filed.connector(), query)
    assert [e.number for e in found] == [number(5), number(6), number(7)]
    other = EntryQuery(number_prefix="INT-0THR-", from_number="INT-0THR-00001")
    assert await find(filed.connector(), other) == []


@pytest.mark.parametrize("rows", [1, 10_000])
async def test_a_chart_is_read_whole_whatever_its_size(filed: JournalFileCase, rows: int) -> None:
    lines = [f"{1000 + n},Account {n},Bank," for n in range(rows)]
    chart = parse_chart("\n".join(["code,name,type,currency", *lines]).encode())
    books = Books(
        company_name="Acme books",
        functional_currency="USD",
        accounts=for_journal_file(chart.accounts),
    )
    async with filed.database.unit() as unit:
        await unit.companies.save_books("company-1", books, filed.clock.now())
        await unit.commit()
    assert await filed.connector().fetch_books() == books
    assert len(books.accounts) == rows


async def test_a_memo_of_any_length_and_the_largest_amount_come_back_whole(
    filed: JournalFileCase,
) -> None:
    long, largest = "m" * 10_000, "9999999999.99"
    lines = (
        posting(filed.accounts.debit, Side.DEBIT, largest, memo=long),
        posting(filed.accounts.credit, Side.CREDIT, largest, memo=long),
    )
    prepared = entry(filed, memo=long, postings=lines)
    await post_one(filed, prepared)
    (found,) = await find(filed.connector(), EntryQuery(numbers=(prepared.number,)))
    assert found.memo == long
    assert [(p.money, p.memo) for p in found.postings] == [(p.money, p.memo) for p in lines]


async def test_a_search_by_dates_takes_both_ends_and_nothing_beside(
    filed: JournalFileCase,
) -> None:
    days = [ENTRY_DATE - timedelta(days=back) for back in range(4)]
    await post(filed, [entry(filed, n, day=days[n % 4]) for n in range(1, 81)])
    query = EntryQuery(first_date=days[2], last_date=days[1])
    found = await find(filed.connector(), query)
    assert {e.number for e in found} == {number(n) for n in range(1, 81) if n % 4 in {1, 2}}
    assert len(found) == 40


async def test_another_companys_book_is_another(filed: JournalFileCase) -> None:
    posted = await post_one(filed, entry(filed))
    assert isinstance(posted, Posted)
    book = StoredJournalBook(filed.database, "company-2", new_id=RandomIds(filed.clock).new)
    other = JournalFileConnector("journal_file:2", book=book, now=filed.clock.now)
    assert await other.fetch_entry(posted.erp_id) is None
    with pytest.raises(ErpActionRequired, match="no chart of accounts"):
        await other.check_access()


async def test_disconnecting_has_nobody_to_tell_and_entries_have_no_address(
    filed: JournalFileCase,
) -> None:
    await filed.connector().disconnect()
    assert filed.connector().entry_url("1") == ""
    assert filed.connector().settle_s == 0
