"""Organisations, the channels that mean them, and their journal number sequences."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.entries import canonical_json
from ledger.organisation import Organisation, Policies
from storage.statements import AnyRow, columns_of, upsert, value_from, values_of
from storage.tables.organisations import organisation_channels, organisations


class OrganisationsRepository:
    """Satisfies the port ``Organisations``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, organisation: Organisation) -> None:
        """Store a new organisation; its code is unique among all."""
        values = values_of(organisation) | {"policies": _dump(organisation.policies)}
        await self._session.execute(insert(organisations).values(**values))

    async def get(self, organisation_id: str) -> Organisation | None:
        """Return the organisation, or none."""
        row = await self._one(all_of().where(organisations.c.id == organisation_id))
        return load_organisation(row) if row else None

    async def of_channel(self, team_id: str, channel_id: str) -> Organisation | None:
        """Return the organisation that the channel means; only one of the same workspace."""
        channels = organisation_channels.c
        row = await self._one(
            all_of()
            .join(organisation_channels, channels.organisation_id == organisations.c.id)
            .where(channels.team_id == team_id, channels.channel_id == channel_id)
            .where(organisations.c.team_id == team_id)
        )
        return load_organisation(row) if row else None

    async def of_team(self, team_id: str) -> list[Organisation]:
        """Return the workspace's organisations by name."""
        return await self._list(all_of().where(organisations.c.team_id == team_id))

    async def everyone(self) -> list[Organisation]:
        """Return all organisations of all workspaces, by name."""
        return await self._list(all_of())

    async def bind_channel(self, organisation_id: str, team_id: str, channel_id: str) -> None:
        """Make commands typed in a channel mean this organisation."""
        binding = {
            "team_id": team_id,
            "channel_id": channel_id,
            "organisation_id": organisation_id,
        }
        await upsert(self._session, organisation_channels, [binding])

    async def set_finance_channel(self, organisation_id: str, channel_id: str) -> None:
        """Set where runs are reported."""
        await self._change(organisation_id, finance_channel=channel_id)

    async def set_time_zone(self, organisation_id: str, time_zone: str) -> None:
        """Set in which IANA time zone its days begin and end."""
        await self._change(organisation_id, time_zone=time_zone)

    async def set_policies(self, organisation_id: str, policies: Policies) -> None:
        """Replace the policies."""
        await self._change(organisation_id, policies=_dump(policies))

    async def raise_shape_version(self, organisation_id: str) -> int:
        """Count one more change that may alter an entry, and return the new version."""
        version = organisations.c.shape_version
        changed = await self._session.execute(
            update(organisations)
            .where(organisations.c.id == organisation_id)
            .values(shape_version=version + 1)
            .returning(version)
        )
        return int(changed.scalar_one())

    async def next_sequence(self, organisation_id: str) -> int:
        """Return the sequence that the next journal number will have, without taking it."""
        found = await self._session.execute(
            select(organisations.c.last_sequence).where(organisations.c.id == organisation_id)
        )
        return int(found.scalar_one()) + 1

    async def take_sequence(self, organisation_id: str, count: int) -> int:
        """Reserve ``count`` journal numbers and return the first sequence; the first ever is 1."""
        last = organisations.c.last_sequence
        changed = await self._session.execute(
            update(organisations)
            .where(organisations.c.id == organisation_id)
            .values(last_sequence=last + count)
            .returning(last)
        )
        return int(changed.scalar_one()) - count + 1

    async def raise_sequence(self, organisation_id: str, seen: int) -> None:
        """Never give out a sequence up to ``seen`` again: the ERP holds entries that have them."""
        last = organisations.c.last_sequence
        await self._session.execute(
            update(organisations)
            .where(organisations.c.id == organisation_id, last < seen)
            .values(last_sequence=seen)
        )

    async def _change(self, organisation_id: str, **values: object) -> None:
        await self._session.execute(
            update(organisations).where(organisations.c.id == organisation_id).values(**values)
        )

    async def _one(self, statement: Select[Any]) -> AnyRow | None:
        row: AnyRow | None = (await self._session.execute(statement)).first()
        return row

    async def _list(self, statement: Select[Any]) -> list[Organisation]:
        found = await self._session.execute(
            statement.order_by(organisations.c.name, organisations.c.id)
        )
        return [load_organisation(row) for row in found]


def all_of() -> Select[Any]:
    """Select the columns that :func:`load_organisation` reads."""
    return select(*columns_of(Organisation, organisations))


def load_organisation(row: AnyRow) -> Organisation:
    """Build an organisation from a row of :func:`all_of`."""
    return value_from(Organisation, row, policies=Policies(**json.loads(row.policies)))


def _dump(policies: Policies) -> str:
    return canonical_json(asdict(policies))
