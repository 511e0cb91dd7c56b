"""Bolt's listeners: acknowledge within a second, whatever the handler does, then say the rest.

Bolt answers 404 after three seconds when a listener fails right behind its ack, keeps no running
task and acks events before the listener runs (measured with slack-bolt 1.30). Hence: nothing here
can raise, work runs in tasks that ``Tasks`` keeps, and events that matter are done in middleware.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot.handlers import payloads
from bot.handlers.answering import Answers, ack_of, body_of, notice, says_nothing
from bot.handlers.calls import Calls
from bot.handlers.context import Caller, Reply, SubmitReply
from bot.handlers.failures import apology, report
from bot.handlers.home import HomeTab
from bot.handlers.payloads import Sent, Typed
from bot.handlers.tasks import Tasks
from bot.views import guidance, kit

PATIENCE_S = 0.8
"""How long an ack waits for the handler; Slack itself waits three seconds."""
TYPING_PATIENCE_S = 2.0
"""How long a type-ahead waits: its answer can only be the ack."""
WORKING = "Working on it…"

Body = dict[str, Any]
Next = Callable[[], Awaitable[BoltResponse]]


class Departures(Protocol):
    """What is done when a workspace takes our tokens away."""

    async def left(self, team_id: str, at: datetime) -> None:
        """Wipe the workspace's Slack tokens and pause its companies' pushes; twice is harmless."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """One method a kind of request."""

    calls: Calls
    answers: Answers
    home: HomeTab
    tasks: Tasks
    departures: Departures
    patience_s: float = PATIENCE_S

    async def command(self, ack: AsyncAck, body: Body) -> None:
        """Answer a slash command in the ack, or later through its response URL."""
        typed = payloads.typed(body)
        work = self.tasks.start(self.calls.command(typed))
        if not await _in_time(work, self.patience_s):
            await ack(text=WORKING, response_type="ephemeral")
            self.tasks.start(self._late_command(typed, work))
            return
        reply = work.result()
        if says_nothing(reply):
            await ack()
        else:
            await ack(**body_of(reply))
        if reply.opens is not None:
            self.tasks.start(self.answers.open_of(typed.caller, typed.response_url, reply))

    async def click(self, ack: AsyncAck, body: Body) -> None:
        """Ack a click at once and answer it afterwards."""
        await ack()
        self.tasks.start(self._click(body))

    async def submit(self, ack: AsyncAck, body: Body) -> None:
        """Answer a modal in the ack; a slow one shows that it works and is updated later."""
        sent = payloads.sent(body)
        work = self.tasks.start(self.calls.submit(sent))
        if not await _in_time(work, self.patience_s):
            await ack(response_action="update", view=_window(WORKING))
            self.tasks.start(self._late_submit(sent, work))
            return
        reply = work.result()
        await ack(**ack_of(sent, reply))
        self.tasks.start(self.answers.after_submit(sent.caller, reply))

    async def type_ahead(self, ack: AsyncAck, body: Body) -> None:
        """Answer a type-ahead; with nothing when the handler is too slow for it."""
        work = self.tasks.start(self.calls.options(payloads.type_ahead(body)))
        found = work.result() if await _in_time(work, TYPING_PATIENCE_S) else []
        await ack(options=[kit.option(label, value) for label, value in found])

    async def home_opened(self, body: Body) -> None:
        """Draw the App Home when its tab (not the messages tab) is opened."""
        event = body["event"]
        if event.get("tab") == "home":
            caller = Caller(team_id=body["team_id"], user_id=event["user"])
            self.tasks.start(self.home.publish(caller))

    async def uninstalled(self, body: Body, next: Next) -> BoltResponse:  # noqa: A002 - Bolt's name
        """End a workspace that removed the app; a failure makes Slack send the event again."""
        return await self._left(body, next)

    async def tokens_revoked(self, body: Body, next: Next) -> BoltResponse:  # noqa: A002 - Bolt's name
        """End a workspace whose bot token was revoked; people's tokens we have none of."""
        if not body["event"].get("tokens", {}).get("bot"):
            return await next()
        return await self._left(body, next)

    async def nothing_more(self) -> None:
        """Follow a middleware that did it all."""

    async def _left(self, body: Body, then: Next) -> BoltResponse:
        try:
            at = datetime.fromtimestamp(int(body["event_time"]), UTC)
            await self.departures.left(body["team_id"], at)
        except Exception as error:  # noqa: BLE001 - Slack repeats an event that got no 200
            report(error, what="event app_uninstalled", team_id=body.get("team_id"))
            return BoltResponse(status=503)
        return await then()

    async def _click(self, body: Body) -> None:
        pressed = payloads.pressed(body)
        if pressed.action_id == guidance.HOME_ORGANISATION:
            await self.home.refresh(pressed)
            return
        reply = await self.calls.click(pressed)
        await self.answers.after_click(pressed, reply)
        if pressed.view_type == "home" and not pressed.is_link:
            await self.home.refresh(pressed)

    async def _late_command(self, typed: Typed, work: asyncio.Task[Reply]) -> None:
        await self.answers.after_command(typed.caller, typed.response_url, await work)

    async def _late_submit(self, sent: Sent, work: asyncio.Task[SubmitReply]) -> None:
        reply = await work
        await self.answers.update_view(sent.caller, sent.view_id, _late_window(reply))
        await self.answers.after_submit(sent.caller, reply)


async def _in_time(work: asyncio.Task[Any], seconds: float) -> bool:
    """Wait for work without cancelling it; say whether it has ended well in time."""
    await asyncio.wait({work}, timeout=seconds)
    return work.done() and not work.cancelled() and work.exception() is None


def _late_window(reply: SubmitReply) -> kit.View:
    """Return what a window that waited shows: Slack lets no app close one later on."""
    if reply.view is not None:
        return reply.view
    if reply.errors:
        return _window(" ".join(reply.errors.values()))
    if reply.says is None or says_nothing(reply.says):
        return _window("Done.")
    return notice(reply.says)


def _window(text: str) -> kit.View:
    return kit.modal("notice", "Integral", [kit.section(text)])


async def last_resort(error: Exception, body: Body, ack: AsyncAck) -> BoltResponse | None:
    """Answer what failed outside every handler, such as a payload of a shape Slack never sends."""
    reference = report(error, what="dispatch", team_id=body.get("team_id"))
    if ack.response is not None:
        return None
    if "command" in body:
        return await ack(**body_of(Reply(text=apology(reference))))
    return await ack()
