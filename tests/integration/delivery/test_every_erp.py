"""A push into each ERP, and what the finance channel reads of it when it does not go smoothly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

import pytest

from bot.erp.connector import Connector
from bot.erp.errors import ErpUnavailable
from bot.handlers.announce import OutboxAnnouncer
from bot.services.approvals import Decision
from bot.services.delivery import Pace
from bot.services.ports import UnitOfWork
from bot.services.run_status import read_status
from bot.services.status import RunStatus
from bot.views.runs import progress
from bot.views.verification import result
from ledger.delivery import DeliveryState
from ledger.drift import TITLES, WAYS, DriftKind
from ledger.organisation import Company, Provider
from ledger.periods import Period
from ledger.runs import Run, RunState, Trigger
from sandbox.faults import FaultKind, FaultOrder
from sandbox.netsuite.account import Approval
from sandbox.xero.organisation import Limits
from storage.database import Database
from storage.outbox import OutboxQueue
from storage.owners import ProcessOwners, Slots
from storage.vault import Vault
from tests.contract.case import ConnectorCase
from tests.contract.conftest import CASES
from tests.contract.netsuite_case import NetSuiteCase, open_netsuite
from tests.contract.xero_case import XeroCase, open_xero
from tests.support.databases import SECRET_KEYS
from tests.support.office import (
    CLERK,
    CONTROLLER,
    Office,
    deposit,
    import_rows,
    office_for,
    open_office_at,
)
from tests.support.pushing import Announcements, Product, build_product
from tests.support.watching import watching

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
S = DeliveryState
LABELS = {"quickbooks": "QuickBooks", "xero": "Xero", "netsuite": "NetSuite"}


@dataclass(frozen=True, slots=True)
class OneCompany:
    """Satisfies the port ``Connectors`` for the company of a contract case."""

    case: ConnectorCase

    def of(self, company: Company) -> Connector:
        assert company.key == self.case.company
        return self.case.connector()

    def entry_url(self, company: Company, erp_id: str) -> str:
        return self.of(company).entry_url(erp_id)


@dataclass(slots=True, kw_only=True)
class Spoken(Announcements):
    """Puts into the outbox what is announced, and keeps every wording of it."""

    announcer: OutboxAnnouncer
    words: list[str] = field(default_factory=list)

    async def run_changed(self, unit: UnitOfWork, status: RunStatus) -> None:
        self.words.append(str(progress(status).said().blocks))
        await self.announcer.run_changed(unit, status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A team whose company is in one of the ERPs."""

    case: ConnectorCase
    office: Office
    database: Database
    words: list[str]

    @asynccontextmanager
    async def process(self, incarnation: str = "first") -> AsyncIterator[Product]:
        """Start a process of ours."""
        slots = Slots(self.database)
        slot = await slots.claim(incarnation)
        clock = self.database.clock
        yield build_product(
            self.database,
            owners=ProcessOwners(slots, slot=slot, incarnation=incarnation),
            connectors=OneCompany(self.case),
            pace=Pace(),
            announcements=Spoken(announcer=OutboxAnnouncer(clock=clock), words=self.words),
        )

    async def approve(self, product: Product, rows: int) -> Run:
        """Bring rows, ask for a push and approve it; nothing of it is sent yet."""
        deposits = [
            deposit(n, day=date(2026, 10, 12), amount=f"{100 + n}.00") for n in range(1, rows + 1)
        ]
        await import_rows(self.database, self.office, deposits)
        started = await product.runs.start(
            self.office.organisation, OCTOBER, trigger=Trigger.HAND, requested_by=CLERK
        )
        await product.drain()
        await self._agree(product)
        return started.run

    async def decide(self, product: Product) -> None:
        """Approve the one batch that waits, and let its push go as far as it can."""
        await self._agree(product)
        await product.drain()

    async def _agree(self, product: Product) -> None:
        (batch,) = await product.approvals.waiting(self.office.organisation)
        await product.approvals.decide(
            self.office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
        )

    async def pass_time(self, product: Product, seconds: float) -> None:
        """Let time pass for us and for the ERP, then let our clock tick."""
        self.case.clock.advance(seconds)
        await self.case.settle()
        await product.tick()

    async def states(self) -> dict[DeliveryState, int]:
        async with self.database.unit(read_only=True) as unit:
            return await unit.deliveries.counts(self.office.company.id)

    async def run(self, run: Run) -> Run:
        async with self.database.unit(read_only=True) as unit:
            stored = await unit.runs.get(run.id)
        assert stored is not None
        return stored

    async def messages(self) -> dict[str, tuple[int, str]]:
        """Return what the finance channel is told: key → version and blocks."""
        due = await OutboxQueue(self.database).due(self.database.clock.now(), 1000)
        return {
            each.message.key: (each.version, str(each.message.blocks))
            for each in due
            if each.message.channel == "C1"
        }


