"""Look-alikes: entries held because the ERP has something like them that is not ours.

A person compares the two and decides: skip ours, or post it anyway. Nothing is decided by
itself, and nothing is changed in the ERP.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.services.audit import shapers_of
from bot.services.errors import Refusal
from bot.services.ports import UnitOfWork
from bot.services.problem_text import load_problem
from bot.services.run_status import read_status
from bot.services.runs import RunPorts, Runs
from ledger.approval import may_approve
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Organisation
from ledger.problems import Problem
from ledger.records import AuditRecord, Move
from ledger.runs import Delivery, Run


class Choice(StrEnum):
    """What a person decided about a held entry."""

    SKIP = "skip"
    """The ERP has it already, entered by hand: never send ours."""
    POST = "post"
    """They are two different things: send ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """A held entry, and what in the ERP looks like it."""

    delivery: Delivery
    problem: Problem | None
    url: str | None
    """Where to look at the ERP's entry."""


class LookAlikes:
    """Lists held entries, and records what people decide about them."""

    def __init__(self, ports: RunPorts, *, runs: Runs) -> None:
        """Take the ports, and the runs to wake after a decision."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._connectors = ports.connectors
        self._announcer = ports.announcer
        self._runs = runs

    async def held(self, organisation: Organisation) -> tuple[LookAlike, ...]:
        """Return the held entries of the organisation's company, lowest number first."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
            if company is None:
                return ()
            held = await unit.deliveries.in_state(company.id, [DeliveryState.HELD])
        return tuple(self._look_alike(company, delivery) for delivery in held)

    async def decide(
        self, organisation: Organisation, delivery_id: str, choice: Choice, *, person: str
    ) -> str:
        """Skip or post a held entry; return the sentence for the person.

        Posting anyway is an approval of that one entry, so it needs an approver who did not
        shape it; skipping needs somebody who may prepare.

        Raises:
            Refusal: when it is not held here, or the person may not post it.
        """
        async with self._storage.unit() as unit:
            delivery, run, company = await self._find(unit, organisation, delivery_id)
            if choice is Choice.POST:
                await self._require_approver(unit, organisation, company, run, person)
            await self._move(unit, delivery, choice, person)
            goes_on = run.id
            if choice is Choice.POST:
                goes_on = await self._runs.reopen(unit, run)
            await unit.audit.add(_audit(delivery, organisation, choice, person, self._clock.now()))
            status = await read_status(unit, organisation, company, run)
            if status.arrived:
                url = self._connectors.entry_url(company, status.arrived[0])
                status = replace(status, example_url=url)
            await self._announcer.run_changed(unit, status)
            await unit.commit()
        await self._runs.enqueue(goes_on)
        if choice is Choice.SKIP:
            return f"Skipped {delivery.entry.number}: it will never be sent."
        return f"{delivery.entry.number} will be posted now."

    def _look_alike(self, company: Company, delivery: Delivery) -> LookAlike:
        problem = load_problem(delivery.problem) if delivery.problem else None
        erp_id = dict(problem.facts).get("erp_id") if problem else None
        url = self._connectors.entry_url(company, erp_id) if erp_id else None
        return LookAlike(delivery=delivery, problem=problem, url=url)

    async def _find(
        self, unit: UnitOfWork, organisation: Organisation, delivery_id: str
    ) -> tuple[Delivery, Run, Company]:
        delivery = await unit.deliveries.get(delivery_id)
        company = await unit.companies.get(delivery.company_id) if delivery else None
        if delivery is None or company is None or company.organisation_id != organisation.id:
            raise Refusal("There is no such entry here.", next_step="/integral duplicates")
        if delivery.state is not DeliveryState.HELD:
            raise Refusal(
                f"{delivery.entry.number} was decided already.", next_step="/integral duplicates"
            )
        run = await unit.runs.get(delivery.run_id)
        if run is None:
            message = f"delivery {delivery.id} has no run"
            raise LookupError(message)
        return delivery, run, company

    async def _require_approver(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        run: Run,
        person: str,
    ) -> None:
        since = await unit.deliveries.last_approval(company.id, not_by=person)
        actions = await unit.audit.shapers(organisation.id, since)
        refusal = may_approve(
            person,
            roles=await unit.people.roles(organisation.id, person),
            shapers=shapers_of(run, actions),
            policies=organisation.policies,
        )
        if refusal:
            raise Refusal(refusal.message, next_step="/integral roles")

    async def _move(
        self, unit: UnitOfWork, delivery: Delivery, choice: Choice, person: str
    ) -> None:
        state = DeliveryState.SKIPPED if choice is Choice.SKIP else DeliveryState.APPROVED
        move = Move(
            delivery=delivery,
            new=replace(delivery, state=state, problem=None),
            actor=person,
            note=f"look-alike: {choice.value}",
        )
        if not await unit.deliveries.move([move]):
            raise Refusal(f"{delivery.entry.number} was decided a moment ago by somebody else.")


def _audit(
    delivery: Delivery, organisation: Organisation, choice: Choice, person: str, at: datetime
) -> AuditRecord:
    return AuditRecord(
        at=at,
        organisation_id=organisation.id,
        actor=person,
        action=f"look_alike.{choice.value}",
        subject=delivery.entry.number,
        before=delivery.problem,
        after=choice.value,
    )
