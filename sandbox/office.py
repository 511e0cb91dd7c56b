"""People at the local Slack and at its ERPs, acting over the control API as the page does.

Hands and eyes only: type, click, choose, submit, look, wait. What they do in which order is
`sandbox.journey`'s. It speaks HTTP to the sandbox alone; the bot is reached through Slack.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import httpx

from sandbox.slack.jsontypes import JsonObject, as_list, as_object

STEP_WITHIN_S = 60.0
PUSH_WITHIN_S = 300.0
"""QuickBooks takes some eight entries a second, so four hundred need about a minute."""
_FIRST_LOOK_S, _LONGEST_LOOK_S, _LOOK_LESS = 0.05, 0.5, 1.2
"""Often at first, ever more seldom while nothing comes: every look reads a whole channel."""
Found = TypeVar("Found")


class JourneyError(Exception):
    """A step did not lead where it should; the text says which, and what was seen instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Something on a message that can be clicked."""

    message: JsonObject
    block_id: str
    element: JsonObject

    @property
    def url(self) -> str:
        """Where a link button leads."""
        return str(self.element.get("url", ""))


class Office:
    """The sandbox's control API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, **query: str) -> JsonObject:
        """Read from the control API."""
        return _answer(await self._http.get(f"/control/{path}", params=query))

    async def post(self, path: str, body: JsonObject) -> JsonObject:
        """Act through the control API."""
        return _answer(await self._http.post(f"/control/{path}", json=body))

    async def file(self, file_id: str) -> bytes:
        """A file's bytes, as Slack's download has them."""
        return (await self._http.get(f"/control/slack/files/{file_id}")).raise_for_status().content

    async def replay(self, request_no: str) -> None:
        """Send the very same signed bytes to the bot again."""
        await self.post("slack/replay", {"request_no": request_no})

    def person(self, handle: str) -> Person:
        """Someone of the workspace."""
        return Person(self, handle)


