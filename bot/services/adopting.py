"""Adopting: entries in the ERP that equal what would be made now become posted deliveries.

A stage beside preparing. What equals nothing is known as foreign from then on. The ERP is only
read; ``bot.services.adoption`` asks for it and says how it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.erp.connector import Connector, FoundEntry
from bot.services.accounted import Adopted, close_numbers, note_foreign, numbers_of, record
from bot.services.delivery import Delivering
from bot.services.pipeline import Pipeline
from bot.services.ports import UnitOfWork
from bot.services.preparing import Preparing
from bot.services.recognising import Recognising
from bot.services.runs import RunPorts, Runs
from bot.services.strangers import Strangers
from ledger.adoption import AdoptedEntry, ForeignReason, Matched, match
from ledger.entries import PreparedEntry, batch_digest
from ledger.mapped import MappedEntry
from ledger.money import total
from ledger.organisation import Company, Organisation
from ledger.preflight import prepare
from ledger.records import EffectTakenError
from ledger.runs import Batch, BatchState, Run, RunState, Trigger

REASON = "adopted from the ERP"
_TRIES = 5


class _ChangedMeanwhileError(Exception):
    """What entries are made of changed between building and storing."""


class Adopting:
    """Makes entries of the ERP our own."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        pipeline: Pipeline,
        preparing: Preparing,
        delivering: Delivering,
        runs: Runs,
    ) -> None:
        """Take the ports, the pipeline that makes entries again, and the stages around it."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._connectors = ports.connectors
        self._pipeline = pipeline
        self._preparing = preparing
        self._delivering = delivering
        self._runs = runs
        self._strangers = Strangers(storage=ports.storage)
        self._recognising = Recognising(storage=ports.storage, clock=ports.clock)

    async def adopt(self, organisation: Organisation, company: Company, *, person: str) -> Adopted:
        """Adopt what equals a fresh entry, note the rest as foreign, and wake the runs.

        The organisation's sequence is raised past the highest number seen, so that none is
        given out twice. Doing it again is harmless, and finds what matches by then.

        Raises:
            ErpError: when the ERP cannot be searched now; nothing was changed then, or all of it
                and what was adopted is read back by the next verification.
        """
        connector = self._connectors.of(company)
        # A restored backup has old books or none: nothing would equal what new ones made.
        await self._preparing.refresh_books(organisation, company, connector)
        unknown, recognised = await self._unknown(organisation, company, connector)
        for _ in range(_TRIES):
            try:
                result, batch = await self._store(
                    organisation, company, unknown, person, recognised=recognised
                )
                break
            except (EffectTakenError, _ChangedMeanwhileError):
                continue
        else:
            message = f"adoption in company {company.id} lost every race for its effects"
            raise RuntimeError(message)
        await self._runs.wake_company(company.id)
        await self._verify(batch, connector)
        return result

    async def _unknown(
        self, organisation: Organisation, company: Company, connector: Connector
    ) -> tuple[list[FoundEntry], tuple[str, ...]]:
        """Return what no entry here is, and the numbers of those that were recognised first."""
        found = await self._strangers.unknown(organisation, company, connector)
        await self._recognising.recognise(company, found, numbers_of(found))
        known = await self._strangers.known(found, organisation, company)
        return [entry for entry in found if entry.number not in known], tuple(sorted(known))

    async def _store(
        self,
        organisation: Organisation,
        company: Company,
        unknown: Sequence[FoundEntry],
        person: str,
        *,
        recognised: tuple[str, ...],
    ) -> tuple[Adopted, Batch | None]:
        # Matched before the writing begins: building takes long, and writers wait.
        seen, matched = await self._match(organisation, company, unknown)
        async with self._storage.unit() as unit:
            fresh = await unit.organisations.get(organisation.id) or organisation
            if fresh.shape_version != seen.shape_version:
                raise _ChangedMeanwhileError
            batch = await self._adopt(unit, fresh, company, matched.ours, person)
            at, reason = self._clock.now(), ForeignReason.UNMATCHED
            await note_foreign(unit, company, matched.others, reason, noted=(person, at))
            await close_numbers(unit, organisation, unknown)
            result = Adopted(
                organisation=fresh,
                company=company,
                adopted=(*recognised, *(entry.number for entry, _ in matched.ours)),
                foreign=numbers_of(matched.others),
            )
            if unknown or recognised:
                await record(unit, result, person, at=at)
            await unit.commit()
        return result, batch

    async def _match(
        self, organisation: Organisation, company: Company, unknown: Sequence[FoundEntry]
    ) -> tuple[Organisation, Matched[FoundEntry]]:
        numbers = numbers_of(unknown)
        async with self._storage.unit(read_only=True) as unit:
            seen = await unit.organisations.get(organisation.id) or organisation
            built = await self._pipeline.build(unit, seen, company)
            books = await unit.companies.books(company.id)
            # What was taken back here, and whose transactions another entry has, is nobody's.
            spent = {d.entry.number for d in await unit.deliveries.unsent(company.id, numbers)}
        if books is None:
            return seen, Matched(ours=(), others=tuple(unknown))

        def prepared(entry: MappedEntry, number: str) -> PreparedEntry:
            return prepare(entry, company=company.key, number=number, books=books)

        fresh = [entry for entry in unknown if entry.number not in spent]
        matched = match(fresh, built.entries, prepared)
        doubled = (entry for entry in unknown if entry.number in spent)
        return seen, replace(matched, others=(*matched.others, *doubled))

    async def _adopt(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        ours: Sequence[tuple[PreparedEntry, FoundEntry]],
        person: str,
    ) -> Batch | None:
        """Store the entries under a run and a batch of their own, which ended as they began."""
        if not ours:
            return None
        entries = [entry for entry, _ in ours]
        run = self._run(organisation, company, entries, person)
        batch = self._batch(organisation, run, entries)
        adopted = [
            AdoptedEntry(id=self._ids.new(), entry=entry, erp_id=found.erp_id)
            for entry, found in ours
        ]
        await unit.runs.add(run)
        await unit.deliveries.adopt(batch, adopted, actor=person)
        return batch

    def _run(
        self,
        organisation: Organisation,
        company: Company,
        entries: Sequence[PreparedEntry],
        person: str,
    ) -> Run:
        days = [entry.entry_date for entry in entries]
        return Run(
            id=self._ids.new(),
            organisation_id=organisation.id,
            company_id=company.id,
            first_date=min(days),
            last_date=max(days),
            trigger=Trigger.HAND,
            requested_by=person,
            requested_at=self._clock.now(),
            state=RunState.FINISHED,
        )

    def _batch(
        self, organisation: Organisation, run: Run, entries: Sequence[PreparedEntry]
    ) -> Batch:
        return Batch(
            id=self._ids.new(),
            run_id=run.id,
            organisation_id=organisation.id,
            company_id=run.company_id,
            state=BatchState.NOT_NEEDED,
            digest=batch_digest(entries),
            reason=REASON,
            shape_version=organisation.shape_version,
            frozen_at=self._clock.now(),
            entries=len(entries),
            total=str(total([entry.total for entry in entries], organisation.base_currency)),
        )

    async def _verify(self, batch: Batch | None, connector: Connector) -> None:
        if batch is None:
            return
        async with self._storage.unit(read_only=True) as unit:
            adopted = await unit.deliveries.of_batch(batch.id)
        await self._delivering.verify(connector, adopted)
