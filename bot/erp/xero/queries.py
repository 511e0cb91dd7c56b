"""Xero's filters for manual journals, as much of them as we use.

https://developer.xero.com/documentation/api/accounting/requests-and-responses (``where``, paging)
and https://developer.xero.com/documentation/api/efficient-data-retrieval: in an organisation of
great volume Xero refuses a filter it has no index for. It has one for ``Date``, so dates come
first; ``Narration`` is asked about only for what dates cannot answer. A filter may return more
than is meant: what comes back goes through :func:`matches`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from bot.erp.connector import EntryQuery, FoundEntry
from ledger.numbers import ALPHABET, NumberError, parse_number

PAGING = {"pageSize": "500", "order": "UpdatedDateUTC ASC"}
"""Of at most 1000, since a page carries every line of its journals; in the order of the last
change, so that what is made or edited meanwhile moves to the end."""

# An address's query holds 2048 characters, encoded: https://github.com/XeroAPI/Xero-OpenAPI/issues/534
_TEXTS_A_FILTER = 30
# Days without an entry of ours that are cheaper to read along than to ask around.
_GAP = timedelta(days=7)


def matches(query: EntryQuery, found: FoundEntry) -> bool:
    """Say whether an entry is one that the search means."""
    if query.numbers and found.number not in query.numbers:
        return False
    prefix = query.number_prefix
    if prefix is not None and not (found.number or "").startswith(prefix):
        return False
    if query.from_number is not None and (found.number or "") < query.from_number:
        return False
    return (query.first_date or date.min) <= found.entry_date <= (query.last_date or date.max)


def date_filter(first: date | None, last: date | None) -> str:
    """Return the filter of a range of entry dates, both ends included; none is an open end."""
    bounds = ((">=", first), ("<=", last))
    return " AND ".join(
        f"Date{sign}DateTime({day.year},{day.month:02d},{day.day:02d})"
        for sign, day in bounds
        if day is not None
    )


def number_filters(numbers: Iterable[str]) -> Iterator[str]:
    """Return filters for numbers by the dates they carry; days that lie close are one filter."""
    for first, last in _stretches(_dates(numbers)):
        yield date_filter(first, last)


def text_filters(numbers: Iterable[str]) -> Iterator[str]:
    """Return filters for numbers by narration, which also find what was moved to another day."""
    return _containing(sorted(set(numbers)))


def prefix_filters(prefix: str, from_number: str | None) -> Iterator[str]:
    """Return filters for the numbers that start with a prefix and sort at or after a number."""
    return _containing([f"[{start}" for start in later_starts(prefix, from_number)])


def later_starts(prefix: str, from_number: str | None) -> list[str]:
    """Return starts which together cover exactly the numbers at or after ``from_number``.

    A filter can say *contains*, not *greater than*; our numbers count in ``ALPHABET``, so what is
    greater begins like the number up to some digit and has a higher digit there.
    """
    if from_number is None:
        return [prefix]
    digits = from_number.removeprefix(prefix).partition("-")[0]
    starts = [f"{prefix}{digits}"]
    for place, digit in enumerate(digits):
        higher = ALPHABET[ALPHABET.index(digit) + 1 :]
        starts += [f"{prefix}{digits[:place]}{other}" for other in higher]
    return starts


def quote(value: str) -> str:
    """Write a string of the filter language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _containing(texts: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(texts), _TEXTS_A_FILTER):
        chunk = texts[first : first + _TEXTS_A_FILTER]
        yield " OR ".join(f"Narration.Contains({quote(text)})" for text in chunk)


def _dates(numbers: Iterable[str]) -> list[date]:
    """Return the days that numbers carry; a text that is no number of ours has none."""
    days = set()
    for number in numbers:
        try:
            days.add(parse_number(number).entry_date)
        except NumberError:
            continue
    return sorted(days)


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    if not days:
        return
    start = before = days[0]
    for day in days[1:]:
        if day - before > _GAP:
            yield start, before
            start = day
        before = day
    yield start, before
