"""Whether Slack would take these blocks or this view: every limit, block by block.

Limits: https://docs.slack.dev/reference/block-kit/blocks and
https://docs.slack.dev/reference/views. Blocks that Slack rolled out lately (`data_table`, `card`,
…) are refused, as many workspaces still do. A `table` is taken in messages only, one a message, and
an empty cell is refused (getnao/nao#1143, vercel/chat#194). Nothing here changes a payload but
`with_ids`, which fills in absent ids.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Literal, TypeAlias

from sandbox.slack.block_elements import (
    ELEMENTS,
    ID,
    IMAGE_ELEMENT,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
)
from sandbox.slack.block_schema import (
    Findings,
    Rule,
    Shape,
    anything,
    at_least_one,
    flag,
    list_of,
    one_of,
    string,
    text,
    typed,
    unique,
)
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, JsonValue, as_list, as_object, compact

Surface: TypeAlias = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MOST_VIEW_BYTES = 250_000


def _block(
    required: dict[str, Rule], optional: dict[str, Rule] | None = None, check: Rule | None = None
) -> Shape:
    return Shape(
        required={"type": anything, **required},
        optional={"block_id": ID, **(optional or {})},
        check=check,
    )


def _unique_actions(value: JsonValue, at: str, found: Findings) -> None:
    elements = [as_object(element) for element in as_list(value.get("elements"))]
    unique("action_id", elements, f"{at}/elements", found)


_RICH_TEXT = Shape(
    required={
        "type": anything,
        "elements": list_of(
            Shape(
                required={
                    "type": one_of(
                        "rich_text_section",
                        "rich_text_list",
                        "rich_text_preformatted",
                        "rich_text_quote",
                    ),
                    "elements": list_of(anything, most=3000, least=0),
                },
                optional={
                    "style": anything,
                    "indent": anything,
                    "offset": anything,
                    "border": anything,
                },
            ),
            most=1000,
        ),
    },
    optional={"block_id": ID},
)
_CELL = typed(
    {
        "raw_text": Shape(required={"type": anything, "text": string(3000, least=1)}),
        "raw_number": Shape(
            required={"type": anything, "value": anything}, optional={"text": string(3000)}
        ),
        "rich_text": _RICH_TEXT,
    }
)
_COLUMN = Shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": flag})


def _column(value: JsonValue, at: str, found: Findings) -> None:
    if value is not None:
        _COLUMN(value, at, found)


_CONTEXT_ELEMENT = typed({"plain_text": text(3000), "mrkdwn": text(3000), "image": IMAGE_ELEMENT})

BLOCKS: dict[str, Rule] = {
    "section": _block(
        {},
        {
            "text": text(3000),
            "fields": list_of(text(2000), most=10),
            "accessory": typed(ELEMENTS, IN_SECTION),
            "expand": flag,
        },
        at_least_one("text", "fields"),
    ),
    "header": _block({"text": text(150, mrkdwn=False)}),
    "divider": _block({}),
    "image": _block(
        {"alt_text": string(2000, least=1)},
        {"image_url": string(3000), "slack_file": anything, "title": text(2000, mrkdwn=False)},
        at_least_one("image_url", "slack_file"),
    ),
    "context": _block({"elements": list_of(_CONTEXT_ELEMENT, most=10)}),
    "actions": _block(
        {"elements": list_of(typed(ELEMENTS, IN_ACTIONS), most=25)}, check=_unique_actions
    ),
    "input": _block(
        {"label": text(2000, mrkdwn=False), "element": typed(ELEMENTS, IN_INPUT)},
        {"hint": text(2000, mrkdwn=False), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": _RICH_TEXT,
    "markdown": _block({"text": string(12_000, least=1)}),
    "table": _block(
        {"rows": list_of(list_of(_CELL, most=20), most=100)},
        {"column_settings": list_of(_column, most=20, least=0)},
    ),
}

_EVERYWHERE = frozenset(
    {"section", "header", "divider", "image", "context", "actions", "input", "rich_text"}
)
ALLOWED: dict[Surface, frozenset[str]] = {
    "message": _EVERYWHERE | {"markdown", "table"},
    "modal": _EVERYWHERE,
    "home": _EVERYWHERE,
}

_VIEW_COMMON: dict[str, Rule] = {
    "type": anything,
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_VIEWS: dict[str, Rule] = {
    "modal": Shape(
        required={"type": anything, "title": text(24, mrkdwn=False), "blocks": anything},
        optional={
            **_VIEW_COMMON,
            "submit": text(24, mrkdwn=False),
            "close": text(24, mrkdwn=False),
            "clear_on_close": flag,
            "notify_on_close": flag,
        },
    ),
    "home": Shape(
        required={"type": anything, "blocks": anything},
        optional={
            **_VIEW_COMMON,
            "title": text(24, mrkdwn=False),
            "submit": text(24, mrkdwn=False),
            "close": text(24, mrkdwn=False),
            "clear_on_close": flag,
            "notify_on_close": flag,
        },
    ),
}


def check_message_blocks(blocks: JsonValue) -> list[JsonObject]:
    """The blocks of a message with their ids filled in.

    Raises:
        SlackRefusal: `invalid_blocks_format` or `invalid_blocks` with every fault found.
    """
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    found = Findings()
    _walk(blocks, "message", "/blocks", found)
    if found.messages:
        raise SlackRefusal("invalid_blocks", messages=tuple(found.messages))
    return with_ids(blocks)


def check_view(view: JsonValue, *, surface: Literal["modal", "home"]) -> JsonObject:
    """The view's definition with its blocks' ids filled in.

    Raises:
        SlackRefusal: `view_too_large`, or `invalid_arguments` with every fault found: the name that
            `views.*` gives to bad blocks too (slackapi/java-slack-sdk#302).
    """
    if len(compact(view).encode()) > MOST_VIEW_BYTES:
        raise SlackRefusal("view_too_large")
    found = Findings()
    typed(_VIEWS, frozenset({surface}))(view, "/view", found)
    blocks = as_object(view).get("blocks")
    if blocks is not None:
        _walk(blocks, surface, "/view/blocks", found)
    if surface == "modal" and _has_input(blocks) and not view.get("submit"):
        found.add("submit is required when an input block is within blocks array", "/view")
    if found.messages:
        raise SlackRefusal("invalid_arguments", messages=tuple(found.messages))
    return {**view, "blocks": with_ids(view["blocks"])}


def with_ids(blocks: list[JsonObject]) -> list[JsonObject]:
    """Copies of the blocks where every block and every interactive element has an id."""
    return [_block_with_ids(block) for block in blocks]


def elements_of(blocks: Iterable[JsonObject]) -> list[tuple[JsonObject, JsonObject]]:
    """Every (block, interactive element) pair, in the order shown."""
    pairs: list[tuple[JsonObject, JsonObject]] = []
    for block in blocks:
        parts = [block.get("accessory"), block.get("element")]
        if block.get("type") == "actions":
            parts += as_list(block.get("elements"))
        pairs += [(block, part) for part in parts if isinstance(part, dict) and "action_id" in part]
    return pairs


def _walk(blocks: JsonValue, surface: Surface, at: str, found: Findings) -> None:
    rule = list_of(typed(BLOCKS, ALLOWED[surface]), most=MOST_BLOCKS[surface], least=0)
    rule(blocks, at, found)
    listed = [as_object(block) for block in as_list(blocks)]
    unique("block_id", listed, at, found)
    if sum(block.get("type") == "table" for block in listed) > 1:
        found.add("only_one_table_allowed", at)
    for index, block in enumerate(listed):
        if surface != "modal" and as_object(block.get("element")).get("type") == "file_input":
            found.add("unsupported type: file_input", f"{at}/{index}/element/type")


def _has_input(blocks: JsonValue) -> bool:
    return any(as_object(block).get("type") == "input" for block in as_list(blocks))


def _block_with_ids(block: JsonObject) -> JsonObject:
    named = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    for place in ("accessory", "element"):
        if isinstance(named.get(place), dict):
            named[place] = _element_with_id(named[place])
    if named["type"] == "actions":
        named["elements"] = [_element_with_id(element) for element in named["elements"]]
    return named


def _element_with_id(element: JsonObject) -> JsonObject:
    if element["type"] == "image" or element.get("action_id"):
        return element
    return {**element, "action_id": secrets.token_urlsafe(4)}
