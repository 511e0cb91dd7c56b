"""Moving: how a delivery's state changes. Every change is a compare-and-swap with a trace.

State and fence must be as the mover saw them; an attempt's row is opened by the claim and
completed when the delivery leaves ``sending``.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Update, bindparam, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.corrections import LinkKind
from ledger.delivery import RELEASED, DeliveryState, require_move
from ledger.records import EffectTakenError, Move
from ledger.runs import Delivery
from storage.statements import by_bytes, chunks, index_of, insert_rows, violates
from storage.tables.corrections import entry_links
from storage.tables.entries import (
    deliveries,
    delivery_attempts,
    delivery_moves,
    entries,
    entry_members,
)

FENCE_BYTES = 16
_TAKEN = (
    index_of(entry_members, "uq_entry_members_live"),
    index_of(entry_links, "uq_entry_links_reversed"),
)

_DETAILS = (
    "attempt",
    "request_key",
    "owner",
    "fence",
    "send_by",
    "uncertain_since",
    "empty_searches",
    "wake_at",
    "erp_id",
    "problem",
    "differences",
)
"""What a move or an update may set; the entry never changes, staleness has its own way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who wants to send, until when, and how many at most."""

    company_id: str
    owner: str
    send_by: datetime
    limit: int


async def claim(session: AsyncSession, wanted: Claim, at: datetime) -> list[str]:
    """Put approved deliveries, lowest number first, into ``sending``; return their fences.

    A fence is fresh for each delivery and attempt, so it names the claim.
    """
    rows = await _claimable(session, wanted)
    if not rows:
        return []
    claims = [row | {"fence": secrets.token_hex(FENCE_BYTES)} for row in rows]
    c = deliveries.c
    await session.execute(
        update(deliveries)
        .where(c.id == bindparam("claimed"), c.company_id == wanted.company_id)
        .where(c.state == DeliveryState.APPROVED)
        .values(
            state=DeliveryState.SENDING,
            attempt=bindparam("number"),
            owner=wanted.owner,
            fence=bindparam("token"),
            send_by=wanted.send_by,
        ),
        [
            {"claimed": row["delivery_id"], "number": row["attempt"], "token": row["fence"]}
            for row in claims
        ],
    )
    opened = {"owner": wanted.owner, "started_at": at, "send_by": wanted.send_by}
    await insert_rows(session, delivery_attempts, (row | opened for row in claims))
    await insert_rows(
        session,
        delivery_moves,
        (
            {
                "delivery_id": row["delivery_id"],
                "at": at,
                "old_state": DeliveryState.APPROVED,
                "new_state": DeliveryState.SENDING,
                "actor": wanted.owner,
                "note": f"attempt {row['attempt']}",
            }
            for row in claims
        ),
    )
    return [str(row["fence"]) for row in claims]


async def _claimable(session: AsyncSession, wanted: Claim) -> list[dict[str, object]]:
    """Lock and return what may be claimed; rows that another claim holds are passed over."""
    c = deliveries.c
    found = await session.execute(
        select(c.id, c.attempt, c.request_key)
        .join(entries, entries.c.id == c.entry_id)
        .where(c.company_id == wanted.company_id, c.state == DeliveryState.APPROVED)
        .order_by(by_bytes(session, entries.c.number))
        .limit(wanted.limit)
        .with_for_update(of=deliveries, skip_locked=True)
    )
    return [
        {"delivery_id": row.id, "attempt": row.attempt + 1, "request_key": row.request_key}
        for row in found
    ]


async def apply_moves(session: AsyncSession, moves: Sequence[Move], at: datetime) -> list[Delivery]:
    """Apply the moves that still fit, and return the deliveries as they are then.

    Raises:
        ForbiddenMoveError: before anything is written, for a move that the table does not have.
        EffectTakenError: what was taken back cannot hold its effects again, since another does.
    """
    for move in moves:
        require_move(move.delivery.state, move.new.state)
    stored = await _stored(session, [move.delivery for move in moves])
    applied: list[Move] = []
    for move in moves:
        key = (move.delivery.company_id, move.delivery.id)
        if stored.get(key) == (move.delivery.state, move.delivery.fence):
            stored[key] = (move.new.state, move.new.fence)
            applied.append(move)
    await _write(session, [(move.delivery, move.new) for move in applied])
    await _trace(session, applied, at)
    await _release(session, applied)
    await _retake(session, applied)
    return [move.new for move in applied]


async def update_details(session: AsyncSession, delivery: Delivery, new: Delivery) -> bool:
    """Change details of a delivery that stays in its state; false when it moved meanwhile.

    Raises:
        ValueError: when ``new`` is in another state.
    """
    if new.state is not delivery.state:
        message = f"an update cannot take a delivery from {delivery.state} to {new.state}"
        raise ValueError(message)
    stored = await _stored(session, [delivery])
    if stored.get((delivery.company_id, delivery.id)) != (delivery.state, delivery.fence):
        return False
    await _write(session, [(delivery, new)])
    return True


async def _stored(
    session: AsyncSession, seen: Sequence[Delivery]
) -> dict[tuple[str, str], tuple[DeliveryState, str | None]]:
    """Lock the rows and return state and fence by company and id."""
    c = deliveries.c
    found: dict[tuple[str, str], tuple[DeliveryState, str | None]] = {}
    for chunk in chunks(sorted({delivery.id for delivery in seen})):
        rows = await session.execute(
            select(c.company_id, c.id, c.state, c.fence)
            .where(c.id.in_(chunk))
            .order_by(c.id)
            .with_for_update()
        )
        found.update({(row.company_id, row.id): (row.state, row.fence) for row in rows})
    return found


async def _write(session: AsyncSession, changes: Sequence[tuple[Delivery, Delivery]]) -> None:
    for chunk in chunks(changes):
        await session.execute(_change(), [_parameters(old, new) for old, new in chunk])


@cache
def _change() -> Update:
    """Build the compare-and-swap of one row, once."""
    c = deliveries.c
    return (
        update(deliveries)
        .where(
            c.id == bindparam("seen_id"),
            c.company_id == bindparam("seen_company"),
            c.state == bindparam("seen_state"),
            c.fence.is_not_distinct_from(bindparam("seen_fence")),
        )
        .values({"state": bindparam("new_state")} | {n: bindparam(f"new_{n}") for n in _DETAILS})
    )


def _parameters(old: Delivery, new: Delivery) -> dict[str, object]:
    seen = {
        "seen_id": old.id,
        "seen_company": old.company_id,
        "seen_state": old.state,
        "seen_fence": old.fence,
        "new_state": new.state,
    }
    return seen | {f"new_{name}": getattr(new, name) for name in _DETAILS}


async def _trace(session: AsyncSession, applied: Sequence[Move], at: datetime) -> None:
    """Write the history, and complete the attempts of those that left ``sending``."""
    await insert_rows(
        session,
        delivery_moves,
        (
            {
                "delivery_id": move.delivery.id,
                "at": at,
                "old_state": move.delivery.state,
                "new_state": move.new.state,
                "actor": move.actor,
                "note": move.note,
            }
            for move in applied
        ),
    )
    ended = [move for move in applied if move.delivery.state is DeliveryState.SENDING]
    for chunk in chunks(ended):
        rows = [
            {
                "ended_delivery": move.delivery.id,
                "ended_attempt": move.delivery.attempt,
                "ended": at,
                "ended_as": move.new.state,
                "said": move.note,
            }
            for move in chunk
        ]
        await session.execute(_attempt_end(), rows)


@cache
def _attempt_end() -> Update:
    c = delivery_attempts.c
    return (
        update(delivery_attempts)
        .where(
            c.delivery_id == bindparam("ended_delivery"), c.attempt == bindparam("ended_attempt")
        )
        .values(ended_at=bindparam("ended"), outcome=bindparam("ended_as"), note=bindparam("said"))
    )


async def _release(session: AsyncSession, applied: Sequence[Move]) -> None:
    """Free the effects of entries that are dead; what they stood in for has its own back."""
    released = [move.delivery.id for move in applied if move.new.state in RELEASED]
    await release_effects(session, released)
    await _unlink(session, released)


async def _retake(session: AsyncSession, applied: Sequence[Move]) -> None:
    """Let what was dead and is in the ERP correct again, and hold its effects again."""
    back = [
        m.delivery.id
        for m in applied
        if m.delivery.state in RELEASED and m.new.state not in RELEASED
    ]
    if not back:
        return
    link, member = entry_links.c, entry_members.c
    try:
        async with session.begin_nested():
            for chunk in chunks(back):
                ended = await session.execute(
                    update(entry_links)
                    .where(link.entry_id.in_(chunk))
                    .values(is_live=True)
                    .returning(link.original_id, link.kind)
                )
                replaced = [id_ for id_, kind in ended if kind is LinkKind.REPLACES]
                await release_effects(session, replaced)
                await session.execute(
                    update(entry_members).where(member.entry_id.in_(chunk)).values(is_live=True)
                )
    except IntegrityError as error:
        if any(violates(error, index) for index in _TAKEN):
            raise EffectTakenError from error
        raise


async def release_effects(session: AsyncSession, delivery_ids: Sequence[str]) -> None:
    """Make the members of these deliveries' entries free for other entries."""
    for chunk in chunks(delivery_ids):
        dead = select(deliveries.c.entry_id).where(deliveries.c.id.in_(chunk))
        await session.execute(
            update(entry_members)
            .where(entry_members.c.entry_id.in_(dead), entry_members.c.is_live)
            .values(is_live=False)
        )


