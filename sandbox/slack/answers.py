"""What an app says through an ack body or a response URL, put into the channel it belongs to.

Rules: https://docs.slack.dev/interactivity/handling-user-interaction. The documentation names the
limits but not the status of a refused body; like the other refusals here it is not a 2xx.
"""

from __future__ import annotations

from sandbox.slack import seed
from sandbox.slack.block_kit import check_message_blocks
from sandbox.slack.entities import Message
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, JsonValue, as_list
from sandbox.slack.passes import ResponseUrl
from sandbox.slack.workspace import Workspace

LONGEST_TEXT = 40_000


class Answers:
    """Posts, replaces and deletes on behalf of a response URL."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def apply(self, url: ResponseUrl, body: JsonValue) -> Message | None:
        """Carry out one answer; returns the message it left, if any.

        Raises:
            SlackRefusal: `no_text`, `msg_too_long` or `invalid_blocks`.
        """
        wanted: JsonObject = {"text": body} if isinstance(body, str) else body
        if not isinstance(wanted, dict):
            raise SlackRefusal("invalid_payload", status=400)
        original = self._workspace.message(url.channel, url.original) if url.original else None
        if wanted.get("delete_original"):
            if original is not None:
                self._workspace.remove_message(original)
            return None
        text, blocks = self._content(wanted)
        if wanted.get("replace_original") and original is not None:
            return self._replace(original, text, blocks)
        in_channel = wanted.get("response_type") == "in_channel"
        message = Message(
            channel=url.channel,
            ts=self._workspace.next_ts(),
            user=seed.BOT_USER_ID,
            text=text,
            blocks=blocks,
            attachments=as_list(wanted.get("attachments")),
            thread_ts=wanted.get("thread_ts"),
            ephemeral_to=None if in_channel else url.user,
        )
        self._workspace.keep_message(message)
        # A command has no message of its own: what it is first answered with is what it replaces.
        url.original = url.original or message.ts
        return message

    def _content(self, wanted: JsonObject) -> tuple[str, list[JsonObject]]:
        text = str(wanted.get("text") or "")
        try:
            blocks = check_message_blocks(wanted.get("blocks") or [])
        except SlackRefusal as refusal:
            refusal.status = 400
            raise
        if not text and not blocks and not wanted.get("attachments"):
            raise SlackRefusal("no_text", status=400)
        if len(text) > LONGEST_TEXT:
            raise SlackRefusal("msg_too_long", status=400)
        return text, blocks

    def _replace(self, original: Message, text: str, blocks: list[JsonObject]) -> Message:
        original.text, original.blocks = text, blocks
        if original.ephemeral_to is None:
            original.edited_ts = self._workspace.next_ts()
        self._workspace.keep_message(original)
        return original
