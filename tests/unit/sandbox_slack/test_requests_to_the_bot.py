"""What the bot receives, and what a person sees of how it answered."""

import asyncio
from typing import Any

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.responses import JSONResponse, Response

from tests.unit.sandbox_slack.world import (
    SIGNING_SECRET,
    FakeBot,
    Slack,
    actions,
    button,
    modal,
    plain,
    text_input,
)


async def never(_payload: dict[str, Any]) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


def is_genuine(bot: FakeBot, index: int = -1) -> bool:
    received = bot.received[index]
    return SignatureVerifier(SIGNING_SECRET).is_valid_request(
        received.body.decode(), received.headers
    )


async def test_a_command_is_signed_as_slack_signs(slack: Slack) -> None:
    ack = await slack.command("/integral preview 2026-10")
    assert (ack["status"], ack["error"]) == (200, "")
    assert is_genuine(slack.bot)
    assert slack.bot.last["command"] == "/integral"
    assert slack.bot.last["text"] == "preview 2026-10"
    assert slack.bot.last["channel_name"] == "finance"
    assert slack.bot.last["team_id"] == "T0NORTHWND"


async def test_names_and_links_in_a_command_are_escaped(slack: Slack) -> None:
    await slack.command("/integral roles grant @ben in #finance & see https://x.example/a @nobody")
    assert slack.bot.last["text"] == (
        "roles grant <@U0BEN00002|ben> in <#C0FINANCE1|finance> &amp; "
        "see <https://x.example/a> @nobody"
    )


async def test_in_a_direct_message_the_channel_name_is_slacks_word_for_it(slack: Slack) -> None:
    await slack.command("/integral help", channel="dm")
    assert slack.bot.last["channel_name"] == "directmessage"
    assert slack.bot.last["channel_id"] == "D0ADA00001"


async def test_an_ack_body_is_seen_by_its_person_alone(slack: Slack) -> None:
    slack.bot.answers({"text": "Working on it"})
    await slack.command("/integral sync")
    assert [message["text"] for message in await slack.messages()] == ["Working on it"]
    assert await slack.messages("ben") == []


async def test_an_ack_for_the_channel_shows_the_command_too(slack: Slack) -> None:
    slack.bot.answers({"text": "For all", "response_type": "in_channel"})
    await slack.command("/integral status")
    texts = [message["text"] for message in await slack.messages("ben")]
    assert texts == ["/integral status", "For all"]


async def test_a_late_ack_is_an_operation_timeout(slack: Slack) -> None:
    await slack.act("switches", ack_timeout_s=0.05)
    slack.bot.reply = never
    ack = await slack.command("/integral sync")
    assert (ack["status"], ack["error"]) == (None, "operation_timeout")
    assert ack["latency_ms"] >= 50
    assert "operation_timeout" in (await slack.messages())[-1]["text"]


async def test_a_refused_ack_is_a_dispatch_failed(slack: Slack) -> None:
    slack.bot.answers(status=500)
    assert (await slack.command("/integral sync"))["error"] == "dispatch_failed"
    assert "dispatch_failed" in (await slack.messages())[-1]["text"]


async def test_blocks_in_an_ack_are_held_to_slacks_limits(slack: Slack) -> None:
    slack.bot.answers({"blocks": [{"type": "header", "text": plain("x" * 151)}]})
    assert (await slack.command("/integral x"))["error"] == "invalid_command_response"


async def test_people_of_another_workspace_cannot_use_the_command(slack: Slack) -> None:
    answer = await slack.command("/integral status", user="dana", channel="ext-shared")
    assert answer["error"] == "unknown_command"
    assert slack.bot.received == []


async def test_nobody_types_in_a_channel_they_are_not_in(slack: Slack) -> None:
    answer = await slack.command("/integral status", user="dana", channel="finance")
    assert "not in this channel" in answer["error"]


async def test_a_click_carries_the_message_and_the_person(slack: Slack) -> None:
    posted = await slack.api(
        "chat.postMessage", channel="finance", text="A card", blocks=[actions(button(value="b1"))]
    )
    ack = await slack.act(
        "click", user="ben", channel="finance", message_ts=posted["ts"], action_id="go"
    )
    payload = slack.bot.last
    assert ack["status"] == 200
    assert is_genuine(slack.bot)
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == "U0BEN00002"
    assert payload["actions"][0]["value"] == "b1"
    assert payload["message"]["ts"] == posted["ts"]
    assert payload["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C0FINANCE1",
        "is_ephemeral": False,
    }


