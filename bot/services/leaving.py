"""Leaving: a company taken off its grant, and the grant wiped with its last company.

Nothing else is forgotten: entries in the ERP, mapping, settings, history and numbers all stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.erp.errors import ErpError
from bot.services import audit
from bot.services.grants import is_same_arrival, others
from bot.services.ports import Clock, Connectors, Storage, UnitOfWork
from ledger.organisation import Company, ConnectionState
from ledger.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """A connection that was taken away."""

    company: Company
    erp_problem: Problem | None
    """Why the ERP could not be told; the credentials are wiped all the same."""


class Leaving:
    """Ends connections."""

    def __init__(self, *, storage: Storage, clock: Clock, connectors: Connectors) -> None:
        """Take the ports."""
        self._storage = storage
        self._clock = clock
        self._connectors = connectors

    async def end(self, company: Company, actor: str) -> Disconnected | None:
        """End a company's authorisation at the ERP and wipe what nothing else uses.

        Returns none, and nothing is wiped, when somebody signed in to it anew meanwhile.
        """
        problem = None
        try:
            await self._connectors.of(company).disconnect()
        except ErpError as error:
            problem = error.problem
        async with self._storage.unit() as unit:
            current = await unit.companies.get(company.id) or company
            if not is_same_arrival(current, company):
                # Telling the ERP took long. Should it have ended the new sign-in as well, the next
                # call notices, and asks for another.
                return None
            ended = _detached(current)
            await unit.companies.save(ended)
            await _leave(unit, current)
            facts = {"told the ERP": problem is None}
            record = audit.note(
                "connection.disconnected",
                company.key,
                organisation_id=company.organisation_id,
                actor=actor,
                at=self._clock.now(),
                change=({"connection": current.connection.value}, facts),
            )
            await unit.audit.add(record)
            await unit.commit()
        return Disconnected(company=ended, erp_problem=problem)

    async def put_back(self, company: Company) -> Company:
        """Take a company off its grant, which stays for the others that it reaches."""
        async with self._storage.unit() as unit:
            current = await unit.companies.get(company.id) or company
            await unit.companies.save(_detached(current))
            await unit.commit()
        return _detached(current)


def _detached(company: Company) -> Company:
    return replace(
        company,
        connection=ConnectionState.DISCONNECTED,
        authorised_until=None,
        grant_id=None,
        connection_id=None,
    )


async def _leave(unit: UnitOfWork, company: Company) -> None:
    """Take a company off its grant; the last one takes the grant's credentials with it."""
    grant_id = company.grant_id
    if grant_id is None:
        return
    if not await others(unit, company.id, grant_id):
        await unit.grants.remove(grant_id)
    elif company.connection_id is not None:
        # Where the ERP has a connection for each company, this one's is gone.
        reached = await unit.grants.reached(grant_id)
        rest = [each for each in reached if each.external_id != company.external_id]
        await unit.grants.set_reached(grant_id, rest)
