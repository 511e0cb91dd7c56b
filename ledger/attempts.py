"""Attempts that failed, as support asks for them: date, time, code and the ERP's trace id.

Values only, and never an amount, a memo or a name. No I/O.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ledger.problems import ProblemCode

_NOTE = re.compile(r"(?P<code>[a-z_]+)(?: \[trace (?P<trace>[\w:.-]{1,100})\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """One try to send an entry that did not end with the ERP's confirmation."""

    number: str
    attempt: int
    started_at: datetime
    """Aware UTC."""
    ended_at: datetime | None
    outcome: str | None
    """The state that the delivery came to; none while it is being sent."""
    note: str | None
    """As delivery noted it; :func:`read_note` takes it apart."""

    @property
    def code(self) -> ProblemCode | None:
        """Why it failed; none when that was not an answer of the ERP."""
        return read_note(self.note)[0]

    @property
    def trace_id(self) -> str | None:
        """The ERP's own id of the exchange, for its support."""
        return read_note(self.note)[1]


def read_note(note: str | None) -> tuple[ProblemCode | None, str | None]:
    """Return the code and the trace id of an attempt's note; nothing else is ever taken of it."""
    match = _NOTE.fullmatch(note or "")
    if match is None or match["code"] not in set(ProblemCode):
        return None, None
    return ProblemCode(match["code"]), match["trace"]