async def test_a_person_of_another_workspace_can_click_in_a_shared_channel(slack: Slack) -> None:
    posted = await slack.api(
        "chat.postMessage", channel="ext-shared", text="x", blocks=[actions(button())]
    )
    await slack.act(
        "click", user="dana", channel="ext-shared", message_ts=posted["ts"], action_id="go"
    )
    assert slack.bot.last["user"]["team_id"] != slack.bot.last["team"]["id"]


async def test_an_ephemeral_message_does_not_come_with_its_click(slack: Slack) -> None:
    slack.bot.answers({"text": "x", "blocks": [actions(button())]})
    await slack.command("/integral x")
    shown = (await slack.messages())[-1]
    slack.bot.answers()
    await slack.act("click", user="ada", channel="finance", message_ts=shown["ts"], action_id="go")
    assert "message" not in slack.bot.last
    assert slack.bot.last["container"]["is_ephemeral"] is True


async def test_a_button_that_is_gone_cannot_be_clicked_but_its_request_can_come_again(
    slack: Slack,
) -> None:
    posted = await slack.api(
        "chat.postMessage", channel="finance", text="x", blocks=[actions(button())]
    )
    where = {"user": "ada", "channel": "finance", "message_ts": posted["ts"], "action_id": "go"}
    first = await slack.act("click", **where)
    await slack.api("chat.update", channel="C0FINANCE1", ts=posted["ts"], text="done", blocks=[])
    assert "action id" in (await slack.act("click", **where))["error"]
    await slack.act("replay", request_no=first["request_no"])
    assert len(slack.bot.received) == 2
    assert slack.bot.received[0].body == slack.bot.received[1].body
    assert is_genuine(slack.bot)


async def test_a_forged_request_is_sent_as_it_is(slack: Slack) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "x-slack-signature": "v0=00"}
    await slack.act("raw", body="command=%2Fintegral", headers=headers)
    assert not is_genuine(slack.bot)
    await slack.act("raw", body="command=%2Fintegral", sign=True)
    assert is_genuine(slack.bot)


async def test_opening_home_sends_an_event_with_an_id(slack: Slack) -> None:
    sent = await slack.act("home", user="ada")
    await slack.sandbox.events.drain()
    assert slack.bot.last["event_id"] == sent["event_id"]
    assert slack.bot.last["event"]["type"] == "app_home_opened"
    assert slack.bot.last["event"]["tab"] == "home"


async def test_an_event_the_bot_refuses_comes_again_three_times_with_the_same_id(
    slack: Slack,
) -> None:
    slack.bot.answers(status=500)
    await slack.act("home", user="ada")
    delivered = asyncio.ensure_future(slack.sandbox.events.drain())
    while not delivered.done():
        slack.clock.advance(6)
        await asyncio.sleep(0)
    numbers = [item.headers.get("x-slack-retry-num") for item in slack.bot.received]
    assert numbers == [None, "1", "2", "3"]
    assert slack.bot.received[-1].headers["x-slack-retry-reason"] == "http_error"
    assert len({item.payload["event_id"] for item in slack.bot.received}) == 1


async def test_an_event_is_not_sent_again_when_the_bot_says_so(slack: Slack) -> None:
    async def refuse(_payload: dict[str, Any]) -> Response:
        return Response(status_code=500, headers={"X-Slack-No-Retry": "1"})

    slack.bot.reply = refuse
    await slack.act("home", user="ada")
    await slack.sandbox.events.drain()
    assert len(slack.bot.received) == 1


async def test_every_request_is_listed_with_its_ack_time(slack: Slack) -> None:
    await slack.command("/integral help")
    await slack.api("auth.test")
    listed = (await slack.read("requests"))["requests"]
    assert [(item["direction"], item["name"]) for item in listed] == [
        ("to_bot", "command /integral help"),
        ("from_bot", "auth.test"),
    ]
    assert listed[0]["latency_ms"] >= 0
    assert "sandbox-verification-token" not in str(listed)


async def test_options_are_asked_for_and_checked(slack: Slack) -> None:
    select = {"type": "external_select", "action_id": "account"}
    element = {"type": "input", "block_id": "acct", "label": plain("Account"), "element": select}
    view = await slack.open_modal(modal(element))
    ask = {"user": "ada", "view": view["id"], "action_id": "account", "value": "10"}
    option = {"text": plain("1010 Cash"), "value": "1010"}
    slack.bot.answers({"options": [option]})
    assert (await slack.act("options", **ask))["options"] == [option]
    assert slack.bot.last["type"] == "block_suggestion"
    assert slack.bot.last["value"] == "10"
    slack.bot.answers({"options": [option] * 101})
    assert (await slack.act("options", **ask))["error"] == "invalid_options"


