"""Tells people that an authorisation ended: who had connected, and the finance channel.

Only puts messages into the outbox, in the caller's unit of work.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.ports import Clock, UnitOfWork
from bot.services.saying import Said
from bot.services.watch import people_to_tell
from bot.views import grants as view
from ledger.organisation import Company
from ledger.records import Message


class GrantAnnouncer:
    """Satisfies ``bot.services.grants.Ended``."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    async def __call__(self, unit: UnitOfWork, companies: Sequence[Company]) -> None:
        """Say it once for each authorisation that ends: to a person, and in each finance channel.

        An owner stands in for a person who has no role here any more.
        """
        told: dict[tuple[str, str], list[Company]] = {}
        for company in companies:
            organisation = await unit.organisations.get(company.organisation_id)
            if organisation is None:
                continue
            people = await people_to_tell(unit, company)
            for place in (*people[:1], organisation.finance_channel):
                if place is not None:
                    told.setdefault((organisation.team_id, place), []).append(company)
        for (team_id, place), of_place in told.items():
            await self._put(unit, team_id, place, view.ended(of_place), of_place)

    async def _put(
        self,
        unit: UnitOfWork,
        team_id: str,
        place: str,
        said: Said,
        companies: Sequence[Company],
    ) -> None:
        first = companies[0]
        message = Message(
            key=f"grant-ended:{first.id}:{first.connected_at}:{place}",
            team_id=team_id,
            channel=place,
            text=said.text,
            blocks=said.blocks,
        )
        await unit.outbox.put(message, self._clock.now())
