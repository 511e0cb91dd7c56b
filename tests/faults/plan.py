"""What one run does, drawn from its seed alone: how much is pushed, what breaks, and where.

Pure: the same seed gives the same plan, so that a failing run can be run again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.organisation import Provider
from ledger.periods import Period
from tests.faults.stands import STANDS, Json
from tests.faults.tearing import TearKind

REAL_EVERY = 10
"""One run in so many kills the real process."""
# The journal file has no requests, and little that can go wrong, so fewer of the runs.
ERPS = (*(3 * (Provider.QUICKBOOKS, Provider.XERO, Provider.NETSUITE)), Provider.JOURNAL_FILE)
# Small ones more often: they take less time and are cut at the same kinds of places.
_SMALL, _LARGE = 8, 30
# What is read before the first entry is sent: the books, and the strangers.
_READS = {Provider.QUICKBOOKS: 9, Provider.XERO: 7, Provider.NETSUITE: 20}
_RUNS_A_SEED = 1_000_000
# Of the runs of an ERP, those that are not with real processes.
_RESTORED = 0.15
_S, _H, _F, _C = TearKind.SOFT, TearKind.HARD, TearKind.FREEZE, TearKind.FREEZE_CLAIMED
_FIRST_TEARS = (*(6 * (_S,)), *(7 * (_H,)), *(2 * (_F,)), *(4 * (None,)), _C, _C)
_DATABASE_TEARS = (TearKind.CUT, TearKind.CUT, TearKind.CUT_ALL, TearKind.LOST_COMMIT)


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

    erp: Provider
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
    """A tear at a share of the suspensions (or commits) that an undisturbed push has."""

    kind: TearKind
    share: float

    @property
    def is_counted(self) -> bool:
        """Say whether its place is a share of what a push passes."""
        return self.kind is not TearKind.FREEZE_CLAIMED

    def at(self, steps: int) -> int:
        """Return the step, counted from 1."""
        return 1 + int(self.share * steps)


class RealDeath(StrEnum):
    """What befalls the real process."""

    KILL = "kill"
    FREEZE = "freeze"
    FLEET = "fleet"
    """Several processes, and what the plan of their run says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """A backup that takes the database's place again; both by how many requests the ERP has met.

    At the end of everything, when it meets no more.
    """

    backed_up_after: int | None
    """None for while the first card waits for the controller, who decides after it."""
    restored_after: int
    rejects: bool
    """Whether the controller rejects what the backup has waiting, once it is restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run."""

    seed: int
    shape: Shape
    asks: tuple[tuple[Ask, ...], ...]
    """Phases: those of one are asked for together, the next when they are done."""
    tears: tuple[tuple[DrawnTear, ...], ...] = ((),)
    """For each worker what cuts its lives, one after another; two push at the same time."""
    fault: Json | None = None
    """A fault order: one of the ERP's replies, or of its token endpoint."""
    tokens_last_s: float | None = None
    """Access tokens are taken for old so soon; none: not within this run."""
    is_forgetful: bool = False
    """The ERP forgets its own keys at once: numbers and searches must do."""
    claim_size: int = 25
    real: RealDeath | None = None
    real_after: int = 0
    """How many requests the ERP has met when the real process is hit."""
    restore: Restore | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """Everything that has to arrive."""
        return tuple(row for phase in self.asks for ask in phase for row in ask.rows)

    @property
    def harms_the_database(self) -> bool:
        """Say whether its connections are cut or its replies lost."""
        return any(tear.kind.harms_the_database for lane in self.tears for tear in lane)


def seed_of(seed: int, run: int) -> int:
    """Return the seed of the run-th run, by which it can be run alone."""
    return seed * _RUNS_A_SEED + run


def erp_of(seed: int, *, among: Sequence[Provider] = ERPS) -> Provider:
    """Draw the ERP of a run."""
    if is_real(seed):
        among = [erp for erp in among if erp in STANDS] or among
    return random.Random(f"erp {seed}").choice(among)


def is_real(seed: int) -> bool:
    """Say whether a run is one with real processes."""
    return seed % _RUNS_A_SEED % REAL_EVERY == 0


def draw(seed: int, *, month: Period, erp: Provider) -> Plan:
    """Draw the run of a seed; its transactions lie in the month."""
    chance = random.Random(seed)
    if is_real(seed) and erp in STANDS:
        return _draw_real(chance, seed, month=month, erp=erp)
    is_large = chance.random() < 0.15
    story = Story.ONE if is_large else chance.choice(list(Story))
    shape = Shape(erp, _LARGE if is_large else _SMALL, story)
    tears = _draw_tears(chance)
    if erp not in STANDS and not any(tears):
        # There is no reply that could be lost.
        tears = ((DrawnTear(_H, chance.random()),),)
    is_faulty = not any(tears) or chance.random() < 0.6
    asks = _asks(chance, shape, month)
    renews = STANDS[erp].token_path is not None if erp in STANDS else False
    tokens_last_s = chance.uniform(0, 0.8) if renews and chance.random() < 0.3 else None
    fault = None
    if is_faulty and erp in STANDS:
        fault = _draw_fault(chance, shape, tears=tears, tokens_last_s=tokens_last_s)
    plan = Plan(
        seed=seed,
        shape=shape,
        asks=asks,
        tears=tears,
        fault=fault,
        tokens_last_s=tokens_last_s,
        is_forgetful=chance.random() < 0.3,
        claim_size=chance.choice((5, 25)),
    )
    if erp in STANDS and chance.random() < _RESTORED:
        return _restored(chance, plan, month)
    return plan


