"""The ticks: called again and again, whatever one call does, and ended in order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot.clock import machine_time
from scheduler.clock import Ticker

SOON_S = 0.02


async def test_a_tick_that_fails_is_called_again() -> None:
    calls = 0
    enough = asyncio.Event()

    async def tick() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            enough.set()
        raise RuntimeError

    ticker = Ticker({"failing": (SOON_S, tick)}, machine_time=machine_time)
    ticker.start()
    async with asyncio.timeout(10):
        await enough.wait()
    await ticker.stop()


async def test_a_slow_tick_is_not_called_beside_itself() -> None:
    running = most = calls = 0
    enough = asyncio.Event()

    async def tick() -> None:
        nonlocal running, most, calls
        running, calls = running + 1, calls + 1
        most = max(most, running)
        await asyncio.sleep(SOON_S * 3)
        running -= 1
        if calls == 2:
            enough.set()

    ticker = Ticker({"slow": (SOON_S, tick)}, machine_time=machine_time)
    ticker.start()
    async with asyncio.timeout(10):
        await enough.wait()
    await ticker.stop()
    assert most == 1


async def test_stopping_lets_a_tick_that_runs_come_to_its_end() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        begun.set()
        await asyncio.sleep(SOON_S * 3)
        ended.set()

    ticker = Ticker({"busy": (SOON_S, tick)}, machine_time=machine_time)
    ticker.start()
    async with asyncio.timeout(10):
        await begun.wait()
    await ticker.stop()
    assert ended.is_set()


async def test_stopping_gives_a_tick_up_that_does_not_end() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    ticker = Ticker({"stuck": (SOON_S, tick)}, machine_time=machine_time)
    ticker.start()
    async with asyncio.timeout(10):
        await begun.wait()
    await ticker.stop(patience_s=SOON_S)
    assert cancelled.is_set()


async def test_stopping_one_that_never_ran_is_fine() -> None:
    await Ticker({}, machine_time=machine_time).stop()


@pytest.mark.parametrize("moved", [timedelta(hours=-1), timedelta(days=365 * 30)])
async def test_a_machine_whose_clock_is_put_back_or_far_ahead_goes_on_ticking(
    moved: timedelta,
) -> None:
    ticked = asyncio.Event()

    async def tick() -> None:
        ticked.set()

    with time_machine.travel(datetime(1996, 11, 2, tzinfo=UTC)) as machine:
        ticker = Ticker({"wake": (SOON_S, tick)}, machine_time=machine_time, watch_s=SOON_S)
        ticker.start()
        for _ in range(3):
            async with asyncio.timeout(10):
                await ticked.wait()
            machine.shift(moved)
            ticked.clear()
        await ticker.stop()
