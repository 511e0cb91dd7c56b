"""Journal entries and totals as each local ERP or a journal file shows them, in one shape.

It reads the control API's answers, or a file's text, for the verdict and decides nothing.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sandbox.payload import JsonObject, object_at, objects_at, text_at
from sandbox.reckoning import Line
from sandbox.xero.wire import moment_of

Side = Literal["debit", "credit"]
Place = tuple[str, Side]
"""Account name and side."""
Names = Mapping[str, str]
"""Account id to name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One journal entry as the ERP has it."""

    number: str
    day: date
    row: str
    """The id at the end of its memo."""
    by_hand: bool
    lines: tuple[Line, ...]

    @property
    def cents(self) -> int:
        """The sum of the debits."""
        return sum(cents for _, side, cents in self.lines if side == "debit")


def read_quickbooks(journal: JsonObject, names: Names) -> Copy:
    """Read a `JournalEntry`: our number is its `DocNumber`."""
    return Copy(
        number=text_at(journal, "DocNumber") or "",
        day=date.fromisoformat(text_at(journal, "TxnDate") or ""),
        row=_last_word(text_at(journal, "PrivateNote")),
        by_hand=bool(journal.get("byHand")),
        lines=tuple(_quickbooks_line(line, names) for line in objects_at(journal, "Line")),
    )


def read_xero(journal: JsonObject, names: Names) -> Copy:
    """Read a `ManualJournal`: our number stands in brackets where its narration begins."""
    narration = text_at(journal, "Narration") or ""
    token, bracket, _ = narration.partition("]")
    moment = moment_of(text_at(journal, "Date") or "")
    if moment is None:
        raise ValueError(f"a journal without a date: {narration}")
    return Copy(
        number=token.removeprefix("[") if bracket else "",
        day=moment.date(),
        row=_last_word(narration),
        by_hand=bool(journal.get("byHand")),
        lines=tuple(_xero_line(line, names) for line in objects_at(journal, "JournalLines")),
    )


def read_netsuite(journal: JsonObject, names: Names) -> Copy:
    """Read a `journalEntry`: our number is its `externalId`."""
    items = objects_at(object_at(journal, "line"), "items")
    return Copy(
        number=text_at(journal, "externalId") or "",
        day=date.fromisoformat(text_at(journal, "tranDate") or ""),
        row=_last_word(text_at(journal, "memo")),
        by_hand=bool(journal.get("byHand")),
        lines=tuple(_netsuite_line(line, names) for line in items),
    )


def read_totals(answer: JsonObject, names: Names) -> dict[Place, int]:
    """Read the control API's account totals, which all ERPs have in one shape."""
    found: dict[Place, int] = {}
    for total in objects_at(answer, "totals"):
        name = names[str(total["id"])]
        found[name, "debit"] = _cents(text_at(total, "debit"))
        found[name, "credit"] = _cents(text_at(total, "credit"))
    return found


def read_files(texts: Iterable[str]) -> tuple[list[Copy], dict[Place, int]]:
    """Read journal files of the generic layout, a row a posting: the entries and the totals.

    An entry that stands in two files is two copies.
    """
    copies: list[Copy] = []
    totals: Counter[Place] = Counter()
    for text in texts:
        rows: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
        for row in csv.DictReader(io.StringIO(text, newline="")):
            rows[row["number"]].append(row)
            name, side, cents = _row_line(row)
            totals[name, side] += cents
        copies += [_read_rows(number, found) for number, found in rows.items()]
    return copies, dict(totals)


def _read_rows(number: str, rows: list[Mapping[str, str]]) -> Copy:
    return Copy(
        number=number,
        day=date.fromisoformat(rows[0]["date"]),
        row=_last_word(rows[0]["memo"]),
        by_hand=False,
        lines=tuple(_row_line(row) for row in rows),
    )


def _row_line(row: Mapping[str, str]) -> Line:
    side: Side = "debit" if row["debit"] else "credit"
    return row["account_name"], side, _cents(row[side])


def _quickbooks_line(line: JsonObject, names: Names) -> Line:
    detail = object_at(line, "JournalEntryLineDetail")
    account = text_at(object_at(detail, "AccountRef"), "value") or ""
    side: Side = "debit" if text_at(detail, "PostingType") == "Debit" else "credit"
    return names[account], side, _cents(text_at(line, "Amount"))


def _xero_line(line: JsonObject, names: Names) -> Line:
    cents = _cents(text_at(line, "LineAmount"))
    account = text_at(line, "AccountID") or ""
    return names[account], "debit" if cents > 0 else "credit", abs(cents)


def _netsuite_line(line: JsonObject, names: Names) -> Line:
    account = text_at(object_at(line, "account"), "id") or ""
    side: Side = "debit" if "debit" in line else "credit"
    return names[account], side, _cents(text_at(line, side))


def _last_word(memo: str | None) -> str:
    return (memo or "").rpartition(" ")[2]


def _cents(text: str | None) -> int:
    return int(Decimal(text or "0") * 100)
