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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The query of a whole list, by internal id."""

    columns: str
    table: str
    condition: str | None = None

    def after(self, last_id: str | None) -> Query:
        """Return the query of the rows behind an id, or of all."""
        terms = [term for term in (self.condition, last_id and f"id > {_id(last_id)}") if term]
        where = f" WHERE {' AND '.join(terms)}" if terms else ""
        return Query(f"SELECT {self.columns} FROM {self.table}{where} ORDER BY id")  # noqa: S608 - SuiteQL, checked names


def _lists(table: str, *columns: str, condition: str | None = None) -> tuple[ListQuery, ...]:
    """Return a list's queries, most telling first; the next is for accounts that lack a column."""
    return tuple(ListQuery(columns=c, table=table, condition=condition) for c in columns)


_ACCOUNT = "id, acctnumber, fullname, accttype, isinactive"
_SPAN = "TO_CHAR(startdate, 'YYYY-MM-DD') AS firstday, TO_CHAR(enddate, 'YYYY-MM-DD') AS lastday"
_PERIOD = f"id, {_SPAN}, closed, alllocked"
_POSTING = "isposting = 'T'"

ACCOUNTS = _lists("account", f"{_ACCOUNT}, issummary, currency", f"{_ACCOUNT}, issummary", _ACCOUNT)
CUSTOMERS = _lists("customer", "id, entityid, companyname, isinactive", "id, entityid, isinactive")
VENDORS = _lists("vendor", "id, entityid, companyname, isinactive", "id, entityid, isinactive")
SUBSIDIARIES = _lists("subsidiary", "id, name, iselimination, isinactive, currency")
CURRENCIES = _lists("currency", "id, symbol, isbasecurrency")
# Adjustment periods lie inside ordinary ones and take nothing that does not ask for them.
PERIODS = (
    *_lists("accountingperiod", _PERIOD, condition=f"{_POSTING} AND isadjust = 'F'"),
    *_lists("accountingperiod", _PERIOD, condition=_POSTING),
)
YEARS = _lists("accountingperiod", f"id, {_SPAN}", condition="isyear = 'T'")
CURRENCY = "currency"
APPROVAL = "approvalstatus"
"""Columns of a transaction that not every account shows."""
# No transaction has this id: only whether the column is known is asked.
APPROVALS = _lists("transaction", f"id, {APPROVAL}", condition="id = 0")
_HEADER = (
    "t.id AS id, t.externalid AS externalid, t.tranid AS tranid, "
    "TO_CHAR(t.trandate, 'YYYY-MM-DD') AS trandate, t.memo AS memo, t.posting AS posting"
)
_DIMENSION_TABLES = {DEPARTMENT: "department", CLASS: "classification", LOCATION: "location"}


def dimension_values(key: str) -> tuple[ListQuery, ...]:
    """Return the queries of a dimension's values; a segment's are a custom record of its name."""
    table = _DIMENSION_TABLES.get(key, f"customrecord_{key}")
    return _lists(table, "id, name, fullname, isinactive", "id, name, isinactive")


def entry_lines(
    condition: Condition, *, header: Sequence[str], dimensions: Sequence[str], from_id: str = "0"
) -> Query:
    """Return the query of entries, a row for each line, in the order of ids and lines.

    ``header`` has those of a transaction's columns that not every account shows.
    ``from_id`` is the first internal id wanted: a search of more rows than one query gives goes on
    there. A line kept in several accounting books has several rows, the primary book's first.
    """
    more = "".join(f", l.{key} AS {key}" for key in dimensions)
    text = (
        f"SELECT {_header(header)}, l.id AS line, l.memo AS linememo, l.entity AS entity, "  # noqa: S608 - SuiteQL, checked names
        f"a.account AS account, a.debit AS debit, a.credit AS credit{more} "
        "FROM transaction t "
        "INNER JOIN transactionline l ON l.transaction = t.id "
        "INNER JOIN transactionaccountingline a "
        "ON a.transaction = l.transaction AND a.transactionline = l.id "
        f"WHERE {condition.text} AND t.id >= {_id(from_id)} "
        "ORDER BY t.id, l.id, a.accountingbook"
    )
    return Query(text, condition.values)


def entry_headers(condition: Condition, *, header: Sequence[str]) -> Query:
    """Return the query of transactions alone: one whose lines are hidden from us is still there."""
    text = f"SELECT {_header(header)} FROM transaction t WHERE {condition.text} ORDER BY t.id"  # noqa: S608 - the same
    return Query(text, condition.values)


def _header(more: Sequence[str]) -> str:
    return ", ".join((_HEADER, *(f"t.{column} AS {column}" for column in more)))


def by_id(erp_id: str) -> Condition:
    """Return the condition of one transaction.

    Raises:
        ValueError: the id is not a number.
    """
    return Condition(f"t.id = {_id(erp_id)}")


def by_numbers(numbers: Sequence[str]) -> Condition:
    """Return the condition of the transactions, of whatever type, that have these external ids."""
    marks = ", ".join("?" for _ in numbers)
    return Condition(f"t.externalid IN ({marks})", tuple(numbers))


def account_state(account_id: str) -> tuple[ListQuery, ...]:
    """Return the queries of what decides whether one account takes a posting.

    Raises:
        ValueError: the id is not a number.
    """
    one = f"id = {_id(account_id)}"
    columns = ("id, accttype, isinactive, issummary, currency", "id, accttype, isinactive")
    return _lists("account", *columns, condition=one)


def number_chunks(numbers: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Divide numbers, each once, into as many as one query asks for."""
    distinct = tuple(dict.fromkeys(numbers))
    for first in range(0, len(distinct), _NUMBERS_A_QUERY):
        yield distinct[first : first + _NUMBERS_A_QUERY]


def range_condition(query: EntryQuery, *, subsidiary_id: str | None) -> Condition | None:
    """Return the condition of a prefix and of days; none when the search names neither.

    A prefix is looked for in every type of transaction and every subsidiary, since an external id
    is taken once for all of them; days only in this company's journals.
    """
    ranges = [*_prefix_conditions(query), *_date_conditions(query, subsidiary_id)]
    return all_of(ranges) if ranges else None


def all_of(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that all of these hold."""
    values = tuple(value for condition in conditions for value in condition.values)
    return Condition(" AND ".join(condition.text for condition in conditions), values)


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


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("an internal id has digits only")
    return text
