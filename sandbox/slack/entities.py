"""What a workspace holds: people, channels, messages, views and files.

Values with their JSON forms; no rule of Slack lives here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.slack.jsontypes import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Slack account. `team_id` is another workspace's for a Slack Connect guest."""

    id: str
    name: str
    real_name: str
    title: str
    email: str
    team_id: str
    tz: str = "Europe/London"
    is_bot: bool = False

    def to_json(self) -> JsonObject:
        """The user object of `users.info` (docs.slack.dev/reference/objects/user-object)."""
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "tz": self.tz,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_restricted": False,
            "profile": {
                "real_name": self.real_name,
                "display_name": self.real_name.split()[0],
                "title": self.title,
                "email": self.email,
            },
        }


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation: public channel (`C…`) or direct message with the bot (`D…`)."""

    id: str
    name: str
    members: list[str]
    is_im: bool = False
    is_ext_shared: bool = False
    topic: str = ""

    def to_json(self, *, bot: str) -> JsonObject:
        """The conversation object of `conversations.info`, as the bot sees it."""
        common: JsonObject = {
            "id": self.id,
            "is_im": self.is_im,
            "is_channel": not self.is_im,
            "is_group": False,
            "is_mpim": False,
            "is_private": self.is_im,
            "is_archived": False,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
        }
        if self.is_im:
            partner = next((member for member in self.members if member != bot), bot)
            return {**common, "user": partner, "is_open": True}
        return {
            **common,
            "name": self.name,
            "name_normalized": self.name,
            "is_general": self.name == "general",
            "is_member": bot in self.members,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


@dataclass(slots=True, kw_only=True)
class Message:
    """One message; `ephemeral_to` names the only person who sees it."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[JsonObject] = field(default_factory=list)
    attachments: list[JsonValue] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edited_ts: str | None = None
    metadata: JsonObject | None = None
    values: JsonObject = field(default_factory=dict)

    def to_json(self, *, identity: Mapping[str, str]) -> JsonObject:
        """The message object that Web API answers and payloads carry."""
        body: JsonObject = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.user == identity["user_id"]:
            body |= {"bot_id": identity["bot_id"], "app_id": identity["app_id"]}
        body["team"] = identity["team_id"]
        if self.blocks:
            body["blocks"] = self.blocks
        if self.attachments:
            body["attachments"] = self.attachments
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a Home tab. `definition` is what the app sent, with ids filled in."""

    id: str
    user: str
    type: str
    definition: JsonObject
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    channel: str | None = None
    values: JsonObject = field(default_factory=dict)

    @property
    def blocks(self) -> list[JsonObject]:
        """The blocks shown."""
        blocks: list[JsonObject] = self.definition.get("blocks", [])
        return blocks

    @property
    def external_id(self) -> str:
        """The app's own name for the view, or an empty text."""
        return str(self.definition.get("external_id") or "")

    def to_json(self, *, identity: Mapping[str, str], state: JsonObject) -> JsonObject:
        """The view object of answers and payloads (docs.slack.dev/reference/views)."""
        given = self.definition
        return {
            "id": self.id,
            "team_id": identity["team_id"],
            "type": self.type,
            "blocks": self.blocks,
            "private_metadata": given.get("private_metadata", ""),
            "callback_id": given.get("callback_id", ""),
            "state": {"values": state},
            "hash": self.hash,
            "title": given.get("title"),
            "clear_on_close": bool(given.get("clear_on_close")),
            "notify_on_close": bool(given.get("notify_on_close")),
            "close": given.get("close"),
            "submit": given.get("submit"),
            "previous_view_id": self.previous_view_id,
            "root_view_id": self.root_view_id,
            "app_id": identity["app_id"],
            "external_id": self.external_id,
            "app_installed_team_id": identity["team_id"],
            "bot_id": identity["bot_id"],
        }


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file: its bytes lie in the store under the same id."""

    id: str
    name: str
    title: str
    size: int
    user: str
    created: int
    mimetype: str = "application/octet-stream"
    complete: bool = True
    channels: list[str] = field(default_factory=list)

    def to_json(self, *, base_url: str) -> JsonObject:
        """The file object of `files.info` (docs.slack.dev/reference/objects/file-object)."""
        address = f"{base_url}/files/download/{self.id}"
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2].lower() if "." in self.name else "binary",
            "user": self.user,
            "size": self.size,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": address,
            "url_private_download": address,
            "channels": self.channels,
        }
