"""Giving up: entries that somebody deleted in the ERP, so that their transactions can be made anew.

A person decides; then each is searched for once more. Only what is gone in two searches, the ERP's
longest processing time apart, is given up: it holds its transactions no longer, and the next sync
makes new entries of them, under new numbers and with the approval that they need. Should it be in
the ERP again one day, its number is recognised before anything is made or sent
(``bot.services.recognising``). Nothing is changed in the ERP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.erp.connector import Connector
from bot.services import audit
from bot.services.delivery import Delivering
from bot.services.ports import UnitOfWork
from bot.services.runs import RunPorts
from ledger.delivery import DeliveryState
from ledger.drift import DriftKind, kind_of
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.records import Move
from ledger.runs import Delivery

NOTE = "deleted in the ERP; its transactions can be made anew"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What became of a period's entries that are deleted in the ERP."""

    entries: int
    too_early: int
    """Found to be gone only a moment ago: to be asked for again later."""


class GivingUp:
    """Gives deleted entries up."""

    def __init__(self, ports: RunPorts, *, delivering: Delivering) -> None:
        """Take the ports and the stage that compares."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._delivering = delivering

    async def give_up(
        self,
        organisation: Organisation,
        company: Company,
        period: Period,
        connector: Connector,
        *,
        person: str,
    ) -> GivenUp:
        """Give up what is surely gone of a period; what is being undone stays as it is.

        Raises:
            ErpError: when the ERP cannot be searched now; nothing was given up then.
        """
        known = await self._deleted(company, period)
        await self._delivering.verify(connector, known)
        ids = {delivery.id for delivery in known}
        gone = [d for d in await self._deleted(company, period) if d.id in ids]
        before = self._clock.now() - timedelta(seconds=connector.settle_s)
        async with self._storage.unit() as unit:
            surely = [d for d in gone if await _was_gone(unit, d, before)]
            moved = await unit.deliveries.move([_given_up(d, person) for d in surely])
            if moved:
                await self._note(unit, organisation, company, moved, person)
            await unit.commit()
        return GivenUp(entries=len(moved), too_early=len(gone) - len(surely))

    async def _deleted(self, company: Company, period: Period) -> list[Delivery]:
        async with self._storage.unit(read_only=True) as unit:
            found = await unit.deliveries.in_period(company.id, period.first, period.last)
            deleted = [d for d in found if is_deleted(d)]
            links = await unit.corrections.links(d.id for d in deleted)
        undone = {link.original_id for link in links}
        return [delivery for delivery in deleted if delivery.id not in undone]

    async def _note(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        moved: Sequence[Delivery],
        person: str,
    ) -> None:
        numbers = [delivery.entry.number for delivery in moved]
        record = audit.note(
            "entries.given_up",
            company.key,
            organisation_id=organisation.id,
            actor=person,
            at=self._clock.now(),
            change=(None, {"entries": len(numbers), "numbers": ", ".join(numbers)}),
        )
        await unit.audit.add(record)


def is_deleted(delivery: Delivery) -> bool:
    """Say whether an entry was found to be gone from the ERP."""
    is_diverged = delivery.state is DeliveryState.DIVERGED
    return is_diverged and kind_of(delivery.differences) is DriftKind.DELETED


async def _was_gone(unit: UnitOfWork, delivery: Delivery, before: datetime) -> bool:
    """Say whether an entry was found to be gone some time ago already."""
    if delivery.uncertain_since is not None and delivery.uncertain_since > before:
        return False
    history = await unit.deliveries.history(delivery.id)
    last = max((at for at, _, new, _, _ in history if new == DeliveryState.DIVERGED), default=None)
    return last is not None and last <= before


def _given_up(delivery: Delivery, person: str) -> Move:
    new = replace(delivery, state=DeliveryState.WITHDRAWN)
    return Move(delivery=delivery, new=new, actor=person, note=NOTE)
