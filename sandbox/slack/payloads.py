"""The payloads that Slack sends to an app, as its reference describes them.

https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/apis/events-api.
Pure: everything they need is handed in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from sandbox.slack import seed
from sandbox.slack.entities import Channel, Person
from sandbox.slack.jsontypes import JsonObject, compact

# Deprecated by Slack but still in every payload.
VERIFICATION_TOKEN = "sandbox-verification-token"
TEAM = {"id": seed.TEAM_ID, "domain": seed.TEAM_DOMAIN}

_MENTION = re.compile(r"(?<![\w<&])([@#])([\w.-]+)")
_LINK = re.compile(r"(?<![<|\w])https?://[^\s<>]+")


def escaped_command_text(
    text: str, *, people: Iterable[Person], channels: Iterable[Channel]
) -> str:
    """What `should_escape` makes of a command's text: ids for names, links in angle brackets.

    Unknown names stay as typed
    (https://docs.slack.dev/interactivity/implementing-slash-commands#creating_your_command).
    """
    by_name = {person.name: person for person in people}
    by_channel = {channel.name: channel for channel in channels if not channel.is_im}

    def mention(match: re.Match[str]) -> str:
        sign, name = match.groups()
        if sign == "@" and name.lower() in by_name:
            person = by_name[name.lower()]
            return f"<@{person.id}|{person.name}>"
        if sign == "#" and name in by_channel:
            return f"<#{by_channel[name].id}|{name}>"
        return match.group()

    escaped = html.escape(text, quote=False)
    return _LINK.sub(lambda match: f"<{match.group()}>", _MENTION.sub(mention, escaped))


def command_form(
    *, command: str, text: str, person: Person, channel: Channel, passes: Mapping[str, str]
) -> dict[str, str]:
    """The form fields of a slash command. `passes`: `trigger_id` and `response_url`."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": seed.TEAM_ID,
        "team_domain": seed.TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": seed.APP_ID,
        "is_enterprise_install": "false",
        "response_url": passes["response_url"],
        "trigger_id": passes["trigger_id"],
    }


def form_bytes(fields: Mapping[str, str]) -> bytes:
    """A form body."""
    return urlencode(fields).encode()


def payload_bytes(payload: JsonObject) -> bytes:
    """The form body in which interactivity carries its JSON."""
    return form_bytes({"payload": compact(payload)})


def interaction(kind: str, person: Person, more: JsonObject) -> JsonObject:
    """The part that every interactive payload has, followed by `more`."""
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": seed.APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        **more,
    }


def event_envelope(event: JsonObject, *, event_id: str, event_time: int) -> JsonObject:
    """The Events API's outer object around one event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": seed.TEAM_ID,
        "api_app_id": seed.APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": seed.TEAM_ID,
                "user_id": seed.BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
