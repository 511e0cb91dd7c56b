"""The App Home: drawn by the registry's ``HOME`` for the organisation a person looks at.

A person in several organisations gets a choice above it. What it shows goes through the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.handlers.answering import Answers
from bot.handlers.calls import Calls
from bot.handlers.context import Ask, Caller
from bot.handlers.gate import Admitted, DeniedError
from bot.handlers.payloads import Pressed
from bot.views import guidance, kit
from ledger.organisation import Organisation, Right


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTab:
    """Draws and publishes App Homes."""

    calls: Calls
    answers: Answers

    async def publish(self, caller: Caller, organisation_id: str | None = None) -> None:
        """Show a person the Home of an organisation, or of the first one by name."""
        draw = self.calls.registry.home
        if draw is None:
            return
        organisations = await self.calls.gate.organisations_of(caller)
        wanted = [each for each in organisations if each.id == organisation_id]
        chosen = next(iter(wanted or organisations), None)
        admitted = Admitted(organisation=None)
        if chosen is not None:
            packed = (kit.pack(chosen.id),)
            admitted = await self.calls.gate.of_ids(caller, packed, right=Right.READ)
        ask = Ask(
            caller=caller,
            words=(),
            text="",
            known_organisation=admitted.organisation,
            roles=admitted.roles,
        )
        view = await draw(ask, self.calls.use_cases)
        if chosen is not None:
            view = with_choice(view, organisations, chosen)
        await self.answers.publish_home(caller, view)

    async def refresh(self, pressed: Pressed) -> None:
        """Draw the Home again after something in it was pressed, for the same organisation."""
        caller = replace(pressed.caller, channel_id=None)
        if pressed.action_id == guidance.HOME_ORGANISATION:
            await self.publish(caller, pressed.chosen)
            return
        try:
            admitted = await self.calls.gate.of_ids(caller, pressed.packed, right=Right.READ)
        except DeniedError:
            return
        if admitted.organisation is not None:
            await self.publish(caller, admitted.organisation.id)


def with_choice(
    view: kit.View, organisations: Sequence[Organisation], chosen: Organisation
) -> kit.View:
    """Note which organisation a Home shows; who has several gets a choice above it."""
    blocks = view["blocks"]
    if len(organisations) > 1:
        blocks = [*guidance.home_choice(organisations, chosen.id), *blocks]
    return {**view, "blocks": blocks[: kit.VIEW_BLOCKS], "private_metadata": chosen.id}
