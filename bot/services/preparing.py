"""Preparing: what could be posted becomes a frozen batch with numbers and a digest.

The stage between preflight and approval. It refreshes the books, looks for strangers in the
ERP, classifies and freezes; it must not approve and must not send.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.erp.connector import Connector, FoundEntry
from bot.erp.errors import ErpActionRequired
from bot.services.built import Built
from bot.services.corrections_freezing import CorrectionBatches
from bot.services.outdated import Outdated
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Ids, Storage, UnitOfWork
from bot.services.problem_text import dump_problem
from bot.services.recognising import Recognising
from bot.services.run_scope import of_run, searched
from bot.services.status import report_of
from ledger.approval import ApprovalClass, RunFacts, approvers_needed, needs_approval
from ledger.books import Books
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.entries import PreparedEntry, batch_digest
from ledger.mapped import MappedEntry
from ledger.money import Money, total
from ledger.numbers import format_number
from ledger.organisation import Company, Organisation
from ledger.periods import Period, local_day
from ledger.preflight import prepare
from ledger.problems import Problem, ProblemCode
from ledger.records import EffectTakenError, Move, NewDelivery
from ledger.runs import Batch, BatchState, Run, RunKind
from ledger.verification import look_alike

_TRIES = 5
CHANGED = "something in it changed after it was prepared"


class _ChangedMeanwhileError(Exception):
    """What the entries are made of changed between building and freezing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A numbered entry on its way into a batch, and its look-alike in the ERP, if any."""

    entry: PreparedEntry
    look_alike: FoundEntry | None


class Preparing:
    """Freezes batches, and says whether a frozen one still is what would be made now."""

    def __init__(self, *, storage: Storage, clock: Clock, ids: Ids, pipeline: Pipeline) -> None:
        """Take the ports and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._pipeline = pipeline
        self._recognising = Recognising(storage=storage, clock=clock)
        self._outdated = Outdated(storage=storage, clock=clock, pipeline=pipeline)
        self._undoing = CorrectionBatches(storage=storage, clock=clock, ids=ids, pipeline=pipeline)

    async def prepare(
        self, run: Run, organisation: Organisation, company: Company, connector: Connector
    ) -> Batch | None:
        """Freeze everything of the run's period that could be posted; none when there is nothing.

        What could not is kept in the run's report.

        Raises:
            ErpError: when the ERP cannot be read, or must be looked at by a person first.
        """
        await self.refresh_books(organisation, company, connector)
        if run.kind is RunKind.CORRECTION:
            await self._recognising.earlier_corrections(run, company, connector)
            foreign = await self._recognising.foreign(company, connector, since=run.first_date)
            return await self._undoing.prepare(run, organisation, company, foreign)
        for _ in range(_TRIES):
            # Built before the writing begins: building takes long, and writers wait for each other.
            seen, built = await self._build(run, organisation, company)
            strangers, recognised = await self._recognising.beside(
                built.entries, searched(built, run), organisation, company, connector
            )
            if recognised:
                # They are in the ERP and hold their transactions again: build without those.
                continue
            try:
                return await self._freeze(run, seen, company, built, strangers)
            except (EffectTakenError, _ChangedMeanwhileError):
                # Another run froze some of the effects, or somebody changed what entries are
                # made of, while we were building: build again.
                continue
        message = f"run {run.id} lost every race for its effects"
        raise RuntimeError(message)

    async def withdraw_outdated(self, organisation: Organisation, company: Company) -> int:
        """Take back unsent entries that would come out differently now; return how many."""
        return await self._outdated.withdraw(organisation, company)

    async def refresh_books(
        self, organisation: Organisation, company: Company, connector: Connector
    ) -> Books:
        """Import the books afresh, and refuse a company of another currency.

        Raises:
            ErpError: when the ERP cannot be read.
        """
        books = await connector.fetch_books()
        if books.functional_currency != organisation.base_currency:
            raise ErpActionRequired(_currency_mismatch(books, organisation))
        async with self._storage.unit() as unit:
            await unit.companies.save_books(company.id, books, self._clock.now())
            await unit.commit()
        return books

    async def is_current(
        self, unit: UnitOfWork, organisation: Organisation, company: Company, batch: Batch
    ) -> bool:
        """Say whether a batch still holds exactly what would be made of its transactions now."""
        fresh = await unit.organisations.get(organisation.id) or organisation
        run = await unit.runs.get(batch.run_id)
        if run is not None and run.kind is RunKind.CORRECTION:
            return await self._undoing.is_current(unit, fresh, company, batch)
        if fresh.shape_version == batch.shape_version:
            return not await self._has_days_since(unit, fresh, company, batch)
        built = await self._pipeline.build(unit, fresh, company, leave_taken=False)
        books = await unit.companies.books(company.id)
        by_members = {frozenset(e.members): e for e in built.entries}
        for delivery in await unit.deliveries.of_batch(batch.id):
            entry = by_members.get(frozenset(delivery.entry.members))
            if entry is None or books is None:
                return False
            again = prepare(entry, number=delivery.entry.number, company=company.key, books=books)
            if again.digest != delivery.entry.digest:
                return False
        return not await self._has_newcomers(unit, fresh, company, batch)

    async def _has_days_since(
        self, unit: UnitOfWork, organisation: Organisation, company: Company, batch: Batch
    ) -> bool:
        """Say whether days of the batch's period ended since, with entries that it lacks.

        A roll-up takes only ended days, so they appear without anything having changed.
        """
        run = await unit.runs.get(batch.run_id)
        frozen_on = local_day(batch.frozen_at, organisation.time_zone)
        today = local_day(self._clock.now(), organisation.time_zone)
        if run is None or run.last_date < frozen_on or today == frozen_on:
            return False
        return await self._has_newcomers(unit, organisation, company, batch)

    async def _has_newcomers(
        self, unit: UnitOfWork, organisation: Organisation, company: Company, batch: Batch
    ) -> bool:
        """Say whether the batch's period has entries by now that the batch lacks."""
        run = await unit.runs.get(batch.run_id)
        if run is None:
            return False
        built = await self._pipeline.build(unit, organisation, company)
        return bool((await self._of_run(unit, built, run)).entries)

    async def lapse(self, unit: UnitOfWork, batch: Batch, *, why: str = CHANGED) -> Batch:
        """End a batch that nobody decided on, and free its effects for another."""
        lapsed = replace(
            batch, state=BatchState.LAPSED, decided_at=self._clock.now(), decision_note=why
        )
        if not await unit.deliveries.decide(batch, lapsed):
            return await unit.deliveries.batch(batch.id) or lapsed
        moves = [
            Move(
                delivery=delivery,
                new=replace(delivery, state=DeliveryState.WITHDRAWN),
                actor="integral",
                note=why,
            )
            for delivery in await unit.deliveries.of_batch(batch.id)
            if delivery.state in {DeliveryState.AWAITING_APPROVAL, DeliveryState.HELD}
        ]
        await unit.deliveries.move(moves)
        return lapsed

    # ── freeze ──────────────────────────────────────────────────────────────

    async def _build(
        self, run: Run, organisation: Organisation, company: Company
    ) -> tuple[Organisation, Built]:
        """Build what the run takes; also return the organisation as it was then."""
        async with self._storage.unit(read_only=True) as unit:
            seen = await unit.organisations.get(organisation.id) or organisation
            whole = await self._pipeline.build(unit, seen, company)
            return seen, await self._of_run(unit, whole, run)

    async def _of_run(self, unit: UnitOfWork, built: Built, run: Run) -> Built:
        decisions = await unit.stragglers.decisions(run.company_id)
        company = await unit.companies.get(run.company_id)
        closed_until = company.last_month_end if company else None
        return of_run(built, run, decisions, closed_until=closed_until)

    async def _freeze(
        self,
        run: Run,
        seen: Organisation,
        company: Company,
        built: Built,
        strangers: Sequence[FoundEntry],
    ) -> Batch | None:
        async with self._storage.unit() as unit:
            fresh = await unit.organisations.get(seen.id) or seen
            if fresh.shape_version != seen.shape_version:
                raise _ChangedMeanwhileError
            await self._keep_findings(unit, run, built)
            books = await unit.companies.books(company.id)
            if not built.entries or books is None:
                await unit.commit()
                return None
            drafts = await self._drafts(unit, fresh, company, books, built.entries, strangers)
            batch = await self._batch(unit, run, fresh, company, drafts)
            await unit.deliveries.freeze(batch, self._new_deliveries(batch, drafts))
            await unit.commit()
            return batch

    async def _keep_findings(self, unit: UnitOfWork, run: Run, built: Built) -> None:
        stored = await unit.runs.get(run.id) or run
        await unit.runs.save(replace(stored, report=report_of(built)))

    async def _drafts(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        books: Books,
        entries: Sequence[MappedEntry],
        strangers: Sequence[FoundEntry],
    ) -> list[_Draft]:
        """Number the entries and look for their doubles; one transaction with the freezing."""
        first = await unit.organisations.take_sequence(organisation.id, len(entries))
        by_day: defaultdict[date, list[FoundEntry]] = defaultdict(list)
        for stranger in strangers:
            by_day[stranger.entry_date].append(stranger)
        drafts = []
        for place, mapped in enumerate(entries):
            number = format_number(organisation.code, first + place, mapped.entry_date)
            entry = prepare(mapped, number=number, company=company.key, books=books)
            alike = next((s for s in by_day[entry.entry_date] if look_alike(entry, s)), None)
            drafts.append(_Draft(entry=entry, look_alike=alike))
        return drafts

    async def _batch(
        self,
        unit: UnitOfWork,
        run: Run,
        organisation: Organisation,
        company: Company,
        drafts: Sequence[_Draft],
    ) -> Batch:
        # What is held is neither approved nor sent with the batch.
        entries = [draft.entry for draft in drafts if draft.look_alike is None]
        amount = total([entry.total for entry in entries], organisation.base_currency)
        approval = await self._classify(unit, run, organisation, company, entries, amount)
        is_needed = approval.is_needed and bool(entries)
        needs = BatchState.AWAITING_APPROVAL if is_needed else BatchState.NOT_NEEDED
        now = self._clock.now()
        return Batch(
            id=self._ids.new(),
            run_id=run.id,
            organisation_id=organisation.id,
            company_id=company.id,
            state=needs,
            digest=batch_digest(entries),
            reason=approval.reason,
            shape_version=organisation.shape_version,
            frozen_at=now,
            entries=len(entries),
            total=str(amount),
            approvers_needed=approvers_needed(amount, organisation.policies),
            wake_at=now if is_needed else None,
        )

    async def _classify(
        self,
        unit: UnitOfWork,
        run: Run,
        organisation: Organisation,
        company: Company,
        entries: Sequence[PreparedEntry],
        amount: Money,
    ) -> ApprovalClass:
        counts = await unit.deliveries.counts(company.id)
        current = await unit.companies.get(company.id) or company
        facts = RunFacts(
            trigger=run.trigger,
            period=Period(first=run.first_date, last=run.last_date),
            today=local_day(self._clock.now(), organisation.time_zone),
            total=amount,
            entry_dates={entry.entry_date for entry in entries},
            is_first_live=not any(counts.get(state) for state in IN_THE_ERP),
            closed_until=current.last_month_end,
        )
        return needs_approval(facts, organisation.policies)

    def _new_deliveries(self, batch: Batch, drafts: Sequence[_Draft]) -> list[NewDelivery]:
        ready = (
            DeliveryState.AWAITING_APPROVAL
            if batch.state is BatchState.AWAITING_APPROVAL
            else DeliveryState.APPROVED
        )
        return [
            NewDelivery(
                id=self._ids.new(),
                entry=draft.entry,
                state=ready if draft.look_alike is None else DeliveryState.HELD,
                request_key=self._ids.new(),
                problem=_suspected(draft),
            )
            for draft in drafts
        ]


def _suspected(draft: _Draft) -> str | None:
    if draft.look_alike is None:
        return None
    alike = draft.look_alike
    return dump_problem(
        Problem(
            code=ProblemCode.DUPLICATE_SUSPECTED,
            subject=f"{draft.entry.number} of {draft.entry.entry_date}, {draft.entry.total}",
            facts=(
                ("erp_id", alike.erp_id),
                ("its number", alike.document or ""),
                ("its memo", alike.memo),
            ),
        )
    )


def _currency_mismatch(books: Books, organisation: Organisation) -> Problem:
    return Problem(
        code=ProblemCode.CURRENCY_MISMATCH,
        subject=books.company_name,
        facts=(
            ("company", books.functional_currency),
            ("organisation", organisation.base_currency),
        ),
    )
