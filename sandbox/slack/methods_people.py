"""`conversations.*`, `users.*` and `auth.test`: who and where, as the bot sees it.

https://docs.slack.dev/reference/methods/conversations.info and its neighbours.
"""

from __future__ import annotations

from sandbox.slack import seed
from sandbox.slack.arguments import Arguments
from sandbox.slack.entities import Channel
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject
from sandbox.slack.workspace import Workspace


class PeopleMethods:
    """The bot's view of people and channels."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def auth_test(self, call: Arguments) -> JsonObject:  # noqa: ARG002 - a method's shape
        """`auth.test`."""
        return {
            "ok": True,
            "url": f"https://{seed.TEAM_DOMAIN}.slack.com/",
            "team": seed.TEAM_NAME,
            "user": seed.BOT_NAME,
            "team_id": seed.TEAM_ID,
            "user_id": seed.BOT_USER_ID,
            "bot_id": seed.BOT_ID,
            "is_enterprise_install": False,
        }

    def open(self, call: Arguments) -> JsonObject:
        """`conversations.open` with one person, or by channel id."""
        if "channel" in call:
            channel = self._channel(call)
        else:
            users = [name for name in call.needed("users").split(",") if name]
            person = self._workspace.people.get(users[0])
            if len(users) != 1 or person is None:
                raise SlackRefusal("user_not_found")
            if person.team_id != seed.TEAM_ID:
                raise SlackRefusal("user_not_visible")
            channel = self._workspace.direct_channel(person.id)
        shown = (
            channel.to_json(bot=seed.BOT_USER_ID) if call.flag("return_im") else {"id": channel.id}
        )
        return {"ok": True, "channel": shown}

    def info(self, call: Arguments) -> JsonObject:
        """`conversations.info`."""
        return {"ok": True, "channel": self._channel(call).to_json(bot=seed.BOT_USER_ID)}

    def listed(self, call: Arguments) -> JsonObject:
        """`conversations.list`, of the wanted types."""
        types = call.text("types", "public_channel").split(",")
        found = [
            channel.to_json(bot=seed.BOT_USER_ID)
            for channel in self._workspace.channels.values()
            if ("im" if channel.is_im else "public_channel") in types
        ]
        channels, metadata = call.page(found)
        return {"ok": True, "channels": channels, "response_metadata": metadata}

    def members(self, call: Arguments) -> JsonObject:
        """`conversations.members`."""
        found = [{"id": member} for member in self._channel(call).members]
        page, metadata = call.page(found)
        members = [item["id"] for item in page]
        return {"ok": True, "members": members, "response_metadata": metadata}

    def user_info(self, call: Arguments) -> JsonObject:
        """`users.info`."""
        user = call.needed("user")
        person = seed.BOT if user == seed.BOT_USER_ID else self._workspace.people.get(user)
        if person is None:
            raise SlackRefusal("user_not_found")
        return {"ok": True, "user": person.to_json()}

    def user_list(self, call: Arguments) -> JsonObject:
        """`users.list`."""
        everybody = [*self._workspace.people.values(), seed.BOT]
        members, metadata = call.page([person.to_json() for person in everybody])
        return {"ok": True, "members": members, "response_metadata": metadata}

    def _channel(self, call: Arguments) -> Channel:
        channel = self._workspace.channels.get(call.needed("channel"))
        if channel is None:
            raise SlackRefusal("channel_not_found")
        return channel
