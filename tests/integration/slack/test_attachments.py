"""Files from the bot: uploaded to Slack's file host and shared with one person."""

from collections.abc import AsyncIterator

import pytest

from bot.handlers.attachments import SlackAttachments
from bot.handlers.authorize import FixedToken
from bot.handlers.slack_api import SlackApi, SlackAwayError
from bot.services.ports.filing import Attachment, AttachmentRefusedError
from tests.integration.slack.conftest import World
from tests.support.slack import ADA, BOT_TOKEN, TEAM

FILES = [
    Attachment(name="journal.csv", data=b"number\r\nINT-A1B2-00001-103126\r\n"),
    Attachment(name="manifest.csv", data=b"file,sha256\r\n"),
]


@pytest.fixture
async def api(world: World) -> AsyncIterator[SlackApi]:
    api = SlackApi(base_url=world.slack.api_url, tokens=FixedToken(BOT_TOKEN), is_loopback=True)
    yield api
    await api.aclose()


async def test_files_come_as_one_direct_message(world: World, api: SlackApi) -> None:
    attachments = SlackAttachments(api, files_url=world.slack.address)
    await attachments.send(TEAM, ADA, FILES, comment="Acme: Journal file 1")
    (opened,) = await world.slack.calls("conversations.open")
    assert ADA in str(opened)
    (completed,) = await world.slack.calls("files.completeUploadExternal")
    assert "Acme: Journal file 1" in str(completed)
    assert len(await world.slack.calls("files.getUploadURLExternal")) == 2


async def test_bytes_go_to_slacks_file_host_only(world: World, api: SlackApi) -> None:
    attachments = SlackAttachments(api, files_url="https://files.slack.com")
    with pytest.raises(AttachmentRefusedError, match="outside its file host"):
        await attachments.send(TEAM, ADA, FILES, comment="")
    assert await world.slack.calls("files.completeUploadExternal") == []


async def test_somebody_who_cannot_be_written_to_is_a_sentence(world: World, api: SlackApi) -> None:
    attachments = SlackAttachments(api, files_url=world.slack.address)
    with pytest.raises(AttachmentRefusedError, match="did not take the files"):
        await attachments.send(TEAM, "U0NOBODY", FILES, comment="")


async def test_while_slack_is_away_the_files_are_tried_again_later(
    world: World, api: SlackApi
) -> None:
    attachments = SlackAttachments(api, files_url=world.slack.address)
    await world.slack.break_down("http_500", methods=["files.getUploadURLExternal"])
    with pytest.raises(SlackAwayError):
        await attachments.send(TEAM, ADA, FILES, comment="")
