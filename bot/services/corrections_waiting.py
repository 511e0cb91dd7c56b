"""Corrections that need a person again: closed books, or something that the ERP refused.

It looks at the books again, takes the first open day, or gives up; it must not freeze or send.
"""

from __future__ import annotations

from dataclasses import replace

from bot.services import audit
from bot.services.errors import Refusal
from bot.services.ports import UnitOfWork
from bot.services.run_status import read_status
from bot.services.runs import RunPorts, Runs
from ledger.corrections import Dating
from ledger.delivery import DeliveryState
from ledger.organisation import Organisation
from ledger.records import Move
from ledger.runs import OPEN_RUN_STATES, BatchState, Delivery, Run, RunKind, RunState

_STUCK = frozenset({DeliveryState.REFUSED, DeliveryState.BLOCKED})


class WaitingCorrections:
    """Takes a person's answers about corrections that cannot go on."""

    def __init__(self, ports: RunPorts, *, runs: Runs) -> None:
        """Take the ports, and the runs to wake."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._announcer = ports.announcer
        self._runs = runs

    async def look_again(self, organisation: Organisation, run_id: str, *, person: str) -> str:
        """Have a waiting correction look at the books again, after a period was reopened.

        Raises:
            Refusal: when it is not a waiting correction of this organisation.
        """
        async with self._storage.unit() as unit:
            run = await self._waiting(unit, organisation, run_id)
            await unit.runs.save(replace(run, wake_at=self._clock.now()))
            await self._note(unit, run, "correction.reopened", person, 0)
            await unit.commit()
        await self._runs.enqueue(run_id)
        return "The books are looked at again now; a card follows when the period is open."

    async def use_first_open_day(
        self, organisation: Organisation, run_id: str, *, person: str
    ) -> str:
        """Date what waits on the first open day, with the period it is for in the memo.

        Raises:
            Refusal: when it is not a waiting correction of this organisation.
        """
        async with self._storage.unit() as unit:
            run = await self._waiting(unit, organisation, run_id)
            await unit.corrections.choose_dating(run.id, Dating.FIRST_OPEN_DAY)
            # Whoever chooses the date shapes the batch, whoever asked for it.
            await self._note(unit, run, "correction.dated", person, 0, is_shaping=True)
            await unit.runs.save(replace(run, wake_at=self._clock.now()))
            books = await unit.companies.books(run.company_id)
            await unit.commit()
        await self._runs.enqueue(run_id)
        day = f"{books.first_open:%-d %b %Y}, " if books and books.first_open else ""
        return (
            f"What lies in closed books will be dated {day}the first open day, and its memo names "
            "the period it is for. The approver's card says so."
        )

    async def give_up(self, organisation: Organisation, run_id: str, *, person: str) -> str:
        """End a correction that waits, or of which the ERP refused something.

        What was refused, and what waits for it, is withdrawn; what is in the ERP stays. Effects
        go back to the entries that hold them in the books.

        Raises:
            Refusal: when it is neither, or not this organisation's.
        """
        async with self._storage.unit() as unit:
            run = await self._find(unit, organisation, run_id)
            stuck = await stuck_of(unit, run)
            is_waiting = run.waiting_for is not None and await is_unfrozen(unit, run)
            if not stuck and not is_waiting:
                raise Refusal("There is nothing to give up in this correction.")
            moves = [
                Move(
                    delivery=delivery,
                    new=replace(delivery, state=DeliveryState.WITHDRAWN),
                    actor=person,
                    note="the correction was given up",
                )
                for delivery in stuck
            ]
            withdrawn = await unit.deliveries.move(moves)
            await unit.corrections.forget_comparison(run.company_id)
            if is_waiting:
                run = replace(run, state=RunState.CANCELLED, wake_at=None, waiting_for=None)
                await unit.runs.save(run)
            await self._note(unit, run, "correction.given_up", person, len(withdrawn))
            company = await unit.companies.get(run.company_id)
            if company is not None:
                status = await read_status(unit, organisation, company, run)
                await self._announcer.run_changed(unit, status)
            await unit.commit()
        return "Given up; nothing more of it is sent, and what is in the ERP stays as it is."

    async def _find(self, unit: UnitOfWork, organisation: Organisation, run_id: str) -> Run:
        run = await unit.runs.get(run_id)
        is_here = run is not None and run.organisation_id == organisation.id
        if run is None or not is_here or run.kind is not RunKind.CORRECTION:
            raise Refusal("There is no such correction here.", next_step="/integral undo")
        return run

    async def _waiting(self, unit: UnitOfWork, organisation: Organisation, run_id: str) -> Run:
        run = await self._find(unit, organisation, run_id)
        if not await is_unfrozen(unit, run):
            raise Refusal("This correction no longer waits.", next_step="/integral undo")
        return run

    async def _note(
        self,
        unit: UnitOfWork,
        run: Run,
        action: str,
        person: str,
        entries: int,
        *,
        is_shaping: bool = False,
    ) -> None:
        write = audit.shaping if is_shaping else audit.note
        record = write(
            action,
            f"{run.first_date}..{run.last_date}",
            organisation_id=run.organisation_id,
            actor=person,
            at=self._clock.now(),
            change=(None, {"run": run.id, "entries": entries}),
        )
        await unit.audit.add(record)


async def is_unfrozen(unit: UnitOfWork, run: Run) -> bool:
    """Say whether a correction has no batch that counts: none yet, or only lapsed ones."""
    if run.state is not RunState.OPEN:
        return False
    batches = await unit.deliveries.batch_of_run(run.id)
    return all(batch.state is BatchState.LAPSED for batch in batches)


async def stuck_of(unit: UnitOfWork, run: Run) -> list[Delivery]:
    """Return what the ERP refused of an ended correction, and what waits for that."""
    if run.state in OPEN_RUN_STATES:
        return []
    return [d for d in await unit.deliveries.of_run(run.id) if d.state in _STUCK]
