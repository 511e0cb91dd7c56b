"""Corrections that cannot go on as asked: barred accounts, lapsed cards, refused parts."""

import json
from decimal import Decimal

import pytest

from bot.services.advancing import PAUSED
from bot.services.approvals import Decision
from bot.services.corrections_ordering import Ordered
from bot.services.errors import Refusal
from ledger.corrections import Mode
from ledger.delivery import DeliveryState
from ledger.problems import ProblemCode
from ledger.runs import BatchState, Run, RunState
from tests.integration.delivery.correcting import (
    RIGHT_ID,
    WRONG_ID,
    Undo,
    balances,
    close_books,
    find_stale,
    map_category,
    net_effects,
    stale_numbers,
)
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import BANK_ID, CONTROLLER, DEPUTY, deposit
from tests.support.pushing import Product

S = DeliveryState
OTHER, OTHER_ID = "Grants", "52"


async def posted(scene: Scene, product: Product, count: int = 2) -> Undo:
    """Post entries on an account that turns out to be the wrong one."""
    await scene.bring(*rows(count))
    await scene.push(product)
    await map_category(scene, RIGHT_ID)
    return Undo(scene=scene, product=product)


def run_of(ordered: Ordered) -> Run:
    assert ordered.run is not None
    return ordered.run


# ── accounts that a reversal needs ───────────────────────────────────────────


async def test_an_account_made_inactive_is_found_before_a_reversal_is_sent_to_it(
    scene: Scene,
) -> None:
    office = scene.office
    async with scene.process() as product:
        undo = await posted(scene, product)
        scene.activate(WRONG_ID, active=False)
        run = run_of(await undo.prepare("stale"))
        assert len(scene.creations()) == 2
        assert (await scene.run(run.id)).state is RunState.FINISHED
        (problem,) = product.announcements.changes[-1].problems
        assert (problem.code, problem.count) == (ProblemCode.REVERSAL_BLOCKED, 2)
        look = await undo.look("stale")
        assert (look.reversible, look.plan.reversals) == (0, ())
        assert {left.why.split(":")[0] for left in look.left} == {"account is inactive"}
        scene.activate(WRONG_ID, active=True)
        connector = product.connectors.of(office.company)
        await product.preparing.refresh_books(office.organisation, office.company, connector)
        await undo.do("stale")
    assert balances(scene) == {BANK_ID: Decimal("203.00"), RIGHT_ID: Decimal("-203.00")}


# ── cards that lapse, and giving up ──────────────────────────────────────────


async def test_a_card_that_lapsed_into_closed_books_still_takes_a_persons_answer(
    scene: Scene,
) -> None:
    waiting = "closed"
    async with scene.process() as product:
        undo = await posted(scene, product)
        run = run_of(await undo.prepare("stale"))
        batch = await scene.waiting_batch(product)
        await map_category(scene, OTHER_ID)
        await close_books(scene, "2026-10-31")
        decided = await product.approvals.decide(
            scene.office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
        )
        assert decided.batch.state is BatchState.LAPSED
        await product.drain()
        assert waiting in ((await scene.run(run.id)).waiting_for or "")
        choices = await product.corrections.looks.choices(scene.office.organisation)
        assert [each.id for each in choices.waiting] == [run.id]
        await product.corrections.waiting.use_first_open_day(
            scene.office.organisation, run.id, person=DEPUTY
        )
        await product.drain()
        await scene.decide(product)
    assert balances(scene) == {BANK_ID: Decimal("203.00"), OTHER_ID: Decimal("-203.00")}


async def test_an_approved_correction_is_not_said_to_be_given_up_while_it_goes_on(
    scene: Scene,
) -> None:
    organisation = scene.office.organisation
    async with scene.process() as product:
        undo = await posted(scene, product)
        run = run_of(await undo.prepare("stale"))
        batch = await scene.waiting_batch(product)
        await product.approvals.decide(organisation, batch.id, Decision.APPROVE, person=CONTROLLER)
        await scene.enable_pushes(enabled=False)
        await product.drain()
        assert (await scene.run(run.id)).waiting_for == PAUSED
        choices = await product.corrections.looks.choices(organisation)
        assert choices.waiting == ()
        with pytest.raises(Refusal, match="nothing to give up"):
            await product.corrections.waiting.give_up(organisation, run.id, person=DEPUTY)


# ── what is stale ────────────────────────────────────────────────────────────


async def test_entries_stay_marked_while_a_card_waits_that_is_rejected_then(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await undo.prepare("stale")
        await scene.bring(*rows(1, first=9))
        await find_stale(scene, product)
        assert len(await stale_numbers(scene)) == 2
        await scene.decide(product, Decision.REJECT)
        assert len(await stale_numbers(scene)) == 2


async def test_stale_entries_are_told_once_a_change_in_a_message_that_is_edited(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 3)
        first = await told(scene, product)
        assert len(first) == 1
        assert "3 posted entries" in first[0]
        assert await told(scene, product) == first
        await undo.do("stale")
        (mended,) = await told(scene, product)
        assert "fits again" in mended


async def told(scene: Scene, product: Product) -> list[str]:
    """Let the clock look for stale entries, and return what the finance channel shows of them."""
    scene.clock.advance(seconds=60)
    await product.corrections.staleness.tick()
    await product.drain()
    async with scene.database.unit(read_only=True) as unit:
        return [str(m.blocks) for m in await unit.outbox.under("stale:") if m.channel == "C1"]


# ── parts ────────────────────────────────────────────────────────────────────


async def test_only_the_part_that_was_given_up_is_reposted_of_an_entry_of_several(
    scene: Scene,
) -> None:
    (one,) = rows(1)
    await map_category(scene, WRONG_ID, category=OTHER)
    await _roll_up(scene, "summed")
    await scene.bring(one, deposit(2, day=one.timestamp.date(), amount="10.00", category=OTHER))
    async with scene.process() as product:
        await scene.push(product)
        await _roll_up(scene, "individual")
        await map_category(scene, RIGHT_ID)
        await map_category(scene, OTHER_ID, category=OTHER)
        undo = Undo(scene=scene, product=product)
        run = run_of(await undo.prepare("stale"))
        scene.activate(OTHER_ID, active=False)
        await scene.decide(product)
        assert await scene.states() == {S.VERIFIED: 3, S.REFUSED: 1}
        await product.corrections.waiting.give_up(scene.office.organisation, run.id, person=DEPUTY)
        scene.activate(OTHER_ID, active=True)
        await undo.do("2026-10", mode=Mode.REPOST)
    assert balances(scene) == {
        BANK_ID: Decimal("111.00"),
        RIGHT_ID: Decimal("-101.00"),
        OTHER_ID: Decimal("-10.00"),
    }
    assert set((await net_effects(scene)).values()) == {1}


async def _roll_up(scene: Scene, rollup: str) -> None:
    async with scene.database.unit() as unit:
        await unit.choices.save_settings(scene.office.company.id, json.dumps({"rollup": rollup}))
        await unit.organisations.raise_shape_version(scene.office.organisation.id)
        await unit.commit()
