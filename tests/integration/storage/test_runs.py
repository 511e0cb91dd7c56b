"""Runs: one open run per company and period, woken in order, each organisation its own."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger.records import RunInProgressError
from ledger.runs import RunState
from storage.database import Database
from tests.support import books
from tests.support.databases import START

COMPANY = books.company()
RUN = books.run(of=COMPANY)


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.companies.add(COMPANY)
        await unit.runs.add(RUN)
        await unit.commit()
    return database


@pytest.mark.parametrize("state", [RunState.OPEN, RunState.AWAITING_APPROVAL])
async def test_an_open_run_is_named_to_whoever_starts_another(
    stored: Database, state: RunState
) -> None:
    async with stored.unit() as unit:
        await unit.runs.save(replace(RUN, state=state))
        with pytest.raises(RunInProgressError) as refusal:
            await unit.runs.add(books.run("run-2", of=COMPANY))
        assert refusal.value.run_id == "run-1"
        assert await unit.runs.get("run-2") is None


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.CANCELLED])
async def test_a_period_can_be_run_again_when_its_run_has_ended(
    stored: Database, state: RunState
) -> None:
    again = books.run("run-2", of=COMPANY)
    async with stored.unit() as unit:
        await unit.runs.save(replace(RUN, state=state))
        await unit.runs.add(again)
        assert await unit.runs.get("run-2") == again


async def test_other_periods_run_beside_it(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.runs.add(books.run("run-2", of=COMPANY, day=date(2026, 11, 1)))
        await unit.commit()


async def test_of_many_runs_started_at_once_one_goes_ahead(stored: Database) -> None:
    async def start(number: int) -> str | None:
        async with stored.unit() as unit:
            run = books.run(f"new-{number}", of=COMPANY, day=date(2026, 11, 1))
            try:
                await unit.runs.add(run)
            except RunInProgressError as refusal:
                return refusal.run_id
            await unit.commit()
        return None

    results = await asyncio.gather(*map(start, range(6)))
    assert results.count(None) == 1
    winner = f"new-{results.index(None)}"
    assert {result for result in results if result} == {winner}


async def test_a_run_is_saved_in_its_own_organisation_only(stored: Database) -> None:
    changed = replace(RUN, wake_at=START, wakes=2, waiting_for="Xero's limit", report="{}")
    async with stored.unit() as unit:
        await unit.runs.save(replace(changed, organisation_id="org-2"))
        assert await unit.runs.get("run-1") == RUN
        await unit.runs.save(changed)
        assert await unit.runs.get("run-1") == changed
        assert await unit.runs.recent("org-1", 5) == [changed]
        assert await unit.runs.recent("org-2", 5) == []


async def test_open_runs_whose_time_has_come_are_due_longest_waiting_first(
    stored: Database,
) -> None:
    cases = [
        (2, RunState.OPEN, 1),
        (3, RunState.AWAITING_APPROVAL, 0),
        (4, RunState.FINISHED, 0),
        (5, RunState.OPEN, 3),
    ]
    async with stored.unit() as unit:
        for day, state, minutes in cases:
            run = books.run(f"run-{day}", of=COMPANY, day=date(2026, 11, day))
            await unit.runs.add(replace(run, wake_at=START + timedelta(minutes=minutes)))
            stored_run = await unit.runs.get(run.id)
            assert stored_run is not None
            await unit.runs.save(replace(stored_run, state=state))
        due = await unit.runs.due(START + timedelta(minutes=2), 10)
        assert [one.id for one in due] == ["run-3", "run-2"]
        assert [one.id for one in await unit.runs.due(START, 1)] == ["run-3"]
        finished = await unit.runs.in_state([RunState.FINISHED])
        assert [one.id for one in finished] == ["run-4"]
