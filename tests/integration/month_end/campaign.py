"""A seeded campaign of edits, clicks, restarts and two workers around a month's end.

Its model knows who shaped what and what every card showed, from the outside only; after every
step it holds what QuickBooks has against what an eligible person approved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

from bot.services import audit
from bot.services.approvals import Decision
from bot.services.errors import Refusal
from ledger.delivery import DeliveryState
from ledger.periods import Period
from ledger.runs import Batch, BatchState, Delivery, Trigger
from ledger.schedules import SCHEDULE
from sandbox.faults import FaultKind
from sandbox.quickbooks.company import Side
from tests.integration.delivery.scene import OCTOBER, Scene
from tests.integration.month_end.closing_office import ClosingOffice, closing_office
from tests.support.office import CLERK, CONTROLLER, DEPUTY, deposit

APPROVERS = (CONTROLLER, DEPUTY)
EVERYBODY = (*APPROVERS, CLERK, "U-stranger")
Step = Callable[[], Awaitable[None]]
FIRST_OF_NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 1))


class Campaign:
    """One campaign over one scene."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._random = Random(seed)
        self._stacks: list[AsyncExitStack] = []
        self._offices: list[ClosingOffice] = []
        self._starts = 0
        self._rows = 0
        self._cards: dict[str, Batch] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._approved: set[str] = set()
        self._shapers: set[str] = set()
        self.posted = 0
        self.decisions = 0

    async def run(self, rounds: int) -> None:
        """Do some rounds, then let everything end that can end by itself."""
        try:
            for place in range(2):
                await self._start(place)
            await self._add_row()
            for _ in range(rounds):
                for step in self._round():
                    await step()
                    await self._look()
            self._scene.heal()
            for _ in range(3):
                await self._work_together()
                self._pass_time(1)
            await self._look()
        finally:
            for stack in self._stacks:
                await stack.aclose()

    def _round(self) -> list[Step]:
        """Draw what happens next: an edit, a request, a disturbance and clicks, in any order."""
        draw = self._random.choice
        edits = [self._add_row, self._add_row, self._correct_row, self._shape]
        asks = [self._sync, self._build, self._daily]
        disturbances = [self._restart, self._spoil, self._later, self._work_together]
        clicks = [self._click, self._click_twice, self._click_during_an_edit]
        steps = [draw(edits), draw(disturbances), draw(clicks)]
        self._random.shuffle(steps)
        return [draw(asks), *steps, draw(clicks), self._work_together]

    # ── processes ───────────────────────────────────────────────────────────

    async def _start(self, place: int) -> None:
        self._starts += 1
        stack = AsyncExitStack()
        office = await stack.enter_async_context(
            closing_office(self._scene, f"process-{self._starts}")
        )
        if place < len(self._offices):
            self._stacks[place], self._offices[place] = stack, office
        else:
            self._stacks.append(stack)
            self._offices.append(office)

    async def _restart(self) -> None:
        place = self._random.randrange(2)
        await self._stacks[place].aclose()
        await self._start(place)

    async def _work_together(self) -> None:
        await asyncio.gather(*(office.tick() for office in self._offices))

    def _pass_time(self, hours: float) -> None:
        self._scene.clock.advance(seconds=hours * 3600)
        self._scene.running.clock.advance(hours * 3600)

    async def _later(self) -> None:
        self._pass_time(self._random.choice([0.01, 1, 30, 100]))
        await self._work_together()

    async def _spoil(self) -> None:
        kind = self._random.choice([FaultKind.DROP_REPLY, FaultKind.DROP_REQUEST])
        self._scene.spoil(kind, nth=1)

    # ── edits ───────────────────────────────────────────────────────────────

    async def _add_row(self) -> None:
        self._rows += 1
        await self._bring(self._rows)

    async def _correct_row(self) -> None:
        await self._bring(self._random.randint(1, self._rows))

    async def _bring(self, number: int) -> None:
        day = date(2026, 11, 1) if number % 5 == 0 else date(2026, 10, 1 + number % 28)
        amount = f"{self._random.randint(1, 900)}.00"
        await self._scene.bring(deposit(number, day=day, amount=amount))

    async def _shape(self) -> None:
        """An approver changes something entries are made of, so may not decide on them."""
        person = self._random.choice(APPROVERS)
        organisation = self._scene.office.organisation
        record = audit.shaping(
            "mapping.saved",
            "a wallet",
            organisation_id=organisation.id,
            actor=person,
            at=self._scene.clock.now(),
        )
        async with self._scene.database.unit() as unit:
            await unit.audit.add(record)
            await unit.commit()
        self._scene.clock.advance(seconds=1)
        self._shapers.add(person)

    # ── runs ────────────────────────────────────────────────────────────────

    async def _sync(self) -> None:
        await self._ask(OCTOBER, Trigger.HAND, self._random.choice([CLERK, CONTROLLER]))

    async def _daily(self) -> None:
        await self._ask(FIRST_OF_NOVEMBER, Trigger.DAILY, SCHEDULE)

    async def _ask(self, period: Period, trigger: Trigger, person: str) -> None:
        office = self._random.choice(self._offices)
        await office.product.runs.start(
            self._scene.office.organisation, period, trigger=trigger, requested_by=person
        )
        await self._work_together()

    async def _build(self) -> None:
        await self._ask(OCTOBER, Trigger.MONTHLY, SCHEDULE)

    # ── clicks ──────────────────────────────────────────────────────────────

    async def _click(self) -> None:
        await self._decide(self._random.choice(EVERYBODY))

    async def _click_twice(self) -> None:
        card = self._any_card()
        people = self._random.sample(EVERYBODY, 2)
        await asyncio.gather(*(self._decide(person, card) for person in people))

    async def _click_during_an_edit(self) -> None:
        await asyncio.gather(self._decide(self._random.choice(APPROVERS)), self._correct_row())

    def _any_card(self) -> Batch | None:
        if not self._cards:
            return None
        # An old card now and then.
        newest = list(self._cards.values())[-3:]
        return newest[-1] if self._random.random() < 0.8 else self._random.choice(newest)

    async def _decide(self, person: str, card: Batch | None = None) -> None:
        card = card or self._any_card()
        if card is None:
            return
        office = self._random.choice(self._offices)
        decision = Decision.REJECT if self._random.random() < 0.15 else Decision.APPROVE
        run = await self._scene.run(card.run_id)
        try:
            decided = await office.product.approvals.decide(
                self._scene.office.organisation,
                card.id,
                decision,
                person=person,
                note="no" if decision is Decision.REJECT else "",
                digest=card.digest[:12],
            )
        except Refusal:
            return
        if not decided.is_new:
            return
        self.decisions += 1
        assert person in APPROVERS, f"{person} may not decide"
        assert person != run.requested_by, f"{person} asked for the run"
        assert person not in self._shapers, f"{person} shaped the batch"
        if decided.batch.state is BatchState.APPROVED:
            self._approved |= self._shown[card.id]
            # What another has approved since is nobody's own shaping any more.
            self._shapers &= {person}
            self._scene.clock.advance(seconds=1)

    # ── what holds after every step ─────────────────────────────────────────

    async def _look(self) -> None:
        """See the new cards, and hold what QuickBooks has against what was approved."""
        organisation = self._scene.office.organisation
        deliveries = {d.entry.number: d for d in await self._scene.deliveries()}
        for batch in await self._offices[0].product.approvals.waiting(organisation):
            if batch.id not in self._cards:
                self._cards[batch.id] = replace(batch)
                self._shown[batch.id] = frozenset(
                    d.entry.digest
                    for d in deliveries.values()
                    if d.batch_id == batch.id and d.state is DeliveryState.AWAITING_APPROVAL
                )
        journals = self._scene.journals()
        numbers = [journal.doc_number or "" for journal in journals]
        assert len(numbers) == len(set(numbers)), "an entry is in QuickBooks twice"
        for journal in journals:
            delivery = deliveries[journal.doc_number or ""]
            assert Decimal(journal.total(Side.DEBIT)) == delivery.entry.total.amount
            needs = await self._needs_approval(delivery, deliveries)
            assert not needs or delivery.entry.digest in self._approved, (
                f"{journal.doc_number} was posted without an approval"
            )
        self.posted = len(journals)

    async def _needs_approval(self, delivery: Delivery, deliveries: dict[str, Delivery]) -> bool:
        """By the rules alone: only a daily run of open days after the first push needs none."""
        run = await self._scene.run(delivery.run_id)
        if run.trigger is not Trigger.DAILY:
            return True
        of_batch = [d for d in deliveries.values() if d.batch_id == delivery.batch_id]
        if any(d.entry.entry_date < FIRST_OF_NOVEMBER.first for d in of_batch):
            return True
        first = min(deliveries.values(), key=lambda d: d.entry.number)
        return first.batch_id == delivery.batch_id
