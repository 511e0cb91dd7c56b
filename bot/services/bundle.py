"""The support bundle: what support needs to find a failed attempt, as JSON text.

Ids, counts, dates, times, codes and the ERP's trace ids. It must not hold a secret, an amount, a
memo, a name, or any text that somebody else wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from bot.services.ports import Clock, Storage, UnitOfWork
from ledger.attempts import FailedAttempt
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Organisation
from ledger.problems import CATALOGUE, ProblemCode
from ledger.runs import Run

_FAILED = 50
_RUNS = 20
_DUE = 100

Part = dict[str, object]
"""A part of the bundle: what JSON can hold, by name."""


class Bundles:
    """Writes support bundles."""

    def __init__(self, *, storage: Storage, clock: Clock, version: str) -> None:
        """Take the database, the time and this program's version."""
        self._storage = storage
        self._clock = clock
        self._version = version

    async def write(self, only: Organisation | None = None) -> str:
        """Return the bundle of one organisation, or of all, as JSON text; times are UTC."""
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            wanted = [only] if only is not None else await unit.organisations.everyone()
            organisations = [await _organisation(unit, organisation) for organisation in wanted]
            ids = {organisation.id for organisation in wanted}
            due = [r for r in await unit.runs.due(now, _DUE) if r.organisation_id in ids]
        bundle: Part = {
            "version": self._version,
            "written_at": _time(now),
            "runs_due": [run.id for run in due],
            "organisations": organisations,
        }
        return json.dumps(bundle, indent=2) + "\n"


async def _organisation(unit: UnitOfWork, organisation: Organisation) -> Part:
    companies = await unit.companies.of_organisation(organisation.id)
    runs = await unit.runs.recent(organisation.id, _RUNS)
    return {
        "id": organisation.id,
        "code": organisation.code,
        "time_zone": organisation.time_zone,
        "shape_version": organisation.shape_version,
        "next_sequence": await unit.organisations.next_sequence(organisation.id),
        "has_finance_channel": organisation.finance_channel is not None,
        "companies": [await _company(unit, company) for company in companies],
        "runs": [_run(run) for run in runs],
    }


async def _company(unit: UnitOfWork, company: Company) -> Part:
    counts = await unit.deliveries.counts(company.id)
    refused = await unit.deliveries.in_state(company.id, [DeliveryState.REFUSED], limit=_FAILED)
    foreign = await unit.deliveries.foreign(company.id)
    return {
        "id": company.id,
        "provider": company.provider.value,
        "connection": company.connection.value,
        "is_confirmed": company.is_confirmed,
        "pushes_enabled": company.pushes_enabled,
        "go_live_date": str(company.go_live_date) if company.go_live_date else None,
        "connected_at": _time(company.connected_at),
        "authorised_until": _time(company.authorised_until),
        "books_at": _time(company.books_at),
        "entries": {state.value: counts[state] for state in DeliveryState if counts.get(state)},
        "refused": [delivery.entry.number for delivery in refused],
        "foreign_numbers": [entry.number for entry in foreign],
        "failed_attempts": _attempts(await unit.deliveries.failed_attempts(company.id, _FAILED)),
    }


def _attempts(failed: Iterable[FailedAttempt]) -> list[Part]:
    return [
        {
            "number": each.number,
            "attempt": each.attempt,
            "started_at": _time(each.started_at),
            "ended_at": _time(each.ended_at),
            "outcome": each.outcome,
            "code": each.code,
            "trace_id": each.trace_id,
        }
        for each in failed
    ]


def _run(run: Run) -> Part:
    return {
        "id": run.id,
        "company_id": run.company_id,
        "first_date": str(run.first_date),
        "last_date": str(run.last_date),
        "trigger": run.trigger.value,
        "requested_at": _time(run.requested_at),
        "state": run.state.value,
        "wakes": run.wakes,
        "wake_at": _time(run.wake_at),
        "waits_for": _code(run.waiting_for),
    }


def _code(sentence: str | None) -> ProblemCode | str | None:
    """Return the code behind a sentence, which itself may hold a name; its remedy tells."""
    if not sentence:
        return None
    found = (code for code, words in CATALOGUE.items() if sentence.endswith(words.remedy))
    return next(found, "something else")


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
