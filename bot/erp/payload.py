"""JSON as ERPs speak it, with exact numbers.

Amounts cross the wire as JSON numbers and must never pass through a binary float, so they are
written digit by digit and read as ``Decimal``. It must not know any ERP's field names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

JsonValue: TypeAlias = (
    "str | int | Decimal | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
JsonObject: TypeAlias = Mapping[str, JsonValue]


class NotJsonError(ValueError):
    """The bytes are not a JSON object: an empty body, XML, a proxy's page."""


class UnreadableError(ValueError):
    """A field the ERP always sends is missing or senseless; the message names it."""


def write_json(value: JsonValue) -> str:
    """Write JSON in ASCII; a ``Decimal`` becomes a JSON number of exactly its digits."""
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            pairs = (f"{json.dumps(key)}:{write_json(item)}" for key, item in value.items())
            return "{" + ",".join(pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(map(write_json, value)) + "]"
        case _:
            return json.dumps(value)


def read_json(body: bytes) -> JsonObject:
    """Read a JSON object, its fractions as ``Decimal``.

    Raises:
        NotJsonError: the body is not JSON, or JSON that is not an object.
    """
    value = _read(body)
    if not isinstance(value, Mapping):
        raise NotJsonError("the body is not a JSON object")
    return value


def read_json_list(body: bytes) -> tuple[JsonObject, ...]:
    """Read a JSON list and return its objects.

    Raises:
        NotJsonError: the body is not JSON, or JSON that is not a list.
    """
    value = _read(body)
    if not isinstance(value, list):
        raise NotJsonError("the body is not a JSON list")
    return tuple(item for item in value if isinstance(item, Mapping))


def object_at(payload: JsonObject, key: str) -> JsonObject:
    """Return the object under a key, or an empty one when there is none."""
    value = payload.get(key)
    return value if isinstance(value, Mapping) else {}


def objects_at(payload: JsonObject, key: str) -> tuple[JsonObject, ...]:
    """Return the objects of the list under a key; none when there is no list."""
    value = payload.get(key)
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def text_at(payload: JsonObject, key: str) -> str | None:
    """Return the text under a key (a number is written out); none when absent or empty."""
    value = payload.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return str(value) or None


def require(payload: JsonObject, key: str) -> str:
    """Return the text under a key.

    Raises:
        UnreadableError: when there is none.
    """
    text = text_at(payload, key)
    if text is None:
        raise UnreadableError(f"no {key}")
    return text


def decimal_at(payload: JsonObject, key: str) -> Decimal | None:
    """Return the exact number under a key; none when there is none."""
    value = payload.get(key)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def flag_at(payload: JsonObject, key: str, *, otherwise: bool = False) -> bool:
    """Return the truth value under a key, also when it was written as the text ``true``."""
    value = payload.get(key)
    if isinstance(value, bool):
        return value
    return value.lower() == "true" if isinstance(value, str) else otherwise


def _read(body: bytes) -> JsonValue:
    try:
        value: JsonValue = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJsonError("the body is not JSON") from error
    return value


def _refuse_constant(name: str) -> None:
    raise NotJsonError(f"{name} is not a JSON number")
