"""Figures for whoever watches the installation: counts and ages over all organisations, in bulk.

A few statements whatever the size of the books. It must not return an id, a name or an amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.delivery import DeliveryState
from ledger.runs import OPEN_RUN_STATES
from storage.database import Database
from storage.tables.companies import companies
from storage.tables.entries import deliveries, delivery_moves
from storage.tables.messages import outbox
from storage.tables.runs import batches, runs

WAITING_STATES = (
    DeliveryState.AWAITING_APPROVAL,
    DeliveryState.APPROVED,
    DeliveryState.SENDING,
    DeliveryState.UNCERTAIN,
)
"""States whose oldest entry is looked for: nobody should wait in them for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the database knows; moments are by the product's clock."""

    deliveries: Mapping[str, int]
    """State → how many."""
    waiting_since: Mapping[str, datetime]
    """State → since when its oldest entry is in it."""
    connections: Mapping[tuple[str, str], int]
    """(Provider, connection's state) → confirmed companies."""
    run_due_since: datetime | None
    """When the longest overdue run should have gone on; none when nothing is due."""
    messages: int
    """How many Slack does not show yet."""
    message_since: datetime | None
    """Since when the oldest of them waits."""


class FiguresReader:
    """Reads the figures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answers(self) -> bool:
        """Say whether the database answers at all."""
        async with self._database.session(read_only=True) as session:
            await session.execute(text("select 1"))
        return True

    async def read(self) -> Figures:
        """Count everything, at one moment."""
        async with self._database.session(read_only=True) as session:
            messages, message_since = await _messages(session)
            return Figures(
                deliveries=await _deliveries(session),
                waiting_since=await _waiting_since(session),
                connections=await _connections(session),
                run_due_since=await _run_due_since(session),
                messages=messages,
                message_since=message_since,
            )


async def _deliveries(session: AsyncSession) -> dict[str, int]:
    state = deliveries.c.state
    found = await session.execute(select(state, func.count()).group_by(state))
    return {state.value: count for state, count in found}


async def _waiting_since(session: AsyncSession) -> dict[str, datetime]:
    """Find each state's oldest entry, by its last move into the state, else by its batch."""
    d, m, b = deliveries.c, delivery_moves.c, batches.c
    moved = (
        select(func.max(m.at))
        .where(m.delivery_id == d.id, m.new_state == d.state)
        .correlate(deliveries)
        .scalar_subquery()
    )
    since = (
        select(d.state, func.coalesce(moved, b.decided_at, b.frozen_at).label("since"))
        .join(batches, b.id == d.batch_id)
        .where(d.state.in_(WAITING_STATES))
        .subquery()
    )
    found = await session.execute(
        select(since.c.state, func.min(since.c.since)).group_by(since.c.state)
    )
    return {state.value: oldest for state, oldest in found}


async def _connections(session: AsyncSession) -> dict[tuple[str, str], int]:
    c = companies.c
    found = await session.execute(
        select(c.provider, c.connection, func.count())
        .where(c.is_confirmed)
        .group_by(c.provider, c.connection)
    )
    return {(provider.value, state.value): count for provider, state, count in found}


async def _run_due_since(session: AsyncSession) -> datetime | None:
    found = await session.execute(
        select(func.min(runs.c.wake_at)).where(runs.c.state.in_(sorted(OPEN_RUN_STATES)))
    )
    due: datetime | None = found.scalar_one()
    return due


async def _messages(session: AsyncSession) -> tuple[int, datetime | None]:
    found = await session.execute(
        select(func.count(), func.min(outbox.c.changed_at)).where(outbox.c.is_pending)
    )
    row = found.one()
    return row[0], row[1]
