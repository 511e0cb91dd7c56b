"""Access: tokens expire, are refreshed once, and end only when the ERP says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.erp.connector import Posted
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from ledger.problems import ProblemCode
from sandbox.faults import FaultKind, FaultOrder
from tests.contract.case import ConnectorCase, GrantedCase, entry, number, post, post_one


async def test_a_working_connection_is_proved_by_a_read(case: ConnectorCase) -> None:
    await case.connector().check_access()


async def test_a_token_that_expired_unexpectedly_is_refreshed_and_the_entry_sent_again(
    granted: GrantedCase,
) -> None:
    granted.expire_access()
    assert isinstance(await post_one(granted, entry(granted)), Posted)
    assert granted.held_numbers() == [number(1)]


async def test_many_entries_with_a_refused_token_refresh_it_once(granted: GrantedCase) -> None:
    before = granted.stored_access_token()
    granted.expire_access()
    refreshes = granted.faults.add(FaultOrder(kind=FaultKind.SLOW, match=granted.token, times=None))
    outcomes = await post(granted, [entry(granted, sequence) for sequence in range(1, 9)])
    assert all(isinstance(outcome, Posted) for outcome in outcomes.values())
    assert len(granted.held_numbers()) == 8
    assert refreshes.seen == 1
    assert granted.stored_access_token() != before


async def test_a_token_near_its_end_is_refreshed_before_it_is_used(granted: GrantedCase) -> None:
    before = granted.stored_access_token()
    granted.clock.advance(timedelta(minutes=58).total_seconds())
    await granted.connector().check_access()
    assert granted.stored_access_token() != before


async def test_two_processes_that_need_a_token_refresh_it_once(granted: GrantedCase) -> None:
    granted.clock.advance(timedelta(hours=25).total_seconds())
    sources = [granted.token_source() for _ in range(4)]
    tokens = await asyncio.gather(*(source.token() for source in sources))
    assert set(tokens) == {granted.stored_access_token()}
    await granted.connector().check_access()
    assert not granted.has_ended()


async def test_a_token_refused_twice_needs_a_person(granted: GrantedCase) -> None:
    order = FaultOrder(kind=FaultKind.EXPIRED_TOKEN, match=granted.create, times=2)
    granted.faults.add(order)
    outcome = await post_one(granted, entry(granted))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.AUTH_EXPIRED
    assert granted.held_numbers() == []


async def test_a_revoked_grant_is_marked_as_ended_and_nothing_is_sent(granted: GrantedCase) -> None:
    granted.revoke()
    outcome = await post_one(granted, entry(granted))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.AUTH_EXPIRED
    assert granted.has_ended()
    with pytest.raises(ErpActionRequired):
        await granted.connector().check_access()
    assert granted.held_numbers() == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_token_endpoint_that_is_away_ends_nothing(
    granted: GrantedCase, status: int
) -> None:
    granted.expire_access()
    order = FaultOrder(kind=FaultKind.STATUS, match=granted.token, status=status, body="busy")
    granted.faults.add(order)
    outcome = await post_one(granted, entry(granted))
    assert isinstance(outcome, ErpUnavailable)
    assert not granted.has_ended()
    assert isinstance(await post_one(granted, entry(granted)), Posted)


async def test_a_refresh_whose_reply_was_lost_is_tried_again_with_the_same_token(
    granted: GrantedCase,
) -> None:
    granted.expire_access()
    granted.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=granted.token))
    assert isinstance(await post_one(granted, entry(granted)), ErpUnavailable)
    assert isinstance(await post_one(granted, entry(granted)), Posted)
    assert not granted.has_ended()


async def test_disconnecting_ends_the_grant_at_the_erp(granted: GrantedCase) -> None:
    await granted.connector().disconnect()
    assert granted.ended_at_erp()
    assert granted.has_ended()


async def test_disconnecting_what_has_ended_is_fine(granted: GrantedCase) -> None:
    granted.revoke()
    await granted.connector().disconnect()
    await granted.connector().disconnect()
    assert granted.has_ended()
