"""Staleness: posted entries that no longer are what would be made of their transactions now.

A changed import, mapping, category, dimension or setting is found by rebuilding everything in
the background and comparing; what fits again is unmarked. People are told once, in a message
that is edited as the number changes. Nothing is corrected by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Engine, Storage, UnitOfWork
from bot.services.rebuilding import Fit, compare
from bot.services.saying import Said, tell
from ledger.corrections import LinkKind
from ledger.delivery import MAYBE_IN_THE_ERP, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import local_day
from ledger.runs import Delivery

FIND_STALE = "find_stale"
"""Workflow: (company id,) → :meth:`Staleness.find`."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleFound:
    """How many posted entries of a company no longer fit, as people are told."""

    company: Company
    entries: int
    """None left when 0: what was told before is mended."""


StaleWords = Callable[[StaleFound], Said]


class Staleness:
    """Marks what no longer fits, and unmarks what fits again."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        engine: Engine,
        pipeline: Pipeline,
        words: StaleWords,
    ) -> None:
        """Take the ports, the pipeline and the view of what was found."""
        self._storage = storage
        self._clock = clock
        self._engine = engine
        self._pipeline = pipeline
        self._words = words

    async def tick(self) -> int:
        """Have every company compared whose entries could have changed since; return how many."""
        async with self._storage.unit(read_only=True) as unit:
            due = [
                company_id
                for organisation in await unit.organisations.everyone()
                for company_id in await _due(unit, organisation)
            ]
        minute = f"{self._clock.now():%Y%m%d%H%M}"
        for company_id in due:
            name = f"stale:{company_id}"
            await self._engine.enqueue(FIND_STALE, f"{name}:{minute}", company_id, partition=name)
        return len(due)

    async def find(self, company_id: str) -> None:
        """Compare a company's entries and say what changed; the body of the workflow.

        Done before, it does nothing.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
            organisation = (
                await unit.organisations.get(company.organisation_id) if company else None
            )
            if company is None or organisation is None:
                return
            is_compared = await _is_compared(unit, organisation, company)
        if not is_compared:
            await self._compare(organisation, company)
        await self._tell(organisation, company)

    async def _compare(self, organisation: Organisation, company: Company) -> None:
        company_id, version = company.id, organisation.shape_version
        async with self._storage.unit(read_only=True) as unit:
            posted = await unit.deliveries.in_state(company_id, MAYBE_IN_THE_ERP)
            standing = await _standing(unit, posted)
            source = await self._pipeline.read(unit, organisation, company)
        today = local_day(self._clock.now(), organisation.time_zone)
        compared = await asyncio.to_thread(compare, source, standing, today=today)
        stands = {delivery.id for delivery in standing}
        stale = [id_ for id_, each in compared.items() if each.fit is Fit.STALE]
        fitting = [id_ for id_, each in compared.items() if each.fit is Fit.FITS]
        fitting += [delivery.id for delivery in posted if delivery.id not in stands]
        async with self._storage.unit() as unit:
            # Some may have been undone since they were read.
            still = {d.id for d in await _standing(unit, [d for d in posted if d.id in set(stale)])}
            stale = [id_ for id_ in stale if id_ in still]
            await unit.corrections.mark(company_id, version, stale=stale, fitting=fitting)
            await unit.commit()
        log.info("staleness.found", company=company_id, stale=len(stale))

    async def _tell(self, organisation: Organisation, company: Company) -> None:
        """Have one message a day say the number; a day's later changes edit it."""
        today = local_day(self._clock.now(), organisation.time_zone)
        async with self._storage.unit() as unit:
            found = await unit.corrections.stale(company.id)
            told = await unit.corrections.told(company.id)
            if found == told.entries:
                return
            day = today if found > told.entries or told.day is None else told.day
            said = self._words(StaleFound(company=company, entries=found))
            await tell(
                unit, organisation, said, key=f"stale:{company.id}:{day}", at=self._clock.now()
            )
            await unit.corrections.keep_told(company.id, found, day)
            await unit.commit()


async def _due(unit: UnitOfWork, organisation: Organisation) -> list[str]:
    company = await unit.companies.active(organisation.id)
    if company is None or company.go_live_date is None:
        return []
    if not await _is_compared(unit, organisation, company):
        return [company.id]
    told = await unit.corrections.told(company.id)
    return [] if await unit.corrections.stale(company.id) == told.entries else [company.id]


async def _is_compared(unit: UnitOfWork, organisation: Organisation, company: Company) -> bool:
    return await unit.corrections.compared(company.id) == organisation.shape_version


async def _standing(unit: UnitOfWork, posted: list[Delivery]) -> list[Delivery]:
    """Leave out what is undone, or is on its way to be, and reversals, which hold no effects.

    What a card would undo stands until it is approved: a rejection leaves it as it is.
    """
    ids = [delivery.id for delivery in posted]
    links = await unit.corrections.links(ids)
    undone = {
        link.original_id
        for link in links
        if link.kind is LinkKind.REVERSES and link.state is not DeliveryState.AWAITING_APPROVAL
    }
    return [d for d in posted if d.entry.members and d.id not in undone]
