"""Workspaces: what happens when one takes the app away.

Pushes of its companies pause until a person resumes them. Nothing is forgotten: organisations,
mapping, history and the ERP connections stay for when the app comes back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.services import audit
from bot.services.ports import Clock, Storage


class SlackTokens(Protocol):
    """The Slack tokens of workspaces."""

    async def wipe(self, team_id: str, *, before: float) -> bool:
        """Forget a workspace's tokens; false when it was installed anew after ``before``."""
        ...


class Workspaces:
    """Slack workspaces as the app comes and goes."""

    def __init__(self, *, storage: Storage, clock: Clock, tokens: SlackTokens) -> None:
        """Take the ports."""
        self._storage = storage
        self._clock = clock
        self._tokens = tokens

    async def left(self, team_id: str, at: datetime) -> None:
        """Wipe a workspace's Slack tokens and pause its companies; doing it twice is harmless.

        Args:
            team_id: The workspace.
            at: When Slack says that it left: a newer installation stays.
        """
        if not await self._tokens.wipe(team_id, before=at.timestamp()):
            return
        async with self._storage.unit() as unit:
            for organisation in await unit.organisations.of_team(team_id):
                for company in await unit.companies.of_organisation(organisation.id):
                    if not company.pushes_enabled:
                        continue
                    await unit.companies.save(replace(company, pushes_enabled=False))
                    record = audit.note(
                        "pushes.paused",
                        company.name,
                        organisation_id=organisation.id,
                        actor="slack:app_uninstalled",
                        at=self._clock.now(),
                    )
                    await unit.audit.add(record)
            await unit.commit()
