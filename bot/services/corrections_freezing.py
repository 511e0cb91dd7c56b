"""Freezing a correction: its plan becomes one batch of reversals and of what replaces them.

The stage before its approval, as ``bot.services.preparing`` is for a push. It must not approve
and must not send. While the batch waits, what it corrects keeps its effects; they pass to the
replacements in the transaction of the approval, so that no effect is ever without its entry.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.erp.connector import FoundEntry
from bot.erp.errors import ErpActionRequired
from bot.services.corrections_planning import UNNUMBERED, Order, Plan, Planning
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Ids, Storage, UnitOfWork
from bot.services.status import dump_problems
from ledger.approval import RunFacts, approvers_needed, needs_approval
from ledger.corrections import (
    Correction,
    Dating,
    EntryLink,
    LinkKind,
    Summary,
    account_changes,
    dump_summary,
    reverse,
    span_of,
    undone_number,
)
from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry, batch_digest
from ledger.money import total
from ledger.numbers import format_number
from ledger.organisation import Company, Organisation
from ledger.periods import Period, day_label, local_day, period_label
from ledger.problems import Problem, ProblemCode
from ledger.records import NewDelivery, ReversalTakenError
from ledger.report import group_problems
from ledger.runs import Batch, BatchState, Delivery, Run
from ledger.verification import look_alike

_TRIES = 5
_SHOWN_CHANGES = 12


class _ChangedMeanwhileError(Exception):
    """What the entries are made of changed between planning and freezing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """An entry of a correction with its number, and what it corrects."""

    entry: PreparedEntry
    reverses: str | None = None
    replaces: tuple[str, ...] = ()


