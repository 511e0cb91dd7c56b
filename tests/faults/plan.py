"""What one run does, drawn from its seed alone: how much is pushed, what breaks, and where.

Pure: the same seed gives the same plan, so that a failing run can be run again.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.periods import Period
from tests.faults.tearing import TearKind

REAL_EVERY = 10
"""One run in so many kills the real process."""
# Small ones more often: they take less time and are cut at the same kinds of places.
_SIZES = (8, 8, 8, 14, 14, 36)
# What is read before the first entry is sent: the books, and the strangers.
_READS = 9
_RUNS_A_SEED = 1_000_000


class Story(StrEnum):
    """What people ask for."""

    ONE = "one"
    """One push of a month."""
    OVERLAPPING = "overlapping"
    """A month and a day of it, at the same time."""
    LATE = "late"
    """A month, and again after late transactions."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how many suspensions a push has."""

    entries: int
    story: Story


@dataclass(frozen=True, slots=True)
class Row:
    """One deposit; its amount is its own."""

    number: int
    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One push that somebody asks for."""

    name: str
    period: Period
    rows: tuple[Row, ...] = ()
    """Imported just before."""


@dataclass(frozen=True, slots=True)
class DrawnTear:
    """A tear at a share of the suspensions that an undisturbed push has."""

    kind: TearKind
    share: float

    def at(self, suspensions: int) -> int:
        """Return the suspension, counted from 1."""
        return 1 + int(self.share * suspensions)


class RealDeath(StrEnum):
    """What befalls the real process."""

    KILL = "kill"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run."""

    seed: int
    shape: Shape
    asks: tuple[tuple[Ask, ...], ...]
    """Phases: those of one are asked for together, the next when they are done."""
    tears: tuple[DrawnTear, ...] = ()
    """One after another; after a freeze the next life goes on beside the frozen one."""
    fault: dict[str, object] | None = None
    """A fault order without its realm."""
    claim_size: int = 25
    real: RealDeath | None = None
    real_after: int = 0
    """How many requests QuickBooks has met when the real process is hit."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Everything that has to arrive."""
        return tuple(row for phase in self.asks for ask in phase for row in ask.rows)


def seed_of(seed: int, run: int) -> int:
    """Return the seed of the run-th run, by which it can be run alone."""
    return seed * _RUNS_A_SEED + run


def draw(seed: int, *, month: Period) -> Plan:
    """Draw the run of a seed; its transactions lie in the month."""
    chance = random.Random(seed)
    if seed % _RUNS_A_SEED % REAL_EVERY == 0:
        return _draw_real(chance, seed, month)
    shape = Shape(chance.choice(_SIZES), chance.choice(list(Story)))
    tears = _draw_tears(chance)
    is_faulty = not tears or chance.random() < 0.6
    return Plan(
        seed=seed,
        shape=shape,
        asks=_asks(chance, shape, month),
        tears=tears,
        fault=_draw_fault(chance, shape.entries) if is_faulty else None,
        claim_size=chance.choice((5, 25)),
    )


def undisturbed(shape: Shape, *, month: Period) -> Plan:
    """Return a run of a shape in which nothing goes wrong."""
    chance = random.Random(0)
    return Plan(seed=0, shape=shape, asks=_asks(chance, shape, month))


def _draw_real(chance: random.Random, seed: int, month: Period) -> Plan:
    shape = Shape(chance.choice(_SIZES), Story.ONE)
    return Plan(
        seed=seed,
        shape=shape,
        asks=_asks(chance, shape, month),
        real=chance.choice([RealDeath.KILL, RealDeath.KILL, RealDeath.FREEZE]),
        real_after=chance.randint(1, _READS + shape.entries),
    )


def _asks(chance: random.Random, shape: Shape, month: Period) -> tuple[tuple[Ask, ...], ...]:
    rows = [_row(chance, number, month) for number in range(1, shape.entries + 1)]
    if shape.story is Story.OVERLAPPING:
        day = chance.choice(rows).day
        whole = Ask(name="whole", period=month, rows=tuple(rows))
        return ((whole, Ask(name="day", period=Period(day, day))),)
    if shape.story is Story.LATE:
        early = len(rows) * 3 // 4
        first = Ask(name="first", period=month, rows=tuple(rows[:early]))
        return ((first,), (Ask(name="late", period=month, rows=tuple(rows[early:])),))
    return ((Ask(name="only", period=month, rows=tuple(rows)),),)


def _row(chance: random.Random, number: int, month: Period) -> Row:
    days = (month.last - month.first).days
    day = month.first + timedelta(days=chance.randint(0, days))
    return Row(number, day, Decimal(10_000 + number * 137) / 100)


def _draw_tears(chance: random.Random) -> tuple[DrawnTear, ...]:
    kinds = [TearKind.SOFT] * 7 + [TearKind.HARD] * 7 + [TearKind.FREEZE] * 3 + [None] * 3
    first = chance.choice(kinds)
    if first is None:
        return ()
    tears = [DrawnTear(first, chance.random())]
    if chance.random() < 0.35:
        tears.append(DrawnTear(chance.choice([TearKind.SOFT, TearKind.HARD]), chance.random()))
    return tuple(tears)


def _draw_fault(chance: random.Random, entries: int) -> dict[str, object]:
    befalls: list[dict[str, object]] = [
        {"kind": "drop_reply"},
        {"kind": "drop_request"},
        # Twice each, and late for most searches: nothing else tells patience from luck.
        *2 * ({"kind": "late_commit", "delay_s": chance.uniform(0.1, 0.3)},),
        *2 * ({"kind": "late_commit", "delay_s": chance.uniform(0.1, 0.3), "status": 504},),
        {"kind": "slow", "delay_s": chance.uniform(0.1, 0.7)},
        {"kind": "status", "status": chance.choice([500, 502, 503, 504]), "committed": True},
        {"kind": "status", "status": chance.choice([500, 502, 503, 504]), "committed": False},
        {"kind": "throttle", "retry_after": 1},
        {"kind": "throttle"},
        {"kind": "hang", "committed": True},
        {"kind": "hang", "committed": False},
        {"kind": "expired_token"},
        {"kind": "refuse_connections", "times": chance.randint(2, 12)},
    ]
    fault = {"times": chance.choice([1, 1, 1, 2, 4])} | chance.choice(befalls)
    if chance.random() < 0.75:
        creation = {"method": "POST", "path": "/journalentry$"}
        return fault | {"match": creation | {"nth": chance.randint(1, entries)}}
    return fault | {"match": {"nth": chance.randint(1, 14)}}
