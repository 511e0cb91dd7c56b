"""What the demo knows of each local ERP: its company, its accounts' names, how its books are read.

Data only. People choose these accounts by name in Slack, and `sandbox.reckoning` works out from
them what the books must show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sandbox import netsuite, quickbooks, sample_data, typed_by_hand, xero
from sandbox import sample_month as month
from sandbox.copies import Copy, Names, read_netsuite, read_quickbooks, read_xero
from sandbox.payload import JsonObject
from sandbox.reckoning import AccountNames


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoErp:
    """One ERP and the company in it that the demo posts into."""

    name: str
    """As people type it after `connect`, and as the control API's paths have it."""
    label: str
    company: str
    """Its id in the control API: a realm, a tenant or an account."""
    accounts: AccountNames
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
_SHARED: JsonObject = {
    "customers": {"504": {"subsidiaries": ["1", "2"]}},
    "vendors": {"605": {"subsidiaries": ["1", "2"]}},
}
"""Protocol <Guild> and Quay Street Office, of the European subsidiary, serve the parent too."""

QUICKBOOKS = DemoErp(
    name="quickbooks",
    label="QuickBooks",
    company=quickbooks.HARBOR_STREET,
    accounts=_QUICKBOOKS_NAMES,
    look_alike=typed_by_hand.in_quickbooks,
    read=read_quickbooks,
)
XERO = DemoErp(
    name="xero",
    label="Xero",
    company=xero.HARBOR_STREET,
    accounts=_XERO_NAMES,
    look_alike=typed_by_hand.in_xero,
    read=read_xero,
)
NETSUITE = DemoErp(
    name="netsuite",
    label="NetSuite",
    company=netsuite.HARBOR_STREET,
    accounts=_NETSUITE_NAMES,
    look_alike=typed_by_hand.in_netsuite,
    read=read_netsuite,
    settings=_SHARED,
)
ERPS = {erp.name: erp for erp in (QUICKBOOKS, XERO, NETSUITE)}