class CorrectionBatches:
    """Freezes corrections, and says whether a frozen one still holds."""

    def __init__(self, *, storage: Storage, clock: Clock, ids: Ids, pipeline: Pipeline) -> None:
        """Take the ports and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._planning = Planning(clock=clock, pipeline=pipeline)

    async def prepare(
        self,
        run: Run,
        organisation: Organisation,
        company: Company,
        foreign: Sequence[FoundEntry] = (),
    ) -> Batch | None:
        """Freeze what a correction run was asked for; none when nothing of it is left to do.

        Args:
            run: The correction's.
            organisation: Whose.
            company: In which company.
            foreign: Entries in the ERP with numbers of ours that are none of our entries.

        Raises:
            ErpActionRequired: when books are closed on a date, and a person chose to wait; or when
                a foreign entry does already what the correction would do.
        """
        for _ in range(_TRIES):
            async with self._storage.unit(read_only=True) as unit:
                seen = await unit.organisations.get(organisation.id) or organisation
                correction = await _require_correction(unit, run)
                plan = await self._plan(unit, seen, company, correction)
            _require_undone_nowhere(plan, foreign)
            if plan.closed:
                raise ErpActionRequired(closed_problem(plan))
            try:
                return await self._freeze(run, seen, company, correction, plan)
            except (ReversalTakenError, _ChangedMeanwhileError):
                # Another correction took one of them, or something changed: plan again.
                continue
        message = f"correction {run.id} lost every race for its entries"
        raise RuntimeError(message)

    async def is_current(
        self, unit: UnitOfWork, organisation: Organisation, company: Company, batch: Batch
    ) -> bool:
        """Say whether a frozen correction is still exactly what would be made now."""
        run = await unit.runs.get(batch.run_id)
        if run is None:
            return False
        frozen = await unit.deliveries.of_batch(batch.id)
        correction = await _require_correction(unit, run)
        if not await self._still_stand(unit, correction, frozen):
            return False
        if organisation.shape_version == batch.shape_version:
            return True
        # As if this batch were not there: its own reversals are no obstacle to planning again.
        plan = await self._plan(
            unit, organisation, company, correction, without={d.id for d in frozen}
        )
        links = await unit.corrections.links(d.id for d in frozen)
        return _contents(plan) == _frozen_contents(frozen, links)

    # ── planning ─────────────────────────────────────────────────────────────

    async def _plan(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        correction: Correction,
        *,
        without: Collection[str] = (),
    ) -> Plan:
        order = Order(mode=correction.mode, dating=correction.dating, without=frozenset(without))
        deliveries = await unit.deliveries.by_ids(company.id, correction.originals)
        return await self._planning.plan(unit, organisation, company, deliveries, order)

    async def _still_stand(
        self, unit: UnitOfWork, correction: Correction, frozen: Sequence[Delivery]
    ) -> bool:
        """Say whether what is corrected is as it was: in order in the ERP, with its effects."""
        links = await unit.corrections.links(d.id for d in frozen)
        ids = {link.original_id for link in links}
        originals = await unit.deliveries.by_ids(correction.company_id, sorted(ids))
        if any(d.state is DeliveryState.DIVERGED for d in originals):
            return False
        with_effects = {d.id for d in originals if d.entry.members}
        return with_effects <= (await unit.corrections.held_effects(ids)).keys()

    # ── freezing ─────────────────────────────────────────────────────────────

    async def _freeze(
        self,
        run: Run,
        seen: Organisation,
        company: Company,
        correction: Correction,
        plan: Plan,
    ) -> Batch | None:
        async with self._storage.unit() as unit:
            fresh = await unit.organisations.get(seen.id) or seen
            if fresh.shape_version != seen.shape_version:
                raise _ChangedMeanwhileError
            stored = await unit.runs.get(run.id) or run
            report = dump_problems(group_problems(plan.problems))
            await unit.runs.save(replace(stored, report=report))
            if plan.is_empty:
                await unit.commit()
                return None
            numbered = await self._number(unit, fresh, correction, plan)
            batch = self._batch(run, fresh, company, [item.entry for item in numbered])
            await unit.deliveries.freeze(batch, [self._new_delivery(item) for item in numbered])
            await unit.corrections.keep_summary(run.id, dump_summary(_summary(correction, plan)))
            await unit.commit()
            return batch

    async def _number(
        self, unit: UnitOfWork, organisation: Organisation, correction: Correction, plan: Plan
    ) -> list[_Numbered]:
        """Number the reversals, then the replacements: in this order they are sent."""
        count = len(plan.reversals) + len(plan.replacements)
        first = await unit.organisations.take_sequence(organisation.id, count)
        numbered: list[_Numbered] = []
        for planned in plan.reversals:
            number = format_number(organisation.code, first + len(numbered), planned.entry_date)
            entry = reverse(
                planned.original.entry,
                number=number,
                entry_date=planned.entry_date,
                reason=correction.reason,
            )
            numbered.append(_Numbered(entry=entry, reverses=planned.original.id))
        for replacement in plan.replacements:
            day = replacement.entry.entry_date
            number = format_number(organisation.code, first + len(numbered), day)
            entry = replace(replacement.entry, number=number)
            numbered.append(_Numbered(entry=entry, replaces=replacement.originals))
        return numbered

    def _batch(
        self,
        run: Run,
        organisation: Organisation,
        company: Company,
        entries: Sequence[PreparedEntry],
    ) -> Batch:
        now = self._clock.now()
        amount = total([entry.total for entry in entries], organisation.base_currency)
        facts = RunFacts(
            trigger=run.trigger,
            period=span_of([entry.entry_date for entry in entries]),
            today=local_day(now, organisation.time_zone),
            total=amount,
            entry_dates={entry.entry_date for entry in entries},
            is_correction=True,
            closed_until=company.last_month_end,
        )
        return Batch(
            id=self._ids.new(),
            run_id=run.id,
            organisation_id=organisation.id,
            company_id=run.company_id,
            state=BatchState.AWAITING_APPROVAL,
            digest=batch_digest(entries),
            reason=needs_approval(facts, organisation.policies).reason,
            shape_version=organisation.shape_version,
            frozen_at=now,
            entries=len(entries),
            total=str(amount),
            approvers_needed=approvers_needed(amount, organisation.policies),
            wake_at=now,
        )

    def _new_delivery(self, item: _Numbered) -> NewDelivery:
        return NewDelivery(
            id=self._ids.new(),
            entry=item.entry,
            state=DeliveryState.AWAITING_APPROVAL,
            request_key=self._ids.new(),
            reverses=item.reverses,
            replaces=item.replaces,
        )


def closed_problem(plan: Plan) -> Problem:
    """Return the problem that a correction waits for, naming the days and the lock date."""
    first, last = plan.closed[0], plan.closed[-1]
    days = period_label(Period(first, last))
    return Problem(
        code=ProblemCode.PERIOD_CLOSED,
        subject=f"a correction of {days}",
        facts=(
            ("closed through", day_label(plan.lock_date)),
            ("first open day", day_label(plan.first_open)),
            ("to choose it", "/integral undo"),
        ),
    )


def _require_undone_nowhere(plan: Plan, foreign: Sequence[FoundEntry]) -> None:
    """Refuse to do again what a correction did that only the ERP knows of."""
    undoes = {undone_number(entry.memo): entry for entry in foreign}
    for reversal in plan.reversals:
        number = reversal.original.entry.number
        if number in undoes:
            raise ErpActionRequired(_corrected(number, undoes[number]))
    numbers = {d.id: d.entry.number for d in plan.originals}
    for replacement in plan.replacements:
        alike = next((entry for entry in foreign if look_alike(replacement.entry, entry)), None)
        if alike is not None:
            raise ErpActionRequired(_corrected(numbers[replacement.originals[0]], alike))


def _corrected(number: str, foreign: FoundEntry) -> Problem:
    facts = (("in the ERP", foreign.number or foreign.erp_id),)
    return Problem(code=ProblemCode.CORRECTED_ALREADY, subject=number, facts=facts)


async def _require_correction(unit: UnitOfWork, run: Run) -> Correction:
    correction = await unit.corrections.get(run.id)
    if correction is None:
        message = f"run {run.id} is a correction, and nobody said of what"
        raise LookupError(message)
    return correction


def _summary(correction: Correction, plan: Plan) -> Summary:
    before = [r.original.entry for r in plan.reversals]
    after = [r.entry for r in plan.replacements]
    redated = plan.redated if correction.dating is Dating.FIRST_OPEN_DAY else 0
    return Summary(
        mode=correction.mode,
        reason=correction.reason,
        reversals=len(before),
        replacements=len(after),
        changes=account_changes(before, after)[:_SHOWN_CHANGES],
        redated=redated,
        redated_to=plan.first_open if redated else None,
    )


_Contents = tuple[frozenset[str], list[str]]
"""The ids of what is reversed, and the digests of what replaces it, numbers aside."""


def _contents(plan: Plan) -> _Contents:
    reversed_ = frozenset(r.original.id for r in plan.reversals)
    return reversed_, sorted(r.entry.digest for r in plan.replacements)


def _frozen_contents(frozen: Sequence[Delivery], links: Sequence[EntryLink]) -> _Contents:
    reversals = {k.entry_id: k.original_id for k in links if k.kind is LinkKind.REVERSES}
    mine = {d.id for d in frozen}
    reversed_ = frozenset(original for id_, original in reversals.items() if id_ in mine)
    others = [d.entry for d in frozen if d.id not in reversals]
    return reversed_, sorted(replace(entry, number=UNNUMBERED).digest for entry in others)
