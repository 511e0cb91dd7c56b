"""What the bot has to say reaches Slack: once, in its newest form, also after Slack was away."""

import asyncio
import json

import pytest

from bot.views import kit
from ledger.organisation import PersonRole
from ledger.records import Message
from tests.integration.slack.conftest import World, organisation
from tests.support.slack import ADA, BEN, FINANCE, RANDOM, TEAM


async def put(
    world: World, key: str, text: str, *, channel: str = FINANCE, **more: str | bool
) -> None:
    blocks = json.dumps([kit.section(text)])
    message = Message(key=key, team_id=TEAM, channel=channel, text=text, blocks=blocks, **more)  # type: ignore[arg-type] # the tests' shorthand
    async with world.database.unit() as unit:
        await unit.outbox.put(message, world.clock.now())
        await unit.commit()


async def later(world: World, seconds: float) -> None:
    world.clock.advance(seconds=seconds)
    await world.notifier.send_due()


async def test_a_message_is_posted_once_and_then_edited_in_place(world: World) -> None:
    await put(world, "run:1", "0 of 9")
    await later(world, 0)
    await put(world, "run:1", "9 of 9")
    await later(world, 3)
    await later(world, 3)
    assert await world.slack.texts(ADA) == ["9 of 9"]
    assert len(await world.slack.calls("chat.postMessage")) == 1
    assert len(await world.slack.calls("chat.update")) == 1


async def test_edits_come_at_most_every_two_seconds_and_the_last_one_always(world: World) -> None:
    await put(world, "run:1", "0 of 100")
    await later(world, 0)
    for number in range(1, 101):
        await put(world, "run:1", f"{number} of 100")
        await later(world, 0.1)
    await later(world, 3)
    assert await world.slack.texts(ADA) == ["100 of 100"]
    assert len(await world.slack.calls("chat.update")) <= 6


async def test_what_is_said_while_slack_is_away_is_said_when_it_is_back(world: World) -> None:
    await world.slack.break_down("http_500")
    await put(world, "run:1", "first")
    await later(world, 0)
    await put(world, "run:1", "newest")
    await put(world, "run:2", "another")
    await later(world, 10)
    assert await world.slack.texts(ADA) == []
    await world.slack.mend()
    await later(world, 300)
    assert sorted(await world.slack.texts(ADA)) == ["another", "newest"]


async def test_a_slack_out_of_reach_is_asked_once_a_round(world: World) -> None:
    for number in range(5):
        await put(world, f"run:{number}", "text")
    await world.slack.break_down("http_500")
    await later(world, 0)
    assert len(await world.slack.calls("chat.postMessage")) == 1


async def test_retry_after_is_obeyed(world: World) -> None:
    await world.slack.break_down("ratelimited", retry_after_s=30, times=1)
    await put(world, "run:1", "patient")
    await later(world, 0)
    await later(world, 29)
    assert await world.slack.texts(ADA) == []
    await later(world, 2)
    assert await world.slack.texts(ADA) == ["patient"]


async def test_a_reply_that_was_lost_may_repeat_a_message_but_never_loses_one(
    world: World,
) -> None:
    await world.slack.break_down("lost_reply", times=1)
    await put(world, "run:1", "said")
    await later(world, 0)
    await later(world, 10)
    assert set(await world.slack.texts(ADA)) == {"said"}


@pytest.mark.parametrize(
    "error", ["message_not_found", "cant_update_message", "edit_window_closed"]
)
async def test_a_message_that_cannot_be_edited_is_posted_anew(world: World, error: str) -> None:
    await put(world, "run:1", "before")
    await later(world, 0)
    await world.slack.break_down("error", methods=["chat.update"], error=error, times=1)
    await put(world, "run:1", "after")
    await later(world, 3)
    assert (await world.slack.texts(ADA))[-1] == "after"
    await put(world, "run:1", "and again")
    await later(world, 3)
    assert (await world.slack.texts(ADA))[-1] == "and again"


async def test_a_direct_message_goes_to_a_person_and_is_edited_there(world: World) -> None:
    await put(world, "tell", "hello", channel=BEN)
    await later(world, 0)
    await put(world, "tell", "hello again", channel=BEN)
    await later(world, 3)
    assert await world.slack.texts(BEN, "dm") == ["hello again"]


async def test_an_ephemeral_message_is_seen_by_one_person(world: World) -> None:
    await put(world, "hint", "psst", ephemeral_to=BEN)
    await later(world, 0)
    assert await world.slack.texts(BEN) == ["psst"]
    assert await world.slack.texts(ADA) == []


async def test_an_ephemeral_message_for_a_channel_without_the_bot_comes_as_a_dm(
    world: World,
) -> None:
    await put(world, "hint", "psst", channel=RANDOM, ephemeral_to=BEN)
    await later(world, 0)
    assert await world.slack.texts(BEN, "dm") == ["psst"]


