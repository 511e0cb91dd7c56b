"""Adoption: what people can do about numbers of ours that we do not know.

After a restored backup the ERP has entries of ours that we would send again: they are adopted.
After a second installation they are another's: the books are cut over at a day. Both run as
workflows, since they ask the ERP, and end with a direct message.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bot.erp.errors import ErpError
from bot.services.accounted import Adopted
from bot.services.adopting import Adopting
from bot.services.charts import require_company
from bot.services.cut_over import CuttingOver
from bot.services.runs import RunPorts
from bot.services.saying import FieldRefusal, Said, direct_message
from ledger.organisation import Company, Organisation
from ledger.periods import day_label, local_day

ADOPT = "adopt_numbers"
"""Workflow: (organisation id, company id, user id) → :meth:`Adoption.run_adopt`."""
CUT_OVER = "cut_over"
"""Workflow: (organisation id, company id, ISO date, user id) → :meth:`Adoption.run_cut_over`."""

AdoptedWords = Callable[[Adopted], Said]


class Adoption:
    """Accounts for numbers of ours that we do not know, when a person says how."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        adopting: Adopting,
        cutting_over: CuttingOver,
        words: AdoptedWords,
    ) -> None:
        """Take the ports, the two ways, and the view of how one ended."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._engine = ports.engine
        self._announcer = ports.announcer
        self._adopting = adopting
        self._cutting_over = cutting_over
        self._words = words

    async def ask_adopt(self, organisation: Organisation, *, person: str) -> Company:
        """Have the engine adopt, and tell the person how it ended.

        Raises:
            Refusal: when no company is connected.
        """
        company = await self._company(organisation)
        await self._enqueue(ADOPT, company, organisation.id, company.id, person)
        return company

    async def ask_cut_over(self, organisation: Organisation, day: date, *, person: str) -> Company:
        """Have the engine cut over at a day, and tell the person how it ended.

        Raises:
            FieldRefusal: naming the field ``day``, for one that is not after the go-live date.
            Refusal: when no company is connected.
        """
        company = await self._company(organisation)
        today = local_day(self._clock.now(), organisation.time_zone)
        if company.go_live_date is not None and day <= company.go_live_date:
            text = (
                f"Entries start on {day_label(company.go_live_date)} already; choose a later day."
            )
            raise FieldRefusal({"day": text})
        if day > today:
            raise FieldRefusal({"day": f"Choose a day up to today, {day_label(today)}."})
        await self._enqueue(CUT_OVER, company, organisation.id, company.id, day.isoformat(), person)
        return company

    async def _enqueue(self, workflow: str, company: Company, *args: str) -> None:
        workflow_id = f"{workflow}:{self._ids.new()}"
        await self._engine.enqueue(workflow, workflow_id, *args, partition=company.id)

    async def _company(self, organisation: Organisation) -> Company:
        async with self._storage.unit(read_only=True) as unit:
            return require_company(await unit.companies.active(organisation.id))

    # ── workflows ───────────────────────────────────────────────────────────

    async def run_adopt(self, organisation_id: str, company_id: str, person: str) -> None:
        """Adopt and say how it ended; the body of the workflow ``adopt_numbers``."""
        organisation, company = await self._around(organisation_id, company_id)
        try:
            result = await self._adopting.adopt(organisation, company, person=person)
        except ErpError as error:
            await self._failed(organisation, error, person)
            return
        await self._say(result, person)

    async def run_cut_over(
        self, organisation_id: str, company_id: str, day: str, person: str
    ) -> None:
        """Cut over and say how it ended; the body of the workflow ``cut_over``."""
        organisation, company = await self._around(organisation_id, company_id)
        try:
            result = await self._cutting_over.cut_over(
                organisation, company, date.fromisoformat(day), person=person
            )
        except ErpError as error:
            await self._failed(organisation, error, person)
            return
        await self._say(result, person)

    async def _around(self, organisation_id: str, company_id: str) -> tuple[Organisation, Company]:
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
            company = await unit.companies.get(company_id)
        if organisation is None or company is None:
            message = f"organisation {organisation_id} or company {company_id} is gone"
            raise LookupError(message)
        return organisation, company

    async def _failed(self, organisation: Organisation, error: ErpError, person: str) -> None:
        async with self._storage.unit() as unit:
            await self._announcer.failed(unit, organisation, error.problem, person=person)
            await unit.commit()

    async def _say(self, result: Adopted, person: str) -> None:
        async with self._storage.unit() as unit:
            message = direct_message(
                self._words(result),
                key=f"adopted:{self._ids.new()}",
                team_id=result.organisation.team_id,
                user_id=person,
            )
            await unit.outbox.put(message, self._clock.now())
            await unit.commit()
