"""What became of a request is looked up, never guessed, before anything is sent again."""

import pytest

from ledger.delivery import DeliveryState
from ledger.runs import RunState
from sandbox.faults import FaultKind
from tests.integration.delivery.scene import SETTLE_S, Scene, rows


async def test_an_approved_batch_arrives_once_and_is_verified(scene: Scene) -> None:
    await scene.bring(*rows(8))
    async with scene.process() as product:
        run = await scene.push(product)
    assert await scene.states() == {DeliveryState.VERIFIED: 8}
    assert scene.numbers() == [d.entry.number for d in await scene.deliveries()]
    assert (await scene.run(run.id)).state is RunState.FINISHED