async def test_a_thread_waits_for_its_first_message(world: World) -> None:
    await world.slack.break_down("http_500", times=1)
    await put(world, "run:1", "the run")
    await put(world, "run:1:detail", "the detail", thread_of="run:1")
    await later(world, 0)
    await later(world, 10)
    await later(world, 10)
    first, second = await world.slack.messages(ADA)
    assert (first["text"], second["text"]) == ("the run", "the detail")
    assert second["thread_ts"] == first["ts"]


async def test_an_answer_goes_where_its_first_message_is_although_the_channel_was_changed(
    world: World,
) -> None:
    await put(world, "batch:1", "the card")
    await later(world, 0)
    await put(world, "batch:1", "the card, ended", channel=RANDOM)
    await put(world, "ended:batch:1", "it ended", channel=RANDOM, thread_of="batch:1")
    await later(world, 3)
    card, answer = await world.slack.messages(ADA)
    assert (card["text"], answer["text"]) == ("the card, ended", "it ended")
    assert answer["thread_ts"] == card["ts"]


async def test_a_lost_channels_messages_go_to_the_owner_who_is_told_why_once(
    world: World,
) -> None:
    await world.add(organisation(2), channel=RANDOM, **{ADA: PersonRole.OWNER})
    await put(world, "run:1", "first", channel=RANDOM)
    await later(world, 0)
    await put(world, "run:2", "second", channel=RANDOM)
    await later(world, 3)
    await put(world, "run:1", "first, done", channel=RANDOM)
    await later(world, 3)
    said = await world.slack.texts(ADA, "dm")
    why = [text for text in said if text.startswith(f"I cannot write in <#{RANDOM}>")]
    assert [text for text in said if text not in why] == ["first, done", "second"]
    assert len(why) == 1


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived"])
async def test_a_channel_that_is_gone_or_archived_is_lost_too(world: World, error: str) -> None:
    await put(world, "run:1", "said")
    await world.slack.break_down("error", methods=["chat.postMessage"], error=error, times=1)
    await later(world, 0)
    assert await world.slack.texts(ADA, "dm") == ["said"]


async def test_a_message_for_nobody_is_given_up_and_holds_up_nothing(world: World) -> None:
    await put(world, "lost", "to nobody", channel="cli:ops")
    await put(world, "run:1", "to finance")
    await later(world, 0)
    assert await world.slack.texts(ADA) == ["to finance"]
    assert await world.queue.waiting() == 0


async def test_blocks_that_slack_refuses_become_plain_words(world: World) -> None:
    too_long = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}])
    message = Message(key="run:1", team_id=TEAM, channel=FINANCE, text="in short", blocks=too_long)
    async with world.database.unit() as unit:
        await unit.outbox.put(message, world.clock.now())
        await unit.commit()
    await later(world, 0)
    assert await world.slack.texts(ADA) == ["in short"]


async def test_a_revoked_token_makes_messages_wait_for_a_new_installation(world: World) -> None:
    await world.slack.break_down("error", error="token_revoked")
    await put(world, "run:1", "patient")
    await later(world, 0)
    await world.slack.mend()
    await later(world, 30)
    assert await world.slack.texts(ADA) == []
    await later(world, 600)
    assert await world.slack.texts(ADA) == ["patient"]


async def test_homes_are_published_and_refused_ones_given_up(world: World) -> None:
    view = kit.home([kit.section("at home")])
    for user in (BEN, "U0NOBODY"):
        message = Message(
            key=f"home:{user}",
            team_id=TEAM,
            channel=user,
            text="",
            blocks=json.dumps(view),
            is_home=True,
        )
        async with world.database.unit() as unit:
            await unit.outbox.put(message, world.clock.now())
            await unit.commit()
    await later(world, 0)
    assert "at home" in json.dumps((await world.slack.see("views", user=BEN))["home"])
    assert await world.queue.waiting() == 0


async def test_slacks_own_pace_is_kept_when_it_asks_for_it(world: World) -> None:
    await world.slack.act("switches", rate_limits=True)
    for number in range(4):
        await put(world, f"run:{number}", f"line {number}")
    for _ in range(12):
        await later(world, 2)
    assert sorted(await world.slack.texts(ADA)) == [f"line {number}" for number in range(4)]


async def test_the_loop_sends_what_it_is_woken_for(world: World) -> None:
    loop = asyncio.create_task(world.notifier.run())
    await put(world, "run:1", "woken")
    world.notifier.wake()
    async with asyncio.timeout(10):
        while not await world.slack.calls("chat.postMessage"):
            world.notifier.wake()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
