"""Answering SuiteQL: joining, filtering, ordering and writing rows as NetSuite does.

Every value of the reply is a string, names are lower case, nulls are left out; dates come in the
user's format, M/D/YYYY, and are compared in that format or through TO_DATE. What Oracle does not
promise is awkward on purpose: without ORDER BY, rows come last first.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_157909186990.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial
from operator import itemgetter

from sandbox.netsuite.credentials import Level, Role
from sandbox.netsuite.errors import invalid_query
from sandbox.netsuite.suiteql_syntax import Call, Column, Expression, Literal, Query, Term, parse
from sandbox.netsuite.suiteql_tables import Table, Value
from sandbox.payload import JsonObject

Row = tuple[object, ...]
Reader = Callable[[Row], Value]
_USER_DATE = "%m/%d/%Y"
_DATE_PARTS = (
    ("YYYY", "%Y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH24", "%H"),
    ("MI", "%M"),
    ("SS", "%S"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The rows of a query, in order."""

    found: list[Row]
    outputs: list[tuple[str, Reader]]

    def page(self, *, limit: int, offset: int) -> list[JsonObject]:
        """The rows of one page as the reply has them."""
        return [_shown(row, self.outputs) for row in self.found[offset : offset + limit]]


def run(
    text: str,
    parameters: list[str | Decimal],
    *,
    known: Mapping[str, Callable[[], Table]],
    role: Role,
) -> Answer:
    """Answer a query.

    Raises:
        NetSuiteError: INVALID_PARAMETER: unreadable, or a table or column that the role cannot see.
    """
    query = parse(text, parameters)
    bound = _Bound(query, known, role)
    rows = bound.rows()
    outputs = [(output.name, bound.reader(output.expression)) for output in query.outputs]
    return Answer(found=rows, outputs=outputs)


class _Bound:
    """A query with its tables found and its columns resolved."""

    def __init__(self, query: Query, known: Mapping[str, Callable[[], Table]], role: Role) -> None:
        self._query = query
        self._tables = [_open(source.table, known, role) for source in query.sources]
        self._aliases = [source.alias for source in query.sources]

    def rows(self) -> list[Row]:
        """The joined rows that all terms hold for, in the order asked for."""
        found: list[Row] = [()]
        waiting = list(self._query.terms)
        for number in range(len(self._tables)):
            ready = [term for term in waiting if self._reach(term) <= number]
            waiting = [term for term in waiting if term not in ready]
            found = self._joined(found, number, ready)
        if not self._query.orderings:
            found.reverse()
        for ordering in reversed(self._query.orderings):
            read = self.reader(self._named(ordering.expression))
            found = _ordered(found, read, descending=ordering.descending)
        return found

    def reader(self, expression: Expression) -> Reader:
        """How to read an expression from a joined row."""
        match expression:
            case Literal(value):
                return lambda _row: value
            case Column():
                number = self._source_of(expression)
                read = self._tables[number].columns[expression.name]
                return lambda row: read(row[number])
            case Call(function, arguments):
                return _call(function, [self.reader(argument) for argument in arguments])

    def _joined(self, rows: list[Row], number: int, terms: list[Term]) -> list[Row]:
        """Each row with each of the next table's, where the terms hold; by an index if one can."""
        table = self._tables[number]
        link = next((it for it in (self._link(term, number) for term in terms) if it), None)
        tests = [self._test(term) for term in terms]
        if link is None or not number:
            pairs = ((*row, other) for row in rows for other in table.rows)
        else:
            own, others = link
            index: dict[Value, list[object]] = {}
            blank: Row = (None,) * number
            for other in table.rows:
                index.setdefault(own((*blank, other)), []).append(other)
            pairs = ((*row, other) for row in rows for other in index.get(others(row), ()))
        return [row for row in pairs if all(test(row) for test in tests)]

    def _link(self, term: Term, number: int) -> tuple[Reader, Reader] | None:
        """For `new.column = earlier.column`, how to read both sides."""
        if term.operator != "=" or term.negated or not isinstance(term.values[0], Column):
            return None
        if not isinstance(term.left, Column):
            return None
        sides = {self._source_of(side): side for side in (term.left, term.values[0])}
        if len(sides) != 2 or number not in sides:
            return None
        own = sides.pop(number)
        [earlier] = sides.values()
        return self.reader(own), self.reader(earlier)

    def _test(self, term: Term) -> Callable[[Row], bool]:
        left = self.reader(term.left)
        values = [self.reader(value) for value in term.values]
        if term.operator == "NULL":
            return lambda row: (left(row) is None) is not term.negated
        holds = _LIKE_OR_COMPARE[term.operator]
        if term.operator == "LIKE" and term.escape is not None:
            holds = partial(_like, escape=str(self.reader(term.escape)(())))

        def test(row: Row) -> bool:
            value = left(row)
            if value is None:
                return False
            wanted = [read(row) for read in values]
            if None in wanted:
                return False
            return holds(value, wanted) is not term.negated

        return test

    def _reach(self, term: Term) -> int:
        """The number of the last table that a term needs."""
        return max((self._reach_of(expression) for expression in term.expressions()), default=0)

    def _reach_of(self, expression: Expression) -> int:
        match expression:
            case Column():
                return self._source_of(expression)
            case Call(_, arguments):
                return max(self._reach_of(argument) for argument in arguments)
            case _:
                return 0

    def _named(self, expression: Expression) -> Expression:
        """The output that an ORDER BY names by its alias, or the expression itself."""
        if isinstance(expression, Column) and expression.source is None:
            for output in self._query.outputs:
                if output.name == expression.name:
                    return output.expression
        return expression

    def _source_of(self, column: Column) -> int:
        found = [
            number
            for number, (alias, table) in enumerate(zip(self._aliases, self._tables, strict=True))
            if column.source in (None, alias) and column.name in table.columns
        ]
        if not found:
            where = column.source or self._query.sources[0].table
            raise invalid_query(
                f"Search error occurred: Field '{column.name}' for record '{where}' was not found. "
                "Reason: NOT_EXISTS - Field doesn't exist"
            )
        if len(found) > 1:
            raise invalid_query(f"Search error occurred: Field '{column.name}' is ambiguous.")
        return found[0]