@asynccontextmanager
async def desk_at(case: ConnectorCase, url: str) -> AsyncIterator[Desk]:
    provider, _, external_id = case.company.partition(":")
    office = office_for(external_id, now=case.clock.now(), provider=Provider(provider))
    database = Database(url, Vault.from_text(SECRET_KEYS), clock=case.clock)
    try:
        await open_office_at(
            database,
            office,
            secret="kept by the case",
            bank_id=case.accounts.debit,
            revenue_id=case.accounts.credit,
        )
        yield Desk(case=case, office=office, database=database, words=[])
    finally:
        await database.close()


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture(params=CASES)
async def desk(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Desk]:
    async with CASES[request.param]() as case, desk_at(case, url) as opened:
        yield opened


def first(words: list[str], is_it: Callable[[str], bool]) -> int:
    return next(n for n, each in enumerate(words) if is_it(each))


async def test_an_unknown_outcome_is_said_and_then_how_it_ended(desk: Desk) -> None:
    case, erp = desk.case, LABELS[desk.office.company.provider]
    case.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=case.create))
    async with desk.process() as product:
        run = await desk.approve(product, 1)
        await product.drain()
    assert await desk.states() == {S.VERIFIED: 1}
    checking = f"1 entry sent, no answer; checking {erp} before anything is sent again"
    ended = f"1 entry whose outcome was unknown: found in {erp} by number, so not sent again"
    assert any(checking in words for words in desk.words)
    assert ended not in desk.words[first(desk.words, lambda words: checking in words)]
    assert ended in desk.words[-1]
    assert checking not in desk.words[-1]
    assert ended in (await desk.messages())[f"run:{run.id}"][1]


async def test_an_entry_that_never_arrived_is_sent_again_after_two_searches_and_said_so(
    desk: Desk,
) -> None:
    case, erp = desk.case, LABELS[desk.office.company.provider]
    case.faults.add(FaultOrder(kind=FaultKind.DROP_REQUEST, match=case.create))
    async with desk.process() as product:
        await desk.approve(product, 1)
        await product.drain()
        assert "sent, no answer" in desk.words[-1]
        await desk.pass_time(product, case.settle_s)
    assert await desk.states() == {S.VERIFIED: 1}
    assert len(case.held_numbers()) == 1
    ended = f"1 entry whose outcome was unknown: not in {erp} after two searches, so sent again"
    assert ended in desk.words[-1]


async def test_xero_is_sent_fifty_entries_a_request(url: str) -> None:
    async with open_xero() as xero, desk_at(xero, url) as desk, desk.process() as product:
        xero.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=xero.create))
        await desk.approve(product, 60)
        await product.drain()
        # Of the first request nothing is known, and all of the second one.
        checking = "50 entries sent, no answer; checking Xero before anything is sent again"
        assert any(checking in words for words in desk.words)
        assert await desk.states() == {S.VERIFIED: 60}
    assert len(xero.held_numbers()) == 60


async def test_the_days_limit_is_a_wait_that_outlives_the_process_and_is_said_once(
    url: str,
) -> None:
    async with open_xero() as xero, desk_at(xero, url) as desk:
        async with desk.process() as product:
            run = await desk.approve(product, 3)
            before = await desk.messages()
            await use_up_the_day(xero)
            await product.drain()
        waiting = await desk.run(run)
        said = await desk.messages()
        assert waiting.state is RunState.OPEN
        assert "day" in (waiting.waiting_for or "")
        assert waiting.wake_at is not None
        assert 80_000 < (waiting.wake_at - xero.clock.now()).total_seconds() <= 86_400
        assert set(said) == set(before)
        assert [key for key, (_, words) in said.items() if "asked us to wait" in words] == [
            f"run:{run.id}"
        ]
        async with desk.process("second") as product:
            await desk.pass_time(product, 40_000)
            assert await desk.messages() == said
            await desk.pass_time(product, 47_000)
        assert (await desk.run(run)).state is RunState.FINISHED
        assert await desk.states() == {S.VERIFIED: 3}
        assert len(xero.held_numbers()) == 3
        assert "asked us to wait" not in (await desk.messages())[f"run:{run.id}"][1]


