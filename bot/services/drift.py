"""Drift: every night the posted entries are read back, and what left the approved is told once.

Uses the comparison that every delivery ends with. It changes nothing in the ERP, and repeats
nothing: what was told before is a number at the end of the next message. What a push or a person
found in the meantime is told as well, since the channel has not been told what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.erp.errors import ErpError
from bot.services.delivery import NUMBERS_A_SEARCH, Delivering
from bot.services.ports import UnitOfWork
from bot.services.runs import RunPorts
from bot.services.saying import Said, tell
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.drift import older_months
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.periods import Period
from ledger.runs import Delivery

FIND_DRIFT = "find_drift"
"""Workflow: (company id, ISO date of the local night) → :meth:`Drift.look`."""
LOOKS_BACK = timedelta(days=60)
MOST_SEARCHES = 100
"""A night; with more entries than that, each night takes the next part of them."""
OLDER_SEARCHES = 50
"""A night, besides: of an older month, and as many of older entries that are not in order."""
_UNSETTLED = (DeliveryState.POSTED, DeliveryState.PENDING_IN_ERP, DeliveryState.DIVERGED)
NIGHT = time(2)
"""When a company's night begins, in its organisation's time zone."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """What was found in one night."""

    organisation: Organisation
    company: Company
    new: tuple[Delivery, ...]
    """Entries that left what was approved since the last time."""
    urls: tuple[str, ...]
    """Where to look at each new one, in the same order; empty text when it has no id."""
    earlier: int
    """How many were told before and are not in order yet."""


DriftWords = Callable[[Drifted], Said]


class Drift:
    """Watches over what was posted."""

    def __init__(self, ports: RunPorts, *, delivering: Delivering, words: DriftWords) -> None:
        """Take the ports, the stage that compares, and the view of what was found."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._engine = ports.engine
        self._connectors = ports.connectors
        self._delivering = delivering
        self._words = words
        self._enqueued: dict[str, date] = {}

    async def tick(self) -> int:
        """Have each connected company looked at once a local night; twice is harmless."""
        enqueued = 0
        async with self._storage.unit(read_only=True) as unit:
            found = [
                (organisation, await unit.companies.active(organisation.id))
                for organisation in await unit.organisations.everyone()
            ]
        for organisation, company in found:
            local = self._clock.now().astimezone(ZoneInfo(organisation.time_zone))
            is_live = company is not None and company.connection is ConnectionState.ACTIVE
            if company is None or not is_live or local.time() < NIGHT:
                continue
            if self._enqueued.get(company.id) == local.date():
                continue
            day = local.date().isoformat()
            await self._engine.enqueue(
                FIND_DRIFT, f"drift:{company.id}:{day}", company.id, day, partition=company.id
            )
            self._enqueued[company.id] = local.date()
            enqueued += 1
        return enqueued

    async def look(self, company_id: str, night: str) -> None:
        """Read entries back and say what is new; the body of the workflow."""
        day = date.fromisoformat(night)
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
            organisation = (
                await unit.organisations.get(company.organisation_id) if company else None
            )
        if company is None or organisation is None:
            return
        if company.connection is not ConnectionState.ACTIVE:
            return
        try:
            connector = self._connectors.of(company)
            await self._delivering.verify(connector, await self._due(company, day))
        except ErpError as error:
            # What was compared is kept, and the rest is looked at tomorrow.
            log.warning("drift.unread", company=company.id, code=error.problem.code.value)
        await self._tell(organisation, company)

    async def _due(self, company: Company, day: date) -> Sequence[Delivery]:
        """Return the entries of tonight.

        Those of the last days; older ones that are not in order, or not yet; and the older months
        whose turn it is. Of very many of a kind the next part.
        """
        recent = Period(day - LOOKS_BACK, day)
        nights, months = day.toordinal(), day.year * 12 + day.month
        due = _part(await self._posted(company, recent), MOST_SEARCHES, nights)
        async with self._storage.unit(read_only=True) as unit:
            unsettled = await unit.deliveries.in_state(company.id, _UNSETTLED)
        older = [d for d in unsettled if d.entry.entry_date not in recent]
        due += _part(older, OLDER_SEARCHES, nights)
        for month in older_months(day, since=company.go_live_date, before=recent.first):
            settled = await self._posted(company, month)
            verified = [d for d in settled if d.state is DeliveryState.VERIFIED]
            due += _part(verified, OLDER_SEARCHES, months)
        return due

    async def _posted(self, company: Company, period: Period) -> list[Delivery]:
        async with self._storage.unit(read_only=True) as unit:
            found = await unit.deliveries.in_period(company.id, period.first, period.last)
        return [delivery for delivery in found if delivery.state in IN_THE_ERP]

    async def _tell(self, organisation: Organisation, company: Company) -> None:
        now = self._clock.now()
        async with self._storage.unit() as unit:
            diverged = await unit.deliveries.in_state(company.id, [DeliveryState.DIVERGED])
            since = await unit.companies.drift_told_at(company.id)
            found = [(d, await _diverged_at(unit, d)) for d in diverged]
            new = [d for d, at in found if at is not None and (since is None or at > since)]
            # With the message or not at all: a rerun of the night tells nothing twice. Up to what
            # was seen, not up to now: what somebody else finds at this moment is told tomorrow.
            last = max((at for _, at in found if at is not None), default=None)
            if last is not None:
                await unit.companies.keep_drift_told(company.id, max(last, since or last))
            if not new:
                await unit.commit()
                return
            entry_url = self._connectors.entry_url
            drifted = Drifted(
                organisation=organisation,
                company=company,
                new=tuple(new),
                urls=tuple(entry_url(company, d.erp_id) if d.erp_id else "" for d in new),
                earlier=len(diverged) - len(new),
            )
            # A rerun that finds more says it apart: an edit would take back what was told.
            key = f"drift:{company.id}:{now.isoformat()}"
            await tell(unit, organisation, self._words(drifted), key=key, at=now)
            await unit.commit()


def _part(deliveries: list[Delivery], searches: int, turn: int) -> list[Delivery]:
    """Return what so many searches can ask for: another part each turn, all of them in the end."""
    most = searches * NUMBERS_A_SEARCH
    parts = max(1, -(-len(deliveries) // most))
    first = (turn % parts) * most
    return deliveries[first : first + most]


async def _diverged_at(unit: UnitOfWork, delivery: Delivery) -> datetime | None:
    """Return when an entry was last found to differ."""
    history = await unit.deliveries.history(delivery.id)
    return max((at for at, _, new, _, _ in history if new == DeliveryState.DIVERGED), default=None)
