"""Cells: how amounts are written, and how a cell is kept from being run as a formula.

https://owasp.org/www-community/attacks/CSV_Injection . No I/O.
"""

from __future__ import annotations

import re
from decimal import Decimal

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a plain number stays as it is."""
    if not cell.startswith(_STARTS_A_FORMULA) or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def amount_text(amount: Decimal) -> str:
    """Write an amount exactly, without separators or an exponent."""
    return format(amount, "f")
