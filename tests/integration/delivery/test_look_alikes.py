"""Held look-alikes: an allowed person decides each once, it is on the record, and it holds."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.handlers.look_alikes import ACTIONS
from bot.services import go_live
from bot.services.errors import Refusal
from bot.services.look_alikes import Choice, LookAlike
from bot.services.saying import FieldRefusal
from bot.services.waiting import Waiting
from bot.views import look_alikes as view
from ledger.delivery import DeliveryState
from ledger.organisation import Right
from ledger.runs import RunState
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import CLERK, CONTROLLER, DEPUTY, office_for
from tests.support.pushing import Product

S = DeliveryState


async def held(scene: Scene, product: Product) -> LookAlike:
    """Push two deposits, one of which somebody typed in QuickBooks already."""
    await scene.bring(*rows(2))
    scene.type_by_hand("1042", "101.00", memo="paid by Acme")
    await scene.push(product)
    (found,) = await product.look_alikes.held(scene.office.organisation)
    return found


async def decisions(scene: Scene) -> list[tuple[str, str, str]]:
    """Return who did what about which number, as recorded."""
    async with scene.database.unit(read_only=True) as unit:
        records = await unit.audit.recent(scene.office.organisation.id, 100)
    made = [each for each in records if each.action.startswith("look_alike.")]
    return [(each.actor, each.action, each.subject) for each in made]


async def test_ours_and_what_the_erp_has_are_shown_beside_each_other(scene: Scene) -> None:
    async with scene.process() as product:
        found = await held(scene, product)
    shown = view.held(scene.office.organisation, [found]).said().blocks
    assert found.delivery.entry.number in shown
    assert "entry 1042>: paid by Acme" in shown.replace("\\u003e", ">")
    assert found.url is not None
    assert found.url in shown.replace("&amp;", "&")
    after = view.decided(scene.office.organisation, "Skipped it.", []).said().blocks
    assert "Skipped it." in after
    assert view.SKIP not in after


async def test_what_is_skipped_is_never_sent_and_the_decision_is_on_record(scene: Scene) -> None:
    async with scene.process() as product:
        found = await held(scene, product)
        await product.look_alikes.decide(
            scene.office.organisation, found.delivery.id, Choice.SKIP, person=CLERK
        )
        # The run's message still leads to what is in the ERP.
        assert product.announcements.changes[-1].example_url is not None
        await product.drain()
        await scene.sync(product)
    assert await scene.states() == {S.SKIPPED: 1, S.VERIFIED: 1}
    assert scene.amounts() == [Decimal(101), Decimal(102)]
    assert await decisions(scene) == [(CLERK, "look_alike.skip", found.delivery.entry.number)]


async def test_once_an_entry_was_prepared_its_first_day_stays(scene: Scene) -> None:
    async with scene.process() as product:
        company = (await held(scene, product)).delivery.company_id
    async with scene.database.unit() as unit:
        known = await unit.companies.get(company)
        assert known is not None
        with pytest.raises(FieldRefusal, match="Entries were prepared since"):
            await go_live.correct(unit, known, date(2026, 1, 5), today=date(2026, 11, 1))


async def test_whoever_asked_for_the_push_does_not_post_it_anyway_but_an_approver_does(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        found = await held(scene, product)
        with pytest.raises(Refusal):
            await product.look_alikes.decide(
                scene.office.organisation, found.delivery.id, Choice.POST, person=CLERK
            )
        assert await scene.states() == {S.HELD: 1, S.VERIFIED: 1}
        await product.look_alikes.decide(
            scene.office.organisation, found.delivery.id, Choice.POST, person=CONTROLLER
        )
        await product.drain()
    assert await scene.states() == {S.VERIFIED: 2}
    assert scene.amounts() == [Decimal(101), Decimal(101), Decimal(102)]
    assert await decisions(scene) == [(CONTROLLER, "look_alike.post", found.delivery.entry.number)]


async def test_two_people_who_decide_differently_at_once_decide_once(scene: Scene) -> None:
    async with scene.process() as product:
        found = await held(scene, product)
        ended = await asyncio.gather(
            *(
                product.look_alikes.decide(
                    scene.office.organisation, found.delivery.id, choice, person=person
                )
                for choice, person in ((Choice.SKIP, CLERK), (Choice.POST, DEPUTY))
            ),
            return_exceptions=True,
        )
        await product.drain()
    assert [isinstance(each, Refusal) for each in ended].count(True) == 1
    assert len(await decisions(scene)) == 1
    posted = await scene.states() == {S.VERIFIED: 2}
    assert len(scene.journals()) == (3 if posted else 2)


async def test_a_held_entry_of_another_organisation_is_not_found(scene: Scene) -> None:
    other = office_for("777", now=scene.clock.now(), code="Z9Z9").organisation
    async with scene.process() as product:
        found = await held(scene, product)
        with pytest.raises(Refusal, match="no such entry"):
            await product.look_alikes.decide(
                other, found.delivery.id, Choice.SKIP, person=CONTROLLER
            )
    assert (await scene.states())[S.HELD] == 1


def test_skipping_is_for_who_prepares_and_posting_anyway_for_who_approves() -> None:
    rights = {action.action_id: action.right for action in ACTIONS}
    assert rights == {view.SKIP: Right.PREPARE, view.POST: Right.APPROVE}


async def test_a_card_that_expires_beside_a_decided_look_alike_is_not_asked_for_again(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    scene.type_by_hand(None, "101.00")
    async with scene.process() as product:
        run = await scene.sync(product)
        (found,) = await product.look_alikes.held(scene.office.organisation)
        await product.look_alikes.decide(
            scene.office.organisation, found.delivery.id, Choice.POST, person=CONTROLLER
        )
        await product.drain()
        batch = await scene.waiting_batch(product)
        await scene.pass_time(product, timedelta(days=8).total_seconds())
        await Waiting(product.ports, preparing=product.preparing).attend(batch.id)
        await scene.pass_time(product, 60)
        assert not await product.approvals.waiting(scene.office.organisation)
    assert (await scene.run(run.id)).state is RunState.FINISHED
    assert await scene.states() == {S.VERIFIED: 1, S.WITHDRAWN: 1}
