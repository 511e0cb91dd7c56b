"""The readable trace of a run that went wrong: what was planned, what moved when, what was asked.

It reads; it must not judge.
"""

from collections.abc import Iterator
from datetime import datetime

from ledger.delivery import DeliveryState
from tests.faults.erp_side import ErpSide
from tests.faults.life import World
from tests.faults.verdict import Verdict


async def read_moves(world: World) -> list[str]:
    """Return every move of every delivery, in order of time."""
    database = world.open_database()
    moves: list[tuple[datetime, str]] = []
    try:
        async with database.unit(read_only=True) as unit:
            deliveries = unit.deliveries
            for delivery in await deliveries.in_state(world.office.company.id, list(DeliveryState)):
                for at, old, new, actor, note in await deliveries.history(delivery.id):
                    words = f"{delivery.entry.number} {old} → {new} by {actor}: {note}"
                    moves.append((at, f"{at:%H:%M:%S.%f} {words}"))
            runs = await unit.runs.recent(world.office.organisation.id, 100)
    finally:
        await database.close()
    return [f"run {run}" for run in runs] + [words for _at, words in sorted(moves)]


def write_trace(world: World, erp: ErpSide, verdict: Verdict, moves: list[str]) -> None:
    """Write the trace into the run's folder."""
    lines = [*_head(world, verdict), "", "Moves", *moves, "", "Requests", *_requests(world, erp)]
    (world.folder / "trace.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _head(world: World, verdict: Verdict) -> Iterator[str]:
    plan = world.plan
    yield f"Run {plan.seed} into {world.place.provider.label}"
    yield f"{verdict.lost} lost, {verdict.duplicated} duplicated, "
    yield f"{verdict.unsettled} unsettled of {verdict.entries}"
    yield f"shape {plan.shape}, claims of {plan.claim_size}, forgetful: {plan.is_forgetful}"
    yield f"tears {plan.tears}, real {plan.real} after {plan.real_after} requests"
    yield f"fault {plan.fault}, access tokens for {plan.tokens_last_s} s"
    yield ""
    yield from verdict.findings


def _requests(world: World, erp: ErpSide) -> Iterator[str]:
    for row in erp.requests(world.place):
        yield " ".join(
            str(row[key]) for key in ("at", "method", "path", "parameters", "status", "fault")
        )
