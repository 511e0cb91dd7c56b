"""The charts of accounts and lists that sandbox organisations start with.

Ids are made from an organisation's number and a row's, so that tests and the demo's data can name
them, and so that an id of one organisation means nothing in another.
"""

from datetime import datetime
from typing import Literal

from sandbox.xero.organisation import Account, Contact, TrackingCategory, TrackingOption

ChartName = Literal["default", "empty", "large"]
Row = tuple[int, str | None, str, str, str | None]
"""Number, `Code`, name, `Type`, `SystemAccount`."""

_DEFAULT: tuple[Row, ...] = (
    (90, "090", "Operating Bank", "BANK", None),
    (91, None, "Payroll Bank", "BANK", None),
    (92, None, "EUR Bank", "BANK", None),
    (93, None, "Corporate Card", "BANK", None),
    (100, "100", "Cash at Exchanges", "CURRENT", None),
    (101, "101", "Kraken", "CURRENT", None),
    (102, "102", "Coinbase & Prime", "CURRENT", None),
    (103, "103", "Bank Clearing", "CURRENT", None),
    (110, "110", "Digital Assets", "CURRENT", None),
    (111, "111", "BTC", "CURRENT", None),
    (112, "112", "ETH", "CURRENT", None),
    (113, "113", "SOL", "CURRENT", None),
    (114, "114", "Stablecoins", "CURRENT", None),
    (115, "115", "Other Digital Assets", "CURRENT", None),
    (116, None, "Crypto in Transit", "CURRENT", None),
    (200, "200", "Protocol Revenue", "REVENUE", None),
    (201, "201", "Staking Income", "REVENUE", None),
    (270, "270", "Interest Income", "OTHERINCOME", None),
    (271, "271", "Gain on Digital Assets", "OTHERINCOME", None),
    (310, "310", "Cost of Revenue", "DIRECTCOSTS", None),
    (400, "400", "Payroll", "EXPENSE", None),
    (401, "401", "Legal & Professional Fees", "EXPENSE", None),
    (402, "402", "Software", "OVERHEADS", None),
    (403, "403", "Trading Fees", "EXPENSE", None),
    (404, "404", "Network Fees", "EXPENSE", None),
    (405, "405", "Bank Fees", "EXPENSE", None),
    (406, "406", "Grants & Bounties", "EXPENSE", None),
    (407, "407", "Loss on Digital Assets", "EXPENSE", None),
    (497, "497", "Bank Revaluations", "EXPENSE", "BANKCURRENCYGAIN"),
    (498, "498", "Unrealised Currency Gains", "EXPENSE", "UNREALISEDCURRENCYGAIN"),
    (499, "499", "Realised Currency Gains", "EXPENSE", "REALISEDCURRENCYGAIN"),
    (610, "610", "Accounts Receivable", "CURRENT", "DEBTORS"),
    (611, "611", "Accrued Receivables", "CURRENT", None),
    (620, "620", "Prepaid Expenses", "PREPAYMENT", None),
    (630, "630", "Inventory", "INVENTORY", None),
    (710, "710", "Validator Hardware", "FIXED", None),
    (711, "711", "Depreciation of Hardware", "FIXED", None),
    (800, "800", "Accounts Payable", "CURRLIAB", "CREDITORS"),
    (801, "801", "Unpaid Expense Claims", "CURRLIAB", "UNPAIDEXPCLM"),
    (802, "802", "Accrued Payables", "CURRLIAB", None),
    (803, "803", "Wages Payable", "CURRLIAB", "WAGEPAYABLES"),
    (804, None, "Customer Deposits <Held>", "CURRLIAB", None),
    (820, "820", "Sales Tax", "CURRLIAB", "GST"),
    (840, "840", "Historical Adjustment", "CURRLIAB", "HISTORICAL"),
    (860, "860", "Rounding", "CURRLIAB", "ROUNDING"),
    (877, "877", "Tracking Transfers", "CURRLIAB", "TRACKINGTRANSFERS"),
    (900, "900", "Convertible Notes", "TERMLIAB", None),
    (960, "960", "Retained Earnings", "EQUITY", "RETAINEDEARNINGS"),
    (970, "970", "Common Stock", "EQUITY", None),
    (999, "999", "Old Crypto Wallet", "CURRENT", None),
)
_EMPTY = frozenset({90, 610, 800, 820, 840, 860, 877, 960})
_ARCHIVED = frozenset({999})
_CURRENCIES = {92: "EUR"}
_FIRST_PLAIN = 10_000
_LARGE = 10_000
_CONTACTS = (
    ("Acme DAO", "pays@acme.example", True, False),
    ("Blue Harbor & Sons", "books@blueharbor.example", True, False),
    ("Northwind Labs", None, True, True),
    ("Protocol <Guild>", None, False, False),
    ("Tidewater Foundation", None, True, False),
    ("Alchemy Nodes", "billing@alchemy.example", False, True),
    ("Baker & Marsh LLP", None, False, True),
    ("Cloudline Hosting", None, False, True),
    ("Ledger Payroll Co", None, False, True),
    ("Quay Street Office", None, False, False),
)
_ARCHIVED_CONTACT = 5
_TRACKING = (("Region", ("North", "South", "Lisbon & Porto")), ("Desk", ("Treasury", "Protocol")))
_ARCHIVED_OPTION = "South"


