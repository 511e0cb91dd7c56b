"""Which accounts Xero takes no manual journal on, each with the remedy that Xero itself gives.

https://help.xero.com/uk/Chart-LockedSystem and
https://help.xero.com/nz/Q_Accruals_ARAP. Pure. Where Xero's screens and its API may differ, the
safe side is chosen here and named in docs/erp/xero.md: an entry that is never sent cannot be
refused.
"""

from __future__ import annotations

_OWN_ACCOUNT = "create an account of the same kind in Xero, refresh and choose that one"
_CLEARING = (
    "create a clearing account (type Current Asset) in Xero, refresh, choose that one and transfer "
    "its balance to this one in Xero"
)

_BY_TYPE = {
    "BANK": f"Xero takes no manual journal on bank accounts; {_CLEARING}.",
    "INVENTORY": f"Xero takes no manual journal on tracked inventory; {_OWN_ACCOUNT}.",
}
# Named by Xero as closed to manual journals.
_CLOSED = {
    "DEBTORS": "accounts receivable",
    "CREDITORS": "accounts payable",
    "BANKCURRENCYGAIN": "bank revaluations",
    "UNREALISEDCURRENCYGAIN": "unrealised currency gains",
    "TRACKINGTRANSFERS": "tracking transfers",
    "UNPAIDEXPCLM": "unpaid expense claims",
    "WAGEPAYABLES": "wages payable",
}
# Open in Xero's screens or not documented at all. The product says that entries cannot be pushed to
# Xero's system accounts, whatever they are, so any other value counts as one of these too.
_SYSTEM_ACCOUNT = "a system account of Xero, which entries cannot be pushed to"
_UNVERIFIED = {
    "REALISEDCURRENCYGAIN": "realised currency gains",
    "RETAINEDEARNINGS": "retained earnings",
    "ROUNDING": "rounding",
    "HISTORICAL": "historical adjustments",
    "GST": "sales tax",
    "GSTONIMPORTS": "sales tax on imports",
    "CISASSETS": "CIS",
    "CISLIABILITY": "CIS",
}


def refusal(*, account_type: str, system_account: str | None) -> str | None:
    """Return in a sentence why an account takes no journal entry, and what to do; none if it does.

    Args:
        account_type: Xero's ``Type``, such as ``CURRENT``.
        system_account: Xero's ``SystemAccount``; empty or none for an ordinary account.
    """
    if account_type in _BY_TYPE:
        return _BY_TYPE[account_type]
    if not system_account:
        return None
    if system_account in _CLOSED:
        return f"Xero takes no manual journal on {_CLOSED[system_account]}; {_OWN_ACCOUNT}."
    kind = _UNVERIFIED.get(system_account)
    name = f"{_SYSTEM_ACCOUNT} ({kind})" if kind else _SYSTEM_ACCOUNT
    return f"This is {name}; {_OWN_ACCOUNT}."
