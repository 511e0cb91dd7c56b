"""The outbox keeps Slack at the newest content; the inbox lets a repeated event pass once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from ledger.records import Message
from storage.database import Database
from storage.inbox import Inbox
from storage.outbox import EDIT_EVERY, OutboxQueue
from tests.support.databases import START, SettableClock

PROGRESS = Message(key="run:1", team_id="T1", channel="U1", text="0 of 3", blocks="[]")
LATER = START + timedelta(minutes=5)


async def put(database: Database, message: Message, at: datetime = START) -> None:
    async with database.unit() as unit:
        await unit.outbox.put(message, at)
        await unit.commit()


async def test_the_newest_content_wins_and_older_edits_are_dropped(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await put(database, replace(PROGRESS, text="2 of 3"))
    (due,) = await queue.due(START, 10)
    assert due.message.text == "2 of 3"
    assert (due.version, due.sent_version, due.ts) == (2, 0, None)


async def test_an_unsaid_message_of_a_unit_that_failed_is_never_said(database: Database) -> None:
    async with database.unit() as unit:
        await unit.outbox.put(PROGRESS, START)
    assert await OutboxQueue(database).due(LATER, 10) == []


async def test_the_same_content_again_is_no_edit(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await queue.delivered("run:1", 1, "171.1", START, channel="D1")
    await put(database, PROGRESS, LATER)
    assert await queue.due(LATER, 10) == []


async def test_an_edit_goes_to_the_posted_message_and_not_too_soon(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await queue.delivered("run:1", 1, "171.1", START, channel="D1")
    await put(database, replace(PROGRESS, text="3 of 3"), START)
    assert await queue.due(START + EDIT_EVERY - timedelta(microseconds=1), 10) == []
    (due,) = await queue.due(START + EDIT_EVERY, 10)
    assert (due.posted_channel, due.ts, due.version) == ("D1", "171.1", 2)
    assert due.message.channel == "U1"


async def test_content_that_changed_while_it_was_sent_stays_due(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await put(database, replace(PROGRESS, text="3 of 3"))
    await queue.delivered("run:1", 1, "171.1", START, channel="D1")
    assert await queue.waiting() == 1
    (due,) = await queue.due(LATER, 10)
    assert (due.message.text, due.sent_version) == ("3 of 3", 1)
    await queue.delivered("run:1", 2, None, LATER)
    assert await queue.waiting() == 0


async def test_a_failure_waits_for_its_next_time_and_is_counted(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await queue.failed("run:1", "ratelimited", LATER)
    assert await queue.due(START, 10) == []
    (due,) = await queue.due(LATER, 10)
    assert due.failures == 1
    await queue.delivered("run:1", 1, "171.1", LATER, channel="D1")
    await put(database, replace(PROGRESS, text="more"), LATER)
    (due,) = await queue.due(LATER + EDIT_EVERY, 10)
    assert due.failures == 0


async def test_an_abandoned_version_rests_until_the_content_changes(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await queue.abandoned("run:1", 1, "channel_not_found")
    assert await queue.due(LATER, 10) == []
    await put(database, replace(PROGRESS, text="again"), LATER)
    assert len(await queue.due(LATER, 10)) == 1


async def test_a_reply_waits_for_the_message_it_belongs_to(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, replace(PROGRESS, key="reply", thread_of="run:1"))
    await put(database, PROGRESS)
    assert [due.message.key for due in await queue.due(START, 10)] == ["run:1"]
    await queue.delivered("run:1", 1, "171.1", START, channel="D1")
    (reply,) = await queue.due(START, 10)
    assert reply.thread_ts == "171.1"


async def test_messages_are_due_oldest_first_up_to_a_limit(database: Database) -> None:
    for number in (3, 1, 2):
        at = START + timedelta(seconds=number)
        await put(database, replace(PROGRESS, key=f"m{number}"), at)
    due = await OutboxQueue(database).due(LATER, 2)
    assert [one.message.key for one in due] == ["m1", "m2"]


async def test_settled_messages_are_forgotten_and_waiting_ones_kept(database: Database) -> None:
    queue = OutboxQueue(database)
    await put(database, PROGRESS)
    await put(database, replace(PROGRESS, key="waiting"))
    await queue.delivered("run:1", 1, "171.1", START)
    await queue.prune(LATER)
    assert [due.message.key for due in await queue.due(LATER, 10)] == ["waiting"]
    await put(database, PROGRESS, LATER)
    assert len(await queue.due(LATER, 10)) == 2


async def test_of_many_deliveries_of_one_event_at_once_one_is_new(database: Database) -> None:
    inbox = Inbox(database)
    results = await asyncio.gather(*(inbox.is_new("T1", "Ev1") for _ in range(6)))
    assert sum(results) == 1
    assert await inbox.is_new("T2", "Ev1")


async def test_the_inbox_forgets_old_keys(database: Database, clock: SettableClock) -> None:
    inbox = Inbox(database)
    assert await inbox.is_new("T1", "old")
    clock.advance(seconds=3600)
    assert await inbox.is_new("T1", "young")
    await inbox.prune(clock.now() - timedelta(minutes=1))
    assert await inbox.is_new("T1", "old")
    assert not await inbox.is_new("T1", "young")
