"""Restored backups and what people decide after them: what was posted meanwhile is posted once.

The backup was made before an approval, so the restored database knows nothing of what followed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.services.advancing import Advancing
from bot.services.approvals import Decision
from bot.services.delivery import Delivering, Pace
from bot.services.ports import Storage, UnitOfWork
from ledger.delivery import DeliveryState
from ledger.periods import Period
from ledger.problems import CATALOGUE, ProblemCode
from ledger.runs import Batch, RunState
from tests.integration.delivery.correcting import (
    RIGHT_ID,
    Undo,
    balances,
    map_category,
    net_effects,
)
from tests.integration.delivery.scene import SEND_WINDOW_S, Scene, rows
from tests.support.backups import restored_afterwards
from tests.support.office import BANK_ID, CLERK, CONTROLLER
from tests.support.pushing import Product
from tests.support.watching import watching

S = DeliveryState


def forget_request_keys(scene: Scene) -> None:
    """Have QuickBooks remember no ``requestid``, as after a while."""
    company = scene.running.sandbox.desk.company(scene.realm)
    body = company.model_dump()
    body["settings"]["requestid_memory_s"] = 0
    scene.running.sandbox.desk.replace(type(company).model_validate(body))


async def test_a_card_that_had_been_approved_and_is_rejected_now_doubles_nothing(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(3))
    async with scene.process() as product:
        await scene.sync(product)
        with restored_afterwards(scene.database, tmp_path):
            await scene.decide(product)
            assert len(scene.journals()) == 3
    async with scene.process("restored") as product:
        await scene.decide(product, Decision.REJECT)
        assert await scene.states() == {S.DECLINED: 3}
        run = await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
        assert (await scene.run(run.id)).state is RunState.FINISHED
        await scene.bring(*rows(1, first=4))
        await scene.push(product)
    assert await scene.states() == {S.VERIFIED: 4}
    assert len(scene.creations()) == 4
    assert set((await net_effects(scene)).values()) == {1}


async def test_adopting_takes_what_was_rejected_after_the_restore_for_our_own(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.sync(product)
        with restored_afterwards(scene.database, tmp_path):
            await scene.decide(product)
    async with scene.process("restored") as product:
        await scene.decide(product, Decision.REJECT)
        office, watch = scene.office, watching(product)
        result = await watch.adopting.adopt(office.organisation, office.company, person=CONTROLLER)
        assert [list(result.adopted), result.foreign] == [scene.numbers(), ()]
        await scene.sync(product)
    assert await scene.states() == {S.VERIFIED: 2}


async def test_a_card_that_had_been_approved_and_lapses_now_doubles_nothing(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.sync(product)
        with restored_afterwards(scene.database, tmp_path):
            await scene.decide(product)
    await map_category(scene, RIGHT_ID)
    async with scene.process("restored") as product:
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert await scene.states() == {S.VERIFIED: 2}
    assert len(scene.creations()) == 2


async def test_an_edited_copy_of_what_is_rejected_now_is_shown_to_a_person(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.sync(product)
        with restored_afterwards(scene.database, tmp_path):
            await scene.decide(product)
    (journal,) = scene.journals()
    scene.edit_by_hand(journal.id, {"PrivateNote": "other words"})
    async with scene.process("restored") as product:
        await scene.decide(product, Decision.REJECT)
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert await scene.states() == {S.DIVERGED: 1}
    assert len(scene.creations()) == 1


async def test_what_was_made_anew_already_stops_everything_until_a_person_has_looked(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.sync(product)
        first = [delivery.entry.number for delivery in await scene.deliveries()]
        await scene.decide(product, Decision.REJECT)
        await scene.push(product)
        # As an earlier version left things: the same transactions, under both numbers.
        for delivery in await scene.deliveries():
            if delivery.entry.number in first:
                scene.commit_unseen(delivery)
        await scene.bring(*rows(1, first=3))
        run = await scene.sync(product)
        stopped = await scene.run(run.id)
        assert first[0] in (stopped.waiting_for or "")
        office, watch = scene.office, watching(product)
        result = await watch.adopting.adopt(office.organisation, office.company, person=CONTROLLER)
        assert (result.adopted, list(result.foreign)) == ((), first)
        await product.tick()
        await scene.decide(product)
    assert await scene.states() == {S.DECLINED: 2, S.VERIFIED: 3}


async def undone_and_posted_anew(scene: Scene, product: Product) -> Undo:
    """Post two entries on the wrong account, and ask for a correction of both."""
    await scene.bring(*rows(2))
    await scene.push(product)
    await map_category(scene, RIGHT_ID)
    undo = Undo(scene=scene, product=product)
    await undo.prepare("stale")
    return undo


@pytest.mark.parametrize("decision", list(Decision))
async def test_a_correction_that_had_been_approved_is_done_once(
    scene: Scene, tmp_path: Path, decision: Decision
) -> None:
    async with scene.process() as product:
        await undone_and_posted_anew(scene, product)
        with restored_afterwards(scene.database, tmp_path):
            await scene.decide(product)
            assert len(scene.journals()) == 6
    forget_request_keys(scene)
    async with scene.process("restored") as product:
        await scene.decide(product, decision)
        if decision is Decision.REJECT:
            await Undo(scene=scene, product=product).prepare("stale")
        assert await product.approvals.waiting(scene.office.organisation) == []
        await scene.sync(product)
    assert len(scene.journals()) == len(scene.creations()) == 6
    assert await scene.states() == {S.VERIFIED: 6}
    assert set(balances(scene)) == {BANK_ID, RIGHT_ID}
    assert set((await net_effects(scene)).values()) == {1}


async def test_a_correction_that_was_forgotten_and_is_foreign_now_is_not_done_again(
    scene: Scene, tmp_path: Path
) -> None:
    office = scene.office
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.push(product)
        with restored_afterwards(scene.database, tmp_path):
            await map_category(scene, RIGHT_ID)
            await Undo(scene=scene, product=product).do("stale")
            assert len(scene.journals()) == 3
    async with scene.process("restored") as product:
        await scene.sync(product)
        watch = watching(product)
        result = await watch.adopting.adopt(office.organisation, office.company, person=CONTROLLER)
        assert len(result.foreign) == 2
        await map_category(scene, RIGHT_ID)
        ordered = await Undo(scene=scene, product=product).prepare("stale")
        assert ordered.run is not None
        waiting = (await scene.run(ordered.run.id)).waiting_for or ""
        assert CATALOGUE[ProblemCode.CORRECTED_ALREADY].remedy in waiting
        assert result.foreign[0] in waiting
        await product.corrections.waiting.give_up(office.organisation, ordered.run.id, person=CLERK)
    assert len(scene.journals()) == 3
    assert set(balances(scene)) == {BANK_ID, RIGHT_ID}


async def approve(scene: Scene, product: Product, batch: Batch) -> None:
    """Approve a batch, and leave its sending to whichever pass comes."""
    organisation = scene.office.organisation
    await product.approvals.decide(organisation, batch.id, Decision.APPROVE, person=CONTROLLER)


class _ActsOnce:
    """Satisfies the port ``Storage``: does something once, as soon as its moment has come."""

    def __init__(
        self,
        storage: Storage,
        *,
        is_due: Callable[[], bool],
        act: Callable[[], Awaitable[object]],
    ) -> None:
        self._storage = storage
        self._is_due = is_due
        self._act = act
        self.has_acted = False

    @asynccontextmanager
    async def unit(self, *, read_only: bool = False) -> AsyncIterator[UnitOfWork]:
        if not self.has_acted and self._is_due():
            self.has_acted = True
            await self._act()
        async with self._storage.unit(read_only=read_only) as unit:
            yield unit

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._storage.lock(name)


@pytest.mark.parametrize("approved_before", [0, 1])
async def test_what_is_approved_while_a_pass_runs_is_looked_for_before_it_is_sent(
    scene: Scene, tmp_path: Path, approved_before: int
) -> None:
    first, early, late = date(2026, 10, 1), date(2026, 10, 5), date(2026, 10, 12)
    await scene.bring(*rows(2, day=early), *rows(2, first=3, day=late))
    await scene.bring(*rows(approved_before, first=5, day=first))
    async with scene.process() as product:
        # So the pass begins its search before the numbers that are approved meanwhile.
        await scene.sync(product, Period(first, first))
        earlier = await product.approvals.waiting(scene.office.organisation)
        await scene.sync(product, Period(early, early))
        for batch in earlier:
            await approve(scene, product, batch)
        with restored_afterwards(scene.database, tmp_path):
            await scene.decide(product)
    forget_request_keys(scene)
    async with scene.process("restored") as product:
        waiting, before = await scene.waiting_batch(product), len(scene.running.sandbox.requests())

        def has_looked() -> bool:
            # For numbers, and then beside what it freezes: nothing but sending is left.
            later = scene.running.sandbox.requests()[before:]
            queries = " ".join(each.parameters.get("query", "") for each in later)
            return "DocNumber >=" in queries and "TxnDate >=" in queries

        held = _ActsOnce(
            product.database, is_due=has_looked, act=lambda: approve(scene, product, waiting)
        )
        pace = Pace(send_window_s=SEND_WINDOW_S)
        delivering = Delivering(storage=held, clock=product.clock, owners=product.owners, pace=pace)
        advancing = Advancing(
            replace(product.ports, storage=held),
            preparing=product.preparing,
            delivering=delivering,
        )
        run = await scene.ask(product, Period(late, late))
        await advancing.advance(run.id, 0)
        assert held.has_acted
        await product.drain()
    there = 2 + approved_before
    assert len(scene.creations()) == len(scene.journals()) == there
    assert await scene.states() == {S.VERIFIED: there, S.AWAITING_APPROVAL: 2}
