"""Freezing: a batch with its entries, members and deliveries, all or nothing, in bulk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.corrections import LinkKind
from ledger.entries import dump_entry
from ledger.records import EffectTakenError, NewDelivery, ReversalTakenError
from ledger.runs import Batch
from storage.statements import (
    WRITE_CHUNK,
    index_of,
    insert_rows,
    refresh_statistics,
    values_of,
    violates,
)
from storage.tables.corrections import entry_links
from storage.tables.entries import deliveries, entries, entry_members
from storage.tables.runs import batches

_LIVE = index_of(entry_members, "uq_entry_members_live")
_REVERSED = index_of(entry_links, "uq_entry_links_reversed")


async def freeze(session: AsyncSession, batch: Batch, new: Sequence[NewDelivery]) -> None:
    """Store them within the session's transaction.

    Raises:
        EffectTakenError: when an effect has a live entry already; nothing was stored then.
        ReversalTakenError: when an entry that is reversed has a live reversal already; likewise.
    """
    try:
        async with session.begin_nested():
            await session.execute(insert(batches).values(**values_of(batch)))
            await insert_rows(session, entries, (_entry(batch, item) for item in new))
            await insert_rows(session, entry_members, _members(batch, new))
            await insert_rows(session, deliveries, (_delivery(batch, item) for item in new))
            await insert_rows(session, entry_links, _links(batch, new))
        if len(new) > WRITE_CHUNK:
            for table in (entries, entry_members, deliveries):
                await refresh_statistics(session, table)
    except IntegrityError as error:
        if violates(error, _LIVE):
            raise EffectTakenError from error
        if violates(error, _REVERSED):
            raise ReversalTakenError from error
        raise


def _entry(batch: Batch, item: NewDelivery) -> dict[str, object]:
    entry = item.entry
    return {
        "id": item.id,
        "company_id": batch.company_id,
        "number": entry.number,
        "entry_date": entry.entry_date,
        "currency": entry.currency,
        "total": entry.total.amount,
        "digest": entry.digest,
        "content": dump_entry(entry),
    }


def _members(batch: Batch, new: Sequence[NewDelivery]) -> list[dict[str, object]]:
    # Sorted, so that two batches that want the same effects wait for each other in one order.
    found = sorted(
        (member.source, member.transaction_id, member.effect, item.id, not item.replaces)
        for item in new
        for member in item.entry.members
    )
    return [
        {
            "entry_id": entry_id,
            "source": source,
            "transaction_id": transaction_id,
            "effect": effect,
            "company_id": batch.company_id,
            "is_live": is_live,
        }
        for source, transaction_id, effect, entry_id, is_live in found
    ]


def _links(batch: Batch, new: Sequence[NewDelivery]) -> list[dict[str, object]]:
    # Sorted, as the members are.
    found = sorted(
        [(item.reverses, item.id, LinkKind.REVERSES) for item in new if item.reverses]
        + [(original, item.id, LinkKind.REPLACES) for item in new for original in item.replaces]
    )
    return [
        {
            "entry_id": entry_id,
            "original_id": original_id,
            "company_id": batch.company_id,
            "kind": kind,
            "is_live": True,
        }
        for original_id, entry_id, kind in found
    ]


def _delivery(batch: Batch, item: NewDelivery) -> dict[str, object]:
    return {
        "id": item.id,
        "entry_id": item.id,
        "company_id": batch.company_id,
        "batch_id": batch.id,
        "run_id": batch.run_id,
        "state": item.state,
        "attempt": 0,
        "request_key": item.request_key,
        "empty_searches": 0,
        "problem": item.problem,
        "differences": (),
        "is_stale": False,
    }
