"""Layouts: journal entries as the CSV files that accounting systems import.

Pure: entries in, the texts of one or more files out, the same for the same entries. An entry is
never divided between two files. Nothing here knows who asked, or keeps what was made. No I/O.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO

from ledger.entries import PreparedEntry
from ledger.layouts.cells import neutral
from ledger.layouts.columns import GENERIC, NETSUITE, QUICKBOOKS, XERO, Columns


class Layout(StrEnum):
    """Whose import a file is made for."""

    QUICKBOOKS = "quickbooks"
    XERO = "xero"
    NETSUITE = "netsuite"
    GENERIC = "generic"

    @property
    def label(self) -> str:
        """The layout's name as people write it."""
        return _LABELS[self]


_LABELS = {
    Layout.QUICKBOOKS: "QuickBooks",
    Layout.XERO: "Xero",
    Layout.NETSUITE: "NetSuite",
    Layout.GENERIC: "generic CSV",
}
_COLUMNS = {
    Layout.QUICKBOOKS: QUICKBOOKS,
    Layout.XERO: XERO,
    Layout.NETSUITE: NETSUITE,
    Layout.GENERIC: GENERIC,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One CSV file, as text with its own line ends; encode it as UTF-8."""

    content: str
    numbers: tuple[str, ...]
    """The journal numbers in it, in their order."""
    rows: int
    """One a posting; the header is not counted."""


def columns_of(layout: Layout) -> Columns:
    """Return what a layout's columns are and hold."""
    return _COLUMNS[layout]


def render(layout: Layout, entries: Iterable[PreparedEntry]) -> tuple[Sheet, ...]:
    """Write entries in the order of dates and numbers, in as many files as the import needs."""
    columns = _COLUMNS[layout]
    ordered = sorted(entries, key=lambda entry: (entry.entry_date, entry.number))
    names = _dimension_names(columns, ordered)
    return tuple(_sheet(columns, part, names) for part in _parts(ordered, columns.most_rows))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as CSV (RFC 4180) in which no cell is a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue()


def _dimension_names(columns: Columns, entries: Sequence[PreparedEntry]) -> tuple[str, ...]:
    """Return the dimensions that any entry has, as far as the layout has columns for them."""
    names = {name for e in entries for p in e.postings for name, _ in p.dimension_labels}
    return tuple(sorted(name for name in names if columns.takes_dimension(name)))


def _sheet(columns: Columns, entries: Sequence[PreparedEntry], names: Sequence[str]) -> Sheet:
    rows = [row for entry in entries for row in _rows(columns, entry, names)]
    return Sheet(
        content=write_csv((*columns.header, *map(neutral, names)), rows),
        numbers=tuple(entry.number for entry in entries),
        rows=len(rows),
    )


def _rows(columns: Columns, entry: PreparedEntry, names: Sequence[str]) -> Iterator[Sequence[str]]:
    for posting, row in zip(entry.postings, columns.rows_of(entry), strict=True):
        values = dict(posting.dimension_labels)
        yield (*row, *(values.get(name, "") for name in names))


def _parts(
    entries: Sequence[PreparedEntry], most_rows: int | None
) -> Iterator[list[PreparedEntry]]:
    """Yield runs of whole entries that fit; one that alone is too long has a file of its own."""
    part: list[PreparedEntry] = []
    rows = 0
    for entry in entries:
        if part and most_rows is not None and rows + len(entry.postings) > most_rows:
            yield part
            part, rows = [], 0
        part.append(entry)
        rows += len(entry.postings)
    if part:
        yield part
