"""Access: tokens expire, are refreshed once, and end only when the ERP says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.erp.connector import Posted
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from ledger.problems import ProblemCode
from sandbox.faults import FaultKind, FaultOrder
from tests.contract.case import ConnectorCase, entry, number, post, post_one


async def test_a_working_connection_is_proved_by_a_read(case: ConnectorCase) -> None:
    await case.connector().check_access()


async def test_a_token_that_expired_unexpectedly_is_refreshed_and_the_entry_sent_again(
    case: ConnectorCase,
) -> None:
    case.expire_access()
    assert isinstance(await post_one(case, entry(case)), Posted)
    assert case.held_numbers() == [number(1)]


async def test_many_entries_with_a_refused_token_refresh_it_once(case: ConnectorCase) -> None:
    before = case.stored_access_token()
    case.expire_access()
    refreshes = case.faults.add(FaultOrder(kind=FaultKind.SLOW, match=case.token, times=None))
    outcomes = await post(case, [entry(case, sequence) for sequence in range(1, 9)])
    assert all(isinstance(outcome, Posted) for outcome in outcomes.values())
    assert len(case.held_numbers()) == 8
    assert refreshes.seen == 1
    assert case.stored_access_token() != before


async def test_a_token_near_its_end_is_refreshed_before_it_is_used(case: ConnectorCase) -> None:
    before = case.stored_access_token()
    case.clock.advance(timedelta(minutes=58).total_seconds())
    await case.connector().check_access()
    assert case.stored_access_token() != before


async def test_two_processes_that_need_a_token_refresh_it_once(case: ConnectorCase) -> None:
    case.clock.advance(timedelta(hours=25).total_seconds())
    sources = [case.token_source() for _ in range(4)]
    tokens = await asyncio.gather(*(source.token() for source in sources))
    assert set(tokens) == {case.stored_access_token()}
    await case.connector().check_access()
    assert not case.has_ended()


async def test_a_token_refused_twice_needs_a_person(case: ConnectorCase) -> None:
    order = FaultOrder(kind=FaultKind.EXPIRED_TOKEN, match=case.create, times=2)
    case.faults.add(order)
    outcome = await post_one(case, entry(case))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.AUTH_EXPIRED
    assert case.held_numbers() == []


async def test_a_revoked_grant_is_marked_as_ended_and_nothing_is_sent(case: ConnectorCase) -> None:
    case.revoke()
    outcome = await post_one(case, entry(case))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.AUTH_EXPIRED
    assert case.has_ended()
    with pytest.raises(ErpActionRequired):
        await case.connector().check_access()
    assert case.held_numbers() == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_token_endpoint_that_is_away_ends_nothing(case: ConnectorCase, status: int) -> None:
    case.expire_access()
    order = FaultOrder(kind=FaultKind.STATUS, match=case.token, status=status, body="busy")
    case.faults.add(order)
    outcome = await post_one(case, entry(case))
    assert isinstance(outcome, ErpUnavailable)
    assert not case.has_ended()
    assert isinstance(await post_one(case, entry(case)), Posted)


async def test_a_refresh_whose_reply_was_lost_is_tried_again_with_the_same_token(
    case: ConnectorCase,
) -> None:
    case.expire_access()
    case.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=case.token))
    assert isinstance(await post_one(case, entry(case)), ErpUnavailable)
    assert isinstance(await post_one(case, entry(case)), Posted)
    assert not case.has_ended()


async def test_disconnecting_ends_the_grant_at_the_erp(case: ConnectorCase) -> None:
    await case.connector().disconnect()
    assert case.ended_at_erp()
    assert case.has_ended()


async def test_disconnecting_what_has_ended_is_fine(case: ConnectorCase) -> None:
    case.revoke()
    await case.connector().disconnect()
    await case.connector().disconnect()
    assert case.has_ended()
