"""Rows of the sample month: the columns of the generic CSV, and small makers of rows.

It decides no amounts; `sandbox.sample_bank` and `sandbox.sample_wallets` do.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sandbox import sample_data as data

FIELDS = (
    "id", "timestamp", "type", "from_account", "to_account", "sent_asset", "sent_quantity",
    "received_asset", "received_quantity", "fee_asset", "fee_quantity", "value", "fee_value",
    "cost_basis", "category", "counterparty", "tx_hash", "note",
)  # fmt: skip
_HOME = ZoneInfo(data.TIME_ZONE)
_CENT = Decimal("0.01")


class SampleRow(dict[str, str]):
    """The filled cells of one row, by column; numbers are written out in full."""

    def __init__(self, **cells: str | Decimal) -> None:
        strange = set(cells) - set(FIELDS)
        if strange:
            raise KeyError(f"no such column: {', '.join(sorted(strange))}")
        super().__init__({name: _text(cell) for name, cell in cells.items()})

    def cells(self) -> list[str]:
        """The cells in the order of the columns, empty ones included."""
        return [self.get(name, "") for name in FIELDS]


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> str:
    """A moment of January 2026 in the organisation's zone, written in UTC."""
    local = datetime(2026, 1, day, hour, minute, second, tzinfo=_HOME)
    return f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment(day: int, *labels: object) -> str:
    """A moment within the working hours of a day, always the same for the same labels."""
    minute = data.number(9 * 60, 18 * 60 - 1, "minute", *labels)
    return at(day, minute // 60, minute % 60, data.number(0, 59, "second", *labels))


def gas(day: int, *labels: object) -> dict[str, str | Decimal]:
    """The fee cells of a call on Ethereum."""
    units = data.quantity("0.00021000", "0.00480000", "gas", *labels)
    return {
        "fee_asset": "ETH",
        "fee_quantity": units,
        "fee_value": data.value("ETH", units, day),
        "tx_hash": data.transaction_hash(*labels),
    }


def cents(amount: Decimal) -> Decimal:
    """An amount of dollars as a bank or an exchange states it."""
    return amount.quantize(_CENT)


def working_days() -> list[int]:
    """The days of January 2026 on which banks work."""
    holidays = {1, 19}
    every = (datetime(2026, 1, day, tzinfo=_HOME) for day in range(1, 32))
    return [each.day for each in every if each.weekday() < 5 and each.day not in holidays]


def _text(cell: str | Decimal) -> str:
    return format(cell, "f") if isinstance(cell, Decimal) else cell
