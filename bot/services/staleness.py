"""Staleness: posted entries that no longer are what would be made of their transactions now.

A changed import, mapping, category, dimension or setting is found by rebuilding everything in
the background and comparing; what fits again is unmarked. Nothing is corrected by itself.
"""

from __future__ import annotations

import asyncio

import structlog

from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Engine, Storage, UnitOfWork
from bot.services.rebuilding import Fit, compare
from ledger.corrections import LinkKind
from ledger.delivery import MAYBE_IN_THE_ERP
from ledger.organisation import Organisation
from ledger.periods import local_day
from ledger.runs import Delivery

FIND_STALE = "find_stale"
"""Workflow: (company id,) → :meth:`Staleness.find`."""

log = structlog.get_logger(__name__)


class Staleness:
    """Marks what no longer fits, and unmarks what fits again."""

    def __init__(
        self, *, storage: Storage, clock: Clock, engine: Engine, pipeline: Pipeline
    ) -> None:
        """Take the ports and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._engine = engine
        self._pipeline = pipeline

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
        """Compare a company's entries; the body of the workflow. Done before, it does nothing."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
            organisation = (
                await unit.organisations.get(company.organisation_id) if company else None
            )
            if company is None or organisation is None:
                return
            version = organisation.shape_version
            if await unit.corrections.compared(company_id) == version:
                return
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
            await unit.corrections.mark(company_id, version, stale=stale, fitting=fitting)
            await unit.commit()
        log.info("staleness.found", company=company_id, stale=len(stale))


async def _due(unit: UnitOfWork, organisation: Organisation) -> list[str]:
    company = await unit.companies.active(organisation.id)
    if company is None or company.go_live_date is None:
        return []
    is_compared = await unit.corrections.compared(company.id) == organisation.shape_version
    return [] if is_compared else [company.id]


async def _standing(unit: UnitOfWork, posted: list[Delivery]) -> list[Delivery]:
    """Leave out what is undone, or is on its way to be, and reversals, which hold no effects."""
    ids = [delivery.id for delivery in posted]
    links = await unit.corrections.links(ids)
    undone = {link.original_id for link in links if link.kind is LinkKind.REVERSES}
    return [d for d in posted if d.entry.members and d.id not in undone]
