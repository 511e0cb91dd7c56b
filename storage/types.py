"""Column types that keep values exact on SQLite and Postgres alike.

Neither SQLite's NUMERIC nor its timestamps keep what they are given; these do, or refuse.
They know no tables.
"""

from __future__ import annotations

import json
from datetime import UTC as UTC_ZONE
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine


class UTC(TypeDecorator[datetime]):
    """An aware moment, stored and returned in UTC; a naive one is refused.

    SQLite's own type drops the offset and keeps the local wall time.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the moment into UTC.

        Raises:
            ValueError: for a naive datetime.
        """
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a stored moment needs a time zone: {value}"
            raise ValueError(message)
        return value.astimezone(UTC_ZONE)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment its zone back."""
        del dialect
        if value is None:
            return None
        return (
            value.replace(tzinfo=UTC_ZONE) if value.tzinfo is None else value.astimezone(UTC_ZONE)
        )


class Quantity(TypeDecorator[Decimal]):
    """An exact decimal of any scale, stored as text."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write the number in full, without an exponent.

        Raises:
            TypeError: for anything but a Decimal.
        """
        del dialect
        return None if value is None else format(_require_decimal(value), "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read the number back exactly."""
        del dialect
        return None if value is None else Decimal(value)


class Amount(TypeDecorator[Decimal]):
    """An amount of money as a whole number of ten-thousandths, so that sums are exact.

    The currency stands beside it. Holds up to nine hundred million million units.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = BigInteger
    cache_ok: bool | None = True
    DECIMALS = 4

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Scale the amount.

        Raises:
            TypeError: for anything but a Decimal.
            ValueError: for more decimals than the column keeps.
        """
        del dialect
        if value is None:
            return None
        # Through a fraction: a Decimal's own arithmetic rounds to its context's digits.
        ratio: tuple[int, int] = _require_decimal(value).as_integer_ratio()
        scaled, rest = divmod(ratio[0] * 10**self.DECIMALS, ratio[1])
        if rest:
            message = f"{value} has more than {self.DECIMALS} decimals"
            raise ValueError(message)
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Scale the amount back."""
        del dialect
        return None if value is None else Decimal(value).scaleb(-self.DECIMALS)


class NamePairs(TypeDecorator[tuple[tuple[str, str], ...]]):
    """A few pairs of key and name, stored as a JSON list; empty text for none."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(
        self, value: tuple[tuple[str, str], ...] | None, dialect: Dialect
    ) -> str | None:
        """Write the pairs in their order."""
        del dialect
        return json.dumps(value, ensure_ascii=False) if value else ""

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[tuple[str, str], ...]:
        """Read the pairs back."""
        del dialect
        return tuple((key, name) for key, name in json.loads(value or "[]"))


class Choice(TypeDecorator[StrEnum]):
    """One member of an enumeration, stored as its value."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Write the value of the member.

        Raises:
            ValueError: for a word that the enumeration does not have.
        """
        del dialect
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the member."""
        del dialect
        return None if value is None else self.choices(value)


class Texts(TypeDecorator[tuple[str, ...]]):
    """Several texts in their order, stored as a JSON list."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """Write the list."""
        del dialect
        if value is None:
            return None
        return json.dumps(list(value), separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Read the list."""
        del dialect
        return None if value is None else tuple(json.loads(value))


def _require_decimal(value: object) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite():
        message = f"a stored number must be a finite Decimal, not {type(value).__name__}"
        raise TypeError(message)
    return value
