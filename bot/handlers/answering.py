"""Gets a handler's reply to the person: in an ack, through a response URL, as a modal or a DM.

What Slack will not take now waits in the outbox. Nothing here decides what to say.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from bot.handlers.context import Caller, Reply, SubmitReply
from bot.handlers.payloads import Pressed, Sent
from bot.handlers.slack_api import SlackApi, SlackAwayError, SlackRefusedError
from bot.services.ports import Clock, Storage
from bot.views import kit
from ledger.records import Message

Body = dict[str, Any]
"""What Slack is sent."""

TOO_LATE = (
    "Slack's three seconds to open the window were over, or the window could not be shown. Please"
    " try again."
)
_log = structlog.get_logger(__name__)


def says_nothing(reply: Reply) -> bool:
    """Say whether there is nothing to show as a message."""
    return not reply.text and not reply.blocks


def plain_text(blocks: tuple[kit.Block, ...]) -> str:
    """Return the words of blocks, for notifications and for when Slack refuses the blocks."""
    words = []
    for block in blocks:
        texts = [block.get("text"), *(block.get("fields") or ()), *(block.get("elements") or ())]
        words += [text["text"] for text in texts if isinstance(text, dict) and _is_text(text)]
    return kit.cut("\n".join(words), kit.SECTION_LIMIT)


def body_of(reply: Reply) -> Body:
    """Return a reply as an ephemeral message: blocks always with a text beside them."""
    body: Body = {"response_type": "ephemeral", "text": reply.text or plain_text(reply.blocks)}
    if reply.blocks:
        body["blocks"] = list(reply.blocks[: kit.MESSAGE_BLOCKS])
    return body


def notice(reply: Reply) -> kit.View:
    """Return a reply as a window that can only be read."""
    blocks = reply.blocks or (kit.section(reply.text),)
    return kit.modal("notice", "Integral", blocks)


def ack_of(sent: Sent, reply: SubmitReply) -> Body:
    """Return the ack of a modal: errors under its inputs, another view, or nothing: it closes."""
    if reply.errors:
        return {"response_action": "errors", "errors": _placed(sent, reply.errors)}
    if reply.view is not None:
        return {"response_action": "update", "view": reply.view}
    return {}


def _placed(sent: Sent, errors: Mapping[str, str]) -> dict[str, str]:
    """Put errors where the modal has an input: Slack refuses all when one block is unknown."""
    known = {block: text for block, text in errors.items() if block in sent.inputs}
    strays = [text for block, text in errors.items() if block not in sent.inputs]
    if strays and sent.inputs:
        first = sent.inputs[0]
        known[first] = " ".join([*([known[first]] if first in known else []), *strays])
    return {block: kit.cut(text, 2000) for block, text in known.items()}


def _is_text(element: kit.Block) -> bool:
    return element.get("type") in {"mrkdwn", "plain_text"}


class Answers:
    """Slack and the outbox, as ways to a person."""

    def __init__(
        self, *, slack: SlackApi, storage: Storage, clock: Clock, wake: Callable[[], None]
    ) -> None:
        """Take the ways out.

        Args:
            slack: for what must be seen at once.
            storage: whose outbox keeps what may wait.
            clock: the time.
            wake: tells a notifier of this process that something waits.
        """
        self._slack = slack
        self._storage = storage
        self._clock = clock
        self._wake = wake

    async def after_command(self, caller: Caller, response_url: str | None, reply: Reply) -> None:
        """Say a reply that came too late for the ack."""
        if not says_nothing(reply):
            await self._respond(caller, response_url, body_of(reply))
        await self.open_of(caller, response_url, reply)

    async def open_of(self, caller: Caller, response_url: str | None, reply: Reply) -> None:
        """Open the modal that a reply asks for; say so when the trigger is over."""
        if reply.opens is None:
            return
        if not await self._show(caller, "views.open", view=reply.opens):
            await self._respond(caller, response_url, body_of(Reply(text=TOO_LATE)))

    async def after_click(self, pressed: Pressed, reply: Reply) -> None:
        """Answer a click: where it happened, in a window over it, or in its place."""
        if pressed.view_id is not None:
            await self._over_view(pressed, reply)
            return
        if not says_nothing(reply):
            body = body_of(reply) | {"replace_original": reply.replaces}
            await self._respond(pressed.caller, pressed.response_url, body)
        await self.open_of(pressed.caller, pressed.response_url, reply)

    async def after_submit(self, caller: Caller, reply: SubmitReply) -> None:
        """Say what a modal's handler wants said, as a direct message."""
        if reply.says is not None and not says_nothing(reply.says):
            await self.tell(caller, reply.says)

    async def update_view(self, caller: Caller, view_id: str, view: kit.View) -> bool:
        """Show another view in a window that is open; false when it is not any more."""
        return await self._show(caller, "views.update", view=view, view_id=view_id)

    async def tell(self, caller: Caller, reply: Reply) -> None:
        """Leave a direct message in the outbox."""
        body = body_of(reply)
        await self.put(
            Message(
                key=f"say:{secrets.token_hex(12)}",
                team_id=caller.team_id,
                channel=caller.user_id,
                text=body["text"],
                blocks=json.dumps(body.get("blocks", [])),
            )
        )

    async def publish_home(self, caller: Caller, view: kit.View) -> None:
        """Have a person's App Home show a view."""
        await self.put(
            Message(
                key=f"home:{caller.team_id}:{caller.user_id}",
                team_id=caller.team_id,
                channel=caller.user_id,
                text="",
                blocks=json.dumps(view),
                is_home=True,
            )
        )

    async def put(self, message: Message) -> None:
        """Leave a message in the outbox and wake the notifier."""
        async with self._storage.unit() as unit:
            await unit.outbox.put(message, self._clock.now())
            await unit.commit()
        self._wake()

    async def _over_view(self, pressed: Pressed, reply: Reply) -> None:
        view = reply.opens or (None if says_nothing(reply) else notice(reply))
        if view is None:
            return
        caller = pressed.caller
        if pressed.view_type == "home":
            shown = await self._show(caller, "views.open", view=view)
        elif reply.replaces and pressed.view_id:
            shown = await self.update_view(caller, pressed.view_id, view)
        else:
            shown = await self._show(caller, "views.push", view=view)
        if not shown:
            await self.tell(caller, Reply(text=TOO_LATE) if reply.opens else reply)

    async def _show(
        self, caller: Caller, method: str, *, view: kit.View, view_id: str | None = None
    ) -> bool:
        """Show a view, with the view's id or the trigger that just came."""
        place = {"view_id": view_id} if view_id else {"trigger_id": caller.trigger_id}
        try:
            await self._slack.call(caller.team_id, method, view=view, **place)
        except (SlackAwayError, SlackRefusedError) as error:
            _log.warning("view_not_shown", method=method, error=str(error))
            return False
        return True

    async def _respond(self, caller: Caller, response_url: str | None, body: Body) -> None:
        """Answer through the response URL; plainer when Slack refuses blocks, else by DM."""
        try:
            if response_url is not None:
                await self._slack.respond(response_url, body)
                return
        except SlackRefusedError as error:
            if error.error == "invalid_blocks" and "blocks" in body:
                _log.error("blocks_refused", team=caller.team_id)
                plain = {name: part for name, part in body.items() if name != "blocks"}
                await self._respond(caller, response_url, plain)
                return
        except SlackAwayError as error:
            _log.warning("response_url_away", error=str(error))
        await self.tell(caller, Reply(text=body["text"], blocks=tuple(body.get("blocks", ()))))
