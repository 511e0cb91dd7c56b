"""What Slack hands out to be used soon and seldom: trigger ids and response URLs.

Times come from the sandbox's clock. Passes are forgotten at a restart, as nothing of them outlives
half an hour.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import SandboxClock
from sandbox.slack.errors import SlackRefusal

# https://docs.slack.dev/reference/methods/views.open/
TRIGGER_LIFE = timedelta(seconds=3)
# https://docs.slack.dev/interactivity/handling-user-interaction
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What a trigger id stands for: a person's act, in a channel or in an open modal."""

    user: str
    made: datetime
    channel: str | None = None
    view_id: str | None = None


class Triggers:
    """Trigger ids: good for three seconds and for one use."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._known: dict[str, Trigger] = {}
        self._used: set[str] = set()

    def make(self, user: str, *, channel: str | None = None, view_id: str | None = None) -> str:
        """A new trigger id."""
        trigger_id = (
            f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        )
        self._known[trigger_id] = Trigger(
            user=user, made=self._clock.now(), channel=channel, view_id=view_id
        )
        return trigger_id

    def use(self, trigger_id: str) -> Trigger:
        """What the id stands for; it is spent by this.

        Raises:
            SlackRefusal: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        trigger = self._known.get(trigger_id)
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if trigger_id in self._used:
            raise SlackRefusal("exchanged_trigger_id")
        if self._clock.now() - trigger.made > TRIGGER_LIFE:
            raise SlackRefusal("expired_trigger_id")
        self._used.add(trigger_id)
        return trigger


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where an app may answer an act: `original` is the message the act came from, if any."""

    user: str
    channel: str
    made: datetime
    original: str | None = None
    uses: int = 0


class ResponseUrls:
    """Response URLs: good for five uses within half an hour."""

    def __init__(self, clock: SandboxClock, *, public_url: str) -> None:
        self._clock = clock
        self._public_url = public_url
        self._known: dict[str, ResponseUrl] = {}

    def make(self, user: str, *, channel: str, original: str | None = None) -> str:
        """The key of a new response URL."""
        key = secrets.token_urlsafe(18)
        self._known[key] = ResponseUrl(
            user=user, channel=channel, made=self._clock.now(), original=original
        )
        return key

    def address(self, key: str) -> str:
        """Where the app posts to."""
        return f"{self._public_url}/slack/response/{key}"

    def find(self, key: str) -> ResponseUrl | None:
        """The response URL without using it, for the answer that came inside an ack."""
        return self._known.get(key)

    def use(self, key: str) -> ResponseUrl:
        """The response URL, with one use fewer left.

        Raises:
            SlackRefusal: `expired_url` or `used_url`, with status 404.
        """
        known = self._known.get(key)
        if known is None or self._clock.now() - known.made > RESPONSE_URL_LIFE:
            raise SlackRefusal("expired_url", status=404)
        if known.uses >= RESPONSE_URL_USES:
            raise SlackRefusal("used_url", status=404)
        known.uses += 1
        return known
