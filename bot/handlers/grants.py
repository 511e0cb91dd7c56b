"""Tells people that an authorisation ended: in the finance channel, else who had connected.

Only puts a message into the outbox, in the caller's unit of work.
"""

from __future__ import annotations

from bot.services.ports import Clock, UnitOfWork
from bot.views import grants as view
from ledger.organisation import Company
from ledger.records import Message


class GrantAnnouncer:
    """Satisfies ``bot.services.grants.Ended``."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    async def __call__(self, unit: UnitOfWork, company: Company) -> None:
        """Say it once for each authorisation that ends."""
        organisation = await unit.organisations.get(company.organisation_id)
        if organisation is None:
            return
        place = organisation.finance_channel or company.connected_by
        if place is None:
            return
        said = view.ended(company)
        message = Message(
            key=f"grant-ended:{company.id}:{company.connected_at}",
            team_id=organisation.team_id,
            channel=place,
            text=said.text,
            blocks=said.blocks,
        )
        await unit.outbox.put(message, self._clock.now())
