"""Advancing: takes a run as far as it can go now, through whatever stage it stands in.

Decides what comes next for a run and when it is woken; each stage is another module's. A run
may be advanced any number of times, from any process, and goes on where it was. It must not
start runs (``bot.services.runs`` does) nor decide on batches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.erp.connector import Connector
from bot.erp.errors import ErpError
from bot.services.closing import close_month
from bot.services.delivery import Delivering, Pause
from bot.services.outdated import NOTE as WITHDRAWN_NOTE
from bot.services.ports import UnitOfWork
from bot.services.preparing import Preparing
from bot.services.recognising import Recognising
from bot.services.run_status import newest, read_status
from bot.services.runs import RunPorts
from bot.services.strangers import Looked
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Organisation
from ledger.problems import CATALOGUE, Problem, ProblemCode
from ledger.records import Move
from ledger.runs import OPEN_RUN_STATES, Batch, BatchState, Delivery, Run, RunKind, RunState
from ledger.waiting import has_expired

# A pass that dies unnoticed is taken up again after this time, whatever became of its process.
PASS_LIMIT = timedelta(minutes=15)
# After a problem only a person can mend: looked at again by itself now and then.
MENDING_WAIT = timedelta(hours=6)
PAUSED = "Pushes are paused. `/integral resume` goes on with it."
"""What a run says that somebody's pause has stopped on its way."""
_ROUNDS = 1000
_LEFT = (DeliveryState.APPROVED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
"""What still has to go or to be settled."""

log = structlog.get_logger(__name__)


class Advancing:
    """Takes runs further; the body of the workflow ``advance_run``."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        preparing: Preparing,
        delivering: Delivering,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the ports and the stages; ``stopping`` says that the process wants to end."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._connectors = ports.connectors
        self._announcer = ports.announcer
        self._preparing = preparing
        self._recognising = Recognising(storage=ports.storage, clock=ports.clock)
        self._delivering = delivering
        self._stopping = stopping

    async def advance(self, run_id: str, wake: int) -> None:
        """Take a run as far as it can go now; the body of the workflow.

        May be run again from its start, and by another process, at any point.
        """
        run = await self._begin(run_id, wake)
        if run is None:
            return
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(run.organisation_id)
            company = await unit.companies.get(run.company_id)
        if organisation is None or company is None:
            message = f"run {run_id} has no organisation or no company"
            raise LookupError(message)
        try:
            connector = self._connectors.of(company)
            ended = await self._pass(run, organisation, company, connector)
            ended = replace(ended, connector=connector)
        except ErpError as error:
            ended = _Ended(pause=self._delivering.pause_for(error))
        await self._end(run, organisation, company, ended)

    async def _begin(self, run_id: str, wake: int) -> Run | None:
        """Take the run up, unless a later wake has it already."""
        async with self._storage.unit() as unit:
            run = await unit.runs.get(run_id)
            if run is None or run.state not in OPEN_RUN_STATES or run.wakes > wake + 1:
                return None
            begun = replace(
                run, wakes=wake + 1, wake_at=self._clock.now() + PASS_LIMIT, waiting_for=None
            )
            await unit.runs.save(begun)
            await unit.commit()
            return begun

    async def _pass(
        self, run: Run, organisation: Organisation, company: Company, connector: Connector
    ) -> _Ended:
        batch = await self._current_batch(run, organisation, company)
        # First: what the ERP has already, after a restored backup, is never taken back.
        looked, _ = await self._recognising.before_sending(organisation, company, connector)
        outdated = await self._preparing.withdraw_outdated(organisation, company)
        if batch is None and run.kind is RunKind.PUSH:
            await self._retry_refused(run, company)
        # What stands in for an outdated entry is approved as everything is, in a batch of its own.
        is_outdated = outdated > 0 or await self._lacks_what_was_withdrawn(run)
        if batch is None or (is_outdated and run.kind is RunKind.PUSH and not _awaits(batch)):
            batch = await self._preparing.prepare(run, organisation, company, connector)
        if _awaits(batch):
            # What was approved before does not wait for this decision.
            ended = await self._deliver(run, organisation, company, connector, looked)
            return replace(ended, awaits_approval=True)
        return await self._deliver(run, organisation, company, connector, looked)

    async def _current_batch(
        self, run: Run, organisation: Organisation, company: Company
    ) -> Batch | None:
        """Return the run's batch, unless what it was made of has changed since."""
        async with self._storage.unit() as unit:
            batch = newest(await unit.deliveries.batch_of_run(run.id))
            if batch is None or (batch.state is BatchState.LAPSED and not has_expired(batch)):
                # One that expired is prepared again when somebody asks, in a run of its own.
                return None
            waits = batch.state is BatchState.AWAITING_APPROVAL
            if waits and not await self._preparing.is_current(unit, organisation, company, batch):
                await self._preparing.lapse(unit, batch)
                await unit.commit()
                return None
            return batch

    async def _lacks_what_was_withdrawn(self, run: Run) -> bool:
        """Say whether entries of the run were taken back since it last prepared anything.

        By a pass of another run, or by one that ended before it could prepare what stands in.
        """
        async with self._storage.unit(read_only=True) as unit:
            withdrawn_at = await unit.deliveries.last_withdrawn(run.id, note=WITHDRAWN_NOTE)
            batches = await unit.deliveries.batch_of_run(run.id) if withdrawn_at else ()
        return withdrawn_at is not None and all(b.frozen_at < withdrawn_at for b in batches)

    async def _retry_refused(self, run: Run, company: Company) -> None:
        """Give what the ERP refused another try: same entry, same number, a new request key.

        The ERP keeps the answer to the old key and would only repeat it.
        """
        async with self._storage.unit() as unit:
            refused = [
                delivery
                for delivery in await unit.deliveries.in_period(
                    company.id, run.first_date, run.last_date
                )
                if delivery.state is DeliveryState.REFUSED
            ]
            await unit.deliveries.move([self._another_try(delivery, run) for delivery in refused])
            await unit.commit()

    def _another_try(self, delivery: Delivery, run: Run) -> Move:
        new = replace(
            delivery,
            state=DeliveryState.APPROVED,
            request_key=self._ids.new(),
            problem=None,
        )
        return Move(
            delivery=delivery, new=new, actor=run.requested_by, note="tried again on request"
        )

    async def _deliver(
        self,
        run: Run,
        organisation: Organisation,
        company: Company,
        connector: Connector,
        looked: Looked,
    ) -> _Ended:
        """Settle, send and verify in turn until nothing is left that can be done now."""
        for _ in range(_ROUNDS):
            if self._stopping():
                return _Ended(hands_on=True, wake_at=self._clock.now())
            reclaim_at = await self._delivering.reclaim(company, connector)
            settle_at = await self._delivering.settle(company, connector)
            await self._delivering.free_replacements(company)
            # What was approved or freed since this pass looked was not looked for yet.
            looked, recognised = await self._recognising.before_sending(
                organisation, company, connector, looked=looked
            )
            if recognised:
                continue
            pause, sent = await self._delivering.send(company, connector, looked)
            await self._verify_posted(company, connector)
            now = self._clock.now()
            goes_on = sent > 0 and (pause is None or pause.is_over(now))
            is_settling = pause is None and settle_at is not None and settle_at <= now
            if not goes_on and not is_settling:
                times = [t for t in (reclaim_at, settle_at) if t is not None]
                return _Ended(pause=pause, wake_at=min(times, default=None))
            # The end of the pass says itself where the run stands then.
            await self._announce(run.id, organisation, company)
        return _Ended(wake_at=self._clock.now())

    async def _verify_posted(self, company: Company, connector: Connector) -> None:
        async with self._storage.unit(read_only=True) as unit:
            posted = await unit.deliveries.in_state(
                company.id, [DeliveryState.POSTED, DeliveryState.PENDING_IN_ERP]
            )
        await self._delivering.verify(connector, posted)

    async def _announce(self, run_id: str, organisation: Organisation, company: Company) -> None:
        async with self._storage.unit() as unit:
            run = await unit.runs.get(run_id)
            if run is not None:
                await self._announcer.run_changed(
                    unit, await read_status(unit, organisation, company, run)
                )
                await unit.commit()

    async def _end(
        self, begun: Run, organisation: Organisation, company: Company, ended: _Ended
    ) -> None:
        """Store when the run goes on, or that it is finished, and say so."""
        async with self._storage.unit() as unit:
            run = await unit.runs.get(begun.id)
            if run is None or run.state not in OPEN_RUN_STATES:
                return  # Finished by another pass, or its batch was rejected, meanwhile.
            counts = await unit.deliveries.counts(company.id)
            left = sum(counts.get(state, 0) for state in _LEFT)
            is_unread = counts.get(DeliveryState.POSTED, 0) > 0 and not ended.waits
            # Another pass posted after this one had read back, and may have died since.
            if is_unread or await self._is_outdated(unit, run, ended, is_left=left > 0):
                # Nobody else will wake the run for what changed since this pass looked.
                ended = replace(ended, awaits_approval=False, wake_at=self._clock.now())
            saved = _after_pass(run, ended, left=left, now=self._clock.now())
            saved = _kept_awake(saved, run, begun, self._clock.now())
            await unit.runs.save(saved)
            await close_month(unit, organisation, saved, now=self._clock.now())
            status = await read_status(unit, organisation, company, saved)
            if status.arrived and ended.connector is not None:
                url = ended.connector.entry_url(status.arrived[0])
                status = replace(status, example_url=url)
            await self._announcer.run_changed(unit, status)
            await unit.commit()
        log.info("run.passed", run=run.id, state=saved.state.value, wakes=saved.wakes)

    async def _is_outdated(
        self, unit: UnitOfWork, run: Run, ended: _Ended, *, is_left: bool
    ) -> bool:
        """Say whether what the run was to wait for is over: an approval, or a pause of pushes."""
        if ended.awaits_approval:
            batch = newest(await unit.deliveries.batch_of_run(run.id))
            return batch is None or batch.state is not BatchState.AWAITING_APPROVAL
        company = await unit.companies.get(run.company_id)
        resumed = company is not None and company.pushes_enabled
        return is_left and resumed and not ended.waits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How one pass ended: waiting for a person, for a time, or with nothing left to do."""

    awaits_approval: bool = False
    hands_on: bool = False
    """This process is stopping: another one goes on at once."""
    pause: Pause | None = None
    wake_at: datetime | None = None
    connector: Connector | None = None

    @property
    def waits(self) -> bool:
        """Say whether the pass knows what it waits for."""
        return self.awaits_approval or self.pause is not None or self.wake_at is not None


def _awaits(batch: Batch | None) -> bool:
    return batch is not None and batch.state is BatchState.AWAITING_APPROVAL


def _after_pass(run: Run, ended: _Ended, *, left: int, now: datetime) -> Run:
    if ended.awaits_approval:
        waiting = _waiting(ended.pause) if ended.pause else None
        return replace(
            run,
            state=RunState.AWAITING_APPROVAL,
            wake_at=_next_look(ended, now),
            waiting_for=waiting,
        )
    if ended.waits:
        wake_at = _next_look(ended, now)
        return replace(run, state=RunState.OPEN, wake_at=wake_at, waiting_for=_reason(ended))
    if left:
        # Pushes were paused on the way: whoever resumes them wakes the run.
        return replace(run, state=RunState.OPEN, wake_at=None, waiting_for=PAUSED)
    return replace(run, state=RunState.FINISHED, wake_at=None, waiting_for=None)


def _kept_awake(saved: Run, stored: Run, begun: Run, now: datetime) -> Run:
    """Return the run as its pass leaves it; still due when somebody woke it meanwhile.

    What they woke it for, an approval above all, may have come too late for this pass to see.
    """
    wake_at = stored.wake_at
    if wake_at is None or wake_at == begun.wake_at or wake_at > now:
        return saved
    state = RunState.OPEN if saved.state is RunState.FINISHED else saved.state
    return replace(saved, state=state, wake_at=wake_at)


def _next_look(ended: _Ended, now: datetime) -> datetime | None:
    times = [ended.wake_at] if ended.wake_at else []
    if ended.pause is not None:
        times.append(ended.pause.until or now + MENDING_WAIT)
    return min(times, default=None)


def _reason(ended: _Ended) -> str | None:
    """Say why a run waits; none when it is only handed on."""
    if ended.pause is not None:
        return _waiting(ended.pause)
    if ended.hands_on:
        return None
    unknown = Problem(code=ProblemCode.OUTCOME_UNKNOWN, subject="An entry")
    return _waiting(Pause(problem=unknown, until=ended.wake_at))


def _waiting(pause: Pause) -> str:
    remedy = CATALOGUE[pause.problem.code].remedy
    return f"{pause.problem.message} {remedy}"
