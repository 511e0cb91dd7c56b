"""SuiteQL from text to a query: the subset that a journal integration asks.

    query     = SELECT output {"," output} FROM source {"," source | [INNER] JOIN source ON terms}
                [WHERE terms] [ORDER BY key [ASC | DESC] {"," key [ASC | DESC]}]
    output    = expression [[AS] alias]
    source    = table [[AS] alias]
    terms     = term {AND term}
    term      = expression ("=" | "<>" | "!=" | "<" | ">" | "<=" | ">=") expression
              | expression [NOT] IN "(" expression {"," expression} ")"
              | expression [NOT] LIKE expression [ESCAPE expression]
              | expression [NOT] BETWEEN expression AND expression
              | expression IS [NOT] NULL
    expression = [alias "."] column | 'text' | number | "?" | function "(" expression {"," …} ")"
    function  = TO_CHAR | TO_DATE | UPPER | LOWER

The real language has much more (OR, outer joins, aggregates); what is left out here is refused, and
the refusal says so.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_156257770590.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from sandbox.netsuite.errors import NetSuiteError, invalid_query

_Part = TypeVar("_Part")
FUNCTIONS = ("TO_CHAR", "TO_DATE", "UPPER", "LOWER")
_COMPARISONS = ("=", "<>", "!=", "<", ">", "<=", ">=")
# fmt: off
_RESERVED = frozenset({
    "SELECT", "FROM", "WHERE", "AND", "OR", "ORDER", "BY", "ASC", "DESC", "IN", "LIKE", "ESCAPE",
    "BETWEEN", "IS", "NOT", "NULL", "JOIN", "INNER", "ON", "AS", "LEFT", "RIGHT", "OUTER",
    "FULL", "CROSS", "GROUP", "HAVING", "UNION", "DISTINCT",
})
# fmt: on
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:''|[^'])*')|(?P<mark><=|>=|<>|!=|[=<>(),.?])|(?P<word>[\w$]+))", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, with the alias it was written with."""

    source: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or number of the query or of its parameters."""

    value: str | Decimal


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Expression", ...]


Expression = Column | Literal | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition; `operator` is a comparison, IN, LIKE, BETWEEN or NULL."""

    left: Expression
    operator: str
    values: tuple[Expression, ...] = ()
    negated: bool = False
    escape: Expression | None = None

    def expressions(self) -> tuple[Expression, ...]:
        """Every expression of the condition."""
        return (self.left, *self.values)


@dataclass(frozen=True, slots=True)
class Output:
    """A selected expression and the name it is given in the reply."""

    expression: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Source:
    """A table of the FROM clause under its alias."""

    table: str
    alias: str


