"""The default charts of accounts, shipped as data files.

Three charts for teams that have none: US GAAP with accounts by token, a simple one with a
single digital-assets account, and IFRS with Xero's default codes kept. Types are those of
QuickBooks, Xero and NetSuite (QuickBooks: Finance.xsd of intuit/QuickBooks-V3-Java-SDK, Xero:
xero_accounting.yaml of XeroAPI/Xero-OpenAPI). Nothing here but the files is read.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from ledger.books import Account, AccountClass, ContactKind
from ledger.entries import Role


class Chart(StrEnum):
    """The charts there are; the value is the file's name."""

    US_GAAP = "us_gaap_by_token"
    SIMPLE = "simple_single_account"
    IFRS = "ifrs_xero_codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartAccount:
    """One account of a default chart."""

    code: str
    name: str
    roles: tuple[str, ...]
    """What it is for, such as ``DA:BTC`` or ``REALIZED_GAIN``; often one."""
    quickbooks_type: str
    quickbooks_subtype: str
    xero_type: str
    netsuite_type: str
    note: str

    @property
    def label(self) -> str:
        """Code and name, as people know the account."""
        return f"{self.code} {self.name}"


DEFAULT_ROLES: dict[Role, str] = {
    Role.PROCEEDS: "EXCHANGE_CASH",
    Role.TRADING_FEES: "TRADING_FEES",
    Role.NETWORK_FEES: "GAS_FEES",
    Role.GAINS: "REALIZED_GAIN",
    Role.LOSSES: "REALIZED_LOSS",
    Role.ROUNDING: "ROUNDING",
    Role.IN_TRANSIT: "CRYPTO_IN_TRANSIT",
}
"""Our role → the chart's own role; every chart has an account for each."""


def load_chart(chart: Chart) -> tuple[ChartAccount, ...]:
    """Read a default chart, in the order of its codes."""
    file = resources.files(__package__).joinpath(f"{chart.value}.csv")
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple(_account(row) for row in rows)


def account_of(accounts: tuple[ChartAccount, ...], role: str) -> ChartAccount | None:
    """Return the account a chart has for one of its own roles; ``DA:*`` stands for any token."""
    family = f"{role.partition(':')[0]}:*"
    return next((a for a in accounts if role in a.roles or family in a.roles), None)


def books_accounts(accounts: tuple[ChartAccount, ...]) -> tuple[Account, ...]:
    """Return a default chart as imported accounts, for teams without an ERP; ids are codes."""
    return tuple(
        Account(
            erp_id=account.code,
            name=account.name,
            code=account.code,
            classification=_CLASSES[account.quickbooks_type],
            erp_type=account.quickbooks_type,
            requires_contact=_CONTACTS.get(account.quickbooks_type),
        )
        for account in accounts
    )


_CLASSES = {
    "Bank": AccountClass.ASSET,
    "Accounts Receivable": AccountClass.ASSET,
    "Other Current Asset": AccountClass.ASSET,
    "Fixed Asset": AccountClass.ASSET,
    "Other Asset": AccountClass.ASSET,
    "Accounts Payable": AccountClass.LIABILITY,
    "Other Current Liability": AccountClass.LIABILITY,
    "Equity": AccountClass.EQUITY,
    "Income": AccountClass.INCOME,
    "Other Income": AccountClass.INCOME,
    "Expense": AccountClass.EXPENSE,
    "Other Expense": AccountClass.EXPENSE,
}
_CONTACTS = {
    "Accounts Receivable": ContactKind.CUSTOMER,
    "Accounts Payable": ContactKind.VENDOR,
}


def _account(row: dict[str, str]) -> ChartAccount:
    return ChartAccount(
        code=row["code"],
        name=row["name"],
        roles=tuple(row["role"].split("|")),
        quickbooks_type=row["qbo_account_type"],
        quickbooks_subtype=row["qbo_subtype"],
        xero_type=row["xero_type"],
        netsuite_type=row["netsuite_type"],
        note=row["note"],
    )