async def test_what_waits_for_approval_in_netsuite_is_not_called_posted_until_it_is(
    url: str,
) -> None:
    async with open_netsuite() as netsuite, desk_at(netsuite, url) as desk:
        netsuite.change_settings(approval_routing=True)
        async with desk.process() as product:
            await desk.approve(product, 1)
            await product.drain()
            assert await desk.states() == {S.PENDING_IN_ERP: 1}
            assert "1 of 1 delivered" in desk.words[-1]
            assert "posted" not in desk.words[-1]
            assert "1 entry waiting for approval in NetSuite" in desk.words[-1]
            checked = await product.verification.verify(desk.office.organisation, OCTOBER)
            assert "1 entry waiting for approval in NetSuite" in str(result(checked).said().text)
            approve_by_hand(netsuite)
            checked = await product.verification.verify(desk.office.organisation, OCTOBER)
        assert await desk.states() == {S.VERIFIED: 1}
        assert "waiting" not in str(result(checked).said().text)


def approve_by_hand(netsuite: NetSuiteCase) -> None:
    (journal,) = netsuite.sandbox.journals(netsuite.account_id)
    netsuite.sandbox.desk.change_journal(
        netsuite.account_id,
        "update",
        payload={"approvalStatus": {"id": "2"}},
        journal=journal.id,
    )


async def use_up_the_day(xero: XeroCase) -> None:
    """Let somebody else's calls use up what Xero allows a day."""
    limits = Limits(per_day=30, per_minute=1000, processing_s=0)
    xero.change_settings(limits=limits)
    for _ in range(limits.daily + 1):
        try:
            await xero.connector().check_access()
        except ErpUnavailable:
            return
    message = "the day's limit was never reached"
    raise AssertionError(message)


async def test_what_netsuite_rejects_is_told_once_and_never_sent_again(url: str) -> None:
    async with open_netsuite() as netsuite, desk_at(netsuite, url) as desk:
        netsuite.change_settings(approval_routing=True)
        organisation, company = desk.office.organisation, desk.office.company
        async with desk.process() as product:
            watch = watching(product)
            run = await desk.approve(product, 1)
            await product.drain()
            (journal,) = netsuite.sandbox.journals(netsuite.account_id)
            netsuite.decide_by_hand(journal.id, Approval.REJECTED)
            desk.case.clock.advance(3600)
            # Somebody who verifies is told at once; the channel still is at night.
            checked = str(result(await product.verification.verify(organisation, OCTOBER)).blocks)
            assert TITLES[DriftKind.REJECTED] in checked
            assert WAYS[DriftKind.REJECTED] in checked
            async with desk.database.unit(read_only=True) as unit:
                status = await read_status(unit, organisation, company, run)
            assert "1 entry rejected in NetSuite's own approval" in str(progress(status).blocks)
            for night in ("2026-11-02", "2026-11-03"):
                await watch.drift.look(company.id, night)
                desk.case.clock.advance(24 * 3600)
            (said,) = watch.heard.said
            assert said.text == "1 entry in NetSuite was rejected in its own approval."
            assert WAYS[DriftKind.REJECTED] in str(said.blocks)
            await product.runs.start(
                organisation, OCTOBER, trigger=Trigger.HAND, requested_by=CLERK
            )
            await product.drain()
            assert await desk.states() == {S.DIVERGED: 1}
            assert len(netsuite.held_numbers()) == 1
            for approval, state in (
                (Approval.PENDING, S.PENDING_IN_ERP),
                (Approval.APPROVED, S.VERIFIED),
                (Approval.PENDING, S.PENDING_IN_ERP),
            ):
                netsuite.decide_by_hand(journal.id, approval)
                await product.verification.verify(organisation, OCTOBER)
                assert await desk.states() == {state: 1}
            await _delete_and_make_anew(desk, netsuite, product, journal.id)


async def _delete_and_make_anew(
    desk: Desk, netsuite: NetSuiteCase, product: Product, journal_id: str
) -> None:
    """Only a rejected journal that was deleted lets go of its transactions."""
    verification, organisation = product.verification, desk.office.organisation
    netsuite.decide_by_hand(journal_id, Approval.REJECTED)
    await verification.verify(organisation, OCTOBER)
    desk.case.clock.advance(3600)
    kept = await verification.give_up(organisation, OCTOBER, person=CONTROLLER)
    assert (kept.given_up, await desk.states()) == (0, {S.DIVERGED: 1})
    netsuite.delete_by_hand(journal_id)
    await verification.verify(organisation, OCTOBER)
    early = await verification.give_up(organisation, OCTOBER, person=CONTROLLER)
    assert (early.given_up, early.too_early) == (0, 1)
    desk.case.clock.advance(3600)
    done = await verification.give_up(organisation, OCTOBER, person=CONTROLLER)
    assert done.given_up == 1
    await desk.approve(product, 1)
    await product.drain()
    assert await desk.states() == {S.WITHDRAWN: 1, S.PENDING_IN_ERP: 1}
    assert len(netsuite.held_numbers()) == 1
