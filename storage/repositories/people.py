"""Roles of Slack users in organisations."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.organisation import Organisation, PersonRole
from storage.repositories.organisations import all_of, load_organisation
from storage.statements import upsert
from storage.tables.organisations import organisations, person_roles


class PeopleRepository:
    """Satisfies the port ``People``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def roles(self, organisation_id: str, user_id: str) -> frozenset[PersonRole]:
        """Return the person's roles in the organisation; empty for a stranger."""
        found = await self._session.execute(
            select(person_roles.c.role).where(
                person_roles.c.organisation_id == organisation_id,
                person_roles.c.user_id == user_id,
            )
        )
        return frozenset(found.scalars())

    async def grant(self, organisation_id: str, user_id: str, role: PersonRole) -> None:
        """Give a role; again is fine."""
        granted = {"organisation_id": organisation_id, "user_id": user_id, "role": role}
        await upsert(self._session, person_roles, [granted])

    async def revoke(self, organisation_id: str, user_id: str, role: PersonRole) -> None:
        """Take a role away; one that the person lacks is fine."""
        await self._session.execute(
            delete(person_roles).where(
                person_roles.c.organisation_id == organisation_id,
                person_roles.c.user_id == user_id,
                person_roles.c.role == role,
            )
        )

    async def everyone(self, organisation_id: str) -> dict[str, frozenset[PersonRole]]:
        """Return the roles of everybody who has one."""
        found = await self._session.execute(
            select(person_roles.c.user_id, person_roles.c.role)
            .where(person_roles.c.organisation_id == organisation_id)
            .order_by(person_roles.c.user_id)
        )
        people: dict[str, frozenset[PersonRole]] = {}
        for user_id, role in found:
            people[user_id] = people.get(user_id, frozenset()) | {role}
        return people

    async def organisations_of(self, team_id: str, user_id: str) -> list[Organisation]:
        """Return the workspace's organisations in which the person has a role, by name."""
        theirs = select(person_roles.c.organisation_id).where(person_roles.c.user_id == user_id)
        found = await self._session.execute(
            all_of()
            .where(organisations.c.team_id == team_id, organisations.c.id.in_(theirs))
            .order_by(organisations.c.name, organisations.c.id)
        )
        return [load_organisation(row) for row in found]
