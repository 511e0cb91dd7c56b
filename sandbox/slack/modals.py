"""Opening, pushing, updating and publishing views, for the Web API and `response_action`s alike.

Rules: https://docs.slack.dev/surfaces/modals and the pages of `views.*`. It sends nothing to the
bot.
"""

from __future__ import annotations

from typing import Literal

from sandbox.slack.block_kit import check_view
from sandbox.slack.entities import View
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.input_values import initial_values
from sandbox.slack.jsontypes import JsonObject, JsonValue
from sandbox.slack.passes import Trigger
from sandbox.slack.workspace import Workspace

# https://docs.slack.dev/reference/methods/views.push/
MOST_STACKED = 3


class Modals:
    """Every person's stack of modals and Home tab."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def open(self, trigger: Trigger, definition: JsonValue) -> View:
        """Open a modal in place of whatever the person had open."""
        view = self._new("modal", trigger.user, definition, channel=trigger.channel)
        self._workspace.modals[trigger.user] = [view]
        self._workspace.changes.note()
        return view

    def push(self, user: str, definition: JsonValue) -> View:
        """Put a modal in front of the one that is open.

        Raises:
            SlackRefusal: `push_limit_reached`; `not_found` when nothing is open.
        """
        stack = self._workspace.stack(user)
        if not stack:
            raise SlackRefusal("not_found")
        if len(stack) >= MOST_STACKED:
            raise SlackRefusal("push_limit_reached")
        view = self._new("modal", user, definition, channel=stack[-1].channel)
        view.root_view_id, view.previous_view_id = stack[0].id, stack[-1].id
        stack.append(view)
        self._workspace.changes.note()
        return view

    def update(self, view: View, definition: JsonValue, *, expected_hash: str = "") -> View:
        """Replace what a view shows; what was typed stays where its ids stay.

        Raises:
            SlackRefusal: `hash_conflict`, or what is wrong with the definition.
        """
        if expected_hash and expected_hash != view.hash:
            raise SlackRefusal("hash_conflict")
        surface: Literal["modal", "home"] = "home" if view.type == "home" else "modal"
        checked = check_view(definition, surface=surface)
        self._refuse_taken_external_id(checked, besides=view)
        view.definition, view.hash = checked, self._workspace.next_hash()
        view.values = initial_values(view.blocks, kept=view.values, channel=view.channel)
        self._workspace.changes.note()
        return view

    def publish(self, user: str, definition: JsonValue, *, expected_hash: str = "") -> View:
        """Show a Home tab to one person."""
        current = self._workspace.homes.get(user)
        if current is None:
            current = self._new("home", user, definition, channel=None)
        else:
            self.update(current, definition, expected_hash=expected_hash)
        self._workspace.keep_home(current)
        return current

    def close(self, view: View, *, everything: bool) -> list[View]:
        """Take away a view and those in front of it, or the whole stack; what was taken."""
        stack = self._workspace.stack(view.user)
        if view not in stack:
            return []
        start = 0 if everything else stack.index(view)
        taken = stack[start:]
        del stack[start:]
        self._workspace.changes.note()
        return taken

    def _new(
        self,
        surface: Literal["modal", "home"],
        user: str,
        definition: JsonValue,
        *,
        channel: str | None,
    ) -> View:
        checked: JsonObject = check_view(definition, surface=surface)
        self._refuse_taken_external_id(checked, besides=None)
        view_id = self._workspace.next_id("V")
        return View(
            id=view_id,
            user=user,
            type=surface,
            definition=checked,
            hash=self._workspace.next_hash(),
            root_view_id=view_id,
            channel=channel,
            values=initial_values(checked["blocks"], kept={}, channel=channel),
        )

    def _refuse_taken_external_id(self, definition: JsonObject, *, besides: View | None) -> None:
        external_id = str(definition.get("external_id") or "")
        other = self._workspace.find_view(external_id=external_id) if external_id else None
        if other is not None and other is not besides:
            raise SlackRefusal("duplicate_external_id")
