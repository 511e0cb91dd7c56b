"""What one person sees, as the page draws it. Reading only."""

from __future__ import annotations

from sandbox.slack import seed
from sandbox.slack.entities import Channel, Message, Person, View
from sandbox.slack.jsontypes import JsonObject
from sandbox.slack.workspace import SLACKBOT, Workspace

# The page shows the end of a long channel.
SHOWN_MESSAGES = 200


def channel_json(channel: Channel) -> JsonObject:
    """A channel of the side bar."""
    return {
        "id": channel.id,
        "name": channel.name,
        "is_im": channel.is_im,
        "is_ext_shared": channel.is_ext_shared,
        "topic": channel.topic,
        "members": channel.members,
        "bot_is_member": seed.BOT_USER_ID in channel.members,
    }


def message_json(workspace: Workspace, message: Message) -> JsonObject:
    """A message with what a client adds: who sees it, where its files lie, what is chosen in it."""
    shown = workspace.message_json(message)
    for file in shown.get("files", []):
        file["download"] = f"/control/slack/files/{file['id']}"
    return {
        **shown,
        "channel": message.channel,
        "ephemeral": message.ephemeral_to is not None,
        "is_bot": message.user == seed.BOT_USER_ID,
        "values": message.values,
    }


def view_json(workspace: Workspace, view: View) -> JsonObject:
    """A view with the raw values that stand in it."""
    return {**workspace.view_json(view), "values": view.values}


def snapshot(workspace: Workspace, person: Person) -> JsonObject:
    """Everything a person's client draws."""
    mine = [item for item in workspace.channels.values() if person.id in item.members]
    home = workspace.homes.get(person.id)
    names = [_person_json(known) for known in [*workspace.people.values(), seed.BOT]]
    return {
        "seq": workspace.changes.number,
        "now": workspace.now().isoformat(),
        "me": person.id,
        "team": {"id": seed.TEAM_ID, "name": seed.TEAM_NAME},
        "bot": {"id": seed.BOT_USER_ID, "name": seed.BOT.real_name},
        "people": [*names, {"id": SLACKBOT, "name": "slackbot", "real_name": "Slackbot"}],
        "channels": [channel_json(item) for item in mine],
        "messages": {
            item.id: [
                message_json(workspace, message)
                for message in workspace.visible(item.id, person.id)[-SHOWN_MESSAGES:]
            ]
            for item in mine
        },
        "home": view_json(workspace, home) if home else None,
        "modals": [view_json(workspace, view) for view in workspace.stack(person.id)],
        "hints": [
            {"usage": hint.usage, "description": hint.description} for hint in seed.COMMAND_HINTS
        ],
    }


def _person_json(person: Person) -> JsonObject:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "title": person.title,
        "team_id": person.team_id,
        "external": person.team_id != seed.TEAM_ID,
        "is_bot": person.is_bot,
    }
