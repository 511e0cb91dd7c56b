"""What became of a request is looked up, never guessed, before anything is sent again."""

import pytest

from ledger.delivery import DeliveryState
from ledger.runs import RunState
from sandbox.faults import FaultKind
from tests.integration.delivery.scene import SETTLE_S, Scene, rows

S = DeliveryState


async def test_an_approved_batch_arrives_once_and_is_verified(scene: Scene) -> None:
    await scene.bring(*rows(8))
    async with scene.process() as product:
        run = await scene.push(product)
    assert await scene.states() == {S.VERIFIED: 8}
    assert scene.numbers() == [d.entry.number for d in await scene.deliveries()]
    assert (await scene.run(run.id)).state is RunState.FINISHED


async def test_a_lost_reply_is_searched_for_and_never_sent_again(scene: Scene) -> None:
    await scene.bring(*rows(1))
    scene.spoil(FaultKind.DROP_REPLY)
    async with scene.process() as product:
        await scene.push(product)
    assert scene.searches_and_creations()[:2] == ["create", "search"]
    assert len(scene.creations()) == 1
    (delivery,) = await scene.deliveries()
    assert await scene.history(delivery) == [
        "approved",
        "sending",
        "uncertain",
        "posted",
        "verified",
    ]


async def test_a_server_error_after_the_commit_is_adopted(scene: Scene) -> None:
    await scene.bring(*rows(3))
    scene.spoil(FaultKind.STATUS, nth=2, status=500, committed=True)
    async with scene.process() as product:
        await scene.push(product)
    assert await scene.states() == {S.VERIFIED: 3}
    assert len(scene.creations()) == 3


async def test_absence_is_believed_only_after_settling_and_sent_with_the_same_key(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    scene.spoil(FaultKind.DROP_REQUEST)
    async with scene.process() as product:
        await scene.push(product)
        assert await scene.states() == {S.UNCERTAIN: 1}
        await scene.pass_time(product, SETTLE_S - 1)
        assert await scene.states() == {S.UNCERTAIN: 1}
        assert len(scene.creations()) == 1
        await scene.pass_time(product, 1)
    assert await scene.states() == {S.VERIFIED: 1}
    assert len(scene.creations()) == 2
    assert len(set(scene.creations())) == 1
    assert len(scene.journals()) == 1


@pytest.mark.parametrize("status", [None, 504])
async def test_a_late_commit_is_adopted_and_not_doubled(scene: Scene, status: int | None) -> None:
    await scene.bring(*rows(2))
    scene.spoil(FaultKind.LATE_COMMIT, delay_s=SETTLE_S - 5, status=status)
    async with scene.process() as product:
        await scene.push(product)
        assert (await scene.states())[S.UNCERTAIN] == 1
        await scene.pass_time(product, SETTLE_S)
    assert await scene.states() == {S.VERIFIED: 2}
    assert len(scene.creations()) == 2
    assert len(scene.journals()) == 2


async def test_while_one_outcome_is_unknown_nothing_further_is_sent_before_a_search(
    scene: Scene,
) -> None:
    await scene.bring(*rows(30))
    scene.spoil(FaultKind.DROP_REPLY)
    async with scene.process() as product:
        await scene.push(product)
    words = scene.searches_and_creations()
    first_search = words.index("search")
    assert words[:first_search] == ["create"] * 25
    assert await scene.states() == {S.VERIFIED: 30}
    assert len(scene.journals()) == 30


async def test_too_many_requests_are_waited_out_and_the_push_goes_on(scene: Scene) -> None:
    await scene.bring(*rows(3))
    scene.spoil(FaultKind.THROTTLE, retry_after=30)
    async with scene.process() as product:
        run = await scene.push(product)
        waiting = await scene.run(run.id)
        assert waiting.state is RunState.OPEN
        assert waiting.waiting_for
        assert (await scene.states())[S.APPROVED] >= 1
        await scene.pass_time(product, 30)
    assert await scene.states() == {S.VERIFIED: 3}
    assert len(scene.journals()) == 3


async def test_two_hits_of_one_number_are_shown_to_a_person(scene: Scene) -> None:
    await scene.bring(*rows(1))
    scene.spoil(FaultKind.DROP_REQUEST)
    async with scene.process() as product:
        await scene.push(product)
        (delivery,) = await scene.deliveries()
        for _ in range(2):
            scene.type_by_hand(delivery.entry.number, "101.00")
        await scene.pass_time(product, SETTLE_S)
    assert await scene.states() == {S.DIVERGED: 1}
    assert len(scene.creations()) == 1


async def test_a_hit_that_is_not_what_was_approved_is_not_adopted(scene: Scene) -> None:
    await scene.bring(*rows(1))
    scene.spoil(FaultKind.DROP_REQUEST)
    async with scene.process() as product:
        await scene.push(product)
        (delivery,) = await scene.deliveries()
        scene.type_by_hand(delivery.entry.number, "999.00")
        await scene.pass_time(product, SETTLE_S)
    (delivery,) = await scene.deliveries()
    assert delivery.state is S.DIVERGED
    assert any("999.00" in words for words in delivery.differences)
    assert len(scene.creations()) == 1


@pytest.mark.parametrize("copies", [1, 2])
async def test_an_approved_entry_that_the_erp_has_already_is_never_sent(
    scene: Scene, copies: int
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        first, _ = await scene.deliveries()
        for _ in range(copies):
            scene.commit_unseen(first)
        await product.drain()
    assert len(scene.creations()) == 1
    assert len(scene.journals()) == copies + 1
    assert await scene.states() == (
        {S.VERIFIED: 2} if copies == 1 else {S.VERIFIED: 1, S.DIVERGED: 1}
    )
