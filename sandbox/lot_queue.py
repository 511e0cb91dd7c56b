"""What a wallet holds and what it cost, first in, first out, for the demo's independent check.

Written apart from the product on purpose: exact fractions and whole cents. It must not import it.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

Holding = tuple[str, str]
"""Wallet and asset."""


@dataclass(slots=True)
class Piece:
    """Units with one age and one cost in cents; none when nobody knows it."""

    acquired: str
    units: Fraction
    cents: int | None


class LotQueues:
    """Every wallet's pieces, the oldest first."""

    def __init__(self) -> None:
        self._queues: defaultdict[Holding, list[Piece]] = defaultdict(list)

    def put(self, holding: Holding, piece: Piece) -> None:
        """Add units; of the same age, those that came first stay in front."""
        insort(self._queues[holding], piece, key=lambda each: each.acquired)

    def take(self, holding: Holding, units: Fraction) -> list[Piece]:
        """Take the oldest units out.

        Raises:
            LookupError: the wallet does not hold that many, which the sample never asks for.
        """
        queue, taken = self._queues[holding], []
        while units > 0:
            if not queue:
                raise LookupError(f"{holding[0]} is short of {float(units)} {holding[1]}")
            oldest = queue[0]
            if oldest.units <= units:
                taken.append(queue.pop(0))
            else:
                taken.append(_cut(oldest, units))
            units -= taken[-1].units
        return taken


def cost_of(pieces: list[Piece]) -> int | None:
    """The cents of pieces together, or none when one of them has no known cost."""
    known = [piece.cents for piece in pieces if piece.cents is not None]
    return sum(known) if len(known) == len(pieces) else None


def _cut(piece: Piece, units: Fraction) -> Piece:
    """Take a part off a piece: its cents are rounded half-even, the rest keeps the others."""
    cents = None if piece.cents is None else round(piece.cents * units / piece.units)
    part = Piece(acquired=piece.acquired, units=units, cents=cents)
    piece.units -= units
    if piece.cents is not None and cents is not None:
        piece.cents -= cents
    return part
