"""Entries on their way into a company: reading them, and the port that freezes and moves them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.adoption import AdoptedEntry, ForeignEntry
from ledger.attempts import FailedAttempt
from ledger.delivery import IN_THE_ERP, RELEASED, UNSENT, DeliveryState
from ledger.effects import digest_of_rows
from ledger.entries import EntryMember, PreparedEntry, load_entry
from ledger.records import Move, NewDelivery
from ledger.runs import Batch, Delivery
from storage.clock import Clock
from storage.repositories import adopting, freezing, moving, touching
from storage.repositories.batches import BatchesPart
from storage.repositories.traces import TracesPart
from storage.statements import by_bytes, chunks, columns_of, value_from
from storage.tables.entries import (
    deliveries,
    delivery_attempts,
    entries,
    entry_members,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send a delivery; ``ended_at`` is none while it is being sent."""

    attempt: int
    owner: str
    request_key: str
    started_at: datetime
    send_by: datetime
    ended_at: datetime | None
    outcome: DeliveryState | None
    note: str | None


READ_CHUNK = 200
"""How many entries are parsed between two turns of the event loop."""

KEPT_ENTRIES = 2000
"""How many parsed entries a process keeps, a few kilobytes each."""


class DeliveriesRepository(BatchesPart, TracesPart):
    """Satisfies the port ``Deliveries``."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        super().__init__(session)
        self._clock = clock

    async def freeze(self, batch: Batch, deliveries: Sequence[NewDelivery]) -> None:
        """Store a batch with its entries, members and deliveries, all or nothing.

        Raises:
            EffectTakenError: when an effect has a live entry already.
        """
        await freezing.freeze(self._session, batch, deliveries)

    async def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or none."""
        found = await self._list(deliveries.c.id == delivery_id)
        return found[0] if found else None

    async def by_ids(self, company_id: str, ids: Sequence[str]) -> list[Delivery]:
        """Return those of the company's deliveries that have these ids, lowest number first."""
        found: list[Delivery] = []
        for chunk in chunks(ids):
            found += await self._list(
                deliveries.c.company_id == company_id, deliveries.c.id.in_(chunk)
            )
        return sorted(found, key=lambda delivery: delivery.entry.number)

    async def of_batch(self, batch_id: str) -> list[Delivery]:
        """Return the batch's deliveries in the order of their numbers."""
        return await self._list(deliveries.c.batch_id == batch_id)

    async def of_run(self, run_id: str) -> list[Delivery]:
        """Return the run's deliveries in the order of their numbers."""
        return await self._list(deliveries.c.run_id == run_id)

    async def in_state(
        self, company_id: str, states: Iterable[DeliveryState], limit: int | None = None
    ) -> list[Delivery]:
        """Return the company's deliveries in these states in the order of their numbers."""
        return await self._list(
            deliveries.c.company_id == company_id,
            deliveries.c.state.in_(sorted(states)),
            limit=limit,
        )

    async def stale(self, company_id: str) -> list[Delivery]:
        """Return the company's deliveries that are marked as stale, lowest number first."""
        return await self._list(deliveries.c.company_id == company_id, deliveries.c.is_stale)

    async def of_numbers(self, company_id: str, numbers: Iterable[str]) -> list[Delivery]:
        """Return the company's deliveries of these journal numbers, lowest number first."""
        found: list[Delivery] = []
        for chunk in chunks(sorted(numbers)):
            found += await self._list(
                deliveries.c.company_id == company_id, entries.c.number.in_(chunk)
            )
        return found

    async def ids_on_accounts(self, company_id: str, accounts: Collection[str]) -> set[str]:
        """Return the ids of live deliveries that may post on one of these accounts."""
        return await touching.ids_on_accounts(self._session, company_id, accounts)

    async def count_with_dimension(self, company_id: str, key: str) -> int:
        """Count the entries, in the ERP or on their way, that carry a value of a dimension."""
        return await touching.count_with_dimension(self._session, company_id, key)

    async def ids_of_categories(self, company_id: str, categories: Collection[str]) -> set[str]:
        """Return the ids of live deliveries made of transactions of these categories."""
        return await touching.ids_of_categories(self._session, company_id, categories)

    async def in_period(self, company_id: str, first: date, last: date) -> list[Delivery]:
        """Return the live deliveries whose entry date lies in the period, both ends included."""
        return await self._list(
            deliveries.c.company_id == company_id,
            entries.c.entry_date.between(first, last),
            deliveries.c.state.not_in(sorted(RELEASED)),
        )

    async def of_others(
        self, company_id: str, first: date, last: date, *, but_of_run: str
    ) -> dict[DeliveryState, int]:
        """Count the period's deliveries by state, but those of one run."""
        c = deliveries.c
        found = await self._session.execute(
            select(c.state, func.count())
            .select_from(deliveries.join(entries, entries.c.id == c.entry_id))
            .where(c.company_id == company_id, c.run_id != but_of_run)
            .where(entries.c.entry_date.between(first, last))
            .group_by(c.state)
        )
        return {state: int(count) for state, count in found}

    async def counts(self, company_id: str) -> dict[DeliveryState, int]:
        """Return how many deliveries of the company are in each state that has any."""
        found = await self._session.execute(
            select(deliveries.c.state, func.count())
            .where(deliveries.c.company_id == company_id)
            .group_by(deliveries.c.state)
        )
        return {state: int(count) for state, count in found}

    async def known_numbers(self, company_id: str, numbers: Iterable[str]) -> set[str]:
        """Return those of the numbers that a live entry of the company has."""
        known: set[str] = set()
        for chunk in chunks(numbers):
            found = await self._session.execute(
                select(entries.c.number)
                .join(deliveries, deliveries.c.entry_id == entries.c.id)
                .where(entries.c.company_id == company_id, entries.c.number.in_(chunk))
                .where(deliveries.c.state.not_in(sorted(RELEASED)))
            )
            known.update(found.scalars())
        return known

    async def unsent(self, company_id: str, numbers: Iterable[str]) -> list[Delivery]:
        """Return those of these numbers that were never sent, or were taken back, as is known."""
        found: list[Delivery] = []
        for chunk in chunks(sorted(numbers)):
            found += await self._list(
                deliveries.c.company_id == company_id,
                entries.c.number.in_(chunk),
                deliveries.c.state.in_(sorted(UNSENT)),
            )
        return found

    async def taken_effects(self, company_id: str) -> set[EntryMember]:
        """Return every effect that has a live entry."""
        c = entry_members.c
        found = await self._session.execute(
            select(*columns_of(EntryMember, entry_members)).where(
                c.company_id == company_id, c.is_live
            )
        )
        return {value_from(EntryMember, row) for row in found}

    async def taken_digest(self, company_id: str) -> str:
        """Return a digest of those effects: another one as soon as they are others."""
        c = entry_members.c
        found = await self._session.execute(
            select(c.source, c.transaction_id, c.effect).where(
                c.company_id == company_id, c.is_live
            )
        )
        return digest_of_rows((source, id_, effect) for source, id_, effect in found)

    async def claim(
        self, company_id: str, *, owner: str, send_by: datetime, limit: int
    ) -> list[Delivery]:
        """Compare-and-swap approved deliveries into ``sending``, each with a fresh fence."""
        wanted = moving.Claim(company_id=company_id, owner=owner, send_by=send_by, limit=limit)
        fences = await moving.claim(self._session, wanted, self._clock.now())
        claimed: list[Delivery] = []
        for chunk in chunks(fences):
            claimed += await self._list(
                deliveries.c.company_id == company_id,
                deliveries.c.state == DeliveryState.SENDING,
                deliveries.c.fence.in_(chunk),
            )
        return claimed

    async def holds_claim(self, delivery_id: str, fence: str) -> bool:
        """Say whether the delivery is still ``sending`` under this fence."""
        found = await self._session.execute(
            select(deliveries.c.id).where(
                deliveries.c.id == delivery_id,
                deliveries.c.fence == fence,
                deliveries.c.state == DeliveryState.SENDING,
            )
        )
        return found.first() is not None

    async def update(self, delivery: Delivery, new: Delivery) -> bool:
        """Change the details of a delivery that stays in its state, by compare-and-swap."""
        return await moving.update_details(self._session, delivery, new)

    async def move(self, moves: Sequence[Move]) -> list[Delivery]:
        """Apply moves by compare-and-swap, in one unit of work; return those applied.

        Raises:
            ForbiddenMoveError: for a move that the table does not have; none was applied.
        """
        return await moving.apply_moves(self._session, moves, self._clock.now())

    async def mark_stale(self, delivery_ids: Sequence[str]) -> None:
        """Flag deliveries whose transactions have changed since."""
        for chunk in chunks(delivery_ids):
            await self._session.execute(
                update(deliveries).where(deliveries.c.id.in_(chunk)).values(is_stale=True)
            )

    async def attempts(self, delivery_id: str) -> list[Attempt]:
        """Return every try to send the delivery, oldest first."""
        c = delivery_attempts.c
        found = await self._session.execute(
            select(*columns_of(Attempt, delivery_attempts))
            .where(c.delivery_id == delivery_id)
            .order_by(c.attempt)
        )
        return [value_from(Attempt, row) for row in found]

    async def failed_attempts(self, company_id: str, limit: int) -> list[FailedAttempt]:
        """Return tries that the ERP did not confirm, the newest first."""
        c = delivery_attempts.c
        found = await self._session.execute(
            select(entries.c.number, c.attempt, c.started_at, c.ended_at, c.outcome, c.note)
            .join(deliveries, deliveries.c.id == c.delivery_id)
            .join(entries, entries.c.id == deliveries.c.entry_id)
            .where(deliveries.c.company_id == company_id)
            .where(or_(c.outcome.is_(None), c.outcome.not_in(sorted(IN_THE_ERP))))
            .order_by(c.started_at.desc(), by_bytes(self._session, entries.c.number).desc())
            .limit(limit)
        )
        return [value_from(FailedAttempt, row) for row in found]

    async def adopt(
        self, batch: Batch, adopted: Sequence[AdoptedEntry], *, actor: str
    ) -> list[Delivery]:
        """Store entries that are in the ERP already as posted ones, effects and all.

        Raises:
            EffectTakenError: when an effect has a live entry already; nothing was stored then.
        """
        at = self._clock.now()
        await adopting.adopt(self._session, batch, adopted, actor=actor, at=at)
        return await self.of_batch(batch.id)

    async def note_foreign(self, company_id: str, entries: Sequence[ForeignEntry]) -> None:
        """Keep numbers of ours that belong to no entry here."""
        await adopting.note_foreign(self._session, company_id, entries)

    async def foreign(self, company_id: str) -> list[ForeignEntry]:
        """Return the numbers of ours that are known to belong to no entry here."""
        return await adopting.foreign(self._session, company_id)

    async def release_effects(self, delivery_ids: Sequence[str]) -> None:
        """Free the effects of entries that a reversing entry undoes, for their new entries."""
        await moving.release_effects(self._session, delivery_ids)

    async def _list(
        self, *conditions: ColumnElement[bool], limit: int | None = None
    ) -> list[Delivery]:
        found = await self._session.execute(
            _all()
            .where(*conditions)
            .order_by(by_bytes(self._session, entries.c.number))
            .limit(limit)
        )
        loaded: list[Delivery] = []
        for chunk in chunks(found, READ_CHUNK):
            loaded += [_delivery(row) for row in chunk]
            await asyncio.sleep(0)
        return loaded


@cache
def _all() -> Select[Any]:
    return select(*columns_of(Delivery, deliveries), entries.c.content).join(
        entries, entries.c.id == deliveries.c.entry_id
    )


def _delivery(row: Any) -> Delivery:
    return value_from(Delivery, row, entry=_entry(row.content))


@lru_cache(maxsize=KEPT_ENTRIES)
def _entry(content: str) -> PreparedEntry:
    """Read a stored entry. It never changes, and one pass of a push reads it many times."""
    return load_entry(content)
