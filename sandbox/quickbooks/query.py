"""The query language: a `SELECT` from text to the entities it names.

A subset as documented, without `OR`, joins or `GROUP BY`:
https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries
What Intuit does not promise is awkward on purpose: without `ORDERBY`, journals come newest first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sandbox.payload import JsonObject, JsonValue
from sandbox.quickbooks.errors import QuickBooksFault, query_invalid, query_syntax
from sandbox.quickbooks.wire import INTUIT_TIME

MOST_RESULTS = 1000
DEFAULT_RESULTS = 100
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<mark><=|>=|[=<>(),*])|(?P<word>[\w.:+\-]+))", re.ASCII
)
_COMPARISONS = ("=", "<", ">", "<=", ">=")
_META = frozenset({"MetaData.CreateTime", "MetaData.LastUpdatedTime"})
_NAMED = frozenset({"Id", "Active", *_META})


@dataclass(frozen=True, slots=True)
class EntityRule:
    """What may be asked of an entity."""

    filters: frozenset[str]
    selects: frozenset[str] = frozenset()
    """Properties that may be selected besides those that may be filtered by."""

    @property
    def hides_inactive(self) -> bool:
        """Whether inactive records are left out unless `Active` is asked for."""
        return "Active" in self.filters


_CONTACT = EntityRule(
    _NAMED | {"DisplayName", "CompanyName"},
    frozenset({"CurrencyRef", "PrimaryEmailAddr", "SyncToken"}),
)
_DIMENSION = EntityRule(_NAMED | {"Name", "FullyQualifiedName"}, frozenset({"SyncToken"}))
_SINGLE = EntityRule(frozenset({"Id", *_META}))
ENTITIES = {
    "Account": EntityRule(
        _NAMED
        | {
            "Name",
            "FullyQualifiedName",
            "AccountType",
            "AccountSubType",
            "Classification",
            "SubAccount",
        },
        frozenset({"AcctNum", "ParentRef", "CurrencyRef", "SyncToken"}),
    ),
    "Customer": _CONTACT,
    "Vendor": _CONTACT,
    "Employee": _CONTACT,
    "Class": _DIMENSION,
    "Department": _DIMENSION,
    "JournalEntry": EntityRule(
        frozenset({"Id", "DocNumber", "TxnDate", *_META}),
        frozenset(
            {
                "Line",
                "PrivateNote",
                "CurrencyRef",
                "ExchangeRate",
                "SyncToken",
                "Adjustment",
                "TotalAmt",
            }
        ),
    ),
    "CompanyInfo": _SINGLE,
    "Preferences": _SINGLE,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One term of a `WHERE`: the operator is a comparison, `IN` or `LIKE`."""

    name: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ordering:
    """One term of an `ORDERBY`."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that has been read and found answerable."""

    entity: str
    columns: tuple[str, ...]
    """`("*",)` for all; empty for `COUNT(*)`."""
    conditions: tuple[Condition, ...]
    orderings: tuple[Ordering, ...]
    start: int
    limit: int

    def answer(self, records: Iterable[JsonObject]) -> JsonObject:
        """The `QueryResponse` over all records of the entity."""
        found = [record for record in records if self._accepts(record)]
        if not self.columns:
            return {"totalCount": len(found)}
        for ordering in reversed(self.orderings):
            found.sort(
                key=lambda record: _sortable(ordering.name, _property(record, ordering.name)),
                reverse=ordering.descending,
            )
        page: list[JsonValue] = [
            self._shown(record) for record in found[self.start - 1 : self.start - 1 + self.limit]
        ]
        if not page:
            return {}
        return {self.entity: page, "startPosition": self.start, "maxResults": len(page)}

    def _accepts(self, record: JsonObject) -> bool:
        asks_active = any(condition.name == "Active" for condition in self.conditions)
        if (
            ENTITIES[self.entity].hides_inactive
            and not asks_active
            and record["Active"] is not True
        ):
            return False
        return all(_holds(condition, record) for condition in self.conditions)

    def _shown(self, record: JsonObject) -> JsonObject:
        if self.columns == ("*",):
            return record
        names = {column.split(".")[0] for column in self.columns} | {"Id"}
        chosen = {name: value for name, value in record.items() if name in names}
        return {**chosen, "domain": "QBO", "sparse": True}


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QuickBooksFault: 4000 when it cannot be read, 4001 when it asks for what cannot be asked.
    """
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[str]:
    tokens, position, text = [], 0, text.rstrip().removesuffix(";")
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise query_syntax(f"Encountered unexpected input at position {position}.")
        tokens.append(match.group().strip())
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0

    def query(self) -> Query:
        self._expect("SELECT")
        columns = self._columns()
        self._expect("FROM")
        entity = self._next()
        if entity not in ENTITIES:
            raise query_invalid(f"Metadata not found for Entity: {entity}")
        rule = ENTITIES[entity]
        _check_known(entity, columns, rule.filters | rule.selects)
        query = Query(
            entity=entity,
            columns=columns,
            conditions=self._conditions(entity),
            orderings=self._orderings(entity),
            start=max(1, self._number("STARTPOSITION", 1)),
            # A larger page than allowed is cut to the cap.
            limit=min(MOST_RESULTS, self._number("MAXRESULTS", DEFAULT_RESULTS)),
        )
        if self._position < len(self._tokens):
            raise self._unexpected(self._tokens[self._position])
        return query

    def _columns(self) -> tuple[str, ...]:
        if self._takes("*"):
            return ("*",)
        if self._takes("COUNT"):
            for token in ("(", "*", ")"):
                self._expect(token)
            return ()
        columns = [self._next()]
        while self._takes(","):
            columns.append(self._next())
        return tuple(columns)

    def _conditions(self, entity: str) -> tuple[Condition, ...]:
        if not self._takes("WHERE"):
            return ()
        conditions = [self._condition(entity)]
        while self._takes("AND"):
            conditions.append(self._condition(entity))
        return tuple(conditions)

    def _condition(self, entity: str) -> Condition:
        name = self._next()
        operator = self._next().upper()
        if operator == "IN":
            values = self._list()
        elif operator in (*_COMPARISONS, "LIKE"):
            values = (self._value(),)
        else:
            raise self._unexpected(operator)
        if name not in ENTITIES[entity].filters:
            raise query_invalid(f"property '{name}' is not queryable")
        for value in values:
            _sortable(name, value)
        return Condition(name, operator, values)

    def _list(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._next()
        if token.startswith("'"):
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if re.fullmatch(r"true|false|-?\d+(\.\d+)?", token, re.IGNORECASE) is None:
            raise self._unexpected(token)
        return token.lower()

    def _orderings(self, entity: str) -> tuple[Ordering, ...]:
        if self._takes("ORDER"):
            self._expect("BY")
        elif not self._takes("ORDERBY"):
            return ()
        orderings = [self._ordering(entity)]
        while self._takes(","):
            orderings.append(self._ordering(entity))
        return tuple(orderings)

    def _ordering(self, entity: str) -> Ordering:
        name = self._next()
        if name not in ENTITIES[entity].filters:
            raise query_invalid(f"property '{name}' is not sortable")
        descending = self._takes("DESC")
        if not descending:
            self._takes("ASC")
        return Ordering(name, descending)

    def _number(self, keyword: str, otherwise: int) -> int:
        if not self._takes(keyword):
            return otherwise
        token = self._next()
        if not token.isdigit():
            raise self._unexpected(token)
        return int(token)

    def _next(self) -> str:
        if self._position == len(self._tokens):
            raise query_syntax("Encountered <EOF>.")
        self._position += 1
        return self._tokens[self._position - 1]

    def _takes(self, keyword: str) -> bool:
        waiting = self._tokens[self._position : self._position + 1]
        found = [token.upper() for token in waiting] == [keyword]
        self._position += found
        return found

    def _expect(self, keyword: str) -> None:
        if not self._takes(keyword):
            raise self._unexpected(self._next())

    def _unexpected(self, token: str) -> QuickBooksFault:
        return query_syntax(f'Encountered "{token}" where it cannot stand.')


def _check_known(entity: str, columns: Iterable[str], known: frozenset[str]) -> None:
    for column in columns:
        if column not in known | {"*"}:
            raise query_invalid(f"Property {column} not found for Entity {entity}")


def _property(record: JsonObject, name: str) -> str:
    value: JsonValue = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _sortable(name: str, text: str) -> tuple[Decimal, str]:
    """A key that orders moments as moments, ids as numbers and the rest as text.

    Raises:
        QuickBooksFault: 4001, a moment that is none.
    """
    if name in _META:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise query_invalid(f"value '{text}' is not valid for property '{name}'") from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=INTUIT_TIME)
        return Decimal(str(aware.timestamp())), ""
    if name == "Id":
        try:
            return Decimal(text), ""
        except InvalidOperation:
            return Decimal(0), text
    return Decimal(0), text


def _holds(condition: Condition, record: JsonObject) -> bool:
    text = _property(record, condition.name)
    if condition.operator == "LIKE":
        pattern = ".*".join(re.escape(part) for part in condition.values[0].split("%"))
        return re.fullmatch(pattern, text, re.DOTALL) is not None
    actual = _sortable(condition.name, text)
    wanted = [_sortable(condition.name, value) for value in condition.values]
    match condition.operator:
        case "<":
            return actual < wanted[0]
        case ">":
            return actual > wanted[0]
        case "<=":
            return actual <= wanted[0]
        case ">=":
            return actual >= wanted[0]
        case _:
            return actual in wanted
