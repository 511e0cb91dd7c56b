"""What people do to blocks: click, choose, ask for options, submit and close.

https://docs.slack.dev/reference/interaction-payloads. An act that a person could not do in Slack's
client (an element that is no longer shown, a channel they are not in) is refused before the bot
hears of it; a stale click is what the control API's replay is for.
"""

from __future__ import annotations

from sandbox.slack import payloads
from sandbox.slack.block_elements import OPTIONS_ANSWER
from sandbox.slack.block_kit import elements_of
from sandbox.slack.block_schema import Findings
from sandbox.slack.bot_client import FORM, Ack, BotClient
from sandbox.slack.entities import Message, Person, View
from sandbox.slack.errors import ControlRefusal, SlackRefusal
from sandbox.slack.input_values import (
    CHOICE_NAMES,
    chosen,
    complaints,
    has_value,
    merge,
    state_values,
)
from sandbox.slack.jsontypes import JsonObject, JsonValue, as_object
from sandbox.slack.modals import Modals
from sandbox.slack.passes import ResponseUrls, Triggers
from sandbox.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


class Interactions:
    """Every person's hands on messages, modals and the Home tab."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        bot: BotClient,
        triggers: Triggers,
        response_urls: ResponseUrls,
    ) -> None:
        self._workspace = workspace
        self._bot = bot
        self._triggers = triggers
        self._response_urls = response_urls
        self._modals = Modals(workspace)

    async def click(self, person: Person, act: JsonObject) -> JsonObject:
        """A button, a choice in a menu, or typing into a field that dispatches.

        `act` has `action_id`, perhaps `block_id`, the chosen value, and either `channel` with
        `message_ts` or `view` (the id of an open modal, or "home").
        """
        surface = self.surface(person, act)
        block, element = self._element(surface.blocks, act)
        given = as_object(act.get("values"))
        choice = next((act[name] for name in CHOICE_NAMES if name in act), None)
        if has_value(element):
            given = {
                **given,
                block["block_id"]: {
                    **as_object(given.get(block["block_id"])),
                    element["action_id"]: choice,
                },
            }
        surface.values = merge(surface.blocks, surface.values, given)
        action = self._action(block, element, choice)
        ack = await self._send(
            "block_actions",
            f"{element['type']} {element['action_id']}",
            person,
            surface,
            {"actions": [action]},
        )
        return ack.to_json()

    async def options(self, person: Person, act: JsonObject) -> JsonObject:
        """The options of an external select for what was typed so far."""
        surface = self.surface(person, act)
        block, element = self._element(surface.blocks, act)
        asked = {
            "block_id": block["block_id"],
            "action_id": element["action_id"],
            "value": str(act.get("value") or ""),
        }
        name = f"options {element['action_id']}"
        ack = await self._send("block_suggestion", name, person, surface, asked)
        answer = as_object(ack.body)
        found = Findings()
        if not ack.error:
            OPTIONS_ANSWER(answer, "", found)
        error = ack.error or ("; ".join(found.messages) and "invalid_options")
        shown = {} if error else answer
        return {**ack.to_json(), **shown, "error": error, "messages": found.messages}

    async def submit(self, person: Person, view_id: str, values: JsonObject) -> JsonObject:
        """Press a modal's submit button. `result` says what came of it, `errors` by block id."""
        view = self._front(person, view_id)
        view.values = merge(view.blocks, view.values, values)
        refused = complaints(view.blocks, view.values)
        if refused:
            return {"result": "refused_by_client", "errors": refused, "error": ""}
        shown = self._workspace.view_json(view)
        payload: JsonObject = {"view": shown, "response_urls": self._view_urls(person, view)}
        ack = await self._dispatch(
            "view_submission", f"submit {shown['callback_id']}", person, payload, view=view
        )
        return ack.to_json() | self._after_submit(person, view, ack)

    async def close(self, person: Person, view_id: str, *, everything: bool) -> JsonObject:
        """Close the modal in front, or the whole stack with its cross."""
        view = self._front(person, view_id)
        clears = everything or bool(view.definition.get("clear_on_close"))
        told: list[JsonObject] = []
        for closed in reversed(self._modals.close(view, everything=clears)):
            if closed.definition.get("notify_on_close"):
                shown = self._workspace.view_json(closed)
                payload = payloads.interaction(
                    "view_closed", person, {"view": shown, "is_cleared": clears}
                )
                ack = await self._post(f"close {shown['callback_id']}", person, payload)
                told.append(ack.to_json())
        return {"result": "closed", "acks": told}

    def surface(self, person: Person, act: JsonObject) -> Message | View:
        """The message or view a person acts on.

        Raises:
            ControlRefusal: this person does not see it.
        """
        if act.get("view"):
            return self._view(person, str(act["view"]))
        channel, ts = str(act.get("channel", "")), str(act.get("message_ts", ""))
        seen = self._workspace.visible(channel, person.id)
        message = next((item for item in seen if item.ts == ts), None)
        if message is None:
            raise ControlRefusal(f"{person.name} sees no such message", status=404)
        return message

    def _view(self, person: Person, name: str) -> View:
        home = self._workspace.homes.get(person.id)
        if home is not None and name in ("home", home.id):
            return home
        return self._front(person, name)

    def _front(self, person: Person, view_id: str) -> View:
        stack = self._workspace.stack(person.id)
        if not stack or stack[-1].id != view_id:
            raise ControlRefusal(f"{person.name} has no such view in front", status=404)
        return stack[-1]

    @staticmethod
    def _element(blocks: list[JsonObject], act: JsonObject) -> tuple[JsonObject, JsonObject]:
        for block, element in elements_of(blocks):
            if element["action_id"] == act.get("action_id") and act.get("block_id") in (
                None,
                "",
                block["block_id"],
            ):
                return block, element
        raise ControlRefusal(f"nothing here has the action id {act.get('action_id')}", status=404)

    def _action(self, block: JsonObject, element: JsonObject, choice: JsonValue) -> JsonObject:
        action: JsonObject = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self._workspace.next_ts(),
        }
        if has_value(element):
            file_json = self._workspace.file_json
            return action | chosen(element, choice, file_json=file_json)
        kept = ("text", "value", "style", "url")
        return action | {name: element[name] for name in kept if name in element}

    async def _send(
        self, kind: str, name: str, person: Person, surface: Message | View, more: JsonObject
    ) -> Ack:
        if isinstance(surface, View):
            payload: JsonObject = {
                "container": {"type": "view", "view_id": surface.id},
                "view": self._workspace.view_json(surface),
                **more,
            }
            return await self._dispatch(kind, name, person, payload, view=surface)
        payload = self._on_message(person, surface) | more
        if kind == "block_suggestion":
            payload.pop("response_url")
        return await self._dispatch(kind, name, person, payload, channel=surface.channel)

    def _on_message(self, person: Person, message: Message) -> JsonObject:
        channel = self._workspace.channels[message.channel]
        key = self._response_urls.make(person.id, channel=channel.id, original=message.ts)
        state = state_values(message.blocks, message.values, file_json=self._workspace.file_json)
        payload: JsonObject = {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": message.ephemeral_to is not None,
            },
            "channel": {
                "id": channel.id,
                "name": "directmessage" if channel.is_im else channel.name,
            },
            "state": {"values": state},
            "response_url": self._response_urls.address(key),
        }
        # Slack does not keep ephemeral messages, so it cannot send one along.
        if message.ephemeral_to is None:
            payload["message"] = self._workspace.message_json(message)
        return payload

    async def _dispatch(
        self,
        kind: str,
        name: str,
        person: Person,
        payload: JsonObject,
        *,
        view: View | None = None,
        channel: str | None = None,
    ) -> Ack:
        if kind != "block_suggestion":
            payload["trigger_id"] = self._triggers.make(
                person.id,
                channel=channel or (view.channel if view else None),
                view_id=view.id if view else None,
            )
        return await self._post(name, person, payloads.interaction(kind, person, payload))

    async def _post(self, name: str, person: Person, payload: JsonObject) -> Ack:
        return await self._bot.send(
            name,
            payloads.payload_bytes(payload),
            content_type=FORM,
            user=person.id,
            shown=payload,
        )

    def _view_urls(self, person: Person, view: View) -> list[JsonObject]:
        urls: list[JsonObject] = []
        for block, element in elements_of(view.blocks):
            channel = as_object(view.values.get(block["block_id"])).get(element["action_id"])
            if element.get("response_url_enabled") and channel:
                key = self._response_urls.make(person.id, channel=str(channel))
                urls.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel,
                        "response_url": self._response_urls.address(key),
                    }
                )
        return urls

    def _after_submit(self, person: Person, view: View, ack: Ack) -> JsonObject:
        """Carry out the ack's `response_action`; what Slack cannot use is the person's trouble."""
        if ack.error:
            return {"result": "failed", "errors": {}, "message": TROUBLE}
        answer = as_object(ack.body)
        try:
            return self._respond(person, view, answer)
        except SlackRefusal as refusal:
            return {
                "result": "failed",
                "errors": {},
                "message": TROUBLE,
                "error": refusal.error,
                "messages": list(refusal.messages),
            }

    def _respond(self, person: Person, view: View, answer: JsonObject) -> JsonObject:
        match answer.get("response_action"):
            case None | "clear" as action:
                self._modals.close(view, everything=action == "clear")
                return {"result": "cleared" if action else "closed", "errors": {}}
            case "errors":
                errors = as_object(answer.get("errors"))
                inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
                if not errors or not set(errors) <= inputs:
                    raise SlackRefusal("invalid_errors_in_response_action")
                return {"result": "errors", "errors": errors}
            case "update":
                self._modals.update(view, answer.get("view"))
                return {"result": "updated", "errors": {}}
            case "push":
                self._modals.push(person.id, answer.get("view"))
                return {"result": "pushed", "errors": {}}
            case _:
                raise SlackRefusal("invalid_response_action")
