"""QuickBooks' query language, as much of it as we use.

https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries
There is no ``OR``; strings quote with a backslash; pages have at most 1000 rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.erp.connector import EntryQuery

PAGE_ROWS = 1000
EVERY_STATUS = "Active IN (true, false)"
"""Without it, inactive accounts and contacts are left out."""
# Keeps the query, which travels in the address, well under the usual 8 KB.
_NUMBERS_A_QUERY = 50


def select(entity: str, condition: str, *, start: int) -> str:
    """Return the query of one page; ``start`` counts rows from 1.

    Ordered by id, which nobody edits, so that no row moves between two pages.
    """
    where = f"WHERE {condition} ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE_ROWS}"
    return f"SELECT * FROM {entity} {where}"  # noqa: S608 - QuickBooks' own language, not SQL


def entry_conditions(query: EntryQuery) -> Iterator[str]:
    """Return the conditions that together cover a search, each for a query of its own.

    Raises:
        ValueError: the search names no number, prefix or date.
    """
    ranges = [*_prefix_conditions(query), *_date_conditions(query)]
    if not query.numbers:
        if not ranges:
            raise ValueError("a search needs numbers, a prefix or dates")
        yield " AND ".join(ranges)
        return
    numbers = tuple(dict.fromkeys(query.numbers))
    for first in range(0, len(numbers), _NUMBERS_A_QUERY):
        chunk = _list(numbers[first : first + _NUMBERS_A_QUERY])
        yield " AND ".join([f"DocNumber IN ({chunk})", *ranges])


def quote(text: str) -> str:
    """Write a string of the query language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _list(values: Sequence[str]) -> str:
    return ", ".join(map(quote, values))


def _prefix_conditions(query: EntryQuery) -> list[str]:
    if query.number_prefix is None:
        return []
    conditions = [f"DocNumber LIKE {quote(query.number_prefix + '%')}"]
    if query.from_number is not None:
        conditions.append(f"DocNumber >= {quote(query.from_number)}")
    return conditions


def _date_conditions(query: EntryQuery) -> list[str]:
    bounds = ((">=", query.first_date), ("<=", query.last_date))
    return [f"TxnDate {sign} '{day.isoformat()}'" for sign, day in bounds if day is not None]