def _ordered(rows: list[Row], read: Reader, *, descending: bool) -> list[Row]:
    """The rows by a key; nulls come last when ascending and first when descending."""
    keyed = [(read(row), row) for row in rows]
    empty = [row for key, row in keyed if key is None]
    filled = [(_sortable(key), row) for key, row in keyed if key is not None]
    filled.sort(key=itemgetter(0), reverse=descending)
    in_order = [row for _key, row in filled]
    return empty + in_order if descending else in_order + empty


def _open(name: str, known: Mapping[str, Callable[[], Table]], role: Role) -> Table:
    """A table; one that the role may not see is as if it were not there."""
    table = known[name]() if name in known else None
    if table is None or not role.allows(table.permission, Level.VIEW):
        raise invalid_query(f"Search error occurred: Record '{name}' was not found.")
    return table


def _shown(row: Row, outputs: Iterable[tuple[str, Reader]]) -> JsonObject:
    shown: JsonObject = {"links": []}
    for name, read in outputs:
        value = read(row)
        if value is not None:
            shown[name] = _written(value)
    return shown


def _written(value: str | Decimal | date | datetime) -> str:
    if isinstance(value, date):
        return f"{value.month}/{value.day}/{value.year}"
    return format(value, "f") if isinstance(value, Decimal) else value


def _call(function: str, arguments: list[Reader]) -> Reader:
    first, rest = arguments[0], arguments[1:]
    match function, rest:
        case "TO_CHAR", [form]:
            return lambda row: _to_char(first(row), str(form(row)))
        case "TO_DATE", [form]:
            return lambda row: _to_date(first(row), _pattern(str(form(row))))
        case "UPPER", []:
            return lambda row: _text(first(row), str.upper)
        case "LOWER", []:
            return lambda row: _text(first(row), str.lower)
        case _:
            raise invalid_query(f"Search error occurred: Invalid number of arguments: {function}.")


def _text(value: Value, change: Callable[[str], str]) -> str | None:
    return None if value is None else change(_written(value))


def _to_char(value: Value, form: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, date):
        raise invalid_query("Search error occurred: TO_CHAR with a format needs a date.")
    return value.strftime(_pattern(form))


def _to_date(value: Value, pattern: str) -> date | None:
    return None if value is None else _read_date(str(value), pattern)


@lru_cache(maxsize=4096)
def _read_date(text: str, pattern: str) -> date:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - calendar: a date
    except ValueError:
        raise invalid_query(f"Search error occurred: Invalid date: {text}.") from None


@lru_cache(maxsize=256)
def _pattern(form: str) -> str:
    pattern = form.upper()
    for name, code in _DATE_PARTS:
        pattern = pattern.replace(name, code)
    if re.search(r"(?<!%)[A-Z]", re.sub("%[A-Za-z]", "", pattern)):
        raise invalid_query(f"Search error occurred: Invalid date format: {form}.")
    return pattern


def _sortable(value: Value) -> Decimal | str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return "" if value is None else value


def _alike(value: Value, other: Value) -> tuple[Decimal | str, Decimal | str]:
    """Two values as one kind: a date or number makes the other one be read as such."""
    if type(value) is type(other) is str:
        return value, other
    if isinstance(value, date) or isinstance(other, date):
        return _sortable(_as_date(value)), _sortable(_as_date(other))
    if isinstance(value, Decimal) or isinstance(other, Decimal):
        return _as_number(value), _as_number(other)
    return str(value), str(other)


def _as_date(value: Value) -> Value:
    return value if isinstance(value, date) else _to_date(value, _USER_DATE)


def _as_number(value: Value) -> Decimal:
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise invalid_query(f"Search error occurred: Invalid number: {value}.") from None


def _compare(value: Value, wanted: list[Value], *, operator: str) -> bool:
    left, right = _alike(value, wanted[0])
    if left == right:
        return operator in ("=", "<=", ">=")
    before = left < right  # type: ignore[operator]
    return operator in ("<", "<=") if before else operator in (">", ">=")


def _among(value: Value, wanted: list[Value]) -> bool:
    return any(_compare(value, [one], operator="=") for one in wanted)


def _between(value: Value, wanted: list[Value]) -> bool:
    low, high = wanted
    above = _compare(value, [low], operator=">=")
    return above and _compare(value, [high], operator="<=")


def _like(value: Value, wanted: list[Value], *, escape: str = "") -> bool:
    pattern, text = "", str(wanted[0])
    characters = iter(text)
    for character in characters:
        if escape and character == escape:
            pattern += re.escape(next(characters, ""))
        else:
            pattern += {"%": ".*", "_": "."}.get(character) or re.escape(character)
    return re.fullmatch(pattern, _text(value, str) or "", re.DOTALL) is not None


_LIKE_OR_COMPARE: dict[str, Callable[[Value, list[Value]], bool]] = {
    "IN": _among,
    "BETWEEN": _between,
    "LIKE": _like,
    **{name: partial(_compare, operator=name) for name in ("=", "<", ">", "<=", ">=")},
}
