"""QuickBooks swallows every request: people are answered at once, told, and need do nothing.

Slack's requests are signed and held to its three seconds; the push runs when the test lets the
engine run, and time passes when the test moves the clocks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from bot.erp.oauth import AppKeys
from bot.handlers import REGISTRY
from bot.handlers.announce import OutboxAnnouncer
from bot.services.delivery import Pace
from bot.services.use_cases import UseCases
from ledger.delivery import DeliveryState
from ledger.organisation import PersonRole
from ledger.runs import OPEN_RUN_STATES, Run
from sandbox.faults import FaultKind, FaultOrder, RequestMatch
from sandbox.quickbooks.desk import NewCompany
from storage.database import Database
from storage.owners import ProcessOwners, Slots
from tests.integration.slack.conftest import World, built
from tests.support.databases import START, SettableClock
from tests.support.office import Office, deposit, import_rows, office_for, open_office
from tests.support.pushing import (
    Announcements,
    Product,
    QuickBooksAccess,
    QuickBooksConnectors,
    build_product,
    unpaced,
)
from tests.support.quickbooks import (
    CLIENT_ID,
    CLIENT_SECRET,
    RunningQuickBooks,
    running_quickbooks,
)
from tests.support.slack import ADA, BEN, FINANCE, TEAM, Json, local_slack

ROWS = 3
SETTLE_S, SEND_WINDOW_S = 120.0, 60.0
AN_EDIT_S = 2
"""A message is not edited more often."""
MOST_WAKES = 10
NO_LIMITS: dict[str, object] = {"limits": {"enabled": False}}
# What swallows a request is found out after this.
SOON = httpx.Timeout(0.2)
APPROVE = "approvals.approve"
EVERYTHING = RequestMatch()
CREATIONS = RequestMatch(method="POST", path="/journalentry$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """People in Slack, the product behind them, and QuickBooks."""

    world: World
    product: Product
    quickbooks: RunningQuickBooks
    office: Office

    async def types(self, text: str) -> None:
        """Ben types a command; Slack has its answer within three seconds."""
        ack = await self.world.slack.command(BEN, text)
        assert ack["error"] == ""

    async def works(self) -> None:
        """Let what people asked for finish, the engine do it, and the bot say how it went."""
        await self.world.settle()
        await self.product.drain()
        await self._move_clocks(AN_EDIT_S)
        await self.world.settle()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for us and for QuickBooks, and the clock tick."""
        await self._move_clocks(seconds)
        await self.product.tick()
        await self._move_clocks(AN_EDIT_S)
        await self.world.settle()

    async def _move_clocks(self, seconds: float) -> None:
        self.quickbooks.clock.advance(seconds)
        await self.quickbooks.sandbox.settle()
        self.world.clock.advance(seconds=seconds)

    async def wait_for_wake(self) -> None:
        """Let as much time pass as the run waits for."""
        wake_at = (await self.run()).wake_at
        assert wake_at is not None
        await self.pass_time(max(0.0, (wake_at - self.world.clock.now()).total_seconds()))

    async def approves(self) -> None:
        """Ada presses Approve on the newest card."""
        cards = [m for m in await self.world.slack.messages(ADA) if APPROVE in str(m["blocks"])]
        ack = await self.world.slack.act(
            "click", user=ADA, channel=FINANCE, message_ts=cards[-1]["ts"], action_id=APPROVE
        )
        assert ack["error"] == ""

    async def run(self) -> Run:
        """The one run."""
        async with self.world.database.unit(read_only=True) as unit:
            (run,) = await unit.runs.recent(self.office.organisation.id, 10)
        return run

    async def states(self) -> list[DeliveryState]:
        """The states of all deliveries."""
        async with self.world.database.unit(read_only=True) as unit:
            found = await unit.deliveries.in_state(self.office.company.id, list(DeliveryState))
        return [delivery.state for delivery in found]

    async def progress(self) -> str:
        """What the message about the push says in the channel."""
        shown: list[Json] = await self.world.slack.messages(BEN)
        return next(str(m["blocks"]) for m in reversed(shown) if "Sync of" in str(m["blocks"]))

    def swallow(self, requests: RequestMatch) -> None:
        """QuickBooks takes these requests from now on and says nothing."""
        order = FaultOrder(kind=FaultKind.HANG, match=requests, times=None)
        self.quickbooks.sandbox.faults.add(order)

    def answer_again(self) -> None:
        """QuickBooks answers; what it swallowed it processes only now."""
        self.quickbooks.sandbox.faults.clear()

    def numbers(self) -> list[str | None]:
        """The numbers of what QuickBooks holds."""
        journals = self.quickbooks.sandbox.journals(self.office.company.external_id)
        return [journal.doc_number for journal in journals]


