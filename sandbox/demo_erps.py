"""What the demo knows of each ERP: its company, its accounts' names, how its books are read.

Data only. People choose these accounts by name in Slack, and `sandbox.reckoning` works out from
them what the books must show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sandbox import netsuite, quickbooks, sample_data, typed_by_hand, xero
from sandbox import sample_month as month
from sandbox.copies import Copy, Names, read_netsuite, read_quickbooks, read_xero
from sandbox.payload import JsonObject
from sandbox.reckoning import AccountNames

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoErp:
    """Where entries go, and the accounts that people in the demo choose there."""

    name: str
    """As people type it after `connect`, and as the control API's paths have it."""
    label: str
    accounts: AccountNames


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalErp(DemoErp):
    """One local ERP and the company in it that the demo posts into."""

    company: str
    """Its id in the control API: a realm, a tenant or an account."""
    look_alike: Callable[[Mapping[str, str]], JsonObject]
    """What somebody typed before, from account names to ids."""
    read: Callable[[JsonObject, Names], Copy]
    settings: JsonObject = field(default_factory=dict)
    """What an administrator changed in the company before the demo."""

    @property
    def control(self) -> str:
        """The path of the company below `/control`."""
        return f"{self.name}/{self.company}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the main job is done with."""

    erp: DemoErp
    days: int = month.WHOLE
    """How many of the month's first days."""


_QUICKBOOKS_NAMES = AccountNames(
    tokens=month.ACCOUNT_OF_TOKEN,
    wallets=month.ACCOUNT_OF_WALLET,
    categories=month.ACCOUNT_OF_CATEGORY,
    roles=month.ACCOUNT_OF_ROLE,
)
# Xero takes no manual journal on bank accounts, receivables, payables, wages or its own rounding.
_XERO_NAMES = replace(
    _QUICKBOOKS_NAMES,
    wallets={**month.ACCOUNT_OF_WALLET, sample_data.BANK: "Bank Clearing"},
    categories={
        **month.ACCOUNT_OF_CATEGORY,
        "Customer Invoices": "Accrued Receivables",
        "Vendor Bills": "Accrued Payables",
        "Payroll Taxes": "Accrued Payables",
    },
    roles={**month.ACCOUNT_OF_ROLE, "rounding": "Bank Fees"},
)
# In NetSuite `Digital Assets` is a summary account, which takes no entries.
_NETSUITE_NAMES = replace(
    _QUICKBOOKS_NAMES,
    wallets={**month.ACCOUNT_OF_WALLET, sample_data.STAKING: "Other Digital Assets"},
)
# The default chart of a company without an ERP. Receivables and payables take no lines there, since
# a file names no customer, and the chart has no account for software or insurance.
_SUSPENSE = "Suspense - Uncategorised"
_CHART = {
    "BTC": "Digital Assets - BTC (cost)",
    "ETH": "Digital Assets - ETH (cost)",
    "SOL": "Digital Assets - SOL (cost)",
    "Stablecoins": "Stablecoins - USDC",
    "Other Digital Assets": "Digital Assets - Other in scope (cost)",
    "Digital Assets": "Digital Assets - Out of scope (wrapped, own-issued, NFTs)",
    "Coinbase & Prime": "Cash at Exchanges",
    "Crypto in Transit": "Crypto in Transit (clearing)",
    "Accounts Receivable": "Revenue",
    "Accounts Payable": "Professional Fees",
    "Protocol Revenue": "Airdrops and Rewards",
    "Staking Income": "Staking and Validation Income",
    "Interest Income": "Interest Income - Digital Assets",
    "Payroll": "Payroll paid in crypto",
    "Payroll Liabilities": "Payroll paid in crypto",
    "Legal & Professional Fees": "Professional Fees",
    "Software": _SUSPENSE,
    "Cost of Revenue": _SUSPENSE,
    "Prepaid Expenses": _SUSPENSE,
    "Bank Fees": "Bank Charges",
    "Grants & Bounties": "Contributions made",
    "Network Fees": "Network (Gas) and Bridge Fees",
    "Gain on Digital Assets": "Realized Gain on Digital Assets",
    "Loss on Digital Assets": "Realized Loss on Digital Assets",
}
"""QuickBooks' name of an account to the chart's; the others are called the same."""


def _in_chart(names: Mapping[Key, str]) -> dict[Key, str]:
    return {key: _CHART.get(name, name) for key, name in names.items()}


_CHART_NAMES = AccountNames(
    tokens=_in_chart(month.ACCOUNT_OF_TOKEN),
    wallets=_in_chart(month.ACCOUNT_OF_WALLET),
    categories=_in_chart(month.ACCOUNT_OF_CATEGORY),
    roles=_in_chart(month.ACCOUNT_OF_ROLE),
)
_SHARED: JsonObject = {
    "customers": {"504": {"subsidiaries": ["1", "2"]}},
    "vendors": {"605": {"subsidiaries": ["1", "2"]}},
}
"""Protocol <Guild> and Quay Street Office, of the European subsidiary, serve the parent too."""

QUICKBOOKS = LocalErp(
    name="quickbooks",
    label="QuickBooks",
    company=quickbooks.HARBOR_STREET,
    accounts=_QUICKBOOKS_NAMES,
    look_alike=typed_by_hand.in_quickbooks,
    read=read_quickbooks,
)
XERO = LocalErp(
    name="xero",
    label="Xero",
    company=xero.HARBOR_STREET,
    accounts=_XERO_NAMES,
    look_alike=typed_by_hand.in_xero,
    read=read_xero,
)
NETSUITE = LocalErp(
    name="netsuite",
    label="NetSuite",
    company=netsuite.HARBOR_STREET,
    accounts=_NETSUITE_NAMES,
    look_alike=typed_by_hand.in_netsuite,
    read=read_netsuite,
    settings=_SHARED,
)
ERPS = {erp.name: erp for erp in (QUICKBOOKS, XERO, NETSUITE)}
JOURNAL_FILE = DemoErp(
    name="journal_file", label="a company of journal files", accounts=_CHART_NAMES
)
EVERY = {**ERPS, JOURNAL_FILE.name: JOURNAL_FILE}
"""The local ERPs, and the files of a team that has none."""
