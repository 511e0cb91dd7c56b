"""Mapping: which account of the chart every source account goes to.

Third stage of the line. An asset goes by its token in its wallet, then by its wallet, and is
otherwise unmapped; nothing falls through to a default. No I/O, no guesses by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field

from ledger.entries import Role, SourceAccount, SourceAccountKind, canonical_json
from ledger.problems import Problem, ProblemCode


class MappingKeyError(ValueError):
    """A stored key that names no source account: a fault of ours or a damaged store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A company's choices: source account → ERP account id.

    The ids may be of any kind, as long as they are the chart's own; they are never names that
    could change, except where there is no ERP.
    """

    tokens: Table[tuple[str, str], str] = field(default_factory=dict)
    """(wallet, asset) → account."""
    wallets: Table[str, str] = field(default_factory=dict)
    """Wallet → account, for each of its tokens that has no choice of its own."""
    categories: Table[str, str] = field(default_factory=dict)
    roles: Table[Role, str] = field(default_factory=dict)

    def resolve(self, account: SourceAccount) -> str | None:
        """Return the ERP account's id, or none when it is unmapped.

        The fiat of a disposal goes to its pair's own account, else to the proceeds account,
        else to its wallet's.
        """
        if account.kind is SourceAccountKind.CATEGORY:
            return self._category(account.name or "")
        if account.kind is SourceAccountKind.ROLE:
            return self.roles.get(Role(account.name or ""))
        own = self.tokens.get((account.wallet or "", account.asset or ""))
        if own is None and account.falls_back_to_proceeds:
            own = self.roles.get(Role.PROCEEDS)
        return own or self.wallets.get(account.wallet or "")

    @property
    def account_ids(self) -> frozenset[str]:
        """Every ERP account that is chosen for something."""
        tables = (self.tokens, self.wallets, self.categories, self.roles)
        return frozenset(account_id for table in tables for account_id in table.values())

    def _category(self, name: str) -> str | None:
        if name in self.categories:
            return self.categories[name]
        # People write Payroll and payroll for one category.
        plain = name.strip().casefold()
        found = (a for c, a in self.categories.items() if c.strip().casefold() == plain)
        return next(found, None)


def key_of_token(wallet: str, asset: str) -> str:
    """Return the storage key of one token in one wallet."""
    return canonical_json(["asset", wallet, asset])


def key_of_wallet(wallet: str) -> str:
    """Return the storage key of a whole wallet."""
    return canonical_json(["wallet", wallet])


def key_of_category(name: str) -> str:
    """Return the storage key of a category."""
    return canonical_json(["category", name])


def key_of_role(role: Role) -> str:
    """Return the storage key of an account of the journal-entry settings."""
    return canonical_json(["role", role.value])


def key_of(account: SourceAccount) -> str:
    """Return the storage key of a source account; an asset's is that of its token."""
    if account.kind is SourceAccountKind.ASSET:
        return key_of_token(account.wallet or "", account.asset or "")
    if account.kind is SourceAccountKind.CATEGORY:
        return key_of_category(account.name or "")
    return key_of_role(Role(account.name or ""))


def mapping_from_choices(choices: Table[str, str]) -> Mapping:
    """Read stored choices, key → ERP account id.

    Raises:
        MappingKeyError: for a key that none of the ``key_of`` functions writes.
    """
    tokens: dict[tuple[str, str], str] = {}
    wallets: dict[str, str] = {}
    categories: dict[str, str] = {}
    roles: dict[Role, str] = {}
    for key, account_id in choices.items():
        match _read_key(key):
            case ["asset", str(wallet), str(asset)]:
                tokens[wallet, asset] = account_id
            case ["wallet", str(wallet)]:
                wallets[wallet] = account_id
            case ["category", str(name)]:
                categories[name] = account_id
            case ["role", str(name)] if name in set(Role):
                roles[Role(name)] = account_id
            case _:
                message = f"{key!r} is the key of no source account"
                raise MappingKeyError(message)
    return Mapping(tokens=tokens, wallets=wallets, categories=categories, roles=roles)


def unmapped_problem(account: SourceAccount, *, transaction_id: str | None = None) -> Problem:
    """Return the problem of a source account without an account, naming wallet and token."""
    facts: tuple[tuple[str, str], ...] = ()
    if account.kind is SourceAccountKind.ASSET:
        facts = (("wallet", account.wallet or ""), ("asset", account.asset or ""))
    is_role = account.kind is SourceAccountKind.ROLE
    return Problem(
        code=ProblemCode.SETTINGS_INCOMPLETE if is_role else ProblemCode.ACCOUNT_NOT_MAPPED,
        subject=account.label,
        facts=facts,
        transaction_id=transaction_id,
    )


def unmapped(accounts: Iterable[SourceAccount], mapping: Mapping) -> tuple[SourceAccount, ...]:
    """Return those source accounts, each once, that the mapping has no account for."""
    return tuple(a for a in dict.fromkeys(accounts) if mapping.resolve(a) is None)


def _read_key(key: str) -> object:
    try:
        return json.loads(key)
    except ValueError:
        return None
