"""Filing: entries of a company without an ERP, and the journal files they are frozen into.

An entry is filed once, under its number. A journal file takes the entries that no file has yet;
from then on it never changes. Values only; storage keeps them. No I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from ledger.entries import PreparedEntry, Side, batch_digest
from ledger.layouts import Layout, render, write_csv
from ledger.layouts.cells import amount_text
from ledger.money import Money, total

MANIFEST_COLUMNS = ("file", "sha256", "number", "date", "debits", "credits", "currency", "digest")


class NumberTakenError(Exception):
    """A number is filed already, with another content: its text names the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledEntry:
    """An entry in the book of a company without an ERP."""

    id: str
    entry: PreparedEntry
    file_id: str | None
    """The journal file it was frozen into; none as long as no file has it."""
    is_imported: bool
    """A person confirmed that its file was imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFile:
    """A frozen set of entries."""

    id: str
    company_id: str
    position: int
    """1 for the company's first file; never given twice."""
    first_date: date
    last_date: date
    """Of its entries, both included."""
    entries: int
    debits: Money
    """Which equal the credits: no entry can be unbalanced."""
    digest: str
    """Of its entries' digests, in the order of their numbers."""
    frozen_at: datetime
    frozen_by: str
    imported_at: datetime | None = None
    imported_by: str | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return f"Journal file {self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """One file as it was first given out; every later time the same bytes."""

    file_id: str
    layout: Layout
    part: int
    """From 1; the manifest is part 0."""
    name: str
    content: str
    sha256: str
    rows: int

    @property
    def data(self) -> bytes:
        """The bytes that the checksum is of."""
        return self.content.encode()


def freeze(
    entries: Sequence[PreparedEntry],
    *,
    id_: str,
    company_id: str,
    position: int,
    actor: str,
    at: datetime,
) -> JournalFile:
    """Return the journal file that freezes these entries; ``actor`` asked for it.

    Raises:
        ValueError: for no entries, or entries of several currencies.
    """
    currencies = {entry.currency for entry in entries}
    if len(currencies) != 1:
        message = f"a journal file has entries of one currency, not of {sorted(currencies)}"
        raise ValueError(message)
    currency = currencies.pop()
    sides = {side: _sum(entries, side, currency) for side in Side}
    if sides[Side.DEBIT] != sides[Side.CREDIT]:
        message = f"debits {sides[Side.DEBIT]} and credits {sides[Side.CREDIT]} differ"
        raise ValueError(message)
    return JournalFile(
        id=id_,
        company_id=company_id,
        position=position,
        first_date=min(entry.entry_date for entry in entries),
        last_date=max(entry.entry_date for entry in entries),
        entries=len(entries),
        debits=sides[Side.DEBIT],
        digest=batch_digest(entries),
        frozen_at=at,
        frozen_by=actor,
    )


def parts_of(
    file: JournalFile, entries: Sequence[PreparedEntry], layout: Layout
) -> tuple[FilePart, ...]:
    """Write a journal file in a layout: its parts, and the manifest as the last one.

    Raises:
        ValueError: when these are not the entries that the file froze.
    """
    if batch_digest(entries) != file.digest:
        message = f"the entries of {file.label} are not those that it froze"
        raise ValueError(message)
    sheets = render(layout, entries)
    parts = [
        _part(file, layout, number, content=sheet.content, rows=sheet.rows, of=len(sheets))
        for number, sheet in enumerate(sheets, start=1)
    ]
    by_number = {entry.number: entry for entry in entries}
    lines = [
        _manifest_line(part, by_number[number])
        for part, sheet in zip(parts, sheets, strict=True)
        for number in sheet.numbers
    ]
    manifest = write_csv(MANIFEST_COLUMNS, lines)
    return (*parts, _part(file, layout, 0, content=manifest, rows=len(lines), of=1))


def _part(
    file: JournalFile, layout: Layout, number: int, *, content: str, rows: int, of: int
) -> FilePart:
    stem = f"journal-{file.position:04}-{file.first_date}-{file.last_date}-{layout.value}"
    ending = "-manifest" if number == 0 else f"-{number}-of-{of}" if of > 1 else ""
    return FilePart(
        file_id=file.id,
        layout=layout,
        part=number,
        name=f"{stem}{ending}.csv",
        content=content,
        sha256=sha256(content.encode()).hexdigest(),
        rows=rows,
    )


def _manifest_line(part: FilePart, entry: PreparedEntry) -> tuple[str, ...]:
    return (
        part.name,
        part.sha256,
        entry.number,
        entry.entry_date.isoformat(),
        amount_text(_sum([entry], Side.DEBIT, entry.currency).amount),
        amount_text(_sum([entry], Side.CREDIT, entry.currency).amount),
        entry.currency,
        entry.digest,
    )


def _sum(entries: Sequence[PreparedEntry], side: Side, currency: str) -> Money:
    amounts = [p.money for entry in entries for p in entry.postings if p.side is side]
    return total(amounts, currency)
