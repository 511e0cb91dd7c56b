"""Relocation: a server that starts on a copied, restored or moved database tells the owners.

Two installations on copies of one database draw the same journal numbers. Every push looks for
numbers that it does not know and stops; this says it before. It must not stop anything itself.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.services.ports import Clock, Storage
from bot.services.saying import Said, direct_message
from ledger.organisation import Organisation, PersonRole

RelocationWords = Callable[[Organisation], Said]

log = structlog.get_logger(__name__)


class Relocation:
    """Tells the owners of every organisation."""

    def __init__(self, *, storage: Storage, clock: Clock, words: RelocationWords) -> None:
        """Take the database, the time, and the view of the message."""
        self._storage = storage
        self._clock = clock
        self._words = words

    async def tell(self) -> None:
        """Log it, and put a message for each owner into the outbox."""
        log.warning("installation.place_changed")
        now = self._clock.now()
        async with self._storage.unit() as unit:
            for organisation in await unit.organisations.everyone():
                people = await unit.people.everyone(organisation.id)
                for person in sorted(w for w, roles in people.items() if PersonRole.OWNER in roles):
                    message = direct_message(
                        self._words(organisation),
                        key=f"relocated:{organisation.id}:{now:%Y%m%dT%H%M%S}:{person}",
                        team_id=organisation.team_id,
                        user_id=person,
                    )
                    await unit.outbox.put(message, now)
            await unit.commit()
