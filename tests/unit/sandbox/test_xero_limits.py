"""The Xero sandbox keeps to the documented limits and tells of them as Xero does."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.xero import HARBOR_STREET, SECOND_ORGANISATION
from tests.unit.sandbox.xero_support import World, new_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        await ready.set(limits={"enabled": True, "processing_s": 0})
        yield ready


async def test_normal_replies_tell_what_remains(world: World) -> None:
    reply = await world.call("GET", "Organisation")
    assert reply.headers["x-daylimit-remaining"] == "4999"
    assert reply.headers["x-minlimit-remaining"] == "59"
    assert reply.headers["x-appminlimit-remaining"] == "9999"


async def test_refused_writes_tell_what_remains_too(world: World) -> None:
    reply = await world.call("PUT", "ManualJournals", json={})
    assert (reply.status_code, reply.headers["x-minlimit-remaining"]) == (400, "59")


async def test_the_sixty_first_call_of_a_minute_waits_for_the_first(world: World) -> None:
    for _ in range(60):
        assert (await world.call("GET", "Organisation")).status_code == 200
    world.clock.advance(10)
    reply = await world.call("GET", "Organisation")
    assert reply.status_code == 429
    assert reply.headers["x-rate-limit-problem"] == "minute"
    assert 45 <= int(reply.headers["retry-after"]) <= 50
    assert reply.headers["x-minlimit-remaining"] == "0"
    world.clock.advance(int(reply.headers["retry-after"]))
    assert (await world.call("GET", "Organisation")).status_code == 200


async def test_organisations_have_their_own_limits(world: World) -> None:
    world.connect(HARBOR_STREET, SECOND_ORGANISATION)
    await world.set(limits={"per_minute": 1})
    assert (await world.call("GET", "Organisation")).status_code == 200
    assert (await world.call("GET", "Organisation")).status_code == 429
    reply = await world.call("GET", "Organisation", tenant=SECOND_ORGANISATION)
    assert reply.status_code == 200


@pytest.mark.parametrize(("tier", "calls"), [("starter", 1000), ("core", 5000)])
async def test_the_day_limit_follows_the_tier(world: World, tier: str, calls: int) -> None:
    await world.set(limits={"tier": tier})
    reply = await world.call("GET", "Organisation")
    assert reply.headers["x-daylimit-remaining"] == str(calls - 1)


async def test_a_spent_day_is_told_in_hours_and_may_be_made_short(world: World) -> None:
    await world.set(limits={"per_day": 1})
    await world.call("GET", "Organisation")
    world.clock.advance(3600)
    world.connect()
    reply = await world.call("GET", "Organisation")
    assert (reply.status_code, reply.headers["x-rate-limit-problem"]) == (429, "day")
    assert int(reply.headers["retry-after"]) > 22 * 3600
    await world.set(limits={"per_day": 1, "day_s": 5})
    await world.call("GET", "Organisation")
    reply = await world.call("GET", "Organisation")
    assert 1 <= int(reply.headers["retry-after"]) <= 5


async def test_the_limit_of_the_whole_app_does_not_say_when(world: World) -> None:
    await world.set(limits={"per_minute_app": 1})
    await world.call("GET", "Organisation")
    reply = await world.call("GET", "Organisation")
    assert reply.headers["x-rate-limit-problem"] == "appminute"
    assert "retry-after" not in reply.headers


async def test_five_calls_at_once_are_served_and_the_sixth_is_not(world: World) -> None:
    await world.set(limits={"processing_s": 0.02})
    replies = await asyncio.gather(*(world.call("GET", "Organisation") for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [200] * 5 + [429]
    [refused] = [reply for reply in replies if reply.status_code == 429]
    assert refused.headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in refused.headers
    assert (await world.call("GET", "Organisation")).status_code == 200


async def test_the_same_key_at_once_makes_one_journal(world: World) -> None:
    await world.set(limits={"processing_s": 0.02})
    replies = await asyncio.gather(*(world.write(key="k-1") for _ in range(5)))
    assert len({reply.text for reply in replies}) == 1
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_replays_count(world: World) -> None:
    for left in ("59", "58"):
        reply = await world.write(key="k-1")
        assert reply.headers["x-minlimit-remaining"] == left
