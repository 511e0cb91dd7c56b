"""Requirements: which source accounts the transactions at hand need an account for.

Counted from the transactions themselves, blocked ones too, so that mapping can be finished
before prices are. No I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.entries import Role, SourceAccount
from ledger.mapping import Mapping, key_of
from ledger.settings import JournalSettings
from ledger.transactions import Transaction, TransactionType
from ledger.treatments import FeeTreatment, brings_proceeds, fee_role, fee_treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A source account that entries need, and how many of them wait for it."""

    account: SourceAccount
    transactions: int


def requirements(
    transactions: Iterable[Transaction], settings: JournalSettings
) -> tuple[Requirement, ...]:
    """Return every (wallet, asset) pair, category and role needed, the most wanted first.

    Gains and losses are asked for wherever one may arise, as both may.
    """
    wanted: Counter[SourceAccount] = Counter()
    for transaction in transactions:
        wanted.update(set(needs(transaction, settings)))
    ordered = sorted(wanted.items(), key=lambda item: (-item[1], item[0].label))
    return tuple(Requirement(account=a, transactions=n) for a, n in ordered)


def unmet(needed: Iterable[Requirement], mapping: Mapping) -> tuple[Requirement, ...]:
    """Return the requirements that the mapping has no account for, each holding once."""
    found: dict[str, Requirement] = {}
    for requirement in needed:
        if mapping.resolve(requirement.account) is None:
            key = key_of(requirement.account)
            before = found[key].transactions if key in found else 0
            count = before + requirement.transactions
            found[key] = Requirement(account=requirement.account, transactions=count)
    return tuple(sorted(found.values(), key=lambda r: -r.transactions))


def needs(transaction: Transaction, settings: JournalSettings) -> Iterator[SourceAccount]:
    """Yield the source accounts that a transaction's entry may have postings on."""
    t = transaction
    yield from _holdings(t)
    if t.category and t.type in {TransactionType.DEPOSIT, TransactionType.WITHDRAWAL}:
        yield SourceAccount.of_category(t.category)
    if _has_expensed_fee(t, settings):
        yield SourceAccount.of_role(fee_role(t))
    if _may_gain(t, settings.base_currency):
        yield SourceAccount.of_role(Role.GAINS)
        yield SourceAccount.of_role(Role.LOSSES)


def _holdings(transaction: Transaction) -> Iterator[SourceAccount]:
    t = transaction
    if t.from_account and t.sent_asset:
        yield SourceAccount.of_asset(t.from_account, t.sent_asset)
    proceeds = brings_proceeds(t)
    if t.to_account and t.received_asset:
        yield SourceAccount.of_asset(t.to_account, t.received_asset, is_proceeds=proceeds)
    if t.fee_account and t.fee_asset:
        is_same = (t.fee_account, t.fee_asset) == (t.to_account, t.received_asset)
        yield SourceAccount.of_asset(t.fee_account, t.fee_asset, is_proceeds=proceeds and is_same)


def _has_expensed_fee(transaction: Transaction, settings: JournalSettings) -> bool:
    t = transaction
    if t.type is TransactionType.TRANSFER and t.sent_quantity != t.received_quantity:
        return True
    return t.fee_asset is not None and fee_treatment(t, settings) is FeeTreatment.EXPENSE


def _may_gain(transaction: Transaction, base_currency: str) -> bool:
    t = transaction
    gone = {t.fee_asset} if t.type is TransactionType.TRANSFER else {t.fee_asset, t.sent_asset}
    if t.type is TransactionType.TRANSFER and t.sent_quantity != t.received_quantity:
        gone.add(t.sent_asset)
    return bool(gone - {None, base_currency})
