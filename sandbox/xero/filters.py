"""The `where` and `order` parameters: reading them, and asking them of records.

https://developer.xero.com/documentation/api/accounting/requests-and-responses. The part of the
language that accounting integrations use: comparisons, `Contains`, `StartsWith` and `EndsWith`,
`DateTime(…)` and `GUID("…")`, joined by `AND`, `OR` and brackets. Texts compare by case. The words
of the refusals are practice.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from sandbox.payload import JsonObject, JsonValue
from sandbox.xero.errors import XeroRefusal, bad_query
from sandbox.xero.wire import moment_of


class Kind(StrEnum):
    """The kind of a property, under Xero's name for it."""

    TEXT = "String"
    GUID = "Guid"
    MOMENT = "DateTime"
    FLAG = "Boolean"


Schema: TypeAlias = Mapping[str, Kind]
Value: TypeAlias = str | bool | datetime | Decimal | None
Test: TypeAlias = Callable[[JsonObject], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>\d+)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"""
    r"""|(?P<sign>==|!=|<>|<=|>=|&&|\|\||[=<>().,]))"""
)
_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
}
_ORDERINGS: dict[str, Callable[[datetime, datetime], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "Contains": lambda text, part: part in text,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of records, and what it looks at: properties, or `Property.Method`."""

    test: Test
    uses: frozenset[str]


def parse_where(text: str, *, schema: Schema, entity: str) -> Filter:
    """The filter of a `where` parameter.

    Raises:
        XeroRefusal: 400, the text cannot be read or asks for what the entity has not.
    """
    reader = _Reader(_tokens(text), schema, entity)
    test = reader.any_of()
    reader.expect_end()
    return Filter(test, frozenset(reader.uses))


def parse_order(text: str, *, schema: Schema, entity: str) -> list[tuple[str, bool]]:
    """Pairs of a property and whether it descends, from an `order` parameter.

    Raises:
        XeroRefusal: 400, the text cannot be read or names what the entity has not.
    """
    parts = []
    for part in text.split(","):
        name, *direction = part.split()
        if name not in schema:
            raise _unknown(name, entity)
        if [word.upper() for word in direction] not in ([], ["ASC"], ["DESC"]):
            raise bad_query(f"Syntax error in '{part.strip()}'")
        parts.append((name, bool(direction) and direction[0].upper() == "DESC"))
    return parts


def property_of(record: JsonObject, name: str) -> Value:
    """A property as a value that compares; dates are moments."""
    value: JsonValue = record.get(name)
    if isinstance(value, str):
        moment = moment_of(value)
        return value if moment is None else moment
    return value if isinstance(value, bool) else None


def _unknown(name: str, entity: str) -> XeroRefusal:
    return bad_query(f"No property or field '{name}' exists in type '{entity}'")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_query(f"Syntax error at '{text[position:].strip()[:20]}'")
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


@dataclass(slots=True)
class _Reader:
    """Reads tokens from the front, one rule of the grammar a method."""

    tokens: list[tuple[str, str]]
    schema: Schema
    entity: str
    uses: set[str] = field(default_factory=set)

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self._take("OR", "||"):
            tests.append(self._all_of())
        return lambda record: any(test(record) for test in tests)

    def expect_end(self) -> None:
        if self.tokens:
            raise bad_query(f"Syntax error at '{self.tokens[0][1]}'")

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._take("AND", "&&"):
            tests.append(self._one())
        return lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            test = self.any_of()
            self._expect(")")
            return test
        name = self._next("name")
        if name not in self.schema:
            raise _unknown(name, self.entity)
        return self._method(name) if self._take(".") else self._comparison(name)

    def _method(self, name: str) -> Test:
        method = self._next("name")
        if method not in _METHODS or self.schema[name] is not Kind.TEXT:
            raise bad_query(f"No applicable method '{method}' exists in type '{self.schema[name]}'")
        self.uses.add(f"{name}.{method}")
        self._expect("(")
        part = self._text()
        self._expect(")")

        def test(record: JsonObject) -> bool:
            value = property_of(record, name)
            return isinstance(value, str) and _METHODS[method](value, part)

        return test

    def _comparison(self, name: str) -> Test:
        self.uses.add(name)
        sign = self._next("sign")
        wanted, kind = self._value()
        if kind not in (None, self.schema[name]):
            raise bad_query(
                f"Operator '{sign}' incompatible with operand types '{self.schema[name]}' "
                f"and '{kind}'"
            )
        if sign in _COMPARISONS:
            return lambda record: _COMPARISONS[sign](property_of(record, name), wanted)
        if sign not in _ORDERINGS or not isinstance(wanted, datetime):
            raise bad_query(f"Operator '{sign}' is not defined for '{name}'")
        return _ordering(name, sign, wanted)

    def _value(self) -> tuple[Value, Kind | None]:
        """A literal and its kind; null has none."""
        if self.tokens and self.tokens[0][0] == "text":
            return self._text(), Kind.TEXT
        word = self._next("name")
        if word.lower() in _WORDS:
            value = _WORDS[word.lower()]
            return value, None if value is None else Kind.FLAG
        self._expect("(")
        match word.lower():
            case "datetime":
                return self._moment(), Kind.MOMENT
            case "guid":
                guid = self._text().lower()
                self._expect(")")
                return guid, Kind.GUID
            case _:
                raise _unknown(word, self.entity)

    def _moment(self) -> datetime:
        numbers = [int(self._next("number"))]
        while self._take(","):
            numbers.append(int(self._next("number")))
        self._expect(")")
        try:
            year, month, day, hour, minute, second = (*numbers, 0, 0, 0)[:6]
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError as error:
            raise bad_query(f"DateTime: {error}") from error

    def _text(self) -> str:
        return re.sub(r"\\(.)", r"\1", self._next("text")[1:-1])

    def _take(self, *words: str) -> bool:
        if self.tokens and self.tokens[0][1].upper() in words and self.tokens[0][0] != "text":
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise bad_query(f"'{sign}' expected")

    def _next(self, kind: str) -> str:
        if not self.tokens or self.tokens[0][0] != kind:
            raise bad_query(f"Syntax error at '{self.tokens[0][1] if self.tokens else 'the end'}'")
        return self.tokens.pop(0)[1]


def _ordering(name: str, sign: str, wanted: datetime) -> Test:
    def test(record: JsonObject) -> bool:
        value = property_of(record, name)
        return isinstance(value, datetime) and _ORDERINGS[sign](value, wanted)

    return test
