"""The sample month in the four wallets: revenue, rewards, payroll, suppliers, transfers and gas."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sandbox import sample_data as data
from sandbox.sample_rows import SampleRow, at, gas, moment, working_days

_SUPPLIERS = (
    ("Software", "Tracklight"),
    ("Contractors", "Studio Kelp"),
    ("Cloud Hosting", "Alchemy Nodes"),
    ("Vendor Bills", "Cloudline Hosting"),
    ("Legal", "Baker & Marsh LLP"),
    ("Vendor Bills", "Baker & Marsh LLP"),
)
_MOVES = (
    # Day, from, to, asset, quantity, what the sender pays, what gets lost on the way.
    (2, data.TREASURY, data.OPERATIONS, "USDC", "150000.00", "gas", "0"),
    (5, data.EXCHANGE, data.TREASURY, "BTC", "0.35000000", "", "0.00012000"),
    (6, data.TREASURY, data.EXCHANGE, "ETH", "22.50000000", "gas", "0"),
    (7, data.EXCHANGE, data.OPERATIONS, "USDC", "40000.00", "", "0"),
    (8, data.TREASURY, data.STAKING, "ETH", "32", "gas", "0"),
    (9, data.OPERATIONS, data.PAYROLL, "ETH", "0.75000000", "gas", "0"),
    (12, data.EXCHANGE, data.TREASURY, "BTC", "0.28000000", "", "0.00012000"),
    (13, data.OPERATIONS, data.PAYROLL, "USDC", "135000.00", "gas", "0"),
    (14, data.EXCHANGE, data.OPERATIONS, "USDC", "35000.00", "", "0"),
    (15, data.TREASURY, data.EXCHANGE, "ETH", "18.00000000", "gas", "0"),
    (16, data.STAKING, data.OPERATIONS, "ETH", "6.50000000", "gas", "0"),
    (20, data.EXCHANGE, data.STAKING, "SOL", "180.0000", "", "0.0100"),
    (21, data.EXCHANGE, data.TREASURY, "BTC", "0.31000000", "", "0.00012000"),
    (22, data.TREASURY, data.STAKING, "ETH", "64", "gas", "0"),
    (23, data.TREASURY, data.OPERATIONS, "USDC", "120000.00", "gas", "0"),
    (26, data.EXCHANGE, data.OPERATIONS, "USDC", "45000.00", "", "0"),
    (27, data.OPERATIONS, data.PAYROLL, "USDC", "128000.00", "gas", "0"),
    (28, data.TREASURY, data.EXCHANGE, "ETH", "20.00000000", "gas", "0"),
    (29, data.EXCHANGE, data.TREASURY, "BTC", "0.26000000", "", "0.00012000"),
    (30, data.STAKING, data.OPERATIONS, "ETH", "4.25000000", "gas", "0.00031500"),
)


def wallet_rows() -> Iterator[SampleRow]:
    """Everything on chain."""
    yield from _rewards()
    yield from _revenue()
    yield from _suppliers()
    yield from _payroll()
    yield from _grants()
    yield from _airdrops()
    yield from _transfers()
    yield from _gas_alone()


def _rewards() -> Iterator[SampleRow]:
    for day in range(1, 32):
        for turn, hour in enumerate((0, 12), start=1):
            units = data.quantity("0.02100000", "0.03900000", "reward", day, turn)
            yield _deposit(
                f"STAKE-ETH-{day:02}{turn}", at(day, hour, 12, turn), data.STAKING,
                got=_got("ETH", units, day), category="Staking Rewards", payer="Beacon Chain",
            )  # fmt: skip
        units = data.quantity("1.6000", "2.4000", "reward SOL", day)
        kept = (units * Decimal("0.05")).quantize(Decimal("0.000001"))
        row = _deposit(
            f"STAKE-SOL-{day:02}", at(day, 6, 30, day), data.STAKING,
            got=_got("SOL", units, day), category="Staking Rewards", payer="Harborview Validators",
        )  # fmt: skip
        # The validator keeps its commission from what arrives.
        commission = data.value("SOL", kept, day)
        yield SampleRow(**row, fee_asset="SOL", fee_quantity=kept, fee_value=commission)


def _revenue() -> Iterator[SampleRow]:
    # The month's first and last seconds at home, and February's first, are elsewhere in UTC.
    for name, timestamp, day, text in (
        ("FIRST", at(1, 0, 0, 1), 1, "1250.000000"),
        ("LAST", at(31, 23, 59, 58), 31, "1475.000000"),
        ("FEBRUARY", "2026-02-01T05:00:00Z", 31, "1310.000000"),
    ):
        yield _protocol_fee(name, timestamp, units=Decimal(text), day=day)
    for day in range(1, 32):
        units = data.quantity("900.000000", "4200.000000", "fees", day)
        yield _protocol_fee(f"{day:02}", moment(day, "fees", day), units=units, day=day)
    for index, day in enumerate(working_days()):
        units = data.quantity("4000.00", "26000.00", "invoice", day)
        yield _deposit(
            f"OPS-INV-{day:02}", moment(day, "invoice", day), data.OPERATIONS,
            got=_got("USDC", units, day), category="Customer Invoices",
            payer=data.CUSTOMERS[index % 4],
        )  # fmt: skip


def _protocol_fee(name: str, timestamp: str, *, units: Decimal, day: int) -> SampleRow:
    return _deposit(
        f"OPS-FEE-{name}", timestamp, data.OPERATIONS, got=_got("USDC", units, day),
        category="Protocol Fees", payer="Swap Router",
    )  # fmt: skip


def _suppliers() -> Iterator[SampleRow]:
    for index, day in enumerate(sorted(working_days() + working_days()[::2])):
        category, name = _SUPPLIERS[index % len(_SUPPLIERS)]
        units = data.quantity("450.00", "9800.00", "supplier", index)
        yield _payment(f"OPS-PAY-{index + 1:02}", day, units, category=category, payee=name)


def _payroll() -> Iterator[SampleRow]:
    for day in (15, 30):
        for index, name in enumerate(data.STAFF, start=1):
            units = data.quantity("7800.00", "13900.00", "salary", index)
            yield _payment(
                f"PAY-{day}-{index:02}", day, units, category="Payroll", payee=name,
                sender=data.PAYROLL,
            )  # fmt: skip


def _grants() -> Iterator[SampleRow]:
    for day, name in zip((6, 12, 16, 21, 28), data.GRANTEES, strict=True):
        units = data.quantity("5000.00", "20000.00", "grant", day)
        yield _payment(
            f"OPS-GRANT-{day:02}", day, units, category=data.UNMAPPED_CATEGORY, payee=name
        )


def _airdrops() -> Iterator[SampleRow]:
    arb = data.UNMAPPED_TOKEN
    for day, units in ((5, Decimal(4200)), (14, Decimal("1850.5"))):
        yield _deposit(
            f"OPS-DROP-{day:02}", moment(day, "airdrop", day), data.OPERATIONS,
            got=_got(arb, units, day), category="Airdrops", payer="Arbitrum Foundation",
        )  # fmt: skip
    for day, units in ((8, Decimal(1500)), (26, Decimal("2400.25"))):
        got = (data.value(arb, units, day) / data.price("USDC", day)).quantize(Decimal("0.000001"))
        yield SampleRow(
            id=f"OPS-SWAP-{day:02}", timestamp=moment(day, "swap", day), type="trade",
            from_account=data.OPERATIONS, to_account=data.OPERATIONS, sent_asset=arb,
            sent_quantity=units, received_asset="USDC", received_quantity=got,
            value=data.value(arb, units, day), counterparty="Uniswap", **gas(day, "swap", day),
        )  # fmt: skip
    # Nobody knows what this token was worth on the day: the row has no value.
    yield SampleRow(
        id="VAULT-DROP-0119", timestamp=at(19, 13, 7, 5), type="deposit",
        to_account=data.TREASURY, received_asset="ZRO", received_quantity="310.75",
        category="Airdrops", counterparty="LayerZero Foundation",
        tx_hash=data.transaction_hash("missing price"),
    )  # fmt: skip


def _transfers() -> Iterator[SampleRow]:
    for index, (day, sender, receiver, asset, units, fee, lost) in enumerate(_MOVES, start=1):
        paid = gas(day, "move", index) if fee else {"tx_hash": data.transaction_hash(index)}
        sent = Decimal(units)
        yield SampleRow(
            id=f"MOVE-{index:02}", timestamp=moment(day, "move", index), type="transfer",
            from_account=sender, to_account=receiver, sent_asset=asset, sent_quantity=sent,
            received_asset=asset, received_quantity=sent - Decimal(lost),
            value=data.value(asset, sent, day), **paid,
        )  # fmt: skip


def _gas_alone() -> Iterator[SampleRow]:
    wallets = (data.OPERATIONS, data.OPERATIONS, data.TREASURY, data.OPERATIONS, data.STAKING)
    for index in range(1, 65):
        day = data.number(1, 31, "gas day", index)
        failed = "failed call" if index % 4 == 0 else "token approval"
        yield SampleRow(
            id=f"GAS-{index:02}", timestamp=moment(day, "gas alone", index), type="fee",
            from_account=wallets[index % len(wallets)], note=failed, **gas(day, "gas alone", index),
        )  # fmt: skip


def _deposit(
    id_: str,
    timestamp: str,
    receiver: str,
    *,
    got: dict[str, str | Decimal],
    category: str,
    payer: str,
) -> SampleRow:
    return SampleRow(
        id=id_, timestamp=timestamp, type="deposit", to_account=receiver, **got,
        category=category, counterparty=payer, tx_hash=data.transaction_hash(id_),
    )  # fmt: skip


def _got(asset: str, units: Decimal, day: int) -> dict[str, str | Decimal]:
    """What arrives, and its value on the day."""
    value = data.value(asset, units, day)
    return {"received_asset": asset, "received_quantity": units, "value": value}


def _payment(
    id_: str, day: int, units: Decimal, *, category: str, payee: str, sender: str = data.OPERATIONS
) -> SampleRow:
    return SampleRow(
        id=id_, timestamp=moment(day, "payment", id_), type="withdrawal", from_account=sender,
        sent_asset="USDC", sent_quantity=units, value=data.value("USDC", units, day),
        category=category, counterparty=payee, **gas(day, "payment", id_),
    )  # fmt: skip
