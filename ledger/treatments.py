"""Treatments: what each type of transaction does to the books.

One function for each treatment, chosen by type; the rules are those of worked entries J01 to
J15. They write into ``ledger.workings`` and know nothing of the chart of accounts. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache

from ledger.currencies import is_fiat
from ledger.entries import Role, SourceAccount
from ledger.money import EXACT_DIGITS, Money
from ledger.settings import FeeOnAcquisition, FeeOnDisposal, FeeOnSwap, JournalSettings
from ledger.transactions import Transaction, TransactionType
from ledger.workings import Workings


class FeeTreatment(StrEnum):
    """What becomes of a fee."""

    CAPITALISE = "capitalise"
    """It is part of the cost of what was acquired."""
    EXPENSE = "expense"
    NET = "net"
    """It lowers the gain."""


Treatment = Callable[[Workings, JournalSettings], None]


def treat(workings: Workings, settings: JournalSettings) -> None:
    """Write a transaction's movements into its workings."""
    _TREATMENTS[workings.transaction.type](workings, settings)


def fee_role(transaction: Transaction) -> Role:
    """Return the role of a transaction's fee: an exchange's commission, or the network's."""
    if transaction.type in {TransactionType.BUY, TransactionType.SELL}:
        return Role.TRADING_FEES
    is_fiat_fee = transaction.fee_asset is not None and is_fiat(transaction.fee_asset)
    if transaction.type is TransactionType.TRADE and is_fiat_fee:
        return Role.TRADING_FEES
    return Role.NETWORK_FEES


def fee_treatment(transaction: Transaction, settings: JournalSettings) -> FeeTreatment:
    """Return what the settings make of a fee; outside exchanges it is always an expense.

    A trade with government money on one side counts as the purchase or sale that it is.
    """
    if transaction.type not in _EXCHANGES:
        return FeeTreatment.EXPENSE
    if transaction.type is TransactionType.BUY or _gives_fiat(transaction):
        capitalises = settings.fee_on_acquisition is FeeOnAcquisition.CAPITALISE
    elif transaction.type is TransactionType.SELL or _gets_fiat(transaction):
        is_net = settings.fee_on_disposal is FeeOnDisposal.NET
        return FeeTreatment.NET if is_net else FeeTreatment.EXPENSE
    else:
        capitalises = settings.fee_on_swap is FeeOnSwap.CAPITALISE
    return FeeTreatment.CAPITALISE if capitalises else FeeTreatment.EXPENSE


def brings_proceeds(transaction: Transaction) -> bool:
    """Say whether a transaction disposes of an asset for government money."""
    return (
        transaction.type in _EXCHANGES and _gets_fiat(transaction) and not _gives_fiat(transaction)
    )


_EXCHANGES = frozenset({TransactionType.BUY, TransactionType.SELL, TransactionType.TRADE})


def _exchange(workings: Workings, settings: JournalSettings) -> None:
    """Buy, sell and trade: units at cost go, units at fair value come, the rest is gain."""
    t = workings.transaction
    sent, received = _sent(t), _received(t)
    # Cash on either side is the price; the row's own value is only for swaps.
    priced = sent if workings.is_cash(sent.asset) else received
    value = workings.fair_value(str(priced.asset), _quantity_of(t, priced), t.value)
    _give(workings, sent, t.sent_quantity)
    _receive_with_fee(workings, value, fee_treatment(t, settings))


def _deposit(workings: Workings, _: JournalSettings) -> None:
    """From outside: units at fair value come, the category is the other side."""
    t = workings.transaction
    value = workings.fair_value(str(t.received_asset), _known(t.received_quantity), t.value)
    _receive_with_fee(workings, value, FeeTreatment.EXPENSE)
    if t.category:
        workings.credit(SourceAccount.of_category(t.category), value)
    else:
        workings.note_uncategorized()


def _withdrawal(workings: Workings, _: JournalSettings) -> None:
    """To outside: the category takes fair value, units at cost go, the rest is gain."""
    t = workings.transaction
    value = workings.fair_value(str(t.sent_asset), _known(t.sent_quantity), t.value)
    if t.category:
        workings.debit(SourceAccount.of_category(t.category), value)
    else:
        workings.note_uncategorized()
    _give(workings, _sent(t), t.sent_quantity)
    _pay_fee(workings)


def _transfer(workings: Workings, _: JournalSettings) -> None:
    """Between own wallets: cost and age move, and what got lost on the way is a fee."""
    t = workings.transaction
    sent, arrived = _known(t.sent_quantity), _known(t.received_quantity)
    workings.move(_sent(t), _received(t), arrived)
    if arrived < sent:
        with localcontext(prec=EXACT_DIGITS):
            lost = sent - arrived
        value = _value_of_loss(workings, lost)
        workings.debit(SourceAccount.of_role(fee_role(t)), value)
        workings.leave(_sent(t), lost)
    _pay_fee(workings)


def _fee_alone(workings: Workings, _: JournalSettings) -> None:
    """Gas alone, also of a failed call."""
    t = workings.transaction
    if t.cost_basis is None:
        _pay_fee(workings)
        return
    value = _fee_value(workings)
    workings.debit(SourceAccount.of_role(fee_role(t)), value)
    _give(workings, _fee_holding(t), t.fee_quantity)


