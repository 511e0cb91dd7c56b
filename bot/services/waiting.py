"""Waiting: attends to batches that nobody has decided on, when their time has come.

Shares the workbook, reminds, asks the fallback approver, and at last ends the card. Nothing
sleeps: a batch says when it is looked at again. It must not decide on a batch.
"""

from __future__ import annotations

from dataclasses import replace

from bot.services import audit
from bot.services.approval_card import read_asked
from bot.services.ports import UnitOfWork
from bot.services.preparing import Preparing
from bot.services.run_status import read_status
from bot.services.runs import RunPorts, without_approval
from bot.services.workbooks import SEND_WORKBOOK
from ledger.organisation import Company, Organisation
from ledger.runs import Batch, BatchState, Run
from ledger.waiting import WaitStep, due_steps, expiry_note, next_wake

ATTEND = "attend_batch"
"""Workflow: (batch id) → :meth:`Waiting.attend`."""
_DUE_AT_ONCE = 200


class Waiting:
    """Attends to batches that wait for an approver."""

    def __init__(self, ports: RunPorts, *, preparing: Preparing) -> None:
        """Take the ports, and the stage that ends a batch."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._engine = ports.engine
        self._announcer = ports.announcer
        self._preparing = preparing

    async def tick(self) -> int:
        """Enqueue what is due for waiting batches; called by the clock, harmless twice.

        Here and not in the workflow, since no workflow may enqueue another.
        """
        async with self._storage.unit(read_only=True) as unit:
            due = await unit.deliveries.due_batches(self._clock.now(), _DUE_AT_ONCE)
            readers = {batch.id: await self._readers(unit, batch) for batch in due}
        for batch in due:
            for person in readers[batch.id]:
                await self._engine.enqueue(
                    SEND_WORKBOOK,
                    f"{SEND_WORKBOOK}:{batch.id}:{person}",
                    batch.id,
                    person,
                    partition=batch.organisation_id,
                )
            moment = batch.wake_at.isoformat() if batch.wake_at else ""
            workflow_id = f"{ATTEND}:{batch.id}:{moment}"
            await self._engine.enqueue(
                ATTEND, workflow_id, batch.id, partition=batch.organisation_id
            )
        return len(due)

    async def _readers(self, unit: UnitOfWork, batch: Batch) -> tuple[str, ...]:
        """Return who is to have the workbook by now; an id that was enqueued is not again."""
        organisation = await unit.organisations.get(batch.organisation_id)
        run = await unit.runs.get(batch.run_id)
        if organisation is None or run is None:
            return ()
        if WaitStep.EXPIRE in self._due(batch, organisation):
            return ()
        return await read_asked(unit, organisation, batch, run, now=self._clock.now())

    async def attend(self, batch_id: str) -> None:
        """Do what is due for one batch, once, whoever else does the same (workflow)."""
        async with self._storage.unit() as unit:
            found = await unit.deliveries.batch(batch_id)
            run = await unit.runs.get(found.run_id) if found else None
            # The run is held from here on, against a decision at the same moment.
            batch = await unit.deliveries.batch(batch_id)
            if batch is None or run is None or batch.state is not BatchState.AWAITING_APPROVAL:
                return
            organisation = await unit.organisations.get(batch.organisation_id)
            company = await unit.companies.get(batch.company_id)
            if organisation is None or company is None:
                return
            steps = self._due(batch, organisation)
            if WaitStep.EXPIRE in steps:
                await self._expire(unit, organisation, company, run, batch)
            elif await self._attended(unit, organisation, batch):
                await self._take(unit, organisation, company, run, batch)
            await unit.commit()

    def _due(self, batch: Batch, organisation: Organisation) -> tuple[WaitStep, ...]:
        return due_steps(
            batch.frozen_at,
            organisation.policies,
            after=batch.attended_at,
            now=self._clock.now(),
        )

    async def _attended(self, unit: UnitOfWork, organisation: Organisation, batch: Batch) -> bool:
        now = self._clock.now()
        wake_at = next_wake(batch.frozen_at, organisation.policies, now=now)
        new = replace(batch, attended_at=now, wake_at=wake_at)
        return await unit.deliveries.attend(batch, new)

    async def _take(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        run: Run,
        batch: Batch,
    ) -> None:
        """Take the steps that are due."""
        steps = self._due(batch, organisation)
        status = await read_status(unit, organisation, company, run)
        # Whoever is asked by now has a card of their own: policies and roles may have changed.
        await self._announcer.run_changed(unit, status)
        if WaitStep.REMIND in steps:
            await self._announcer.remind(unit, status, batch)

    async def _expire(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        run: Run,
        batch: Batch,
    ) -> None:
        why = expiry_note(organisation.policies)
        lapsed = await self._preparing.lapse(unit, batch, why=why)
        if lapsed.state is not BatchState.LAPSED:
            return
        ended = await without_approval(unit, run, self._clock.now())
        await unit.runs.save(ended)
        record = audit.note(
            "batch.expired",
            batch.id,
            organisation_id=organisation.id,
            actor="integral",
            at=self._clock.now(),
            change=(None, {"digest": batch.digest, "why": why}),
        )
        await unit.audit.add(record)
        status = await read_status(unit, organisation, company, ended)
        await self._announcer.run_changed(unit, status)
        await self._announcer.ended(unit, status, lapsed)