async def test_what_was_chosen_from_options_is_submitted_whole(slack: Slack) -> None:
    select = {"type": "external_select", "action_id": "account"}
    element = {"type": "input", "block_id": "acct", "label": plain("Account"), "element": select}
    view = await slack.open_modal(modal(element))
    option = {"text": plain("1010 Cash"), "value": "1010"}
    await slack.act("submit", user="ada", view_id=view["id"], values={"account": option})
    state = slack.bot.last["view"]["state"]["values"]
    assert state["acct"]["account"] == {"type": "external_select", "selected_option": option}


async def test_a_submission_carries_what_was_typed_and_closes(slack: Slack) -> None:
    view = await slack.open_modal(modal(text_input(), private_metadata="m-1"))
    done = await slack.act(
        "submit", user="ada", view_id=view["id"], values={"name": {"typed": "A"}}
    )
    assert done["result"] == "closed"
    assert slack.bot.last["view"]["private_metadata"] == "m-1"
    assert slack.bot.last["view"]["state"]["values"]["name"]["typed"]["value"] == "A"
    assert (await slack.read("views", user="ada"))["modals"] == []


async def test_an_empty_required_field_never_reaches_the_bot(slack: Slack) -> None:
    view = await slack.open_modal(modal(text_input()))
    heard = len(slack.bot.received)
    done = await slack.act("submit", user="ada", view_id=view["id"], values={})
    assert done["result"] == "refused_by_client"
    assert list(done["errors"]) == ["name"]
    assert len(slack.bot.received) == heard


@pytest.mark.parametrize(
    ("answer", "result", "stacked"),
    [
        ({"response_action": "errors", "errors": {"name": "No"}}, "errors", 1),
        ({"response_action": "update", "view": modal(text_input("other"))}, "updated", 1),
        ({"response_action": "push", "view": modal(text_input("other"))}, "pushed", 2),
        ({"response_action": "clear"}, "cleared", 0),
        ({"response_action": "errors", "errors": {"stranger": "No"}}, "failed", 1),
        ({"response_action": "update", "view": modal({"type": "nonsense"})}, "failed", 1),
    ],
)
async def test_the_ack_of_a_submission_decides_what_is_shown(
    slack: Slack, answer: dict[str, Any], result: str, stacked: int
) -> None:
    view = await slack.open_modal(modal(text_input()))
    slack.bot.answers(answer)
    done = await slack.act("submit", user="ada", view_id=view["id"], values={"typed": "A"})
    assert done["result"] == result
    assert len((await slack.read("views", user="ada"))["modals"]) == stacked


async def test_a_late_ack_leaves_the_modal_open(slack: Slack) -> None:
    view = await slack.open_modal(modal(text_input()))
    await slack.act("switches", ack_timeout_s=0.05)
    slack.bot.reply = never
    done = await slack.act("submit", user="ada", view_id=view["id"], values={"typed": "A"})
    assert (done["result"], done["error"]) == ("failed", "operation_timeout")
    assert len((await slack.read("views", user="ada"))["modals"]) == 1


async def test_closing_is_told_to_an_app_that_asked_for_it(slack: Slack) -> None:
    view = await slack.open_modal(modal(text_input(), notify_on_close=True))
    await slack.act("close", user="ada", view_id=view["id"], everything=True)
    assert slack.bot.last["type"] == "view_closed"
    assert slack.bot.last["is_cleared"] is True


async def test_a_modal_shows_what_it_had_typed_in_after_an_update(slack: Slack) -> None:
    more = {"type": "section", "text": plain("More")}
    view = await slack.open_modal(modal(text_input(), actions(button())))
    await slack.act(
        "click", user="ada", view=view["id"], action_id="go", values={"name": {"typed": "kept"}}
    )
    await slack.api("views.update", view_id=view["id"], view=modal(text_input(), more))
    shown = (await slack.read("views", user="ada"))["modals"][0]
    assert shown["state"]["values"]["name"]["typed"]["value"] == "kept"


async def test_other_hosts_are_refused(slack: Slack) -> None:
    answer = await slack.http.get("/control/clock", headers={"host": "evil.example"})
    assert answer.status_code == httpx.codes.BAD_REQUEST


async def test_the_json_of_an_ack_is_handed_to_whoever_typed(slack: Slack) -> None:
    async def reply(_payload: dict[str, Any]) -> Response:
        return JSONResponse({"text": "hello"})

    slack.bot.reply = reply
    assert (await slack.command("/integral help"))["body"] == {"text": "hello"}
