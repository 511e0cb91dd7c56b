"""Mapped entries: postings on accounts of the ERP, not yet frozen.

From mapping through roll-up to preflight, one transaction's entry and a whole day's have the
same shape. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from ledger.books import Books, ContactKind
from ledger.dimensions import DimensionChoices, Pairs, posting_facts
from ledger.entries import (
    EntryMember,
    JournalEntry,
    Posting,
    Side,
    SourceAccountKind,
    require_balance,
)
from ledger.journalize import Journalized
from ledger.mapping import Mapping, unmapped, unmapped_problem
from ledger.memo import render_memo
from ledger.money import Money
from ledger.problems import Problem
from ledger.settings import JournalSettings
from ledger.transactions import Transaction, TransactionType


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPosting:
    """One debit or credit on an account of the ERP."""

    account_id: str
    side: Side
    money: Money
    memo: str = ""
    contact_id: str | None = None
    contact_kind: ContactKind | None = None
    dimensions: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedEntry:
    """A balanced entry on accounts of the ERP, of one transaction or rolled up from many.

    Raises:
        UnbalancedError: when debits and credits differ.
    """

    entry_date: date
    currency: str
    memo: str
    members: tuple[EntryMember, ...]
    postings: tuple[MappedPosting, ...]
    transactions: tuple[Transaction, ...]
    """What it was made from; never sent."""

    def __post_init__(self) -> None:
        require_balance(((p.side, p.money) for p in self.postings), self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What became of one transaction in mapping: an entry, problems, or no entry needed."""

    transaction: Transaction
    entry: MappedEntry | None = None
    problems: tuple[Problem, ...] = ()
    needs_no_entry: bool = False
    """Also an own transfer whose two sides go to one account of the ERP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRules:
    """Everything that mapping an entry depends on."""

    mapping: Mapping
    settings: JournalSettings
    books: Books | None = None
    """None where there is no ERP; then no posting gets a contact."""
    dimensions: DimensionChoices = field(default_factory=DimensionChoices)
    """What gives every posting its class, location, department, segment or tracking option."""
    _contacts: dict[tuple[ContactKind, str], list[str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for contact in self.books.contacts if self.books else ():
            if contact.is_active:
                key = (contact.kind, _plain(contact.name))
                self._contacts.setdefault(key, []).append(contact.erp_id)

    def contact(self, kind: ContactKind, name: str | None) -> str | None:
        """Return the active contact of a kind with this name, if exactly one has it."""
        found = self._contacts.get((kind, _plain(name or "")), [])
        return found[0] if len(found) == 1 else None


def map_all(items: Iterable[Journalized], rules: MappingRules) -> tuple[Mapped, ...]:
    """Map every journalized transaction; see :func:`map_entry`."""
    return tuple(map_entry(item, rules) for item in items)


def map_entry(item: Journalized, rules: MappingRules) -> Mapped:
    """Put one transaction's entry on accounts of the ERP.

    Every unmapped account is a problem of its own. A posting on receivables or payables gets
    the imported contact that the transaction's counterparty names, if there is one; that it is
    missing is found by preflight.
    """
    transaction = item.transaction
    if item.entry is None:
        return Mapped(
            transaction=transaction, problems=item.problems, needs_no_entry=item.needs_no_entry
        )
    missing = unmapped((p.account for p in item.entry.postings), rules.mapping)
    if missing:
        problems = tuple(unmapped_problem(a, transaction_id=transaction.id) for a in missing)
        return Mapped(transaction=transaction, problems=problems)
    memo = _memo(item.entry, transaction, rules.settings)
    postings = _postings(item.entry, transaction, rules, memo=memo)
    if not postings:
        return Mapped(transaction=transaction, needs_no_entry=True)
    entry = MappedEntry(
        entry_date=item.entry.entry_date,
        currency=item.entry.currency,
        memo=memo,
        members=item.entry.members,
        postings=postings,
        transactions=(transaction,),
    )
    return Mapped(transaction=transaction, entry=entry)


def _memo(entry: JournalEntry, transaction: Transaction, settings: JournalSettings) -> str:
    return render_memo(
        settings.memo, (transaction,), entry_date=entry.entry_date, time_zone=settings.time_zone
    )


def _postings(
    entry: JournalEntry, transaction: Transaction, rules: MappingRules, *, memo: str
) -> tuple[MappedPosting, ...]:
    mapped = [_posting(p, transaction, rules, memo=memo) for p in entry.postings]
    if transaction.type is not TransactionType.TRANSFER:
        return tuple(mapped)
    kinds = [p.account.kind for p in entry.postings]
    pairs = list(zip(mapped, kinds, strict=True))
    holdings = _cancel([p for p, kind in pairs if kind is SourceAccountKind.ASSET])
    others = [p for p, kind in pairs if kind is not SourceAccountKind.ASSET]
    return tuple(sorted(holdings + others, key=lambda p: p.side is Side.CREDIT))


def _cancel(postings: list[MappedPosting]) -> list[MappedPosting]:
    """Net an own transfer's two sides where they are one account of the ERP (J06).

    Two wallets of different classes on one account stay apart: the move between them shows.
    """
    nets: dict[tuple[str, Pairs], Money] = {}
    first: dict[tuple[str, Pairs], MappedPosting] = {}
    for posting in postings:
        signed = posting.money if posting.side is Side.DEBIT else -posting.money
        place = (posting.account_id, posting.dimensions)
        known = nets.get(place)
        nets[place] = signed if known is None else known + signed
        first.setdefault(place, posting)
    return [
        replace(
            first[place],
            side=Side.DEBIT if net.amount > 0 else Side.CREDIT,
            money=abs(net),
        )
        for place, net in nets.items()
        if net
    ]


def _posting(
    posting: Posting, transaction: Transaction, rules: MappingRules, *, memo: str
) -> MappedPosting:
    account_id = rules.mapping.resolve(posting.account) or ""
    account = rules.books.account(account_id) if rules.books else None
    kind = account.requires_contact if account else None
    contact_id = rules.contact(kind, transaction.counterparty) if kind else None
    facts = posting_facts(posting.account, transaction, account_id=account_id)
    return MappedPosting(
        account_id=account_id,
        side=posting.side,
        money=posting.money,
        memo=memo,
        contact_id=contact_id,
        contact_kind=kind if contact_id else None,
        dimensions=rules.dimensions.pairs(facts),
    )


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
