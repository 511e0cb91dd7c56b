"""Suggestions: the account of a chart whose name is most like what it is needed for.

Only ever shown, marked as suggestions, and saved by a person. Pure apart from the library.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process, utils

from ledger.account_checks import account_problems
from ledger.books import Account, AccountClass, Books, DimensionValue
from ledger.entries import Role, SourceAccount, SourceAccountKind

LIKENESS = 82.0
"""Least likeness, of 100: below it no suggestion is better than a wrong one."""

_ROLE_NAMES: dict[Role, tuple[tuple[str, ...], tuple[AccountClass, ...]]] = {
    Role.PROCEEDS: (
        (
            "crypto proceeds",
            "proceeds",
            "crypto clearing",
            "cash clearing",
            "undeposited funds",
            "cash at exchanges",
        ),
        (AccountClass.ASSET,),
    ),
    Role.TRADING_FEES: (
        ("trading fees", "exchange fees", "commissions and fees", "brokerage fees"),
        (AccountClass.EXPENSE,),
    ),
    Role.NETWORK_FEES: (
        (
            "network fees",
            "gas fees",
            "network gas fees",
            "network gas and bridge fees",
            "blockchain fees",
            "transaction fees",
        ),
        (AccountClass.EXPENSE,),
    ),
    Role.GAINS: (
        (
            "realized gains",
            "realised gains",
            "crypto gains",
            "gain on digital assets",
            "gain on disposal of crypto assets",
            "gains",
        ),
        (AccountClass.INCOME, AccountClass.EXPENSE),
    ),
    Role.LOSSES: (
        (
            "realized losses",
            "realised losses",
            "crypto losses",
            "loss on digital assets",
            "loss on disposal of crypto assets",
            "losses",
        ),
        (AccountClass.EXPENSE, AccountClass.INCOME),
    ),
    Role.ROUNDING: (
        ("rounding", "journal rounding", "rounding differences", "reconciliation discrepancies"),
        (AccountClass.EXPENSE, AccountClass.INCOME),
    ),
    Role.IN_TRANSIT: (
        (
            "crypto in transit",
            "crypto in transit clearing",
            "crypto assets in transit",
            "funds in transit",
            "transfers in transit",
            "transfer clearing",
        ),
        (AccountClass.ASSET,),
    ),
}


def usable_accounts(books: Books, *, base_currency: str) -> tuple[Account, ...]:
    """Return the accounts that take journal entries in the base currency."""
    return tuple(
        account
        for account in books.accounts
        if not account_problems(account, account_id=account.erp_id, base_currency=base_currency)
    )


def for_role(role: Role, accounts: Sequence[Account]) -> Account | None:
    """Suggest the account of one of the seven roles, of a class that it may have."""
    names, classes = _ROLE_NAMES[role]
    return best_match(names, [a for a in accounts if a.classification in classes])


def for_source(source: SourceAccount, accounts: Sequence[Account]) -> Account | None:
    """Suggest the account of a wallet's asset or of a category."""
    if source.kind is SourceAccountKind.CATEGORY:
        return best_match(((source.name or "").replace("_", " "),), accounts)
    assets = [a for a in accounts if a.classification is AccountClass.ASSET]
    wallet, asset = source.wallet or "", source.asset or ""
    names = (f"{asset} {wallet}", f"{wallet} {asset}", asset)
    return best_match(names, assets) or _of_token(asset, assets)


def _of_token(asset: str, assets: Sequence[Account]) -> Account | None:
    """Suggest what charts call a token's account, among those that have the token as a word.

    Without that, one token's account would be most like every other's: they differ in it only.
    """
    token = utils.default_process(asset)
    own = [a for a in assets if token and token in utils.default_process(a.name).split()]
    return best_match((f"digital assets {asset} cost", f"stablecoins {asset}"), own)


def for_wallet(wallet: str, accounts: Sequence[Account]) -> Account | None:
    """Suggest the account of a whole wallet."""
    return best_match((wallet,), [a for a in accounts if a.classification is AccountClass.ASSET])


def best_match(names: Sequence[str], accounts: Sequence[Account]) -> Account | None:
    """Return the account most like the first of the names that has one like it at all."""
    place = _best_place(names, [account.name.rpartition(":")[2] for account in accounts])
    return None if place is None else accounts[place]


def best_value(name: str, values: Sequence[DimensionValue]) -> DimensionValue | None:
    """Suggest the value of a dimension that is named like a wallet or a category."""
    place = _best_place((name.replace("_", " "),), [v.name.rpartition(":")[2] for v in values])
    return None if place is None else values[place]


def _best_place(names: Sequence[str], labels: Sequence[str]) -> int | None:
    """Return where the label most like the first of the names stands that has one at all."""
    for name in filter(str.strip, names):
        found = process.extractOne(
            name,
            labels,
            scorer=fuzz.token_sort_ratio,
            processor=utils.default_process,
            score_cutoff=LIKENESS,
        )
        if found:
            return found[2]
    return None
