"""Field checks of the generic format: text in, exact values out, or a sentence saying why not.

A number that could mean two things is an error, never a guess. No I/O.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

MOST_WHOLE_DIGITS = 20
MOST_DECIMALS = 30
FIRST_YEAR, LAST_YEAR = 1970, 2199

_PLAIN_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_DAY_ONLY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 40


class FieldError(ValueError):
    """A field that cannot be read; the message says what is wrong and how to write it."""


def read_text(text: str, *, limit: int, allows_lines: bool = False) -> str:
    """Check a text field: no control characters, not too long.

    Raises:
        FieldError: saying which of the two it is.
    """
    if allows_lines:
        text = " ".join(text.split())
    if len(text) > limit:
        message = f"has {len(text):,} characters, at most {limit:,} are taken; shorten it"
        raise FieldError(message)
    if not text.isprintable():
        message = "holds a control or invisible character; delete it and type the text again"
        raise FieldError(message)
    return text


def read_quantity(text: str) -> Decimal:
    """Read a quantity: an amount above zero.

    Raises:
        FieldError: for zero and for everything :func:`read_amount` refuses.
    """
    quantity = read_amount(text)
    if not quantity:
        message = "is zero; leave the row out or fill in how much was moved"
        raise FieldError(message)
    return quantity


def read_amount(text: str) -> Decimal:
    """Read a plain decimal number, exactly: digits and at most one point.

    Raises:
        FieldError: for signs, commas, exponents, currency signs, NaN, or too many digits.
    """
    match = _PLAIN_NUMBER.fullmatch(text)
    if match is None:
        message = f"{_shown(text)} {_why_no_number(text)}"
        raise FieldError(message)
    if len(match[1].lstrip("0")) > MOST_WHOLE_DIGITS or len(match[2] or "") > MOST_DECIMALS:
        message = (
            f"{_shown(text)} has too many digits; at most {MOST_WHOLE_DIGITS} before and "
            f"{MOST_DECIMALS} after the point are taken"
        )
        raise FieldError(message)
    return Decimal(text)


def read_moment(text: str) -> datetime:
    """Read an ISO 8601 timestamp with its zone, and return it in UTC.

    Raises:
        FieldError: without a zone, out of range, or in another form.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{_shown(text)} is no ISO 8601 timestamp; write 2026-10-31T14:05:00Z"
        raise FieldError(message) from error
    if _DAY_ONLY.fullmatch(text):
        message = f"{_shown(text)} has no time of day; write it whole, such as {text}T14:05:00Z"
        raise FieldError(message)
    if moment.tzinfo is None:
        message = f"{_shown(text)} has no time zone; add Z for UTC or an offset such as +02:00"
        raise FieldError(message)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        message = f"{_shown(text)} is not between the years {FIRST_YEAR} and {LAST_YEAR}"
        raise FieldError(message)
    return moment.astimezone(UTC)


def read_acquired_at(text: str) -> datetime:
    """Read when a lot was acquired: a timestamp with its zone, or a plain day, taken as UTC.

    Raises:
        FieldError: for anything else.
    """
    return read_moment(f"{text}T00:00:00Z" if _DAY_ONLY.fullmatch(text) else text)


def _why_no_number(text: str) -> str:
    """Say what is wrong with a text that should be a number."""
    if "," in text:
        return "has a comma, which could be a decimal or a thousands sign; write 1234.56"
    if text.startswith(("-", "+", "(", "\u2212")):
        return "has a sign; amounts are above zero, and the row's type says the direction"
    if re.fullmatch(r"[0-9.]+[eE][+-]?[0-9]+", text):
        return "is in exponent form; write all its digits, such as 0.00000001"
    if text.lower() in {"nan", "inf", "infinity"}:
        return "is not a number; fill in the amount"
    if any(c.isspace() for c in text) or "'" in text or "_" in text:
        return "has a thousands sign or a space; write 1234.56"
    return "is no plain number; write digits and a point, such as 1234.56, without a unit"


def _shown(text: str) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return f"“{plain}”" if len(plain) <= _SHOWN else f"“{plain[:_SHOWN]}…”"
