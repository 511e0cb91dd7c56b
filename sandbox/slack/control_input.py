"""What a control request says, from its query, JSON or multipart body, with names made into people.

Every method refuses what it cannot find with a reason that the page or a test can show.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from starlette.requests import Request

from sandbox.slack.entities import Channel, Person
from sandbox.slack.errors import ControlRefusal
from sandbox.slack.jsontypes import JsonObject, JsonValue, as_list, as_object, parse_json
from sandbox.slack.workspace import Workspace


class ControlInput:
    """Named values of one control request, and the bytes of a multipart file."""

    def __init__(
        self,
        values: Mapping[str, JsonValue],
        *,
        workspace: Workspace,
        attached: tuple[str, bytes] | None = None,
    ) -> None:
        self.values = dict(values)
        self._workspace = workspace
        self._attached = attached

    def text(self, name: str, default: str = "") -> str:
        """A value as text."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def needed(self, name: str) -> str:
        """A value that must be there."""
        value = self.text(name)
        if not value:
            raise ControlRefusal(f"{name} is needed")
        return value

    def object(self, name: str) -> JsonObject:
        """A value that is an object, or an empty one."""
        return as_object(self.values.get(name))

    def list(self, name: str) -> list[JsonValue]:
        """A value that is a list, or an empty one."""
        return as_list(self.values.get(name))

    def person(self, name: str = "") -> Person:
        """Who acts: the request's `user`, or the person named here, by id or handle."""
        wanted = name or self.needed("user")
        for person in self._workspace.people.values():
            if wanted in (person.id, person.name):
                return person
        raise ControlRefusal(f"nobody is called {wanted}", status=404)

    def channel(self, person: Person) -> Channel:
        """The request's `channel`, by id, name or `dm`."""
        wanted = self.needed("channel").lstrip("#")
        if wanted == "dm":
            return self._workspace.direct_channel(person.id)
        for channel in self._workspace.channels.values():
            if wanted == channel.id or (wanted == channel.name and not channel.is_im):
                return channel
        raise ControlRefusal(f"no channel is called {wanted}", status=404)

    def on_surface(self) -> JsonObject:
        """The values of an act on a message or view, its channel as an id."""
        if self.text("channel"):
            return {**self.values, "channel": self.channel(self.person()).id}
        return self.values

    def file(self) -> tuple[str, bytes]:
        """The file's name and bytes."""
        if self._attached is not None:
            return self._attached
        try:
            content = base64.b64decode(self.text("content"), validate=True)
        except binascii.Error as error:
            raise ControlRefusal("content is not base64") from error
        return self.needed("filename"), content


async def read_input(request: Request, *, workspace: Workspace) -> ControlInput:
    """Read a control request.

    Raises:
        ControlRefusal: a body that is neither empty, multipart nor a JSON object.
    """
    values: dict[str, JsonValue] = dict(request.query_params)
    attached: tuple[str, bytes] | None = None
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            for name, part in form.items():
                if isinstance(part, str):
                    values[name] = part
                else:
                    attached = (part.filename or "file", await part.read())
    elif body := await request.body():
        parsed = parse_json(body)
        if not isinstance(parsed, dict):
            raise ControlRefusal("a JSON object is needed")
        values |= parsed
    return ControlInput(values, workspace=workspace, attached=attached)
