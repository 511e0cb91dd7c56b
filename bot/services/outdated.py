"""Outdated: unsent entries that would come out differently now, taken back before they are sent.

An approval is for what was shown. When a transaction, the mapping, a category or a setting changes
after it, only the unsent entries that this touches are withdrawn: their transactions are free, and
what is made of them now is approved as everything is. So is what the ERP refused and was mended by
choosing otherwise. Memos and the form of a roll-up outdate nothing, and corrections are left alone.
It must not make or send anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.problem_text import load_problem
from bot.services.rebuilding import Compared, Fit, compare
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import local_day
from ledger.problems import ProblemCode
from ledger.records import Move
from ledger.runs import Delivery

NOTE = "something in it changed before it was sent"
_ACTOR = "integral"
_GAPS = frozenset(
    {
        ProblemCode.UNCATEGORIZED,
        ProblemCode.ACCOUNT_NOT_MAPPED,
        ProblemCode.SETTINGS_INCOMPLETE,
        ProblemCode.CONTACT_REQUIRED,
        ProblemCode.DIMENSION_REQUIRED,
        ProblemCode.MISSING_PRICE,
        ProblemCode.MISSING_COST_BASIS,
    }
)
_UNSENT = (DeliveryState.APPROVED, DeliveryState.HELD, DeliveryState.REFUSED)


class Outdated:
    """Finds outdated entries of one company after another."""

    def __init__(self, *, storage: Storage, clock: Clock, pipeline: Pipeline) -> None:
        """Take the database, the clock and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._pipeline = pipeline
        self._fitting: dict[str, tuple[int, frozenset[str]]] = {}
        """Company → the shape version that was compared with, and what fitted it."""

    async def withdraw(self, organisation: Organisation, company: Company) -> int:
        """Take back what would come out differently now; return how many entries there were."""
        async with self._storage.unit(read_only=True) as unit:
            seen = await unit.organisations.get(organisation.id) or organisation
            unsent = await self._older(unit, seen, company)
            if not unsent:
                return 0
            source = await self._pipeline.read(unit, seen, company)
        today = local_day(self._clock.now(), seen.time_zone)
        compared = await asyncio.to_thread(compare, source, unsent, today=today)
        outdated = [d for d in unsent if _is_outdated(d, compared[d.id])]
        fitting = {d.id for d in unsent} - {d.id for d in outdated}
        self._fitting[company.id] = (seen.shape_version, self._known(seen, company) | fitting)
        return await self._withdraw(seen, outdated)

    async def _older(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> list[Delivery]:
        """Return unsent entries that were frozen before the last change, but those of corrections.

        Entries that were compared with that change before are left out.
        """
        unsent = await unit.deliveries.in_state(company.id, _UNSENT)
        known = self._known(organisation, company)
        unsent = [d for d in unsent if d.entry.members and d.id not in known]
        frozen_at: dict[str, int] = {}
        for batch_id in {d.batch_id for d in unsent}:
            batch = await unit.deliveries.batch(batch_id)
            frozen_at[batch_id] = batch.shape_version if batch else organisation.shape_version
        older = [d for d in unsent if frozen_at[d.batch_id] < organisation.shape_version]
        correcting = {link.entry_id for link in await unit.corrections.links(d.id for d in older)}
        return [d for d in older if d.id not in correcting]

    def _known(self, organisation: Organisation, company: Company) -> frozenset[str]:
        """Return what was compared with this shape version before, and fitted it."""
        version, fitting = self._fitting.get(company.id, (-1, frozenset[str]()))
        return fitting if version == organisation.shape_version else frozenset()

    async def _withdraw(self, seen: Organisation, outdated: Sequence[Delivery]) -> int:
        if not outdated:
            return 0
        async with self._storage.unit() as unit:
            fresh = await unit.organisations.get(seen.id) or seen
            if fresh.shape_version != seen.shape_version:
                # Changed again, perhaps back: the next pass compares with that.
                return 0
            doubtful = await unit.deliveries.once_in_doubt(d.id for d in outdated)
            moves = [_withdrawn(d) for d in outdated if d.id not in doubtful]
            moved = await unit.deliveries.move(moves)
            await unit.commit()
        return len(moved)


def _is_outdated(delivery: Delivery, compared: Compared) -> bool:
    """Say whether an entry is not what would be made now.

    A problem that keeps it from being made now counts only where people here made it, by what they
    chose or imported since; what the ERP takes, the ERP says. What it refused is kept until then:
    once that is mended there, it is tried again under its number. A memo that was too long may be
    shorter now.
    """
    if delivery.state is not DeliveryState.REFUSED:
        is_gap = any(problem.code in _GAPS for problem in compared.problems)
        return compared.fit is Fit.STALE or is_gap
    problem = load_problem(delivery.problem) if delivery.problem else None
    is_too_long = problem is not None and problem.code is ProblemCode.TEXT_TOO_LONG
    return compared.fit is Fit.STALE or (is_too_long and compared.fit is Fit.FITS)


def _withdrawn(delivery: Delivery) -> Move:
    new = replace(delivery, state=DeliveryState.WITHDRAWN)
    return Move(delivery=delivery, new=new, actor=_ACTOR, note=NOTE)
