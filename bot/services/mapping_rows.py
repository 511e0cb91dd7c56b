"""Rows of the mapping: everything that can have an account of its own, with what it has now.

Values, and how they are read off a survey; ``bot.services.mappings`` changes them. No I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.services.choice_ids import choice_id
from bot.services.dimension_rows import DimensionState, dimension_states
from bot.services.pipeline import Survey
from bot.services.prerequisites import Prerequisites, account_requirements
from bot.services.readiness import NOTHING_READY, Ready
from bot.services.suggestions import for_source, for_wallet, usable_accounts
from ledger.books import Account, Books
from ledger.entries import SourceAccount, SourceAccountKind
from ledger.mapping import Mapping, key_of, key_of_wallet
from ledger.organisation import Company, Organisation
from ledger.requirements import Requirement

CATEGORIES = "categories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that can have an account of its own."""

    id: str
    """Stands for its storage key in Slack; see ``choice_ids``."""
    source: SourceAccount | None
    """None for a whole wallet."""
    label: str
    entries: int
    chosen: Account | None
    """What was chosen for it itself."""
    inherited: Account | None = None
    """Where a token without a choice goes: its wallet's account, or the proceeds account."""
    suggested: Account | None = None

    @property
    def is_open(self) -> bool:
        """Say whether entries are blocked for want of it."""
        return self.source is not None and self.chosen is None and self.inherited is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A wallet with its tokens, or all categories: what is mapped on one screen."""

    id: str
    name: str
    rows: tuple[Row, ...]

    @property
    def open(self) -> int:
        """How many of its rows still need a choice."""
        return sum(row.is_open for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingState:
    """What is mapped, what is not, and what else is missing."""

    organisation: Organisation
    company: Company
    groups: tuple[Group, ...]
    prerequisites: Prerequisites
    dimensions: tuple[DimensionState, ...] = ()
    """Class, location, department, segments or tracking, as far as the company has any."""

    @property
    def rows(self) -> int:
        """How many choices all groups have together."""
        return sum(len(group.rows) for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """What has no account yet, and how many entries that blocks."""

    organisation: Organisation
    company: Company
    rows: tuple[Row, ...]
    blocked: int
    """Transactions that form no entry for want of an account; each once."""
    dimensions: tuple[DimensionState, ...] = ()
    """The required ones that some transactions lack."""
    ready: Ready = NOTHING_READY
    """What could be pushed besides."""
    is_anything_needed: bool = True
    """False before the first import: there is nothing to map then."""


def group_id(name: str) -> str:
    """Return what stands for a wallet in Slack's values."""
    return sha256(name.encode()).hexdigest()[:24]


def unmapped_of(organisation: Organisation, survey: Survey) -> Unmapped:
    """Return what has no account, the most wanted first."""
    source = survey.source
    accounts = usable_accounts(source.books, base_currency=organisation.base_currency)
    rows = [
        _row(requirement, source.mapping, source.books, accounts)
        for requirement in account_requirements(survey.missing)
    ]
    return Unmapped(
        organisation=organisation,
        company=source.company,
        rows=tuple(sorted(rows, key=lambda row: -row.entries)),
        blocked=survey.unmapped,
        dimensions=tuple(state for state in dimension_states(survey) if state.missing),
        ready=survey.ready,
        is_anything_needed=bool(survey.needed),
    )


def groups_of(survey: Survey) -> tuple[Group, ...]:
    """Return everything that can be mapped, wallets by name and categories last."""
    source = survey.source
    accounts = usable_accounts(source.books, base_currency=source.organisation.base_currency)
    by_name: dict[str, list[Row]] = {}
    categories: list[Row] = []
    for requirement in account_requirements(survey.needed):
        row = _row(requirement, source.mapping, source.books, accounts)
        if requirement.account.kind is SourceAccountKind.CATEGORY:
            categories.append(row)
        else:
            by_name.setdefault(requirement.account.wallet or "", []).append(row)
    groups = [
        Group(
            id=group_id(wallet),
            name=wallet,
            rows=(
                _wallet_row(wallet, rows, source.mapping, source.books, accounts),
                *_sorted(rows),
            ),
        )
        for wallet, rows in sorted(by_name.items())
    ]
    if categories:
        groups.append(Group(id=CATEGORIES, name="Categories", rows=_sorted(categories)))
    return tuple(groups)


def _sorted(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Put first what most entries need; choosing moves nothing, so that pages stay pages."""
    return tuple(sorted(rows, key=lambda row: (-row.entries, row.label)))


def _row(
    requirement: Requirement, mapping: Mapping, books: Books, accounts: Sequence[Account]
) -> Row:
    source = requirement.account
    own_id = (
        mapping.tokens.get((source.wallet or "", source.asset or ""))
        if source.kind is SourceAccountKind.ASSET
        else mapping.resolve(source)
    )
    resolved_id = mapping.resolve(source)
    inherited = books.account(resolved_id) if resolved_id and not own_id else None
    chosen = books.account(own_id) if own_id else None
    return Row(
        id=choice_id(key_of(source)),
        source=source,
        label=source.label,
        entries=requirement.transactions,
        chosen=chosen,
        inherited=inherited,
        suggested=None if chosen or inherited else for_source(source, accounts),
    )


def _wallet_row(
    wallet: str,
    rows: Sequence[Row],
    mapping: Mapping,
    books: Books,
    accounts: Sequence[Account],
) -> Row:
    account_id = mapping.wallets.get(wallet)
    chosen = books.account(account_id) if account_id else None
    is_wanted = any(row.is_open for row in rows)
    return Row(
        id=choice_id(key_of_wallet(wallet)),
        source=None,
        label=f"Everything else in {wallet}",
        entries=sum(row.entries for row in rows),
        chosen=chosen,
        suggested=for_wallet(wallet, accounts) if is_wanted and chosen is None else None,
    )
