"""After the body has left, only a trustworthy answer is an outcome; all else is looked up."""

from __future__ import annotations

import asyncio

import pytest

from bot.erp.connector import EntryQuery, Posted
from bot.erp.errors import ErpUnavailable, OutcomeUnknown
from ledger.problems import ProblemCode
from sandbox.faults import FaultKind, FaultOrder
from tests.contract.case import ConnectorCase, GrantedCase, entry, find, number, post_one, until

_OUR_ENTRY = EntryQuery(numbers=(number(1),))


async def test_a_lost_reply_is_unknown_and_the_entry_is_found_by_its_number(
    case: ConnectorCase,
) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=case.create))
    outcome = await post_one(case, entry(case))
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.problem.code is ProblemCode.OUTCOME_UNKNOWN
    (found,) = await find(case.connector(), _OUR_ENTRY)
    assert found.number == number(1)


async def test_a_lost_reply_then_the_same_key_gives_one_entry(granted: GrantedCase) -> None:
    granted.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=granted.create))
    assert isinstance(await post_one(granted, entry(granted)), OutcomeUnknown)
    assert isinstance(await post_one(granted, entry(granted)), Posted)
    assert granted.held_numbers() == [number(1)]


async def test_a_request_dropped_before_it_was_processed_is_just_as_unknown(
    case: ConnectorCase,
) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.DROP_REQUEST, match=case.create))
    assert isinstance(await post_one(case, entry(case)), OutcomeUnknown)
    assert case.held_numbers() == []
    assert await find(case.connector(), _OUR_ENTRY) == []


async def test_an_entry_committed_after_the_reply_was_given_up_is_found_after_settling(
    case: ConnectorCase,
) -> None:
    late = FaultOrder(kind=FaultKind.LATE_COMMIT, match=case.create, delay_s=case.settle_s - 1)
    case.faults.add(late)
    connector = case.connector()
    assert isinstance(await post_one(case, entry(case), connector=connector), OutcomeUnknown)
    assert await find(connector, _OUR_ENTRY) == []
    case.clock.advance(connector.settle_s)
    await case.settle()
    assert [found.number for found in await find(connector, _OUR_ENTRY)] == [number(1)]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("committed", [True, False])
async def test_a_server_error_says_nothing_about_a_write(
    case: ConnectorCase, status: int, committed: bool
) -> None:
    order = FaultOrder(kind=FaultKind.STATUS, match=case.create, status=status, committed=committed)
    case.faults.add(order)
    assert isinstance(await post_one(case, entry(case)), OutcomeUnknown)
    assert len(case.held_numbers()) == committed


@pytest.mark.parametrize("status", [404, 405, 408, 409, 413, 418])
async def test_a_client_error_without_a_fault_is_not_taken_for_a_refusal(
    case: ConnectorCase, status: int
) -> None:
    page = "<html>a proxy's page</html>"
    order = FaultOrder(
        kind=FaultKind.STATUS, match=case.create, status=status, body=page, committed=True
    )
    case.faults.add(order)
    assert isinstance(await post_one(case, entry(case)), OutcomeUnknown)


async def test_no_answer_within_the_time_limit_is_unknown(case: ConnectorCase) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.HANG, match=case.create, committed=True))
    impatient = case.connector(read_timeout_s=0.05)
    assert isinstance(await post_one(case, entry(case), connector=impatient), OutcomeUnknown)
    case.faults.clear()
    assert [found.number for found in await find(case.connector(), _OUR_ENTRY)] == [number(1)]


async def test_a_slow_answer_is_waited_for(case: ConnectorCase) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.SLOW, match=case.create, delay_s=100))
    sending = asyncio.create_task(post_one(case, entry(case)))
    await until(case.held_numbers)
    case.clock.advance(100)
    assert isinstance(await sending, Posted)


async def test_a_read_is_repeated_when_nothing_came_back(case: ConnectorCase) -> None:
    assert isinstance(await post_one(case, entry(case)), Posted)
    case.faults.add(FaultOrder(kind=FaultKind.DROP_REQUEST, times=2))
    assert len(await find(case.connector(), _OUR_ENTRY)) == 1


async def test_a_read_that_keeps_failing_is_unavailable_and_proves_no_absence(
    case: ConnectorCase,
) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.REFUSE_CONNECTIONS, times=None))
    with pytest.raises(ErpUnavailable):
        await find(case.connector(), _OUR_ENTRY)
    with pytest.raises(ErpUnavailable):
        await case.connector().fetch_entry("1")


@pytest.mark.parametrize("status", [404, 500])
async def test_a_page_without_a_fault_is_no_proof_that_an_entry_is_gone(
    case: ConnectorCase, status: int
) -> None:
    order = FaultOrder(kind=FaultKind.STATUS, status=status, body="<html></html>", times=None)
    case.faults.add(order)
    with pytest.raises(ErpUnavailable):
        await case.connector().fetch_entry("145")


async def test_a_cancelled_sending_passes_the_cancellation_on(case: ConnectorCase) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.HANG, match=case.create, committed=True))
    sending = asyncio.create_task(post_one(case, entry(case)))
    await until(case.held_numbers)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
