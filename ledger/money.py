"""Money: an exact amount and its currency, together, always.

The only place that knows how many decimals a currency has and how an amount is rounded.
It must not do I/O, and nothing here may accept a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache

# ISO 4217 minor units that differ from two; everything else has two.
_MINOR_UNITS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
# Wide enough for any token quantity times any price without a hidden rounding.
EXACT_DIGITS = 80
_EXACT = Context(prec=EXACT_DIGITS, rounding=ROUND_HALF_EVEN)


class MoneyError(ValueError):
    """An amount that cannot be money: a float, too many decimals, or mixed currencies."""


def minor_units(currency: str) -> int:
    """Return how many decimals the currency has (ISO 4217): USD 2, JPY 0, KWD 3."""
    return _MINOR_UNITS.get(currency, 2)


@cache
def quantum(currency: str) -> Decimal:
    """Return the smallest amount of the currency, such as ``Decimal("0.01")`` for USD."""
    return Decimal(1).scaleb(-minor_units(currency))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one currency, with no more decimals than the currency has.

    Raises:
        MoneyError: for a float, a number that is not finite, or a fraction of a minor unit.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            message = f"money takes a Decimal, not {type(self.amount).__name__}"
            raise MoneyError(message)
        smallest = quantum(self.currency)
        # Most amounts come from others and already have the currency's decimals.
        if not self.amount.same_quantum(smallest):
            object.__setattr__(self, "amount", self._fixed(smallest))

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing, in the currency."""
        return cls(Decimal(0), currency)

    @classmethod
    def rounded(cls, exact: Decimal, currency: str) -> Money:
        """Round an exact value half-even to the currency's minor unit, once."""
        return cls(exact.quantize(quantum(currency), context=_EXACT), currency)

    def __add__(self, other: Money) -> Money:
        self._require_same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __lt__(self, other: Money) -> bool:
        self._require_same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._require_same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}"

    def _fixed(self, smallest: Decimal) -> Decimal:
        if not self.amount.is_finite():
            message = f"{self.amount} is not an amount"
            raise MoneyError(message)
        fixed = self.amount.quantize(smallest, context=_EXACT)
        if fixed != self.amount:
            message = f"{self.amount} has more decimals than {self.currency} has"
            raise MoneyError(message)
        return fixed

    def _require_same(self, other: Money) -> None:
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} cannot be added or compared"
            raise MoneyError(message)


def total(moneys: list[Money], currency: str) -> Money:
    """Add amounts of one currency; nothing adds up to zero of that currency."""
    result = Decimal(0)
    for money in moneys:
        if money.currency != currency:
            message = f"{money.currency} and {currency} cannot be added or compared"
            raise MoneyError(message)
        result = _EXACT.add(result, money.amount)
    return Money(result, currency)
