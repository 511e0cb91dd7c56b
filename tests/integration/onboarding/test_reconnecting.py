"""Reconnecting: what became ready meanwhile is said and asked about; nothing goes by itself."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from bot.handlers import connect
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases
from bot.views.connect import connected as connected_view
from ledger.organisation import Organisation
from ledger.periods import parse_period
from ledger.runs import Trigger
from tests.integration.onboarding.desk import BOOKS, OWNER, Desk
from tests.integration.onboarding.test_connecting import confirm, sign_in
from tests.integration.onboarding.test_handlers import cases, click
from tests.integration.onboarding.test_setting_up import ready


async def test_what_became_ready_is_counted_with_its_days_and_asked_about(desk: Desk) -> None:
    organisation = await away(desk)
    again = await sign_in(desk, organisation)
    assert again.ready is not None
    assert again.ready.entries == 3
    card = connected_view(again)
    assert "3 entries of 1 Nov 2026 are ready" in card.blocks
    assert "Push now" in card.blocks
    async with desk.database.unit(read_only=True) as unit:
        assert await unit.runs.recent(organisation.id, 5) == []


async def test_push_now_starts_a_sync_of_the_days_that_are_ready(desk: Desk) -> None:
    organisation = await away(desk)
    company = (await sign_in(desk, organisation)).company
    reply = await connect.push_ready(click(organisation, company.id), running(desk))
    assert "1 Nov 2026" in str(reply.blocks)
    async with desk.database.unit(read_only=True) as unit:
        (run,) = await unit.runs.recent(organisation.id, 5)
    assert str(run.first_date) == str(run.last_date) == "2026-11-01"
    with pytest.raises(Refusal, match="Another company"):
        await connect.push_ready(click(organisation, "company-x"), running(desk))


async def test_paused_pushes_stay_paused_and_nothing_is_asked(desk: Desk) -> None:
    organisation = await away(desk, enabled=False)
    card = connected_view(await sign_in(desk, organisation))
    assert "Push now" not in card.blocks
    assert "/integral resume" in card.blocks


async def test_a_sync_that_waited_for_the_connection_goes_on(desk: Desk) -> None:
    organisation = await ready(desk)
    await desk.overview.resume(organisation, actor=OWNER)
    period = parse_period("2026-11-01", today=desk.clock.now().date())
    started = await desk.runs.start(organisation, period, trigger=Trigger.HAND, requested_by=OWNER)
    async with desk.database.unit() as unit:
        later = desk.clock.now() + timedelta(days=1)
        await unit.runs.save(replace(started.run, wake_at=later))
        await unit.commit()
    await desk.connections.disconnect(organisation, started.company.id, actor=OWNER)
    await sign_in(desk, organisation)
    async with desk.database.unit(read_only=True) as unit:
        assert [run.id for run in await unit.runs.due(desk.clock.now(), 5)] == [started.run.id]


async def test_another_currency_is_noticed_at_a_reconnection_too(desk: Desk) -> None:
    organisation = await away(desk)
    desk.erp.books = replace(BOOKS, functional_currency="EUR")
    card = connected_view(await sign_in(desk, organisation))
    assert "Currency mismatch" in card.blocks
    assert "Push now" not in card.blocks


async def test_another_company_starts_clean_and_the_one_before_is_remembered(desk: Desk) -> None:
    organisation = await away(desk)
    other = (await sign_in(desk, organisation, realm="777")).company
    assert other.go_live_date is None
    await confirm(desk, organisation, other)
    await desk.work()
    standing = await desk.overview.standing(organisation)
    assert standing.active is not None
    assert standing.active.company.id == other.id
    assert [company.go_live_date is not None for company in standing.past] == [True]


async def away(desk: Desk, *, enabled: bool = True) -> Organisation:
    """An organisation that is ready to push and was disconnected."""
    organisation = await ready(desk)
    if enabled:
        await desk.overview.resume(organisation, actor=OWNER)
    company = await desk.connections.active(organisation)
    assert company is not None
    await desk.connections.disconnect(organisation, company.id, actor=OWNER)
    return organisation


def running(desk: Desk) -> UseCases:
    """The use cases of a click that starts runs."""
    known = vars(cases(desk))
    return cast("UseCases", SimpleNamespace(**known, runs=desk.runs, clock=desk.clock))
