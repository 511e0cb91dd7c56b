"""Where our number lives in Xero: in brackets at the start of a journal's ``Narration``.

Manual journals have no reference of their own
(https://developer.xero.com/documentation/api/accounting/manualjournals). Only a number at the very
start is ours: a reversal that a person makes in Xero repeats our narration behind its own words.
Pure.
"""

from __future__ import annotations

from ledger.numbers import NUMBER_LENGTH, NumberError, parse_number

_TOKEN_LENGTH = NUMBER_LENGTH + 2


def write_narration(number: str, memo: str) -> str:
    """Return the narration of an entry of ours."""
    token = f"[{number}]"
    return f"{token} {memo}" if memo else token


def read_narration(narration: str) -> tuple[str | None, str]:
    """Return our number and the memo behind it; no number for an entry that is not ours."""
    token = narration[:_TOKEN_LENGTH]
    if not (token.startswith("[") and token.endswith("]")):
        return None, narration
    try:
        number = str(parse_number(token[1:-1]))
    except NumberError:
        return None, narration
    return number, narration[_TOKEN_LENGTH:].removeprefix(" ")
