"""Support bundles for a person: asked for in Slack, written and handed over by a workflow.

A person gets what there is of their own organisation. What a bundle holds is
``bot.services.bundle``'s.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.services.bundle import Bundles
from bot.services.ports.filing import Attachment, AttachmentRefusedError, Attachments
from bot.services.runs import RunPorts
from bot.services.saying import Said, direct_message
from ledger.organisation import Organisation

SEND_BUNDLE = "send_bundle"
"""Workflow: (organisation id, user id) → :meth:`Support.send`."""


class Support:
    """Hands bundles over."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        bundles: Bundles,
        attachments: Attachments,
        refused_words: Callable[[str], Said],
    ) -> None:
        """Take the ports, what writes bundles, Slack's files, and the view of a refusal."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._engine = ports.engine
        self._bundles = bundles
        self._attachments = attachments
        self._refused_words = refused_words

    async def request(self, organisation: Organisation, *, person: str) -> None:
        """Have the engine write a bundle and put it into the person's direct messages."""
        workflow_id = f"{SEND_BUNDLE}:{self._ids.new()}"
        await self._engine.enqueue(
            SEND_BUNDLE, workflow_id, organisation.id, person, partition=organisation.id
        )

    async def send(self, organisation_id: str, person: str) -> None:
        """Write and hand over; the body of the workflow."""
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
        if organisation is None:
            return
        text = await self._bundles.write(organisation)
        day = self._clock.now().date()
        file = Attachment(
            name=f"integral-support-{organisation.code}-{day}.json", data=text.encode()
        )
        try:
            await self._attachments.send(
                organisation.team_id,
                person,
                [file],
                comment=f"Support bundle of {organisation.name}: no secret, amount, memo or name.",
            )
        except AttachmentRefusedError as refused:
            await self._say(organisation, person, self._refused_words(str(refused)))

    async def _say(self, organisation: Organisation, person: str, said: Said) -> None:
        async with self._storage.unit() as unit:
            message = direct_message(
                said,
                key=f"bundle:{self._ids.new()}",
                team_id=organisation.team_id,
                user_id=person,
            )
            await unit.outbox.put(message, self._clock.now())
            await unit.commit()
