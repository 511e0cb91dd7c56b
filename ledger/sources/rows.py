"""Rows of the generic format: one row's named texts in, a transaction or its problems out.

Knows which fields each type of transaction must and must not have filled. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from ledger.currencies import is_fiat
from ledger.problems import Problem, ProblemCode
from ledger.sources.fields import FieldError, read_amount, read_moment, read_quantity, read_text
from ledger.transactions import Effect, Transaction, TransactionType

Value = TypeVar("Value")

_NAMES = 200
TEXT_LIMITS = {
    "id": _NAMES, "from_account": _NAMES, "to_account": _NAMES, "sent_asset": 60,
    "received_asset": 60, "fee_asset": 60, "category": _NAMES, "counterparty": _NAMES,
    "tx_hash": _NAMES, "note": 4000,
}  # fmt: skip
QUANTITIES = ("sent_quantity", "received_quantity", "fee_quantity")
AMOUNTS = ("value", "fee_value", "cost_basis")
FIELDS = (
    "id", "timestamp", "type", "from_account", "to_account", "sent_asset", "sent_quantity",
    "received_asset", "received_quantity", "fee_asset", "fee_quantity", "value", "fee_value",
    "cost_basis", "category", "counterparty", "tx_hash", "note",
)  # fmt: skip
"""Column names of the CSV and keys of the JSON lines."""
REQUIRED_FIELDS = ("id", "timestamp", "type")
"""Columns that a file cannot be without."""

_SENT = ("sent_asset", "sent_quantity")
_RECEIVED = ("received_asset", "received_quantity")
_BOTH_SIDES = frozenset({"from_account", "to_account", *_SENT, *_RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Which fields of a type must be filled, and which must not, with the reason."""

    must: frozenset[str]
    must_not: Mapping[str, str]


