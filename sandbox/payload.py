"""JSON as the wire has it, with exact numbers.

Amounts arrive as JSON numbers and must not pass through a binary float on their way to a
comparison, so numbers are read as `Decimal` and `int`. Helpers read a payload without trusting it.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

JsonValue: TypeAlias = (
    "str | int | float | Decimal | bool | list[JsonValue] | dict[str, JsonValue] | None"
)
JsonObject: TypeAlias = dict[str, JsonValue]


class NotAnObjectError(ValueError):
    """The text is not a JSON object."""


def read_json(text: str | bytes) -> JsonObject:
    """Parse a JSON object, its fractions as `Decimal`.

    Raises:
        NotAnObjectError: the text is not JSON, or JSON that is not an object.
    """
    try:
        value: JsonValue = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except ValueError as error:
        raise NotAnObjectError(str(error)) from error
    if not isinstance(value, dict):
        raise NotAnObjectError("the payload is not an object")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def write_json(value: Mapping[str, object]) -> str:
    """Render an object as compact JSON; a `Decimal` becomes a JSON number of the same digits."""
    return json.dumps(value, default=_number, ensure_ascii=False, separators=(",", ":"))


def _number(value: object) -> int | float:
    """A JSON number for a decimal; up to 15 digits, the most accepted, a double is exact."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return int(value) if value == value.to_integral_value() else float(value)


def object_at(payload: Mapping[str, JsonValue], key: str) -> JsonObject:
    """The object under `key`, or an empty one when there is none."""
    value = payload.get(key)
    return value if isinstance(value, dict) else {}


def objects_at(payload: Mapping[str, JsonValue], key: str) -> list[JsonObject]:
    """The objects of the list under `key`; other members are left out."""
    value = payload.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_at(payload: Mapping[str, JsonValue], key: str) -> str | None:
    """The text under `key` (a number is written out), or none when it is absent or empty."""
    value = payload.get(key)
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    return str(value) or None


def flag_at(payload: Mapping[str, JsonValue], key: str, *, otherwise: bool = False) -> bool:
    """The truth value under `key`, also when it was written as the text `true`."""
    value = payload.get(key)
    if isinstance(value, bool):
        return value
    return otherwise if value is None else str(value).lower() == "true"
