"""Buttons and modals: whose they are, who may press them, how often, and what the person sees."""

import json

import pytest
import structlog

from bot.views import kit
from ledger.organisation import PersonRole
from ledger.records import Message
from tests.integration.slack.conftest import IMPATIENT_S, World, organisation
from tests.support.slack import ADA, BEN, CLEO, DANA, FINANCE, OTHER_TEAM, SHARED, Json


async def card(world: World, *, packed: str = "org1|7", channel: str = FINANCE) -> str:
    """Post a card with buttons, as the bot does, and return its ts."""
    names = ("press", "whisper", "form", "fail", "stale")
    blocks = [kit.actions(*(kit.button(name, name, packed) for name in names))]
    message = Message(
        key="card", team_id="T0NORTHWND", channel=channel, text="a card", blocks=json.dumps(blocks)
    )
    async with world.database.unit() as unit:
        await unit.outbox.put(message, world.clock.now())
        await unit.commit()
    await world.settle()
    return str((await world.last(ADA, channel))["ts"])


async def click(world: World, user: str, ts: str, action_id: str, channel: str = FINANCE) -> Json:
    ack = await world.slack.act(
        "click", user=user, channel=channel, message_ts=ts, action_id=action_id
    )
    assert ack["status"] == 200
    assert ack["error"] == ""
    assert ack["latency_ms"] < 1000
    await world.settle()
    return ack


async def test_a_click_carries_its_arguments_and_replaces_the_message(world: World) -> None:
    ts = await card(world)
    await click(world, BEN, ts, "press")
    assert world.deeds.done == ["pressed 7"]
    shown = await world.last(ADA)
    assert (shown["ts"], shown["text"]) == (ts, "pressed")


async def test_an_answer_to_one_person_leaves_the_card_as_it_is(world: World) -> None:
    ts = await card(world)
    await click(world, BEN, ts, "whisper")
    assert (await world.last(BEN))["text"] == "for your eyes"
    assert (await world.last(ADA))["text"] == "a card"


async def test_anyone_may_click_but_only_who_has_the_right_is_obeyed(world: World) -> None:
    ts = await card(world)
    await click(world, CLEO, ts, "press")
    assert not world.deeds.done
    assert (await world.last(CLEO))["text"].startswith("Only an owner, admin or preparer")
    assert (await world.last(ADA))["text"] == "a card"


async def test_people_of_another_company_in_a_shared_channel_are_refused(world: World) -> None:
    async with world.database.unit() as unit:
        await unit.people.grant("org1", DANA, PersonRole.PREPARER)
        await unit.commit()
    ts = await card(world, channel=SHARED)
    await click(world, DANA, ts, "press", SHARED)
    assert not world.deeds.done
    refused = await world.last(DANA, SHARED)
    assert refused["text"] == "Only people of this workspace may use Integral here."


@pytest.mark.parametrize("packed", ["org2|7", "nowhere|7", "|7", "org1"])
async def test_an_id_of_another_organisation_is_worth_nothing(world: World, packed: str) -> None:
    await world.add(organisation(2, team_id=OTHER_TEAM), **{BEN: PersonRole.OWNER})
    ts = await card(world, packed=packed)
    await click(world, BEN, ts, "press")
    assert world.deeds.done == (["pressed "] if packed == "org1" else [])
    if packed != "org1":
        assert "no organisation of this workspace" in (await world.last(BEN))["text"]


async def test_a_second_click_is_another_request_and_the_same_one_twice_is_not(
    world: World,
) -> None:
    ts = await card(world)
    first = await click(world, BEN, ts, "whisper")
    await world.slack.act("replay", request_no=first["request_no"])
    await world.settle()
    assert len([text for text in await world.slack.texts(BEN) if text == "for your eyes"]) == 1
    await click(world, BEN, ts, "whisper")
    assert len([text for text in await world.slack.texts(BEN) if text == "for your eyes"]) == 2


async def test_a_stale_button_says_where_to_look(world: World) -> None:
    ts = await card(world)
    await click(world, BEN, ts, "stale")
    assert (await world.last(BEN))["text"] == (
        "This button is no longer in use; type `/integral status`."
    )


async def test_a_button_that_only_opens_an_address_says_nothing(world: World) -> None:
    await world.slack.command(BEN, "status")
    answer = await world.last(BEN)
    before = await world.slack.texts(BEN)
    await click(world, BEN, answer["ts"], "open")
    assert await world.slack.texts(BEN) == before


