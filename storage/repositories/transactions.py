"""Source transactions: imported in bulk, streamed in order, corrected with a trace.

Opening lots are here too: they are imported the same way and belong to a source.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.lots import Lot
from ledger.money import Money
from ledger.records import ImportOutcome, Source
from ledger.transactions import Transaction
from storage.repositories.staleness import mark_entries_stale
from storage.statements import (
    CHUNK,
    WRITE_CHUNK,
    AnyRow,
    by_bytes,
    chunks,
    columns_of,
    insert_rows,
    refresh_statistics,
    upsert,
    value_from,
    values_of,
)
from storage.tables.organisations import organisations
from storage.tables.transactions import (
    opening_lots,
    sources,
    transaction_revisions,
    transactions,
)

STREAM_CHUNK = 1000


@dataclass(slots=True)
class _Changes:
    """What one import changes, by the key (source, id)."""

    added: list[Transaction] = field(default_factory=list)
    corrected: list[Transaction] = field(default_factory=list)
    unchanged: int = 0


class TransactionsRepository:
    """Satisfies the port ``Transactions``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def save(
        self, organisation_id: str, transactions: Sequence[Transaction], at: datetime
    ) -> ImportOutcome:
        """Add new ones, replace corrected ones, leave identical ones; in bulk.

        What a corrected one said before is kept. Live entries that the ERP may have and that
        were made from a corrected one become stale; the outcome counts them.
        """
        await self._hold(organisation_id)
        changes = _Changes()
        for source, members in _by_source(transactions).items():
            for chunk in chunks(members):
                await self._compare(organisation_id, source, chunk, changes)
        await self._keep_revisions(organisation_id, changes.corrected, at)
        await self._write(organisation_id, changes, at)
        await self._note_sources(organisation_id, transactions, at)
        corrected = [(t.source, t.id) for t in changes.corrected]
        return ImportOutcome(
            added=len(changes.added),
            unchanged=changes.unchanged,
            corrected=len(corrected),
            stale_entries=await mark_entries_stale(self._session, organisation_id, corrected),
        )

    async def stream(self, organisation_id: str) -> AsyncIterator[Transaction]:
        """Yield all of them in ``order_key`` order, a thousand rows in memory at a time."""
        c = transactions.c
        found = await self._session.stream(
            select(*columns_of(Transaction, transactions))
            .where(c.organisation_id == organisation_id)
            .order_by(c.timestamp, c.sequence, by_bytes(self._session, c.id))
            .execution_options(yield_per=STREAM_CHUNK)
        )
        async for row in found:
            yield value_from(Transaction, row)

    async def categories(self, organisation_id: str) -> list[str]:
        """Return every category that a transaction of the organisation has, each once."""
        c = transactions.c
        found = await self._session.execute(
            select(c.category)
            .where(c.organisation_id == organisation_id, c.category.is_not(None))
            .distinct()
        )
        return sorted(found.scalars())

    async def revision(self, organisation_id: str) -> tuple[int, int]:
        """Return how many there are and how many corrections there were: either only grows.

        No row is ever removed, and one that is changed leaves its old content as a revision.
        """
        counts = [
            select(func.count())
            .select_from(table)
            .where(table.c.organisation_id == organisation_id)
            .scalar_subquery()
            for table in (transactions, transaction_revisions)
        ]
        rows, corrections = (await self._session.execute(select(*counts))).one()
        return rows, corrections

    async def sources(self, organisation_id: str) -> list[Source]:
        """Return the sources by name, with what each has sent so far."""
        t, s = transactions.c, sources.c
        found = await self._session.execute(
            select(
                s.name,
                s.last_import_at,
                func.count(t.id).label("transactions"),
                func.min(t.timestamp).label("first_date"),
                func.max(t.timestamp).label("last_date"),
            )
            .outerjoin(
                transactions, (t.organisation_id == s.organisation_id) & (t.source == s.name)
            )
            .where(s.organisation_id == organisation_id)
            .group_by(s.name, s.last_import_at)
            .order_by(s.name)
        )
        return [value_from(Source, row) for row in found]

    async def save_lots(self, organisation_id: str, source: str, lots: Sequence[Lot]) -> None:
        """Replace the opening lots that came from a source."""
        await self._session.execute(
            delete(opening_lots).where(
                opening_lots.c.organisation_id == organisation_id,
                opening_lots.c.source == source,
            )
        )
        key = {"organisation_id": organisation_id, "source": source}
        rows = (
            key | _lot_values(lot) | {"position": position} for position, lot in enumerate(lots)
        )
        await insert_rows(self._session, opening_lots, rows)

    async def opening_lots(self, organisation_id: str) -> list[Lot]:
        """Return the opening lots, oldest first."""
        c = opening_lots.c
        found = await self._session.execute(
            select(opening_lots)
            .where(c.organisation_id == organisation_id)
            .order_by(c.acquired_at, c.source, c.position)
        )
        return [_lot(row) for row in found]

    async def _hold(self, organisation_id: str) -> None:
        """Let one import of an organisation go at a time (SQLite has one writer anyway)."""
        await self._session.execute(
            select(literal(1))
            .select_from(organisations)
            .where(organisations.c.id == organisation_id)
            .with_for_update()
        )

    async def _compare(
        self, organisation_id: str, source: str, chunk: Sequence[Transaction], changes: _Changes
    ) -> None:
        c = transactions.c
        found = await self._session.execute(
            select(c.id, c.content_hash).where(
                c.organisation_id == organisation_id,
                c.source == source,
                c.id.in_([transaction.id for transaction in chunk]),
            )
        )
        stored = {row.id: row.content_hash for row in found}
        for transaction in chunk:
            known = stored.get(transaction.id)
            if known is None:
                changes.added.append(transaction)
            elif known == transaction.content_hash:
                changes.unchanged += 1
            else:
                changes.corrected.append(transaction)

    async def _keep_revisions(
        self, organisation_id: str, corrected: Sequence[Transaction], at: datetime
    ) -> None:
        names = [column.name for column in transactions.columns]
        for source, members in _by_source(corrected).items():
            for chunk in chunks(members, CHUNK):
                before = select(*transactions.columns, literal(at, _REPLACED_AT)).where(
                    transactions.c.organisation_id == organisation_id,
                    transactions.c.source == source,
                    transactions.c.id.in_([transaction.id for transaction in chunk]),
                )
                await self._session.execute(
                    transaction_revisions.insert().from_select([*names, "replaced_at"], before)
                )

    async def _write(self, organisation_id: str, changes: _Changes, at: datetime) -> None:
        def row(transaction: Transaction) -> dict[str, object]:
            return values_of(transaction) | {
                "organisation_id": organisation_id,
                "content_hash": transaction.content_hash,
                "imported_at": at,
            }

        await insert_rows(self._session, transactions, map(row, changes.added))
        if len(changes.added) > WRITE_CHUNK:
            await refresh_statistics(self._session, transactions)
        await upsert(self._session, transactions, map(row, changes.corrected))

    async def _note_sources(
        self, organisation_id: str, imported: Sequence[Transaction], at: datetime
    ) -> None:
        rows = [
            {"organisation_id": organisation_id, "name": name, "last_import_at": at}
            for name in sorted({transaction.source for transaction in imported})
        ]
        await upsert(self._session, sources, rows)


_REPLACED_AT = transaction_revisions.c.replaced_at.type


def _by_source(imported: Sequence[Transaction]) -> dict[str, list[Transaction]]:
    found: dict[str, list[Transaction]] = {}
    for transaction in imported:
        found.setdefault(transaction.source, []).append(transaction)
    return found


def _lot_values(lot: Lot) -> dict[str, object]:
    cost = lot.cost
    return values_of(lot) | {
        "cost": cost.amount if cost else None,
        "cost_currency": cost.currency if cost else None,
    }


def _lot(row: AnyRow) -> Lot:
    cost = None if row.cost is None else Money(row.cost, row.cost_currency)
    return value_from(Lot, row, cost=cost)
