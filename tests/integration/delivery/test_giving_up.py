"""Entries that somebody deleted in QuickBooks are given up by decision, and made anew once."""

from datetime import date

from bot.services.status import Verified
from bot.services.verification import GIVE_UP
from ledger.corrections import Mode
from ledger.delivery import DeliveryState
from ledger.periods import Period
from sandbox.payload import JsonObject
from tests.integration.delivery.correcting import (
    RIGHT_ID,
    Undo,
    balances,
    map_category,
    net_effects,
)
from tests.integration.delivery.scene import OCTOBER, SETTLE_S, Scene, rows
from tests.support.office import BANK_ID, CONTROLLER
from tests.support.pushing import Product

S = DeliveryState


async def deleted(scene: Scene, product: Product) -> str:
    """Post two entries, delete one in QuickBooks and verify; return its number."""
    await scene.bring(*rows(2))
    await scene.push(product)
    first, _second = scene.journals()
    scene.delete_by_hand(first.id)
    await product.verification.verify(scene.office.organisation, OCTOBER)
    return first.doc_number or ""


async def give_up(scene: Scene, product: Product, period: Period = OCTOBER) -> Verified:
    """Press the button, and return what the person is told."""
    verification, office = product.verification, scene.office
    await verification.ask_give_up(
        office.organisation, office.company.id, period, person=CONTROLLER
    )
    await product.engine.drain({GIVE_UP: verification.run_give_up})
    return product.announcements.verified_periods[-1]


async def test_what_was_deleted_is_made_anew_once_and_approved_afresh(scene: Scene) -> None:
    async with scene.process() as product:
        number = await deleted(scene, product)
        early = await give_up(scene, product)
        assert (early.given_up, early.too_early) == (0, 1)
        scene.clock.advance(seconds=SETTLE_S)
        done = await give_up(scene, product)
        assert (done.given_up, done.too_early, done.diverged) == (1, 0, ())
        assert await scene.states() == {S.VERIFIED: 1, S.WITHDRAWN: 1}
        await scene.push(product)
        await scene.sync(product)
    assert await scene.states() == {S.VERIFIED: 2, S.WITHDRAWN: 1}
    assert len(scene.journals()) == 2
    assert number not in scene.numbers()
    assert set((await net_effects(scene)).values()) == {1}
    async with scene.database.unit(read_only=True) as unit:
        (record,) = [
            r
            for r in await unit.audit.recent(scene.office.organisation.id, 20)
            if r.action == "entries.given_up"
        ]
    assert (record.actor, number in (record.after or "")) == (CONTROLLER, True)


async def test_what_differed_for_long_and_was_deleted_just_now_is_not_given_up_yet(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.push(product)
        (posted,) = scene.journals()
        edit: JsonObject = {"Id": posted.id, "SyncToken": "0", "sparse": True}
        scene.edit_by_hand(posted.id, edit | {"TxnDate": "2026-10-13"})
        await product.verification.verify(scene.office.organisation, OCTOBER)
        scene.clock.advance(seconds=SETTLE_S)
        scene.delete_by_hand(posted.id)
        await product.verification.verify(scene.office.organisation, OCTOBER)
        early = await give_up(scene, product)
        assert (early.given_up, early.too_early) == (0, 1)
        scene.clock.advance(seconds=SETTLE_S)
        assert (await give_up(scene, product)).given_up == 1


async def test_what_is_in_the_erp_again_is_not_given_up(scene: Scene) -> None:
    async with scene.process() as product:
        number = await deleted(scene, product)
        scene.clock.advance(seconds=SETTLE_S)
        (gone,) = [d for d in await scene.deliveries() if d.entry.number == number]
        scene.commit_unseen(gone)
        done = await give_up(scene, product)
        assert (done.given_up, done.too_early) == (0, 0)
    assert await scene.states() == {S.VERIFIED: 2}


async def test_what_was_given_up_and_comes_back_is_recognised_and_not_made_anew(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        number = await deleted(scene, product)
        scene.clock.advance(seconds=SETTLE_S)
        (gone,) = [d for d in await scene.deliveries() if d.entry.number == number]
        await give_up(scene, product)
        scene.commit_unseen(gone)
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert await scene.states() == {S.VERIFIED: 2}
    assert len(scene.journals()) == 2


async def test_only_the_days_that_were_asked_about_are_given_up(scene: Scene) -> None:
    async with scene.process() as product:
        await deleted(scene, product)
        scene.clock.advance(seconds=SETTLE_S)
        other = Period(date(2026, 10, 1), date(2026, 10, 11))
        assert (await give_up(scene, product, other)).given_up == 0
    assert await scene.states() == {S.VERIFIED: 1, S.DIVERGED: 1}


async def test_a_reversal_that_was_deleted_lets_its_entry_be_undone_again(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.push(product)
        undo = Undo(scene=scene, product=product)
        await undo.do("2026-10", mode=Mode.REVERSE)
        _posted, reversal = scene.journals()
        scene.delete_by_hand(reversal.id)
        await product.verification.verify(scene.office.organisation, OCTOBER)
        scene.clock.advance(seconds=SETTLE_S)
        assert (await give_up(scene, product)).given_up == 1
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
        await undo.do("2026-10", mode=Mode.REVERSE)
    assert await scene.states() == {S.VERIFIED: 2, S.WITHDRAWN: 1}
    assert balances(scene) == {}


async def test_a_replacement_that_was_deleted_is_posted_again_by_a_repost(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.push(product)
        await map_category(scene, RIGHT_ID)
        undo = Undo(scene=scene, product=product)
        await undo.do("stale")
        *_undone, replacement = scene.journals()
        scene.delete_by_hand(replacement.id)
        await product.verification.verify(scene.office.organisation, OCTOBER)
        scene.clock.advance(seconds=SETTLE_S)
        assert (await give_up(scene, product)).given_up == 1
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
        await undo.do("2026-10", mode=Mode.REPOST)
    assert set(balances(scene)) == {BANK_ID, RIGHT_ID}
    assert set((await net_effects(scene)).values()) == {1}
