"""Outcomes: what a delivery becomes after it was sent, searched for or read back.

Pure decisions of ``bot.services.delivery``, which asks the ERP and stores what comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.erp.connector import FoundEntry, Outcome, Posted
from bot.erp.errors import ErpError, ErpRejected, OutcomeUnknown
from bot.services.problem_text import dump_problem
from ledger.delivery import DeliveryState
from ledger.drift import GONE, REJECTED, doubled
from ledger.runs import Delivery
from ledger.verification import differences

HAS_ITS_NUMBER = "the ERP has its number already"
"""Why an entry becomes uncertain that is to be sent here, and was posted before a restore."""


def uncertain(delivery: Delivery, *, since: datetime, now: datetime) -> Delivery:
    """Return a delivery that the ERP may have, to be searched for at once.

    Args:
        delivery: As it is.
        since: When it can have been sent at the latest; absence is believed some time after it.
        now: The present moment.
    """
    return replace(
        delivery,
        state=DeliveryState.UNCERTAIN,
        uncertain_since=since,
        empty_searches=0,
        wake_at=now,
    )


def after_sending(delivery: Delivery, outcome: Outcome, now: datetime) -> tuple[Delivery, str]:
    """Return the delivery as one outcome leaves it, and the note for its history."""
    match outcome:
        case Posted(erp_id=erp_id, is_posted=is_posted):
            state = DeliveryState.POSTED if is_posted else DeliveryState.PENDING_IN_ERP
            return replace(delivery, state=state, erp_id=erp_id, problem=None), "confirmed"
        case OutcomeUnknown():
            return uncertain(delivery, since=now, now=now), _note(outcome)
        case ErpRejected():
            problem = dump_problem(outcome.problem)
            return replace(delivery, state=DeliveryState.REFUSED, problem=problem), _note(outcome)
        case _:
            # Surely not processed: unavailable, or a person must act first.
            return replace(delivery, state=DeliveryState.APPROVED), _note(outcome)


def after_search(
    delivery: Delivery, hits: Sequence[FoundEntry], now: datetime, settle_s: float
) -> tuple[Delivery, str]:
    """Return an uncertain delivery as one search leaves it, and the note for its history.

    A hit is adopted only when its content is what was approved. Absence is believed after two
    empty searches, the last one after the ERP's longest processing time.
    """
    if hits:
        differs = what_differs(delivery, hits)
        state = DeliveryState.DIVERGED if differs else DeliveryState.POSTED
        new = replace(delivery, state=state, erp_id=hits[0].erp_id, differences=differs)
        return new, "found by its number" if not differs else "; ".join(differs)
    searches = delivery.empty_searches + 1
    proof_at = (delivery.uncertain_since or now) + timedelta(seconds=settle_s)
    if searches >= 2 and now >= proof_at:
        new = replace(
            delivery,
            state=DeliveryState.APPROVED,
            empty_searches=0,
            uncertain_since=None,
            wake_at=None,
        )
        return new, "absent in two searches; to be sent again with the same keys"
    wake_at = max(proof_at, now) if searches >= 1 else now
    return replace(delivery, empty_searches=searches, wake_at=wake_at), ""


def what_differs(delivery: Delivery, hits: Sequence[FoundEntry]) -> tuple[str, ...]:
    """Return in words how the ERP's copies differ from what was approved; empty when equal."""
    if not hits:
        return (GONE,)
    if len(hits) > 1:
        return (doubled([hit.erp_id for hit in hits]),)
    rejected = (REJECTED,) if hits[0].is_rejected else ()
    return (*rejected, *differences(delivery.entry, hits[0]))


def _note(error: ErpError) -> str:
    trace = f" [trace {error.trace_id}]" if error.trace_id else ""
    return f"{error.problem.code}{trace}"
