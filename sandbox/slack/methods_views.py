"""`views.*`: modals by trigger, updates by id, Home tabs by person.

https://docs.slack.dev/reference/methods/views.open and its neighbours.
"""

from __future__ import annotations

from sandbox.slack import seed
from sandbox.slack.arguments import Arguments
from sandbox.slack.entities import View
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, as_object
from sandbox.slack.modals import Modals
from sandbox.slack.passes import Trigger, Triggers
from sandbox.slack.switches import Switches
from sandbox.slack.workspace import Workspace


class ViewMethods:
    """The bot's modals and Home tabs."""

    def __init__(self, workspace: Workspace, triggers: Triggers, switches: Switches) -> None:
        self._workspace = workspace
        self._triggers = triggers
        self._switches = switches
        self._modals = Modals(workspace)

    def open(self, call: Arguments) -> JsonObject:
        """`views.open`."""
        trigger = self._trigger(call)
        return self._answer(self._modals.open(trigger, call.json("view")))

    def push(self, call: Arguments) -> JsonObject:
        """`views.push`, from a trigger that came out of an open modal."""
        trigger = self._trigger(call)
        if trigger.view_id is None:
            raise SlackRefusal("invalid_trigger_id")
        return self._answer(self._modals.push(trigger.user, call.json("view")))

    def update(self, call: Arguments) -> JsonObject:
        """`views.update`, by `view_id` or `external_id`, guarded by `hash` when it is given."""
        view = self._workspace.find_view(call.text("view_id"), external_id=call.text("external_id"))
        if view is None:
            raise SlackRefusal("not_found")
        self._modals.update(view, call.json("view"), expected_hash=call.text("hash"))
        if view.type == "home":
            self._workspace.keep_home(view)
        return self._answer(view)

    def publish(self, call: Arguments) -> JsonObject:
        """`views.publish`, to one member of the workspace."""
        if not self._switches.home_tab:
            raise SlackRefusal("not_enabled")
        person = self._workspace.people.get(call.needed("user_id"))
        if person is None or person.team_id != seed.TEAM_ID:
            raise SlackRefusal("user_not_found")
        view = self._modals.publish(person.id, call.json("view"), expected_hash=call.text("hash"))
        return self._answer(view)

    def _trigger(self, call: Arguments) -> Trigger:
        if not isinstance(call.json("view"), dict):
            line = "[ERROR] missing required field: view"
            raise SlackRefusal("invalid_arguments", messages=(line,))
        return self._triggers.use(call.needed("trigger_id"))

    def _answer(self, view: View) -> JsonObject:
        return {"ok": True, "view": as_object(self._workspace.view_json(view))}
