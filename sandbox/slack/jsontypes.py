"""The one place where the sandbox's JSON is untyped: Slack's payloads are open-ended objects.

Everything else in this package takes a `JsonObject` from here or a dataclass of `entities`.
Nothing here knows what a payload means.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

JsonValue: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]


def as_object(value: JsonValue) -> JsonObject:
    """`value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: JsonValue) -> list[JsonValue]:
    """`value` when it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def parse_json(text: str | bytes) -> JsonValue:
    """The parsed text, or None when it is not JSON (or is the JSON null)."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def compact(value: JsonValue) -> str:
    """The JSON text of `value` without spaces, as Slack sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
