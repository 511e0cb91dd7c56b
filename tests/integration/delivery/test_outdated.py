"""What changes between its approval and its sending is taken back, and approved afresh."""

from datetime import date
from decimal import Decimal

import pytest

from bot.services.approvals import Decision
from bot.services.errors import Refusal
from bot.views.runs import progress
from ledger.corrections import Mode
from ledger.delivery import DeliveryState
from ledger.periods import Period
from ledger.runs import RunState
from sandbox.faults import FaultKind
from tests.integration.delivery.correcting import (
    RIGHT_ID,
    WRONG_ID,
    Undo,
    balances,
    find_stale,
    map_category,
    net_effects,
    stale_numbers,
)
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import BANK_ID, deposit
from tests.unit.views.onboarding import require_sound

S = DeliveryState
DAY = date(2026, 10, 12)


async def test_only_the_entry_that_changed_after_the_approval_waits_for_another_one(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        await scene.bring(deposit(1, day=DAY, amount="1.00"))
        await product.drain()
        assert scene.amounts() == [Decimal("102.00")]
        assert await scene.states() == {S.WITHDRAWN: 1, S.VERIFIED: 1, S.AWAITING_APPROVAL: 1}
        await scene.decide(product)
    assert scene.amounts() == [Decimal("1.00"), Decimal("102.00")]
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert set((await net_effects(scene)).values()) == {1}


async def test_what_was_taken_back_by_a_pass_that_ended_then_is_made_anew_by_the_next_one(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        await scene.bring(deposit(1, day=DAY, amount="1.00"))
        scene.clock.advance(seconds=1)
        office = scene.office
        await product.preparing.withdraw_outdated(office.organisation, office.company)
        assert await scene.states() == {S.WITHDRAWN: 1, S.APPROVED: 1}
        await product.drain()
        assert await scene.states() == {S.WITHDRAWN: 1, S.VERIFIED: 1, S.AWAITING_APPROVAL: 1}
        await scene.decide(product)
    assert scene.amounts() == [Decimal("1.00"), Decimal("102.00")]
    assert (await scene.run(run.id)).state is RunState.FINISHED


async def test_what_a_restored_backup_forgot_to_have_sent_is_not_taken_back_for_another_month(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        (forgotten,) = await scene.deliveries()
        scene.commit_unseen(forgotten)
        await scene.bring(deposit(1, day=date(2026, 11, 1), amount="101.00"))
        november = await scene.ask(product, Period(date(2026, 11, 1), date(2026, 11, 30)))
        await product.advancing.advance(november.id, november.wakes)
        await product.drain()
    assert await scene.states() == {S.VERIFIED: 1}
    assert scene.numbers() == [forgotten.entry.number]


async def test_what_was_rejected_and_is_in_the_erp_is_not_made_anew_in_another_month(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.sync(product)
        (forgotten,) = await scene.deliveries()
        scene.commit_unseen(forgotten)
        await scene.decide(product, Decision.REJECT)
        await scene.bring(deposit(1, day=date(2026, 11, 1), amount="101.00"))
        await scene.sync(product, Period(date(2026, 11, 1), date(2026, 11, 30)))
        assert not await product.approvals.waiting(scene.office.organisation)
    assert await scene.states() == {S.VERIFIED: 1}
    assert scene.numbers() == [forgotten.entry.number]


async def test_rejecting_what_changed_ends_the_push_of_what_was_approved_before(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        await scene.bring(deposit(1, day=DAY, amount="1.00"))
        await product.drain()
        await scene.decide(product, Decision.REJECT)
        status = product.announcements.changes[-1]
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert await scene.states() == {S.WITHDRAWN: 1, S.VERIFIED: 1, S.DECLINED: 1}
    async with scene.database.unit(read_only=True) as unit:
        company = await unit.companies.get(scene.office.company.id)
    assert company is not None
    assert company.last_month_end is None
    assert status.taken_back == 1
    words = require_sound(progress(status))
    assert "1 entry was taken back before being sent" in words
    assert "nothing was sent" not in words


async def test_what_was_once_sent_without_an_answer_keeps_its_number_and_its_content(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        scene.spoil(FaultKind.DROP_REQUEST)
        await product.drain()
        await scene.enable_pushes(enabled=False)
        await scene.pass_time(product, 300)
        assert await scene.states() == {S.APPROVED: 1}
        await scene.enable_pushes(enabled=True)
        with pytest.raises(Refusal, match="once sent without an answer"):
            await Undo(scene=scene, product=product).ask("2026-10", mode=Mode.REVERSE)
        await scene.bring(deposit(1, day=DAY, amount="1.00"))
        await scene.resume(product, run)
        await find_stale(scene, product)
    assert scene.amounts() == [Decimal("101.00")]
    assert await stale_numbers(scene) == set(scene.numbers())


async def test_a_change_that_touches_nothing_unsent_takes_nothing_back(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        await map_category(scene, RIGHT_ID, category="nobody's")
        await product.drain()
    assert await scene.states() == {S.VERIFIED: 2}


async def test_a_refused_entry_is_mended_by_choosing_another_account(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        scene.activate(WRONG_ID, active=False)
        await product.drain()
        assert await scene.states() == {S.REFUSED: 1}
        await map_category(scene, RIGHT_ID)
        await scene.push(product)
    assert await scene.states() == {S.WITHDRAWN: 1, S.VERIFIED: 1}
    assert set(balances(scene)) == {BANK_ID, RIGHT_ID}


async def test_a_held_entry_that_changed_is_compared_anew(scene: Scene) -> None:
    await scene.bring(*rows(1))
    scene.type_by_hand(None, "101.00")
    async with scene.process() as product:
        await scene.sync(product)
        assert await scene.states() == {S.HELD: 1}
        await scene.bring(deposit(1, day=DAY, amount="7.00"))
        await scene.push(product)
    assert await scene.states() == {S.WITHDRAWN: 1, S.VERIFIED: 1}
    assert scene.amounts() == [Decimal("7.00"), Decimal("101.00")]
