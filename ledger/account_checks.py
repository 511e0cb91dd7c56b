"""Account checks: may journal entries of a base currency go to an account, and is it wise.

Asked when an account is chosen and again before anything is sent. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.books import Account, AccountClass, Books
from ledger.entries import Role, SourceAccount, SourceAccountKind
from ledger.mapping import Mapping
from ledger.problems import Problem, ProblemCode


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingWarning:
    """A choice that is allowed but is seldom meant; shown when it is made."""

    subject: str
    message: str


def account_problems(
    account: Account | None,
    *,
    account_id: str,
    base_currency: str,
    transaction_id: str | None = None,
) -> tuple[Problem, ...]:
    """Return every reason why an account takes no journal entry.

    Args:
        account: As last imported; none when the import had no such account.
        account_id: Its ERP id, to name one that is gone.
        base_currency: The organisation's; an account kept in another is refused.
        transaction_id: The transaction whose entry is checked, if it is one's.
    """
    return tuple(
        Problem(code=code, subject=subject, facts=facts, transaction_id=transaction_id)
        for code, subject, facts in _findings(account, account_id, base_currency)
    )


def mapping_problems(mapping: Mapping, books: Books, *, base_currency: str) -> tuple[Problem, ...]:
    """Check every account that is chosen for something."""
    return tuple(
        problem
        for account_id in sorted(mapping.account_ids)
        for problem in account_problems(
            books.account(account_id), account_id=account_id, base_currency=base_currency
        )
    )


def choice_warnings(source: SourceAccount, account: Account) -> tuple[MappingWarning, ...]:
    """Warn of an account of an unexpected class for a source account."""
    is_holding = source.kind is SourceAccountKind.ASSET or source.name in _ASSET_ROLES
    if not is_holding or account.classification is AccountClass.ASSET:
        return ()
    message = f"{account.label} is of the class {account.classification.value}, not asset."
    return (MappingWarning(subject=source.label, message=message),)


def mapping_warnings(mapping: Mapping, books: Books) -> tuple[MappingWarning, ...]:
    """Warn of choices that are allowed but seldom meant, over the whole mapping."""
    return (*_class_warnings(mapping, books), *_shared_warnings(mapping, books))


_ASSET_ROLES = frozenset({Role.PROCEEDS.value, Role.IN_TRANSIT.value})
_FEES = (Role.TRADING_FEES, Role.NETWORK_FEES)
_RESULTS = (Role.GAINS, Role.LOSSES)


def _findings(
    account: Account | None, account_id: str, base_currency: str
) -> Iterator[tuple[ProblemCode, str, tuple[tuple[str, str], ...]]]:
    if account is None:
        yield ProblemCode.ACCOUNT_DELETED, f"with the id {account_id}", ()
        return
    if not account.is_active:
        yield ProblemCode.ACCOUNT_INACTIVE, account.label, ()
    if account.refusal:
        yield ProblemCode.ACCOUNT_REFUSED, account.label, (("reason", account.refusal),)
    if account.currency is not None and account.currency != base_currency:
        facts = (("account", account.currency), ("base currency", base_currency))
        yield ProblemCode.CURRENCY_MISMATCH, account.label, facts


def _class_warnings(mapping: Mapping, books: Books) -> Iterator[MappingWarning]:
    choices = [
        *((SourceAccount.of_asset(w, a), chosen) for (w, a), chosen in mapping.tokens.items()),
        *((SourceAccount.of_asset(w, "anything"), c) for w, c in mapping.wallets.items()),
        *((SourceAccount.of_role(role), chosen) for role, chosen in mapping.roles.items()),
    ]
    for source, account_id in choices:
        account = books.account(account_id)
        if account is not None:
            yield from choice_warnings(source, account)


def _shared_warnings(mapping: Mapping, books: Books) -> Iterator[MappingWarning]:
    fees = {mapping.roles[role] for role in _FEES if role in mapping.roles}
    results = {mapping.roles[role] for role in _RESULTS if role in mapping.roles}
    for account_id in sorted(fees & results):
        account = books.account(account_id)
        label = account.label if account else account_id
        message = f"{label} takes both fees and gains or losses; reports cannot tell them apart."
        yield MappingWarning(subject=label, message=message)
