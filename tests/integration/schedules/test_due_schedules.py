"""Schedules and clocks: what is due starts once, in whichever process, and nothing is lost."""

import asyncio
from datetime import date, time, timedelta

import pytest

from bot.services import month_end
from bot.services.due_schedules import AT_ONCE
from bot.services.errors import Refusal
from bot.services.runs import WORKFLOW
from ledger.organisation import ConnectionState
from ledger.runs import Trigger
from ledger.schedules import Cadence, Moment, PeriodState
from tests.integration.schedules.clockwork import Clockwork
from tests.support.office import CLERK

DAY = timedelta(days=1)
NOV = [date(2026, 11, 1) + n * DAY for n in range(30)]
WAITING, STARTED, SKIPPED = PeriodState


async def test_a_schedule_typed_in_one_process_is_obeyed_by_another(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    async with clockwork.process() as typing, clockwork.process() as ticking:
        await typing.schedules.set(office.organisation, Cadence.DAILY, time(6), actor=CLERK)
        clockwork.to("2026-11-21T04:59")
        assert await ticking.due.tick() == 0
        clockwork.to("2026-11-21T05:00")
        assert await ticking.due.tick() == 1
        assert await typing.due.tick() == 0
    (run,) = await clockwork.runs(office)
    assert (run.first_date, run.last_date, run.trigger) == (
        date(2026, 11, 20),
        date(2026, 11, 20),
        Trigger.DAILY,
    )
    assert clockwork.engine.jobs[f"run:{run.id}:0"].partition == office.company.id
    (period,) = await clockwork.periods(office)
    assert (period.state, period.run_id) == (STARTED, run.id)
    assert await clockwork.said(f"run:{run.id}")


async def test_clocks_that_tick_together_start_each_day_once(clockwork: Clockwork) -> None:
    offices = [await clockwork.office(str(number)) for number in range(1, 9)]
    for office in offices:
        await clockwork.set(office)
    clockwork.to("2026-11-23T12:00")
    async with clockwork.process() as one, clockwork.process() as two, clockwork.process() as three:
        started = await asyncio.gather(*(each.due.start_due() for each in (one, two, three)))
    # A clock that found a schedule held by another leaves its days to that one's next look.
    assert sum(started) + await clockwork.tick() == 3 * len(offices)
    for office in offices:
        assert await clockwork.run_days(office) == NOV[19:22]
    assert len(clockwork.engine.jobs) == 3 * len(offices)


async def test_one_clock_looks_once_a_minute_and_again_after_a_failure(
    clockwork: Clockwork,
) -> None:
    office = await clockwork.office()
    await clockwork.set(office, Cadence.MONTHLY)
    process = clockwork.of(clockwork.database)
    clockwork.to("2026-11-30T08:00")
    clockwork.engine.away = True
    assert await process.due.tick() == 0
    clockwork.engine.away = False
    clockwork.clock.advance(seconds=59)
    assert await process.due.tick() == 0
    clockwork.clock.advance(seconds=1)
    assert await process.due.tick() == 2


async def test_three_missed_months_are_caught_up_oldest_first_and_never_all_at_once(
    clockwork: Clockwork,
) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    clockwork.to("2027-02-20T12:00")
    assert await clockwork.tick() == AT_ONCE
    assert await clockwork.tick() == 0
    while True:
        await clockwork.finish_runs()
        started = await clockwork.tick()
        assert started <= AT_ONCE
        if not started:
            break
    days = [date(2026, 11, 20) + n * DAY for n in range(92)]
    assert await clockwork.run_days(office) == days
    assert set((await clockwork.states(office)).values()) == {STARTED}


async def test_a_day_whose_run_is_open_does_not_keep_the_next_day_waiting(
    clockwork: Clockwork,
) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    for morning in ("2026-11-21T05:00", "2026-11-22T05:00"):
        clockwork.to(morning)
        assert await clockwork.tick() == 1
    assert await clockwork.run_days(office) == NOV[19:21]


async def test_a_clock_moved_back_repeats_nothing(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    clockwork.to("2026-11-22T12:00")
    assert await clockwork.tick() == 2
    await clockwork.finish_runs()
    for moment in ("2026-11-21T00:00", "2026-11-21T05:00", "2026-11-22T05:00"):
        clockwork.to(moment)
        assert await clockwork.tick() == 0
    clockwork.to("2026-11-23T05:00")
    assert await clockwork.tick() == 1
    assert await clockwork.run_days(office) == NOV[19:22]


async def test_another_time_zone_repeats_no_day_and_leaves_none_out(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    clockwork.to("2026-11-22T05:00")
    await clockwork.tick()
    await clockwork.move_to(office, "Pacific/Kiritimati")
    clockwork.to("2026-11-23T05:00")
    await clockwork.tick()
    await clockwork.move_to(office, "Pacific/Pago_Pago")
    clockwork.to("2026-11-26T20:00")
    await clockwork.tick()
    assert await clockwork.run_days(office) == NOV[19:25]


@pytest.mark.parametrize(
    "held_up", [{"pushes_enabled": False}, {"connection": ConnectionState.ENDED}]
)
async def test_what_is_due_waits_for_a_person_and_then_goes_oldest_first(
    clockwork: Clockwork, held_up: dict[str, object]
) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    await clockwork.change(office, **held_up)
    for morning in ("2026-11-21T05:00", "2026-11-22T05:00", "2026-11-23T05:00"):
        clockwork.to(morning)
        assert await clockwork.tick() == 0
    assert await clockwork.states(office) == dict.fromkeys(NOV[19:22], WAITING)
    status = await clockwork.of(clockwork.database).schedules.status(office.organisation)
    assert [each.period for each in status.waiting] == NOV[19:22]
    assert status.is_held_up
    await clockwork.change(office, pushes_enabled=True, connection=ConnectionState.ACTIVE)
    assert await clockwork.tick() == 3
    assert await clockwork.run_days(office) == NOV[19:22]
    assert await clockwork.tick() == 0


async def test_pausing_in_the_moment_of_the_start_leaves_the_day_waiting(
    clockwork: Clockwork,
) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    clockwork.to("2026-11-21T05:00")
    process = clockwork.of(clockwork.database)
    await clockwork.change(office, pushes_enabled=False)
    await process.due.start_due()
    (period,) = await clockwork.periods(office)
    # What another process found startable just before the pause.
    assert not await process.due._start(period)
    assert await clockwork.states(office) == {NOV[19]: WAITING}


async def test_looks_ahead_become_workflows_and_the_months_end_a_run(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.set(office, Cadence.MONTHLY, time(9))
    for moment in ("2026-11-28T08:00", "2026-11-30T08:00", "2026-11-30T23:00"):
        clockwork.to(moment)
        assert await clockwork.tick() == 1
    org = office.organisation.id
    jobs = {
        key: (job.workflow, job.args, job.partition) for key, job in clockwork.engine.jobs.items()
    }
    for moment, workflow in (("dry_run", month_end.DRY_RUN), ("pre_check", month_end.PRE_CHECK)):
        job = jobs.pop(f"month_end:{org}:2026-11:{moment}")
        assert job == (workflow, (org, "2026-11"), office.company.id)
    ((workflow, _, partition),) = jobs.values()
    assert (workflow, partition) == (WORKFLOW, office.company.id)
    async with clockwork.database.unit(read_only=True) as unit:
        (run,) = await unit.runs.recent(org, 9)
    assert (run.trigger, run.first_date, run.last_date) == (
        Trigger.MONTHLY,
        date(2026, 11, 1),
        date(2026, 11, 30),
    )


async def test_a_month_end_that_is_paused_looks_ahead_and_waits_to_push(
    clockwork: Clockwork,
) -> None:
    office = await clockwork.office()
    await clockwork.set(office, Cadence.MONTHLY, time(9))
    await clockwork.change(office, pushes_enabled=False)
    for moment, started in (
        ("2026-11-28T08:00", 1),
        ("2026-11-30T08:00", 1),
        ("2026-11-30T23:00", 0),
    ):
        clockwork.to(moment)
        assert await clockwork.tick() == started
    await clockwork.change(office, pushes_enabled=True)
    clockwork.to("2026-12-03T12:00")
    assert await clockwork.tick() == 1
    assert await clockwork.tick() == 0


async def test_look_aheads_that_come_too_late_are_skipped_and_said_once(
    clockwork: Clockwork,
) -> None:
    office = await clockwork.office()
    await clockwork.set(office, Cadence.MONTHLY)
    clockwork.to("2026-11-28T12:00")
    clockwork.engine.away = True
    assert await clockwork.tick() == 0
    clockwork.engine.away = False
    clockwork.to("2026-12-01T12:00")
    assert await clockwork.tick() == 1
    assert await clockwork.tick() == 0
    found = {each.moment: each.state for each in await clockwork.periods(office)}
    assert found == {
        Moment.DRY_RUN: SKIPPED,
        Moment.PRE_CHECK: SKIPPED,
        Moment.BUILD: STARTED,
    }
    assert sorted(await clockwork.said("overtaken:")) == [
        "Not made in time: the dry run of November 2026.",
        "Not made in time: the pre-check of November 2026.",
    ]


async def test_an_engine_that_is_away_loses_no_moment(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.set(office, Cadence.MONTHLY)
    clockwork.to("2026-11-30T08:00")
    clockwork.engine.away = True
    assert await clockwork.tick() == 0
    clockwork.engine.away = False
    assert await clockwork.tick() == 2
    workflows = [job.workflow for job in clockwork.engine.jobs.values()]
    assert workflows == [month_end.DRY_RUN, month_end.PRE_CHECK]


async def test_another_hour_and_another_cadence_leave_nothing_out(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.set(office, at=time(18))
    clockwork.to("2026-11-21T12:00")
    assert await clockwork.tick() == 1
    await clockwork.set(office, at=time(6))
    assert await clockwork.tick() == 1
    assert await clockwork.run_days(office) == NOV[18:20]
    clockwork.to("2026-11-24T12:00")
    await clockwork.set(office, Cadence.MONTHLY)
    assert await clockwork.tick() == 3
    await clockwork.set(office, Cadence.DAILY)
    clockwork.to("2026-11-25T12:00")
    assert await clockwork.tick() == 1
    assert await clockwork.run_days(office) == NOV[18:24]


async def test_turning_it_off_drops_what_waits_and_says_so(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.set(office)
    await clockwork.change(office, pushes_enabled=False)
    clockwork.to("2026-11-23T12:00")
    done = await clockwork.set(office, Cadence.OFF, None)
    assert [each.period for each in done.dropped] == NOV[19:22]
    await clockwork.change(office, pushes_enabled=True)
    clockwork.to("2026-11-25T12:00")
    assert await clockwork.tick() == 0
    assert await clockwork.states(office) == dict.fromkeys(NOV[19:22], SKIPPED)
    with pytest.raises(Refusal, match="No schedule is set"):
        await clockwork.set(office, Cadence.OFF, None)
    await clockwork.set(office)
    clockwork.to("2026-11-26T05:00")
    assert await clockwork.tick() == 1
    assert await clockwork.run_days(office) == [NOV[24]]


async def test_a_schedule_needs_a_company(clockwork: Clockwork) -> None:
    office = await clockwork.office()
    await clockwork.change(office, is_confirmed=False)
    with pytest.raises(Refusal, match="connected"):
        await clockwork.set(office)


async def test_each_of_many_organisations_due_at_one_minute_gets_its_own_run(
    clockwork: Clockwork,
) -> None:
    offices = [await clockwork.office(str(number)) for number in range(1, 31)]
    for office in offices:
        await clockwork.of(clockwork.database).schedules.set(
            office.organisation, Cadence.DAILY, time(6), actor=CLERK
        )
    clockwork.to("2026-11-21T05:00")
    assert await clockwork.tick() == len(offices)
    partitions = [job.partition for job in clockwork.engine.jobs.values()]
    assert sorted(partitions) == sorted(office.company.id for office in offices)
