"""Clicks at the same moment: each is answered, one decides, and nothing is delivered unapproved."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.services.approvals import Decided, Decision
from bot.services.errors import Refusal
from ledger.delivery import DeliveryState
from ledger.runs import Batch, BatchState
from tests.integration.delivery.scene import Scene, rows
from tests.integration.month_end.closing_office import ClosingOffice, closing_office
from tests.support.office import CONTROLLER, DEPUTY

S = DeliveryState


async def _click(
    office: ClosingOffice, batch: Batch, person: str, decision: Decision = Decision.APPROVE
) -> Decided:
    return await office.product.approvals.decide(
        office.scene.office.organisation,
        batch.id,
        decision,
        person=person,
        note="no" if decision is Decision.REJECT else "",
        digest=batch.digest[:12],
    )


async def test_many_clicks_of_two_people_in_two_processes_decide_once(scene: Scene) -> None:
    await scene.bring(*rows(3))
    async with closing_office(scene, "one") as one, closing_office(scene, "two") as two:
        batch = await one.build()
        clicks = [
            _click(office, batch, who) for office in (one, two) for who in (CONTROLLER, DEPUTY)
        ]
        decided = await asyncio.gather(*clicks, *[_click(two, batch, DEPUTY) for _ in range(3)])
        assert sum(each.is_new for each in decided) == 1
        winner = (await one.batch(batch.id)).decided_by or ""
        late = [each.message for each in decided if not each.is_new]
        assert all(f"approved by <@{winner}> already" in message for message in late)
        await asyncio.gather(one.drain(), two.drain())
        for card in (await one.messages(f"batch:{batch.id}")).values():
            assert winner in card.blocks
            assert "approvals.approve" not in card.blocks
    assert len(scene.creations()) == 3
    assert await scene.states() == {S.VERIFIED: 3}


async def test_the_second_approvals_of_two_people_at_once_are_both_counted(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene, "one") as one, closing_office(scene, "two") as two:
        await one.set_policies(two_approvers_above="0")
        batch = await one.build()
        await asyncio.gather(_click(one, batch, CONTROLLER), _click(two, batch, DEPUTY))
        assert (await one.batch(batch.id)).state is BatchState.APPROVED
        await asyncio.gather(one.drain(), two.drain())
    assert len(scene.creations()) == 2


async def test_approving_while_the_card_ends_is_one_of_the_two(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene, "one") as one, closing_office(scene, "two") as two:
        batch = await one.build()
        await one.tick()
        scene.clock.advance(seconds=8 * 24 * 3600)
        scene.running.clock.advance(8 * 24 * 3600)
        await two.cases.waiting.tick()
        await asyncio.gather(_click(one, batch, CONTROLLER), two.drain())
        await asyncio.gather(one.drain(), two.drain())
        state = (await one.batch(batch.id)).state
    assert (state, len(scene.journals())) in {(BatchState.APPROVED, 2), (BatchState.LAPSED, 0)}


async def test_approving_while_a_row_is_corrected_delivers_only_what_was_shown(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene, "one") as one:
        batch = await one.build()
        shown = {d.entry.digest for d in await scene.deliveries()}
        row = replace(rows(1)[0], received_quantity=Decimal("999.00"))
        await asyncio.gather(_click(one, batch, CONTROLLER), scene.bring(row))
        await one.drain()
        sent = {d.entry.digest for d in await scene.deliveries() if d.state is S.VERIFIED}
    assert sent <= shown
    assert len(scene.journals()) == len(sent)


async def test_a_click_on_the_card_of_another_content_is_answered_and_changes_nothing(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        batch = await office.build()
        with pytest.raises(Refusal, match="old one"):
            await office.product.approvals.decide(
                scene.office.organisation,
                batch.id,
                Decision.APPROVE,
                person=CONTROLLER,
                digest="000000000000",
            )
        assert (await office.batch(batch.id)).state is BatchState.AWAITING_APPROVAL
    assert scene.journals() == []
