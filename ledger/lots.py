"""Lots: what each wallet holds of each asset, since when, and at what cost; first in, first out.

A lot's cost is whole minor units of the base currency, so the lots and the asset accounts of
the ledger tie to the cent. The book changes as it is used; :meth:`LotBook.snapshot` is its
frozen state, from which another book goes on. No I/O, no prices, no tax rules.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from ledger.money import EXACT_DIGITS, Money, total

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Units of one asset that came into one wallet at one cost."""

    account: str
    asset: str
    quantity: Decimal
    cost: Money | None
    """None when the units came without a price: whoever disposes of them is blocked."""
    acquired_at: datetime
    """Aware UTC; an own transfer keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a disposal took out of a wallet, oldest first."""

    pieces: tuple[Lot, ...]
    short: Decimal
    """How many units the wallet did not have; zero as a rule."""

    @property
    def without_cost(self) -> Decimal:
        """How many of the units taken have no known cost."""
        with localcontext(prec=EXACT_DIGITS):
            return sum((p.quantity for p in self.pieces if p.cost is None), start=_ZERO)

    def cost(self, currency: str) -> Money | None:
        """Return the cost of all the units, or none when it is not known for every one."""
        costs = [p.cost for p in self.pieces if p.cost is not None]
        if self.short or len(costs) < len(self.pieces):
            return None
        return costs[0] if len(costs) == 1 else total(costs, currency)


class _OpenLot:
    """A lot that can still shrink. Compared by age, then by the order of arrival."""

    __slots__ = ("acquired_at", "arrival", "cost", "quantity")

    def __init__(self, lot: Lot, arrival: int) -> None:
        self.quantity = lot.quantity
        self.cost = lot.cost
        self.acquired_at = lot.acquired_at
        self.arrival = arrival

    def __lt__(self, other: _OpenLot) -> bool:
        return (self.acquired_at, self.arrival) < (other.acquired_at, other.arrival)

    def frozen(self, account: str, asset: str) -> Lot:
        """Return the lot as it stands."""
        return Lot(
            account=account,
            asset=asset,
            quantity=self.quantity,
            cost=self.cost,
            acquired_at=self.acquired_at,
        )

    def split(self, quantity: Decimal) -> _OpenLot:
        """Cut off some of the units; their cost is rounded once and the rest stays here."""
        part = object.__new__(_OpenLot)
        part.quantity, part.acquired_at, part.arrival = quantity, self.acquired_at, self.arrival
        part.cost = None
        if self.cost is not None:
            exact = self.cost.amount * quantity / self.quantity
            part.cost = Money.rounded(exact, self.cost.currency)
            self.cost = self.cost - part.cost
        self.quantity -= quantity
        return part


class LotBook:
    """The open lots of all wallets of one organisation."""

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._wallets: dict[tuple[str, str], list[_OpenLot]] = {}
        self._arrivals = 0
        for lot in lots:
            self.add(lot)

    def add(self, lot: Lot) -> None:
        """Take in a lot. Its age decides its turn, not the moment it arrives here."""
        self._arrivals += 1
        wallet = self._wallets.setdefault((lot.account, lot.asset), [])
        heapq.heappush(wallet, _OpenLot(lot, self._arrivals))

    def take(self, account: str, asset: str, quantity: Decimal) -> Taken:
        """Take units out of a wallet, oldest first; a shortage takes what is there.

        The cost is that of whole lots plus the part of the last one, rounded half-even once;
        the last units of a lot take all that is left of its cost.
        """
        wallet = self._wallets.get((account, asset), [])
        pieces = []
        with localcontext(prec=EXACT_DIGITS):
            while wallet and quantity > 0:
                oldest = wallet[0]
                piece = (
                    heapq.heappop(wallet) if oldest.quantity <= quantity else oldest.split(quantity)
                )
                quantity -= piece.quantity
                pieces.append(piece.frozen(account, asset))
        return Taken(pieces=tuple(pieces), short=quantity)

    def snapshot(self) -> tuple[Lot, ...]:
        """Return all open lots, by wallet, asset and age; a new book goes on from them."""
        return tuple(
            lot.frozen(account, asset)
            for (account, asset), wallet in sorted(self._wallets.items())
            for lot in sorted(wallet)
        )
