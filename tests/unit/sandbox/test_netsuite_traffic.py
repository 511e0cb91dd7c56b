"""Concurrency, asynchronous jobs and fault switches of the NetSuite sandbox."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.gateway import ConnectionDropped
from sandbox.netsuite import HARBOR_STREET
from tests.unit.sandbox.netsuite_support import (
    RECORD,
    SUITEQL,
    Json,
    World,
    code,
    entry,
    new_world,
    refusal,
)

JOBS = "http://127.0.0.1:8000/netsuite/services/rest/async/v1/job"
ASYNC = {"Prefer": "respond-async"}
COLLECTION = {**ASYNC, "Content-Type": "application/vnd.oracle.resource+json; type=collection"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def settled(condition: str, world: World) -> None:
    """Let other tasks run until the fault board has applied a rule of this kind."""
    for _ in range(10_000):
        if any(done.kind == condition for done in world.sandbox.faults.applied):
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came about")


async def test_a_sixth_request_at_once_is_refused_with_the_documented_body(world: World) -> None:
    await world.set(limits={"processing_ms": 20})
    replies = await asyncio.gather(*(world.post() for _ in range(8)))
    statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [204] * 5 + [429] * 3
    body = next(reply.json() for reply in replies if reply.status_code == 429)
    assert (body["title"], body["status"], body["o:errorCode"]) == (
        "Bad Request",
        429,
        "USER_ERROR",
    )
    assert body["o:errorDetails"] == [
        {
            "detail": "Concurrent request limit exceeded. Request blocked.",
            "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
        }
    ]
    assert len(world.sandbox.journals(HARBOR_STREET)) == 5


async def test_requests_one_after_another_have_no_limit(world: World) -> None:
    await world.set(limits={"concurrency": 1})
    for _ in range(20):
        assert (await world.post()).status_code == 204


async def test_a_hanging_request_keeps_its_place(world: World) -> None:
    await world.set(limits={"concurrency": 1})
    await world.fault("hang")
    hanging = asyncio.create_task(world.post())
    await settled("hang", world)
    assert (await world.post()).status_code == 429
    await world.http.delete("/control/netsuite/faults")
    assert (await hanging).status_code == 204
    assert (await world.post()).status_code == 204


async def test_an_asynchronous_request_is_accepted_and_its_result_replayed(world: World) -> None:
    reply = await world.post(headers=ASYNC)
    assert (reply.status_code, reply.headers["location"]) == (202, f"{JOBS}/1")
    assert reply.headers["preference-applied"] == "respond-async"
    job = (await world.call("GET", f"{JOBS}/1")).json()
    assert (job["id"], job["completed"], job["progress"]) == ("1", True, "succeeded")
    assert job["task"]["links"][0]["href"] == f"{JOBS}/1/task"
    tasks = (await world.call("GET", f"{JOBS}/1/task")).json()
    assert [it["links"][0]["href"] for it in tasks["items"]] == [f"{JOBS}/1/task/1"]
    task = (await world.call("GET", f"{JOBS}/1/task/1")).json()
    assert (task["completed"], task["progress"]) == (True, "succeeded")
    result = await world.call("GET", f"{JOBS}/1/task/1/result")
    assert result.status_code == 204
    assert result.headers["location"].endswith("/journalEntry/2001")


async def test_a_job_waits_for_its_time(world: World) -> None:
    await world.set(job_delay_s=60)
    await world.post(headers=ASYNC)
    job = (await world.call("GET", f"{JOBS}/1")).json()
    assert (job["completed"], job["progress"]) == (False, "pending")
    assert (await world.call("GET", f"{JOBS}/1/task/1/result")).status_code == 404
    world.clock.advance(61)
    assert (await world.call("GET", f"{JOBS}/1")).json()["completed"] is True


async def test_a_job_that_was_refused_replays_the_refusal(world: World) -> None:
    await world.post(entry(subsidiary={"id": "9"}), headers=ASYNC)
    assert (await world.call("GET", f"{JOBS}/1")).json()["progress"] == "failed"
    reply = await world.call("GET", f"{JOBS}/1/task/1/result")
    assert refusal(reply) == (400, "USER_ERROR", "subsidiary")


async def test_an_idempotency_key_counts_for_asynchronous_requests_only(world: World) -> None:
    key = {"X-NetSuite-Idempotency-Key": "9f1c3d0e-0000-4000-8000-000000000001"}
    for _ in range(2):
        assert (await world.post(headers=key)).status_code == 204
    assert (await world.post(headers={**ASYNC, **key})).status_code == 202
    again = await world.post(headers={**ASYNC, **key})
    assert (again.status_code, code(again)) == (400, "IDEMPOTENCY_ERROR")
    assert again.headers["location"] == f"{JOBS}/1"
    assert again.headers["preference-applied"] == "respond-async"
    assert len(world.sandbox.journals(HARBOR_STREET)) == 3


async def test_a_collection_is_taken_asynchronously_record_by_record(world: World) -> None:
    items: list[Json] = [entry(externalId="A"), entry(externalId="a"), entry(externalId="B")]
    reply = await world.call("POST", RECORD, json={"items": items}, headers=COLLECTION)
    assert reply.status_code == 202
    statuses = [
        (await world.call("GET", f"{JOBS}/1/task/{number}/result")).status_code
        for number in (1, 2, 3)
    ]
    assert statuses == [204, 400, 204]


@pytest.mark.parametrize("count", [0, 101])
async def test_a_collection_has_one_to_a_hundred_records(world: World, count: int) -> None:
    body = {"items": [entry() for _ in range(count)]}
    reply = await world.call("POST", RECORD, json=body, headers=COLLECTION)
    assert (reply.status_code, code(reply)) == (400, "INVALID_REQUEST")


async def test_a_collection_is_not_taken_synchronously(world: World) -> None:
    headers = {"Content-Type": COLLECTION["Content-Type"]}
    reply = await world.call("POST", RECORD, json={"items": [entry()]}, headers=headers)
    assert (reply.status_code, code(reply)) == (400, "INVALID_REQUEST")


async def test_a_lost_reply_leaves_the_journal_to_be_found(world: World) -> None:
    await world.fault("drop_reply", match={"method": "POST", "path": "journalEntry"})
    with pytest.raises(ConnectionDropped):
        await world.post(entry(externalId="INT-1"))
    rows = await world.rows("SELECT id FROM transaction WHERE externalid = ?", "INT-1")
    assert rows == [{"id": "2001"}]
    assert (await world.post(entry(externalId="INT-1"))).status_code == 400


async def test_a_late_commit_happens_after_its_refusal(world: World) -> None:
    await world.fault("late_commit", delay_s=300, status=500)
    reply = await world.post(entry(externalId="INT-1"))
    assert (reply.status_code, code(reply)) == (500, "UNEXPECTED_ERROR")
    assert world.sandbox.journals(HARBOR_STREET) == []
    world.clock.advance(301)
    await world.sandbox.settle()
    assert [it.external_id for it in world.sandbox.journals(HARBOR_STREET)] == ["INT-1"]


@pytest.mark.parametrize(
    ("rule", "status", "word"),
    [
        ({"kind": "throttle"}, 429, "CONCURRENCY_LIMIT_EXCEEDED"),
        ({"kind": "expired_token"}, 401, "INVALID_LOGIN"),
        ({"kind": "status", "status": 503}, 503, "UNEXPECTED_ERROR"),
    ],
)
async def test_fault_rules_answer_in_netsuites_words(
    world: World, rule: Json, status: int, word: str
) -> None:
    await world.http.post("/control/netsuite/faults", json=rule)
    reply = await world.post()
    assert (reply.status_code, code(reply)) == (status, word)
    assert (await world.post()).status_code == 204


async def test_a_rule_may_be_for_one_account_only(world: World) -> None:
    await world.fault("throttle", match={"realm": "7654321"})
    assert (await world.post()).status_code == 204
    await world.fault("throttle", match={"realm": HARBOR_STREET})
    assert (await world.post()).status_code == 429


async def test_a_caller_cannot_name_the_account_past_its_credentials(world: World) -> None:
    await world.post(headers={"X-Sandbox-Account": "7654321"})
    [logged] = world.sandbox.requests()
    assert logged.parameters["x-sandbox-account"] == HARBOR_STREET


async def test_the_request_log_tells_what_was_asked_and_no_secret(world: World) -> None:
    await world.post()
    await world.query("SELECT id FROM account ORDER BY id", limit="10", offset="0")
    reply: httpx.Response = await world.http.get("/control/netsuite/requests")
    first, second = reply.json()["requests"]
    assert (first["method"], first["path"], first["status"]) == ("POST", RECORD, 204)
    assert second["path"] == SUITEQL
    assert second["parameters"]["limit"] == "10"
    assert reply.json()["calls"] == {HARBOR_STREET: {"journalEntry": 1, "suiteql": 1}}
    for secret in (world.auth.five.token_id, world.auth.five.consumer_key):
        assert secret not in reply.text
