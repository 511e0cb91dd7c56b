"""A process that is told to stop finishes what it holds and hands its run on to another."""

from dataclasses import replace

from bot.services.advancing import Advancing
from bot.services.delivery import Delivering, Pace
from ledger.delivery import DeliveryState
from ledger.runs import RunState
from tests.integration.delivery.scene import Scene, rows

S = DeliveryState


async def test_a_stopping_process_claims_no_more_and_another_goes_on_at_once(scene: Scene) -> None:
    await scene.bring(*rows(4))
    async with scene.process("one") as one:
        run = await scene.prepare_approved(one)
        delivering = Delivering(
            storage=one.database, clock=scene.clock, owners=one.owners, pace=Pace(claim_size=1)
        )
        advancing = Advancing(
            one.ports,
            preparing=one.preparing,
            delivering=delivering,
            # A signal comes while the first entry is on its way.
            stopping=lambda: bool(scene.creations()),
        )
        await replace(one, advancing=advancing).drain()
    assert await scene.states() == {S.VERIFIED: 1, S.APPROVED: 3}
    handed_on = await scene.run(run.id)
    assert (handed_on.state, handed_on.waiting_for) == (RunState.OPEN, None)
    assert handed_on.wake_at == scene.clock.now()
    async with scene.process("two") as two:
        await two.tick()
    assert await scene.states() == {S.VERIFIED: 4}
    assert len(scene.creations()) == 4
    assert (await scene.run(run.id)).state is RunState.FINISHED
