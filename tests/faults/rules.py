"""The rules of delivery that no lucky outcome may hide: nothing sent without a claim, none taken.

Two layers keep most breakages from doubling an entry; a run in which one of them failed looks
well. So the trace is held to the rules themselves, as docs/delivery-guarantees.md states them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ledger.delivery import DeliveryState
from storage.database import Database
from storage.tables.entries import deliveries, delivery_attempts, delivery_moves
from tests.faults.stands import Json

Finding = tuple[str, str]
EARLIER_CLAIMS = "claims-before-the-restore.json"
"""The file of a run in which a backup was restored: the claims that it may not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the rules are held against."""

    settle_s: float
    ends: Mapping[str, datetime]
    """Incarnation → the moment before its slot became free; those of real processes are unknown."""
    creations: Mapping[str, int]
    """The ERP's key, empty where it keeps none, → the creations that may have been carried out."""
    is_one_a_request: bool
    """Whether each creation is of one entry."""


async def read_claims(database: Database) -> list[Json]:
    """Read every claim there was: whose, until when, and who ended it how."""
    a, m = delivery_attempts.c, delivery_moves.c
    query = (
        select(
            deliveries.c.id,
            deliveries.c.request_key,
            a.attempt,
            a.owner,
            a.send_by,
            a.ended_at,
            a.outcome,
            m.actor,
        )
        .join(delivery_attempts, a.delivery_id == deliveries.c.id)
        .outerjoin(
            delivery_moves,
            (m.delivery_id == a.delivery_id)
            & (m.at == a.ended_at)
            & (m.old_state == DeliveryState.SENDING),
        )
    )
    async with database.session(read_only=True) as session:
        rows = (await session.execute(query)).all()
    return [
        {
            "delivery": row.id,
            "key": row.request_key,
            "owner": row.owner,
            "send_by": row.send_by.isoformat(),
            "ended_at": row.ended_at.isoformat() if row.ended_at else "",
            "outcome": row.outcome.value if row.outcome else "",
            "actor": row.actor or "",
        }
        for row in rows
    ]


def with_earlier(
    claims: Iterable[Mapping[str, object]], earlier: Iterable[Mapping[str, object]]
) -> list[Mapping[str, object]]:
    """Return all claims, those that a restored backup forgot among them, each once."""
    found = {
        (claim["delivery"], claim["owner"], claim["send_by"]): claim
        for claim in (*earlier, *claims)
    }
    return list(found.values())


def broken(claims: Iterable[Mapping[str, object]], given: Given) -> Iterator[Finding]:
    """Yield what was sent without a claim, and claims that were taken over too soon."""
    texts = [{key: str(value) for key, value in claim.items()} for claim in claims]
    for claim in texts:
        yield from _taken_too_soon(claim, given)
    yield from _sent_unclaimed(texts, given)


def _taken_too_soon(claim: Mapping[str, str], given: Given) -> Iterator[Finding]:
    taken = claim["outcome"] == DeliveryState.UNCERTAIN.value and claim["actor"] != claim["owner"]
    if not taken:
        return
    at = datetime.fromisoformat(claim["ended_at"])
    may_at = datetime.fromisoformat(claim["send_by"]) + timedelta(seconds=given.settle_s)
    name = claim["owner"].partition("/")[2]
    words = f"{claim['actor']} settled the claim of {claim['owner']} at {at}"
    if at < may_at:
        yield "unsettled", f"{words}, which it might at {may_at}"
    ended = given.ends.get(name)
    if given.ends and (ended is None or at < ended):
        yield "unsettled", f"{words}, who lived until {ended or 'the end'}"


def _sent_unclaimed(claims: list[dict[str, str]], given: Given) -> Iterator[Finding]:
    by_key: dict[str, int] = {}
    for claim in claims:
        by_key[claim["key"]] = by_key.get(claim["key"], 0) + 1
    sent = sum(given.creations.values())
    if sent > len(claims):
        yield "duplicated", f"{sent} creations were sent under {len(claims)} claims"
    for key, count in given.creations.items():
        allowed = by_key.get(key) if given.is_one_a_request else max(by_key.values(), default=0)
        if allowed is not None and key and count > allowed:
            yield "duplicated", f"{count} creations with the key {key} under {allowed} claims"
