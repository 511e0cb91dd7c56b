"""The Web API's answers: names of refusals, shapes, paces, files and installation."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.unit.sandbox_slack.conftest import Start
from tests.unit.sandbox_slack.world import (
    BOT_TOKEN,
    HOST,
    Slack,
    actions,
    button,
    modal,
    text_input,
)

BEARER = {"authorization": f"Bearer {BOT_TOKEN}"}


def home_view(text: str = "Hello") -> dict[str, Any]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return {"type": "home", "blocks": [section]}


@pytest.mark.parametrize(
    ("headers", "error"), [({}, "not_authed"), ({"authorization": "Bearer no"}, "invalid_auth")]
)
async def test_a_missing_or_wrong_token_is_refused(
    slack: Slack, headers: dict[str, str], error: str
) -> None:
    answer = await slack.http.get("/api/auth.test", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": error})


async def test_arguments_come_by_query_form_and_json(slack: Slack) -> None:
    user = {"user": "U0BEN00002"}
    answers = [
        await slack.http.get("/api/users.info", params=user, headers=BEARER),
        await slack.http.post("/api/users.info", data=user, headers=BEARER),
        await slack.http.post("/api/users.info", json=user, headers=BEARER),
        await slack.http.post("/api/users.info", data={**user, "token": BOT_TOKEN}),
    ]
    assert [answer.json()["user"]["name"] for answer in answers] == ["ben"] * 4


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE1", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0RANDOM01", "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "C0FINANCE1"}, "no_text"),
        ("chat.postMessage", {"channel": "C0FINANCE1", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C0FINANCE1", "blocks": "{"}, "invalid_blocks_format"),
        ("chat.update", {"channel": "U0ADA00001", "ts": "1.0", "text": "x"}, "channel_not_found"),
        ("chat.update", {"channel": "C0FINANCE1", "ts": "1.0", "text": "x"}, "message_not_found"),
        (
            "chat.postEphemeral",
            {"channel": "C0FINANCE1", "user": "U0DANA0004", "text": "x"},
            "user_not_in_channel",
        ),
        ("views.update", {"view_id": "V0NONE", "view": modal(text_input())}, "not_found"),
        ("views.open", {"trigger_id": "1.2.3", "view": modal(text_input())}, "invalid_trigger_id"),
        ("users.info", {"user": "U0NOBODY01"}, "user_not_found"),
        ("files.info", {"file": "F0NONE"}, "file_not_found"),
        ("no.such", {}, "unknown_method"),
    ],
)
async def test_refusals_have_slacks_names(
    slack: Slack, method: str, arguments: dict[str, Any], error: str
) -> None:
    answer = await slack.api(method, **arguments)
    assert (answer["ok"], answer["error"]) == (False, error)


async def test_a_message_of_a_person_cannot_be_changed(slack: Slack) -> None:
    await slack.command("hello")
    ts = (await slack.messages())[-1]["ts"]
    answer = await slack.api("chat.update", channel="C0FINANCE1", ts=ts, text="x")
    assert answer["error"] == "cant_update_message"


async def test_an_ephemeral_message_cannot_be_changed(slack: Slack) -> None:
    sent = await slack.api("chat.postEphemeral", channel="C0FINANCE1", user="U0ADA00001", text="x")
    answer = await slack.api("chat.update", channel="C0FINANCE1", ts=sent["message_ts"], text="y")
    assert answer["error"] == "message_not_found"


async def test_an_update_without_blocks_keeps_them_and_an_empty_list_removes_them(
    slack: Slack,
) -> None:
    sent = await slack.api(
        "chat.postMessage", channel="finance", text="x", blocks=[actions(button())]
    )
    where = {"channel": "C0FINANCE1", "ts": sent["ts"]}
    kept = await slack.api("chat.update", **where, text="y")
    gone = await slack.api("chat.update", **where, text="z", blocks=[])
    assert kept["message"]["blocks"] == sent["message"]["blocks"]
    assert "blocks" not in gone["message"]


async def test_a_direct_message_reaches_its_person_only(slack: Slack) -> None:
    sent = await slack.api("chat.postMessage", channel="U0BEN00002", text="psst")
    opened = await slack.api("conversations.open", users="U0BEN00002")
    assert sent["channel"] == opened["channel"]["id"]
    assert [item["text"] for item in await slack.messages("ben", sent["channel"])] == ["psst"]
    assert await slack.messages("ada", sent["channel"]) == []


async def test_messages_are_refused_while_the_messages_tab_is_off(slack: Slack) -> None:
    await slack.act("switches", messages_tab=False, home_tab=False)
    sent = await slack.api("chat.postMessage", channel="U0BEN00002", text="x")
    published = await slack.api("views.publish", user_id="U0BEN00002", view=home_view())
    assert (sent["error"], published["error"]) == ("messages_tab_disabled", "not_enabled")


async def test_a_trigger_works_once(slack: Slack) -> None:
    trigger = await slack.trigger()
    first = await slack.api("views.open", trigger_id=trigger, view=modal(text_input()))
    second = await slack.api("views.open", trigger_id=trigger, view=modal(text_input()))
    assert first["ok"]
    assert second["error"] == "exchanged_trigger_id"


async def test_a_trigger_dies_after_three_seconds(slack: Slack) -> None:
    trigger = await slack.trigger()
    slack.clock.advance(3.1)
    answer = await slack.api("views.open", trigger_id=trigger, view=modal(text_input()))
    assert answer["error"] == "expired_trigger_id"


async def test_three_modals_stack_and_a_fourth_is_refused(slack: Slack) -> None:
    view = await slack.open_modal(modal(text_input(), actions(button())))
    pushed: dict[str, Any] = {}
    for _time in range(3):
        front = (await slack.read("views", user="ada"))["modals"][-1]["id"]
        await slack.act("click", user="ada", view=front, action_id="go")
        pushed = await slack.api(
            "views.push",
            trigger_id=slack.bot.last["trigger_id"],
            view=modal(text_input(), actions(button())),
        )
    assert pushed["error"] == "push_limit_reached"
    stack = (await slack.read("views", user="ada"))["modals"]
    assert [item["root_view_id"] for item in stack] == [view["id"]] * 3
    assert stack[2]["previous_view_id"] == stack[1]["id"]


async def test_a_stale_hash_is_a_conflict(slack: Slack) -> None:
    view = await slack.open_modal(modal(text_input()))
    first = await slack.api(
        "views.update", view_id=view["id"], hash=view["hash"], view=modal(text_input("b"))
    )
    second = await slack.api(
        "views.update", view_id=view["id"], hash=view["hash"], view=modal(text_input("c"))
    )
    assert first["view"]["hash"] != view["hash"]
    assert second["error"] == "hash_conflict"


async def test_a_home_tab_is_published_to_one_person_and_guarded_by_its_hash(slack: Slack) -> None:
    first = await slack.api("views.publish", user_id="U0ADA00001", view=home_view("one"))
    again = {"user_id": "U0ADA00001", "view": home_view("two"), "hash": first["view"]["hash"]}
    second = await slack.api("views.publish", **again)
    assert second["ok"]
    assert second["view"]["id"] == first["view"]["id"]
    assert (await slack.api("views.publish", **again))["error"] == "hash_conflict"
    assert (await slack.read("views", user="ben"))["home"] is None


async def test_an_external_id_names_one_view(slack: Slack) -> None:
    await slack.open_modal(modal(text_input(), external_id="run-1"))
    updated = await slack.api(
        "views.update", external_id="run-1", view=modal(text_input("b"), external_id="run-1")
    )
    assert updated["ok"]
    trigger = await slack.trigger("ben")
    other = await slack.api(
        "views.open", trigger_id=trigger, view=modal(text_input(), external_id="run-1")
    )
    assert other["error"] == "duplicate_external_id"


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(slack: Slack) -> None:
    statuses = [
        (await slack.call("chat.postMessage", channel="C0FINANCE1", text="x")).status_code
        for _time in range(7)
    ]
    limited = await slack.call("chat.postMessage", channel="C0FINANCE1", text="x")
    assert statuses.count(200) == 5
    assert (limited.status_code, limited.json()["error"]) == (429, "ratelimited")
    assert limited.headers["retry-after"] == "1"
    elsewhere = await slack.call("chat.postMessage", channel="C0GENERAL1", text="x")
    assert elsewhere.status_code == 200
    slack.clock.advance(1.1)
    later = await slack.call("chat.postMessage", channel="C0FINANCE1", text="x")
    assert later.status_code == 200


async def test_paces_can_be_switched_off(slack: Slack) -> None:
    await slack.act("switches", rate_limits=False)
    for _time in range(60):
        assert (await slack.api("conversations.list"))["ok"]


async def response_path(slack: Slack) -> str:
    await slack.command("/integral x")
    return str(urlsplit(slack.bot.last["response_url"]).path)


async def test_a_response_url_takes_five_answers(slack: Slack) -> None:
    path = await response_path(slack)
    answers = [await slack.http.post(path, json={"text": str(count)}) for count in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].json()["error"] == "used_url"


async def test_a_response_url_lives_half_an_hour(slack: Slack) -> None:
    path = await response_path(slack)
    slack.clock.advance(30 * 60 + 1)
    answer = await slack.http.post(path, json={"text": "x"})
    assert answer.json()["error"] == "expired_url"


async def test_a_response_url_works_where_the_bot_is_not(slack: Slack) -> None:
    await slack.command("/integral x", channel="random")
    await slack.http.post(
        urlsplit(slack.bot.last["response_url"]).path,
        json={"text": "here", "response_type": "in_channel"},
    )
    assert [item["text"] for item in await slack.messages("ben", "random")] == ["here"]


async def test_an_answer_replaces_what_the_command_was_first_answered_with(slack: Slack) -> None:
    slack.bot.answers({"text": "Working"})
    path = await response_path(slack)
    await slack.http.post(path, json={"text": "Done", "replace_original": True})
    assert [item["text"] for item in await slack.messages()] == ["Done"]
    await slack.http.post(path, json={"delete_original": True})
    assert await slack.messages() == []


async def test_blocks_of_an_answer_are_held_to_slacks_limits(slack: Slack) -> None:
    path = await response_path(slack)
    answer = await slack.http.post(path, json={"blocks": [{"type": "section"}]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_blocks")


async def uploaded(slack: Slack, content: bytes, **share: str) -> dict[str, Any]:
    asked = await slack.api("files.getUploadURLExternal", filename="e.csv", length=len(content))
    await slack.http.post(urlsplit(asked["upload_url"]).path, content=content)
    files = [{"id": asked["file_id"], "title": "Entries"}]
    return await slack.api("files.completeUploadExternal", files=files, **share)


async def test_a_file_goes_up_in_three_steps_and_is_shared(slack: Slack) -> None:
    done = await uploaded(slack, b"a,b\n", channel_id="C0FINANCE1", initial_comment="Here")
    message = (await slack.messages("ben"))[-1]
    assert done["files"][0]["title"] == "Entries"
    assert message["text"] == "Here"
    assert message["files"][0]["size"] == 4
    page = await slack.http.get(message["files"][0]["download"])
    assert page.content == b"a,b\n"


async def test_a_file_is_not_complete_before_its_bytes_are_there(slack: Slack) -> None:
    asked = await slack.api("files.getUploadURLExternal", filename="e.csv", length=4)
    done = await slack.api("files.completeUploadExternal", files=[{"id": asked["file_id"]}])
    assert done["error"] == "file_not_found"


async def test_without_the_token_a_download_is_a_login_page_with_status_200(slack: Slack) -> None:
    done = await uploaded(slack, b"a,b\n")
    address = urlsplit(done["files"][0]["url_private_download"]).path
    stranger = await slack.http.get(address)
    owner = await slack.http.get(address, headers=BEARER)
    assert (stranger.status_code, stranger.headers["content-type"]) == (
        200,
        "text/html; charset=utf-8",
    )
    assert owner.content == b"a,b\n"


async def test_a_persons_file_is_submitted_with_its_address(slack: Slack) -> None:
    element = {"type": "file_input", "action_id": "file", "filetypes": ["csv"]}
    label = {"type": "plain_text", "text": "File"}
    view = await slack.open_modal(
        modal({"type": "input", "block_id": "f", "label": label, "element": element})
    )
    sent = await slack.act("upload", user="ada", filename="t.csv", content="YSxiCg==")
    await slack.act("submit", user="ada", view_id=view["id"], values={"file": [sent["file_id"]]})
    files = slack.bot.last["view"]["state"]["values"]["f"]["file"]["files"]
    assert files[0]["name"] == "t.csv"
    assert files[0]["url_private_download"].startswith(f"{HOST}/files/download/")


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ({"kind": "http_500"}, 500, "internal_error"),
        ({"kind": "ratelimited", "retry_after_s": 7}, 429, "ratelimited"),
        ({"kind": "timeout", "delay_s": 0}, 504, "gateway_timeout"),
        ({"kind": "error", "error": "fatal_error"}, 200, "fatal_error"),
    ],
)
async def test_while_slack_is_away_nothing_is_done(
    slack: Slack, fault: dict[str, Any], status: int, error: str
) -> None:
    await slack.act("faults", **fault, methods=["chat.postMessage"], times=1)
    spoiled = await slack.call("chat.postMessage", channel="C0FINANCE1", text="x")
    assert (spoiled.status_code, spoiled.json()["error"]) == (status, error)
    assert await slack.messages() == []
    assert (await slack.api("chat.postMessage", channel="C0FINANCE1", text="x"))["ok"]


async def test_a_lost_reply_hides_a_message_that_was_posted(slack: Slack) -> None:
    await slack.act("faults", kind="lost_reply")
    spoiled = await slack.call("chat.postMessage", channel="C0FINANCE1", text="x")
    assert spoiled.status_code == 502
    assert len(await slack.messages()) == 1
    await slack.http.delete("/control/slack/faults")
    assert (await slack.api("auth.test"))["ok"]


async def test_everything_survives_a_restart(start: Start, tmp_path: Path) -> None:
    before = await start(tmp_path)
    sent = await before.api(
        "chat.postMessage", channel="finance", text="kept", blocks=[actions(button())]
    )
    await before.api("views.publish", user_id="U0ADA00001", view=home_view("kept too"))
    await uploaded(before, b"bytes", channel_id="C0FINANCE1")
    after = await start(tmp_path)
    messages = await after.messages()
    assert messages[0]["blocks"] == sent["message"]["blocks"]
    assert (await after.http.get(messages[1]["files"][0]["download"])).content == b"bytes"
    assert (await after.read("views", user="ada"))["home"]["blocks"][0]["text"][
        "text"
    ] == "kept too"
    click = {"user": "ada", "channel": "finance", "message_ts": sent["ts"], "action_id": "go"}
    assert (await after.act("click", **click))["status"] == 200


CLIENT = {"client_id": "1000000000001.2000000000002", "client_secret": "sandbox-client-secret"}
REDIRECT = "http://127.0.0.1:3000/slack/oauth_redirect"


async def allow(slack: Slack, **query: str) -> dict[str, str]:
    asked = {"client_id": CLIENT["client_id"], "redirect_uri": REDIRECT, "state": "s-1", **query}
    page = await slack.http.get("/slack/authorize", params=asked)
    assert "commands" in page.text
    answer = await slack.http.post(
        "/slack/authorize", params=asked, data={"decision": "allow", "user": "U0ADA00001"}
    )
    assert answer.status_code == httpx.codes.FOUND
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
    }


async def test_an_installation_gives_a_token_once(slack: Slack) -> None:
    given = await allow(slack, scope="commands,chat:write")
    assert given["state"] == "s-1"
    exchange = {**CLIENT, "code": given["code"], "redirect_uri": REDIRECT}
    installed = (await slack.http.post("/api/oauth.v2.access", data=exchange)).json()
    again = (await slack.http.post("/api/oauth.v2.access", data=exchange)).json()
    assert installed["team"]["id"] == "T0NORTHWND"
    assert again["error"] == "code_already_used"
    headers = {"authorization": f"Bearer {installed['access_token']}"}
    assert (await slack.http.post("/api/auth.test", headers=headers)).json()["ok"]


async def test_signing_in_says_who_it_was(slack: Slack) -> None:
    given = await allow(slack, scope="openid commands")
    exchange = {**CLIENT, "code": given["code"], "redirect_uri": REDIRECT}
    token = (await slack.http.post("/api/openid.connect.token", data=exchange)).json()
    headers = {"authorization": f"Bearer {token['access_token']}"}
    who = (await slack.http.post("/api/openid.connect.userInfo", headers=headers)).json()
    assert who["https://slack.com/user_id"] == "U0ADA00001"


async def test_removing_the_app_ends_its_token_and_tells_it(slack: Slack) -> None:
    await slack.act("uninstall")
    await slack.sandbox.events.drain()
    assert (await slack.api("auth.test"))["error"] == "account_inactive"
    told = {item.payload["event"]["type"] for item in slack.bot.received}
    assert told == {"app_uninstalled", "tokens_revoked"}


async def test_no_secret_is_listed(slack: Slack) -> None:
    given = await allow(slack, scope="commands")
    exchange = {**CLIENT, "code": given["code"], "redirect_uri": REDIRECT}
    installed = (await slack.http.post("/api/oauth.v2.access", data=exchange)).json()
    listed = str(await slack.read("requests"))
    for secret in (installed["access_token"], given["code"], CLIENT["client_secret"], BOT_TOKEN):
        assert secret not in listed


async def test_a_shared_channel_says_so(slack: Slack) -> None:
    shared = await slack.api("conversations.info", channel="C0EXTSHARE")
    own = await slack.api("conversations.info", channel="C0FINANCE1")
    assert (shared["channel"]["is_ext_shared"], own["channel"]["is_ext_shared"]) == (True, False)


async def test_members_come_in_pages(slack: Slack) -> None:
    first = await slack.api("conversations.members", channel="C0FINANCE1", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await slack.api("conversations.members", channel="C0FINANCE1", limit=3, cursor=cursor)
    assert len(first["members"]) == 3
    assert len(rest["members"]) == 1
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_the_bot_can_be_invited(slack: Slack) -> None:
    await slack.command("/invite @integral", channel="random")
    assert (await slack.api("chat.postMessage", channel="C0RANDOM01", text="x"))["ok"]
