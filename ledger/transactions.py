"""Source transactions: the generic row, and the effects it has on the books.

A transaction is what happened at an exchange, in a wallet or at a bank. It never leaves
Integral; only the journal entries made from it do. No I/O, no prices, no lots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo


class TransactionType(StrEnum):
    """What kind of event a row describes; it selects how the entry is made."""

    BUY = "buy"
    SELL = "sell"
    TRADE = "trade"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    FEE = "fee"


class Effect(StrEnum):
    """What a transaction does to a wallet. Each (transaction, effect) has one live entry."""

    OUT = "out"
    IN = "in"
    FEE = "fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One row of the generic format, checked by the parser that made it.

    Quantities are positive and exact. ``value``, ``fee_value`` and ``cost_basis`` are in the
    organisation's base currency and may have more decimals than it has.
    """

    id: str
    """Unique within its source."""
    source: str
    sequence: int
    """The row's place in its file: breaks ties between equal timestamps."""
    timestamp: datetime
    type: TransactionType
    from_account: str | None = None
    to_account: str | None = None
    sent_asset: str | None = None
    sent_quantity: Decimal | None = None
    received_asset: str | None = None
    received_quantity: Decimal | None = None
    fee_asset: str | None = None
    fee_quantity: Decimal | None = None
    value: Decimal | None = None
    fee_value: Decimal | None = None
    cost_basis: Decimal | None = None
    category: str | None = None
    counterparty: str | None = None
    tx_hash: str | None = None
    note: str | None = None
    """Internal: never part of a memo and never sent to an ERP."""

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects this transaction has, in the order out, in, fee."""
        found = []
        if self.sent_asset:
            found.append(Effect.OUT)
        if self.received_asset:
            found.append(Effect.IN)
        if self.fee_asset or self._loses_on_the_way:
            found.append(Effect.FEE)
        return tuple(found)

    @property
    def fee_account(self) -> str | None:
        """The wallet that pays the fee: the sender, or a deposit's receiver."""
        return self.to_account if self.type is TransactionType.DEPOSIT else self.from_account

    @property
    def content_hash(self) -> str:
        """A digest of everything the source said; an unchanged row has an unchanged hash."""
        fields = (
            self.timestamp.isoformat(), self.type.value, self.from_account, self.to_account,
            self.sent_asset, self.sent_quantity, self.received_asset, self.received_quantity,
            self.fee_asset, self.fee_quantity, self.value, self.fee_value, self.cost_basis,
            self.category, self.counterparty, self.tx_hash, self.note,
        )  # fmt: skip
        canonical = "\x1f".join("\x00" if f is None else _canonical(f) for f in fields)
        return sha256(canonical.encode()).hexdigest()

    def local_date(self, time_zone: str) -> date:
        """Return the calendar date of the event in an IANA time zone."""
        return self.timestamp.astimezone(ZoneInfo(time_zone)).date()

    @property
    def _loses_on_the_way(self) -> bool:
        return (
            self.type is TransactionType.TRANSFER
            and self.sent_quantity is not None
            and self.received_quantity is not None
            and self.received_quantity < self.sent_quantity
        )


def _canonical(value: object) -> str:
    """Write equal numbers equally: 1.50 and 1.5 are the same quantity."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def order_key(transaction: Transaction) -> tuple[datetime, int, str]:
    """Sort key used everywhere that order matters: time, then source sequence, then id."""
    return (transaction.timestamp, transaction.sequence, transaction.id)
