"""Small journals: transactions written in a line, entries read as *Dr account amount*."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from ledger.entries import JournalEntry, Side
from ledger.journalize import Journal, journalize
from ledger.lots import Lot
from ledger.money import Money
from ledger.settings import JournalSettings
from ledger.transactions import Transaction, TransactionType

POSTING_DATE = date(2025, 4, 2)
_NUMBERS = {
    "sent_quantity", "received_quantity", "fee_quantity", "value", "fee_value", "cost_basis",
}  # fmt: skip


def tx(
    kind: str, *, row: str = "t1", at: str = "2025-01-15T12:00:00Z", **fields: str
) -> Transaction:
    """A transaction; amounts are written as text, `sent="1 ETH"` fills asset and quantity."""
    values: dict[str, object] = {}
    for name, text in fields.items():
        if name in {"sent", "received", "fee"}:
            quantity, asset = text.split()
            values |= {f"{name}_quantity": Decimal(quantity), f"{name}_asset": asset}
        else:
            values[name] = Decimal(text) if name in _NUMBERS else text
    return Transaction(
        id=row,
        source="test",
        sequence=int("".join(c for c in row if c.isdigit()) or 0),
        timestamp=datetime.fromisoformat(at).astimezone(UTC),
        type=TransactionType(kind),
        **values,  # type: ignore[arg-type]
    )


def exchange(
    kind: str, sent: str, received: str, *, at_wallet: str = "Exchange", **more: str
) -> Transaction:
    """A buy, sell or trade inside one wallet."""
    return tx(
        kind, from_account=at_wallet, to_account=at_wallet, sent=sent, received=received, **more
    )


def lot(holding: str, cost: str | None, *, wallet: str = "Exchange", on: str = "2024-01-01") -> Lot:
    """An opening lot: `lot("0.5 BTC", "20050.00")`."""
    quantity, asset = holding.split()
    return Lot(
        account=wallet,
        asset=asset,
        quantity=Decimal(quantity),
        cost=usd(cost) if cost is not None else None,
        acquired_at=datetime.fromisoformat(on).replace(tzinfo=UTC),
    )


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def settings(**more: object) -> JournalSettings:
    return JournalSettings(**({"base_currency": "USD", "time_zone": "UTC"} | more))  # type: ignore[arg-type]


def journal(*transactions: Transaction, lots: tuple[Lot, ...] = (), **more: object) -> Journal:
    return journalize(
        transactions, settings=settings(**more), posting_date=POSTING_DATE, opening_lots=lots
    )


def entry_of(result: Journal, transaction_id: str = "t1") -> list[str]:
    """The postings of one transaction's entry, as people read a journal."""
    item = next(i for i in result.items if i.transaction.id == transaction_id)
    assert item.entry is not None, item.problems
    return lines(item.entry)


def lines(entry: JournalEntry) -> list[str]:
    return [
        f"{'Dr' if p.side is Side.DEBIT else 'Cr'} {p.account.label} {p.money.amount}"
        for p in entry.postings
    ]


def problems_of(result: Journal, transaction_id: str = "t1") -> dict[str, dict[str, str]]:
    """Problem code → its facts."""
    item = next(i for i in result.items if i.transaction.id == transaction_id)
    assert item.entry is None
    return {p.code.value: dict(p.facts) for p in item.problems}


def open_lots(result: Journal) -> list[str]:
    """The lots left: *0.5 BTC in Exchange at 20050.00*."""
    return [
        f"{x.quantity.normalize():f} {x.asset} in {x.account} at "
        f"{x.cost.amount if x.cost is not None else 'unknown cost'}"
        for x in result.lots
    ]
