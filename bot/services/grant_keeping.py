"""Keeping grants: credentials stored before anything else happens, and what they reach noted.

Whoever signs in again renews the one grant that all their companies share; what had ended goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.erp.reach import Reach
from bot.services.grants import lock_name
from bot.services.ports import Storage, UnitOfWork
from ledger.organisation import Company, ConnectionState
from ledger.records import ConnectRequest, Reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Credentials that work, for whom, and what they reach."""

    request: ConnectRequest
    secret: str = field(repr=False)
    reach: Reach
    until: datetime | None
    """When a person must authorise again, if nothing renews it meanwhile."""
    into: str | None = None
    """The grant whose credentials these replace; none: whoever's they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A grant that was stored."""

    reached: Mapping[str, Reached]
    """By external id."""
    revived: tuple[Company, ...]
    """Companies that had ended and can be reached again."""


class GrantKeeper:
    """Stores grants."""

    def __init__(self, storage: Storage) -> None:
        """Take the database."""
        self._storage = storage

    async def keep(self, arrival: Arrival) -> Kept:
        """Store the credentials where nobody renews them meanwhile."""
        request = arrival.request
        subject = arrival.reach.subject or _own_subject(request, arrival.reach)
        async with self._storage.lock(f"authorise:{request.provider.value}:{subject}"):
            async with self._storage.unit(read_only=True) as unit:
                found = await unit.grants.find(request.provider, subject)
            grant_id = found or arrival.into or request.id
            async with self._storage.lock(lock_name(grant_id)), self._storage.unit() as unit:
                await unit.grants.put(grant_id, request.provider, subject, arrival.secret)
                if arrival.into not in (None, grant_id):
                    await _move(unit, arrival.into or "", grant_id)
                reached = _merged(arrival, grant_id, await unit.grants.reached(grant_id))
                await unit.grants.set_reached(grant_id, reached)
                revived = await _revive(unit, grant_id, arrival)
                await unit.commit()
        return Kept(reached={each.external_id: each for each in reached}, revived=tuple(revived))


async def _revive(unit: UnitOfWork, grant_id: str, arrival: Arrival) -> list[Company]:
    """Let everything that the renewed grant still reaches go on; return what had ended."""
    reach = {each.external_id: each for each in arrival.reach.companies}
    known = await unit.grants.companies(grant_id)
    for company in known:
        if company.external_id in reach:
            going_on = replace(
                company,
                connection=ConnectionState.ACTIVE,
                connection_id=reach[company.external_id].connection_id,
                authorised_until=arrival.until,
            )
            await unit.companies.save(going_on)
    return [c for c in known if c.external_id in reach and c.connection is ConnectionState.ENDED]


def _own_subject(request: ConnectRequest, reach: Reach) -> str:
    """Name the grant of one organisation's one company, where the ERP names no person."""
    return f"{request.organisation_id}:{reach.companies[0].external_id}"


def _merged(arrival: Arrival, grant_id: str, before: Sequence[Reached]) -> list[Reached]:
    """Return what a grant reaches now; who authorised a company earlier stays noted."""
    request, known = arrival.request, {each.external_id: each for each in before}
    found = []
    for company in arrival.reach.companies:
        earlier = known.get(company.external_id)
        if not company.is_chosen and earlier is None:
            continue
        is_earlier = earlier is not None and not company.is_chosen
        found.append(
            Reached(
                grant_id=grant_id,
                provider=request.provider,
                external_id=company.external_id,
                name=company.name,
                connection_id=company.connection_id,
                team_id=earlier.team_id if earlier and is_earlier else request.team_id,
                authorised_by=(
                    earlier.authorised_by if earlier and is_earlier else request.requested_by
                ),
            )
        )
    return found


async def _move(unit: UnitOfWork, old: str, new: str) -> None:
    """Have the companies of a grant use another one, and remove it."""
    for company in await unit.grants.companies(old):
        await unit.companies.save(replace(company, grant_id=new))
    await unit.grants.remove(old)
