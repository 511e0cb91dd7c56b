"""The Events API: one delivery and up to three more when it is not acknowledged in time.

https://docs.slack.dev/apis/events-api#retries. Slack waits nothing, one minute and five minutes;
the waits here are settings, on the sandbox's clock. Deliveries run beside everything else and end
with the stand-in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from sandbox.clock import SandboxClock
from sandbox.slack import payloads
from sandbox.slack.bot_client import JSON, Ack, BotClient
from sandbox.slack.jsontypes import JsonObject, compact
from sandbox.slack.seed import SlackSettings
from sandbox.slack.workspace import Workspace


class EventDelivery:
    """Sends events to the bot in the background."""

    def __init__(
        self,
        *,
        settings: SlackSettings,
        workspace: Workspace,
        bot: BotClient,
        clock: SandboxClock,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._workspace = workspace
        self._bot = bot
        self._running: set[asyncio.Task[None]] = set()

    def publish(self, event: JsonObject, *, user: str = "") -> str:
        """Send an event the app is subscribed to; its id, or an empty text when it is not."""
        if event["type"] not in self._settings.events:
            return ""
        return self.deliver(event, user=user)

    def deliver(self, event: JsonObject, *, user: str = "") -> str:
        """Send an event whether or not the app is subscribed to it; returns its id."""
        event_id = self._workspace.next_id("Ev")
        moment = self._workspace.now().timestamp()
        stamped = {"event_ts": f"{moment:.6f}", **event}
        envelope = payloads.event_envelope(stamped, event_id=event_id, event_time=int(moment))
        self._start(self._attempts(envelope, user))
        return event_id

    async def drain(self) -> None:
        """Wait until every delivery has ended."""
        while self._running:
            await asyncio.gather(*self._running)

    async def aclose(self) -> None:
        """Give up what is still being delivered."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _attempts(self, envelope: JsonObject, user: str) -> None:
        ack = await self._attempt(envelope, user, {})
        for number, wait_s in enumerate(self._settings.retry_waits_s, start=1):
            if not ack.error or ack.headers.get("x-slack-no-retry") == "1":
                return
            await self._clock.sleep(wait_s)
            if ack.error == "operation_timeout":
                reason = "http_timeout"
            else:
                reason = "connection_failed" if ack.status is None else "http_error"
            ack = await self._attempt(
                envelope,
                user,
                {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason},
            )

    async def _attempt(self, envelope: JsonObject, user: str, extra: dict[str, str]) -> Ack:
        return await self._bot.send(
            f"event {envelope['event']['type']}",
            compact(envelope).encode(),
            content_type=JSON,
            user=user,
            shown=envelope,
            extra=extra,
        )
