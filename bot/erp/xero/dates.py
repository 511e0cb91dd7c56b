"""Days as Xero writes them.

It reads back ``/Date(1552521600000+0000)/``, milliseconds since 1970 in UTC with the offset of the
zone they are meant in; some endpoints write ISO 8601 instead. Pure.
https://developer.xero.com/documentation/api/accounting/requests-and-responses
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from bot.erp.payload import UnreadableError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})(?:([+-])(\d{2})(\d{2}))?\)/")


def read_day(text: str) -> date:
    """Return the calendar day that a date of Xero's means.

    Raises:
        UnreadableError: it is neither of the two forms, or no day at all.
    """
    match = _MILLISECONDS.fullmatch(text)
    try:
        if match is None:
            return date.fromisoformat(text[:10])
        moment = _EPOCH + timedelta(milliseconds=int(match[1])) + _offset(match)
    except (ValueError, OverflowError) as error:
        raise UnreadableError("a date is no date") from error
    return moment.date()


def _offset(match: re.Match[str]) -> timedelta:
    if match[2] is None:
        return timedelta(0)
    offset = timedelta(hours=int(match[3]), minutes=int(match[4]))
    return -offset if match[2] == "-" else offset
