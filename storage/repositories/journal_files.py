"""Filed entries and journal files of companies without an ERP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.entries import PreparedEntry, dump_entry, load_entry
from ledger.filing import FiledEntry, FilePart, JournalFile, NumberTakenError
from ledger.layouts import Layout
from ledger.money import Money
from storage.statements import (
    AnyRow,
    by_bytes,
    chunks,
    insert_into,
    insert_rows,
    value_from,
    values_of,
)
from storage.tables.journal_files import (
    journal_file_entries,
    journal_file_parts,
    journal_files,
)

_e = journal_file_entries.c
_f = journal_files.c


class JournalFilesRepository:
    """Satisfies the port ``JournalFiles``, and serves the connector's book."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # ── filed entries ────────────────────────────────────────────────────────

    async def file_entry(
        self, id_: str, company_id: str, entry: PreparedEntry, at: datetime
    ) -> FiledEntry:
        """File an entry unless its number is filed; return what is filed under the number.

        Raises:
            NumberTakenError: another content is filed under it.
        """
        row = {
            "id": id_,
            "company_id": company_id,
            "number": entry.number,
            "entry_date": entry.entry_date,
            "digest": entry.digest,
            "content": dump_entry(entry),
            "filed_at": at,
        }
        statement = insert_into(self._session, journal_file_entries).values(row)
        await self._session.execute(
            statement.on_conflict_do_nothing(index_elements=["company_id", "number"])
        )
        (filed,) = await self.by_numbers(company_id, [entry.number])
        if filed.entry.digest != entry.digest:
            raise NumberTakenError(entry.number)
        return filed

    async def by_numbers(self, company_id: str, numbers: Sequence[str]) -> list[FiledEntry]:
        """Return what is filed under the numbers, in their order."""
        found = []
        for chunk in chunks(numbers):
            found += await self._entries(_e.company_id == company_id, _e.number.in_(chunk))
        return found

    async def between(self, company_id: str, first: date, last: date) -> list[FiledEntry]:
        """Return the entries dated in a period, both ends included."""
        return await self._entries(_e.company_id == company_id, _e.entry_date.between(first, last))

    async def numbered_from(self, company_id: str, prefix: str, first: str) -> list[FiledEntry]:
        """Return the entries whose numbers have a prefix and sort at or after another."""
        number = by_bytes(self._session, journal_file_entries.c.number)
        return await self._entries(
            _e.company_id == company_id,
            _e.number.startswith(prefix, autoescape=True),
            number >= first,
        )

    async def entry(self, company_id: str, entry_id: str) -> FiledEntry | None:
        """Return one filed entry, or none."""
        found = await self._entries(_e.company_id == company_id, _e.id == entry_id)
        return found[0] if found else None

    # ── journal files ────────────────────────────────────────────────────────

    async def unfrozen(self, company_id: str, first: date, last: date) -> list[FiledEntry]:
        """Return the entries of a period that no journal file has."""
        return await self._entries(
            _e.company_id == company_id,
            _e.entry_date.between(first, last),
            _e.file_id.is_(None),
        )

    async def entries_of(self, file_id: str) -> list[FiledEntry]:
        """Return what a journal file froze, lowest number first."""
        return await self._entries(_e.file_id == file_id)

    async def next_position(self, company_id: str) -> int:
        """Return the position of the company's next file."""
        found = await self._session.execute(
            select(func.max(_f.position)).where(_f.company_id == company_id)
        )
        return int(found.scalar() or 0) + 1

    async def freeze(self, file: JournalFile, entry_ids: Sequence[str]) -> None:
        """Store a journal file and put entries into it.

        Raises:
            LookupError: when another file has one of them by now; store nothing then.
        """
        values = values_of(file)
        values["debits"] = file.debits.amount
        await self._session.execute(
            insert(journal_files).values(**values, currency=file.debits.currency)
        )
        frozen = 0
        for chunk in chunks(entry_ids):
            done = await self._session.execute(
                update(journal_file_entries)
                .where(_e.company_id == file.company_id, _e.id.in_(chunk), _e.file_id.is_(None))
                .values(file_id=file.id)
                .returning(_e.id)
            )
            frozen += len(done.all())
        if frozen != file.entries:
            message = f"{file.entries - frozen} entries were frozen by another file meanwhile"
            raise LookupError(message)

    async def get(self, file_id: str) -> JournalFile | None:
        """Return a journal file, or none."""
        found = await self._files(_f.id == file_id)
        return found[0] if found else None

    async def of_period(self, company_id: str, first: date, last: date) -> list[JournalFile]:
        """Return the journal files with an entry in a period, oldest first."""
        inside = select(_e.file_id).where(
            _e.company_id == company_id, _e.entry_date.between(first, last)
        )
        return await self._files(_f.company_id == company_id, _f.id.in_(inside))

    async def confirm(self, file_id: str, *, by: str, at: datetime) -> bool:
        """Note that a file was imported; false when somebody had said so before."""
        done = await self._session.execute(
            update(journal_files)
            .where(_f.id == file_id, _f.imported_at.is_(None))
            .values(imported_at=at, imported_by=by)
            .returning(_f.id)
        )
        return done.first() is not None

    async def parts(self, file_id: str, layout: Layout) -> list[FilePart]:
        """Return a file as it was given out in a layout, part by part; empty before that."""
        p = journal_file_parts.c
        found = await self._session.execute(
            select(journal_file_parts)
            .where(p.file_id == file_id, p.layout == layout)
            .order_by(p.part)
        )
        return [value_from(FilePart, row) for row in found]

    async def layouts(self, file_id: str) -> list[Layout]:
        """Return the layouts that a file was given out in."""
        p = journal_file_parts.c
        found = await self._session.execute(
            select(p.layout).where(p.file_id == file_id).distinct().order_by(p.layout)
        )
        return list(found.scalars())

    async def keep_parts(self, parts: Sequence[FilePart]) -> None:
        """Keep what is about to be given out for the first time."""
        await insert_rows(self._session, journal_file_parts, [values_of(part) for part in parts])

    # ── rows to values ───────────────────────────────────────────────────────

    async def _entries(self, *conditions: ColumnElement[bool]) -> list[FiledEntry]:
        found = await self._session.execute(
            select(_e.id, _e.content, _e.file_id, _f.imported_at)
            .join_from(journal_file_entries, journal_files, _e.file_id == _f.id, isouter=True)
            .where(*conditions)
            .order_by(by_bytes(self._session, _e.number))
        )
        return [
            FiledEntry(
                id=row.id,
                entry=load_entry(row.content),
                file_id=row.file_id,
                is_imported=row.imported_at is not None,
            )
            for row in found
        ]

    async def _files(self, *conditions: ColumnElement[bool]) -> list[JournalFile]:
        found = await self._session.execute(
            select(journal_files).where(*conditions).order_by(_f.position)
        )
        return [_file(row) for row in found]


def _file(row: AnyRow) -> JournalFile:
    values: Any = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return value_from(JournalFile, row, debits=Money(values["debits"], values["currency"]))
