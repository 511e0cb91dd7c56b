"""The invented facts behind the sample month: names, prices, people, what was held before.

Data and a way to draw from it without chance: the same label always draws the same number, in
exact decimals. It knows no row format.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from hashlib import sha256

ORGANISATION = "Harbor Street Labs"
CURRENCY = "USD"
TIME_ZONE = "America/New_York"
PERIOD = "2026-01"
GO_LIVE = "2026-01-01"

BANK = "Operating Bank"
EXCHANGE = "Coinbase Prime"
TREASURY = "Treasury Vault"
OPERATIONS = "Operations Wallet"
PAYROLL = "Payroll Wallet"
STAKING = "Staking Wallet"

UNMAPPED_TOKEN = "ARB"
"""In the operations wallet, it has no account until somebody goes through what is unmapped."""
UNMAPPED_CATEGORY = "Grants"

CUSTOMERS = ("Acme DAO", "Blue Harbor & Sons", "Northwind Labs", "Protocol <Guild>")
"""Active customers of the sandbox company: a receivable needs one of them."""
VENDORS = ("Alchemy Nodes", "Baker & Marsh LLP", "Cloudline Hosting", "Quay Street Office")
STAFF = (
    "A. Okonkwo", "B. Lindqvist", "C. Marchetti", "D. Petrov", "E. Sato", "F. Almeida",
    "G. Novak", "H. Duarte", "I. Brandt", "J. Moreau", "K. Ito", "L. Costa",
)  # fmt: skip
GRANTEES = ("Lighthouse Research", "Open Ledger Guild", "Tide Tools", "Node School", "Wharf Dev")

OPENING_LOTS = (
    (TREASURY, "BTC", "18.5", "1184000.00", "2024-06-03T15:00:00Z"),
    (TREASURY, "BTC", "21.25", "1997500.00", "2025-02-11T15:00:00Z"),
    (TREASURY, "ETH", "420", "1239000.00", "2024-09-17T15:00:00Z"),
    (TREASURY, "ETH", "380", "1003200.00", "2025-05-06T15:00:00Z"),
    (TREASURY, "USDC", "2600000", "2600260.00", "2025-11-14T15:00:00Z"),
    (OPERATIONS, "ETH", "3.75", "9187.50", "2025-04-09T15:00:00Z"),
    (OPERATIONS, "ETH", "40", "126400.00", "2025-10-20T15:00:00Z"),
    (OPERATIONS, "USDC", "410000", "409959.00", "2025-12-01T15:00:00Z"),
    (OPERATIONS, "USDC", "655000", "655131.00", "2025-12-19T15:00:00Z"),
    (PAYROLL, "ETH", "2.5", "7950.00", "2025-10-20T15:00:00Z"),
    (PAYROLL, "USDC", "210000", "210021.00", "2025-12-19T15:00:00Z"),
    (STAKING, "ETH", "640", "1520000.00", "2024-03-12T15:00:00Z"),
    (STAKING, "SOL", "9500", "1187500.00", "2025-03-25T15:00:00Z"),
    (EXCHANGE, "BTC", "6.4", "579200.00", "2025-07-08T15:00:00Z"),
    (EXCHANGE, "ETH", "145", "398750.00", "2025-08-26T15:00:00Z"),
    (EXCHANGE, "SOL", "2100", "315000.00", "2025-09-30T15:00:00Z"),
    (EXCHANGE, "USDC", "480000", "479952.00", "2025-12-05T15:00:00Z"),
)
"""Wallet, asset, quantity, cost and moment: what was held before, enough for every disposal."""

_FIRST_PRICE = {
    "BTC": Decimal("88412.50"),
    "ETH": Decimal("3041.20"),
    "SOL": Decimal("131.46"),
    "ARB": Decimal("0.4312"),
    "USDC": Decimal(1),
}
_STEP = {"BTC": 18, "ETH": 24, "SOL": 31, "ARB": 40, "USDC": 0}
"""Most thousandths by which a price moves in a day."""
_MILLE = Decimal(1000)


def number(low: int, high: int, *labels: object) -> int:
    """A whole number from `low` to `high`, always the same for the same labels."""
    digest = sha256("/".join(map(str, labels)).encode()).digest()
    return low + int.from_bytes(digest[:8]) % (high - low + 1)


def quantity(low: str, high: str, *labels: object) -> Decimal:
    """A quantity between two others, with the decimals of `low`."""
    first, last = Decimal(low), Decimal(high)
    places = -int(first.as_tuple().exponent)
    scale = Decimal(10) ** places
    return Decimal(number(int(first * scale), int(last * scale), *labels)) / scale


@cache
def price(asset: str, day: int) -> Decimal:
    """The price of one unit in dollars on a day of January 2026 (0 is New Year's Eve)."""
    found = _FIRST_PRICE[asset]
    if asset == "USDC":
        # A stablecoin trades a little off a dollar, so that paying with it has a small result.
        return found + Decimal(number(-3, 3, "price", asset, day)) / 10_000
    for each in range(1, day + 1):
        found *= 1 + Decimal(number(-_STEP[asset], _STEP[asset], "price", asset, each)) / _MILLE
    return found.quantize(Decimal("0.0001") if found < 10 else Decimal("0.01"))


def value(asset: str, units: Decimal, day: int) -> Decimal:
    """What units are worth on a day, exactly; the product rounds."""
    return units * price(asset, day)


def transaction_hash(*labels: object) -> str:
    """A hash as a chain would write it."""
    return "0x" + sha256("/".join(("hash", *map(str, labels))).encode()).hexdigest()
