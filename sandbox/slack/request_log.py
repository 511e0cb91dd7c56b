"""Every request between Slack and the bot, both ways, for the inspector and for tests.

Tokens and secrets are replaced before anything is kept. Only the signed bytes that went to the bot
are kept as they were, so that they can be sent again; they are never shown.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from sandbox.slack.jsontypes import JsonObject, JsonValue

SECRET_NAMES = frozenset(
    {"token", "access_token", "refresh_token", "client_secret", "code", "id_token"}
)
KEPT = 2000


@dataclass(slots=True, kw_only=True)
class LoggedRequest:
    """One request and its answer. `latency_ms` of a request to the bot is the ack's."""

    no: int
    at: str
    direction: Literal["to_bot", "from_bot"]
    name: str
    user: str = ""
    status: int | None = None
    latency_ms: float | None = None
    error: str = ""
    request: JsonValue = None
    response: JsonValue = None
    path: str = ""
    sent_headers: dict[str, str] = field(default_factory=dict)
    sent_body: bytes = b""

    def to_json(self) -> JsonObject:
        """The entry as the inspector shows it."""
        return {
            "no": self.no,
            "at": self.at,
            "direction": self.direction,
            "name": self.name,
            "user": self.user,
            "status": self.status,
            "latency_ms": self.latency_ms,
            "error": self.error,
            "request": without_secrets(self.request),
            "response": without_secrets(self.response),
        }


class RequestLog:
    """The last requests, numbered from 1."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._next = 1

    def open(
        self,
        direction: Literal["to_bot", "from_bot"],
        name: str,
        *,
        at: str,
        user: str = "",
        request: JsonValue = None,
    ) -> LoggedRequest:
        """A new entry, to be completed when the answer is there."""
        entry = LoggedRequest(
            no=self._next, at=at, direction=direction, name=name, user=user, request=request
        )
        self._next += 1
        self._entries.append(entry)
        return entry

    def find(self, no: int) -> LoggedRequest | None:
        """The entry with this number, if it is still kept."""
        return next((entry for entry in self._entries if entry.no == no), None)

    def listed(self, *, after: int = 0) -> list[JsonObject]:
        """The entries with a higher number than `after`, oldest first."""
        return [entry.to_json() for entry in self._entries if entry.no > after]


def without_secrets(value: JsonValue) -> JsonValue:
    """A copy in which the values of secret names are replaced."""
    if isinstance(value, dict):
        return {
            name: "…" if name in SECRET_NAMES and part else without_secrets(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return value
