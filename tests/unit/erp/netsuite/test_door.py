"""The door: four places, one login at a time until one has worked, none after a refusal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.netsuite.door import LOCKED_FOR, PLACES, AccountDoor, AccountDoors
from ledger.problems import ProblemCode


class Watch:
    moment = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


async def most_at_once(door: AccountDoor, fingerprint: str, *, works: bool = True) -> int:
    inside = most = 0

    async def visit() -> None:
        nonlocal inside, most
        async with door.place(fingerprint):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside -= 1
            if works:
                door.note_accepted(fingerprint)

    await asyncio.gather(*(visit() for _ in range(12)))
    return most


async def enter(door: AccountDoor, fingerprint: str) -> None:
    async with door.place(fingerprint):
        pass


async def test_proven_credentials_get_four_places() -> None:
    door = AccountDoor(Watch().now)
    door.note_accepted("a")
    assert await most_at_once(door, "a") == PLACES == 4


async def test_credentials_that_never_worked_go_one_at_a_time() -> None:
    assert await most_at_once(AccountDoor(Watch().now), "a", works=False) == 1


async def test_a_refused_login_is_not_tried_again_for_half_an_hour() -> None:
    watch = Watch()
    door = AccountDoor(watch.now)
    door.note_refused("a")
    for _ in range(3):
        with pytest.raises(ErpActionRequired) as raised:
            await enter(door, "a")
        assert raised.value.problem.code is ProblemCode.CREDENTIALS_INVALID
        assert "Login Audit Trail" in raised.value.problem.message
    watch.moment += LOCKED_FOR - timedelta(seconds=1)
    with pytest.raises(ErpActionRequired):
        await enter(door, "a")
    watch.moment += timedelta(seconds=1)
    await enter(door, "a")


async def test_other_credentials_are_not_blamed() -> None:
    door = AccountDoor(Watch().now)
    door.note_refused("a")
    await enter(door, "b")


async def test_a_person_may_try_at_once() -> None:
    door = AccountDoor(Watch().now)
    door.note_refused("a")
    door.forget_refusal("a")
    await enter(door, "a")


async def test_credentials_that_worked_get_one_new_access_token() -> None:
    door = AccountDoor(Watch().now)
    door.note_accepted("a")
    door.note_refused("a", may_differ=True)
    await enter(door, "a")
    door.note_refused("a", may_differ=True)
    with pytest.raises(ErpActionRequired):
        await enter(door, "a")


async def test_a_closed_door_says_how_long() -> None:
    door = AccountDoor(Watch().now)
    door.close_for(30)
    with pytest.raises(ErpUnavailable) as raised:
        await enter(door, "a")
    assert raised.value.problem.code is ProblemCode.RATE_LIMITED
    assert 0 < (raised.value.retry_after_s or 0) <= 30


def test_an_account_has_one_door() -> None:
    doors = AccountDoors(Watch().now)
    assert doors.of("1234567") is doors.of("1234567")
    assert doors.of("1234567") is not doors.of("1234567_SB1")
