"""Late transactions of a closed month: listed, chosen for, and never posted silently."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from bot.services.approvals import Decision
from bot.services.errors import Refusal
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.views import kit
from bot.views.approvals import waiting
from bot.views.stragglers import with_left_out
from ledger.delivery import DeliveryState
from ledger.periods import Period, month_of
from ledger.runs import Trigger
from ledger.schedules import SCHEDULE
from ledger.stragglers import StragglerChoice
from storage.database import Database
from tests.integration.delivery.scene import OCTOBER, Scene, rows
from tests.integration.month_end.closing_office import ClosingOffice, closing_office, travel
from tests.support.office import CLERK, CONTROLLER, deposit

S = DeliveryState
NOVEMBER = month_of(date(2026, 11, 1))


async def _close_october(office: ClosingOffice) -> None:
    await office.scene.bring(*rows(2))
    await office.decide(await office.build(), CONTROLLER)
    assert await office.closed_until() == "2026-10-31"


async def _late(office: ClosingOffice, number: int = 7) -> None:
    await office.scene.bring(deposit(number, day=date(2026, 10, 30), amount=f"{100 + number}.00"))
    await office.tick()


async def _listed(office: ClosingOffice) -> str:
    return await office.words("stragglers:")


@contextmanager
def _whole_reads(database: Database) -> Iterator[list[str]]:
    """Collect the statements that read transactions themselves, and not only how many."""
    found: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        if "FROM transactions" in statement and "count(" not in statement:
            found.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


async def test_what_comes_late_is_listed_in_the_channel_and_nothing_is_posted(
    scene: Scene,
) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await office.tick()
        assert await _listed(office) == ""
        await _late(office)
        assert "*1 late transaction* of closed months" in await _listed(office)
        assert "*October 2026*: 1 transaction (1 ready)" in await _listed(office)
    assert len(scene.journals()) == 2


async def test_what_came_late_is_counted_by_the_status_and_read_only_once(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        pipeline, organisation = Pipeline(clock=scene.clock), scene.office.organisation
        database = office.product.database
        overview = Overview(storage=database, clock=scene.clock, pipeline=pipeline)
        await _late(office)
        with _whole_reads(database) as first:
            listed = await office.cases.stragglers.waiting(organisation)
            assert await office.cases.stragglers.waiting(organisation) == listed
            standing = await overview.standing(organisation)
        assert listed
        assert standing.active
        assert standing.active.late == listed.late.count == 1
        # Once for the status, whose pipeline had read nothing; the list was made by the tick.
        assert len(first) == 1
        await office.cases.stragglers.choose(
            organisation, OCTOBER, StragglerChoice.NEXT_RUN, person=CLERK
        )
        chosen = (await overview.standing(organisation)).active
        assert chosen
        assert chosen.late == 0


async def test_a_daily_run_does_not_take_what_came_late_of_a_closed_month(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        day = Period(date(2026, 11, 1), date(2026, 11, 1))
        await office.product.runs.start(
            scene.office.organisation, day, trigger=Trigger.DAILY, requested_by=SCHEDULE
        )
        await office.drain()
        assert await office.product.approvals.waiting(scene.office.organisation) == []
    assert len(scene.journals()) == 2


async def test_pushed_now_it_is_a_batch_of_its_own_that_needs_an_approval(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation = scene.office.organisation
        await office.cases.stragglers.push(organisation, OCTOBER, person=CLERK)
        await office.drain()
        batch = await scene.waiting_batch(office.product)
        assert batch.entries == 1
        assert "closed through 31 Oct 2026" in batch.reason
        with pytest.raises(Refusal):
            await office.decide(batch, CLERK)
        await office.decide(batch, CONTROLLER)
        await office.tick()
        assert "Nothing late of closed months waits" in await _listed(office)
    assert len(scene.journals()) == 3


async def test_left_to_the_next_month_it_goes_with_that_months_run_under_its_own_date(
    scene: Scene,
) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        sentence = await office.cases.stragglers.choose(
            scene.office.organisation, OCTOBER, StragglerChoice.NEXT_RUN, person=CLERK
        )
        assert sentence == "Late transactions of 2026-10 that go with the next month's push: 1."
        assert "Nothing late of closed months waits" in await _listed(office)
        travel(scene, datetime(2026, 12, 1, 6, tzinfo=UTC))
        await scene.bring(deposit(20, day=date(2026, 11, 15), amount="120.00"))
        batch = await office.build("2026-11")
        assert batch.entries == 2
        assert "late entries of a month that has ended (2026-10)" in batch.reason
        await office.decide(batch, CONTROLLER)
        assert await office.closed_until() == "2026-11-30"
    dates = {delivery.entry.entry_date for delivery in await scene.deliveries()}
    assert date(2026, 10, 30) in dates
    assert len(scene.journals()) == 4


async def test_left_out_it_forms_no_entry_and_the_reason_is_kept(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation = scene.office.organisation
        with pytest.raises(Refusal):
            await office.cases.stragglers.choose(
                organisation, OCTOBER, StragglerChoice.IGNORE, person=CLERK, reason=" "
            )
        await office.cases.stragglers.choose(
            organisation, OCTOBER, StragglerChoice.IGNORE, person=CLERK, reason="Booked by hand"
        )
        await scene.ask(office.product)
        await office.drain()
        assert await office.product.approvals.waiting(organisation) == []
        async with scene.database.unit(read_only=True) as unit:
            (decision,) = await unit.stragglers.decisions(scene.office.company.id)
            actions = [record.action for record in await unit.audit.recent(organisation.id, 20)]
    assert (decision.reason, decision.chosen_by) == ("Booked by hand", CLERK)
    assert "stragglers.ignore" in actions
    assert len(scene.journals()) == 2


async def test_a_second_choice_for_the_same_list_is_answered_and_changes_nothing(
    scene: Scene,
) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation = scene.office.organisation
        await office.cases.stragglers.choose(
            organisation, OCTOBER, StragglerChoice.NEXT_RUN, person=CLERK
        )
        with pytest.raises(Refusal, match="any more"):
            await office.cases.stragglers.choose(
                organisation, OCTOBER, StragglerChoice.IGNORE, person=CLERK, reason="x"
            )


async def test_what_was_blocked_when_the_month_was_closed_is_listed_too(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await scene.bring(
            *rows(1), deposit(9, day=date(2026, 10, 20), amount="5.00", category="Unknown")
        )
        await office.decide(await office.build(), CONTROLLER)
        await office.tick()
        assert "1 transaction (0 ready, 1 blocked)" in await _listed(office)
        with pytest.raises(Refusal, match="blocked"):
            await office.cases.stragglers.push(scene.office.organisation, OCTOBER, person=CLERK)


async def test_left_to_the_next_month_it_also_goes_with_a_month_that_is_pushed_by_hand(
    scene: Scene,
) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        await office.cases.stragglers.choose(
            scene.office.organisation, OCTOBER, StragglerChoice.NEXT_RUN, person=CLERK
        )
        travel(scene, datetime(2026, 12, 1, 6, tzinfo=UTC))
        await scene.bring(deposit(20, day=date(2026, 11, 15), amount="120.00"))
        await office.product.runs.start(
            scene.office.organisation, NOVEMBER, trigger=Trigger.HAND, requested_by=CLERK
        )
        await office.drain()
        assert (await scene.waiting_batch(office.product)).entries == 2


async def test_what_was_left_out_is_shown_and_taken_back_once(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation, stragglers = scene.office.organisation, office.cases.stragglers
        await stragglers.choose(
            organisation, OCTOBER, StragglerChoice.IGNORE, person=CLERK, reason="Booked by hand"
        )
        (left,) = await stragglers.left_out(organisation)
        assert (left.transactions, left.reason, left.chosen_by) == (1, "Booked by hand", CLERK)
        drawn = with_left_out(waiting(organisation, [], periods={}), organisation, [left])
        (button,) = [
            each
            for block in drawn.blocks
            if block["type"] == "actions"
            for each in block["elements"]
        ]
        moment = datetime.fromisoformat(kit.unpack(button["value"])[1][0])
        await stragglers.take_back(organisation, moment, person=CONTROLLER)
        assert "*October 2026*: 1 transaction (1 ready)" in await _listed(office)
        assert await stragglers.left_out(organisation) == []
        with pytest.raises(Refusal, match="already"):
            await stragglers.take_back(organisation, moment, person=CLERK)
        async with scene.database.unit(read_only=True) as unit:
            (newest, *_) = await unit.audit.recent(organisation.id, 1)
    assert (newest.action, newest.actor) == ("stragglers.take_back", CONTROLLER)


async def test_nobody_chooses_for_what_came_after_the_list_that_they_saw(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation, stragglers = scene.office.organisation, office.cases.stragglers
        listed = await stragglers.waiting(organisation)
        assert listed is not None
        (month,) = listed.late.months
        await _late(office, number=8)
        with pytest.raises(Refusal, match="newest list"):
            await stragglers.choose(
                organisation, OCTOBER, StragglerChoice.NEXT_RUN, person=CLERK, seen=month.seen
            )


async def test_two_who_choose_at_once_are_one_choice(scene: Scene) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation, stragglers = scene.office.organisation, office.cases.stragglers
        answers = await asyncio.gather(
            stragglers.choose(organisation, OCTOBER, StragglerChoice.NEXT_RUN, person=CLERK),
            stragglers.choose(
                organisation, OCTOBER, StragglerChoice.IGNORE, person=CONTROLLER, reason="x"
            ),
            return_exceptions=True,
        )
        assert {type(answer) for answer in answers} == {str, Refusal}


async def test_a_rejected_batch_of_late_ones_is_listed_again_whatever_ran_since(
    scene: Scene,
) -> None:
    async with closing_office(scene) as office:
        await _close_october(office)
        await _late(office)
        organisation = scene.office.organisation
        await office.cases.stragglers.push(organisation, OCTOBER, person=CLERK)
        await office.drain()
        batch = await scene.waiting_batch(office.product)
        day = Period(date(2026, 11, 1), date(2026, 11, 1))
        await office.product.runs.start(
            organisation, day, trigger=Trigger.DAILY, requested_by=SCHEDULE
        )
        await office.tick()
        assert "Nothing late of closed months waits" in await _listed(office)
        await office.decide(batch, CONTROLLER, Decision.REJECT, note="not these")
        await office.tick()
        assert "*October 2026*: 1 transaction (1 ready)" in await _listed(office)
