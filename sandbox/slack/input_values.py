"""What stands in the inputs of a view or message, in Slack's forms.

The stand-in keeps *raw* values by block and action id: a text, an option's value (or the whole
option where the app supplied it late), an id, or a list of those. This module turns them into
`state.values` (https://docs.slack.dev/reference/views) and finds what Slack's client itself would
refuse to submit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from sandbox.slack.block_kit import elements_of
from sandbox.slack.jsontypes import JsonObject, JsonValue, as_list, as_object

FileJson: TypeAlias = Callable[[str], JsonObject]

# Element type → (name in the state, name of the initial value, whether options are meant).
_FORMS: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "static_select": ("selected_option", "initial_option", True),
    "external_select": ("selected_option", "initial_option", True),
    "radio_buttons": ("selected_option", "initial_option", True),
    "overflow": ("selected_option", "", True),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "checkboxes": ("selected_options", "initial_options", True),
    "users_select": ("selected_user", "initial_user", False),
    "multi_users_select": ("selected_users", "initial_users", False),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "multi_channels_select": ("selected_channels", "initial_channels", False),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
    "file_input": ("files", "", False),
}
# How a client's request may name what was chosen, beside plain `value`.
CHOICE_NAMES = ("value", *sorted({form[0] for form in _FORMS.values()} - {"value"}))


def initial_values(
    blocks: Iterable[JsonObject], *, kept: JsonObject, channel: str | None
) -> JsonObject:
    """Raw values of a fresh or updated view: what was typed stays where its ids stay."""
    values: JsonObject = {}
    for block, element in elements_of(blocks):
        if element["type"] not in _FORMS:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        typed = as_object(kept.get(block_id)).get(action_id)
        raw = _initial(element, channel) if typed is None else typed
        values.setdefault(block_id, {})[action_id] = raw
    return values


def merge(blocks: Iterable[JsonObject], values: JsonObject, given: JsonObject) -> JsonObject:
    """Raw values with `given` put in, by block and action id or by action id alone."""
    merged = {block_id: dict(actions) for block_id, actions in values.items()}
    for block, element in elements_of(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        inside = given.get(block_id)
        if isinstance(inside, dict) and action_id in inside:
            merged.setdefault(block_id, {})[action_id] = inside[action_id]
        elif action_id in given and element["type"] in _FORMS:
            merged.setdefault(block_id, {})[action_id] = given[action_id]
    return merged


def state_values(
    blocks: Iterable[JsonObject], values: JsonObject, *, file_json: FileJson
) -> JsonObject:
    """`state.values` as payloads carry it."""
    state: JsonObject = {}
    for block, element in elements_of(blocks):
        if element["type"] not in _FORMS or element["type"] == "overflow":
            continue
        raw = as_object(values.get(block["block_id"])).get(element["action_id"])
        inside = state.setdefault(block["block_id"], {})
        inside[element["action_id"]] = {
            "type": element["type"],
            **chosen(element, raw, file_json=file_json),
        }
    return state


def chosen(element: JsonObject, raw: JsonValue, *, file_json: FileJson) -> JsonObject:
    """The part of a state or an action that says what was chosen, such as `selected_option`."""
    name, _initial_name, from_options = _FORMS[element["type"]]
    if element["type"] == "file_input":
        return {name: [file_json(str(file_id)) for file_id in as_list(raw)]}
    if not from_options:
        many = name.endswith("s") and name != "value"
        return {name: as_list(raw) if many else (None if raw in ("", None) else raw)}
    if name == "selected_options":
        return {name: [_option(element, item) for item in as_list(raw)]}
    return {name: _option(element, raw)}


def has_value(element: JsonObject) -> bool:
    """Whether the element holds a value (a button does not)."""
    return element["type"] in _FORMS


def complaints(blocks: Iterable[JsonObject], values: JsonObject) -> dict[str, str]:
    """What Slack's client says by block before it even asks the app."""
    found: dict[str, str] = {}
    for block, element in elements_of(blocks):
        if block["type"] != "input":
            continue
        raw = as_object(values.get(block["block_id"])).get(element["action_id"])
        problem = _complaint(block, element, raw)
        if problem:
            found[block["block_id"]] = problem
    return found


def _complaint(block: JsonObject, element: JsonObject, raw: JsonValue) -> str:
    if raw in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    if element["type"] == "number_input":
        return _number_complaint(element, str(raw))
    if isinstance(raw, str):
        return _length_complaint(element, raw)
    if element["type"] == "file_input" and len(raw) > element.get("max_files", 10):
        return f"You can add up to {element.get('max_files', 10)} files."
    return ""


def _length_complaint(element: JsonObject, raw: str) -> str:
    if len(raw) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    if element["type"] == "plain_text_input" and len(raw) > element.get("max_length", 3000):
        return f"Must be at most {element.get('max_length', 3000)} characters."
    return ""


def _number_complaint(element: JsonObject, raw: str) -> str:
    try:
        number = Decimal(raw)
    except InvalidOperation:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return ""


def _initial(element: JsonObject, channel: str | None) -> JsonValue:
    if element.get("default_to_current_conversation") and channel:
        return channel
    name, initial_name, from_options = _FORMS[element["type"]]
    given = element.get(initial_name) if initial_name else None
    if given is None or not from_options or element["type"].endswith("external_select"):
        return given
    if name == "selected_options":
        return [option["value"] for option in given]
    return given["value"]


def _option(element: JsonObject, raw: JsonValue) -> JsonObject | None:
    """The whole option for its value; an option object is taken as it is (external selects)."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, dict):
        return raw
    groups = [as_list(group.get("options")) for group in as_list(element.get("option_groups"))]
    offered = [*as_list(element.get("options")), *[item for group in groups for item in group]]
    label: JsonObject = {"type": "plain_text", "text": str(raw), "emoji": True}
    unlisted: JsonObject = {"text": label, "value": str(raw)}
    return next((option for option in offered if option["value"] == raw), unlisted)
