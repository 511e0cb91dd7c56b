"""The arguments of a Web API call, however they came: query, form or JSON, by GET or POST.

https://docs.slack.dev/apis/web-api. Objects arrive as JSON text in forms and as objects in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, JsonValue, as_object, parse_json


class Arguments:
    """Named arguments of one call, with its bearer token or the credentials of HTTP Basic."""

    def __init__(
        self, values: Mapping[str, JsonValue], *, token: str = "", basic: str = ""
    ) -> None:
        self.values = dict(values)
        self.token = token
        self.basic = basic

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def needed(self, name: str) -> str:
        """An argument that must be there.

        Raises:
            SlackRefusal: `invalid_arguments`.
        """
        value = self.text(name)
        if not value:
            line = f"[ERROR] missing required field: {name}"
            raise SlackRefusal("invalid_arguments", messages=(line,))
        return value

    def json(self, name: str) -> JsonValue:
        """An argument that is a JSON object or array, parsed if it came as text."""
        value = self.values.get(name)
        return parse_json(value) if isinstance(value, str) else value

    def flag(self, name: str) -> bool:
        """An argument that is true or false."""
        return str(self.values.get(name, "")).lower() in ("true", "1")

    def page(self, items: list[JsonObject]) -> tuple[list[JsonObject], JsonObject]:
        """The wanted part of a list and its `response_metadata`, by `limit` and `cursor`."""
        start = int(self.text("cursor") or 0) if self.text("cursor", "0").isdigit() else 0
        limit = int(self.text("limit") or 0) if self.text("limit", "0").isdigit() else 0
        end = start + (limit or 100)
        following = str(end) if end < len(items) else ""
        return items[start:end], {"next_cursor": following}


async def read_arguments(request: Request) -> Arguments:
    """The arguments and the token of a request."""
    values: dict[str, JsonValue] = dict(request.query_params)
    if request.method == "POST":
        if "json" in request.headers.get("content-type", ""):
            values |= as_object(parse_json(await request.body()))
        else:
            values |= dict(await request.form())
    scheme, _space, given = request.headers.get("authorization", "").partition(" ")
    in_body = str(values.pop("token", None) or "")
    return Arguments(
        values,
        token=given if scheme.lower() == "bearer" else in_body,
        basic=given if scheme.lower() == "basic" else "",
    )
