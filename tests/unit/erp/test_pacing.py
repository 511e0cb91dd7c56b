"""The pacer lets no more calls pass than the limits allow, in order, and waits no longer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.erp.pacing import Pacer, Pacers, RateLimit
from bot.erp.quickbooks.api import LIMITS


@dataclass
class Stopwatch:
    """Time that passes only when somebody waits."""

    seconds: float = 1000.0
    passed: list[float] = field(default_factory=list)

    def elapsed(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def pacer(self, *limits: RateLimit, at_once: int = 1000) -> Pacer:
        return Pacer(*limits, at_once=at_once, elapsed=self.elapsed, sleep=self.sleep)

    async def call(self, pacer: Pacer) -> None:
        async with pacer.slot():
            self.passed.append(self.seconds)


async def passes(watch: Stopwatch, pacer: Pacer, calls: int) -> list[float]:
    await asyncio.gather(*(watch.call(pacer) for _ in range(calls)))
    return watch.passed


def most_in(moments: list[float], seconds: float) -> int:
    return max(sum(start <= m < start + seconds for m in moments) for start in moments)


async def test_quickbooks_calls_stay_under_ten_a_second_and_500_a_minute() -> None:
    watch = Stopwatch()
    moments = await passes(watch, watch.pacer(*LIMITS), 1200)
    assert most_in(moments, 1.0) <= 9
    assert most_in(moments, 60.0) <= 450
    assert moments[-1] - moments[0] < 180


async def test_calls_within_the_limit_do_not_wait() -> None:
    watch = Stopwatch()
    moments = await passes(watch, watch.pacer(RateLimit(10, 1.0)), 10)
    assert set(moments) == {1000.0}


async def test_calls_pass_in_the_order_they_came() -> None:
    watch, order = Stopwatch(), []

    async def call(pacer: Pacer, name: int) -> None:
        async with pacer.slot():
            order.append(name)

    pacer = watch.pacer(RateLimit(2, 1.0))
    await asyncio.gather(*(call(pacer, name) for name in range(9)))
    assert order == list(range(9))


async def test_no_more_calls_run_at_once_than_allowed() -> None:
    pacer = Stopwatch().pacer(at_once=2)
    running = peak = 0

    async def call() -> None:
        nonlocal running, peak
        async with pacer.slot():
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(call() for _ in range(10)))
    assert peak == 2


async def test_a_place_is_given_back_when_a_call_fails() -> None:
    pacer = Stopwatch().pacer(at_once=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            async with pacer.slot():
                raise ValueError("broken")


async def test_a_shorter_wish_does_not_end_a_longer_one() -> None:
    watch = Stopwatch()
    pacer = watch.pacer()
    pacer.close_for(60)
    pacer.close_for(5)
    assert pacer.closed_for_s == 60
    await watch.sleep(61)
    assert pacer.closed_for_s == 0


def test_every_user_of_a_company_shares_its_pacer() -> None:
    pacers = Pacers(lambda: Pacer(at_once=1))
    assert pacers.of("quickbooks:1") is pacers.of("quickbooks:1")
    assert pacers.of("quickbooks:1") is not pacers.of("quickbooks:2")
