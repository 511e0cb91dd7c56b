"""Cutting over: the books are kept here from a day on; what is dated before it is not ours.

The way out of unknown numbers when they are another installation's. Unsent entries before the day
are taken back and the go-live date moves forward, never back. The ERP is only read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.services.accounted import Adopted, close_numbers, note_foreign, numbers_of, record
from bot.services.ports import UnitOfWork
from bot.services.runs import RunPorts, Runs
from bot.services.strangers import Strangers
from ledger.adoption import ForeignReason
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Organisation
from ledger.records import Move

_UNSENT = (DeliveryState.APPROVED, DeliveryState.HELD, DeliveryState.REFUSED)
"""What waits for approval lapses by itself: its transactions form no entry any more."""


class CuttingOver:
    """Moves a company's go-live date forward."""

    def __init__(self, ports: RunPorts, *, runs: Runs) -> None:
        """Take the ports, and the runs to wake afterwards."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._connectors = ports.connectors
        self._runs = runs
        self._strangers = Strangers(storage=ports.storage)

    async def cut_over(
        self, organisation: Organisation, company: Company, day: date, *, person: str
    ) -> Adopted:
        """Start the books here at a day: what is dated before it is not ours and forms no entry.

        Unsent entries dated before it are taken back. The go-live date only moves forward.

        Raises:
            ErpError: when the ERP cannot be searched now; nothing was changed then.
        """
        connector = self._connectors.of(company)
        unknown = await self._strangers.unknown(organisation, company, connector)
        before = [entry for entry in unknown if entry.entry_date < day]
        async with self._storage.unit() as unit:
            stored = await unit.companies.get(company.id) or company
            moved = replace(stored, go_live_date=max(day, stored.go_live_date or day))
            await unit.companies.save(moved)
            await self._withdraw(unit, company, day, person)
            at, reason = self._clock.now(), ForeignReason.CUT_OVER
            await note_foreign(unit, company, before, reason, noted=(person, at))
            await close_numbers(unit, organisation, unknown)
            await unit.organisations.raise_shape_version(organisation.id)
            known = {entry.number for entry in await unit.deliveries.foreign(company.id)}
            result = Adopted(
                organisation=organisation,
                company=moved,
                adopted=(),
                foreign=numbers_of(before),
                left=tuple(n for n in numbers_of(unknown) if n not in known),
                cut_over=moved.go_live_date,
            )
            await record(unit, result, person, at=at, before=stored.go_live_date)
            await unit.commit()
        await self._runs.wake_company(company.id)
        return result

    async def _withdraw(self, unit: UnitOfWork, company: Company, day: date, person: str) -> None:
        moves = [
            Move(
                delivery=delivery,
                new=replace(delivery, state=DeliveryState.WITHDRAWN),
                actor=person,
                note=f"dated before the cut-over of {day}",
            )
            for delivery in await unit.deliveries.in_state(company.id, _UNSENT)
            if delivery.entry.entry_date < day
        ]
        await unit.deliveries.move(moves)
