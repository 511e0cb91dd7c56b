"""Pushes asked for again, over more, or at once: every effect reaches QuickBooks once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.erp.connector import Connector
from bot.services.advancing import Advancing, _Ended
from bot.services.approvals import Decision
from bot.services.delivery import Delivering, Pace, Pause
from bot.services.errors import Refusal
from bot.services.look_alikes import Choice
from bot.services.ports import Storage, UnitOfWork
from bot.services.strangers import Looked
from ledger.delivery import DeliveryState
from ledger.organisation import Company
from ledger.periods import Period
from ledger.runs import BatchState, Run, RunState
from sandbox.faults import FaultKind
from tests.integration.delivery.scene import OCTOBER, SEND_WINDOW_S, Scene, rows
from tests.support.office import CONTROLLER, DEPUTY, deposit
from tests.support.pushing import Product

S = DeliveryState
TWELFTH = Period(date(2026, 10, 12), date(2026, 10, 12))


async def test_syncing_twice_posts_nothing_twice(scene: Scene) -> None:
    await scene.bring(*rows(3))
    async with scene.process() as product:
        await scene.push(product)
        second = await scene.sync(product)
    assert (await scene.run(second.id)).state is RunState.FINISHED
    assert len(scene.creations()) == 3
    assert await scene.states() == {S.VERIFIED: 3}


async def test_asking_twice_for_one_period_is_one_run(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("one") as one, scene.process("two") as two:
        first, second = await asyncio.gather(scene.ask(one), scene.ask(two))
        assert first.id == second.id
        await asyncio.gather(one.drain(), two.drain())
        await scene.decide(one)
    assert len(scene.journals()) == 2


async def test_a_second_sync_adds_only_what_came_late(scene: Scene) -> None:
    await scene.bring(*rows(3))
    async with scene.process() as product:
        await scene.push(product)
        before = scene.numbers()
        await scene.bring(*rows(2, first=4))
        await scene.push(product)
    assert set(before) < set(scene.numbers())
    assert scene.amounts() == [Decimal(100 + n) for n in range(1, 6)]
    assert await scene.states() == {S.VERIFIED: 5}


async def test_runs_over_overlapping_periods_never_share_an_effect(scene: Scene) -> None:
    await scene.bring(*rows(4), deposit(9, day=date(2026, 10, 13), amount="109.00"))
    async with scene.process("one") as one, scene.process("two") as two:
        month, day = await scene.ask(one), await scene.ask(two, TWELFTH)
        await asyncio.gather(one.advancing.advance(month.id, 0), two.advancing.advance(day.id, 0))
        for batch in await one.approvals.waiting(scene.office.organisation):
            await one.approvals.decide(
                scene.office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
            )
        await one.drain()
        await scene.pass_time(one, 1)
    assert scene.amounts() == [Decimal(n) for n in (101, 102, 103, 104, 109)]
    assert await scene.states() == {S.VERIFIED: 5}


async def test_a_refused_entry_is_mended_and_retried_with_a_new_key_and_its_number(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        scene.activate_bank(active=False)
        await product.drain()
        refused = await scene.deliveries()
        assert {delivery.state for delivery in refused} == {S.REFUSED}
        assert scene.journals() == []
        scene.activate_bank(active=True)
        await scene.sync(product)
    again = await scene.deliveries()
    assert {delivery.state for delivery in again} == {S.VERIFIED}
    assert [d.entry.number for d in again] == [d.entry.number for d in refused]
    keys = scene.creations()
    assert len(keys) == len(set(keys)) == 4


async def test_two_people_who_approve_at_once_decide_once(scene: Scene) -> None:
    await scene.bring(*rows(3))
    async with scene.process("one") as one, scene.process("two") as two:
        await scene.sync(one)
        batch = await scene.waiting_batch(one)
        organisation = scene.office.organisation
        decided = await asyncio.gather(
            one.approvals.decide(organisation, batch.id, Decision.APPROVE, person=CONTROLLER),
            two.approvals.decide(organisation, batch.id, Decision.APPROVE, person=DEPUTY),
        )
        assert sorted(each.is_new for each in decided) == [False, True]
        await asyncio.gather(one.drain(), two.drain())
    assert len(scene.creations()) == 3
    assert await scene.states() == {S.VERIFIED: 3}


async def test_approving_and_rejecting_at_once_is_one_of_the_two(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("one") as one, scene.process("two") as two:
        run = await scene.sync(one)
        batch = await scene.waiting_batch(one)
        organisation = scene.office.organisation
        await asyncio.gather(
            one.approvals.decide(organisation, batch.id, Decision.APPROVE, person=CONTROLLER),
            two.approvals.decide(organisation, batch.id, Decision.REJECT, person=DEPUTY),
        )
        await asyncio.gather(one.drain(), two.drain())
    state = (await scene.run(run.id)).state
    assert (state, len(scene.journals())) in {(RunState.FINISHED, 2), (RunState.CANCELLED, 0)}


async def test_a_rejected_batch_sends_nothing_and_can_be_prepared_again(scene: Scene) -> None:
    await scene.bring(*rows(3))
    async with scene.process() as product:
        run = await scene.sync(product)
        await scene.decide(product, Decision.REJECT)
        assert scene.creations() == []
        assert (await scene.run(run.id)).state is RunState.CANCELLED
        await scene.push(product)
    assert await scene.states() == {S.DECLINED: 3, S.VERIFIED: 3}
    assert len(scene.journals()) == 3


async def test_a_change_after_the_card_was_shown_lapses_it(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.sync(product)
        shown = await scene.waiting_batch(product)
        await scene.bring(deposit(1, day=date(2026, 10, 12), amount="555.00"))
        decided = await product.approvals.decide(
            scene.office.organisation, shown.id, Decision.APPROVE, person=CONTROLLER
        )
        assert decided.batch.state is BatchState.LAPSED
        assert scene.creations() == []
        await product.drain()
        assert (await scene.waiting_batch(product)).id != shown.id
        await scene.decide(product)
    assert scene.amounts() == [Decimal(102), Decimal(555)]


async def test_what_came_late_before_the_approval_is_on_a_new_card(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.sync(product)
        await scene.bring(*rows(1, first=3))
        await scene.decide(product)
        assert scene.journals() == []
        assert (await scene.waiting_batch(product)).entries == 3
        await scene.decide(product)
    assert len(scene.journals()) == 3


async def test_a_paused_company_sends_nothing_until_it_is_resumed(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        await scene.enable_pushes(enabled=False)
        await product.drain()
        assert scene.creations() == []
        assert await scene.states() == {S.APPROVED: 2}
        with pytest.raises(Refusal):
            await scene.ask(product)
        await scene.enable_pushes(enabled=True)
        await product.runs.wake_company(scene.office.company.id)
        await product.tick()
    assert await scene.states() == {S.VERIFIED: 2}
    assert (await scene.run(run.id)).state is RunState.FINISHED


class _ResumedMeanwhile(Delivering):
    """Somebody resumes the company as soon as a pass has found that it may send nothing."""

    def __init__(self, scene: Scene, product: Product) -> None:
        pace = Pace(send_window_s=SEND_WINDOW_S)
        super().__init__(
            storage=product.database, clock=product.clock, owners=product.owners, pace=pace
        )
        self._scene = scene

    async def send(
        self, company: Company, connector: Connector, looked: Looked
    ) -> tuple[Pause | None, int]:
        pause, sent = await super().send(company, connector, looked)
        if not sent:
            await self._scene.enable_pushes(enabled=True)
        return pause, sent


async def test_a_company_resumed_while_a_pass_ends_is_not_forgotten(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        await scene.enable_pushes(enabled=False)
        delivering = _ResumedMeanwhile(scene, product)
        advancing = Advancing(product.ports, preparing=product.preparing, delivering=delivering)
        await replace(product, advancing=advancing).drain()
        assert scene.creations() == []
        await scene.pass_time(product, 1)
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert await scene.states() == {S.VERIFIED: 2}


async def test_a_held_entry_is_posted_also_while_another_run_of_its_period_waits(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    scene.type_by_hand(None, "101.00")
    async with scene.process() as product:
        await scene.push(product)
        await scene.bring(*rows(1, first=3))
        await scene.sync(product)
        (held,) = await product.look_alikes.held(scene.office.organisation)
        await product.look_alikes.decide(
            scene.office.organisation, held.delivery.id, Choice.POST, person=CONTROLLER
        )
        await product.drain()
        # It was approved by itself and does not wait for the other batch's decision.
        assert await scene.states() == {S.VERIFIED: 2, S.AWAITING_APPROVAL: 1}
        await scene.decide(product)
    assert await scene.states() == {S.VERIFIED: 3}
    assert scene.amounts() == [Decimal(n) for n in (101, 101, 102, 103)]


async def test_a_look_alike_typed_by_hand_is_held(scene: Scene) -> None:
    await scene.bring(*rows(2))
    scene.type_by_hand(None, "101.00")
    async with scene.process() as product:
        await scene.push(product)
    assert await scene.states() == {S.HELD: 1, S.VERIFIED: 1}
    assert scene.amounts() == [Decimal(101), Decimal(102)]


async def test_a_number_of_ours_that_we_do_not_know_stops_everything(scene: Scene) -> None:
    await scene.bring(*rows(2))
    scene.type_by_hand("INT-A1B2-00007-103126", "77.00")
    async with scene.process() as product:
        run = await scene.sync(product)
        stopped = await scene.run(run.id)
        assert stopped.state is RunState.OPEN
        assert "INT-A1B2-00007-103126" in (stopped.waiting_for or "")
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert scene.creations() == []


async def test_a_push_waits_while_quickbooks_is_away_and_goes_on_by_itself(scene: Scene) -> None:
    await scene.bring(*rows(2))
    scene.spoil_everything(FaultKind.REFUSE_CONNECTIONS)
    async with scene.process() as product:
        run = await scene.sync(product)
        away = await scene.run(run.id)
        assert away.state is RunState.OPEN
        assert away.wake_at is not None
        scene.heal()
        await scene.pass_time(product, (away.wake_at - scene.clock.now()).total_seconds())
        await scene.decide(product)
    assert await scene.states() == {S.VERIFIED: 2}


async def test_an_access_token_that_expires_on_the_way_is_renewed(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        scene.running.sandbox.grants.expire_access(scene.realm)
        await product.drain()
    assert await scene.states() == {S.VERIFIED: 2}
    assert len(scene.journals()) == 2


class _HeldOnceFrozen:
    """Satisfies the port ``Storage``: whoever uses it waits from a frozen batch to a decision."""

    def __init__(self, storage: Storage, *, is_frozen: Callable[[], Awaitable[object]]) -> None:
        self._storage = storage
        self._is_frozen = is_frozen
        self.frozen = asyncio.Event()
        self.decided = asyncio.Event()

    @asynccontextmanager
    async def unit(self, *, read_only: bool = False) -> AsyncIterator[UnitOfWork]:
        if not self.decided.is_set() and await self._is_frozen():
            self.frozen.set()
            await self.decided.wait()
        async with self._storage.unit(read_only=read_only) as unit:
            yield unit

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._storage.lock(name)


async def _decide_while_a_pass_runs(
    scene: Scene, decision: Decision, *, web: Product, worker: Product
) -> Run:
    """Decide before the pass that prepared the batch has stored how it ended."""
    organisation = scene.office.organisation
    held = _HeldOnceFrozen(worker.database, is_frozen=lambda: web.approvals.waiting(organisation))
    run = await scene.ask(worker)
    advancing = Advancing(
        replace(worker.ports, storage=held),
        preparing=worker.preparing,
        delivering=worker.delivering,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(advancing.advance(run.id, 0))
        await held.frozen.wait()
        (batch,) = await web.approvals.waiting(organisation)
        await web.approvals.decide(organisation, batch.id, decision, person=CONTROLLER)
        held.decided.set()
    return await scene.run(run.id)


async def test_a_rejection_while_a_pass_runs_is_not_undone_by_its_end(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("web") as web, scene.process("worker") as worker:
        run = await _decide_while_a_pass_runs(scene, Decision.REJECT, web=web, worker=worker)
    assert run.state is RunState.CANCELLED


async def test_an_approval_while_a_pass_runs_is_not_forgotten_at_its_end(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("web") as web, scene.process("worker") as worker:
        run = await _decide_while_a_pass_runs(scene, Decision.APPROVE, web=web, worker=worker)
    # What was enqueued died with both processes: only the stored moment is left to wake the run.
    async with scene.process("later") as later:
        await scene.pass_time(later, 1)
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert await scene.states() == {S.VERIFIED: 2}


async def test_a_pass_that_waits_for_what_was_approved_meanwhile_lets_the_run_go_on(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process("dies") as dying, scene.process("other") as other:
        run = await scene.run((await scene.prepare_approved(dying)).id)
        # A pass of long ago, frozen while the batch waited, ends only now.
        office, ended = scene.office, _Ended(awaits_approval=True)
        await other.advancing._end(run, office.organisation, office.company, ended)
        await scene.pass_time(other, 1)
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert await scene.states() == {S.VERIFIED: 2}


async def test_a_pass_that_ends_does_not_finish_a_run_whose_entries_nobody_has_read_back(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    office = scene.office
    async with scene.process("dies") as dying, scene.process("other") as other:
        run = await scene.run((await scene.prepare_approved(dying)).id)
        nothing = Looked(first="", numbers=frozenset())
        connector = dying.connectors.of(office.company)
        await dying.delivering.send(office.company, connector, nothing)
        assert await scene.states() == {S.POSTED: 2}
        # A pass that found nothing to send, and read back before these were posted.
        await other.advancing._end(run, office.organisation, office.company, _Ended())
        await scene.pass_time(other, 1)
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert await scene.states() == {S.VERIFIED: 2}


async def test_entries_changed_by_hand_in_quickbooks_are_found_on_verification(
    scene: Scene,
) -> None:
    await scene.bring(*rows(3))
    async with scene.process() as product:
        await scene.push(product)
        changed, deleted, _left = scene.journals()
        scene.edit_by_hand(changed.id, {"PrivateNote": "changed"})
        scene.delete_by_hand(deleted.id)
        result = await product.verification.verify(scene.office.organisation, OCTOBER)
    assert result.checked == 3
    assert {d.erp_id for d in result.diverged} == {changed.id, deleted.id}


async def test_a_push_reaches_the_days_it_was_asked_for_and_no_others(scene: Scene) -> None:
    later = TWELFTH.last + timedelta(days=1)
    await scene.bring(*rows(1), deposit(2, day=later, amount="102.00"))
    async with scene.process() as product:
        await scene.push(product, TWELFTH)
    assert scene.amounts() == [Decimal(101)]
