"""The generic format: CSV and JSON lines of transactions, and CSV of opening lots.

First stage of the line: bytes in, transactions and rejected rows out. A row that cannot be
read is refused with its reason and the others stay; a file whose columns are not the format's
is refused whole, as nobody can know what else it means. No I/O.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from typing import Protocol

from ledger.problems import Problem
from ledger.sources.rows import FIELDS, REQUIRED_FIELDS, Row, read_row, row_problem
from ledger.transactions import Transaction

# Longer than every field together; a line beyond it is no row.
_LONGEST_LINE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """What a file holds, in the order of its rows."""

    transactions: tuple[Transaction, ...]
    problems: tuple[Problem, ...]
    """Each names its row and field in ``facts``, and what to write instead."""


class Reader(Protocol):
    """Reads the lines of a file, row by row."""

    def __call__(self, lines: Iterable[str], *, source: str) -> Iterator[Row]:
        """Yield the rows as the lines come."""
        ...


LOT_COLUMNS = ("account", "asset", "quantity", "cost", "acquired_at")
"""Of a file of opening lots, which is easily given as one of transactions."""


class FileRefusedError(ValueError):
    """A file that is refused whole; ``problems`` say why."""

    def __init__(self, *reasons: tuple[str, str]) -> None:
        """Keep a problem for each (field, reason)."""
        super().__init__("; ".join(reason for _, reason in reasons))
        self.problems = tuple(
            row_problem(0, field=field, reason=reason) for field, reason in reasons
        )


def parse_csv(data: bytes, *, source: str) -> ParsedFile:
    """Read a CSV file whole. An id that it has twice is rejected wherever it stands."""
    return _parse(data, source, read_csv)


def parse_json_lines(data: bytes, *, source: str) -> ParsedFile:
    """Read JSON lines whole. An id that they have twice is rejected wherever it stands."""
    return _parse(data, source, read_json_lines)


def read_csv(lines: Iterable[str], *, source: str) -> Iterator[Row]:
    """Yield the rows of a CSV file as its lines come; ids are not compared.

    Raises:
        FileRefusedError: when the header is not that of the format.
    """
    for number, cells in read_table(lines, known=FIELDS, required=REQUIRED_FIELDS):
        if isinstance(cells, Problem):
            yield Row(number=number, id=None, problems=(cells,))
        else:
            yield read_row(number, cells, source=source)


def read_json_lines(lines: Iterable[str], *, source: str) -> Iterator[Row]:
    """Yield the rows of JSON lines as they come; ids are not compared.

    A number may be a JSON number: its digits are taken as they are written.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        texts = _texts_of(line, number)
        if isinstance(texts, Problem):
            yield Row(number=number, id=None, problems=(texts,))
        else:
            yield read_row(number, texts, source=source)


def read_table(
    lines: Iterable[str], *, known: tuple[str, ...], required: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str] | Problem]]:
    """Yield each row of a CSV file with its number, as texts by column or as its problem.

    A byte-order mark, blank lines and any line ends are fine.

    Raises:
        FileRefusedError: for a header that lacks required columns, or has unknown or repeated ones.
    """
    table = _cells(lines)
    _, first = next(table, (0, None))
    if first is None:
        raise FileRefusedError(("file", "is empty; its first row names the columns"))
    if isinstance(first, Problem):
        raise FileRefusedError(("header", first.facts[-1][1]))
    header = _header(first, known=known, required=required)
    for number, cells in table:
        if isinstance(cells, Problem):
            yield number, cells
        else:
            yield number, _by_column(header, cells, number)


