"""Drift: what people do to posted entries is found at night, told once, and explained."""

import json
from datetime import date, timedelta

from ledger.delivery import DeliveryState
from ledger.drift import DriftKind, kind_of
from sandbox.faults import FaultKind
from tests.integration.delivery.scene import OCTOBER, Scene, rows
from tests.support.watching import Watching, watching

S = DeliveryState
NIGHT = date(2026, 11, 2)


async def look(scene: Scene, watch: Watching, night: date = NIGHT) -> None:
    scene.clock.advance(seconds=1)
    await watch.drift.look(scene.office.company.id, night.isoformat())


async def test_deleted_edited_and_doubled_entries_are_told_once_without_amounts(
    scene: Scene,
) -> None:
    await scene.bring(*rows(4))
    async with scene.process() as product:
        watch = watching(product)
        await scene.push(product)
        await look(scene, watch)
        assert watch.heard.said == []
        edited, deleted, doubled, _left = scene.journals()
        scene.edit_by_hand(edited.id, {"PrivateNote": "secret words"})
        scene.delete_by_hand(deleted.id)
        scene.type_by_hand(doubled.doc_number, "103.00")
        await look(scene, watch)
        scene.clock.advance(seconds=timedelta(days=1).total_seconds())
        await look(scene, watch, NIGHT + timedelta(days=1))
    (drifted,) = watch.heard.drifted
    kinds = {d.erp_id: kind_of(d.differences) for d in drifted.new}
    assert kinds == {
        edited.id: DriftKind.EDITED,
        deleted.id: DriftKind.DELETED,
        doubled.id: DriftKind.DOUBLED,
    }
    (said,) = watch.heard.said
    words = json.dumps(json.loads(said.blocks))
    assert all(number in words for number in (edited.doc_number or "?", deleted.doc_number or "?"))
    assert "memo" in words
    assert "secret words" not in words
    assert "103.00" not in words


async def test_a_rerun_of_the_same_night_says_nothing_more(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        watch = watching(product)
        await scene.push(product)
        scene.delete_by_hand(scene.journals()[0].id)
        await look(scene, watch)
        await look(scene, watch)
    assert len(watch.heard.said) == 1


async def test_what_was_found_while_the_night_was_told_of_is_told_the_next_night(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        watch = watching(product)
        await scene.push(product)
        first, second = scene.journals()
        scene.delete_by_hand(first.id)
        await product.verification.verify(scene.office.organisation, OCTOBER)
        scene.clock.advance(seconds=10)
        await look(scene, watch)
        # Stored only now, by a process that looked some seconds ago.
        scene.delete_by_hand(second.id)
        scene.clock.advance(seconds=-5)
        await product.verification.verify(scene.office.organisation, OCTOBER)
        scene.clock.advance(seconds=timedelta(days=1).total_seconds())
        for _ in range(2):
            await look(scene, watch, NIGHT + timedelta(days=1))
    assert [[d.erp_id for d in each.new] for each in watch.heard.drifted] == [
        [first.id],
        [second.id],
    ]


async def test_what_was_mended_and_leaves_again_is_told_again_and_the_rest_is_folded(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        watch = watching(product)
        await scene.push(product)
        first, second = scene.journals()
        memo = first.private_note
        scene.edit_by_hand(first.id, {"PrivateNote": "other"})
        scene.delete_by_hand(second.id)
        await look(scene, watch)
        for words in (memo, "again"):
            scene.clock.advance(seconds=timedelta(days=1).total_seconds())
            scene.edit_by_hand(first.id, {"PrivateNote": words})
            await look(scene, watch, scene.clock.now().date())
    assert [len(each.new) for each in watch.heard.drifted] == [2, 1]
    assert watch.heard.drifted[-1].earlier == 1


async def test_an_older_month_is_looked_at_on_its_night_and_what_differs_until_it_is_mended(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        watch = watching(product)
        await scene.push(product)
        first, _second = scene.journals()
        memo = first.private_note
        scene.edit_by_hand(first.id, {"PrivateNote": "other"})
        # October 2026 has the 19th of each month; in March it is older than the nightly window.
        said = []
        for day in (18, 19, 20):
            await look(scene, watch, date(2027, 3, day))
            said.append(len(watch.heard.said))
        assert said == [0, 1, 1]
        scene.edit_by_hand(first.id, {"PrivateNote": memo})
        await look(scene, watch, date(2027, 3, 21))
    assert await scene.states() == {S.VERIFIED: 2}


async def test_while_the_erp_is_away_nothing_is_called_gone(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        watch = watching(product)
        await scene.push(product)
        scene.spoil_everything(FaultKind.REFUSE_CONNECTIONS)
        await look(scene, watch)
    assert await scene.states() == {S.VERIFIED: 2}
    assert watch.heard.said == []


async def test_a_company_is_looked_at_once_a_local_night(scene: Scene) -> None:
    async with scene.process() as product:
        drift, again = watching(product).drift, watching(product).drift
        assert await drift.tick() == 1
        assert await drift.tick() == 0
        await again.tick()
        work = {"find_drift": drift.look}
        assert await product.engine.drain(work) == 1
        scene.clock.advance(seconds=timedelta(hours=16).total_seconds())
        assert await drift.tick() == 0  # 01:00 of the next day: its night has not come
        scene.clock.advance(seconds=timedelta(hours=1).total_seconds())
        assert await drift.tick() == 1