@dataclass(frozen=True, slots=True)
class Ordering:
    """One key of ORDER BY."""

    expression: Expression
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that has been read."""

    outputs: tuple[Output, ...]
    sources: tuple[Source, ...]
    terms: tuple[Term, ...]
    orderings: tuple[Ordering, ...]


def parse(text: str, parameters: list[str | Decimal]) -> Query:
    """Read a query with its parameters in place of `?`.

    Raises:
        NetSuiteError: INVALID_PARAMETER.
    """
    parser = _Parser(_tokens(text), parameters)
    query = parser.query()
    if parser.parameters_left:
        raise _bad("The number of parameters does not match the number of placeholders.")
    return query


def _tokens(text: str) -> list[str]:
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _bad(f"Unexpected character at position {position + 1}.")
        tokens.append(match.group().strip())
        position = match.end()
    return tokens


def _bad(detail: str) -> NetSuiteError:
    return invalid_query(f"Invalid or unsupported search (sandbox grammar). {detail}")


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, tokens: list[str], parameters: list[str | Decimal]) -> None:
        self._tokens = tokens
        self._position = 0
        self._parameters = list(parameters)
        self._unnamed = 0

    @property
    def parameters_left(self) -> int:
        """How many parameters no placeholder has taken."""
        return len(self._parameters)

    def query(self) -> Query:
        self._expect("SELECT")
        outputs = self._listed(self._output)
        self._expect("FROM")
        sources, terms = self._sources()
        if self._takes("WHERE"):
            terms += self._terms()
        orderings: tuple[Ordering, ...] = ()
        if self._takes("ORDER"):
            self._expect("BY")
            orderings = self._listed(self._ordering)
        if self._position < len(self._tokens):
            raise self._unexpected(self._tokens[self._position])
        return Query(outputs=outputs, sources=sources, terms=terms, orderings=orderings)

    def _listed(self, read: Callable[[], _Part]) -> tuple[_Part, ...]:
        found = [read()]
        while self._takes(","):
            found.append(read())
        return tuple(found)

    def _output(self) -> Output:
        expression = self._expression()
        alias = self._alias()
        if alias is None and isinstance(expression, Column):
            alias = expression.name
        if alias is None:
            self._unnamed += 1
            alias = f"expr{self._unnamed}"
        return Output(expression, alias)

    def _alias(self) -> str | None:
        if self._takes("AS"):
            return self._name()
        waiting = self._peek()
        return self._name() if _is_name(waiting) else None

    def _sources(self) -> tuple[tuple[Source, ...], tuple[Term, ...]]:
        sources = [self._source()]
        terms: tuple[Term, ...] = ()
        while True:
            if self._takes(","):
                sources.append(self._source())
            elif self._takes("INNER") or self._peek() == "JOIN":
                self._expect("JOIN")
                sources.append(self._source())
                self._expect("ON")
                terms += self._terms()
            else:
                return tuple(sources), terms

    def _source(self) -> Source:
        table = self._name()
        return Source(table, self._alias() or table)

    def _terms(self) -> tuple[Term, ...]:
        terms = [self._term()]
        while self._takes("AND"):
            terms.append(self._term())
        return tuple(terms)

    def _term(self) -> Term:
        left = self._expression()
        if self._takes("IS"):
            negated = self._takes("NOT")
            self._expect("NULL")
            return Term(left=left, operator="NULL", negated=negated)
        negated = self._takes("NOT")
        operator = self._next().upper()
        if operator == "IN":
            self._expect("(")
            values = self._listed(self._expression)
            self._expect(")")
        elif operator == "BETWEEN":
            low = self._expression()
            self._expect("AND")
            values = (low, self._expression())
        elif operator == "LIKE" or (operator in _COMPARISONS and not negated):
            values = (self._expression(),)
        else:
            raise self._unexpected(operator)
        escape = self._expression() if operator == "LIKE" and self._takes("ESCAPE") else None
        if operator in ("<>", "!="):
            operator, negated = "=", True
        return Term(left=left, operator=operator, values=values, negated=negated, escape=escape)

    def _ordering(self) -> Ordering:
        expression = self._expression()
        descending = self._takes("DESC")
        if not descending:
            self._takes("ASC")
        return Ordering(expression, descending)

    def _expression(self) -> Expression:
        token = self._next()
        if token == "?":
            if not self._parameters:
                raise _bad("The number of parameters does not match the number of placeholders.")
            return Literal(self._parameters.pop(0))
        if token.startswith("'"):
            return Literal(token[1:-1].replace("''", "'"))
        if token[0].isdigit():
            return Literal(self._number(token))
        if not _is_name(token):
            raise self._unexpected(token)
        if self._takes("("):
            return self._call(token.upper())
        if self._takes("."):
            return Column(token.lower(), self._name())
        return Column(None, token.lower())

    def _number(self, token: str) -> Decimal:
        text = token
        if self._takes("."):
            text += f".{self._next()}"
        if re.fullmatch(r"\d+(\.\d+)?", text) is None:
            raise self._unexpected(text)
        return Decimal(text)

    def _call(self, function: str) -> Call:
        if function not in FUNCTIONS:
            raise _bad(f"The function {function} is not one of {', '.join(FUNCTIONS)}.")
        arguments = self._listed(self._expression)
        self._expect(")")
        return Call(function, arguments)

    def _name(self) -> str:
        token = self._next()
        if not _is_name(token):
            raise self._unexpected(token)
        return token.lower()

    def _peek(self) -> str:
        waiting = self._tokens[self._position : self._position + 1]
        return waiting[0].upper() if waiting else ""

    def _next(self) -> str:
        if self._position == len(self._tokens):
            raise _bad("The query ends too early.")
        self._position += 1
        return self._tokens[self._position - 1]

    def _takes(self, keyword: str) -> bool:
        found = self._peek() == keyword
        self._position += found
        return found

    def _expect(self, keyword: str) -> None:
        if not self._takes(keyword):
            raise self._unexpected(self._next())

    def _unexpected(self, token: str) -> NetSuiteError:
        return _bad(f"{token} cannot stand there.")


def _is_name(token: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]\w*", token) is not None and token.upper() not in _RESERVED
