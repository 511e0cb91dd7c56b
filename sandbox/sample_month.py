"""The sample month that ships with the demo: January 2026 of Harbor Street Labs.

Four wallets, an exchange and a bank, every type of transaction, rows at both ends of the month,
one row without a price and one that somebody entered in the ERP before. Generated, always the
same, as files in the product's generic CSV format. It imports nothing of the product.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from sandbox import sample_data as data
from sandbox.sample_bank import bank_rows, exchange_rows
from sandbox.sample_rows import FIELDS, SampleRow, at
from sandbox.sample_wallets import wallet_rows

TRANSACTIONS_FILE = "harbor-street-2026-01.csv"
OPENING_LOTS_FILE = "harbor-street-opening-lots.csv"
LATE_FILE = "harbor-street-2026-01-late.csv"
WHOLE = 31
FEWEST = 7
"""Days that hold the look-alike, and something of what has no account at first."""
SOURCE = "Harbor Street January"
LATE_SOURCE = "Harbor Street late"
LOOK_ALIKE_ID = "BANK-WIRE-0107"
"""The customer's wire that was typed into the books before the demo began."""
MISSING_PRICE_ID = "VAULT-DROP-0119"

ACCOUNT_OF_TOKEN = {
    (data.TREASURY, "BTC"): "BTC",
    (data.TREASURY, "ETH"): "ETH",
    (data.TREASURY, "USDC"): "Stablecoins",
    (data.TREASURY, "ZRO"): "Other Digital Assets",
    (data.OPERATIONS, "ETH"): "ETH",
    (data.OPERATIONS, "USDC"): "Stablecoins",
    (data.OPERATIONS, data.UNMAPPED_TOKEN): "Other Digital Assets",
    (data.PAYROLL, "ETH"): "ETH",
    (data.PAYROLL, "USDC"): "Stablecoins",
    (data.STAKING, "SOL"): "SOL",
    (data.EXCHANGE, "BTC"): "BTC",
    (data.EXCHANGE, "ETH"): "ETH",
    (data.EXCHANGE, "SOL"): "SOL",
    (data.EXCHANGE, "USDC"): "Stablecoins",
    (data.EXCHANGE, "USD"): "Coinbase & Prime",
}
"""Wallet and asset to the name of the account that people in the demo choose in QuickBooks."""
ACCOUNT_OF_WALLET = {data.STAKING: "Digital Assets", data.BANK: "Operating Bank"}
"""Wallets with one account for whatever has none of its own."""
ACCOUNT_OF_CATEGORY = {
    "Customer Invoices": "Accounts Receivable",
    "Vendor Bills": "Accounts Payable",
    "Protocol Fees": "Protocol Revenue",
    "Staking Rewards": "Staking Income",
    "Interest": "Interest Income",
    "Airdrops": "Protocol Revenue",
    "Payroll": "Payroll",
    "Contractors": "Payroll",
    "Legal": "Legal & Professional Fees",
    "Software": "Software",
    "Cloud Hosting": "Cost of Revenue",
    "Bank Fees": "Bank Fees",
    "Payroll Taxes": "Payroll Liabilities",
    "Insurance": "Prepaid Expenses",
    data.UNMAPPED_CATEGORY: "Grants & Bounties",
}
ACCOUNT_OF_ROLE = {
    "proceeds": "Coinbase & Prime",
    "trading_fees": "Trading Fees",
    "network_fees": "Network Fees",
    "gains": "Gain on Digital Assets",
    "losses": "Loss on Digital Assets",
    "rounding": "Rounding",
    "in_transit": "Crypto in Transit",
}


def month_rows(days: int = WHOLE) -> list[SampleRow]:
    """The rows of the month's own file, by time; three of all lie just outside the month.

    Args:
        days: Only those of the month's first days, for when time is short; see `FEWEST`.
    """
    rows = [*bank_rows(), *exchange_rows(), *wallet_rows()]
    if days < WHOLE:
        rows = [row for row in rows if row["timestamp"] < f"2026-01-{days + 1:02}"]
    return sorted(rows, key=lambda row: (row["timestamp"], row["id"]))


def late_rows() -> list[SampleRow]:
    """The rows that turn up after the month was pushed."""
    bank, day = {"from_account": data.BANK, "sent_asset": "USD"}, 31
    reward = data.quantity("0.4100", "0.5900", "late reward")
    return [
        SampleRow(
            id="LATE-CARD-01", timestamp=at(28, 14, 2), type="withdrawal", **bank,
            sent_quantity="1290.40", value="1290.40", category="Software",
            counterparty="Figure Eight Design", note="card statement came on 2 February",
        ),
        SampleRow(
            id="LATE-CARD-02", timestamp=at(30, 9, 41), type="withdrawal", **bank,
            sent_quantity="386.15", value="386.15", category="Cloud Hosting",
            counterparty="Cloudline Hosting",
        ),
        SampleRow(
            id="LATE-WIRE-01", timestamp=at(day, 16, 25), type="deposit", to_account=data.BANK,
            received_asset="USD", received_quantity="18400.00", value="18400.00",
            category="Customer Invoices", counterparty="Northwind Labs",
        ),
        SampleRow(
            id="LATE-REWARD-01", timestamp=at(day, 23, 56), type="deposit",
            to_account=data.STAKING, received_asset="SOL", received_quantity=reward,
            value=data.value("SOL", reward, day), category="Staking Rewards",
            counterparty="Harborview Validators", tx_hash=data.transaction_hash("late reward"),
        ),
        SampleRow(
            id="LATE-GAS-01", timestamp=at(day, 23, 57), type="fee",
            from_account=data.OPERATIONS, fee_asset="ETH", fee_quantity="0.00181422",
            fee_value=data.value("ETH", Decimal("0.00181422"), day),
            tx_hash=data.transaction_hash("late gas"), note="failed call",
        ),
    ]  # fmt: skip


def transactions_csv(days: int = WHOLE) -> str:
    """The month's file, or the first days of it."""
    return _csv(FIELDS, (row.cells() for row in month_rows(days)))


def late_csv() -> str:
    """The late file."""
    return _csv(FIELDS, (row.cells() for row in late_rows()))


def opening_lots_csv() -> str:
    """What was held when the month began, and its cost."""
    return _csv(("account", "asset", "quantity", "cost", "acquired_at"), data.OPENING_LOTS)


def write_files(folder: Path) -> dict[str, Path]:
    """Write the three files into a folder and return where they are, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        OPENING_LOTS_FILE: opening_lots_csv(),
        TRANSACTIONS_FILE: transactions_csv(),
        LATE_FILE: late_csv(),
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return {name: folder / name for name in contents}


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue()
