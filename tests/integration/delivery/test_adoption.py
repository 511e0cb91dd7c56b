"""Restored backups and second installations: nothing is sent before a person accounts for it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.services.saying import FieldRefusal
from ledger.delivery import DeliveryState
from ledger.numbers import parse_number
from ledger.periods import Period
from ledger.runs import RunState
from tests.integration.delivery.scene import Scene, rows
from tests.support.backups import restored_afterwards
from tests.support.office import CONTROLLER
from tests.support.watching import watching

S = DeliveryState
FIFTH, TWELFTH = date(2026, 10, 5), date(2026, 10, 12)


async def next_sequence(scene: Scene) -> int:
    async with scene.database.unit(read_only=True) as unit:
        return await unit.organisations.next_sequence(scene.office.organisation.id)


async def test_after_a_restored_backup_adopting_keeps_every_entry_once(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(10, day=FIFTH), *rows(30, first=11, day=TWELFTH))
    async with scene.process() as product:
        await scene.push(product, Period(FIFTH, FIFTH))
    with restored_afterwards(scene.database, tmp_path):
        async with scene.process("busy") as product:
            await scene.push(product)
    before = scene.numbers()
    assert len(before) == len(scene.creations()) == 40
    async with scene.process("restored") as product:
        run = await scene.sync(product)
        stopped = await scene.run(run.id)
        assert stopped.state is RunState.OPEN
        assert before[10] in (stopped.waiting_for or "")
        office = scene.office
        result = await watching(product).adopting.adopt(
            office.organisation, office.company, person=CONTROLLER
        )
        assert (len(result.adopted), result.foreign) == (30, ())
        await product.tick()
        assert (await scene.run(run.id)).state is RunState.FINISHED
        await scene.bring(*rows(1, first=90, day=TWELFTH))
        await scene.push(product)
    assert await scene.states() == {S.VERIFIED: 41}
    assert len(scene.creations()) == 41
    (new,) = set(scene.numbers()) - set(before)
    assert parse_number(new).sequence == 41


async def test_what_was_approved_before_the_backup_is_recognised_and_not_sent_again(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.bring(*rows(5))
    async with scene.process() as product:
        run = await scene.prepare_approved(product)
        with restored_afterwards(scene.database, tmp_path):
            await product.drain()
            assert len(scene.journals()) == 5
    async with scene.process("restored") as product:
        await scene.sync(product)
    assert await scene.states() == {S.VERIFIED: 5}
    assert len(scene.creations()) == 5
    assert (await scene.run(run.id)).state is RunState.FINISHED


async def test_rows_imported_again_after_the_restore_are_adopted_at_the_second_try(
    scene: Scene, tmp_path: Path
) -> None:
    with restored_afterwards(scene.database, tmp_path):
        await scene.bring(*rows(4))
        async with scene.process("busy") as product:
            await scene.push(product)
    async with scene.process("restored") as product:
        adopting, office = watching(product).adopting, scene.office
        first = await adopting.adopt(office.organisation, office.company, person=CONTROLLER)
        assert (len(first.adopted), len(first.foreign)) == (0, 4)
        await scene.bring(*rows(4))
        again = await adopting.adopt(office.organisation, office.company, person=CONTROLLER)
        assert len(again.adopted) == 4
        await scene.sync(product)
    assert await scene.states() == {S.VERIFIED: 4}
    assert len(scene.creations()) == 4


async def test_entries_like_foreign_ones_are_held_and_not_sent(
    scene: Scene, tmp_path: Path
) -> None:
    with restored_afterwards(scene.database, tmp_path):
        await scene.bring(*rows(2))
        async with scene.process("busy") as product:
            await scene.push(product)
    async with scene.process("restored") as product:
        office = scene.office
        await watching(product).adopting.adopt(
            office.organisation, office.company, person=CONTROLLER
        )
        await scene.bring(*rows(2))
        await scene.sync(product)
    assert await scene.states() == {S.HELD: 2}
    assert len(scene.creations()) == 2


async def test_anothers_entries_become_foreign_and_their_numbers_are_never_given_out(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    scene.type_by_hand("INT-A1B2-00007-101226", "77.00")
    async with scene.process() as product:
        run = await scene.sync(product)
        office, watch = scene.office, watching(product)
        result = await watch.adopting.adopt(office.organisation, office.company, person=CONTROLLER)
        assert result.foreign == ("INT-A1B2-00007-101226",)
        await product.tick()
        await scene.decide(product)
        assert (await scene.run(run.id)).state is RunState.FINISHED
        examination = await watch.doctor.examine(office.organisation)
    assert [parse_number(n).sequence for n in scene.numbers()] == [7, 8, 9]
    assert await scene.states() == {S.VERIFIED: 2}
    assert [each.is_accounted for each in examination.unknown] == [True]


async def test_a_cut_over_leaves_what_is_before_it_to_the_other_installation(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2, day=FIFTH), *rows(2, first=3, day=date(2026, 10, 20)))
    scene.type_by_hand("INT-A1B2-00004-101226", "77.00")
    async with scene.process() as product:
        await scene.sync(product)
        office, watch = scene.office, watching(product)
        day = date(2026, 10, 15)
        result = await watch.cutting_over.cut_over(
            office.organisation, office.company, day, person="U-owner"
        )
        assert (result.cut_over, len(result.foreign), result.left) == (day, 1, ())
        await product.tick()
        await scene.decide(product)
    deliveries = await scene.deliveries()
    assert {d.entry.entry_date for d in deliveries} == {date(2026, 10, 20)}
    assert await scene.states() == {S.VERIFIED: 2}
    async with scene.database.unit(read_only=True) as unit:
        actions = {r.action: r for r in await unit.audit.recent(office.organisation.id, 20)}
    assert actions["numbers.cut_over"].is_shaping


async def test_a_cut_over_takes_unsent_entries_before_it_back(scene: Scene) -> None:
    await scene.bring(*rows(2, day=FIFTH))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        office, watch = scene.office, watching(product)
        day = date(2026, 10, 15)
        await watch.cutting_over.cut_over(
            office.organisation, office.company, day, person=CONTROLLER
        )
        await product.drain()
    assert await scene.states() == {S.WITHDRAWN: 2}
    assert scene.creations() == []


async def test_the_go_live_date_moves_forward_only(scene: Scene) -> None:
    company = replace(scene.office.company, go_live_date=FIFTH)
    async with scene.database.unit() as unit:
        await unit.companies.save(company)
        await unit.commit()
    async with scene.process() as product:
        adoption = watching(product).adoption
        for day in (date(2026, 10, 4), FIFTH, date(2026, 12, 1)):
            with pytest.raises(FieldRefusal):
                await adoption.ask_cut_over(scene.office.organisation, day, person=CONTROLLER)


async def test_adopting_from_slack_tells_the_person_how_it_ended(scene: Scene) -> None:
    scene.type_by_hand("INT-A1B2-00007-101226", "77.00")
    async with scene.process() as product:
        office, watch = scene.office, watching(product)
        await watch.adoption.ask_adopt(office.organisation, person=CONTROLLER)
        await product.engine.drain({"adopt_numbers": watch.adoption.run_adopt})
    assert len(watch.heard.adopted) == 1
    assert await next_sequence(scene) == 8
    assert "1 number known as not ours here" in watch.heard.said[0].blocks
