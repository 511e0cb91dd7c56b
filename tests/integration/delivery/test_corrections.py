"""Corrections: what is in QuickBooks is undone and posted again, never edited and never doubled."""

from decimal import Decimal

from ledger.corrections import Mode
from ledger.delivery import DeliveryState
from ledger.runs import RunState
from tests.integration.delivery.correcting import (
    RIGHT_ID,
    Undo,
    balances,
    map_category,
    stale_numbers,
)
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import BANK_ID

S = DeliveryState


async def test_entries_on_a_wrong_account_are_undone_and_reposted_under_one_approval(
    scene: Scene,
) -> None:
    await scene.bring(*rows(3))
    async with scene.process() as product:
        await scene.push(product)
        await map_category(scene, RIGHT_ID)
        ordered = await Undo(scene=scene, product=product).do("stale")
    assert ordered.run is not None
    assert (await scene.run(ordered.run.id)).state is RunState.FINISHED
    assert balances(scene) == {BANK_ID: Decimal("306.00"), RIGHT_ID: Decimal("-306.00")}
    assert await scene.states() == {S.VERIFIED: 9}
    assert await stale_numbers(scene) == set()


async def test_what_is_undone_does_not_come_back_with_the_next_sync(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product)
        await Undo(scene=scene, product=product).do("2026-10", mode=Mode.REVERSE)
        assert balances(scene) == {}
        await scene.sync(product)
        assert balances(scene) == {}
        await Undo(scene=scene, product=product).do("2026-10", mode=Mode.REPOST)
        assert balances(scene)[BANK_ID] == Decimal("203.00")
        await scene.sync(product)
    assert len(scene.journals()) == 6
