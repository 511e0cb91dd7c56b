"""Gives files to people: uploaded to Slack and shared in their direct messages with the bot.

The bytes go to the address that Slack names, on its file host only, and without our token:
https://docs.slack.dev/reference/methods/files.getUploadURLExternal . Satisfies the port
``Attachments``.
"""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from bot.handlers.files import origin_of
from bot.handlers.slack_api import SlackApi, SlackAwayError, SlackRefusedError
from bot.services.ports.filing import Attachment, AttachmentRefusedError
from bot.views import kit


class SlackAttachments:
    """Files from the bot, in Slack."""

    def __init__(self, slack: SlackApi, *, files_url: str) -> None:
        """Take the API and the one host that files are uploaded to."""
        self._slack = slack
        self._origin = origin_of(files_url)

    async def send(
        self, team_id: str, user_id: str, files: Sequence[Attachment], *, comment: str
    ) -> None:
        """Put files into a direct message; a second time they are there twice.

        Raises:
            AttachmentRefusedError: when Slack does not take them.
            SlackAwayError: when Slack is busy, broken or out of reach: try again later.
        """
        try:
            opened = await self._slack.call(team_id, "conversations.open", users=user_id)
            uploaded = [
                {"id": await self._upload(team_id, file), "title": file.name} for file in files
            ]
            await self._slack.call(
                team_id,
                "files.completeUploadExternal",
                files=uploaded,
                channel_id=opened["channel"]["id"],
                initial_comment=kit.escape(comment),
            )
        except SlackRefusedError as error:
            raise AttachmentRefusedError(_why(error)) from None

    async def _upload(self, team_id: str, file: Attachment) -> str:
        """Upload one file, not shared yet, and return its id."""
        answer = await self._slack.call(
            team_id, "files.getUploadURLExternal", filename=file.name, length=len(file.data)
        )
        address = str(answer["upload_url"])
        if origin_of(address) != self._origin:
            raise AttachmentRefusedError(
                "Slack named an address outside its file host, so nothing was uploaded."
            )
        try:
            async with self._slack.session.post(
                address, data=file.data, allow_redirects=False
            ) as reply:
                status = reply.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAwayError(type(error).__name__) from None
        if status == 429 or status >= 500:
            raise SlackAwayError(f"file host {status}")
        if status != 200:
            raise AttachmentRefusedError(f"Slack's file host refused the file (status {status}).")
        return str(answer["file_id"])


def _why(error: SlackRefusedError) -> str:
    if error.error in {"missing_scope", "not_authed", "invalid_auth", "token_revoked"}:
        return "The app may not send files here. Install it anew, with the scope files:write."
    return f"Slack did not take the files ({error.error})."
