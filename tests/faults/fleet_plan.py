"""What one run with several real processes does, drawn from its seed alone.

Pure, like ``plan``: a schedule that comes due for everybody at once, periods that were missed
before, and blows to the processes, to their database and to the network.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.organisation import Provider
from ledger.periods import Period, month_before
from ledger.schedules import Cadence, Moment
from tests.faults.plan import Ask, Plan, RealDeath, Row, Shape, Story

EVERY_PART: str | None = None
_PARTS = ("worker", "clock", EVERY_PART, "web")
_HOUR = time(6)
_DAY = timedelta(days=1)
_OPENS_BEFORE = timedelta(seconds=90)
PAST_CLAIMS_S = 9.5
"""Longer than the wiring's send window in a sandbox and the settling time together."""
# What a process reads from the ERPs for each of the pushes, and a creation and a search per entry.
_REQUESTS_A_PUSH, _REQUESTS_AN_ENTRY = 9, 2


class BlowKind(StrEnum):
    """What befalls a process, the database or the network."""

    KILL = "kill"
    """A process is gone at once; another is started in its place."""
    STOP = "stop"
    """A process is told to stop, hands its work back, and another is started."""
    FREEZE = "freeze"
    """A process stops like a suspended machine, past every claim and lease, and wakes again."""
    FREEZE_FORGOTTEN = "freeze forgotten"
    """Likewise, and the database gives its sessions up meanwhile, and with them its slot."""
    CUT_OFF = "cut off"
    """The network between one process and the database is cut."""
    RESTART_DATABASE = "restart the database"
    CRASH_DATABASE = "crash the database"
    """Its server ends without a word to anybody, recovers, and answers again."""
    CUT_ERP = "cut the ERP"
    """Every connection to the ERP is cut, and none can be made for a while."""
    DEAD_ERP = "dead ERP"
    """Nothing passes to or from the ERP for a while; then the connections that hung are cut."""


_PROCESS_BLOWS = (
    *(4 * (BlowKind.KILL,)),
    *(2 * (BlowKind.FREEZE,)),
    *(2 * (BlowKind.FREEZE_FORGOTTEN,)),
    BlowKind.STOP,
    BlowKind.CUT_OFF,
)
_OUTSIDE_BLOWS = (
    BlowKind.RESTART_DATABASE,
    BlowKind.CRASH_DATABASE,
    BlowKind.CUT_ERP,
    BlowKind.CUT_ERP,
    BlowKind.DEAD_ERP,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One blow, struck as soon as the ERP has met enough requests, or when its time is over."""

    kind: BlowKind
    member: int
    """Which process, counted from 0; those to the database and the ERP hit everybody."""
    is_aimed: bool
    """It rather hits the process that is sending just then."""
    after: int
    """Requests to the ERP."""
    within_s: float
    """Seconds from the moment at which everybody is told that the schedule's hour comes."""
    lasts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """One run with several processes."""

    plan: Plan
    """Whose rows have to arrive."""
    parts: tuple[str | None, ...]
    """What each process does: ``--only`` this, or every part."""
    cadence: Cadence
    at: time
    first: date
    """The first period that is due: a day, or the first day of a month."""
    boundary: datetime
    """When the last one comes due, aware, in UTC."""
    periods: tuple[date, ...]
    """All that have to be pushed, once each."""
    blows: tuple[Blow, ...]

    @property
    def opens_at(self) -> datetime:
        """What the clock shows when the processes are started."""
        return self.boundary - _OPENS_BEFORE

    @property
    def moment(self) -> Moment:
        """The moment of a period at which it is pushed."""
        return Moment.RUN if self.cadence is Cadence.DAILY else Moment.BUILD


def draw_fleet(seed: int, *, processes: int, month: Period, erp: Provider) -> FleetPlan:
    """Draw the run of a seed; its last transactions lie in the month."""
    chance = random.Random(f"fleet {seed}")
    cadence = chance.choice((Cadence.DAILY, Cadence.DAILY, Cadence.MONTHLY))
    periods, boundary = _calendar(chance, cadence, month)
    rows = _rows(chance, periods, boundary.date() - _DAY)
    ask = Ask(name="schedule", period=Period(periods[0], month.last), rows=rows)
    return FleetPlan(
        plan=Plan(
            seed=seed,
            shape=Shape(erp, len(rows), Story.ONE),
            asks=((ask,),),
            real=RealDeath.FLEET,
            is_forgetful=chance.random() < 0.5,
        ),
        parts=_parts(chance, processes),
        cadence=cadence,
        at=_HOUR,
        first=periods[0],
        boundary=boundary,
        periods=periods,
        blows=tuple(_blows(chance, processes, pushes=len(periods), entries=len(rows))),
    )


def _calendar(
    chance: random.Random, cadence: Cadence, month: Period
) -> tuple[tuple[date, ...], datetime]:
    """Return the periods that have to be pushed, and when the last of them comes due."""
    missed = chance.randint(0, 2)
    if cadence is Cadence.MONTHLY:
        months = [month]
        for _ in range(min(missed, 1)):
            months.insert(0, month_before(months[0].first))
        due = datetime.combine(month.last + _DAY, time(0), UTC)
        return tuple(each.first for each in months), due
    last = month.first + timedelta(days=chance.randint(missed, (month.last - month.first).days - 1))
    days = tuple(last - timedelta(days=back) for back in range(missed, -1, -1))
    return days, datetime.combine(last + _DAY, _HOUR, UTC)


def _rows(chance: random.Random, periods: tuple[date, ...], last: date) -> tuple[Row, ...]:
    """Return transactions in every period, and some more."""
    span = (last - periods[0]).days
    days = [*periods, *(periods[0] + timedelta(days=chance.randint(0, span)) for _ in range(6))]
    return tuple(
        Row(number, day, Decimal(10_000 + number * 137) / 100)
        for number, day in enumerate(days, start=1)
    )


def _parts(chance: random.Random, processes: int) -> tuple[str | None, ...]:
    """Return who does what: everybody everything, or one part each, as the Procfile has it."""
    if processes == 1 or chance.random() < 0.5:
        return (EVERY_PART,) * processes
    others = [chance.choice(_PARTS) for _ in range(processes - 2)]
    parts = ["worker", "clock", *others]
    chance.shuffle(parts)
    return tuple(parts)


def _blows(chance: random.Random, processes: int, *, pushes: int, entries: int) -> Iterator[Blow]:
    requests = pushes * _REQUESTS_A_PUSH + entries * _REQUESTS_AN_ENTRY
    kinds = [chance.choice(_PROCESS_BLOWS) for _ in range(chance.randint(1, processes))]
    if chance.random() < 0.6:
        kinds.insert(chance.randint(0, len(kinds)), chance.choice(_OUTSIDE_BLOWS))
    places = sorted(chance.uniform(0, 1) for _ in kinds)
    for kind, place in zip(kinds, places, strict=True):
        is_freeze = kind in (BlowKind.FREEZE, BlowKind.FREEZE_FORGOTTEN)
        yield Blow(
            kind=kind,
            member=chance.randrange(processes),
            is_aimed=kind in _PROCESS_BLOWS and chance.random() < 0.7,
            after=1 + int(place * requests),
            within_s=2 + 10 * place,
            # Others settle what a frozen one had claimed, and send it, before it wakes; or not yet.
            lasts_s=PAST_CLAIMS_S + chance.uniform(0, 6) if is_freeze else chance.uniform(0.3, 3),
        )
