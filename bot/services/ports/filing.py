"""Journal files as they are stored, and how files reach a person. Protocols only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ledger.filing import FiledEntry, FilePart, JournalFile
from ledger.layouts import Layout


class JournalFiles(Protocol):
    """Filed entries and journal files of companies without an ERP; nothing is ever removed."""

    async def unfrozen(self, company_id: str, first: date, last: date) -> list[FiledEntry]:
        """Return the entries of a period that no journal file has, lowest number first."""
        ...

    async def entries_of(self, file_id: str) -> list[FiledEntry]:
        """Return what a journal file froze, lowest number first."""
        ...

    async def next_position(self, company_id: str) -> int:
        """Return the position of the company's next file."""
        ...

    async def freeze(self, file: JournalFile, entry_ids: Sequence[str]) -> None:
        """Store a journal file and put entries into it.

        Raises:
            LookupError: when another file has one of them by now; commit nothing then.
        """
        ...

    async def get(self, file_id: str) -> JournalFile | None:
        """Return a journal file, or none."""
        ...

    async def of_period(self, company_id: str, first: date, last: date) -> list[JournalFile]:
        """Return the journal files with an entry in a period, oldest first."""
        ...

    async def confirm(self, file_id: str, *, by: str, at: datetime) -> bool:
        """Note that a file was imported; false when somebody had said so before."""
        ...

    async def parts(self, file_id: str, layout: Layout) -> list[FilePart]:
        """Return a file as it was given out in a layout, part by part; empty before that."""
        ...

    async def layouts(self, file_id: str) -> list[Layout]:
        """Return the layouts that a file was given out in."""
        ...

    async def keep_parts(self, parts: Sequence[FilePart]) -> None:
        """Keep what is about to be given out for the first time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file for a person."""

    name: str
    data: bytes


class AttachmentRefusedError(Exception):
    """A file that could not be handed over; its text is a sentence for the person."""


class Attachments(Protocol):
    """Files that the bot gives to people."""

    async def send(
        self, team_id: str, user_id: str, files: Sequence[Attachment], *, comment: str
    ) -> None:
        """Put files into a direct message; a second time they are there twice.

        Raises:
            AttachmentRefusedError: when they are not taken, and trying again would not help.
        """
        ...
