"""Corrections: links between entries, what correction runs were asked, and comparisons.

Also the passing of effects: what an approved entry stands in for gives its effects up to it,
and gets them back when that entry is withdrawn. Each within the session's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.corrections import Correction, Dating, EntryLink, LinkKind, ToldStale
from ledger.delivery import MAYBE_IN_THE_ERP, DeliveryState
from ledger.entries import EntryMember
from ledger.records import EffectTakenError
from storage.clock import Clock
from storage.repositories.staleness import write_marks
from storage.statements import (
    by_bytes,
    chunks,
    columns_of,
    index_of,
    upsert,
    value_from,
    values_of,
    violates,
)
from storage.tables.corrections import comparisons, corrections, entry_links
from storage.tables.entries import deliveries, entries, entry_members

_LIVE = index_of(entry_members, "uq_entry_members_live")
_REVERSED = (DeliveryState.POSTED, DeliveryState.PENDING_IN_ERP, DeliveryState.VERIFIED)
"""A reversal in one of these is in the ERP as it was approved."""
_NONE_YET = -1
"""A shape version that no organisation has."""


class CorrectionsRepository:
    """Satisfies the port ``Corrections``."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def add(self, correction: Correction) -> None:
        """Store what a correction run was asked to do."""
        await self._session.execute(insert(corrections).values(**values_of(correction)))

    async def get(self, run_id: str) -> Correction | None:
        """Return what a run was asked to do; none for a push."""
        found = await self._session.execute(
            select(*columns_of(Correction, corrections)).where(corrections.c.run_id == run_id)
        )
        row = found.first()
        return value_from(Correction, row) if row else None

    async def keep_summary(self, run_id: str, summary: str) -> None:
        """Keep what the run's batch holds."""
        await self._set(run_id, summary=summary)

    async def choose_dating(self, run_id: str, dating: Dating) -> None:
        """Change what becomes of dates on which the books are closed."""
        await self._set(run_id, dating=dating)

    async def links(self, entry_ids: Iterable[str]) -> list[EntryLink]:
        """Return the live links from and to these entries, in the order of the numbers."""
        found: dict[tuple[str, str], EntryLink] = {}
        for chunk in chunks(entry_ids):
            c = entry_links.c
            for link in await self._links(or_(c.entry_id.in_(chunk), c.original_id.in_(chunk))):
                found[link.entry_id, link.original_id] = link
        return sorted(found.values(), key=lambda link: (link.number, link.original_number))

    async def taken_back(self, entry_ids: Iterable[str]) -> list[str]:
        """Return the numbers of what was to correct these entries and was taken back, in order."""
        c = entry_links.c
        numbers: set[str] = set()
        for chunk in chunks(entry_ids):
            found = await self._session.execute(
                select(entries.c.number)
                .join(entry_links, c.entry_id == entries.c.id)
                .where(c.original_id.in_(chunk), c.is_live.is_(False))
            )
            numbers.update(found.scalars())
        return sorted(numbers)

    async def reversed_unreplaced(self, company_id: str) -> list[str]:
        """Return the ids of entries that are undone and whose effects nothing else holds."""
        c = entry_links.c
        found = await self._session.execute(
            select(c.original_id)
            .where(c.company_id == company_id, c.kind == LinkKind.REVERSES, c.is_live)
            .where(
                exists().where(entry_members.c.entry_id == c.original_id, entry_members.c.is_live)
            )
        )
        return sorted(found.scalars())

    async def held_effects(self, entry_ids: Iterable[str]) -> dict[str, frozenset[EntryMember]]:
        """Return the effects that each of the entries holds now; those without any are left out."""
        c = entry_members.c
        found: dict[str, set[EntryMember]] = {}
        for chunk in chunks(entry_ids):
            rows = await self._session.execute(
                select(c.entry_id, *columns_of(EntryMember, entry_members)).where(
                    c.entry_id.in_(chunk), c.is_live
                )
            )
            for row in rows:
                found.setdefault(row.entry_id, set()).add(value_from(EntryMember, row))
        return {entry_id: frozenset(members) for entry_id, members in found.items()}

    async def pass_effects(self, batch_id: str) -> set[str]:
        """Have the batch's replacements hold the effects of what they stand in for; return them.

        What the batch corrects is no longer stale then.

        Raises:
            EffectTakenError: when another live entry has one of them; nothing was changed.
        """
        replacing = (
            select(entry_links.c.entry_id)
            .join(deliveries, deliveries.c.entry_id == entry_links.c.entry_id)
            .where(deliveries.c.batch_id == batch_id, entry_links.c.is_live)
            .where(entry_links.c.kind == LinkKind.REPLACES)
        )
        replaced = select(entry_links.c.original_id).where(
            entry_links.c.entry_id.in_(replacing), entry_links.c.kind == LinkKind.REPLACES
        )
        c = entry_members.c
        try:
            async with self._session.begin_nested():
                await self._session.execute(
                    update(entry_members)
                    .where(c.entry_id.in_(replaced), c.is_live)
                    .values(is_live=False)
                )
                await self._session.execute(
                    update(entry_members).where(c.entry_id.in_(replacing)).values(is_live=True)
                )
        except IntegrityError as error:
            if violates(error, _LIVE):
                raise EffectTakenError from error
            raise
        await self._freshen(batch_id)
        return set((await self._session.execute(replacing)).scalars())

    async def replaceable(self, company_id: str) -> list[str]:
        """Return the ids of blocked replacements whose originals are all reversed in the ERP."""
        found = await self._session.execute(_replaceable(), {"of": company_id})
        return sorted(found.scalars())

    async def compared(self, company_id: str) -> int | None:
        """Return up to which shape version the company's entries were compared; none if never."""
        found = await self._session.execute(
            select(comparisons.c.shape_version).where(comparisons.c.company_id == company_id)
        )
        version: int | None = found.scalar_one_or_none()
        return version

    async def mark(
        self, company_id: str, shape_version: int, *, stale: Sequence[str], fitting: Sequence[str]
    ) -> None:
        """Flag deliveries that no longer fit, unflag those that fit, and note the version."""
        await write_marks(self._session, stale, is_stale=True)
        await write_marks(self._session, fitting, is_stale=False)
        at: datetime = self._clock.now()
        row = {"company_id": company_id, "shape_version": shape_version, "at": at}
        await upsert(self._session, comparisons, [row])

    async def forget_comparison(self, company_id: str) -> None:
        """Have the company's entries compared again, whatever has changed."""
        await self._session.execute(
            update(comparisons)
            .where(comparisons.c.company_id == company_id)
            .values(shape_version=_NONE_YET)
        )

    async def told(self, company_id: str) -> ToldStale:
        """Return how many stale entries people were told of last."""
        c = comparisons.c
        found = await self._session.execute(
            select(c.told, c.told_on).where(c.company_id == company_id)
        )
        row = found.first()
        return ToldStale(entries=row.told, day=row.told_on) if row else ToldStale()

    async def keep_told(self, company_id: str, entries: int, day: date) -> None:
        """Note how many stale entries people were told of, and on which day that message began."""
        await self._session.execute(
            update(comparisons)
            .where(comparisons.c.company_id == company_id)
            .values(told=entries, told_on=day)
        )

    async def stale(self, company_id: str) -> int:
        """Count the entries that no longer are what would be made now."""
        found = await self._session.execute(
            select(func.count()).where(
                deliveries.c.company_id == company_id,
                deliveries.c.is_stale,
                deliveries.c.state.in_(sorted(MAYBE_IN_THE_ERP)),
            )
        )
        return int(found.scalar_one())

    async def _freshen(self, batch_id: str) -> None:
        corrected = (
            select(entry_links.c.original_id)
            .join(deliveries, deliveries.c.entry_id == entry_links.c.entry_id)
            .where(deliveries.c.batch_id == batch_id, entry_links.c.is_live)
        )
        await self._session.execute(
            update(deliveries).where(deliveries.c.entry_id.in_(corrected)).values(is_stale=False)
        )

    async def _set(self, run_id: str, **values: object) -> None:
        await self._session.execute(
            update(corrections).where(corrections.c.run_id == run_id).values(**values)
        )

    async def _links(self, *conditions: ColumnElement[bool]) -> list[EntryLink]:
        of_entry, of_original = entries.alias("of_entry"), entries.alias("of_original")
        c = entry_links.c
        found = await self._session.execute(
            select(
                c.entry_id,
                c.original_id,
                c.kind,
                deliveries.c.state,
                of_entry.c.number,
                of_original.c.number.label("original_number"),
            )
            .join(of_entry, of_entry.c.id == c.entry_id)
            .join(of_original, of_original.c.id == c.original_id)
            .join(deliveries, deliveries.c.entry_id == c.entry_id)
            .where(c.is_live, *conditions)
            .order_by(by_bytes(self._session, of_entry.c.number))
        )
        return [_link(row) for row in found]


def _link(row: Any) -> EntryLink:
    return value_from(EntryLink, row)


@cache
def _replaceable() -> Select[Any]:
    """Build what :meth:`CorrectionsRepository.replaceable` asks of the company ``of``, once."""
    link, reversal = entry_links.alias("link"), entry_links.alias("reversal")
    of_reversal = deliveries.alias("of_reversal")
    is_reversed = exists().where(
        reversal.c.original_id == link.c.original_id,
        reversal.c.kind == LinkKind.REVERSES,
        reversal.c.is_live,
        of_reversal.c.entry_id == reversal.c.entry_id,
        of_reversal.c.state.in_(_REVERSED),
    )
    standing = exists().where(
        link.c.entry_id == deliveries.c.entry_id,
        link.c.kind == LinkKind.REPLACES,
        link.c.is_live,
        ~is_reversed,
    )
    replaces = exists().where(
        entry_links.c.entry_id == deliveries.c.entry_id,
        entry_links.c.kind == LinkKind.REPLACES,
        entry_links.c.is_live,
    )
    return select(deliveries.c.id).where(
        deliveries.c.company_id == bindparam("of"),
        deliveries.c.state == DeliveryState.BLOCKED,
        replaces,
        ~standing,
    )