class Person:
    """One person's Slack."""

    def __init__(self, office: Office, handle: str) -> None:
        self.handle = handle
        self._office = office

    async def types(self, text: str, *, channel: str = "finance") -> str:
        """Type a line into a channel and return the number of the request it became."""
        body: JsonObject = {"user": self.handle, "channel": channel, "text": text}
        answer = await self._office.post("slack/command", body)
        if answer.get("error"):
            raise JourneyError(f"{self.handle} typed {text.split(' ')[0:2]}: {answer['error']}")
        return str(answer.get("request_no", ""))

    async def sees(
        self,
        words: str,
        *,
        channel: str = "finance",
        past: str = "",
        within_s: float = STEP_WITHIN_S,
    ) -> JsonObject:
        """Wait for a message with these words that came after `past`, a message's `ts`."""

        async def look() -> JsonObject | None:
            found = await self.messages(channel)
            fitting = (m for m in reversed(found) if words in _text_of(m) and m["ts"] > past)
            return next(fitting, None)

        return await self.within(look, f"a message with “{words}” in {channel}", within_s)

    async def finds(self, action_id: str, *, channel: str = "finance", past: str = "") -> Press:
        """Wait for something to click on, on a message that came after `past`."""

        async def look() -> Press | None:
            messages = [m for m in await self.messages(channel) if m["ts"] > past]
            presses = (p for m in reversed(messages) for p in presses_on(m))
            return next((p for p in presses if p.element.get("action_id") == action_id), None)

        return await self.within(look, f"{action_id} on a message in {channel}")

    async def picker(self, label: str, action_id: str, *, past: str = "") -> Press:
        """Wait for the picker of the section that begins with a label."""

        async def look() -> Press | None:
            messages = [m for m in await self.messages("finance") if m["ts"] > past]
            blocks = {b["block_id"]: b for m in messages for b in as_list(m.get("blocks"))}
            for press in (p for m in reversed(messages) for p in presses_on(m)):
                words = text_of_block(blocks[press.block_id])
                if press.element["action_id"] == action_id and words.startswith(label):
                    return press
            return None

        return await self.within(look, f"the picker of {label}")

    async def clicks(self, press: Press, **chosen: object) -> str:
        """Click or choose, and return the number of the request it became."""
        message = press.message
        body: JsonObject = {
            "user": self.handle,
            "channel": message["channel"],
            "message_ts": message["ts"],
            "block_id": press.block_id,
            "action_id": press.element["action_id"],
            **chosen,
        }
        answer = await self._office.post("slack/click", body)
        if answer.get("error"):
            raise JourneyError(f"{self.handle} clicked {body['action_id']}: {answer['error']}")
        return str(answer["request_no"])

    async def modal(self, callback_id: str) -> JsonObject:
        """Wait until this modal is in front."""

        async def look() -> JsonObject | None:
            views = await self._office.get("slack/views", user=self.handle)
            front = views["modals"][-1:]
            return next((v for v in front if v.get("callback_id") == callback_id), None)

        return await self.within(look, f"the modal {callback_id}")

    async def submits(self, view: JsonObject, values: JsonObject) -> str:
        """Fill in a modal and send it off; `values` by action id, or by block and action id."""
        body: JsonObject = {"user": self.handle, "view_id": view["id"], "values": values}
        answer = await self._office.post("slack/submit", body)
        if answer["result"] not in {"closed", "cleared", "updated"}:
            said = answer.get("errors") or answer.get("messages") or answer.get("error")
            raise JourneyError(f"{self.handle} sent {view['callback_id']}: {said}")
        return str(answer.get("request_no", ""))

    async def option(self, where: JsonObject, action_id: str, name: str) -> JsonObject:
        """Type a name into a picker and return the option with that name.

        Args:
            where: `{"view": id}`, or `{"channel", "message_ts"}`; perhaps with a `block_id`.
            action_id: The picker.
            name: What is typed; the option of exactly this name, or whose last part it is.
        """
        body: JsonObject = {"user": self.handle, "action_id": action_id, "value": name, **where}
        answer = await self._office.post("slack/options", body)
        offered = {str(option["text"]["text"]): option for option in as_list(answer.get("options"))}
        ends = (f":{name}", f" {name}")
        fitting = [label for label in offered if label == name or label.endswith(ends)]
        if fitting:
            # A number or a parent may stand before the name; another name that ends so is longer.
            return as_object(offered[min(fitting, key=len)])
        raise JourneyError(f"{action_id} offers no {name}: {answer.get('error') or list(offered)}")

    async def uploads(self, name: str, content: bytes) -> str:
        """Upload a file as the client of a file input does, and return its id."""
        encoded = base64.b64encode(content).decode()
        body: JsonObject = {"user": self.handle, "filename": name, "content": encoded}
        return str((await self._office.post("slack/upload", body))["file_id"])

    async def messages(self, channel: str) -> list[JsonObject]:
        """What this person sees in a channel, oldest first."""
        answer = await self._office.get("slack/messages", user=self.handle, channel=channel)
        return [as_object(message) for message in as_list(answer["messages"])]

    async def latest(self, channel: str = "finance") -> str:
        """The `ts` of the newest message, to tell what comes later from what was there."""
        return max((str(m["ts"]) for m in await self.messages(channel)), default="")

    async def within(
        self,
        look: Callable[[], Awaitable[Found | None]],
        what: str,
        within_s: float = STEP_WITHIN_S,
    ) -> Found:
        """Look until something is there.

        Raises:
            JourneyError: it did not come in time.
        """
        end, pause = time.monotonic() + within_s, _FIRST_LOOK_S
        while (found := await look()) is None:
            if time.monotonic() > end:
                seen = [_text_of(m)[:300] for m in (await self.messages("finance"))[-3:]]
                private = [_text_of(m)[:300] for m in (await self.messages("dm"))[-3:]]
                raise JourneyError(
                    f"{self.handle} waited {within_s:.0f} seconds for {what}. "
                    f"Last in the channel: {seen}. Last in the direct messages: {private}."
                )
            await asyncio.sleep(pause)
            pause = min(pause * _LOOK_LESS, _LONGEST_LOOK_S)
        return found


def presses_on(message: JsonObject) -> Iterator[Press]:
    """Everything on a message that can be clicked."""
    for block in as_list(message.get("blocks")):
        accessory = [block["accessory"]] if "accessory" in block else []
        for element in [*as_list(block.get("elements")), *accessory]:
            if "action_id" in as_object(element):
                yield Press(message=message, block_id=block["block_id"], element=element)


def text_of_block(block: JsonObject) -> str:
    """The words of a section or of an input's label."""
    return str(as_object(block.get("text") or block.get("label")).get("text", ""))


def _text_of(message: JsonObject) -> str:
    """Every word of a message, blocks included."""
    return " ".join([str(message.get("text", "")), *_texts(as_list(message.get("blocks")))])


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)


def _answer(reply: httpx.Response) -> JsonObject:
    answer = as_object(json.loads(reply.text, parse_float=Decimal))
    if reply.is_error:
        raise JourneyError(f"{reply.request.url.path}: {answer.get('error', reply.status_code)}")
    return answer
