"""Slack's payloads, read into values: the only place that knows their shapes.

https://docs.slack.dev/reference/interaction-payloads and
https://docs.slack.dev/interactivity/implementing-slash-commands. Pure; it trusts nothing beyond
the signature: ids found here are checked by ``bot.handlers.gate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bot.handlers.context import Caller

Payload = Mapping[str, Any]
"""What Bolt parsed from the request's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A slash command as it came."""

    caller: Caller
    text: str
    response_url: str | None
    key: str
    """Names this very request: the same one delivered twice has the same key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button, a picker, a menu or a type-ahead as it came."""

    caller: Caller
    home_team: str | None
    """The workspace of the person, where Slack says it: another one in a shared channel."""
    action_id: str
    packed: tuple[str, ...]
    """Where ids may be packed: button value, block id, the view's metadata, in this order."""
    chosen: str | None
    key: str
    is_link: bool = False
    """True for a button that opened an address by itself and asks nothing of us."""
    message_ts: str | None = None
    view_id: str | None = None
    view_type: str | None = None
    response_url: str | None = None
    typed: str = ""
    """What a type-ahead holds so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A modal that was sent off, as it came."""

    caller: Caller
    home_team: str | None
    callback_id: str
    packed: tuple[str, ...]
    key: str
    view_id: str
    inputs: tuple[str, ...]
    """The block ids of its inputs, in their order on the screen."""
    values: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def typed(form: Payload) -> Typed:
    """Read a slash command."""
    caller = Caller(
        team_id=form["team_id"],
        user_id=form["user_id"],
        channel_id=form.get("channel_id"),
        is_direct_message=form.get("channel_name") == "directmessage",
        trigger_id=form.get("trigger_id"),
    )
    return Typed(
        caller=caller,
        text=form.get("text") or "",
        response_url=form.get("response_url"),
        key=_key("command", form.get("trigger_id"), form.get("text"), form["user_id"]),
    )


def pressed(payload: Payload) -> Pressed:
    """Read a block action; of several actions in one payload (Slack sends one) the first."""
    action = payload["actions"][0]
    container = payload.get("container") or {}
    view = payload.get("view") or {}
    ts = container.get("message_ts")
    value = action.get("value") if action["type"] == "button" else None
    place = container.get("channel_id") or view.get("id")
    chosen = _chosen(action)
    return Pressed(
        caller=_caller(payload, channel_id=container.get("channel_id")),
        home_team=payload["user"].get("team_id"),
        action_id=action["action_id"],
        packed=_present(value, action.get("block_id"), view.get("private_metadata")),
        chosen=None if action["type"] == "button" else chosen,
        key=_key("click", place, ts, action["action_id"], value, chosen, action.get("action_ts")),
        is_link=action["type"] == "button" and not value,
        message_ts=ts,
        view_id=view.get("id"),
        view_type=view.get("type"),
        response_url=payload.get("response_url"),
    )


def type_ahead(payload: Payload) -> Pressed:
    """Read a ``block_suggestion``: what is typed into an ``external_select`` so far."""
    container = payload.get("container") or {}
    view = payload.get("view") or {}
    return Pressed(
        caller=_caller(payload, channel_id=container.get("channel_id")),
        home_team=payload["user"].get("team_id"),
        action_id=payload["action_id"],
        packed=_present(payload.get("block_id"), view.get("private_metadata")),
        chosen=None,
        key="",
        message_ts=container.get("message_ts"),
        view_id=view.get("id"),
        view_type=view.get("type"),
        typed=payload.get("value") or "",
    )


def sent(payload: Payload) -> Sent:
    """Read a ``view_submission``."""
    view = payload["view"]
    state = (view.get("state") or {}).get("values") or {}
    elements: dict[str, Payload] = {
        block: next(iter(actions.values()), {}) for block, actions in state.items()
    }
    return Sent(
        caller=_caller(payload, channel_id=None),
        home_team=payload["user"].get("team_id"),
        callback_id=view["callback_id"],
        packed=_present(view.get("private_metadata")),
        key=_key("submit", view["id"], view.get("hash"), payload.get("trigger_id")),
        view_id=view["id"],
        inputs=tuple(
            block["block_id"] for block in view.get("blocks") or () if block["type"] == "input"
        ),
        values={block: _chosen(element) for block, element in elements.items()},
        files={
            block: tuple((file["id"], file.get("name") or "") for file in element["files"])
            for block, element in elements.items()
            if element.get("files")
        },
    )


def _caller(payload: Payload, *, channel_id: str | None) -> Caller:
    user = payload["user"]
    team = payload.get("team") or {}
    channel = payload.get("channel") or {}
    return Caller(
        team_id=team.get("id") or user["team_id"],
        user_id=user["id"],
        channel_id=channel_id or channel.get("id"),
        is_direct_message=channel.get("name") == "directmessage",
        trigger_id=payload.get("trigger_id"),
    )


def _chosen(element: Payload) -> str | None:
    """Return what an element holds; several options with a comma between."""
    for name in ("value", "selected_date", "selected_user", "selected_conversation"):
        if element.get(name):
            return str(element[name])
    for name in ("selected_channel", "selected_time"):
        if element.get(name):
            return str(element[name])
    if element.get("selected_option"):
        return str(element["selected_option"]["value"])
    several = [option["value"] for option in element.get("selected_options") or ()]
    return ",".join(several) or None


def _present(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)


def _key(kind: str, *parts: str | None) -> str:
    """Digest what tells one request from another; nothing that a person typed is kept."""
    digest = sha256("\0".join(part or "" for part in parts).encode()).hexdigest()
    return f"{kind}:{digest[:40]}"
