"""A run's message names what it left of its period, and why: nothing is missing without a word."""

import json
from datetime import date
from typing import Any

from bot.services.approvals import Decision
from bot.services.look_alikes import Choice
from bot.services.pipeline import Pipeline
from bot.services.previews import Previews
from bot.views import runs as view
from ledger.delivery import DeliveryState
from ledger.periods import Period
from ledger.runs import RunState, Trigger
from ledger.schedules import SCHEDULE
from ledger.stragglers import StragglerChoice, StragglerDecision
from tests.integration.delivery.scene import OCTOBER, Scene, rows
from tests.support.office import CLERK, CONTROLLER, deposit
from tests.support.pushing import Product

TODAY = date(2026, 11, 2)
OCT_12 = Period(date(2026, 10, 12), date(2026, 10, 12))


def told(product: Product) -> str:
    """The run's message as it was drawn last."""
    return view.progress(product.announcements.changes[-1]).said().blocks


async def push_month(scene: Scene, product: Product) -> None:
    await product.runs.start(
        scene.office.organisation, OCTOBER, trigger=Trigger.MONTHLY, requested_by=SCHEDULE
    )
    await product.drain()


async def test_a_month_says_what_an_earlier_push_left_to_a_person(scene: Scene) -> None:
    await scene.bring(*rows(1))
    scene.type_by_hand(None, "101.00", memo="paid by Acme")
    async with scene.process() as product:
        await scene.sync(product, OCT_12)
        await scene.bring(*rows(1, first=2, day=date(2026, 10, 13)))
        await push_month(scene, product)
        await scene.decide(product)
        words = told(product)
        assert "is done; some entries need you" in words
        assert "1 entry held by another push as a possible duplicate: `/integral dup" in words
        (found,) = await product.look_alikes.held(scene.office.organisation)
        await product.look_alikes.decide(
            scene.office.organisation, found.delivery.id, Choice.SKIP, person=CLERK
        )
        await product.drain()
        assert product.announcements.changes[-1].counts == {DeliveryState.SKIPPED: 1}
        words = told(product)
    assert "1 entry skipped: somebody found it in QuickBooks already" in words
    assert "0 of 1" not in words


async def test_a_month_says_what_waits_for_an_approval_in_another_push(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.sync(product, OCT_12)
        await push_month(scene, product)
        words = told(product)
    assert "2 entries in another push, which waits for approval: `/integral approvals`" in words
    assert "nothing new to push" not in words


async def test_a_roll_up_says_that_a_day_has_not_ended(scene: Scene) -> None:
    await scene.bring(*rows(2, day=TODAY))
    await _save(scene, {"rollup": "summed"})
    async with scene.process() as product:
        run = await scene.sync(product, Period(TODAY, TODAY))
        words = told(product)
        previews = Previews(storage=product.database, pipeline=Pipeline(clock=scene.clock))
        shown = await previews.preview(scene.office.organisation, Period(TODAY, TODAY))
    assert (await scene.run(run.id)).state is RunState.FINISHED
    left = "2 transactions of a day that has not ended: a roll-up takes whole days"
    assert left in words
    preview = view.preview(shown).said().blocks
    assert left in preview
    assert "when the day has ended" in preview
    assert "/integral import" not in preview


async def test_what_a_person_left_out_of_the_books_is_counted(scene: Scene) -> None:
    transactions = [*rows(1), deposit(2, day=OCT_12.first, amount="5.00")]
    await scene.bring(*transactions)
    async with scene.database.unit() as unit:
        choice = StragglerDecision(
            company_id=scene.office.company.id,
            source=transactions[1].source,
            transaction_id=transactions[1].id,
            choice=StragglerChoice.IGNORE,
            reason="personal",
            chosen_by=CLERK,
            chosen_at=scene.clock.now(),
        )
        await unit.stragglers.decide([choice])
        await unit.commit()
    async with scene.process() as product:
        await scene.sync(product)
        assert "1 transaction left out of the books by choice" in told(product)


async def test_what_is_approved_while_pushes_are_paused_is_said_to_wait(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.sync(product)
        batch = await scene.waiting_batch(product)
        await scene.enable_pushes(enabled=False)
        decided = await product.approvals.decide(
            scene.office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
        )
        await product.drain()
        words = told(product)
    assert "nothing is sent before `/integral resume`" in decided.message
    assert "Pushes are paused. `/integral resume` goes on with it." in words
    assert "*Next:* nothing" not in words


async def _save(scene: Scene, settings: dict[str, Any]) -> None:
    async with scene.database.unit() as unit:
        await unit.choices.save_settings(scene.office.company.id, json.dumps(settings))
        await unit.organisations.raise_shape_version(scene.office.organisation.id)
        await unit.commit()
