"""The fault switches spoil exactly the requests they name, over TCP where that matters."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.quickbooks import HARBOR_STREET, SECOND_COMPANY, QuickBooksSandbox
from tests.unit.sandbox.quickbooks_support import World, codes, entry, new_world
from tests.unit.sandbox.serving import served, until

JOURNAL_PATH = "/journalentry$"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


@pytest.fixture
async def wired() -> AsyncIterator[World]:
    """The same over TCP."""
    clock = SandboxClock()
    sandbox = QuickBooksSandbox(clock=clock)
    async with served(sandbox.routes()) as address, httpx.AsyncClient(base_url=address) as http:
        ready = World(clock, sandbox, http)
        ready.connect()
        yield ready
    sandbox.close()


async def test_a_dropped_reply_closes_the_connection_after_the_commit(wired: World) -> None:
    await wired.fault("drop_reply", match={"method": "POST", "path": JOURNAL_PATH})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await wired.post(requestid="r-1")
    assert len(wired.sandbox.journals(HARBOR_STREET)) == 1
    assert (await wired.post(requestid="r-1")).status_code == 200
    assert len(wired.sandbox.journals(HARBOR_STREET)) == 1


@pytest.mark.parametrize("kind", ["drop_request", "refuse_connections"])
async def test_a_dropped_request_closes_the_connection_before_the_commit(
    wired: World, kind: str
) -> None:
    await wired.fault(kind, match={"path": "/v3/"})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await wired.post()
    assert wired.sandbox.journals(HARBOR_STREET) == []
    assert (await wired.post()).status_code == 200


async def test_a_hanging_request_that_is_given_up_is_never_processed(wired: World) -> None:
    await wired.fault("hang", match={"path": JOURNAL_PATH})
    with pytest.raises(httpx.ReadTimeout):
        await wired.call("POST", "journalentry", json=entry(), timeout=0.05)
    await wired.http.request("DELETE", "/control/quickbooks/faults")
    assert wired.sandbox.journals(HARBOR_STREET) == []


async def test_a_hanging_request_goes_on_when_released(world: World) -> None:
    await world.fault("hang", match={"path": JOURNAL_PATH})
    waiting = asyncio.create_task(world.post())
    await until(lambda: world.sandbox.faults.applied)
    assert world.sandbox.journals(HARBOR_STREET) == []
    await world.http.delete("/control/quickbooks/faults")
    assert (await waiting).status_code == 200


async def test_a_late_commit_happens_after_its_reply_was_lost(world: World) -> None:
    await world.fault("late_commit", delay_s=90, match={"path": JOURNAL_PATH})
    with pytest.raises(ConnectionResetError):
        await world.post()
    assert world.sandbox.journals(HARBOR_STREET) == []
    world.clock.advance(91)
    await world.sandbox.settle()
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_a_late_commit_may_answer_504_at_once(world: World) -> None:
    await world.fault("late_commit", delay_s=90, status=504, match={"path": JOURNAL_PATH})
    assert (await world.post(requestid="r-1")).status_code == 504
    assert (await world.post(requestid="r-1")).status_code == 200
    world.clock.advance(91)
    await world.sandbox.settle()
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_a_slow_reply_comes_when_its_time_has_passed(world: World) -> None:
    await world.fault("slow", delay_s=3600, match={"path": JOURNAL_PATH})
    waiting = asyncio.create_task(world.post())
    await until(lambda: world.sandbox.journals(HARBOR_STREET))
    assert not waiting.done()
    world.clock.advance(3601)
    assert (await waiting).status_code == 200


@pytest.mark.parametrize("committed", [True, False])
async def test_a_status_comes_with_or_without_the_commit(world: World, committed: bool) -> None:
    await world.fault("status", status=500, committed=committed, match={"path": JOURNAL_PATH})
    reply = await world.post()
    assert (reply.status_code, codes(reply)) == (500, ["10000"])
    assert len(world.sandbox.journals(HARBOR_STREET)) == int(committed)


async def test_a_status_may_have_a_body_and_a_waiting_time_of_its_own(world: World) -> None:
    await world.fault("status", status=503, body="<html>down</html>", retry_after=7)
    reply = await world.post()
    assert (reply.text, reply.headers["retry-after"]) == ("<html>down</html>", "7")


async def test_throttling_and_an_expired_token_look_as_documented(world: World) -> None:
    await world.fault("throttle")
    reply = await world.post()
    assert (reply.status_code, codes(reply)) == (429, ["3001"])
    await world.fault("expired_token")
    reply = await world.post()
    assert (reply.status_code, codes(reply)) == (401, ["3200"])
    assert world.sandbox.journals(HARBOR_STREET) == []


async def test_a_rule_applies_from_its_nth_request_for_its_times_and_is_counted(
    world: World,
) -> None:
    match = {"method": "post", "path": JOURNAL_PATH, "realm": HARBOR_STREET, "nth": 2}
    await world.fault("status", status=503, times=2, match=match)
    world.connect(SECOND_COMPANY)
    await world.call("POST", "journalentry", realm=SECOND_COMPANY, json=entry())
    world.connect()
    assert [(await world.post()).status_code for _ in range(4)] == [200, 503, 503, 200]
    listed = (await world.http.get("/control/quickbooks/faults")).json()
    [rule] = listed["rules"]
    assert (rule["seen"], rule["applied"]) == (4, 2)
    assert [done["kind"] for done in listed["applied"]] == ["status", "status"]


async def test_rules_can_be_removed_one_by_one(world: World) -> None:
    await world.fault("throttle", times=None)
    await world.fault("status", status=500, times=None)
    assert (await world.post()).status_code == 429
    await world.http.delete("/control/quickbooks/faults", params={"id": 1})
    assert (await world.post()).status_code == 500
    await world.http.delete("/control/quickbooks/faults")
    assert (await world.post()).status_code == 200


async def test_a_rule_that_makes_no_sense_is_refused(world: World) -> None:
    for rule in ({"kind": "explode"}, {"kind": "slow", "match": {"path": "("}}):
        reply = await world.http.post("/control/quickbooks/faults", json=rule)
        assert reply.status_code == 400


async def test_the_request_log_tells_which_requests_were_spoiled(world: World) -> None:
    await world.fault("drop_reply")
    with pytest.raises(ConnectionResetError):
        await world.post()
    [logged] = world.sandbox.requests()
    assert (logged.status, logged.fault) == (None, "drop_reply")
