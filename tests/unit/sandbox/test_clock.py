"""The sandbox's clock goes with the machine's and can be moved."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import SandboxClock


async def test_a_moved_clock_is_ahead_by_what_it_was_moved() -> None:
    clock = SandboxClock()
    before = clock.now()
    clock.advance(3600)
    clock.advance(60)
    assert timedelta(seconds=3660) <= clock.now() - before < timedelta(seconds=3665)
    clock.set_offset(0)
    assert clock.now() - before < timedelta(seconds=5)


async def test_a_clock_travels_to_a_moment_with_a_time_zone() -> None:
    clock = SandboxClock()
    clock.travel_to(datetime(2026, 10, 31, 12, tzinfo=UTC))
    assert clock.now() - datetime(2026, 10, 31, 12, tzinfo=UTC) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="time zone"):
        clock.travel_to(datetime(2026, 10, 31, 12))  # noqa: DTZ001 - refused: that is the point


async def test_a_sleeper_wakes_when_its_time_is_reached_and_not_before() -> None:
    clock = SandboxClock()
    sleeper = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.advance(3000)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(601)
    await sleeper
