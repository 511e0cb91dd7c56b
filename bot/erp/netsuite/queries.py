"""SuiteQL, as much of it as we use.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_157909186990.html
Every query is ordered, since pages of an unordered one can repeat rows. Oracle publishes no list
of columns; docs/erp/netsuite.md says where these come from and what is done without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.erp.connector import EntryQuery
from bot.erp.netsuite.account import is_id

PAGE_ROWS = 1000
QUERY_ROWS = 100_000
"""One query never gives more, however it is paged."""
_NUMBERS_A_QUERY = 100

DEPARTMENT = "department"
CLASS = "class"
LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the values of its placeholders."""

    text: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a ``WHERE`` and the values of its placeholders."""

    text: str
    values: tuple[str, ...] = ()


# Each list, most telling query first; the next one is for accounts that lack a column of it.
ACCOUNTS = (
    Query(
        "SELECT id, acctnumber, fullname, accttype, isinactive, issummary, currency "
        "FROM account ORDER BY id"
    ),
    Query(
        "SELECT id, acctnumber, fullname, accttype, isinactive, issummary FROM account ORDER BY id"
    ),
    Query("SELECT id, acctnumber, fullname, accttype, isinactive FROM account ORDER BY id"),
)
CUSTOMERS = (
    Query("SELECT id, entityid, companyname, isinactive FROM customer ORDER BY id"),
    Query("SELECT id, entityid, isinactive FROM customer ORDER BY id"),
)
VENDORS = (
    Query("SELECT id, entityid, companyname, isinactive FROM vendor ORDER BY id"),
    Query("SELECT id, entityid, isinactive FROM vendor ORDER BY id"),
)
SUBSIDIARIES = (
    Query("SELECT id, name, iselimination, isinactive, currency FROM subsidiary ORDER BY id"),
)
CURRENCIES = (Query("SELECT id, symbol, isbasecurrency FROM currency ORDER BY id"),)
# Adjustment periods lie inside ordinary ones and take nothing that does not ask for them.
PERIODS = (
    Query(
        "SELECT id, TO_CHAR(startdate, 'YYYY-MM-DD') AS first, "
        "TO_CHAR(enddate, 'YYYY-MM-DD') AS last, closed, alllocked FROM accountingperiod "
        "WHERE isposting = 'T' AND isadjust = 'F' ORDER BY startdate, id"
    ),
    Query(
        "SELECT id, TO_CHAR(startdate, 'YYYY-MM-DD') AS first, "
        "TO_CHAR(enddate, 'YYYY-MM-DD') AS last, closed, alllocked FROM accountingperiod "
        "WHERE isposting = 'T' ORDER BY startdate, id"
    ),
)
YEARS = (
    Query(
        "SELECT id, TO_CHAR(startdate, 'YYYY-MM-DD') AS first FROM accountingperiod "
        "WHERE isyear = 'T' ORDER BY startdate, id"
    ),
)
_DIMENSION_TABLES = {DEPARTMENT: "department", CLASS: "classification", LOCATION: "location"}


def dimension_values(key: str) -> tuple[Query, ...]:
    """Return the queries of a dimension's values; a segment's are a custom record of its name."""
    table = _DIMENSION_TABLES.get(key, f"customrecord_{key}")
    return (
        Query(f"SELECT id, name, fullname, isinactive FROM {table} ORDER BY id"),  # noqa: S608 - SuiteQL, a checked name
        Query(f"SELECT id, name, isinactive FROM {table} ORDER BY id"),  # noqa: S608 - the same
    )


def entry_lines(
    condition: Condition, *, has_currency: bool, dimensions: Sequence[str], from_id: str = "0"
) -> Query:
    """Return the query of entries, a row for each line, in the order of ids and lines.

    ``from_id`` is the first internal id wanted: a search of more rows than one query gives goes on
    there. An entry without accounting lines still has its row, so that it is never called absent;
    one kept in several accounting books has several rows a line, the primary book's first.
    """
    columns = ["t.currency AS currency"] if has_currency else []
    columns += [f"l.{key} AS {key}" for key in dimensions]
    more = "".join(f", {column}" for column in columns)
    text = (
        "SELECT t.id AS id, t.externalid AS externalid, "  # noqa: S608 - SuiteQL, checked names
        "TO_CHAR(t.trandate, 'YYYY-MM-DD') AS trandate, t.memo AS memo, t.posting AS posting, "
        "l.id AS line, l.memo AS linememo, l.entity AS entity, a.account AS account, "
        f"a.debit AS debit, a.credit AS credit{more} "
        "FROM transaction t "
        "INNER JOIN transactionline l ON l.transaction = t.id "
        "LEFT JOIN transactionaccountingline a "
        "ON a.transaction = l.transaction AND a.transactionline = l.id "
        f"WHERE {condition.text} AND t.id >= {_id(from_id)} "
        "ORDER BY t.id, l.id, a.accountingbook"
    )
    return Query(text, condition.values)


def by_id(erp_id: str) -> Condition:
    """Return the condition of one transaction.

    Raises:
        ValueError: the id is not a number.
    """
    return Condition(f"t.id = {_id(erp_id)}")


def by_number(number: str) -> Query:
    """Return the query of every transaction, of whatever type, that has an external id."""
    return Query("SELECT id FROM transaction WHERE externalid = ? ORDER BY id", (number,))


def entry_conditions(query: EntryQuery, *, subsidiary_id: str | None) -> Iterator[Condition]:
    """Return the conditions that together cover a search, each for a query of its own.

    Numbers are looked for in every type of transaction and every subsidiary, since an external id
    is taken once for all of them; days only in this company's journals.

    Raises:
        ValueError: the search names no number, prefix or date.
    """
    ranges = [*_prefix_conditions(query), *_date_conditions(query, subsidiary_id)]
    if not query.numbers:
        if not ranges:
            raise ValueError("a search needs numbers, a prefix or dates")
        yield _all_of(ranges)
        return
    numbers = tuple(dict.fromkeys(query.numbers))
    for first in range(0, len(numbers), _NUMBERS_A_QUERY):
        chunk = numbers[first : first + _NUMBERS_A_QUERY]
        marks = ", ".join("?" for _ in chunk)
        yield _all_of([Condition(f"t.externalid IN ({marks})", chunk), *ranges])


def _prefix_conditions(query: EntryQuery) -> Iterator[Condition]:
    if query.number_prefix is None:
        return
    yield Condition("t.externalid LIKE ?", (f"{query.number_prefix}%",))
    if query.from_number is not None:
        yield Condition("t.externalid >= ?", (query.from_number,))


def _date_conditions(query: EntryQuery, subsidiary_id: str | None) -> Iterator[Condition]:
    bounds = ((">=", query.first_date), ("<=", query.last_date))
    days = [(sign, day.isoformat()) for sign, day in bounds if day is not None]
    for sign, day in days:
        yield Condition(f"t.trandate {sign} TO_DATE(?, 'YYYY-MM-DD')", (day,))
    if days:
        yield Condition("t.type = 'Journal'")
        if subsidiary_id is not None:
            yield Condition(f"l.subsidiary = {_id(subsidiary_id)}")


def _all_of(conditions: Sequence[Condition]) -> Condition:
    values = tuple(value for condition in conditions for value in condition.values)
    return Condition(" AND ".join(condition.text for condition in conditions), values)


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("an internal id has digits only")
    return text
