"""Approvals: a person decides on a frozen batch, once, for exactly what they were shown.

The stage between preflight and delivery. Every path to ``approved`` that needs a person goes
through :meth:`Approvals.decide`. It must not build entries (preparing does) nor send them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.services.audit import shapers_of
from bot.services.errors import Refusal
from bot.services.ports import Announcer, Clock, Storage, UnitOfWork
from bot.services.preparing import CHANGED, Preparing
from bot.services.run_status import read_status
from bot.services.runs import Runs, without_approval
from ledger.approval import may_approve
from ledger.delivery import DeliveryState
from ledger.organisation import (
    Company,
    ConnectionState,
    Organisation,
    PersonRole,
    Right,
    rights_of,
)
from ledger.periods import Period
from ledger.records import AuditRecord, Move
from ledger.runs import Batch, BatchState, Run


class Decision(StrEnum):
    """What an approver chose."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a decision, in a sentence for the person who clicked."""

    batch: Batch
    message: str
    is_new: bool
    """False when the batch had been decided, or had lapsed, before."""


class Approvals:
    """Decisions on batches."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        preparing: Preparing,
        runs: Runs,
        announcer: Announcer,
    ) -> None:
        """Take the ports and the two stages on either side."""
        self._storage = storage
        self._clock = clock
        self._preparing = preparing
        self._runs = runs
        self._announcer = announcer

    async def waiting(self, organisation: Organisation) -> list[Batch]:
        """Return the batches that wait for an approver, oldest first."""
        async with self._storage.unit(read_only=True) as unit:
            batches = await unit.deliveries.batches_in_state(
                organisation.id, BatchState.AWAITING_APPROVAL
            )
        return sorted(batches, key=lambda batch: batch.frozen_at)

    async def periods(self, batches: Iterable[Batch]) -> dict[str, Period]:
        """Return what each batch is over, by its id."""
        async with self._storage.unit(read_only=True) as unit:
            found = [(batch.id, await unit.runs.get(batch.run_id)) for batch in batches]
        return {id_: Period(run.first_date, run.last_date) for id_, run in found if run}

    async def decide(
        self,
        organisation: Organisation,
        batch_id: str,
        decision: Decision,
        *,
        person: str,
        note: str = "",
        digest: str | None = None,
    ) -> Decided:
        """Approve or reject a batch; twice, at once or on an old card is harmless.

        Args:
            organisation: The caller's; a batch of another one is not found.
            batch_id: From the card.
            decision: What was clicked.
            person: The Slack user id.
            note: The reason of a rejection.
            digest: The start of the digest that the card showed, when the card has one.

        Raises:
            Refusal: when there is no such batch, or the person may not decide on it.
        """
        async with self._storage.unit() as unit:
            batch = await self._find(unit, organisation, batch_id)
            run, company = await self._around(unit, batch)
            # The run is held from here on: whoever decides at the same time waits, and sees this.
            batch = await self._find(unit, organisation, batch_id)
            if batch.state is not BatchState.AWAITING_APPROVAL:
                return Decided(batch=batch, message=_already(batch), is_new=False)
            if digest is not None and not batch.digest.startswith(digest):
                raise Refusal("This card is an old one; use the newest card of this period.")
            await self._require_may_decide(unit, organisation, company, run, person)
            if not await self._preparing.is_current(unit, organisation, company, batch):
                lapsed = await self._preparing.lapse(unit, batch)
                await self._runs.reopen(unit, run)
                decided = Decided(batch=lapsed, message=_LAPSED, is_new=False)
            elif decision is Decision.APPROVE:
                decided = await self._approve(unit, batch, run, person, note)
            else:
                decided = await self._record(unit, batch, run, decision, person, note)
            status = await read_status(unit, organisation, company, run)
            await self._announcer.run_changed(unit, status)
            if decided.is_new and decided.batch.state is BatchState.REJECTED:
                await self._announcer.ended(unit, status, decided.batch)
            await unit.commit()
        await self._runs.enqueue(run.id)
        return decided

    async def _approve(
        self, unit: UnitOfWork, batch: Batch, run: Run, person: str, note: str
    ) -> Decided:
        """Count a yes; the last of those that are needed decides."""
        now = self._clock.now()
        before = await unit.deliveries.approvals(batch.id)
        await unit.deliveries.add_approval(batch.id, person, now)
        # Counted afresh at every click: an approver may have lost the role meanwhile, or have it
        # again, and then nobody else's yes may be to come.
        approvers = 0
        for each in {*before, person}:
            roles = await unit.people.roles(batch.organisation_id, each)
            approvers += Right.APPROVE in rights_of(roles)
        if approvers >= batch.approvers_needed:
            return await self._record(unit, batch, run, Decision.APPROVE, person, note)
        if person in before:
            message = "You approved this batch already; another approver has to do so as well."
            return Decided(batch=batch, message=message, is_new=False)
        await unit.audit.add(_audit(batch, Decision.APPROVE, person, "first of two", now))
        message = "Approved by you. Its amount needs a second approver; nothing is sent before."
        return Decided(batch=batch, message=message, is_new=True)

    async def _find(self, unit: UnitOfWork, organisation: Organisation, batch_id: str) -> Batch:
        batch = await unit.deliveries.batch(batch_id)
        if batch is None or batch.organisation_id != organisation.id:
            raise Refusal("There is no such batch here.", next_step="/integral approvals")
        return batch

    async def _around(self, unit: UnitOfWork, batch: Batch) -> tuple[Run, Company]:
        run = await unit.runs.get(batch.run_id)
        company = await unit.companies.get(batch.company_id)
        if run is None or company is None:
            message = f"batch {batch.id} has no run or no company"
            raise LookupError(message)
        return run, company

    async def _require_may_decide(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        run: Run,
        person: str,
    ) -> None:
        roles: frozenset[PersonRole] = await unit.people.roles(organisation.id, person)
        # What somebody else has approved since no longer counts as this person's shaping.
        since = await unit.deliveries.last_approval(company.id, not_by=person)
        actions = await unit.audit.shapers(organisation.id, since)
        refusal = may_approve(
            person,
            roles=roles,
            shapers=shapers_of(run, actions),
            policies=organisation.policies,
        )
        if refusal:
            raise Refusal(refusal.message, next_step="/integral roles")

    async def _record(
        self,
        unit: UnitOfWork,
        batch: Batch,
        run: Run,
        decision: Decision,
        person: str,
        note: str,
    ) -> Decided:
        approves = decision is Decision.APPROVE
        now = self._clock.now()
        new = replace(
            batch,
            state=BatchState.APPROVED if approves else BatchState.REJECTED,
            decided_by=person,
            decided_at=now,
            decision_note=note or None,
        )
        if not await unit.deliveries.decide(batch, new):
            current = await self._require_batch(unit, batch.id)
            return Decided(batch=current, message=_already(current), is_new=False)
        state = DeliveryState.APPROVED if approves else DeliveryState.DECLINED
        await _move_all(unit, batch, state, person, note)
        if approves:
            await self._runs.reopen(unit, run)
        else:
            await unit.runs.save(await without_approval(unit, run, now))
        await unit.audit.add(_audit(batch, decision, person, note, now))
        message = await self._goes_on(unit, batch) if approves else "Rejected; nothing was sent."
        return Decided(batch=new, message=message, is_new=True)

    async def _goes_on(self, unit: UnitOfWork, batch: Batch) -> str:
        """Say what an approval sets off now: nothing, while pushes are paused or disconnected."""
        company = await unit.companies.get(batch.company_id)
        if company is not None and not company.pushes_enabled:
            return "Approved. Pushes are paused: nothing is sent before `/integral resume`."
        if company is not None and company.connection is not ConnectionState.ACTIVE:
            return (
                "Approved. The company is not connected: nothing is sent before "
                "`/integral reauthorize`."
            )
        return "Approved; the push starts now."

    async def _require_batch(self, unit: UnitOfWork, batch_id: str) -> Batch:
        batch = await unit.deliveries.batch(batch_id)
        if batch is None:
            message = f"batch {batch_id} is gone"
            raise LookupError(message)
        return batch


_LAPSED = (
    "Something in this batch changed after it was prepared, so this card no longer counts. "
    "A new one with the present entries is on its way."
)


async def _move_all(
    unit: UnitOfWork, batch: Batch, state: DeliveryState, actor: str, note: str
) -> None:
    waiting = [
        delivery
        for delivery in await unit.deliveries.of_batch(batch.id)
        if delivery.state is DeliveryState.AWAITING_APPROVAL
    ]
    # From here on a correction's replacements hold the effects. They are sent only once what
    # they replace is undone in the ERP: see ``Delivering.free_replacements``.
    approves = state is DeliveryState.APPROVED
    replacing = await unit.corrections.pass_effects(batch.id) if approves else set[str]()
    moves = [
        Move(
            delivery=delivery,
            new=replace(
                delivery, state=DeliveryState.BLOCKED if delivery.id in replacing else state
            ),
            actor=actor,
            note=note,
        )
        for delivery in waiting
    ]
    await unit.deliveries.move(moves)


def _audit(batch: Batch, decision: Decision, person: str, note: str, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        organisation_id=batch.organisation_id,
        actor=person,
        action=f"batch.{decision.value}",
        subject=batch.id,
        before=BatchState.AWAITING_APPROVAL.value,
        after=f"{batch.digest} {note}".strip(),
    )


def _already(batch: Batch) -> str:
    who = f" by <@{batch.decided_by}>" if batch.decided_by else ""
    words = {
        BatchState.APPROVED: f"This batch was approved{who} already; nothing is sent twice.",
        BatchState.REJECTED: f"This batch was rejected{who} already.",
        BatchState.LAPSED: f"This card lapsed: {batch.decision_note or CHANGED}.",
        BatchState.NOT_NEEDED: "This batch needs no approval.",
        BatchState.AWAITING_APPROVAL: "This batch still waits for an approver.",
    }
    return words[batch.state]
