"""Stragglers: transactions of closed months that came late, and what people choose for them.

Nothing goes silently into a closed month: what turns up or becomes ready after its month was
closed is listed in the finance channel until a person has chosen. It must not post anything: what
is to go now goes as a run of its own, with an approval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.services import audit
from bot.services.errors import Refusal
from bot.services.late import LateMonth, Straggling, undecided
from bot.services.pipeline import Pipeline
from bot.services.ports import UnitOfWork
from bot.services.runs import RunPorts, Runs
from bot.services.saying import Said, tell
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.runs import Trigger
from ledger.stragglers import LeftOut, StragglerChoice, StragglerDecision

LOOK = "look_for_stragglers"
"""Workflow: (organisation id) → :meth:`Stragglers.look`."""
_LEFT_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The list as the finance channel is shown it."""

    organisation: Organisation
    company: Company
    late: Straggling


StragglerWords = Callable[[Listed], Said]


class Stragglers:
    """Finds late transactions, shows them, and records what people choose."""

    def __init__(
        self, ports: RunPorts, *, pipeline: Pipeline, runs: Runs, words: StragglerWords
    ) -> None:
        """Take the ports, the stages before approval, the one way into the ERP, and the view."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._engine = ports.engine
        self._pipeline = pipeline
        self._runs = runs
        self._words = words
        self._asked: dict[str, tuple[str, str]] = {}

    async def tick(self) -> int:
        """Have every organisation with a closed month looked at once for each change."""
        async with self._storage.unit(read_only=True) as unit:
            versions = await unit.stragglers.versions()
        new = {who: which for who, which in versions.items() if self._asked.get(who) != which}
        for organisation_id, (company_id, version) in new.items():
            await self._engine.enqueue(
                LOOK,
                f"{LOOK}:{company_id}:{version}",
                organisation_id,
                partition=organisation_id,
            )
            # Only spares the engine: its ids keep a look single over all processes.
            self._asked[organisation_id] = (company_id, version)
        return len(new)

    async def look(self, organisation_id: str) -> None:
        """Show what came late, or that nothing does any more (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
            listed = await self.listed(unit, organisation) if organisation else None
        if listed is None:
            return
        async with self._storage.unit() as unit:
            await self._show(unit, listed)
            await unit.commit()

    async def listed(self, unit: UnitOfWork, organisation: Organisation) -> Listed | None:
        """Return what came late; none while no company is connected."""
        company = await unit.companies.active(organisation.id)
        if company is None:
            return None
        if company.last_month_end is None:
            return Listed(organisation=organisation, company=company, late=Straggling(months=()))
        survey = await self._pipeline.survey(unit, organisation, company)
        decisions = await unit.stragglers.decisions(company.id)
        late = undecided(survey.late, decisions)
        return Listed(organisation=organisation, company=company, late=late)

    async def waiting(self, organisation: Organisation) -> Listed | None:
        """Return what waits for a choice; none when nothing does."""
        async with self._storage.unit(read_only=True) as unit:
            # The caller's may be older, and what was worked out for the newest not be found by it.
            current = await unit.organisations.get(organisation.id) or organisation
            listed = await self.listed(unit, current)
        return listed if listed is not None and listed.late.count else None

    async def push(self, organisation: Organisation, month: Period, *, person: str) -> str:
        """Start a run of a closed month for what came late; return a sentence.

        Raises:
            Refusal: when nothing of that month waits, or nothing may be pushed now.
        """
        late = await self._of_month(organisation, month)
        if not late.ready:
            raise Refusal(
                f"Nothing late of {month} is ready: all of it is blocked.",
                next_step=f"/integral preview {month}",
            )
        await self._runs.start(organisation, month, trigger=Trigger.HAND, requested_by=person)
        return f"The late transactions of {month} are being prepared; an approver decides on them."

    async def choose(
        self,
        organisation: Organisation,
        month: Period,
        choice: StragglerChoice,
        *,
        person: str,
        reason: str = "",
        seen: str | None = None,
    ) -> str:
        """Record a choice for everything late of one closed month; return a sentence.

        ``seen`` is the mark of the list that the person chose from, when it had one.

        Raises:
            Refusal: when nothing of that month waits, something came since it was seen, or a
                reason is missing.
        """
        if choice is StragglerChoice.IGNORE and not reason.strip():
            raise Refusal("Say why they stay out of the books; the auditor reads it.")
        async with self._storage.unit() as unit:
            # First: whoever chooses at the same time waits here, and then finds it chosen. What
            # is left out of the books, or let in, changes what a card would hold besides.
            await unit.organisations.raise_shape_version(organisation.id)
            current = await unit.organisations.get(organisation.id) or organisation
            listed = await self.listed(unit, current)
            late = _month_in(listed, month)
            if listed is None or late is None:
                raise Refusal(f"Nothing late of {month} waits for a choice any more.")
            if seen is not None and seen != late.seen:
                raise Refusal(f"What is late of {month} changed; choose from the newest list.")
            await self._record(unit, listed, late, choice, person=person, reason=reason.strip())
            after = await self.listed(unit, current)
            await self._show(unit, after or listed)
            await unit.commit()
        number = len(late.transactions)
        if choice is StragglerChoice.IGNORE:
            return f"Late transactions of {month} that stay out of the books: {number:,}."
        return f"Late transactions of {month} that go with the next month's push: {number:,}."

    async def left_out(self, organisation: Organisation) -> list[LeftOut]:
        """Return what people left out of the books, the newest first."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
            return await unit.stragglers.left_out(company.id, _LEFT_SHOWN) if company else []

    async def take_back(
        self, organisation: Organisation, chosen_at: datetime, *, person: str
    ) -> str:
        """Undo one "leave out": its transactions wait for a choice again; return a sentence.

        Raises:
            Refusal: when nothing is left out by that choice any more.
        """
        async with self._storage.unit() as unit:
            await unit.organisations.raise_shape_version(organisation.id)
            current = await unit.organisations.get(organisation.id) or organisation
            company = await unit.companies.active(organisation.id)
            back = await unit.stragglers.take_back(company.id, chosen_at) if company else []
            if not back:
                raise Refusal("That was taken back already, or chosen anew.")
            record = audit.shaping(
                "stragglers.take_back",
                chosen_at.isoformat(),
                organisation_id=organisation.id,
                actor=person,
                at=self._clock.now(),
                change=({"transactions": [f"{source}:{id_}" for source, id_ in back]}, None),
            )
            await unit.audit.add(record)
            if listed := await self.listed(unit, current):
                await self._show(unit, listed)
            await unit.commit()
        return f"Late transactions that wait for a choice again: {len(back):,}."

    async def _of_month(self, organisation: Organisation, month: Period) -> LateMonth:
        late = _month_in(await self.waiting(organisation), month)
        if late is None:
            raise Refusal(f"Nothing late of {month} waits for a choice any more.")
        return late

    async def _record(
        self,
        unit: UnitOfWork,
        listed: Listed,
        late: LateMonth,
        choice: StragglerChoice,
        *,
        person: str,
        reason: str,
    ) -> None:
        now = self._clock.now()
        await unit.stragglers.decide(
            [
                StragglerDecision(
                    company_id=listed.company.id,
                    source=source,
                    transaction_id=transaction_id,
                    choice=choice,
                    reason=reason,
                    chosen_by=person,
                    chosen_at=now,
                )
                for source, transaction_id in late.transactions
            ]
        )
        facts: dict[str, object] = {
            "reason": reason,
            "transactions": [f"{source}:{id_}" for source, id_ in late.transactions],
        }
        record = audit.shaping(
            f"stragglers.{choice.value}",
            str(late.month),
            organisation_id=listed.organisation.id,
            actor=person,
            at=now,
            change=(None, facts),
        )
        await unit.audit.add(record)

    async def _show(self, unit: UnitOfWork, listed: Listed) -> None:
        """Show the list; where there was never anything late, say nothing."""
        said = self._words(listed)
        prefix = f"stragglers:{listed.company.id}:"
        if not listed.late.count and not await unit.outbox.under(prefix):
            return
        await tell(
            unit,
            listed.organisation,
            said,
            key=f"stragglers:{listed.company.id}",
            at=self._clock.now(),
        )


def _month_in(listed: Listed | None, month: Period) -> LateMonth | None:
    months: Sequence[LateMonth] = listed.late.months if listed else ()
    return next((each for each in months if each.month == month), None)
