"""The ERP's limits: what it throttled was surely not done, and the rest is not forced on it."""

from __future__ import annotations

import pytest

from bot.erp.connector import EntryQuery, Posted
from bot.erp.errors import ErpUnavailable
from ledger.problems import ProblemCode
from sandbox.faults import FaultKind, FaultOrder
from tests.contract.case import ConnectorCase, entry, find, number, post, post_one


@pytest.mark.parametrize("asked", [17, None])
async def test_a_throttled_entry_comes_back_with_the_wait(
    case: ConnectorCase, asked: int | None
) -> None:
    order = FaultOrder(kind=FaultKind.THROTTLE, match=case.create, retry_after=asked)
    case.faults.add(order)
    outcome = await post_one(case, entry(case))
    assert isinstance(outcome, ErpUnavailable)
    assert outcome.problem.code is ProblemCode.RATE_LIMITED
    least, most = (asked, asked) if asked is not None else case.unasked_wait_s
    assert least <= (outcome.retry_after_s or 0) <= most
    assert case.held_numbers() == []


async def test_after_a_throttled_entry_the_company_is_left_alone(case: ConnectorCase) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.THROTTLE, match=case.create, retry_after=30))
    connector = case.connector()
    await post_one(case, entry(case), connector=connector)
    later = await post(case, [entry(case, n) for n in range(2, 5)], connector=connector)
    waits = [o.retry_after_s or 0 for o in later.values() if isinstance(o, ErpUnavailable)]
    assert len(waits) == 3
    assert all(0 < wait <= 30 for wait in waits)
    with pytest.raises(ErpUnavailable) as refused:
        await find(connector, EntryQuery(numbers=(number(1),)))
    assert refused.value.problem.code is ProblemCode.RATE_LIMITED
    assert len(case.faults.applied) == 1
    assert case.held_numbers() == []


async def test_a_throttled_entry_is_posted_when_the_wait_is_over(case: ConnectorCase) -> None:
    case.faults.add(FaultOrder(kind=FaultKind.THROTTLE, match=case.create))
    assert isinstance(await post_one(case, entry(case)), ErpUnavailable)
    assert isinstance(await post_one(case, entry(case)), Posted)
    assert case.held_numbers() == [number(1)]
