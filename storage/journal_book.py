"""The book of a company without an ERP, as the journal-file connector wants it.

Each call is a unit of work of its own: nothing is held open while entries are filed one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from ledger.books import Books
from ledger.entries import PreparedEntry
from ledger.filing import FiledEntry
from storage.database import Database


class StoredJournalBook:
    """Satisfies the connector's port ``JournalFileBook`` for one company."""

    def __init__(self, database: Database, company_id: str, *, new_id: Callable[[], str]) -> None:
        """Take the database, whose book it is, and where ids come from."""
        self._database = database
        self._company_id = company_id
        self._new_id = new_id

    async def books(self) -> Books | None:
        """Return the chart as it was chosen or uploaded."""
        async with self._database.unit(read_only=True) as unit:
            return await unit.companies.books(self._company_id)

    async def add(self, entry: PreparedEntry) -> FiledEntry:
        """File an entry unless it is filed.

        Raises:
            NumberTakenError: its number is filed with another content.
        """
        async with self._database.unit() as unit:
            filed = await unit.journal_files.file_entry(
                self._new_id(), self._company_id, entry, self._database.clock.now()
            )
            await unit.commit()
        return filed

    async def by_numbers(self, numbers: Sequence[str]) -> list[FiledEntry]:
        """Return what is filed under the numbers."""
        async with self._database.unit(read_only=True) as unit:
            return await unit.journal_files.by_numbers(self._company_id, numbers)

    async def between(self, first: date, last: date) -> list[FiledEntry]:
        """Return the entries dated in a period, both ends included."""
        async with self._database.unit(read_only=True) as unit:
            return await unit.journal_files.between(self._company_id, first, last)

    async def numbered_from(self, prefix: str, first: str) -> list[FiledEntry]:
        """Return the entries whose numbers have the prefix and sort at or after ``first``."""
        async with self._database.unit(read_only=True) as unit:
            return await unit.journal_files.numbered_from(self._company_id, prefix, first)

    async def get(self, entry_id: str) -> FiledEntry | None:
        """Return one filed entry, or none."""
        async with self._database.unit(read_only=True) as unit:
            return await unit.journal_files.entry(self._company_id, entry_id)
