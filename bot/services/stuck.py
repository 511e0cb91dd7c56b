"""Stuck work: what the engine has not finished for long, and runs that nobody takes up.

Looked for by the clock, so that it is noticed when the workers are what is missing; told to the
log, to the doctor, to the monitor and to each finance channel. It must not mend anything: what is
stored goes on by itself as soon as somebody works.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.runs import WORKFLOW as ADVANCE_RUN
from bot.services.saying import Said, tell
from ledger.organisation import Organisation

STUCK_AFTER = timedelta(minutes=30)
"""Twice the time within which a pass that died is taken up again; an entry that moved meanwhile
says that a long pass works on."""
_MOST_RUNS = 100

log = structlog.get_logger(__name__)


class UnfinishedWork(Protocol):
    """A workflow that was enqueued and has not ended."""

    @property
    def id(self) -> str:
        """Return the workflow's id."""
        ...

    @property
    def name(self) -> str:
        """Return the workflow's name."""
        ...

    @property
    def partition(self) -> str | None:
        """Return the company or organisation that it works for."""
        ...

    @property
    def since(self) -> datetime:
        """Return when it was enqueued, by the machine's clock."""
        ...


class WorkRecord(Protocol):
    """What the engine has not finished, and where entries move."""

    async def unfinished(self, *, before: datetime) -> Sequence[UnfinishedWork]:
        """Return what was enqueued by a moment of the machine's clock and has not ended.

        The oldest first.
        """
        ...

    async def moved_since(self, company_ids: Collection[str], since: datetime) -> set[str]:
        """Return those of the companies of which an entry moved at or after a moment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckWork:
    """A piece of work that does not go on."""

    id: str
    name: str
    """The workflow's name."""
    partition: str | None
    since: datetime
    """By the clock of whoever noted it: only to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckThere:
    """What is stuck in one organisation; nothing once it goes on again."""

    organisation: Organisation
    work: tuple[StuckWork, ...]


StuckWords = Callable[[StuckThere], Said]


class Stuck:
    """Finds stuck work and tells."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        machine_time: Callable[[], datetime],
        record: WorkRecord,
        words: StuckWords,
    ) -> None:
        """Take the database, both clocks, what the engine has, and the view of a message.

        The engine counts by the machine's own clock, also where a sandbox's shows another day.
        """
        self._storage = storage
        self._clock = clock
        self._machine_time = machine_time
        self._record = record
        self._words = words
        self._seen: frozenset[str] = frozenset()
        self._told: dict[str, str] = {}
        self._has_looked = False

    async def find(self) -> tuple[StuckWork, ...]:
        """Return what is stuck now, the oldest first; changes nothing."""
        late = await self._record.unfinished(before=self._machine_time() - STUCK_AFTER)
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            overdue = await unit.runs.due(now - STUCK_AFTER, _MOST_RUNS)
        companies = {w.partition for w in late if w.partition} | {r.company_id for r in overdue}
        moving = await self._record.moved_since(companies, now - STUCK_AFTER)
        found = [
            StuckWork(id=w.id, name=w.name, partition=w.partition, since=w.since)
            for w in late
            if w.partition not in moving
        ]
        known = {work.partition for work in found if work.name == ADVANCE_RUN}
        found += [
            StuckWork(id=r.id, name=ADVANCE_RUN, partition=r.company_id, since=r.wake_at or now)
            for r in overdue
            if r.company_id not in moving | known
        ]
        return tuple(found)

    async def tick(self) -> int:
        """Tell of what was stuck at the last look and still is; called by the clock.

        Twice, since a sandbox's clock may jump past everything that is due.
        """
        found = await self.find()
        lasting = [work for work in found if work.id in self._seen]
        for work in lasting:
            log.warning("work.stuck", id=work.id, workflow=work.name, of=work.partition)
        self._seen = frozenset(work.id for work in found)
        if not self._has_looked:
            # Nothing is lasting yet, so nothing is taken back before the next look.
            self._told = await self._told_before()
            self._has_looked = True
        elif lasting or self._told:
            await self._tell(lasting)
        return len(lasting)

    async def _told_before(self) -> dict[str, str]:
        """Return organisation → key of what an earlier process told and did not take back."""
        told = {}
        async with self._storage.unit(read_only=True) as unit:
            for message in sorted(await unit.outbox.under("stuck:"), key=lambda each: each.key):
                _, organisation_id, day, _ = message.key.split(":", 3)
                organisation = await unit.organisations.get(organisation_id)
                if organisation is None:
                    continue
                over = self._words(StuckThere(organisation=organisation, work=()))
                if message.blocks != over.blocks:
                    told[organisation_id] = f"stuck:{organisation_id}:{day}"
        return told

    async def _tell(self, lasting: Sequence[StuckWork]) -> None:
        async with self._storage.unit() as unit:
            stuck = await _by_organisation(unit, lasting)
            for organisation in await unit.organisations.everyone():
                work = stuck.get(organisation.id, ())
                if work or organisation.id in self._told:
                    await self._put(unit, StuckThere(organisation=organisation, work=work))
            await unit.commit()

    async def _put(self, unit: UnitOfWork, there: StuckThere) -> None:
        """Say it once a day for each organisation; the same message says when it goes on."""
        organisation, now = there.organisation, self._clock.now()
        key = self._told.get(organisation.id) or f"stuck:{organisation.id}:{now.date()}"
        said = self._words(there)
        await tell(unit, organisation, said, key=key, at=now)
        if there.work:
            self._told[organisation.id] = key
        else:
            self._told.pop(organisation.id, None)


async def _by_organisation(
    unit: UnitOfWork, work: Sequence[StuckWork]
) -> Mapping[str, tuple[StuckWork, ...]]:
    """Sort by organisation: a partition is one, or a company of one; other work is only logged."""
    found: dict[str, tuple[StuckWork, ...]] = {}
    for each in work:
        company = await unit.companies.get(each.partition or "")
        organisation_id = company.organisation_id if company else each.partition or ""
        found[organisation_id] = (*found.get(organisation_id, ()), each)
    return found
