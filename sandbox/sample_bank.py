"""The sample month at the bank and the exchange: wires, cards, purchases, sales and trades."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sandbox import sample_data as data
from sandbox.sample_rows import SampleRow, at, cents, moment, working_days

_FEE_RATE = Decimal("0.0020")
_WIRES_IN = {
    5: ("31500.00", 0), 7: ("24850.00", 1), 9: ("9200.00", 2), 13: ("41000.00", 3),
    15: ("12750.50", 0), 20: ("18600.00", 1), 22: ("27340.00", 2), 26: ("9950.00", 3),
    28: ("36000.00", 0), 30: ("15480.25", 2),
}  # fmt: skip
_BILLS = (
    (2, "8400.00", "Vendor Bills", "Quay Street Office"),
    (5, "1180.00", "Software", "Tracklight"),
    (6, "642.90", "Software", "Paperplane Mail"),
    (7, "3950.00", "Legal", "Baker & Marsh LLP"),
    (8, "2210.75", "Cloud Hosting", "Cloudline Hosting"),
    (9, "28.00", "Bank Fees", "Operating Bank"),
    (12, "5600.00", "Insurance", "Breakwater Mutual"),
    (14, "1890.00", "Software", "Quorum Desk"),
    (15, "21740.33", "Payroll Taxes", "US Treasury"),
    (16, "28.00", "Bank Fees", "Operating Bank"),
    (20, "4125.00", "Vendor Bills", "Baker & Marsh LLP"),
    (21, "960.40", "Cloud Hosting", "Alchemy Nodes"),
    (23, "28.00", "Bank Fees", "Operating Bank"),
    (27, "7325.00", "Contractors", "Studio Kelp"),
    (29, "1750.00", "Vendor Bills", "Alchemy Nodes"),
    (30, "21740.33", "Payroll Taxes", "US Treasury"),
    (30, "28.00", "Bank Fees", "Operating Bank"),
)

_BOUGHT = (("BTC", "0.02000000", "0.09000000"), ("ETH", "0.400000", "1.900000"))
_SOLD = (("ETH", "1.500000", "6.500000"), ("BTC", "0.05000000", "0.24000000"))
"""Asset, and between which quantities."""


def bank_rows() -> Iterator[SampleRow]:
    """Wires of customers, bills, fees, interest and what goes to the exchange and comes back."""
    for day, (amount, customer) in _WIRES_IN.items():
        yield SampleRow(
            id=f"BANK-WIRE-01{day:02}", timestamp=moment(day, "wire", day), type="deposit",
            to_account=data.BANK, received_asset="USD", received_quantity=amount, value=amount,
            category="Customer Invoices", counterparty=data.CUSTOMERS[customer],
        )  # fmt: skip
    for index, (day, amount, category, vendor) in enumerate(_BILLS, start=1):
        yield SampleRow(
            id=f"BANK-BILL-{index:02}", timestamp=moment(day, "bill", index), type="withdrawal",
            from_account=data.BANK, sent_asset="USD", sent_quantity=amount, value=amount,
            category=category, counterparty=vendor, note=f"statement line {index}",
        )  # fmt: skip
    yield SampleRow(
        id="BANK-INTEREST-01", timestamp=at(31, 23, 59, 59), type="deposit",
        to_account=data.BANK, received_asset="USD", received_quantity="412.87", value="412.87",
        category="Interest", counterparty="Operating Bank",
    )  # fmt: skip
    for index, (day, amount) in enumerate(
        ((2, "250000.00"), (8, "180000.00"), (15, "220000.00"), (22, "160000.00")), start=1
    ):
        yield _fiat_transfer(f"BANK-OUT-{index:02}", day, amount, sender=data.BANK)
    for index, (day, amount) in enumerate(((12, "95000.00"), (23, "140000.00"), (29, "60000.00"))):
        yield _fiat_transfer(f"PRIME-OUT-{index + 1:02}", day, amount, sender=data.EXCHANGE)


def exchange_rows() -> Iterator[SampleRow]:
    """Purchases, sales, trades and interest at the exchange."""
    yield from _purchases()
    yield from _sales()
    yield from _trades()
    for index, day in enumerate((4, 11, 18, 25), start=1):
        units = data.quantity("180.000000", "260.000000", "interest", day)
        yield SampleRow(
            id=f"PRIME-INTEREST-{index:02}", timestamp=at(day, 0, 5, index), type="deposit",
            to_account=data.EXCHANGE, received_asset="USDC", received_quantity=units,
            value=data.value("USDC", units, day), category="Interest",
            counterparty="Coinbase Prime",
        )  # fmt: skip


def _purchases() -> Iterator[SampleRow]:
    # The first one is on New Year's Eve at home, though its timestamp says January.
    eve = SampleRow(
        id="PRIME-BUY-0000", timestamp="2026-01-01T04:30:00Z", type="buy",
        from_account=data.EXCHANGE, to_account=data.EXCHANGE, sent_asset="USD",
        sent_quantity="4420.63", received_asset="BTC", received_quantity="0.05000000",
        fee_asset="USD", fee_quantity="8.84", fee_value="8.84", value="4420.63",
        counterparty="Coinbase Prime",
    )  # fmt: skip
    yield eve
    for day in working_days():
        for asset, low, high in (
            ("BTC", "0.02000000", "0.09000000"),
            ("ETH", "0.400000", "1.900000"),
        ):
            yield _purchase(asset, day, data.quantity(low, high, "buy", asset, day))
        if day % 3 == 0:
            yield _purchase("SOL", day, data.quantity("12.0000", "45.0000", "buy SOL", day))


def _purchase(asset: str, day: int, units: Decimal) -> SampleRow:
    paid = cents(data.value(asset, units, day))
    fee = cents(paid * _FEE_RATE)
    return SampleRow(
        id=f"PRIME-BUY-{asset}-{day:02}", timestamp=moment(day, "buy", asset, day), type="buy",
        from_account=data.EXCHANGE, to_account=data.EXCHANGE, sent_asset="USD", sent_quantity=paid,
        received_asset=asset, received_quantity=units, fee_asset="USD", fee_quantity=fee,
        fee_value=fee, value=paid, counterparty="Coinbase Prime",
    )  # fmt: skip


def _sales() -> Iterator[SampleRow]:
    for day in working_days()[1::2]:
        for asset, low, high in (
            ("ETH", "1.500000", "6.500000"),
            ("BTC", "0.05000000", "0.24000000"),
        ):
            units = data.quantity(low, high, "sell", asset, day)
            yield _sale(asset, day, units)
    for day in (6, 20, 27):
        yield _sale("USDC", day, data.quantity("22000.00", "48000.00", "sell USDC", day))


def _sale(asset: str, day: int, units: Decimal) -> SampleRow:
    got = cents(data.value(asset, units, day))
    fee = cents(got * _FEE_RATE)
    return SampleRow(
        id=f"PRIME-SELL-{asset}-{day:02}", timestamp=moment(day, "sell", asset, day), type="sell",
        from_account=data.EXCHANGE, to_account=data.EXCHANGE, sent_asset=asset,
        sent_quantity=units, received_asset="USD", received_quantity=got, fee_asset="USD",
        fee_quantity=fee, fee_value=fee, value=got, counterparty="Coinbase Prime",
    )  # fmt: skip


def _trades() -> Iterator[SampleRow]:
    pairs = (("BTC", "ETH"), ("USDC", "SOL"), ("ETH", "BTC"), ("SOL", "USDC"))
    sizes = {"BTC": ("0.010000", "0.060000"), "ETH": ("0.5000", "2.2000"),
             "SOL": ("8.000", "40.000"), "USDC": ("2500.00", "9500.00")}  # fmt: skip
    for index, day in enumerate(working_days()[::2] + working_days()[1::4], start=1):
        sent, received = pairs[index % len(pairs)]
        units = data.quantity(*sizes[sent], "trade", index)
        worth = data.value(sent, units, day)
        got = (worth / data.price(received, day)).quantize(Decimal("0.00000001"))
        # The exchange takes its commission in what was given, in dollars for every third trade.
        fee = (units * _FEE_RATE).quantize(Decimal("0.000001"))
        paid = ("USD", cents(worth * _FEE_RATE)) if index % 3 == 0 else (sent, fee)
        yield SampleRow(
            id=f"PRIME-TRADE-{index:02}", timestamp=moment(day, "trade", index), type="trade",
            from_account=data.EXCHANGE, to_account=data.EXCHANGE, sent_asset=sent,
            sent_quantity=units, received_asset=received, received_quantity=got,
            fee_asset=paid[0], fee_quantity=paid[1],
            fee_value=paid[1] if paid[0] == "USD" else data.value(sent, fee, day),
            value=worth, counterparty="Coinbase Prime",
        )  # fmt: skip


def _fiat_transfer(id_: str, day: int, amount: str, *, sender: str) -> SampleRow:
    receiver = data.EXCHANGE if sender == data.BANK else data.BANK
    return SampleRow(
        id=id_, timestamp=moment(day, "wire", id_), type="transfer", from_account=sender,
        to_account=receiver, sent_asset="USD", sent_quantity=amount, received_asset="USD",
        received_quantity=amount, value=amount,
    )  # fmt: skip
