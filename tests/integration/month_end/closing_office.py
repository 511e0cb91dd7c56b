"""A team at a month's end: the parts of the product that it passes, and what Slack would show.

The outbox stands for Slack; workbooks are kept as they would be handed over.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.handlers.announce import OutboxAnnouncer
from bot.ids import RandomIds
from bot.services.approvals import Decided, Decision
from bot.services.month_end_cases import MonthEndCases
from bot.services.month_ends import MonthEnds, MonthEndWords
from bot.services.pipeline import Pipeline
from bot.services.policies import ApprovalPolicies
from bot.services.ports import UnitOfWork
from bot.services.ports.filing import Attachment
from bot.services.runs import RunPorts
from bot.services.status import RunStatus
from bot.services.straggling import LOOK, Stragglers
from bot.services.waiting import ATTEND, Waiting
from bot.services.workbooks import SEND_WORKBOOK, Workbooks
from bot.views import approvals as approval_views
from bot.views import month_ends as month_end_views
from bot.views import stragglers as straggler_views
from bot.workbook import write_workbook
from ledger.periods import month_of
from ledger.records import Message
from ledger.runs import Batch, Trigger
from ledger.schedules import SCHEDULE
from tests.integration.delivery.scene import Scene
from tests.support.databases import SettableClock
from tests.support.engine import Work
from tests.support.pushing import Announcements, Product

CHANNEL = "C1"
MONTH = "2026-10"


def travel(scene: Scene, moment: datetime) -> None:
    """Put our clock and QuickBooks' at a moment."""
    scene.clock.advance(seconds=(moment - scene.clock.now()).total_seconds())
    scene.running.clock.travel_to(moment)


@dataclass(slots=True)
class Shown(Announcements):
    """Draws what is announced into the outbox, as a serving process does."""

    clock: SettableClock = field(default_factory=SettableClock)

    async def run_changed(self, unit: UnitOfWork, status: RunStatus) -> None:
        await Announcements.run_changed(self, unit, status)
        await OutboxAnnouncer(clock=self.clock).run_changed(unit, status)

    async def remind(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        await OutboxAnnouncer(clock=self.clock).remind(unit, status, batch)

    async def ended(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        await OutboxAnnouncer(clock=self.clock).ended(unit, status, batch)


@dataclass(slots=True)
class Mailbox:
    """Satisfies the port ``Attachments``: keeps what each person was given."""

    given: list[tuple[str, Attachment]] = field(default_factory=list)

    async def send(
        self, team_id: str, user_id: str, files: Sequence[Attachment], *, comment: str
    ) -> None:
        self.given += [(user_id, file) for file in files]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingOffice:
    """One process at a month's end."""

    scene: Scene
    product: Product
    cases: MonthEndCases
    mailbox: Mailbox

    @property
    def work(self) -> Mapping[str, Work]:
        """Every workflow that a month's end needs."""
        return {
            **self.product.work,
            ATTEND: self.cases.waiting.attend,
            SEND_WORKBOOK: self.cases.workbooks.send,
            LOOK: self.cases.stragglers.look,
        }

    async def drain(self) -> None:
        """Run everything that waits."""
        await self.product.engine.drain(self.work)

    async def tick(self) -> None:
        """Do what one tick of the clock does, and run what it enqueued."""
        await self.product.runs.wake_due()
        await self.cases.waiting.tick()
        await self.cases.stragglers.tick()
        await self.drain()

    async def pass_hours(self, hours: float) -> None:
        """Let time pass, and the clock tick."""
        self.scene.clock.advance(seconds=hours * 3600)
        self.scene.running.clock.advance(hours * 3600)
        await self.tick()

    async def start_build(self, month: str = MONTH) -> None:
        """Start the month's run, and let it go as far as it can."""
        await self.product.runs.start(
            self.scene.office.organisation,
            month_of(date.fromisoformat(f"{month}-01")),
            trigger=Trigger.MONTHLY,
            requested_by=SCHEDULE,
        )
        await self.drain()

    async def build(self, month: str = MONTH) -> Batch:
        """Build the month's batch and return it."""
        await self.start_build(month)
        return await self.scene.waiting_batch(self.product)

    async def decide(
        self, batch: Batch, person: str, decision: Decision = Decision.APPROVE, *, note: str = ""
    ) -> Decided:
        """Decide as a click on a card does, and let the push go on."""
        decided = await self.product.approvals.decide(
            self.scene.office.organisation,
            batch.id,
            decision,
            person=person,
            note=note,
            digest=batch.digest[:12],
        )
        await self.drain()
        return decided

    async def set_policies(self, **values: object) -> None:
        """Set policies as stored."""
        async with self.scene.database.unit() as unit:
            id_ = self.scene.office.organisation.id
            organisation = await unit.organisations.get(id_)
            assert organisation is not None
            changed = replace(organisation.policies, **values)  # type: ignore[arg-type]
            await unit.organisations.set_policies(id_, changed)
            await unit.commit()

    async def batch(self, batch_id: str) -> Batch:
        """Read a batch as stored."""
        async with self.scene.database.unit(read_only=True) as unit:
            batch = await unit.deliveries.batch(batch_id)
        assert batch is not None
        return batch

    async def closed_until(self) -> str | None:
        """Return the last day that is closed on our side."""
        async with self.scene.database.unit(read_only=True) as unit:
            company = await unit.companies.get(self.scene.office.company.id)
        assert company is not None
        return company.last_month_end.isoformat() if company.last_month_end else None

    async def messages(self, prefix: str = "") -> dict[str, Message]:
        """Return what Slack should show, by key."""
        async with self.scene.database.unit(read_only=True) as unit:
            return {message.key: message for message in await unit.outbox.under(prefix)}

    async def words(self, prefix: str) -> str:
        """Return all the words that are shown under a prefix."""
        found = (await self.messages(prefix)).values()
        return "\n".join(json.dumps(json.loads(m.blocks), ensure_ascii=False) for m in found)


@asynccontextmanager
async def closing_office(scene: Scene, incarnation: str = "first") -> AsyncIterator[ClosingOffice]:
    """Start a process of ours at a month's end."""
    shown = Shown(clock=scene.clock)
    async with scene.process(incarnation, announcements=shown) as product:
        mailbox = Mailbox()
        yield ClosingOffice(
            scene=scene, product=product, cases=_cases(scene, product, mailbox), mailbox=mailbox
        )


def _cases(scene: Scene, product: Product, mailbox: Mailbox) -> MonthEndCases:
    ports = RunPorts(
        storage=product.database,
        clock=scene.clock,
        ids=RandomIds(scene.clock),
        engine=product.engine,
        connectors=product.connectors,
        announcer=product.announcements,
    )
    pipeline = Pipeline(clock=scene.clock)
    return MonthEndCases(
        moments=MonthEnds(
            ports,
            pipeline=pipeline,
            preparing=product.preparing,
            words=MonthEndWords(
                report=month_end_views.report, not_started=month_end_views.not_started
            ),
        ),
        waiting=Waiting(ports, preparing=product.preparing),
        workbooks=Workbooks(
            ports,
            attachments=mailbox,
            writer=write_workbook,
            words=approval_views.no_workbook,
        ),
        stragglers=Stragglers(
            ports, pipeline=pipeline, runs=product.runs, words=straggler_views.listed
        ),
        policies=ApprovalPolicies(storage=product.database, clock=scene.clock),
    )
