"""Block Kit building blocks: the only place that spells Slack's JSON and its limits.

Pure functions from words to blocks. Everything that came from outside goes through
:func:`escape` or into plain text. Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Block = dict[str, Any]
"""One Block Kit block or element."""
View = dict[str, Any]
"""A modal or an App Home."""

SECTION_LIMIT = 3000
BUTTON_LIMIT = 75
OPTION_LIMIT = 75
HEADER_LIMIT = 150
TITLE_LIMIT = 24
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
_SEPARATOR = "|"


def escape(text: str) -> str:
    """Make text from outside harmless inside mrkdwn: no mentions, no links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """Shorten to a limit, saying so with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def pack(organisation_id: str, *arguments: str) -> str:
    """Write what a button or modal must remember: ids only, never amounts or rights."""
    return _SEPARATOR.join((organisation_id, *arguments))


def unpack(value: str) -> tuple[str, tuple[str, ...]]:
    """Read what :func:`pack` wrote: the organisation's id and the arguments."""
    organisation_id, *arguments = value.split(_SEPARATOR)
    return organisation_id, tuple(arguments)


def plain(text: str, limit: int) -> Block:
    """Return a plain-text object."""
    return {"type": "plain_text", "text": cut(text, limit) or " ", "emoji": True}


def header(text: str) -> Block:
    """Return a header block."""
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def section(mrkdwn: str, *, accessory: Block | None = None, block_id: str | None = None) -> Block:
    """Return a section of mrkdwn; escape what came from outside before."""
    block: Block = {"type": "section", "text": _mrkdwn(mrkdwn)}
    if accessory:
        block["accessory"] = accessory
    if block_id:
        block["block_id"] = block_id
    return block


def fields(*pairs: tuple[str, str]) -> Block:
    """Return a section of up to ten label-and-value fields; values are mrkdwn."""
    return {"type": "section", "fields": [_mrkdwn(f"*{k}*\n{v}") for k, v in pairs[:10]]}


def context(*mrkdwn: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [_mrkdwn(text) for text in mrkdwn[:10]]}


def divider() -> Block:
    """Return a divider."""
    return {"type": "divider"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The question Slack asks before it sends a click."""

    title: str
    text: str
    confirm: str
    deny: str = "Cancel"


def button(
    text: str,
    action_id: str,
    value: str,
    *,
    style: str | None = None,
    confirm: Confirm | None = None,
) -> Block:
    """Return a button; ``style`` is ``primary`` or ``danger``."""
    block: Block = {
        "type": "button",
        "text": plain(text, BUTTON_LIMIT),
        "action_id": action_id,
        "value": value,
    }
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = {
            "title": plain(confirm.title, 100),
            "text": plain(confirm.text, 300),
            "confirm": plain(confirm.confirm, 30),
            "deny": plain(confirm.deny, 30),
        }
    return block


def link_button(text: str, action_id: str, url: str, *, style: str | None = None) -> Block:
    """Return a button that opens an address; Slack still sends its click, to be acked."""
    block: Block = {
        "type": "button",
        "text": plain(text, BUTTON_LIMIT),
        "action_id": action_id,
        "url": url,
    }
    if style:
        block["style"] = style
    return block


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """Return a row of at most 25 buttons and pickers."""
    block: Block = {"type": "actions", "elements": list(elements[:25])}
    if block_id:
        block["block_id"] = block_id
    return block


def option(label: str, value: str) -> Block:
    """Return one option of a picker."""
    return {"text": plain(label, OPTION_LIMIT), "value": value}


def select(
    action_id: str,
    options: Sequence[tuple[str, str]],
    *,
    placeholder: str = "Choose",
    chosen: str | None = None,
) -> Block:
    """Return a picker over at most 100 (label, value) pairs."""
    block: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "options": [option(label, value) for label, value in options[:100]],
    }
    found = [option(label, value) for label, value in options[:100] if value == chosen]
    if found:
        block["initial_option"] = found[0]
    return block


def type_ahead(
    action_id: str, *, placeholder: str = "Type to search", chosen: tuple[str, str] | None = None
) -> Block:
    """Return a picker whose options come from us while people type."""
    block: Block = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "min_query_length": 0,
    }
    if chosen:
        block["initial_option"] = option(*chosen)
    return block


def text_input(
    action_id: str,
    *,
    initial: str | None = None,
    placeholder: str | None = None,
    multiline: bool = False,
    max_length: int | None = None,
) -> Block:
    """Return a text field."""
    block: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": multiline}
    if initial:
        block["initial_value"] = initial
    if placeholder:
        block["placeholder"] = plain(placeholder, 150)
    if max_length:
        block["max_length"] = max_length
    return block


def date_picker(action_id: str, *, chosen: date | None = None) -> Block:
    """Return a calendar; its value is an ISO date."""
    block: Block = {"type": "datepicker", "action_id": action_id}
    if chosen:
        block["initial_date"] = chosen.isoformat()
    return block


def file_input(action_id: str, *, filetypes: Sequence[str]) -> Block:
    """Return a field for one file; Slack checks the type by its name only."""
    return {
        "type": "file_input",
        "action_id": action_id,
        "filetypes": list(filetypes),
        "max_files": 1,
    }


def field_input(
    block_id: str, label: str, element: Block, *, hint: str | None = None, optional: bool = False
) -> Block:
    """Return an input of a modal; ``block_id`` is the key of its submitted value."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    return block


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    metadata: str = "",
    submit: str | None = None,
    close: str = "Close",
) -> View:
    """Return a modal; without ``submit`` it can only be read."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE_LIMIT),
        "close": plain(close, TITLE_LIMIT),
        "blocks": list(blocks[:VIEW_BLOCKS]),
        "private_metadata": metadata,
    }
    if submit:
        view["submit"] = plain(submit, TITLE_LIMIT)
    return view


def home(blocks: Sequence[Block]) -> View:
    """Return an App Home."""
    return {"type": "home", "blocks": list(blocks[:VIEW_BLOCKS])}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": cut(text, SECTION_LIMIT) or " "}
