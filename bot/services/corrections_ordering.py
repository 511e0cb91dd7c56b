"""Ordering: a person chose, gave a reason, and a correction run begins.

Nothing is frozen here: the run does that (``corrections_freezing``), and an approver decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.services import audit
from bot.services.corrections_planning import Planning, closed_days
from bot.services.corrections_selection import (
    as_typed,
    find_selected,
    fingerprint,
    read_selection,
)
from bot.services.errors import Refusal
from bot.services.pipeline import Pipeline
from bot.services.ports import UnitOfWork
from bot.services.run_status import read_status
from bot.services.runs import RunPorts, Runs, require_pushing
from bot.services.saying import FieldRefusal
from ledger.corrections import Correction, Dating, Mode, plain_reason, span_of
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import local_day
from ledger.records import Move
from ledger.runs import Delivery, Run, RunKind, RunState, Trigger

REASON, DATING = "reason", "dating"
"""The fields of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """What a person sent off."""

    words: tuple[str, ...]
    mode: Mode
    fingerprint: str
    order_id: str
    reason: str
    dating: Dating | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What became of it."""

    company: Company
    run: Run | None
    """None when nothing but unsent entries was named."""
    withdrawn: int
    is_new: bool = True


class CorrectionOrders:
    """Starts correction runs."""

    def __init__(self, ports: RunPorts, *, runs: Runs, pipeline: Pipeline) -> None:
        """Take the ports, the runs and the pipeline."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._announcer = ports.announcer
        self._runs = runs
        self._planning = Planning(clock=ports.clock, pipeline=pipeline)

    async def order(self, organisation: Organisation, form: OrderForm, *, person: str) -> Ordered:
        """Start a correction run, and withdraw what of the selection was never sent.

        Sent off twice, by one person or by two at once, it is one run.

        Raises:
            FieldRefusal: without a reason, or without a choice about closed books.
            Refusal: when the entries are no longer those that were shown, or there is nothing
                to do.
        """
        if not plain_reason(form.reason):
            raise FieldRefusal({REASON: "Say why; it stands in the memo of every reversal."})
        async with self._storage.lock(f"correction:{form.order_id}"):
            ordered = await self._order(organisation, form, person)
        if ordered.run is not None and ordered.is_new:
            await self._runs.enqueue(ordered.run.id)
        return ordered

    async def _order(self, organisation: Organisation, form: OrderForm, person: str) -> Ordered:
        today = local_day(self._clock.now(), organisation.time_zone)
        selection = read_selection(form.words, today=today)
        async with self._storage.unit() as unit:
            company = await require_pushing(unit, organisation)
            before = await unit.runs.get(form.order_id)
            if before is not None and before.organisation_id == organisation.id:
                return Ordered(company=company, run=before, withdrawn=0, is_new=False)
            found = await find_selected(unit, organisation, company, selection)
            if fingerprint(found) != form.fingerprint:
                raise Refusal(
                    "The entries are no longer the ones that were shown; look again first.",
                    next_step=f"/integral undo {as_typed(form.words)}",
                )
            sorted_ = await self._planning.sort(unit, company, found)
            chosen = sorted_.chosen(form.mode)
            await self._require_dating(unit, company, chosen, form)
            unsent = sorted_.unsent if form.mode is not Mode.REPOST else ()
            withdrawn = await self._withdraw(unit, unsent, form, person)
            run = None
            if chosen:
                run = await self._start(unit, organisation, company, chosen, form, person)
            elif not withdrawn:
                why = [problem.message for problem in sorted_.problems(form.mode)[:1]]
                why = why or [
                    f"{left.delivery.entry.number}: {left.why}." for left in sorted_.left[:1]
                ]
                raise Refusal(" ".join(["None of these entries can be corrected now.", *why]))
            await unit.commit()
        return Ordered(company=company, run=run, withdrawn=withdrawn)

    async def _require_dating(
        self, unit: UnitOfWork, company: Company, chosen: Sequence[Delivery], form: OrderForm
    ) -> None:
        """Closed books are asked about here, where a person is; never decided by us."""
        books = await unit.companies.books(company.id)
        is_closed = closed_days((d.entry.entry_date for d in chosen), books)
        if is_closed and form.dating is None:
            raise FieldRefusal({DATING: "The books are closed for some dates; choose what to do."})

    async def _withdraw(
        self, unit: UnitOfWork, unsent: Sequence[Delivery], form: OrderForm, person: str
    ) -> int:
        moves = [
            Move(
                delivery=delivery,
                new=replace(delivery, state=DeliveryState.WITHDRAWN),
                actor=person,
                note=f"undone before it was sent: {plain_reason(form.reason)}",
            )
            for delivery in unsent
        ]
        return len(await unit.deliveries.move(moves))

    async def _start(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        chosen: Sequence[Delivery],
        form: OrderForm,
        person: str,
    ) -> Run:
        now = self._clock.now()
        period = span_of([delivery.entry.entry_date for delivery in chosen])
        run = Run(
            id=form.order_id,
            organisation_id=organisation.id,
            company_id=company.id,
            first_date=period.first,
            last_date=period.last,
            trigger=Trigger.HAND,
            kind=RunKind.CORRECTION,
            requested_by=person,
            requested_at=now,
            state=RunState.OPEN,
            wake_at=now,
        )
        await unit.runs.add(run)
        await unit.corrections.add(
            Correction(
                run_id=run.id,
                company_id=company.id,
                mode=form.mode,
                dating=form.dating or Dating.HOLD,
                reason=plain_reason(form.reason),
                originals=tuple(sorted(delivery.id for delivery in chosen)),
            )
        )
        record = audit.note(
            f"correction.{form.mode.value}",
            str(period),
            organisation_id=organisation.id,
            actor=person,
            at=now,
            change=(None, {"run": run.id, "entries": len(chosen), "reason": form.reason}),
        )
        await unit.audit.add(record)
        status = await read_status(unit, organisation, company, run)
        await self._announcer.run_changed(unit, status)
        return run
