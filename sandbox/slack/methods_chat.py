"""`chat.*`: posting, changing and removing the bot's messages.

https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours.
"""

from __future__ import annotations

from sandbox.slack import seed
from sandbox.slack.answers import LONGEST_TEXT
from sandbox.slack.arguments import Arguments
from sandbox.slack.block_kit import check_message_blocks
from sandbox.slack.entities import Channel, Message
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, as_list
from sandbox.slack.switches import Switches
from sandbox.slack.workspace import Workspace


class ChatMethods:
    """The bot's voice."""

    def __init__(self, workspace: Workspace, switches: Switches) -> None:
        self._workspace = workspace
        self._switches = switches

    def post_message(self, call: Arguments) -> JsonObject:
        """`chat.postMessage`, to a channel id, a channel name or a person's id."""
        channel = self.postable(call.text("channel"))
        if channel.is_im and not self._switches.messages_tab:
            raise SlackRefusal("messages_tab_disabled")
        text, blocks = self._content(call)
        message = Message(
            channel=channel.id,
            ts=self._workspace.next_ts(),
            user=seed.BOT_USER_ID,
            text=text,
            blocks=blocks,
            attachments=as_list(call.json("attachments")),
            thread_ts=call.text("thread_ts") or None,
            metadata=call.json("metadata"),
        )
        self._workspace.keep_message(message)
        return {
            "ok": True,
            "channel": channel.id,
            "ts": message.ts,
            "message": self._workspace.message_json(message),
        }

    def post_ephemeral(self, call: Arguments) -> JsonObject:
        """`chat.postEphemeral`, seen by one member of the channel."""
        channel = self.postable(call.text("channel"))
        user = call.needed("user")
        if user not in channel.members:
            raise SlackRefusal("user_not_in_channel")
        text, blocks = self._content(call)
        message = Message(
            channel=channel.id,
            ts=self._workspace.next_ts(),
            user=seed.BOT_USER_ID,
            text=text,
            blocks=blocks,
            thread_ts=call.text("thread_ts") or None,
            ephemeral_to=user,
        )
        self._workspace.keep_message(message)
        return {"ok": True, "message_ts": message.ts}

    def update(self, call: Arguments) -> JsonObject:
        """`chat.update`: a part that is left out stays as it is."""
        message = self._own(call, refusal="cant_update_message")
        text, blocks = self._content(call, current=message)
        message.text, message.blocks = text, blocks
        if call.json("metadata") is not None:
            message.metadata = call.json("metadata")
        message.edited_ts = self._workspace.next_ts()
        self._workspace.keep_message(message)
        return {
            "ok": True,
            "channel": message.channel,
            "ts": message.ts,
            "text": message.text,
            "message": self._workspace.message_json(message),
        }

    def delete(self, call: Arguments) -> JsonObject:
        """`chat.delete`, of the bot's own messages."""
        message = self._own(call, refusal="cant_delete_message")
        self._workspace.remove_message(message)
        return {"ok": True, "channel": message.channel, "ts": message.ts}

    def postable(self, name: str) -> Channel:
        """The channel the bot may write to.

        Raises:
            SlackRefusal: `channel_not_found` or `not_in_channel`.
        """
        workspace = self._workspace
        person = workspace.people.get(name)
        if person is not None and person.team_id == seed.TEAM_ID:
            return workspace.direct_channel(name)
        by_name = (item for item in workspace.channels.values() if item.name == name.lstrip("#"))
        channel = workspace.channels.get(name) or next(
            (item for item in by_name if not item.is_im), None
        )
        if channel is None:
            raise SlackRefusal("channel_not_found")
        if seed.BOT_USER_ID not in channel.members:
            raise SlackRefusal("not_in_channel")
        return channel

    def _own(self, call: Arguments, *, refusal: str) -> Message:
        if call.text("channel") not in self._workspace.channels:
            raise SlackRefusal("channel_not_found")
        message = self._workspace.message(call.text("channel"), call.needed("ts"))
        if message is None or message.ephemeral_to is not None:
            raise SlackRefusal("message_not_found")
        if message.user != seed.BOT_USER_ID:
            raise SlackRefusal(refusal)
        return message

    @staticmethod
    def _content(
        call: Arguments, *, current: Message | None = None
    ) -> tuple[str, list[JsonObject]]:
        text = call.text("text", current.text if current else "")
        if len(text) > LONGEST_TEXT:
            raise SlackRefusal("msg_too_long")
        blocks = current.blocks if current else []
        if "blocks" in call:
            blocks = check_message_blocks(call.json("blocks"))
        if not text and not blocks and not call.json("attachments"):
            raise SlackRefusal("no_text")
        return text, blocks
