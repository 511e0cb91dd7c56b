"""Default choices: which account of the US GAAP chart a source account goes to, unasked.

Only for teams without an ERP and for what their own settings leave out; a company in an ERP
has no default, there everything is chosen. No I/O but reading the shipped chart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from ledger.charts import DEFAULT_ROLES, Chart, ChartAccount, account_of, load_chart
from ledger.currencies import is_fiat
from ledger.entries import Role, SourceAccount, SourceAccountKind
from ledger.mapping import Mapping

_BANK = re.compile(r"\b(bank|checking|savings)\b", re.IGNORECASE)
_CATEGORY_ALIASES = {
    "income": "REVENUE",
    "sales": "REVENUE",
    "staking": "STAKING_INCOME",
    "stakingreward": "STAKING_INCOME",
    "stakingrewards": "STAKING_INCOME",
    "airdrop": "AIRDROP_INCOME",
    "interest": "INTEREST_INCOME",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultedMapping(Mapping):
    """Choices, and for what they leave out the default chart's account by code and name."""

    def resolve(self, account: SourceAccount) -> str | None:
        """Return the chosen account, else the default one; none for a category of no account."""
        # Not super(): a class with slots is made twice, and the first one is forgotten.
        chosen = Mapping.resolve(self, account)
        if chosen is not None:
            return chosen
        default = default_account(account)
        return default.label if default else None


@lru_cache(maxsize=10_000)
def default_account(account: SourceAccount) -> ChartAccount | None:
    """Return the US GAAP chart's account for a source account."""
    if account.kind is SourceAccountKind.ROLE:
        return account_of(_chart(), DEFAULT_ROLES[Role(account.name or "")])
    if account.kind is SourceAccountKind.CATEGORY:
        return _of_category(account.name or "")
    return _of_asset(account.wallet or "", account.asset or "")


def _of_asset(wallet: str, asset: str) -> ChartAccount | None:
    if is_fiat(asset):
        return account_of(_chart(), "BANK" if _BANK.search(wallet) else "EXCHANGE_CASH")
    for family in ("STABLE", "DA"):
        found = account_of(_chart(), f"{family}:{asset}")
        if found is not None:
            return found
    return account_of(_chart(), "DA:OTHER")


def _of_category(name: str) -> ChartAccount | None:
    """Find a category by the chart's own names: *Staking income*, *Payroll*, *Bank Charges*."""
    plain = _letters(name)
    role = _CATEGORY_ALIASES.get(plain)
    if role is not None:
        return account_of(_chart(), role)
    return _categories().get(plain)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


@cache
def _chart() -> tuple[ChartAccount, ...]:
    return load_chart(Chart.US_GAAP)


@cache
def _categories() -> dict[str, ChartAccount]:
    """Return every account of the chart that a category may name, by its letters."""
    return {
        _letters(name): account
        for account in _chart()
        for name in (account.name, *(role.rpartition(":")[2] for role in account.roles))
        if not account.roles[0].startswith(("DA:", "FVADJ:", "STABLE:"))
    }
