"""Journal entries: postings that balance, and the frozen form that is approved and sent.

Values only: an unbalanced entry cannot be built, a prepared one cannot be changed. No I/O.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from ledger.books import ContactKind
from ledger.money import Money, total
from ledger.transactions import Effect


class UnbalancedError(ValueError):
    """Debits and credits differ. An entry like that is a fault of ours and is never sent."""


class Side(StrEnum):
    """The side of a posting; it alone carries the sign."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


class Role(StrEnum):
    """The accounts a company names once, in its journal-entry settings."""

    PROCEEDS = "proceeds"
    TRADING_FEES = "trading_fees"
    NETWORK_FEES = "network_fees"
    GAINS = "gains"
    LOSSES = "losses"
    ROUNDING = "rounding"
    IN_TRANSIT = "in_transit"


class SourceAccountKind(StrEnum):
    """Where the account of a posting comes from before mapping."""

    ASSET = "asset"
    CATEGORY = "category"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAccount:
    """An account on Integral's side, to be mapped to one of the chart of accounts.

    An *asset* has a wallet and an asset, a *category* or a *role* has a name.
    """

    kind: SourceAccountKind
    wallet: str | None = None
    asset: str | None = None
    name: str | None = None
    falls_back_to_proceeds: bool = False
    """True for the fiat of a disposal: unmapped, it goes to the proceeds account."""

    @classmethod
    def of_asset(cls, wallet: str, asset: str, *, is_proceeds: bool = False) -> SourceAccount:
        """Name the holding of one asset in one wallet."""
        kind = SourceAccountKind.ASSET
        return cls(kind=kind, wallet=wallet, asset=asset, falls_back_to_proceeds=is_proceeds)

    @classmethod
    def of_category(cls, name: str) -> SourceAccount:
        """Name the category side of a deposit or withdrawal."""
        return cls(kind=SourceAccountKind.CATEGORY, name=name)

    @classmethod
    def of_role(cls, role: Role) -> SourceAccount:
        """Name one of the accounts of the journal-entry settings."""
        return cls(kind=SourceAccountKind.ROLE, name=role.value)

    @property
    def label(self) -> str:
        """Read as people speak of it: *ETH in Ops Wallet*, *category Payroll*, *gains*."""
        if self.kind is SourceAccountKind.ASSET:
            return f"{self.asset} in {self.wallet}"
        name = (self.name or "").replace("_", " ")
        return f"category {name}" if self.kind is SourceAccountKind.CATEGORY else name


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMember:
    """One effect of one transaction, taken up by an entry."""

    source: str
    transaction_id: str
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One debit or credit on a source account. The amount is strictly positive."""

    account: SourceAccount
    side: Side
    money: Money
    memo: str = ""

    def __post_init__(self) -> None:
        _require_positive(self.money)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A balanced entry made from one transaction, before mapping.

    Raises:
        UnbalancedError: when debits and credits differ.
    """

    entry_date: date
    currency: str
    members: tuple[EntryMember, ...]
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        require_balance(((p.side, p.money) for p in self.postings), self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPosting:
    """One debit or credit on an account of the ERP, ready to be sent."""

    account_id: str
    account_label: str
    """As the chart had it when prepared; shown to people, not part of the digest."""
    side: Side
    money: Money
    memo: str = ""
    contact_id: str | None = None
    contact_kind: ContactKind | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    """Pairs of dimension key and value id, sorted by key."""
    dimension_labels: tuple[tuple[str, str], ...] = ()
    """The same in names, such as (Class, Trading), in their order; shown, not in the digest."""

    def __post_init__(self) -> None:
        _require_positive(self.money)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEntry:
    """An entry frozen after preflight: its digest is approved, its content is sent.

    Raises:
        UnbalancedError: when debits and credits differ.
    """

    company: str
    """``provider:external company id``, so that an entry cannot reach another company."""
    number: str
    entry_date: date
    currency: str
    memo: str
    postings: tuple[PreparedPosting, ...]
    members: tuple[EntryMember, ...] = ()

    def __post_init__(self) -> None:
        require_balance(((p.side, p.money) for p in self.postings), self.currency)

    @property
    def total(self) -> Money:
        """The sum of the debits, which is the sum of the credits."""
        debits = [p.money for p in self.postings if p.side is Side.DEBIT]
        return total(debits, self.currency)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that will reach the ERP, as 64 hexadecimal digits."""
        return sha256(canonical_json(_sent_content(self)).encode()).hexdigest()


def batch_digest(entries: Iterable[PreparedEntry]) -> str:
    """Digest of a whole batch: of its entries' digests in the order of their numbers."""
    lines = "\n".join(e.digest for e in sorted(entries, key=lambda e: e.number))
    return sha256(lines.encode()).hexdigest()


def require_balance(sides: Iterable[tuple[Side, Money]], currency: str) -> None:
    """Refuse postings whose two sides differ or are empty.

    Raises:
        UnbalancedError: naming both totals.
    """
    pairs = list(sides)
    debit = total([money for side, money in pairs if side is Side.DEBIT], currency)
    credit = total([money for side, money in pairs if side is Side.CREDIT], currency)
    if debit != credit or not pairs:
        message = f"debits {debit} and credits {credit} do not balance"
        raise UnbalancedError(message)


def canonical_json(content: object) -> str:
    """Write JSON that is equal for equal content: sorted keys, no spaces, plain UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def dump_entry(entry: PreparedEntry) -> str:
    """Write a prepared entry as canonical JSON, to be stored; :func:`load_entry` reads it."""
    content = _sent_content(entry) | {
        "labels": [p.account_label for p in entry.postings],
        "dimension_labels": [p.dimension_labels for p in entry.postings],
        "members": [[m.source, m.transaction_id, m.effect.value] for m in entry.members],
    }
    return canonical_json(content)


def mark_of_account(account_id: str) -> str:
    """Return what stands in a stored entry exactly when it has a posting on this account.

    Nothing else can look so: a quotation mark inside a text of the entry is escaped.
    """
    return f'"account":{canonical_json(account_id)}'


def mark_of_dimension(key: str) -> str:
    """Return what stands in a stored entry when a posting carries a value of this dimension."""
    return f"[{canonical_json(key)},"


def load_entry(text: str) -> PreparedEntry:
    """Read what :func:`dump_entry` wrote.

    Raises:
        UnbalancedError, ValueError, KeyError: when the stored text was damaged.
    """
    content = json.loads(text)
    currency = content["currency"]
    lines, labels = content["postings"], content["labels"]
    # Not there in what was stored before there were dimensions.
    named = content.get("dimension_labels", [()] * len(lines))
    postings = (
        replace(_load_posting(line, label, currency), dimension_labels=tuple(map(tuple, names)))
        for line, label, names in zip(lines, labels, named, strict=True)
    )
    return PreparedEntry(
        company=content["company"],
        number=content["number"],
        entry_date=date.fromisoformat(content["date"]),
        currency=currency,
        memo=content["memo"],
        postings=tuple(postings),
        members=tuple(
            EntryMember(source=source, transaction_id=id_, effect=Effect(effect))
            for source, id_, effect in content["members"]
        ),
    )


def _load_posting(line: dict[str, object], label: str, currency: str) -> PreparedPosting:
    contact = line["contact"]
    dimensions = line["dimensions"]
    kind, contact_id = contact if isinstance(contact, list) else (None, None)
    return PreparedPosting(
        account_id=str(line["account"]),
        account_label=label,
        side=Side(str(line["side"])),
        money=Money(Decimal(str(line["amount"])), currency),
        memo=str(line["memo"]),
        contact_id=contact_id,
        contact_kind=ContactKind(kind) if kind else None,
        dimensions=tuple((k, v) for k, v in dimensions) if isinstance(dimensions, list) else (),
    )


def _sent_content(entry: PreparedEntry) -> dict[str, object]:
    return {
        "company": entry.company,
        "number": entry.number,
        "date": entry.entry_date.isoformat(),
        "currency": entry.currency,
        "memo": entry.memo,
        "postings": [_sent_posting(p) for p in entry.postings],
    }


def _sent_posting(posting: PreparedPosting) -> dict[str, object]:
    has_contact = posting.contact_id is not None and posting.contact_kind is not None
    return {
        "account": posting.account_id,
        "side": posting.side.value,
        "amount": str(posting.money.amount),
        "memo": posting.memo,
        "contact": [posting.contact_kind, posting.contact_id] if has_contact else None,
        "dimensions": [list(pair) for pair in posting.dimensions],
    }


def _require_positive(money: Money) -> None:
    if money.amount <= 0:
        message = f"a posting's amount must be above zero, not {money}"
        raise ValueError(message)
