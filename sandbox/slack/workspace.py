"""The state of one workspace, kept in the store and announced to the page on every change.

It holds and finds; who may do what is decided by the Web API and by the interactions.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime

from sandbox.clock import SandboxClock
from sandbox.slack import seed
from sandbox.slack.changes import Changes
from sandbox.slack.entities import Channel, Message, Person, StoredFile, View
from sandbox.slack.input_values import state_values
from sandbox.slack.jsontypes import JsonObject
from sandbox.slack.store import Store

IDENTITY = {
    "team_id": seed.TEAM_ID,
    "app_id": seed.APP_ID,
    "bot_id": seed.BOT_ID,
    "user_id": seed.BOT_USER_ID,
}
# Slackbot: how the client speaks to one person about a command that failed.
SLACKBOT = "USLACKBOT"


class Workspace:
    """People, channels, messages, views and files of one workspace."""

    def __init__(
        self, *, store: Store, clock: SandboxClock, changes: Changes, public_url: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._public_url = public_url
        self._last_ts = 0.0
        self.changes = changes
        self.people: dict[str, Person] = {person.id: person for person in seed.PEOPLE}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, list[Message]] = {}
        self.homes: dict[str, View] = {}
        self.modals: dict[str, list[View]] = {}
        self.files: dict[str, StoredFile] = {}
        self._load()

    # --- time and ids

    def now(self) -> datetime:
        """The sandbox's present moment."""
        return self._clock.now()

    def next_ts(self) -> str:
        """A message timestamp, later than every one before even when the clock was put back."""
        self._last_ts = max(self._last_ts + 0.000001, self.now().timestamp())
        return f"{self._last_ts:.6f}"

    def next_hash(self) -> str:
        """A new hash for a view."""
        return f"{int(self.now().timestamp())}.{secrets.token_urlsafe(6)}"

    @staticmethod
    def next_id(letter: str) -> str:
        """A new id such as `V0A1B2C3D4E`."""
        return f"{letter}0{secrets.token_hex(5).upper()}"

    # --- channels

    def direct_channel(self, user: str) -> Channel:
        """The direct message between the bot and a person, made at first need."""
        channel_id = f"D{user[1:]}"
        if channel_id not in self.channels:
            members = [user, seed.BOT_USER_ID]
            self.keep_channel(
                Channel(id=channel_id, name=self.people[user].name, members=members, is_im=True)
            )
        return self.channels[channel_id]

    def keep_channel(self, channel: Channel) -> None:
        """Keep a new or changed channel."""
        self.channels[channel.id] = channel
        self.messages.setdefault(channel.id, [])
        self._store.put("channel", channel.id, asdict(channel))
        self.changes.note()

    # --- messages

    def keep_message(self, message: Message) -> None:
        """Keep a new or changed message."""
        known = self.messages.setdefault(message.channel, [])
        if message not in known:
            known.append(message)
        self._store.put("message", f"{message.channel} {message.ts}", asdict(message))
        self.changes.note()

    def remove_message(self, message: Message) -> None:
        """Forget a message."""
        self.messages[message.channel].remove(message)
        self._store.remove("message", f"{message.channel} {message.ts}")
        self.changes.note()

    def message(self, channel: str, ts: str) -> Message | None:
        """The message with this timestamp, ephemeral ones included."""
        return next((item for item in self.messages.get(channel, []) if item.ts == ts), None)

    def visible(self, channel: str, user: str) -> list[Message]:
        """What a person sees in a channel, oldest first."""
        found = self.channels.get(channel)
        if found is None or user not in found.members:
            return []
        return [item for item in self.messages[channel] if item.ephemeral_to in (None, user)]

    # --- views

    def keep_home(self, view: View) -> None:
        """Publish a person's Home tab."""
        self.homes[view.user] = view
        self._store.put("home", view.user, asdict(view))
        self.changes.note()

    def stack(self, user: str) -> list[View]:
        """The person's open modals, the one in front last."""
        return self.modals.setdefault(user, [])

    def find_view(self, view_id: str = "", *, external_id: str = "") -> View | None:
        """An open modal or a published Home tab."""
        shown = [view for stack in self.modals.values() for view in stack]
        for view in [*shown, *self.homes.values()]:
            if (view_id and view.id == view_id) or (
                external_id and view.external_id == external_id
            ):
                return view
        return None

    def view_json(self, view: View) -> JsonObject:
        """The view object, with the values that stand in its inputs."""
        state = state_values(view.blocks, view.values, file_json=self.file_json)
        return view.to_json(identity=IDENTITY, state=state)

    # --- files

    def keep_file(self, file: StoredFile, content: bytes | None = None) -> None:
        """Keep a file, and its bytes when they are given."""
        self.files[file.id] = file
        if content is not None:
            self._store.put_blob(file.id, content)
        self._store.put("file", file.id, asdict(file))
        self.changes.note()

    def file_json(self, file_id: str) -> JsonObject:
        """The file object, for a file that is known."""
        return self.files[file_id].to_json(base_url=self._public_url)

    def message_json(self, message: Message) -> JsonObject:
        """The message object of answers and payloads, with its files."""
        body = message.to_json(identity=IDENTITY)
        if message.files:
            body["files"] = [self.file_json(file_id) for file_id in message.files]
        return body

    def file_content(self, file_id: str) -> bytes | None:
        """A file's bytes, or None before they were uploaded."""
        return self._store.blob(file_id)

    # --- installation

    def installed_token(self) -> str | None:
        """The bot token in force, or None when the workspace has a different one or none."""
        kept = self._store.all("installation")
        return str(kept[0]["token"]) if kept and kept[0]["token"] else None

    def keep_installation(self, token: str | None) -> None:
        """Remember the bot token in force; None uninstalls."""
        self._store.put("installation", "bot", {"token": token})
        self.changes.note()

    def was_installed(self) -> bool:
        """Whether an installation or a removal was ever recorded."""
        return bool(self._store.all("installation"))

    def _load(self) -> None:
        for body in self._store.all("channel"):
            channel = Channel(**body)
            self.channels[channel.id] = channel
            self.messages[channel.id] = []
        for body in self._store.all("message"):
            message = Message(**body)
            self.messages[message.channel].append(message)
            self._last_ts = max(self._last_ts, float(message.ts))
        for body in self._store.all("file"):
            self.files[body["id"]] = StoredFile(**body)
        for body in self._store.all("home"):
            self.homes[body["user"]] = View(**body)
        for channel in () if self.channels else seed.first_channels():
            self.keep_channel(channel)
        for person in seed.PEOPLE:
            if person.team_id == seed.TEAM_ID:
                self.direct_channel(person.id)
