"""Tables of companies without an ERP: filed entries, journal files, and what was given out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from ledger.layouts import Layout
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Amount, Choice


class JournalFileRow(Row, table=True):
    """A frozen set of entries; only the confirmation of its import is added later."""

    __tablename__ = "journal_files"
    __table_args__ = (UniqueConstraint("company_id", "position"),)

    id: str = text_field(primary_key=True)
    company_id: str = text_field(foreign_key="companies.id")
    position: int
    first_date: date
    last_date: date
    entries: int
    currency: str = text_field()
    debits: Decimal = typed(Amount)
    digest: str = text_field()
    frozen_at: datetime = typed(UTC)
    frozen_by: str = text_field()
    imported_at: datetime | None = typed(UTC, default=None)
    imported_by: str | None = text_field(default=None)


class JournalFileEntryRow(Row, table=True):
    """A posted entry; written once, and put into one file once."""

    __tablename__ = "journal_file_entries"
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_journal_file_entries_company_id_entry_date", "company_id", "entry_date"),
    )

    id: str = text_field(primary_key=True)
    company_id: str = text_field(foreign_key="companies.id")
    number: str = text_field()
    entry_date: date
    digest: str = text_field()
    content: str = text_field()
    filed_at: datetime = typed(UTC)
    file_id: str | None = text_field(default=None, foreign_key="journal_files.id", index=True)


class JournalFilePartRow(Row, table=True):
    """One file as it was first given out in one layout."""

    __tablename__ = "journal_file_parts"

    file_id: str = text_field(primary_key=True, foreign_key="journal_files.id")
    layout: Layout = typed(Choice(Layout), primary_key=True)
    part: int = Field(primary_key=True)
    name: str = text_field()
    content: str = text_field()
    sha256: str = text_field()
    rows: int


journal_files = table_of(JournalFileRow)
journal_file_entries = table_of(JournalFileEntryRow)
journal_file_parts = table_of(JournalFilePartRow)
