"""Looking: what undoing some entries would do, and what there is to choose from.

Reads only, but for marking what is stale first. Ordering a correction is ``corrections_ordering``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.services.corrections_planning import Order, Plan, Planning, closed_days
from bot.services.corrections_selection import (
    Selection,
    find_selected,
    fingerprint,
    read_selection,
)
from bot.services.corrections_sorting import Left, Sorted
from bot.services.corrections_waiting import is_unfrozen, stuck_of
from bot.services.errors import Refusal
from bot.services.pipeline import Pipeline
from bot.services.ports import UnitOfWork
from bot.services.runs import RunPorts
from bot.services.staleness import Staleness
from ledger.corrections import AccountChange, Mode, account_changes, first_open_day
from ledger.money import Money, total
from ledger.organisation import Company, Organisation
from ledger.periods import day_label, local_day
from ledger.runs import BatchState, Run, RunKind

_RECENT = 10
_SENT_BATCHES = frozenset({BatchState.APPROVED, BatchState.NOT_NEEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a correction of some entries would do, before anybody asks for it."""

    company: Company
    selection: Selection
    fingerprint: str
    """Tells whether the same entries are meant when a button is clicked."""
    selected: int
    plan: Plan
    """Of undoing and reposting."""
    changes: tuple[AccountChange, ...]
    """By undoing and reposting; the biggest first."""
    undone_total: Money
    """The debits of everything that can be undone."""
    reversible: int
    repostable: int
    """Entries that were undone before and can be posted again."""
    unsent: int
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChoice:
    """A run whose entries could be undone."""

    run: Run
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to choose from when nothing was named."""

    company: Company
    stale: int
    repostable: int
    runs: tuple[UndoChoice, ...]
    waiting: tuple[Run, ...]
    """Corrections that could not be frozen yet: the books are closed, or the ERP is away."""
    stuck: tuple[Run, ...]
    """Corrections of which the ERP refused something."""
    first_open: date | None = None
    """The first day on which the books, as last imported, are open; none when they never close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form must know."""

    order_id: str
    """The id that the run will have: sent off twice, it is one run."""
    asks_about_closed: bool
    """Whether books are closed on any date, so that a person has to choose."""
    closed_through: str
    first_open: date | None


class CorrectionLooks:
    """Looks at what could be corrected."""

    def __init__(self, ports: RunPorts, *, pipeline: Pipeline, staleness: Staleness) -> None:
        """Take the ports, the pipeline and what finds stale entries."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._staleness = staleness
        self._planning = Planning(clock=ports.clock, pipeline=pipeline)

    async def choices(self, organisation: Organisation) -> Choices:
        """Return recent runs, stale entries, and corrections that need a person.

        Raises:
            Refusal: when no company is connected.
        """
        company = await self._company(organisation)
        await self._staleness.find(company.id)
        async with self._storage.unit(read_only=True) as unit:
            recent = await unit.runs.recent(organisation.id, _RECENT * 3)
            mine = [run for run in recent if run.company_id == company.id]
            corrections = [run for run in mine if run.kind is RunKind.CORRECTION]
            books = await unit.companies.books(company.id)
            return Choices(
                company=company,
                stale=await unit.corrections.stale(company.id),
                repostable=len(await unit.corrections.reversed_unreplaced(company.id)),
                runs=await _undoable(unit, [r for r in mine if r.kind is RunKind.PUSH]),
                waiting=tuple([r for r in corrections if await _waits(unit, r)]),
                stuck=tuple([r for r in corrections if await stuck_of(unit, r)]),
                first_open=books.first_open if books else None,
            )

    async def look(self, organisation: Organisation, words: Sequence[str]) -> Look:
        """Say what undoing the named entries would do; nothing is written.

        Raises:
            Refusal: when no company is connected, or nothing here fits the words.
        """
        company = await self._company(organisation)
        selection = self._read(organisation, words)
        if selection.only_stale:
            await self._staleness.find(company.id)
        async with self._storage.unit(read_only=True) as unit:
            found = await find_selected(unit, organisation, company, selection)
            sorted_ = await self._planning.sort(unit, company, found)
            order = Order(mode=Mode.REVERSE_AND_REPOST)
            plan = await self._planning.plan(unit, organisation, company, found, order)
        _require_something(sorted_)
        entries = [delivery.entry for delivery in sorted_.reversible]
        return Look(
            company=company,
            selection=selection,
            fingerprint=fingerprint(found),
            selected=len(found),
            plan=plan,
            changes=account_changes(
                [reversal.original.entry for reversal in plan.reversals],
                [replacement.entry for replacement in plan.replacements],
            ),
            undone_total=total([e.total for e in entries], organisation.base_currency),
            reversible=len(sorted_.reversible),
            repostable=len(sorted_.undone),
            unsent=len(sorted_.unsent),
            left=(*(each.as_left for each in sorted_.barred), *sorted_.left),
        )

    async def ask(self, organisation: Organisation, words: Sequence[str], mode: Mode) -> Asked:
        """Return what the form of a correction must know, quickly: a modal waits for it.

        Raises:
            Refusal: when no company is connected.
        """
        company = await self._company(organisation)
        selection = self._read(organisation, words)
        async with self._storage.unit(read_only=True) as unit:
            found = await find_selected(unit, organisation, company, selection)
            sorted_ = await self._planning.sort(unit, company, found)
            books = await unit.companies.books(company.id)
        closed = closed_days((d.entry.entry_date for d in sorted_.chosen(mode)), books)
        opened = first_open_day(closed[-1], books.is_locked) if books and closed else None
        return Asked(
            order_id=self._ids.new(),
            asks_about_closed=bool(closed),
            closed_through=day_label(books.lock_date) if books and closed else "",
            first_open=opened,
        )

    async def _company(self, organisation: Organisation) -> Company:
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
        if company is None:
            raise Refusal(
                "No company is connected, so there is nothing to undo.",
                next_step="/integral connect",
            )
        return company

    def _read(self, organisation: Organisation, words: Sequence[str]) -> Selection:
        today = local_day(self._clock.now(), organisation.time_zone)
        return read_selection(words, today=today)


def _require_something(found: Sorted) -> None:
    if not (found.reversible or found.undone or found.unsent or found.left or found.barred):
        raise Refusal("Nothing that is posted fits this.", next_step="/integral undo")


async def _waits(unit: UnitOfWork, run: Run) -> bool:
    return run.waiting_for is not None and await is_unfrozen(unit, run)


async def _undoable(unit: UnitOfWork, runs: Sequence[Run]) -> tuple[UndoChoice, ...]:
    found = []
    for run in runs:
        batches = await unit.deliveries.batch_of_run(run.id)
        entries = sum(b.entries for b in batches if b.state in _SENT_BATCHES)
        if entries:
            found.append(UndoChoice(run=run, entries=entries))
    return tuple(found[:_RECENT])