def account_id(number: int, row: int) -> str:
    """The id of the account `row` in the organisation `number`."""
    return f"acc{number:05x}-0000-4000-8000-{row:012d}"


def contact_id(number: int, row: int) -> str:
    """The id of the contact `row`, counted from 1."""
    return f"c0{number:06x}-0000-4000-8000-{row:012d}"


def tracking_id(number: int, category: int, option: int = 0) -> str:
    """The id of a tracking category, counted from 1, or of one of its options."""
    return f"7c{number:06x}-0000-4000-8000-{category:06d}{option:06d}"


def chart(
    name: ChartName, *, number: int, multicurrency: bool, now: datetime
) -> dict[str, Account]:
    """A chart of accounts.

    `default` has some fifty accounts of a finance team that holds crypto, with a bank account in
    euros where the organisation has more than one currency; `empty` what every organisation has;
    `large` five thousand.
    """
    rows = [row for row in _DEFAULT if multicurrency or row[0] not in _CURRENCIES]
    if name == "empty":
        rows = [row for row in rows if row[0] in _EMPTY]
    if name == "large":
        plain = range(_FIRST_PLAIN, _FIRST_PLAIN + _LARGE - len(rows))
        rows += [(row, str(row), f"Cost Centre {row}", "EXPENSE", None) for row in plain]
    accounts = (_account(row, number=number, now=now) for row in rows)
    return {account.id: account for account in accounts}


def _account(row: Row, *, number: int, now: datetime) -> Account:
    key, code, name, kind, system = row
    return Account(
        id=account_id(number, key),
        code=code,
        name=name,
        type=kind,
        system_account=system,
        currency=_CURRENCIES.get(key),
        bank_account_number=f"0210-{key:06d}" if kind == "BANK" else None,
        active=key not in _ARCHIVED,
        updated_at=now,
    )


def contacts(names: list[str], *, number: int, now: datetime) -> dict[str, Contact]:
    """New contacts of the given names: neither customers nor suppliers yet."""
    made = (
        Contact(id=contact_id(number, row), name=name, updated_at=now)
        for row, name in enumerate(names, start=1)
    )
    return {contact.id: contact for contact in made}


def default_contacts(*, number: int, now: datetime) -> dict[str, Contact]:
    """Ten contacts, numbered from 1; the fifth is archived."""
    found = contacts([name for name, *_ in _CONTACTS], number=number, now=now)
    for contact, (_name, email, customer, supplier) in zip(found.values(), _CONTACTS, strict=True):
        contact.email, contact.is_customer, contact.is_supplier = email, customer, supplier
    found[contact_id(number, _ARCHIVED_CONTACT)].status = "ARCHIVED"
    return found


def default_tracking(*, number: int) -> dict[str, TrackingCategory]:
    """Two tracking categories; the option *South* is archived."""
    categories = {}
    for row, (name, options) in enumerate(_TRACKING, start=1):
        made = (
            TrackingOption(
                id=tracking_id(number, row, column), name=option, active=option != _ARCHIVED_OPTION
            )
            for column, option in enumerate(options, start=1)
        )
        id_ = tracking_id(number, row)
        categories[id_] = TrackingCategory(id=id_, name=name, options={it.id: it for it in made})
    return categories
