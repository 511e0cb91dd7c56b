"""The book that entries are filed in, as the connector needs it. Storage satisfies it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from ledger.books import Books
from ledger.entries import PreparedEntry
from ledger.filing import FiledEntry


class JournalFileBook(Protocol):
    """The book of one company; what is filed is never changed or removed."""

    async def books(self) -> Books | None:
        """Return the company's chart; none when it has none yet."""
        ...

    async def add(self, entry: PreparedEntry) -> FiledEntry:
        """File an entry unless it is filed already; return what is filed.

        Raises:
            NumberTakenError: its number is filed with another content.
        """
        ...

    async def by_numbers(self, numbers: Sequence[str]) -> list[FiledEntry]:
        """Return what is filed under the numbers."""
        ...

    async def between(self, first: date, last: date) -> list[FiledEntry]:
        """Return the entries dated in a period, both ends included."""
        ...

    async def numbered_from(self, prefix: str, first: str) -> list[FiledEntry]:
        """Return the entries whose numbers have the prefix and sort at or after ``first``."""
        ...

    async def get(self, entry_id: str) -> FiledEntry | None:
        """Return one filed entry; none for an unknown id."""
        ...
