"""Socket Mode: what Slack sends down the link is answered, once, and the link is renewed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.handlers.authorize import FixedToken
from bot.handlers.bolt import SlackDoor
from bot.handlers.slack_api import SlackApi
from sandbox.slack.seed import SlackSettings
from tests.integration.slack.conftest import IMPATIENT_S, World
from tests.support.slack import ADA, BEN, BOT_TOKEN, FINANCE

APP_TOKEN = SlackSettings(bot_url="", signing_secret="", bot_token="").app_token
PATIENCE_S = 10


def door_of(world: World, app_token: str) -> SlackDoor:
    tokens = FixedToken(BOT_TOKEN)
    slack = SlackApi(base_url=world.slack.api_url, tokens=tokens, is_loopback=True)
    return SlackDoor(world.dispatcher, slack=slack, tokens=tokens, app_token=app_token)


@pytest.fixture
async def linked(world: World) -> AsyncIterator[World]:
    """A bot that nobody can reach over HTTP and that has opened a link."""
    world.slack.bot.app = None
    async with door_of(world, APP_TOKEN).opened():
        await until(lambda: links(world, 1))
        yield world
        world.deeds.door.set()


async def links(world: World, opened: int) -> bool:
    """Say whether so many links were opened, and one is there."""
    state = await world.slack.see("socket")
    return bool(state["opened"] == opened and state["links"] == 1)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110 - another program's state has no event here
            await asyncio.sleep(0.01)


async def test_a_slash_command_is_answered_down_the_link(linked: World) -> None:
    ack = await linked.slack.command(BEN, "sync 2026-10")
    assert (ack["error"], ack["body"]["text"]) == ("", "noted for Client 1")
    assert (await linked.last(BEN))["text"] == "noted for Client 1"
    assert linked.deeds.done == ["Client 1: 2026-10"]


@pytest.mark.parametrize("patience_s", [IMPATIENT_S])
async def test_a_slow_command_is_acknowledged_and_answered_afterwards(linked: World) -> None:
    ack = await linked.slack.command(BEN, "dawdle")
    assert ack["body"]["text"] == "Working on it…"
    linked.deeds.door.set()
    await linked.settle()
    assert "done at last" in await linked.slack.texts(BEN)


async def test_buttons_and_forms_work_down_the_link(linked: World) -> None:
    await linked.slack.command(BEN, "status")
    shown = await linked.last(BEN)
    await linked.slack.act(
        "click", user=BEN, channel=FINANCE, message_ts=shown["ts"], action_id="press"
    )
    await linked.settle()
    assert linked.deeds.done[-1] == "pressed 7"
    await linked.slack.command(BEN, "form")
    await linked.settle()
    (form,) = (await linked.slack.see("views", user=BEN))["modals"]
    sent = {"user": BEN, "view_id": form["id"], "values": {"name": "bad"}}
    assert (await linked.slack.act("submit", **sent))["errors"] == {
        "name": "Choose a better name. And that."
    }


async def test_an_event_reaches_the_bot_down_the_link(linked: World) -> None:
    await linked.slack.act("home", user=ADA)

    async def is_drawn() -> bool:
        await linked.settle()
        home = (await linked.slack.see("views", user=ADA))["home"]
        return home is not None and "Home of Client 1" in str(home)

    await until(is_drawn)


async def test_the_same_request_a_second_time_is_done_once(linked: World) -> None:
    first = await linked.slack.command(BEN, "sync 2026-10")
    again = await linked.slack.act("replay", request_no=first["request_no"])
    assert again["error"] == ""
    assert linked.deeds.done == ["Client 1: 2026-10"]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_the_link_is_renewed_when_slack_asks_for_it(linked: World, reason: str) -> None:
    await linked.slack.act("socket", reason=reason)
    await until(lambda: links(linked, 2))
    ack = await linked.slack.command(BEN, "sync 2026-11")
    assert ack["body"]["text"] == "noted for Client 1"


@pytest.mark.parametrize(
    ("token", "error"), [(BOT_TOKEN, "not_allowed_token_type"), ("xapp-other", "invalid_auth")]
)
async def test_a_token_that_opens_no_link_keeps_nobody_from_starting_and_stopping(
    world: World, token: str, error: str
) -> None:
    async def is_refused() -> bool:
        calls = await world.slack.calls("apps.connections.open")
        return any(call["error"] == error for call in calls)

    async with door_of(world, token).opened():
        await until(is_refused)
        assert (await world.slack.see("socket"))["opened"] == 0
