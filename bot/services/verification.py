"""Verification on request: read posted entries back and say which are no longer as approved.

Uses the comparison that every delivery ends with. It changes nothing in the ERP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import date

from bot.erp.connector import Connector
from bot.erp.errors import ErpError
from bot.services.delivery import Delivering
from bot.services.errors import Refusal
from bot.services.giving_up import GivingUp
from bot.services.runs import RunPorts
from bot.services.status import Verified
from ledger.corrections import linked_words
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.runs import Delivery

WORKFLOW = "verify_period"
GIVE_UP = "give_up_deleted"
"""Workflow: (organisation id, ISO date, ISO date, user id) → :meth:`Verification.run_give_up`."""


class Verification:
    """Reads entries back."""

    def __init__(self, ports: RunPorts, *, delivering: Delivering) -> None:
        """Take the ports and the stage that compares."""
        self._storage = ports.storage
        self._connectors = ports.connectors
        self._announcer = ports.announcer
        self._engine = ports.engine
        self._ids = ports.ids
        self._delivering = delivering
        self._giving_up = GivingUp(ports, delivering=delivering)

    async def request(self, organisation: Organisation, period: Period, *, person: str) -> Company:
        """Have the engine verify a period, and tell the person how it ended.

        Raises:
            Refusal: when no company is connected.
        """
        company = await self._company(organisation)
        await self._enqueue(WORKFLOW, organisation, company, period, person)
        return company

    async def ask_give_up(
        self, organisation: Organisation, company_id: str, period: Period, *, person: str
    ) -> Company:
        """Have the engine give up what was deleted in the ERP, and tell the person how it ended.

        Raises:
            Refusal: when another company is connected by now.
        """
        company = await self._company(organisation)
        if company.id != company_id:
            raise Refusal("Another company is connected by now.", next_step="/integral status")
        await self._enqueue(GIVE_UP, organisation, company, period, person)
        return company

    async def _enqueue(
        self,
        workflow: str,
        organisation: Organisation,
        company: Company,
        period: Period,
        person: str,
    ) -> None:
        await self._engine.enqueue(
            workflow,
            f"verify:{self._ids.new()}",
            organisation.id,
            period.first.isoformat(),
            period.last.isoformat(),
            person,
            partition=company.id,
        )

    async def run(self, organisation_id: str, first: str, last: str, person: str) -> None:
        """Verify a period and say so; the body of the workflow, taking ids and ISO dates."""
        organisation, period = await self._around(organisation_id), _period(first, last)
        await self._tell(organisation, person, self.verify(organisation, period))

    async def run_give_up(self, organisation_id: str, first: str, last: str, person: str) -> None:
        """Give up what was deleted and say so; the body of the workflow ``give_up_deleted``."""
        organisation, period = await self._around(organisation_id), _period(first, last)
        await self._tell(organisation, person, self.give_up(organisation, period, person=person))

    async def _around(self, organisation_id: str) -> Organisation:
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
        if organisation is None:
            message = f"organisation {organisation_id} is gone"
            raise LookupError(message)
        return organisation

    async def _tell(
        self, organisation: Organisation, person: str, work: Awaitable[Verified]
    ) -> None:
        try:
            result = await work
        except ErpError as error:
            async with self._storage.unit() as unit:
                await self._announcer.failed(unit, organisation, error.problem, person=person)
                await unit.commit()
            return
        async with self._storage.unit() as unit:
            await self._announcer.verified(unit, result, person=person)
            await unit.commit()

    async def verify(self, organisation: Organisation, period: Period) -> Verified:
        """Compare every entry of a period that is in the ERP.

        Raises:
            Refusal: when no company is connected.
            ErpError: when the ERP cannot be read now; what was compared is kept.
        """
        company = await self._company(organisation)
        connector = self._connectors.of(company)
        await self._delivering.verify(connector, await self._posted(company, period))
        return await self._found(organisation, company, period, connector)

    async def give_up(self, organisation: Organisation, period: Period, *, person: str) -> Verified:
        """Give up what was deleted in the ERP, so that its transactions are made anew.

        Raises:
            Refusal: when no company is connected.
            ErpError: when the ERP cannot be read now; nothing was given up then.
        """
        company = await self._company(organisation)
        connector = self._connectors.of(company)
        done = await self._giving_up.give_up(
            organisation, company, period, connector, person=person
        )
        found = await self._found(organisation, company, period, connector)
        return replace(found, given_up=done.entries, too_early=done.too_early)

    async def _found(
        self, organisation: Organisation, company: Company, period: Period, connector: Connector
    ) -> Verified:
        after = await self._posted(company, period)
        diverged = tuple(d for d in after if d.state is DeliveryState.DIVERGED)
        return Verified(
            organisation=organisation,
            company=company,
            period=period,
            checked=len(after),
            diverged=diverged,
            urls=tuple(connector.entry_url(d.erp_id) if d.erp_id else "" for d in diverged),
            pending=sum(d.state is DeliveryState.PENDING_IN_ERP for d in after),
            links=await self._links(diverged),
        )

    async def _links(self, deliveries: Sequence[Delivery]) -> dict[str, str]:
        async with self._storage.unit(read_only=True) as unit:
            return linked_words(await unit.corrections.links(d.id for d in deliveries))

    async def _company(self, organisation: Organisation) -> Company:
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
        if company is None:
            raise Refusal(
                "No company is connected, so there is nothing to compare with.",
                next_step="/integral connect",
            )
        return company

    async def _posted(self, company: Company, period: Period) -> list[Delivery]:
        async with self._storage.unit(read_only=True) as unit:
            deliveries = await unit.deliveries.in_period(company.id, period.first, period.last)
        return [delivery for delivery in deliveries if delivery.state in IN_THE_ERP]


def _period(first: str, last: str) -> Period:
    return Period(first=date.fromisoformat(first), last=date.fromisoformat(last))