_TREATMENTS: dict[TransactionType, Treatment] = {
    TransactionType.BUY: _exchange,
    TransactionType.SELL: _exchange,
    TransactionType.TRADE: _exchange,
    TransactionType.DEPOSIT: _deposit,
    TransactionType.WITHDRAWAL: _withdrawal,
    TransactionType.TRANSFER: _transfer,
    TransactionType.FEE: _fee_alone,
}


def _receive_with_fee(workings: Workings, value: Money | None, treatment: FeeTreatment) -> None:
    """Bring in what was received, and pay the fee.

    A fee in the units that arrive is held back from them (J09b): they never were in the
    wallet, so they have no lot and no gain, and what arrives is the rest.
    """
    t = workings.transaction
    quantity, cost, fee = _known(t.received_quantity), value, None
    is_held_back = _is_held_back(workings, value)
    if t.fee_asset and (is_held_back or treatment is not FeeTreatment.NET):
        fee = _fee_value(workings)
    if is_held_back:
        with localcontext(prec=EXACT_DIGITS):
            quantity -= _known(t.fee_quantity)
        cost = value - fee if value is not None and fee is not None else None
    if treatment is FeeTreatment.CAPITALISE and t.fee_asset:
        cost = cost + fee if cost is not None and fee is not None else None
    workings.receive(_received(t), quantity, cost)
    if t.fee_asset and not is_held_back:
        workings.leave(_fee_holding(t), _known(t.fee_quantity))
    if treatment is FeeTreatment.EXPENSE:
        workings.debit(SourceAccount.of_role(fee_role(t)), fee)


def _is_held_back(workings: Workings, value: Money | None) -> bool:
    t = workings.transaction
    if (t.fee_asset, t.fee_account) != (t.received_asset, t.to_account):
        return False
    if workings.is_cash(t.fee_asset) or _known(t.fee_quantity) >= _known(t.received_quantity):
        return False
    # Prices that contradict each other leave the fee to the lots.
    fee = t.fee_value
    return value is None or fee is None or workings.rounded(fee) <= value


def _pay_fee(workings: Workings) -> None:
    """Let the fee's units go, if there are any, and expense their value."""
    t = workings.transaction
    if t.fee_asset is None:
        return
    workings.debit(SourceAccount.of_role(fee_role(t)), _fee_value(workings))
    workings.leave(_fee_holding(t), _known(t.fee_quantity))


def _fee_value(workings: Workings) -> Money | None:
    t = workings.transaction
    quantity = _known(t.fee_quantity)
    return workings.fair_value(str(t.fee_asset), quantity, t.fee_value, field_name="fee_value")


def _give(workings: Workings, account: SourceAccount, quantity: Decimal | None) -> None:
    """Let units go at the row's own cost where it states one, else at that of the lots."""
    basis = workings.transaction.cost_basis
    if basis is None or workings.is_cash(account.asset):
        workings.leave(account, _known(quantity))
    else:
        workings.leave_at(account, _known(quantity), workings.rounded(basis))


def _value_of_loss(workings: Workings, lost: Decimal) -> Money | None:
    """Value what a transfer lost: its share of the row's value, or at the fee's price.

    ``fee_value`` alone is the loss itself when the row names no other fee.
    """
    t = workings.transaction
    given: Decimal | None = None
    with localcontext(prec=EXACT_DIGITS):
        if t.fee_asset is None and t.fee_value is not None:
            given = t.fee_value
        elif t.value is not None:
            given = t.value * lost / _known(t.sent_quantity)
        elif t.fee_asset == t.sent_asset and t.fee_value is not None:
            given = t.fee_value * lost / _known(t.fee_quantity)
    return workings.fair_value(str(t.sent_asset), lost, given)


def _gives_fiat(transaction: Transaction) -> bool:
    return is_fiat(transaction.sent_asset or "")


def _gets_fiat(transaction: Transaction) -> bool:
    return is_fiat(transaction.received_asset or "")


def _sent(transaction: Transaction) -> SourceAccount:
    return _asset_account(transaction, transaction.from_account, transaction.sent_asset)


def _received(transaction: Transaction) -> SourceAccount:
    return _asset_account(transaction, transaction.to_account, transaction.received_asset)


def _fee_holding(transaction: Transaction) -> SourceAccount:
    return _asset_account(transaction, transaction.fee_account, transaction.fee_asset)


def _asset_account(
    transaction: Transaction, wallet: str | None, asset: str | None
) -> SourceAccount:
    """Name a holding; the fiat that a disposal brings in is one account, fees out of it too."""
    if wallet is None or asset is None:
        message = f"transaction {transaction.id} names no wallet or asset"
        raise ValueError(message)
    is_received = (wallet, asset) == (transaction.to_account, transaction.received_asset)
    return _holding(wallet, asset, is_proceeds=is_received and brings_proceeds(transaction))


# Wallets and assets are few and come again with every transaction.
@lru_cache(maxsize=100_000)
def _holding(wallet: str, asset: str, *, is_proceeds: bool) -> SourceAccount:
    return SourceAccount.of_asset(wallet, asset, is_proceeds=is_proceeds)


def _quantity_of(transaction: Transaction, account: SourceAccount) -> Decimal:
    is_sent = account.asset == transaction.sent_asset
    return _known(transaction.sent_quantity if is_sent else transaction.received_quantity)


def _known(quantity: Decimal | None) -> Decimal:
    if quantity is None:
        message = "a quantity that the parser requires is missing"
        raise ValueError(message)
    return quantity
