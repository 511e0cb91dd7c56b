"""Random histories of transactions for property tests, such as a careless year might give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from ledger.transactions import Transaction, TransactionType

WALLETS = ("Exchange", "Wallet", "Bank")
ASSETS = ("BTC", "ETH", "USDC", "EUR")
START = datetime(2025, 1, 1, tzinfo=UTC)

quantities = st.decimals(min_value="0.000001", max_value="5000", places=6)
amounts = st.decimals(min_value="0", max_value="100000", places=4)
_maybe_amount = st.one_of(st.none(), amounts)
_wallets = st.sampled_from(WALLETS)


@st.composite
def transactions(draw: st.DrawFn, *, complete: bool = False) -> list[Transaction]:
    """Up to 25 transactions in time order; complete ones have every price and category."""
    kinds = draw(st.lists(st.sampled_from(list(TransactionType)), max_size=25))
    return [
        draw(_transaction(number, kind, complete=complete)) for number, kind in enumerate(kinds, 1)
    ]


@st.composite
def _transaction(
    draw: st.DrawFn, number: int, kind: TransactionType, *, complete: bool
) -> Transaction:
    price = amounts if complete else _maybe_amount
    fields = draw(_SIDES[kind])
    fee = draw(st.one_of(st.none(), quantities))
    if kind is TransactionType.FEE or fee is not None:
        fields |= {
            "fee_asset": draw(st.sampled_from((*ASSETS, "USD"))),
            "fee_quantity": fee or Decimal("0.01"),
            "fee_value": draw(price),
        }
    return Transaction(
        id=f"t{number}",
        source="random",
        sequence=number,
        timestamp=START + timedelta(hours=7 * number),
        type=kind,
        value=None if kind is TransactionType.FEE else draw(price),
        category=draw(st.sampled_from(("Income", "Payroll") if complete else ("Income", None))),
        **fields,  # type: ignore[arg-type]
    )


@st.composite
def _exchange(
    draw: st.DrawFn, sent: tuple[str, ...], received: tuple[str, ...]
) -> dict[str, object]:
    gives = draw(st.sampled_from(sent))
    gets = draw(st.sampled_from([a for a in received if a != gives]))
    return {
        "from_account": draw(_wallets),
        "to_account": draw(_wallets),
        "sent_asset": gives,
        "sent_quantity": draw(quantities),
        "received_asset": gets,
        "received_quantity": draw(quantities),
    }


@st.composite
def _transfer(draw: st.DrawFn) -> dict[str, object]:
    sender, receiver = draw(st.permutations(WALLETS))[:2]
    asset, sent = draw(st.sampled_from((*ASSETS, "USD"))), draw(quantities)
    lost = draw(st.sampled_from((Decimal(0), Decimal(0), sent / 2)))
    return {
        "from_account": sender,
        "to_account": receiver,
        "sent_asset": asset,
        "sent_quantity": sent,
        "received_asset": asset,
        "received_quantity": sent - lost,
    }


_SIDES: dict[TransactionType, st.SearchStrategy[dict[str, object]]] = {
    TransactionType.BUY: _exchange(("USD",), ASSETS),
    TransactionType.SELL: _exchange(ASSETS, ("USD", "EUR")),
    TransactionType.TRADE: _exchange(ASSETS, ASSETS),
    TransactionType.TRANSFER: _transfer(),
    TransactionType.DEPOSIT: st.fixed_dictionaries(
        {
            "to_account": _wallets,
            "received_asset": st.sampled_from((*ASSETS, "USD")),
            "received_quantity": quantities,
        }
    ),
    TransactionType.WITHDRAWAL: st.fixed_dictionaries(
        {
            "from_account": _wallets,
            "sent_asset": st.sampled_from((*ASSETS, "USD")),
            "sent_quantity": quantities,
        }
    ),
    TransactionType.FEE: st.fixed_dictionaries({"from_account": _wallets}),
}
