"""Grants: encrypted credentials, the companies that each reaches, and who authorised them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.organisation import Company, ConnectionState, Provider
from ledger.records import Reached
from storage.repositories.companies import noted
from storage.statements import columns_of, upsert, value_from, values_of
from storage.tables.companies import companies, grant_companies, grants
from storage.vault import Place, Vault


class GrantsRepository:
    """Satisfies the port ``GrantRecords``."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    async def find(self, provider: Provider, subject: str) -> str | None:
        """Return the id of the grant of whoever authorised; none when there is none."""
        found = await self._session.execute(
            select(grants.c.id).where(grants.c.provider == provider, grants.c.subject == subject)
        )
        id_: str | None = found.scalar_one_or_none()
        return id_

    async def subject(self, grant_id: str) -> str | None:
        """Return whose grant it is; none for an unknown one."""
        found = await self._session.execute(select(grants.c.subject).where(grants.c.id == grant_id))
        subject: str | None = found.scalar_one_or_none()
        return subject

    async def put(self, grant_id: str, provider: Provider, subject: str, secret: str) -> None:
        """Store a new grant, or another secret of a known one; encrypted."""
        row = {
            "id": grant_id,
            "provider": provider,
            "subject": subject,
            "secret": self._vault.encrypt(secret, secret_place(grant_id)),
        }
        await upsert(self._session, grants, [row])

    async def renew(self, grant_id: str, secret: str) -> bool:
        """Replace the secret of a grant that still has one; false when it was wiped meanwhile."""
        renewed = await self._session.execute(
            update(grants)
            .where(grants.c.id == grant_id, grants.c.secret.is_not(None))
            .values(secret=self._vault.encrypt(secret, secret_place(grant_id)))
            .returning(grants.c.id)
        )
        return renewed.first() is not None

    async def read_secret(self, grant_id: str) -> str | None:
        """Return the secret, decrypted; none when it was wiped or never there."""
        found = await self._session.execute(select(grants.c.secret).where(grants.c.id == grant_id))
        stored = found.scalar_one_or_none()
        return None if stored is None else self._vault.decrypt(stored, secret_place(grant_id))

    async def wipe(self, grant_id: str) -> None:
        """Remove the secret; which companies it reached stays known."""
        await self._session.execute(
            update(grants).where(grants.c.id == grant_id).values(secret=None)
        )

    async def remove(self, grant_id: str) -> None:
        """Remove a grant altogether; companies that were reached through it stay."""
        await self._session.execute(
            update(companies).where(companies.c.grant_id == grant_id).values(grant_id=None)
        )
        await self._session.execute(
            delete(grant_companies).where(grant_companies.c.grant_id == grant_id)
        )
        await self._session.execute(delete(grants).where(grants.c.id == grant_id))

    async def set_reached(self, grant_id: str, reached: Sequence[Reached]) -> None:
        """Replace the companies that a grant reaches."""
        await self._session.execute(
            delete(grant_companies).where(grant_companies.c.grant_id == grant_id)
        )
        if reached:
            await upsert(self._session, grant_companies, [values_of(each) for each in reached])

    async def reached(self, grant_id: str) -> list[Reached]:
        """Return the companies that a grant reaches, by name."""
        c = grant_companies.c
        found = await self._session.execute(
            select(*columns_of(Reached, grant_companies))
            .where(c.grant_id == grant_id)
            .order_by(c.name, c.external_id)
        )
        return [value_from(Reached, row) for row in found]

    async def offered(self, team_id: str, user_id: str, provider: Provider) -> list[Reached]:
        """Return what a person authorised and no organisation is connected to, by name."""
        c = grant_companies.c
        is_in_use = exists().where(
            companies.c.provider == c.provider,
            companies.c.external_id == c.external_id,
            companies.c.is_confirmed,
            companies.c.connection != ConnectionState.DISCONNECTED,
        )
        found = await self._session.execute(
            select(*columns_of(Reached, grant_companies))
            .join(grants, grants.c.id == c.grant_id)
            .where(c.team_id == team_id, c.authorised_by == user_id, c.provider == provider)
            .where(grants.c.secret.is_not(None), ~is_in_use)
            .order_by(c.name, c.external_id)
        )
        return [value_from(Reached, row) for row in found]

    async def companies(self, grant_id: str) -> list[Company]:
        """Return the companies reached through a grant that nobody disconnected."""
        found = await self._session.execute(
            select(*columns_of(Company, companies))
            .where(
                companies.c.grant_id == grant_id,
                companies.c.connection != ConnectionState.DISCONNECTED,
            )
            .order_by(companies.c.id)
        )
        return [noted(self._session, value_from(Company, row)) for row in found]


def secret_place(grant_id: str) -> Place:
    """Return where a grant's secret is stored."""
    return Place("grants", "secret", grant_id)
