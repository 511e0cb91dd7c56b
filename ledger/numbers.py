"""Journal numbers: the one name an entry has for us, for the ERP and for people.

``INT-{org}-{sequence}-{MMDDYY}``, 21 characters, the most that QuickBooks takes as a DocNumber.
It says nothing about who hands numbers out; they are handed out once and never reused. No I/O.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U (https://www.crockford.com/base32.html)."""
ORG_LENGTH = 4
SEQUENCE_LENGTH = 5
NUMBER_LENGTH = 21
LAST_SEQUENCE = 32**SEQUENCE_LENGTH - 1

_DIGIT = f"[{ALPHABET}]"
_PATTERN = (
    rf"INT-(?P<org>{_DIGIT}{{{ORG_LENGTH}}})-(?P<sequence>{_DIGIT}{{{SEQUENCE_LENGTH}}})"
    r"-(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<year>[0-9]{2})"
)
_WHOLE = re.compile(_PATTERN)
_INSIDE = re.compile(rf"(?<![0-9A-Za-z-]){_PATTERN}(?![0-9A-Za-z-])")


class NumberError(ValueError):
    """A text that is no journal number, or a value that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalNumber:
    """The parts of a journal number.

    Raises:
        NumberError: for an organisation code, a sequence or a year that does not fit.
    """

    org: str
    sequence: int
    entry_date: date
    """As it was when the number was handed out; between 2000 and 2099."""

    def __post_init__(self) -> None:
        if len(self.org) != ORG_LENGTH or not set(self.org) <= set(ALPHABET):
            message = f"an organisation's code is {ORG_LENGTH} of {ALPHABET}, not {self.org!r}"
            raise NumberError(message)
        if not 0 <= self.sequence <= LAST_SEQUENCE:
            message = f"a sequence is between 0 and {LAST_SEQUENCE:,}, not {self.sequence:,}"
            raise NumberError(message)
        if not 2000 <= self.entry_date.year <= 2099:
            message = f"a number's date is between 2000 and 2099, not {self.entry_date}"
            raise NumberError(message)

    def __str__(self) -> str:
        sequence = encode(self.sequence, length=SEQUENCE_LENGTH)
        return f"{prefix(self.org)}{sequence}-{self.entry_date:%m%d%y}"


def format_number(org: str, sequence: int, entry_date: date) -> str:
    """Write a journal number.

    Raises:
        NumberError: for a part that does not fit.
    """
    return str(JournalNumber(org=org, sequence=sequence, entry_date=entry_date))


def parse_number(text: str) -> JournalNumber:
    """Read a journal number, exactly as it was written.

    Raises:
        NumberError: when the text is anything else.
    """
    match = _WHOLE.fullmatch(text)
    number = _read(match) if match else None
    if number is None:
        message = f"{text!r} is no journal number like INT-7K2M-0004F-103126"
        raise NumberError(message)
    return number


def find_number(text: str) -> str | None:
    """Return the first journal number inside a text, such as a memo; none when there is none."""
    for match in _INSIDE.finditer(text):
        if _read(match) is not None:
            return match.group()
    return None


def prefix(org: str) -> str:
    """Return what every number of an organisation begins with, to search an ERP for."""
    return f"INT-{org}-"


def encode(value: int, *, length: int) -> str:
    """Write a number in Crockford's base 32 with leading zeros.

    Raises:
        NumberError: when it needs more digits.
    """
    digits = ""
    rest = value
    for _ in range(length):
        rest, digit = divmod(rest, 32)
        digits = ALPHABET[digit] + digits
    if rest:
        message = f"{value} needs more than {length} digits"
        raise NumberError(message)
    return digits


def decode(digits: str) -> int:
    """Read a number in Crockford's base 32.

    Raises:
        NumberError: for a character that is no digit.
    """
    value = 0
    for digit in digits:
        place = ALPHABET.find(digit)
        if place < 0:
            message = f"{digit!r} is no digit of Crockford's base 32"
            raise NumberError(message)
        value = value * 32 + place
    return value


def _read(match: re.Match[str]) -> JournalNumber | None:
    try:
        day = date(2000 + int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    return JournalNumber(org=match["org"], sequence=decode(match["sequence"]), entry_date=day)
