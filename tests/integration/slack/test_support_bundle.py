"""A support bundle asked for in Slack: one organisation's, as a file for who asked."""

import json
from collections.abc import AsyncIterator
from typing import cast

import pytest

from bot.handlers.attachments import SlackAttachments
from bot.handlers.authorize import FixedToken
from bot.handlers.slack_api import SlackApi
from bot.ids import RandomIds
from bot.services.bundle import Bundles
from bot.services.ports import Connectors
from bot.services.runs import RunPorts
from bot.services.support import SEND_BUNDLE, Support
from bot.views import doctor as view
from tests.integration.slack.conftest import World, organisation
from tests.support.engine import QueueEngine
from tests.support.pushing import Announcements
from tests.support.slack import ADA, BOT_TOKEN, Json


@pytest.fixture
async def api(world: World) -> AsyncIterator[SlackApi]:
    api = SlackApi(base_url=world.slack.api_url, tokens=FixedToken(BOT_TOKEN), is_loopback=True)
    yield api
    await api.aclose()


async def ask(world: World, api: SlackApi, *, person: str, files_url: str) -> None:
    """Have a bundle of the first organisation sent."""
    engine = QueueEngine()
    ports = RunPorts(
        storage=world.database,
        clock=world.clock,
        ids=RandomIds(world.clock),
        engine=engine,
        connectors=cast("Connectors", None),
        announcer=Announcements(),
    )
    support = Support(
        ports,
        bundles=Bundles(storage=world.database, clock=world.clock, version="1.2.3"),
        attachments=SlackAttachments(api, files_url=files_url),
        refused_words=view.bundle_refused,
    )
    await support.request(organisation(1), person=person)
    await engine.drain({SEND_BUNDLE: support.send})


async def test_who_asks_gets_a_file_of_their_own_organisation_alone(
    world: World, api: SlackApi
) -> None:
    await world.add(organisation(2))
    await ask(world, api, person=ADA, files_url=world.slack.address)
    (message,) = await world.slack.messages(ADA, "dm")
    (file,) = message["files"]
    assert file["name"] == "integral-support-C0D1-2026-11-02.json"
    content = (await world.slack.http.get(f"/control/slack/files/{file['id']}")).json()
    assert ids_in(content) == ["org1"]
    assert "no secret" in message["text"]


async def test_what_slack_does_not_take_is_said_with_the_other_way(
    world: World, api: SlackApi
) -> None:
    await ask(world, api, person=ADA, files_url="https://files.slack.com")
    await world.settle()
    (message,) = await world.slack.messages(ADA, "dm")
    assert "could not be handed over" in message["text"]
    assert "integral doctor --bundle FILE" in json.dumps(message["blocks"])


def ids_in(bundle: Json) -> list[str]:
    return [each["id"] for each in bundle["organisations"]]