@pytest.fixture
async def scene(database: Database, clock: SettableClock) -> AsyncIterator[Scene]:
    """Ben prepares and Ada approves; three rows are ready to be pushed."""
    async with AsyncExitStack() as stack:
        quickbooks = await stack.enter_async_context(running_quickbooks())
        quickbooks.clock.travel_to(START)
        order = NewCompany(name="Acme Inc", preferences=NO_LIMITS)
        realm = quickbooks.sandbox.add_company(order).realm
        office = await _office(database, quickbooks, realm)
        product = await _product(database, quickbooks, OutboxAnnouncer(clock=clock))
        slack = await stack.enter_async_context(local_slack())
        use_cases = SimpleNamespace(runs=product.runs, approvals=product.approvals, clock=clock)
        world = built(
            slack, database, clock, registry=REGISTRY, use_cases=cast("UseCases", use_cases)
        )
        slack.bot.app = world.app
        await stack.enter_async_context(world.app.router.lifespan_context(world.app))
        yield Scene(world=world, product=product, quickbooks=quickbooks, office=office)
        quickbooks.sandbox.faults.clear()


async def _office(database: Database, quickbooks: RunningQuickBooks, realm: str) -> Office:
    made = office_for(realm, now=START)
    organisation = replace(made.organisation, team_id=TEAM, finance_channel=FINANCE)
    office = replace(made, organisation=organisation)
    await open_office(database, office, quickbooks.grant(realm))
    async with database.unit() as unit:
        await unit.people.grant(organisation.id, BEN, PersonRole.PREPARER)
        await unit.people.grant(organisation.id, ADA, PersonRole.APPROVER)
        await unit.organisations.bind_channel(organisation.id, TEAM, FINANCE)
        await unit.commit()
    rows = [deposit(n, day=date(2026, 10, 12), amount=f"{n}.50") for n in range(1, ROWS + 1)]
    await import_rows(database, office, rows)
    return office


async def _product(
    database: Database, quickbooks: RunningQuickBooks, announcer: OutboxAnnouncer
) -> Product:
    slots = Slots(database)
    access = QuickBooksAccess(
        http=quickbooks.http,
        addresses=quickbooks.addresses,
        keys=AppKeys(client_id=CLIENT_ID, client_secret=CLIENT_SECRET),
        settle_s=SETTLE_S,
        timeout=SOON,
        pacers=unpaced(elapsed=lambda: database.clock.now().timestamp()),
    )
    return build_product(
        database,
        owners=ProcessOwners(slots, slot=await slots.claim("first"), incarnation="first"),
        connectors=QuickBooksConnectors(access, database=database, clock=database.clock),
        pace=Pace(send_window_s=SEND_WINDOW_S),
        # It is one; the tests of delivery read theirs.
        announcements=cast("Announcements", announcer),
    )


async def test_a_push_that_is_asked_for_meanwhile_is_answered_told_and_done_later(
    scene: Scene,
) -> None:
    scene.swallow(EVERYTHING)

    await scene.types("sync 2026-10")
    await scene.world.settle()
    assert scene.quickbooks.sandbox.requests() == []
    await scene.works()
    said = await scene.progress()
    assert "QuickBooks cannot be reached" in said
    assert "by itself" in said
    assert "Tried again" in said

    await scene.wait_for_wake()
    assert (await scene.run()).state in OPEN_RUN_STATES

    scene.answer_again()
    await scene.wait_for_wake()
    await scene.approves()
    await scene.works()
    assert await scene.states() == [DeliveryState.VERIFIED] * ROWS
    assert "is done" in await scene.progress()
    assert len(scene.numbers()) == ROWS


async def test_entries_that_were_swallowed_on_their_way_arrive_once_and_are_verified(
    scene: Scene,
) -> None:
    await scene.types("sync 2026-10")
    await scene.works()
    await scene.approves()
    scene.swallow(CREATIONS)

    await scene.works()
    assert set(await scene.states()) == {DeliveryState.UNCERTAIN}
    said = await scene.progress()
    assert "sent, no answer; checking QuickBooks before anything is sent again" in said
    assert "Tried again" in said

    scene.answer_again()
    for _ in range(MOST_WAKES):
        if (await scene.run()).state in OPEN_RUN_STATES:
            await scene.wait_for_wake()
    assert await scene.states() == [DeliveryState.VERIFIED] * ROWS
    assert len(scene.numbers()) == len(set(scene.numbers())) == ROWS
    assert "is done" in await scene.progress()
