"""Opening lots: what the wallets held, and at what cost, before the first transaction.

CSV in, lots and rejected rows out. They build cost and form no entry. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from io import StringIO
from typing import TypeVar

from ledger.lots import Lot
from ledger.money import EXACT_DIGITS, Money, quantum
from ledger.problems import Problem
from ledger.sources.fields import (
    FieldError,
    read_acquired_at,
    read_amount,
    read_quantity,
    read_text,
)
from ledger.sources.generic import LOT_COLUMNS, FileRefusedError, decode, read_table
from ledger.sources.rows import row_problem

COLUMNS = LOT_COLUMNS
"""``acquired_at`` is a timestamp with its zone, or a plain day, taken as UTC."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedLots:
    """The lots of a file, in the order of its rows, and the rows that were refused."""

    lots: tuple[Lot, ...]
    problems: tuple[Problem, ...]


def parse_opening_lots(data: bytes, *, base_currency: str) -> ParsedLots:
    """Read a CSV file of opening lots, whose costs are in the base currency."""
    lots: list[Lot] = []
    problems: list[Problem] = []
    try:
        table = read_table(StringIO(decode(data), newline=""), known=COLUMNS, required=COLUMNS)
        for number, cells in table:
            if isinstance(cells, Problem):
                problems.append(cells)
                continue
            row = _LotRow(number, cells)
            lot = row.lot(base_currency)
            problems += row.problems
            if lot is not None:
                lots.append(lot)
    except FileRefusedError as refused:
        return ParsedLots(lots=(), problems=refused.problems)
    return ParsedLots(lots=tuple(lots), problems=tuple(problems))


class _LotRow:
    """Reads one row and collects what is wrong with it."""

    def __init__(self, number: int, cells: dict[str, str]) -> None:
        self.number = number
        self.cells = cells
        self.problems: list[Problem] = []

    def lot(self, base_currency: str) -> Lot | None:
        account = self._read("account", lambda t: read_text(t, limit=200))
        asset = self._read("asset", lambda t: read_text(t, limit=60))
        quantity = self._read("quantity", read_quantity)
        cost = self._read("cost", lambda t: _cost(t, base_currency))
        acquired_at = self._read("acquired_at", read_acquired_at)
        if account is None or asset is None or quantity is None:
            return None
        if cost is None or acquired_at is None:
            return None
        return Lot(
            account=account, asset=asset, quantity=quantity, cost=cost, acquired_at=acquired_at
        )

    def _read(self, field: str, read: Callable[[str], Value]) -> Value | None:
        text = self.cells[field].strip()
        if not text:
            self._reject(field, "is empty; a lot needs it")
            return None
        try:
            return read(text)
        except FieldError as error:
            self._reject(field, str(error))
            return None

    def _reject(self, field: str, reason: str) -> None:
        self.problems.append(row_problem(self.number, field=field, reason=reason))


def _cost(text: str, base_currency: str) -> Money:
    """Read a cost, which must be whole minor units: rounding it here would break the tie."""
    amount: Decimal = read_amount(text)
    with localcontext(prec=EXACT_DIGITS):
        if amount % quantum(base_currency):
            message = f"has more decimals than {base_currency} has; round it"
            raise FieldError(message)
    return Money(amount, base_currency)
