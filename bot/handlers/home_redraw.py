"""App Homes that are shown are drawn again when what they show has changed.

An import, a confirmed company, a sync that ended: all of them are seen in a few rows. It asks
the database for little until something changed. Slack publishes a Home for each person
(https://docs.slack.dev/surfaces/app-home), so each is drawn with that person's roles.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import replace

from bot.handlers.home import with_choice
from bot.services.overview import Overview
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.views import overview as view
from ledger.organisation import Organisation
from ledger.records import Message

_RECENT_RUNS = 5


class HomeRedraw:
    """Looks whether Homes are out of date."""

    def __init__(self, *, storage: Storage, clock: Clock, overview: Overview) -> None:
        """Take the database and what is shown."""
        self._storage = storage
        self._clock = clock
        self._overview = overview
        self._known: dict[str, Hashable] = {}

    async def tick(self) -> int:
        """Draw again what changed since the last tick; return how many Homes were drawn."""
        drawn = 0
        async with self._storage.unit(read_only=True) as unit:
            shown = _by_organisation(await unit.outbox.homes())
            changed = [each for each in shown if await self._has_changed(unit, each)]
        for organisation_id in changed:
            for message in shown[organisation_id]:
                drawn += await self._draw(organisation_id, message)
        return drawn

    async def _has_changed(self, unit: UnitOfWork, organisation_id: str) -> bool:
        """Compare with the last look; the first one only notes what is there."""
        organisation = await unit.organisations.get(organisation_id)
        company = await unit.companies.active(organisation_id)
        runs = await unit.runs.recent(organisation_id, _RECENT_RUNS)
        waiting = await unit.schedules.waiting(organisation_id)
        now = (
            organisation.shape_version if organisation else None,
            # A token is renewed every hour and changes nothing that people see.
            replace(company, authorised_until=None) if company else None,
            tuple((run.id, run.state, run.waiting_for) for run in runs),
            await unit.schedules.get(organisation_id),
            len(waiting),
        )
        before = self._known.get(organisation_id, now)
        self._known[organisation_id] = now
        return before != now

    async def _draw(self, organisation_id: str, message: Message) -> bool:
        user_id = message.channel
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
            roles = await unit.people.roles(organisation_id, user_id)
            all_of_theirs = await unit.people.organisations_of(message.team_id, user_id)
        if organisation is None or not roles:
            return False
        drawn = view.home(await self._overview.standing(organisation), roles)
        content = with_choice(drawn, _sorted(all_of_theirs), organisation)
        async with self._storage.unit() as unit:
            again = replace(message, blocks=json.dumps(content))
            await unit.outbox.put(again, self._clock.now())
            await unit.commit()
        return True


def _by_organisation(homes: list[Message]) -> dict[str, list[Message]]:
    """Sort Homes by the organisation that each shows; one that shows none never changes."""
    found: dict[str, list[Message]] = {}
    for message in homes:
        shown = json.loads(message.blocks).get("private_metadata")
        if shown:
            found.setdefault(shown, []).append(message)
    return found


def _sorted(organisations: list[Organisation]) -> list[Organisation]:
    return sorted(organisations, key=lambda each: each.name.lower())
