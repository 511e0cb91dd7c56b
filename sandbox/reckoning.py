"""What the books must show, worked out from the CSV rows alone, for the demo's verdict.

A second opinion: it shares no code with the product, keeps whole cents and exact fractions, and
knows only the default settings (one entry a transaction, fees of purchases and trades in the cost,
fees of sales as an expense). `sandbox.verdict` compares it with what the ERP holds.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from sandbox.lot_queue import Holding, LotQueues, Piece, cost_of

CASH = "USD"
Row = Mapping[str, str]
Line = tuple[str, Literal["debit", "credit"], int]
"""Account name, side, cents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNames:
    """Where everything goes: the names of accounts, as people in the demo chose them."""

    tokens: Mapping[Holding, str]
    wallets: Mapping[str, str]
    categories: Mapping[str, str]
    roles: Mapping[str, str]

    def of_holding(self, holding: Holding) -> str:
        """A token's own account, else its wallet's."""
        return self.tokens.get(holding) or self.wallets[holding[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one row must do to the books."""

    id: str
    day: date
    lines: tuple[Line, ...]
    """Empty when it needs no entry, or is blocked."""
    blocked: bool = False

    @property
    def cents(self) -> int:
        """The sum of the debits."""
        return sum(cents for _, side, cents in self.lines if side == "debit")


@dataclass(slots=True)
class _Sums:
    """The signed cents of one row (debits above zero), and what leaves its wallets."""

    holdings: Counter[Holding] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    """By account name: categories and roles."""
    leaving: defaultdict[Holding, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    unknown: bool = False


def read_rows(*texts: str) -> list[Row]:
    """The rows of CSV files together, by time."""
    rows: list[Row] = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    return sorted(rows, key=lambda row: row["timestamp"])


class Reckoner:
    """Goes through the rows once and says what each must do."""

    def __init__(
        self, *, lots: str, names: AccountNames, zone: str, first: date, last: date
    ) -> None:
        self._names = names
        self._zone = ZoneInfo(zone)
        self._first, self._last = first, last
        self._lots = LotQueues()
        for row in csv.DictReader(io.StringIO(lots)):
            piece = Piece(row["acquired_at"], Fraction(row["quantity"]), _cents(row["cost"]))
            self._lots.put((row["account"], row["asset"]), piece)

    def expected(self, rows: Iterable[Row]) -> list[Expected]:
        """What the rows must do, for those of the period; earlier ones build cost only."""
        found = [self._row(row) for row in rows]
        return [each for each in found if self._first <= each.day <= self._last]

    def _row(self, row: Row) -> Expected:
        sums = _Sums()
        match row["type"]:
            case "buy" | "sell" | "trade":
                self._exchange(row, sums)
            case "deposit":
                self._deposit(row, sums)
            case "withdrawal":
                self._withdrawal(row, sums)
            case "transfer":
                self._transfer(row, sums)
            case _:
                self._pay_fee(row, sums)
        self._settle(sums)
        moment = datetime.fromisoformat(row["timestamp"])
        return Expected(
            id=row["id"],
            day=moment.astimezone(self._zone).date(),
            lines=() if sums.unknown else tuple(self._lines(row, sums)),
            blocked=sums.unknown,
        )

    # --- what each type does

    def _exchange(self, row: Row, sums: _Sums) -> None:
        sent, got = _sent(row), _received(row)
        text = row["value"]
        if CASH in (sent[1], got[1]):
            text = row["sent_quantity"] if sent[1] == CASH else row["received_quantity"]
        worth = self._known(text, sums)
        self._leave(sums, sent, Fraction(row["sent_quantity"]))
        fee = _cents(row["fee_value"]) if row["fee_asset"] else 0
        in_the_cost = got[1] != CASH
        cost = worth + fee if in_the_cost else worth
        self._arrive(sums, row, got, Fraction(row["received_quantity"]), cost)
        if row["fee_asset"]:
            self._leave(
                sums, (row["from_account"], row["fee_asset"]), Fraction(row["fee_quantity"])
            )
            if not in_the_cost:
                sums.others[self._fee_account(row)] += fee

    def _deposit(self, row: Row, sums: _Sums) -> None:
        got = _received(row)
        worth, units = self._known(row["value"], sums), Fraction(row["received_quantity"])
        sums.others[self._names.categories[row["category"]]] -= worth
        fee = _cents(row["fee_value"]) if row["fee_asset"] else 0
        if row["fee_asset"]:
            # Kept by the payer out of what arrives: it never was in the wallet.
            units -= Fraction(row["fee_quantity"])
            sums.others[self._fee_account(row)] += fee
        self._arrive(sums, row, got, units, None if sums.unknown else worth - fee)

    def _withdrawal(self, row: Row, sums: _Sums) -> None:
        worth = self._known(row["value"], sums)
        sums.others[self._names.categories[row["category"]]] += worth
        self._leave(sums, _sent(row), Fraction(row["sent_quantity"]))
        self._pay_fee(row, sums)

    def _transfer(self, row: Row, sums: _Sums) -> None:
        sent, got = _sent(row), _received(row)
        units, arrived = Fraction(row["sent_quantity"]), Fraction(row["received_quantity"])
        if sent[1] == CASH:
            cents = _cents(row["received_quantity"])
        else:
            pieces = self._lots.take(sent, arrived)
            cents = cost_of(pieces) or 0
            for piece in pieces:
                self._lots.put(got, piece)
        sums.holdings[sent] -= cents
        sums.holdings[got] += cents
        if arrived < units:
            lost = round(Fraction(row["value"]) * (units - arrived) / units * 100)
            sums.others[self._fee_account(row)] += lost
            self._leave(sums, sent, units - arrived)
        self._pay_fee(row, sums)

    def _pay_fee(self, row: Row, sums: _Sums) -> None:
        if row["fee_asset"]:
            sums.others[self._fee_account(row)] += _cents(row["fee_value"])
            self._leave(
                sums, (row["from_account"], row["fee_asset"]), Fraction(row["fee_quantity"])
            )

    # --- units and cents

    def _known(self, text: str, sums: _Sums) -> int:
        sums.unknown = sums.unknown or not text
        return _cents(text) if text else 0

    def _leave(self, sums: _Sums, holding: Holding, units: Fraction) -> None:
        if holding[1] == CASH:
            sums.holdings[holding] -= round(units * 100)
        else:
            sums.leaving[holding] += units

    def _arrive(
        self, sums: _Sums, row: Row, holding: Holding, units: Fraction, cents: int | None
    ) -> None:
        sums.holdings[holding] += cents or 0
        if holding[1] != CASH:
            self._lots.put(holding, Piece(row["timestamp"], units, cents))

    def _settle(self, sums: _Sums) -> None:
        """Take out what leaves, at cost; what is left over is a gain or a loss."""
        for holding, units in sums.leaving.items():
            cents = cost_of(self._lots.take(holding, units))
            sums.unknown = sums.unknown or cents is None
            sums.holdings[holding] -= cents or 0
        rest = sums.holdings.total() + sums.others.total()
        sums.others[self._names.roles["gains" if rest > 0 else "losses"]] -= rest

    def _lines(self, row: Row, sums: _Sums) -> Iterable[Line]:
        by_account: list[tuple[str, int]] = [
            (self._names.of_holding(holding), cents) for holding, cents in sums.holdings.items()
        ]
        if row["type"] == "transfer":
            nets: Counter[str] = Counter()
            for account, cents in by_account:
                nets[account] += cents
            by_account = list(nets.items())
        for account, cents in [*by_account, *sums.others.items()]:
            if cents:
                yield account, "debit" if cents > 0 else "credit", abs(cents)

    def _fee_account(self, row: Row) -> str:
        trading = row["type"] in ("buy", "sell") or (
            row["type"] == "trade" and row["fee_asset"] == CASH
        )
        return self._names.roles["trading_fees" if trading else "network_fees"]


def _sent(row: Row) -> Holding:
    return row["from_account"], row["sent_asset"]


def _received(row: Row) -> Holding:
    return row["to_account"], row["received_asset"]


def _fee_holding(row: Row) -> Holding:
    return row["from_account"], row["fee_asset"]


def _cents(text: str) -> int:
    """Dollars as whole cents, rounded half-even."""
    return round(Fraction(text) * 100)
