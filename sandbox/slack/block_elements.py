"""The shapes of Block Kit's elements and of the objects they are made of, with Slack's limits.

Limits: https://docs.slack.dev/reference/block-kit/block-elements and, where a page is silent, the
validators of slack_sdk/models/blocks. Where both are silent the stricter reading is taken.
"""

from __future__ import annotations

from sandbox.slack.block_schema import (
    Findings,
    Rule,
    Shape,
    anything,
    at_least_one,
    exactly_one,
    flag,
    list_of,
    number,
    one_of,
    string,
    text,
)
from sandbox.slack.jsontypes import JsonValue, as_list, as_object

ID = string(255, least=1)
PLACEHOLDER = text(150, mrkdwn=False)

CONFIRM = Shape(
    required={
        "title": text(100, mrkdwn=False),
        "text": text(300),
        "confirm": text(30, mrkdwn=False),
        "deny": text(30, mrkdwn=False),
    },
    optional={"style": one_of("primary", "danger")},
)


def _option(*, rich: bool = False) -> Shape:
    return Shape(
        required={"text": text(75, mrkdwn=rich), "value": string(150, least=1)},
        optional={"description": text(75, mrkdwn=rich), "url": string(3000)},
    )


OPTION = _option()
BOX_OPTION = _option(rich=True)
OPTION_GROUP = Shape(
    required={"label": text(75, mrkdwn=False), "options": list_of(OPTION, most=100)}
)
OPTIONS_ANSWER = Shape(
    optional={
        "options": list_of(OPTION, most=100, least=0),
        "option_groups": list_of(OPTION_GROUP, most=100, least=0),
    },
    check=exactly_one("options", "option_groups"),
)


def _element(
    required: dict[str, Rule], optional: dict[str, Rule] | None = None, check: Rule | None = None
) -> Shape:
    return Shape(
        required={"type": anything, **required},
        optional={"action_id": ID, **(optional or {})},
        check=check,
    )


def _initial_is_offered(value: JsonValue, at: str, found: Findings) -> None:
    """The initial choice must be one of the options, word for word."""
    grouped = [
        as_list(as_object(group).get("options")) for group in as_list(value.get("option_groups"))
    ]
    offered = [*as_list(value.get("options")), *[item for group in grouped for item in group]]
    single = value.get("initial_option")
    chosen = as_list(value.get("initial_options")) + ([single] if single else [])
    if not offered and value.get("type", "").endswith("external_select"):
        return
    for option in chosen:
        if option not in offered:
            found.add("initial option must exactly match one of the provided options", at)


def _select_check(value: JsonValue, at: str, found: Findings) -> None:
    exactly_one("options", "option_groups")(value, at, found)
    _initial_is_offered(value, at, found)


def _select(own: dict[str, Rule], *, multi: bool, check: Rule | None = None) -> Shape:
    common: dict[str, Rule] = {
        "placeholder": PLACEHOLDER,
        "confirm": CONFIRM,
        "focus_on_load": flag,
    }
    if multi:
        common["max_selected_items"] = number
    return _element({}, {**common, **own}, check)


def _choices(most: int, initial: dict[str, Rule]) -> Shape:
    return _element(
        {"options": list_of(BOX_OPTION, most=most)},
        {**initial, "confirm": CONFIRM, "focus_on_load": flag},
        _initial_is_offered,
    )


_STATIC: dict[str, Rule] = {
    "options": list_of(OPTION, most=100),
    "option_groups": list_of(OPTION_GROUP, most=100),
}
_CONVERSATIONS: dict[str, Rule] = {"default_to_current_conversation": flag, "filter": anything}
_SINGLE: dict[str, Rule] = {"response_url_enabled": flag}
_FOCUS: dict[str, Rule] = {"placeholder": PLACEHOLDER, "focus_on_load": flag}
_PICKER: dict[str, Rule] = {**_FOCUS, "confirm": CONFIRM}
_TYPED: dict[str, Rule] = {**_FOCUS, "dispatch_action_config": anything}
_OPTIONS_LIST = list_of(OPTION, most=100)
_IDS = list_of(string(255), most=100)

IMAGE_ELEMENT = Shape(
    required={"type": anything, "alt_text": string(2000, least=1)},
    optional={"image_url": string(3000, least=1), "slack_file": anything},
    check=at_least_one("image_url", "slack_file"),
)

ELEMENTS: dict[str, Rule] = {
    "button": _element(
        {"text": text(75, mrkdwn=False)},
        {
            "value": string(2000),
            "url": string(3000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "overflow": _element({"options": list_of(_option(), most=5, least=2)}, {"confirm": CONFIRM}),
    "static_select": _select(
        {**_STATIC, "initial_option": OPTION}, multi=False, check=_select_check
    ),
    "multi_static_select": _select(
        {**_STATIC, "initial_options": _OPTIONS_LIST}, multi=True, check=_select_check
    ),
    "external_select": _select({"initial_option": OPTION, "min_query_length": number}, multi=False),
    "multi_external_select": _select(
        {"initial_options": _OPTIONS_LIST, "min_query_length": number}, multi=True
    ),
    "users_select": _select({"initial_user": string(255)}, multi=False),
    "multi_users_select": _select({"initial_users": _IDS}, multi=True),
    "conversations_select": _select(
        {**_CONVERSATIONS, **_SINGLE, "initial_conversation": string(255)}, multi=False
    ),
    "multi_conversations_select": _select(
        {**_CONVERSATIONS, "initial_conversations": _IDS}, multi=True
    ),
    "channels_select": _select({**_SINGLE, "initial_channel": string(255)}, multi=False),
    "multi_channels_select": _select({"initial_channels": _IDS}, multi=True),
    "checkboxes": _choices(10, {"initial_options": list_of(BOX_OPTION, most=10)}),
    "radio_buttons": _choices(10, {"initial_option": BOX_OPTION}),
    "datepicker": _element({}, {**_PICKER, "initial_date": string(10)}),
    "timepicker": _element({}, {**_PICKER, "initial_time": string(5), "timezone": string(100)}),
    "datetimepicker": _element(
        {}, {"initial_date_time": number, "confirm": CONFIRM, "focus_on_load": flag}
    ),
    "plain_text_input": _element(
        {},
        {
            **_TYPED,
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": number,
            "max_length": number,
        },
    ),
    "email_text_input": _element({}, {**_TYPED, "initial_value": string(3000)}),
    "url_text_input": _element({}, {**_TYPED, "initial_value": string(3000)}),
    "number_input": _element(
        {"is_decimal_allowed": flag},
        {
            **_TYPED,
            "initial_value": string(3000),
            "min_value": string(255),
            "max_value": string(255),
        },
    ),
    "file_input": _element({}, {"filetypes": list_of(string(255), most=100), "max_files": number}),
    "image": IMAGE_ELEMENT,
}

SELECTS = frozenset(name for name in ELEMENTS if name.endswith("_select"))
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
BOXES = frozenset({"checkboxes", "radio_buttons"})
TYPED_INPUTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})

IN_SECTION = SELECTS | BOXES | {"button", "overflow", "image", "datepicker", "timepicker"}
IN_ACTIONS = frozenset(
    {name for name in SELECTS if not name.startswith("multi_")}
    | PICKERS
    | BOXES
    | {"button", "overflow"}
)
IN_INPUT = SELECTS | PICKERS | BOXES | TYPED_INPUTS | {"file_input"}
