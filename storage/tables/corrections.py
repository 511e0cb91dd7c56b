"""Tables of corrections: which entry reverses or replaces which, what was asked, what was compared.

An entry's own row never changes; what became of it later is a row here.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text

from ledger.corrections import Dating, LinkKind, Mode
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice, Texts

IS_LIVE_REVERSAL = text("is_live AND kind = 'reverses'")


class EntryLinkRow(Row, table=True):
    """One entry corrects another; an index allows one live reversal per entry."""

    __tablename__ = "entry_links"
    __table_args__ = (
        Index(
            "uq_entry_links_reversed",
            "original_id",
            unique=True,
            sqlite_where=IS_LIVE_REVERSAL,
            postgresql_where=IS_LIVE_REVERSAL,
        ),
    )

    entry_id: str = text_field(primary_key=True, foreign_key="entries.id")
    original_id: str = text_field(primary_key=True, foreign_key="entries.id", index=True)
    company_id: str = text_field(foreign_key="companies.id", index=True)
    kind: LinkKind = typed(Choice(LinkKind))
    is_live: bool = True


class CorrectionRow(Row, table=True):
    """What a correction run was asked to do; ``summary`` is written when its batch is frozen."""

    __tablename__ = "corrections"

    run_id: str = text_field(primary_key=True, foreign_key="runs.id")
    company_id: str = text_field(foreign_key="companies.id")
    mode: Mode = typed(Choice(Mode))
    dating: Dating = typed(Choice(Dating))
    reason: str = text_field()
    originals: tuple[str, ...] = typed(Texts)
    summary: str | None = text_field(default=None)


class ComparisonRow(Row, table=True):
    """Up to which change a company's entries were compared, and what people were told of it."""

    __tablename__ = "comparisons"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    shape_version: int
    at: datetime = typed(UTC)
    told: int = 0
    told_on: date | None = None


entry_links = table_of(EntryLinkRow)
corrections = table_of(CorrectionRow)
comparisons = table_of(ComparisonRow)
