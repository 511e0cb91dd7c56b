"""What a use case says later, through the outbox: the words come from outside, drawn by a view.

Use cases run below the views, so a view is handed to them as a function from a result to
:class:`Said`. It must not draw anything itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.services.errors import Refusal
from bot.services.ports import UnitOfWork
from ledger.organisation import Organisation, PersonRole
from ledger.records import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A drawn message: what notifications read out, and the blocks as JSON text."""

    text: str
    blocks: str


def direct_message(said: Said, *, key: str, team_id: str, user_id: str) -> Message:
    """Address a drawn message to one person."""
    return Message(key=key, team_id=team_id, channel=user_id, text=said.text, blocks=said.blocks)


async def places_to_tell(unit: UnitOfWork, organisation: Organisation) -> list[str]:
    """Return the finance channel, or the owners while there is none."""
    if organisation.finance_channel:
        return [organisation.finance_channel]
    people = await unit.people.everyone(organisation.id)
    return sorted(who for who, roles in people.items() if PersonRole.OWNER in roles)


async def tell(
    unit: UnitOfWork, organisation: Organisation, said: Said, *, key: str, at: datetime
) -> None:
    """Say it where an organisation is told; said again under the same key, it is edited there."""
    for place in await places_to_tell(unit, organisation):
        message = direct_message(
            said, key=f"{key}:{place}", team_id=organisation.team_id, user_id=place
        )
        await unit.outbox.put(message, at)


class FieldRefusal(Refusal):
    """A form that cannot be taken as it is: field name → one sentence with the remedy."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the sentences; their sum is what API and command line show."""
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
