"""Entries as CSV for people's spreadsheets: one row a posting, nothing in it is a formula.

A cell that a spreadsheet would run begins with an apostrophe:
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ledger.entries import Side
from ledger.layouts.cells import neutral
from ledger.runs import Delivery

HEADER = (
    "number", "date", "state", "account", "debit", "credit", "currency", "posting_memo", "memo",
    "erp_id", "transactions",
)  # fmt: skip


def entry_rows(deliveries: Iterable[Delivery]) -> Iterator[Sequence[str]]:
    """Yield a row for each posting, in the order of entry dates and numbers."""
    for delivery in sorted(deliveries, key=lambda d: (d.entry.entry_date, d.entry.number)):
        entry = delivery.entry
        members = dict.fromkeys(f"{m.source}:{m.transaction_id}" for m in entry.members)
        for posting in entry.postings:
            amount = str(posting.money.amount)
            is_debit = posting.side is Side.DEBIT
            yield (
                entry.number,
                entry.entry_date.isoformat(),
                delivery.state.value,
                posting.account_label,
                amount if is_debit else "",
                "" if is_debit else amount,
                entry.currency,
                posting.memo,
                entry.memo,
                delivery.erp_id or "",
                " ".join(members),
            )


def write_csv(rows: Iterable[Sequence[str]], out: Path | None) -> None:
    """Write header and rows to a file, or to stdout.

    Raises:
        OSError: when the file cannot be written.
    """
    if out is None:
        _write(rows, sys.stdout)
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        _write(rows, file)


def _write(rows: Iterable[Sequence[str]], file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