async def test_a_click_that_fails_gives_a_reference(world: World) -> None:
    ts = await card(world)
    with structlog.testing.capture_logs() as logs:
        await click(world, BEN, ts, "fail")
    assert "give reference" in (await world.last(BEN))["text"]
    assert "hunter2" not in repr(logs)


async def test_blocks_that_slack_refuses_are_said_in_plain_words(world: World) -> None:
    ts = await card(world)
    await world.slack.break_down("error", methods=["response_url"], error="invalid_blocks", times=1)
    await click(world, BEN, ts, "whisper")
    assert (await world.last(BEN))["text"] == "for your eyes"


async def opened(world: World) -> Json:
    """Have Ben open the form with a command."""
    ack = await world.slack.command(BEN, "form")
    assert (ack["error"], ack["body"]) == ("", "")
    await world.settle()
    views = await world.slack.see("views", user=BEN)
    found: Json = views["modals"][0]
    return found


async def submit(world: World, view: Json, name: str, user: str = BEN) -> Json:
    values = {"name": {"name": name}}
    ack = await world.slack.act("submit", user=user, view_id=view["id"], values=values)
    assert ack["status"] == 200
    assert ack["latency_ms"] < 1000
    return ack


async def test_a_modal_opens_from_a_command_and_its_answer_comes_by_dm(world: World) -> None:
    view = await opened(world)
    assert (await submit(world, view, "Main"))["result"] == "closed"
    await world.settle()
    assert world.deeds.done == ["saved 9 Main"]
    assert (await world.slack.texts(BEN, "dm"))[-1] == "saved Main"


async def test_a_modal_opens_from_a_button(world: World) -> None:
    await click(world, BEN, await card(world), "form")
    assert (await world.slack.see("views", user=BEN))["modals"][0]["callback_id"] == "form"


async def test_errors_stand_under_inputs_that_exist(world: World) -> None:
    view = await opened(world)
    ack = await submit(world, view, "bad")
    assert ack["result"] == "errors"
    assert ack["errors"] == {"name": "Choose a better name. And that."}


async def test_a_refusal_keeps_the_modal_open_with_what_was_typed(world: World) -> None:
    view = await opened(world)
    ack = await submit(world, view, "refused")
    assert (ack["result"], ack["errors"]) == ("errors", {"name": "This name is taken."})


async def test_a_right_lost_while_the_modal_was_open_counts(world: World) -> None:
    view = await opened(world)
    async with world.database.unit() as unit:
        await unit.people.revoke("org1", BEN, PersonRole.PREPARER)
        await unit.commit()
    assert (await submit(world, view, "Main"))["result"] == "updated"
    assert not world.deeds.done
    (shown,) = (await world.slack.see("views", user=BEN))["modals"]
    assert f"ask <@{ADA}>" in json.dumps(shown)


async def test_the_same_submission_twice_saves_once(world: World) -> None:
    ack = await submit(world, await opened(world), "Main")
    await world.slack.act("replay", request_no=ack["request_no"])
    await world.settle()
    assert world.deeds.done == ["saved 9 Main"]


@pytest.mark.parametrize("patience_s", [IMPATIENT_S])
async def test_a_slow_modal_is_acknowledged_and_shows_the_outcome_later(world: World) -> None:
    ack = await submit(world, await opened(world), "slow")
    assert ack["result"] == "updated"
    assert "Working on it" in json.dumps((await world.slack.see("views", user=BEN))["modals"])
    world.deeds.door.set()
    await world.settle()
    assert world.deeds.done == ["saved 9 slow"]
    assert "saved slow" in json.dumps((await world.slack.see("views", user=BEN))["modals"])


async def test_a_window_that_slack_does_not_open_is_explained(world: World) -> None:
    await world.slack.break_down("error", methods=["views.open"], error="expired_trigger_id")
    await world.slack.command(BEN, "form")
    await world.settle()
    assert "Please try again" in (await world.last(BEN))["text"]


async def test_a_type_ahead_offers_at_most_a_hundred(world: World) -> None:
    view = await opened(world)
    ack = await world.slack.act(
        "options", user=BEN, view=view["id"], action_id="account", value="4"
    )
    assert ack["error"] == ""
    assert len(ack["options"]) == 100
    assert ack["options"][0]["text"]["text"] == "4 0"
