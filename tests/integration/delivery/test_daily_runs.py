"""Daily runs: the ended day and what was left behind go; the rest is named, with its cause."""

import json
from dataclasses import replace
from datetime import date

from ledger.delivery import DeliveryState
from ledger.periods import Period
from ledger.problems import ProblemCode
from ledger.runs import BatchState, Run, RunState, Trigger
from ledger.schedules import SCHEDULE
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import deposit
from tests.support.pushing import Product

OCT_12, OCT_31 = date(2026, 10, 12), date(2026, 10, 31)
NOV_8, NOV_9, NOV_10, NOV_11 = (date(2026, 11, day) for day in (8, 9, 10, 11))
A_WEEK_LATER = 9 * 86_400.0


async def settled(scene: Scene, product: Product) -> None:
    """Let there have been a first, approved push, and let it be 11 November."""
    await scene.bring(*rows(1, first=900))
    await scene.push(product)
    await scene.pass_time(product, A_WEEK_LATER)


async def daily(scene: Scene, product: Product, day: date = NOV_10) -> Run:
    """Start the run of an ended day as a schedule does, and let it go as far as it can."""
    started = await product.runs.start(
        scene.office.organisation,
        Period(day, day),
        trigger=Trigger.DAILY,
        requested_by=SCHEDULE,
    )
    await product.drain()
    return await scene.run(started.run.id)


async def close(scene: Scene, last: date) -> None:
    async with scene.database.unit() as unit:
        company = await unit.companies.get(scene.office.company.id)
        assert company is not None
        await unit.companies.save(replace(company, last_month_end=last))
        await unit.commit()


async def taken(scene: Scene, run: Run) -> list[tuple[date, DeliveryState]]:
    async with scene.database.unit(read_only=True) as unit:
        found = await unit.deliveries.of_run(run.id)
    return sorted((each.entry.entry_date, each.state) for each in found)


async def test_a_daily_run_takes_its_day_and_what_was_left_behind_without_approval(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        await settled(scene, product)
        await close(scene, OCT_31)
        await scene.bring(
            deposit(1, day=NOV_8, amount="1.00"),
            deposit(2, day=NOV_9, amount="2.00", category="Nobody mapped this"),
            deposit(3, day=NOV_10, amount="3.00"),
            deposit(4, day=NOV_11, amount="4.00"),
        )
        run = await daily(scene, product)
        assert run.state is RunState.FINISHED
        assert await taken(scene, run) == [
            (NOV_8, DeliveryState.VERIFIED),
            (NOV_10, DeliveryState.VERIFIED),
        ]
        told = product.announcements.changes[-1]
        assert (told.prepared, told.left_behind, told.blocked) == (2, 1, 1)
        assert [group.code for group in told.problems] == [ProblemCode.ACCOUNT_NOT_MAPPED]
        assert json.loads(run.report or "[]")
        again = await daily(scene, product)
        assert not await taken(scene, again)


async def test_late_entries_of_an_ended_month_make_a_daily_run_ask_for_approval(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        await settled(scene, product)
        await close(scene, date(2026, 9, 30))
        await scene.bring(*rows(1), deposit(2, day=NOV_10, amount="2.00"))
        run = await daily(scene, product)
        batch = await scene.waiting_batch(product)
        assert (batch.run_id, batch.state) == (run.id, BatchState.AWAITING_APPROVAL)
        assert "late entries of a month that has ended (2026-10)" in batch.reason


async def test_a_closed_month_is_left_alone_by_a_daily_run(scene: Scene) -> None:
    async with scene.process() as product:
        await settled(scene, product)
        await close(scene, OCT_31)
        await scene.bring(*rows(1), deposit(2, day=NOV_10, amount="2.00"))
        run = await daily(scene, product)
        assert await taken(scene, run) == [(NOV_10, DeliveryState.VERIFIED)]


async def test_doubles_of_what_was_left_behind_are_looked_for_in_its_own_days(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        await settled(scene, product)
        await close(scene, date(2026, 9, 30))
        scene.type_by_hand(None, "101.00")
        await scene.bring(*rows(1, day=OCT_12))
        run = await daily(scene, product)
        assert await taken(scene, run) == [(OCT_12, DeliveryState.HELD)]
