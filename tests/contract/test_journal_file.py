"""What only a company without an ERP does: posted is filed, and in the books once imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.erp.connector import EntryQuery, Posted
from bot.erp.errors import ErpActionRequired, OutcomeUnknown
from bot.erp.journal_file.connector import JournalFileConnector
from bot.ids import RandomIds
from ledger.filing import freeze
from storage.journal_book import StoredJournalBook
from tests.contract.case import entry, find, number, post, post_one
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
