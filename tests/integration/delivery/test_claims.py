"""A claim belongs to one process: nobody settles it too soon, and it sends nothing too late."""

import asyncio
from dataclasses import replace

from ledger.delivery import DeliveryState
from ledger.records import Move
from ledger.runs import RunState
from sandbox.faults import FaultKind
from tests.integration.delivery.scene import SEND_WINDOW_S, SETTLE_S, Scene, rows

S = DeliveryState


async def test_the_claim_of_a_dead_process_is_settled_only_after_its_time_and_settling(
    scene: Scene,
) -> None:
    await scene.bring(*rows(3))
    async with scene.process("dies") as dying:
        run = await scene.prepare_approved(dying)
        await scene.claim(dying)
    async with scene.process("next") as product:
        await product.advancing.advance(run.id, (await scene.run(run.id)).wakes)
        assert await scene.states() == {S.SENDING: 3}
        await scene.pass_time(product, SEND_WINDOW_S + SETTLE_S - 1)
        assert await scene.states() == {S.SENDING: 3}
        assert scene.journals() == []
        await scene.pass_time(product, 1)
        assert "uncertain" in await scene.history((await scene.deliveries())[0])
        await scene.pass_time(product, SETTLE_S)
    assert await scene.states() == {S.VERIFIED: 3}
    assert len(scene.journals()) == 3


async def test_what_a_dead_process_had_sent_is_found_and_not_sent_again(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("dies") as dying:
        run = await scene.prepare_approved(dying)
        for delivery in await scene.claim(dying):
            scene.commit_unseen(delivery)
    async with scene.process("next") as product:
        await product.advancing.advance(run.id, (await scene.run(run.id)).wakes)
        await scene.pass_time(product, SEND_WINDOW_S + SETTLE_S)
    assert await scene.states() == {S.VERIFIED: 2}
    assert scene.creations() == []
    assert len(scene.journals()) == 2


async def test_the_claim_of_a_living_process_is_never_touched(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("lives") as living, scene.process("other") as other:
        run = await scene.prepare_approved(living)
        await scene.claim(living)
        await other.advancing.advance(run.id, (await scene.run(run.id)).wakes)
        await scene.pass_time(other, 10 * (SEND_WINDOW_S + SETTLE_S))
        assert await scene.states() == {S.SENDING: 2}
        assert scene.creations() == []
        assert (await scene.run(run.id)).state is RunState.OPEN


async def test_a_frozen_sender_sends_nothing_once_its_claim_has_ended(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process("freezes") as product:
        await scene.prepare_approved(product)
        claimed = await scene.claim(product)
        scene.clock.advance(seconds=SEND_WINDOW_S + 1)
        await scene.send_claimed(product, claimed)
    assert scene.creations() == []
    assert await scene.states() == {S.APPROVED: 2}


async def test_a_frozen_sender_whose_claim_was_taken_over_sends_and_records_nothing(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with scene.process("freezes") as product:
        await scene.prepare_approved(product)
        (claimed,) = await scene.claim(product)
        async with product.database.unit() as unit:
            taken = replace(claimed, state=S.UNCERTAIN)
            await unit.deliveries.move([Move(delivery=claimed, new=taken, actor="other")])
            await unit.commit()
        await scene.send_claimed(product, [claimed])
    assert scene.creations() == []
    assert await scene.states() == {S.UNCERTAIN: 1}


async def test_a_run_advanced_twice_at_once_sends_everything_once(scene: Scene) -> None:
    await scene.bring(*rows(12))
    async with scene.process("one") as one, scene.process("two") as two:
        run = await scene.prepare_approved(one)
        wake = (await scene.run(run.id)).wakes
        await asyncio.gather(
            one.advancing.advance(run.id, wake), two.advancing.advance(run.id, wake)
        )
        await scene.pass_time(one, 60)
    assert await scene.states() == {S.VERIFIED: 12}
    assert len(scene.journals()) == 12
    assert len(scene.creations()) == 12
    assert (await scene.run(run.id)).state is RunState.FINISHED


async def test_a_run_prepared_twice_at_once_freezes_every_effect_once(scene: Scene) -> None:
    await scene.bring(*rows(6))
    async with scene.process("one") as one, scene.process("two") as two:
        started = await scene.ask(one)
        await asyncio.gather(
            one.advancing.advance(started.id, 0), two.advancing.advance(started.id, 0)
        )
        await scene.decide(one)
    assert await scene.states() == {S.VERIFIED: 6}
    assert len(scene.journals()) == 6


async def test_a_process_that_starts_again_goes_on_with_its_own_claims(scene: Scene) -> None:
    await scene.bring(*rows(4))
    scene.spoil(FaultKind.DROP_REPLY, nth=2)
    async with scene.process("before") as before:
        run = await scene.prepare_approved(before)
        await scene.send_claimed(before, (await scene.claim(before))[:2])
    async with scene.process("after") as after:
        await scene.resume(after, run)
        await scene.pass_time(after, SEND_WINDOW_S + SETTLE_S)
        await scene.pass_time(after, SETTLE_S)
    assert await scene.states() == {S.VERIFIED: 4}
    assert len(scene.journals()) == 4