async def _unlink(session: AsyncSession, delivery_ids: Sequence[str]) -> None:
    """End what dead entries correct: it may be corrected anew, and holds its own effects again."""
    c = entry_links.c
    for chunk in chunks(delivery_ids):
        dead = select(deliveries.c.entry_id).where(deliveries.c.id.in_(chunk))
        ended = await session.execute(
            update(entry_links)
            .where(c.entry_id.in_(dead), c.is_live)
            .values(is_live=False)
            .returning(c.original_id, c.kind)
        )
        replaced = sorted({id_ for id_, kind in ended if kind is LinkKind.REPLACES})
        await _restore_effects(session, replaced)


async def _restore_effects(session: AsyncSession, entry_ids: Sequence[str]) -> None:
    """Give entries their effects back, but those that another live entry holds."""
    c, held = entry_members.c, entry_members.alias("held")
    is_held = exists().where(
        held.c.company_id == c.company_id,
        held.c.source == c.source,
        held.c.transaction_id == c.transaction_id,
        held.c.effect == c.effect,
        held.c.is_live,
    )
    for chunk in chunks(entry_ids):
        await session.execute(
            update(entry_members)
            .where(c.entry_id.in_(chunk), c.is_live.is_(False), ~is_held)
            .values(is_live=True)
        )