_OUTSIDE = "the other side is outside; name it in counterparty"
_NOT_DISPOSED = "cost_basis is the cost of what is disposed of, and nothing is"
_EXCHANGE = _Shape(must=_BOTH_SIDES, must_not={})
_SHAPES = {
    TransactionType.BUY: _EXCHANGE,
    TransactionType.SELL: _EXCHANGE,
    TransactionType.TRADE: _EXCHANGE,
    TransactionType.DEPOSIT: _Shape(
        must=frozenset({"to_account", *_RECEIVED}),
        must_not={
            "from_account": _OUTSIDE,
            **dict.fromkeys(_SENT, "a deposit sends nothing"),
            "cost_basis": _NOT_DISPOSED,
        },
    ),
    TransactionType.WITHDRAWAL: _Shape(
        must=frozenset({"from_account", *_SENT}),
        must_not={
            "to_account": _OUTSIDE,
            **dict.fromkeys(_RECEIVED, "a withdrawal receives nothing"),
        },
    ),
    TransactionType.TRANSFER: _Shape(
        must=_BOTH_SIDES,
        must_not={"cost_basis": "own transfers keep the cost of their lots; import opening lots"},
    ),
    TransactionType.FEE: _Shape(
        must=frozenset({"from_account", "fee_asset", "fee_quantity"}),
        must_not={
            "to_account": "a fee has no receiver of yours",
            **dict.fromkeys((*_SENT, *_RECEIVED, "value"), "a fee fills only the fee fields"),
        },
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it was read: a transaction, or every problem it has."""

    number: int
    """As a spreadsheet counts: in a CSV file the header is row 1."""
    id: str | None
    transaction: Transaction | None = None
    problems: tuple[Problem, ...] = ()


def row_problem(number: int, *, field: str, reason: str, row_id: str | None = None) -> Problem:
    """Return the problem of one field of one row, or with row 0 of the whole file."""
    where = (("row", str(number)),) if number else ()
    return Problem(
        code=ProblemCode.INVALID_ROW,
        subject=f"Row {number}" if number else "The file",
        facts=(*where, ("field", field), ("reason", reason)),
        transaction_id=row_id,
        field_name=field,
    )


def read_row(number: int, texts: Mapping[str, str], *, source: str) -> Row:
    """Read one row. Every fault of every field is reported, not only the first.

    Args:
        number: The row's place in its file, which is also the transaction's sequence.
        texts: Field name → text; what is empty may be left out.
        source: The name of the source the row belongs to.
    """
    cells = _Cells(number, texts)
    type_ = cells.type()
    if type_ is not None:
        cells.check_shape(type_)
    transaction = _transaction(cells, type_, source)
    if transaction is None:
        return Row(number=number, id=cells.filled.get("id"), problems=tuple(cells.problems))
    return Row(number=number, id=transaction.id, transaction=transaction)


class _Cells:
    """Reads the fields of one row and collects what is wrong with them."""

    def __init__(self, number: int, texts: Mapping[str, str]) -> None:
        self.number = number
        self.filled = {name: text.strip() for name, text in texts.items() if text.strip()}
        self.problems: list[Problem] = []

    def reject(self, field: str, reason: str) -> None:
        row_id = self.filled.get("id")
        problem = row_problem(self.number, field=field, reason=reason, row_id=row_id)
        self.problems.append(problem)

    def check_shape(self, type_: TransactionType) -> None:
        shape = _SHAPES[type_]
        for field in FIELDS:
            if field in shape.must and field not in self.filled:
                self.reject(field, f"is empty; a {type_} needs it")
            if field in shape.must_not and field in self.filled:
                self.reject(field, f"must be empty for a {type_}: {shape.must_not[field]}")

    def text(self, field: str) -> str | None:
        limit = TEXT_LIMITS[field]
        return self._read(field, lambda t: read_text(t, limit=limit, allows_lines=field == "note"))

    def quantity(self, field: str) -> Decimal | None:
        return self._read(field, read_quantity)

    def amount(self, field: str) -> Decimal | None:
        return self._read(field, read_amount)

    def moment(self) -> datetime | None:
        return self._read("timestamp", read_moment, missing="fill in when it happened, with zone")

    def id(self) -> str | None:
        if "id" not in self.filled:
            self.reject("id", "is empty; give each row an id of its own, unique in its source")
        return self.text("id")

    def type(self) -> TransactionType | None:
        text = self.filled.get("type", "")
        if text.lower() in set(TransactionType):
            return TransactionType(text.lower())
        what = f"is “{text[:40]}”" if text else "is empty"
        self.reject("type", f"{what}; write one of {', '.join(TransactionType)}")
        return None

    def _read(
        self, field: str, read: Callable[[str], Value], *, missing: str | None = None
    ) -> Value | None:
        text = self.filled.get(field)
        if text is None:
            if missing:
                self.reject(field, f"is empty; {missing}")
            return None
        try:
            return read(text)
        except FieldError as error:
            self.reject(field, str(error))
            return None


def _transaction(cells: _Cells, type_: TransactionType | None, source: str) -> Transaction | None:
    """Read all fields, whatever is wrong with some, and build the transaction if nothing is."""
    id_, moment = cells.id(), cells.moment()
    texts = {name: cells.text(name) for name in TEXT_LIMITS if name != "id"}
    numbers = {name: cells.quantity(name) for name in QUANTITIES}
    numbers |= {name: cells.amount(name) for name in AMOUNTS}
    if cells.problems or id_ is None or moment is None or type_ is None:
        return None
    transaction = Transaction(
        id=id_,
        source=source,
        sequence=cells.number,
        timestamp=moment,
        type=type_,
        from_account=texts["from_account"],
        to_account=texts["to_account"],
        sent_asset=texts["sent_asset"],
        sent_quantity=numbers["sent_quantity"],
        received_asset=texts["received_asset"],
        received_quantity=numbers["received_quantity"],
        fee_asset=texts["fee_asset"],
        fee_quantity=numbers["fee_quantity"],
        value=numbers["value"],
        fee_value=numbers["fee_value"],
        cost_basis=numbers["cost_basis"],
        category=texts["category"],
        counterparty=texts["counterparty"],
        tx_hash=texts["tx_hash"],
        note=texts["note"],
    )
    for field, reason in _contradictions(transaction):
        cells.reject(field, reason)
    return None if cells.problems else transaction


def _contradictions(transaction: Transaction) -> Iterator[tuple[str, str]]:
    """Yield each (field, reason) in which well-formed fields contradict each other."""
    yield from _fee_contradictions(transaction)
    yield from _currency_slips(transaction)
    t = transaction
    if t.type is TransactionType.TRANSFER:
        yield from _transfer_contradictions(t)
    elif t.sent_asset is not None and t.sent_asset == t.received_asset:
        yield "received_asset", f"is what was sent; a {t.type} exchanges two, use type transfer"


def _fee_contradictions(transaction: Transaction) -> Iterator[tuple[str, str]]:
    t = transaction
    if t.fee_asset is None and t.fee_quantity is not None:
        yield "fee_asset", "is empty although fee_quantity is filled; fill in both or neither"
    if t.fee_asset is not None and t.fee_quantity is None:
        yield "fee_quantity", "is empty although fee_asset is filled; fill in both or neither"
    if t.fee_value is not None and Effect.FEE not in t.effects:
        yield "fee_value", "is filled although there is no fee; fill in fee_asset too"


def _transfer_contradictions(transaction: Transaction) -> Iterator[tuple[str, str]]:
    t = transaction
    if t.sent_asset != t.received_asset:
        yield "received_asset", "is not what was sent; a transfer moves one asset, use type trade"
    elif (t.received_quantity or 0) > (t.sent_quantity or 0):
        yield "received_quantity", "is more than was sent; correct one of the two"
    if t.from_account == t.to_account:
        yield "to_account", "is the sender itself; a transfer has two accounts"


def _currency_slips(transaction: Transaction) -> Iterator[tuple[str, str]]:
    t = transaction
    assets = (
        ("sent_asset", t.sent_asset),
        ("received_asset", t.received_asset),
        ("fee_asset", t.fee_asset),
    )
    for field, asset in assets:
        if asset is not None and is_fiat(asset.upper()) and not is_fiat(asset):
            yield field, f"is “{asset}”; write the currency as {asset.upper()}"
