"""How the stand-in says no: to the bot by Slack's error names, to the page and tests by status.

Nothing here decides when to refuse.
"""

from __future__ import annotations

from sandbox.slack.jsontypes import JsonObject


class SlackRefusal(Exception):  # noqa: N818 - Slack's own `ok: false`, an answer and not a fault
    """A Web API call answered with `ok: false`.

    Args:
        error: Slack's error name, such as `channel_not_found`.
        messages: what `response_metadata.messages` says, one line a fault.
        status: the HTTP status, 200 for nearly every refusal of Slack.
        headers: such as `Retry-After` of a 429.
    """

    def __init__(
        self,
        error: str,
        *,
        messages: tuple[str, ...] = (),
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.status = status
        self.headers = headers or {}

    def body(self) -> JsonObject:
        """The JSON that Slack would answer."""
        answer: JsonObject = {"ok": False, "error": self.error}
        if self.messages:
            answer["errors"] = [line.removeprefix("[ERROR] ") for line in self.messages]
            answer["response_metadata"] = {"messages": list(self.messages)}
        return answer


class ControlRefusal(Exception):  # noqa: N818 - an answer to the page, not a fault
    """A control request that a person at Slack's client could not have made, with its reason."""

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
