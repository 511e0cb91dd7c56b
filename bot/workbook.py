"""Writes a batch as a workbook: every line, totals by account, and what was left out and why.

Numbers and dates are real ones with formats; text is always text, also where it begins as a
formula does. Rows are streamed to the file. It must not read anything or decide what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from bot.services.workbooks import WorkbookContent
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money, minor_units

if TYPE_CHECKING:
    from datetime import date

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    Value = str | int | date | Money | None

LINE_COLUMNS: Final = (
    ("Number", 24),
    ("Date", 12),
    ("Account number", 15),
    ("Account", 34),
    ("Debit", 16),
    ("Credit", 16),
    ("Currency", 9),
    ("Memo", 44),
    ("Line memo", 44),
    ("Contact", 24),
    ("Dimensions", 28),
    ("Transactions", 40),
)
_EXACT_DIGITS = 15
"""A spreadsheet's numbers are binary; up to so many digits they come back as they went in."""
_CELL_LIMIT = 32_767
"""Characters of one cell: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_workbook(content: WorkbookContent) -> bytes:
    """Return the workbook (xlsx); the same content is always the same bytes."""
    book = Workbook(write_only=True)
    book.properties.creator = "Integral"
    book.properties.created = content.frozen_at.replace(tzinfo=None)
    style = _Style(content.currency)
    _lines(book.create_sheet("Lines"), content, style)
    _totals(book.create_sheet("Totals by account"), content, style)
    _problems(book.create_sheet("Problems"), content, style)
    written = BytesIO()
    book.save(written)
    return _repeatable(written, content)


class _Style:
    """How values become cells."""

    def __init__(self, currency: str) -> None:
        decimals = minor_units(currency)
        self._amount = "#,##0" + (f".{'0' * decimals}" if decimals else "")

    def row(
        self, sheet: WriteOnlyWorksheet, values: Iterable[Value], *, bold: bool = False
    ) -> list[Cell]:
        """Return a row of cells."""
        return [self._cell(sheet, value, bold=bold) for value in values]

    def _cell(self, sheet: WriteOnlyWorksheet, value: Value, *, bold: bool) -> Cell:
        cell = WriteOnlyCell(sheet)
        if isinstance(value, str):
            cell.value = _NOT_IN_XML.sub(" ", value)[:_CELL_LIMIT]
            # Never a formula, whatever it begins with.
            cell.data_type = "s"
        elif isinstance(value, Money):
            self._money(cell, value.amount)
        elif value is not None:
            cell.value = value
            cell.number_format = "#,##0" if isinstance(value, int) else "yyyy-mm-dd"
        if bold:
            cell.font = Font(bold=True)
        return cell

    def _money(self, cell: Cell, amount: Decimal) -> None:
        if len(amount.as_tuple().digits) > _EXACT_DIGITS:
            # Shown in full rather than rounded by the spreadsheet.
            cell.value = f"{amount:,f}"
            cell.data_type = "s"
            return
        cell.value = amount
        cell.number_format = self._amount


def _lines(sheet: WriteOnlyWorksheet, content: WorkbookContent, style: _Style) -> None:
    _head(sheet, LINE_COLUMNS, style)
    for entry in content.entries:
        for posting in entry.postings:
            sheet.append(style.row(sheet, _line(entry, posting, content)))


def _line(
    entry: PreparedEntry, posting: PreparedPosting, content: WorkbookContent
) -> tuple[Value, ...]:
    account = content.books.account(posting.account_id)
    is_debit = posting.side is Side.DEBIT
    contact = next((c for c in content.books.contacts if c.erp_id == posting.contact_id), None)
    transactions = dict.fromkeys(f"{m.source}:{m.transaction_id}" for m in entry.members)
    named = posting.dimension_labels or posting.dimensions
    return (
        entry.number,
        entry.entry_date,
        account.code if account else None,
        account.name if account else posting.account_label,
        posting.money if is_debit else None,
        None if is_debit else posting.money,
        entry.currency,
        entry.memo,
        posting.memo,
        contact.name if contact else posting.contact_id,
        "; ".join(f"{name}: {value}" for name, value in named),
        ", ".join(transactions),
    )


def _totals(sheet: WriteOnlyWorksheet, content: WorkbookContent, style: _Style) -> None:
    _head(sheet, (("Account", 44), ("Debit", 18), ("Credit", 18), ("Currency", 9)), style)
    debit = credit = Money.zero(content.currency)
    for total in sorted(content.accounts, key=lambda each: each.label):
        debit, credit = debit + total.debit, credit + total.credit
        values = (total.label, total.debit, total.credit, content.currency)
        sheet.append(style.row(sheet, values))
    values = ("Total", debit, credit, content.currency)
    sheet.append(style.row(sheet, values, bold=True))


def _problems(sheet: WriteOnlyWorksheet, content: WorkbookContent, style: _Style) -> None:
    columns = (("Problem", 34), ("Transactions", 14), ("Remedy", 70), ("About", 70))
    _head(sheet, columns, style)
    for each in content.problems:
        row = (each.title, each.count, each.remedy.replace("`", ""), "; ".join(each.subjects))
        sheet.append(style.row(sheet, row))
    for name, value in _about(content):
        sheet.append(style.row(sheet, (name, None, value)))


def _about(content: WorkbookContent) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield "Organisation", content.organisation
    yield "Company", content.company
    yield "Period", str(content.period)
    yield "Entries", f"{len(content.entries):,}"
    yield "Prepared", f"{content.frozen_at:%Y-%m-%d %H:%M} UTC"
    yield "Digest of the batch", content.digest


def _head(sheet: WriteOnlyWorksheet, columns: Sequence[tuple[str, int]], style: _Style) -> None:
    """Name the columns and keep them in sight; write-only sheets want this before any row."""
    for number, (_, width) in enumerate(columns):
        # Of every worksheet, as its documentation says; the types know only half of this one.
        columns_of = sheet.column_dimensions  # type: ignore[attr-defined]
        columns_of["ABCDEFGHIJKLMNOP"[number]].width = width
    sheet.freeze_panes = "A2"
    sheet.append(style.row(sheet, [name for name, _ in columns], bold=True))


def _repeatable(written: BytesIO, content: WorkbookContent) -> bytes:
    """Take the moment of writing out of the file: openpyxl puts it into every part of it."""
    stamp = f"{content.frozen_at:%Y-%m-%dT%H:%M:%SZ}".encode()
    result = BytesIO()
    with ZipFile(written) as old, ZipFile(result, "w", ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + stamp, data)
            part = ZipInfo(name, _EPOCH)
            part.compress_type = ZIP_DEFLATED
            new.writestr(part, data)
    return result.getvalue()