def decode(data: bytes) -> str:
    """Decode UTF-8, with or without a byte-order mark.

    Raises:
        FileRefusedError: for another encoding.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 (byte {error.start + 1:,}); save it as CSV UTF-8"
        raise FileRefusedError(("file", reason)) from error


def _parse(data: bytes, source: str, read: Reader) -> ParsedFile:
    try:
        # Only real line ends divide lines; other separators are characters of a field.
        rows = list(read(StringIO(decode(data), newline=""), source=source))
    except FileRefusedError as refused:
        return ParsedFile(transactions=(), problems=refused.problems)
    return _without_repeats(rows)


def _without_repeats(rows: list[Row]) -> ParsedFile:
    """Reject every row whose id the file has more than once: nobody knows which one holds."""
    counts = Counter(row.id for row in rows if row.id is not None)
    transactions: list[Transaction] = []
    problems: list[Problem] = []
    for row in rows:
        problems += row.problems
        if row.id is not None and counts[row.id] > 1:
            reason = f"is in this file {counts[row.id]} times; keep one row or give each its own id"
            problems.append(row_problem(row.number, field="id", reason=reason, row_id=row.id))
        elif row.transaction is not None:
            transactions.append(row.transaction)
    return ParsedFile(transactions=tuple(transactions), problems=tuple(problems))


def _cells(lines: Iterable[str]) -> Iterator[tuple[int, list[str] | Problem]]:
    """Yield each row that is not blank, numbered by the line on which it begins."""
    reader = csv.reader(lines, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"is no CSV ({error}); check its quotation marks"
            yield number, row_problem(number, field="row", reason=reason)
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _header(
    cells: list[str], *, known: tuple[str, ...], required: tuple[str, ...]
) -> tuple[str, ...]:
    names = tuple(cell.strip().lower() for cell in cells)
    kind = _other_kind(set(names), required)
    if kind:
        raise FileRefusedError(
            ("header", f"is that of {kind}; import it again and say that the file holds {kind}")
        )
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise FileRefusedError(
            ("header", "is not divided by commas; save the file as CSV with commas")
        )
    reasons = [("header", f"lacks the column {name}") for name in required if name not in names]
    for name, count in Counter(names).items():
        if name not in known:
            reasons.append(("header", _unknown_column(name, known)))
        elif count > 1:
            reasons.append(("header", f"has the column {name} {count} times; keep one"))
    if any(name and name not in known for name in names):
        reasons.append(("header", f"may have the columns {', '.join(known)}"))
    if reasons:
        raise FileRefusedError(*reasons)
    return names


def _unknown_column(name: str, known: tuple[str, ...]) -> str:
    if not name:
        return "has a column without a name; name it or delete it"
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"has the unknown column “{name[:40]}”{hint}"


def _other_kind(names: set[str], required: tuple[str, ...]) -> str | None:
    """Return what a file holds whose header is that of the other kind of file; else none."""
    kinds = {"opening lots": LOT_COLUMNS, "transactions": REQUIRED_FIELDS}
    if required not in kinds.values() or set(required) <= names:
        return None
    return next((kind for kind, columns in kinds.items() if set(columns) <= names), None)


def _by_column(header: tuple[str, ...], cells: list[str], number: int) -> dict[str, str] | Problem:
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True))
    hint = "quote fields that hold a comma" if len(cells) > len(header) else "fill up the row"
    reason = f"has {len(cells)} cells and the header {len(header)}; {hint}"
    return row_problem(number, field="row", reason=reason)


def _texts_of(line: str, number: int) -> dict[str, str] | Problem:
    """Read one JSON line as texts by key; numbers keep their digits, nothing becomes a float."""
    try:
        if len(line) > _LONGEST_LINE:
            reason = f"has more than {_LONGEST_LINE:,} characters"
            return row_problem(number, field="row", reason=reason)
        pairs = json.loads(
            line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_Pairs
        )
    except (ValueError, RecursionError):
        return row_problem(number, field="row", reason="is no JSON; write one object a line")
    if not isinstance(pairs, _Pairs):
        return row_problem(number, field="row", reason="is no JSON object; write one a line")
    for key, value in pairs:
        if key not in FIELDS:
            reason = _unknown_column(key, FIELDS).replace("column", "key")
            return row_problem(number, field=key[:40], reason=reason)
        if value is not None and not isinstance(value, str):
            return row_problem(number, field=key, reason="is neither text nor a number")
    texts = {key: value for key, value in pairs if isinstance(value, str)}
    if len({key for key, _ in pairs}) < len(pairs):
        return row_problem(number, field="row", reason="has a key twice; keep one")
    return texts


class _Pairs(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a repeated key is seen."""
