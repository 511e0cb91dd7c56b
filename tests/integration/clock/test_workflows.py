"""Workflows: what fails is tried again or put off, and never uses an id up for nothing."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import structlog

from bot.services.imports import IMPORT_FILE
from bot.services.runs import WORKFLOW as ADVANCE_RUN
from ledger.runs import Run, RunState, Trigger
from scheduler.workflows import PUT_OFF, TRIES, WorkflowParts, workflows
from storage.database import Database
from tests.support.databases import SettableClock
from tests.support.office import Office, office_for


class Failing:
    """Work that fails a number of times, then succeeds."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.calls: list[tuple[object, ...]] = []

    async def __call__(self, *args: object) -> None:
        self.calls.append(args)
        if self.left:
            self.left -= 1
            raise RuntimeError("a text with a secret in it")


class Waits:
    """Satisfies ``sleep`` and only notes how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def parts(database: Database, clock: SettableClock, work: Failing) -> WorkflowParts:
    """Parts whose every use case is the given work."""
    stand_in: Any = SimpleNamespace(
        choose_channel=work,
        end_connection=work,
        charts=SimpleNamespace(refresh_books=work),
        arrivals=SimpleNamespace(read_chosen=work),
        credentials=SimpleNamespace(check=work),
        look_at=work,
        read_chart=work,
        send=work,
        run=work,
        run_give_up=work,
        adoption=SimpleNamespace(run_adopt=work, run_cut_over=work),
        drift=SimpleNamespace(look=work),
        doctor=SimpleNamespace(run=work),
        support=SimpleNamespace(send=work),
        moments=SimpleNamespace(dry_run=work, pre_check=work, build=work),
        waiting=SimpleNamespace(attend=work),
        workbooks=SimpleNamespace(send=work),
        stragglers=SimpleNamespace(look=work),
        find=work,
        advance=work,
    )
    return WorkflowParts(
        access=stand_in,
        connections=stand_in,
        file_company=stand_in,
        journal_files=stand_in,
        watch=stand_in,
        imports=stand_in,
        advancing=stand_in,
        verification=stand_in,
        aftercare=stand_in,
        month_end=stand_in,
        staleness=stand_in,
        storage=database,
        clock=clock,
    )


async def a_run(database: Database, clock: SettableClock) -> Run:
    """An open run that is due, of a stored organisation."""
    office: Office = office_for("1001", now=clock.now())
    run = Run(
        id="run-1",
        organisation_id=office.organisation.id,
        company_id=office.company.id,
        first_date=date(2026, 10, 1),
        last_date=date(2026, 10, 31),
        trigger=Trigger.HAND,
        requested_by="cli:ada",
        requested_at=clock.now(),
        state=RunState.OPEN,
        wake_at=clock.now(),
    )
    async with database.unit() as unit:
        await unit.organisations.add(office.organisation)
        await unit.companies.add(replace(office.company, grant_id=None))
        await unit.runs.add(run)
        await unit.commit()
    return run


async def stored(database: Database, run: Run) -> Run:
    async with database.unit(read_only=True) as unit:
        found = await unit.runs.get(run.id)
    assert found is not None
    return found


async def test_an_import_that_fails_is_tried_again_after_a_while(
    database: Database, clock: SettableClock
) -> None:
    work, waits = Failing(2), Waits()
    await workflows(parts(database, clock, work), sleep=waits)[IMPORT_FILE]("upload-1")
    assert work.calls == [("upload-1",)] * 3
    assert waits.seconds == sorted(waits.seconds)
    assert len(waits.seconds) == 2


async def test_work_that_always_fails_is_given_up_without_an_error(
    database: Database, clock: SettableClock
) -> None:
    work = Failing(1000)
    await workflows(parts(database, clock, work), sleep=Waits())[IMPORT_FILE]("upload-1")
    assert len(work.calls) == TRIES


async def test_a_run_whose_pass_fails_is_woken_again_under_another_id(
    database: Database, clock: SettableClock
) -> None:
    run = await a_run(database, clock)
    work = Failing(1)

    await workflows(parts(database, clock, work), sleep=Waits())[ADVANCE_RUN](run.id, "0")

    after = await stored(database, run)
    assert (after.wakes, after.wake_at) == (1, clock.now() + PUT_OFF)
    assert work.calls == [(run.id, 0)]


async def test_a_run_that_went_on_meanwhile_is_left_alone(
    database: Database, clock: SettableClock
) -> None:
    run = await a_run(database, clock)
    later = replace(run, wakes=7)
    async with database.unit() as unit:
        await unit.runs.save(later)
        await unit.commit()
    await workflows(parts(database, clock, Failing(1)), sleep=Waits())[ADVANCE_RUN](run.id, "0")
    assert await stored(database, run) == later


async def test_a_failure_is_logged_without_its_text(
    database: Database, clock: SettableClock
) -> None:
    with structlog.testing.capture_logs() as lines:
        await workflows(parts(database, clock, Failing(1)), sleep=Waits())[IMPORT_FILE]("upload-1")
    assert lines[0]["event"] == "workflow.failed"
    assert "secret" not in repr(lines)