def undisturbed(shape: Shape, *, month: Period) -> Plan:
    """Return a run of a shape in which nothing goes wrong."""
    chance = random.Random(0)
    return Plan(seed=0, shape=shape, asks=_asks(chance, shape, month))


def _draw_real(chance: random.Random, seed: int, *, month: Period, erp: Provider) -> Plan:
    shape = Shape(erp, _SMALL, Story.ONE)
    return Plan(
        seed=seed,
        shape=shape,
        asks=_asks(chance, shape, month),
        real=chance.choice([RealDeath.KILL, RealDeath.KILL, RealDeath.FREEZE]),
        real_after=chance.randint(1, _READS[erp] + shape.entries),
    )


def _restored(chance: random.Random, plan: Plan, month: Period) -> Plan:
    """Have a backup restored in a run; at its end somebody asks for everything once more.

    Access tokens last: those that were renewed since the backup would be gone with it.
    """
    requests = 2 * _READS[plan.shape.erp] + plan.shape.entries
    while_a_card_waits = chance.random() < 0.4
    backed_up_after = chance.randint(0, requests)
    restore = Restore(
        backed_up_after=None if while_a_card_waits else backed_up_after,
        restored_after=chance.randint(backed_up_after, requests + requests // 3),
        rejects=chance.random() < 0.5,
    )
    again = (Ask(name="again", period=month),)
    return replace(plan, restore=restore, asks=(*plan.asks, again), tokens_last_s=None)


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


def _draw_tears(chance: random.Random) -> tuple[tuple[DrawnTear, ...], ...]:
    lane = _draw_lane(chance)
    if chance.random() < 0.7:
        return (lane,)
    return (lane, _draw_lane(chance) if chance.random() < 0.5 else ())


def _draw_lane(chance: random.Random) -> tuple[DrawnTear, ...]:
    first = chance.choice(_FIRST_TEARS)
    tears = [] if first is None else [DrawnTear(first, chance.random())]
    if chance.random() < 0.3:
        tears.append(DrawnTear(chance.choice((_S, _H)), chance.random()))
    if chance.random() < 0.25:
        tears.insert(0, DrawnTear(chance.choice(_DATABASE_TEARS), chance.random()))
    return tuple(tears)


def _draw_fault(
    chance: random.Random,
    shape: Shape,
    *,
    tears: Sequence[Sequence[DrawnTear]],
    tokens_last_s: float | None,
) -> Json:
    stand = STANDS[shape.erp]
    if any(not tear.is_counted for lane in tears for tear in lane) and chance.random() < 0.7:
        # The frozen one wakes while another's claims on the same entries are still under way.
        return {"kind": "slow", "delay_s": 0.7, "times": shape.entries, "match": stand.creation}
    if tokens_last_s is not None and chance.random() < 0.8:
        spoils = {"times": chance.choice([1, 1, 2]), "match": {"path": stand.token_path}}
        return spoils | chance.choice(_at_the_token_endpoint(chance))
    fault = {"times": chance.choice([1, 1, 1, 2, 4])} | chance.choice(_in_replies(chance))
    if chance.random() < 0.75:
        single = shape.erp is not Provider.XERO
        nth = chance.randint(1, shape.entries if single else 1 + shape.entries // 5)
        return fault | {"match": {**stand.creation, "nth": nth}}
    return fault | {"match": {"nth": chance.randint(1, 14)}}


def _at_the_token_endpoint(chance: random.Random) -> list[Json]:
    return [
        {"kind": "status", "status": chance.choice([500, 503, 504]), "committed": False},
        {"kind": "status", "status": chance.choice([500, 503, 504]), "committed": True},
        # The new tokens were made, and nobody was told: the old ones must still do.
        {"kind": "drop_reply"},
        {"kind": "drop_request"},
        {"kind": "hang", "committed": True},
        {"kind": "slow", "delay_s": chance.uniform(0.1, 0.7)},
        {"kind": "throttle", "retry_after": 1},
    ]


def _in_replies(chance: random.Random) -> list[Json]:
    return [
        {"kind": "drop_reply"},
        {"kind": "drop_request"},
        # Twice each, and late for most searches: nothing else tells patience from luck.
        *2 * ({"kind": "late_commit", "delay_s": chance.uniform(0.2, 0.5)},),
        *2 * ({"kind": "late_commit", "delay_s": chance.uniform(0.2, 0.5), "status": 504},),
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
