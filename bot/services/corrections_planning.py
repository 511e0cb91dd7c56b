"""Planning: what a correction would put into the books, before anything is numbered or frozen.

Used to show a correction before it is asked for, to freeze it, and to say at its approval
whether it still holds. Reads only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.services.corrections_sorting import Sorted, bar, sort_out
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, UnitOfWork
from bot.services.rebuilding import Compared, Fit, compare, rebuild
from bot.services.source import Source
from ledger.books import Books
from ledger.corrections import Dating, Mode, first_open_day, redated
from ledger.entries import EntryMember, PreparedEntry
from ledger.mapped import MappedEntry
from ledger.organisation import Company, Organisation
from ledger.periods import local_day
from ledger.preflight import prepare
from ledger.problems import Problem
from ledger.runs import Delivery

UNNUMBERED = "not numbered yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReversal:
    """An entry that is to be undone, and the date of what undoes it."""

    original: Delivery
    entry_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """An entry that is to stand in for others, not numbered yet."""

    entry: PreparedEntry
    originals: tuple[str, ...]
    """The ids of the entries whose effects it takes."""
    is_redated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a correction would do now."""

    mode: Mode
    reversals: tuple[PlannedReversal, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    originals: tuple[Delivery, ...] = ()
    """What is corrected; when reposting, what was reversed before."""
    unchanged: int = 0
    """Entries that would be made exactly so again: left as they are."""
    problems: tuple[Problem, ...] = ()
    """What keeps entries from being made now; those stay as they are."""
    closed: tuple[date, ...] = ()
    """Dates on which the books are closed, each once."""
    first_open: date | None = None
    """The first day after them on which the books are open."""
    lock_date: date | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to do."""
        return not (self.reversals or self.replacements)

    @property
    def redated(self) -> int:
        """How many entries are dated on the first open day instead."""
        moved = sum(r.entry_date != r.original.entry.entry_date for r in self.reversals)
        return moved + sum(r.is_redated for r in self.replacements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to become of the entries, and of closed dates."""

    mode: Mode
    dating: Dating = Dating.HOLD
    without: frozenset[str] = frozenset()
    """Ids of correcting entries that are to be passed over, as if they were not there."""


class Planning:
    """Plans corrections."""

    def __init__(self, *, clock: Clock, pipeline: Pipeline) -> None:
        """Take the clock and the pipeline."""
        self._clock = clock
        self._pipeline = pipeline

    async def sort(
        self,
        unit: UnitOfWork,
        company: Company,
        deliveries: Sequence[Delivery],
        *,
        without: frozenset[str] = frozenset(),
    ) -> Sorted:
        """Sort entries by what a correction may do with them."""
        ids = [delivery.id for delivery in deliveries]
        links = await unit.corrections.links(ids)
        found = sort_out(
            deliveries,
            links=[link for link in links if link.entry_id not in without],
            held=await unit.corrections.held_effects(ids),
            in_doubt=await unit.deliveries.once_in_doubt(ids),
            provider=company.provider,
        )
        books = await unit.companies.books(company.id)
        return bar(found, books) if books else found

    async def plan(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        deliveries: Sequence[Delivery],
        order: Order,
    ) -> Plan:
        """Say what a correction of these entries would do now."""
        mode = order.mode
        found = await self.sort(unit, company, deliveries, without=order.without)
        chosen, barred = found.chosen(mode), found.problems(mode)
        books = await unit.companies.books(company.id)
        if not chosen or books is None:
            return Plan(mode=mode, problems=barred)
        if mode is Mode.REVERSE:
            plan = Plan(mode=mode, originals=chosen, reversals=_reversals(chosen))
        else:
            source = await self._pipeline.read(unit, organisation, company)
            today = local_day(self._clock.now(), organisation.time_zone)
            plan = await asyncio.to_thread(_with_replacements, source, chosen, mode, today)
        plan = replace(plan, problems=(*barred, *plan.problems))
        return _dated(plan, books, order.dating)


def closed_days(days: Iterable[date], books: Books | None) -> list[date]:
    """Return those of the days on which the books are closed, each once, the first one first."""
    return sorted({day for day in days if books is not None and books.is_locked(day)})


def _with_replacements(source: Source, chosen: Sequence[Delivery], mode: Mode, today: date) -> Plan:
    compared = compare(source, chosen, today=today)
    stays = {d.id for d in chosen if _stays(compared[d.id], mode)}
    originals = tuple(d for d in chosen if d.id not in stays)
    built = rebuild(source, originals, today=today)
    holders = {m: d.id for d in originals for m in d.entry.members}
    return Plan(
        mode=mode,
        originals=originals,
        reversals=_reversals(originals) if mode is not Mode.REPOST else (),
        replacements=tuple(_replacement(e, source, holders) for e in built.entries),
        unchanged=sum(compared[d.id].fit is Fit.FITS for d in chosen if d.id in stays),
        problems=tuple(p for d in chosen if d.id in stays for p in compared[d.id].problems),
    )


def _stays(compared: Compared, mode: Mode) -> bool:
    """Leave alone what would be made so again, and what cannot be made now."""
    if compared.fit is Fit.UNKNOWN:
        return True
    return compared.fit is Fit.FITS and mode is not Mode.REPOST


def _replacement(
    mapped: MappedEntry, source: Source, holders: dict[EntryMember, str]
) -> Replacement:
    entry = prepare(mapped, company=source.company.key, number=UNNUMBERED, books=source.books)
    held = dict.fromkeys(holders[m] for m in mapped.members if m in holders)
    return Replacement(entry=entry, originals=tuple(sorted(held)), is_redated=False)


def _reversals(originals: Sequence[Delivery]) -> tuple[PlannedReversal, ...]:
    return tuple(PlannedReversal(original=d, entry_date=d.entry.entry_date) for d in originals)


def _dated(plan: Plan, books: Books, dating: Dating) -> Plan:
    """Say which dates are closed, and move them when a person chose the first open day."""
    days = {r.entry_date for r in plan.reversals} | {r.entry.entry_date for r in plan.replacements}
    closed = closed_days(days, books)
    opened = first_open_day(closed[-1], books.is_locked) if closed else None
    plan = replace(plan, closed=tuple(closed), first_open=opened, lock_date=books.lock_date)
    if dating is not Dating.FIRST_OPEN_DAY or opened is None:
        return plan
    return replace(
        plan,
        closed=(),
        reversals=tuple(
            replace(r, entry_date=opened) if books.is_locked(r.entry_date) else r
            for r in plan.reversals
        ),
        replacements=tuple(_moved(r, books, opened) for r in plan.replacements),
    )


def _moved(replacement: Replacement, books: Books, day: date) -> Replacement:
    if not books.is_locked(replacement.entry.entry_date):
        return replacement
    return replace(replacement, entry=redated(replacement.entry, day), is_redated=True)
