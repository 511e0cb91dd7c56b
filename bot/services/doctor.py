"""Doctor: gathers what the checks look at, and tells a person what was found.

The ERP and Slack are asked in a workflow, never while a person waits. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol

from bot.erp.errors import ErpError
from bot.services.checks import Finding, Patient, SlackState, UnknownNumber, examine
from bot.services.overview import CompanyState, Overview
from bot.services.policies import approvers_of
from bot.services.ports import UnitOfWork
from bot.services.runs import RunPorts
from bot.services.saying import Said, direct_message
from bot.services.strangers import Strangers
from ledger.attempts import FailedAttempt
from ledger.books import Books
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.problems import Problem

EXAMINE = "examine"
"""Workflow: (organisation id, user id) → :meth:`Doctor.run`."""
OVERDUE = timedelta(minutes=5)
LAST_FAILED = 5
_MOST_OVERDUE = 100


class SlackProbe(Protocol):
    """Asks Slack how it is."""

    async def look(self, team_id: str) -> SlackState:
        """Call Slack once as the bot of a workspace; it never raises for what Slack says."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found."""

    organisation: Organisation
    company: Company | None
    findings: tuple[Finding, ...]
    unknown: tuple[UnknownNumber, ...]
    """Those that nobody accounted for stop all sending."""
    dates: tuple[date, ...]
    """Of the unknown entries, first and last."""
    failed: tuple[FailedAttempt, ...]
    """The last tries that the ERP did not confirm, the newest first, for support."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the ERP said."""

    problem: Problem | None = None
    books: Books | None = None
    unknown: tuple[UnknownNumber, ...] = ()
    dates: tuple[date, ...] = field(default=())


ExaminationWords = Callable[[Examination], Said]


class Doctor:
    """Examines organisations."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        overview: Overview,
        slack: SlackProbe,
        is_served: Callable[[], Awaitable[bool]],
        stuck: Callable[[], Awaitable[Sized]],
        words: ExaminationWords,
    ) -> None:
        """Take the ports, Slack, what the engine's state is asked from, and the view of a result.

        ``is_served`` says whether a process runs the engine, ``stuck`` finds work that does not
        go on.
        """
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._engine = ports.engine
        self._connectors = ports.connectors
        self._overview = overview
        self._slack = slack
        self._is_served = is_served
        self._stuck = stuck
        self._words = words
        self._strangers = Strangers(storage=ports.storage)

    async def request(self, organisation: Organisation, *, person: str) -> None:
        """Have the engine examine an organisation, and send the person what was found."""
        workflow_id = f"{EXAMINE}:{self._ids.new()}"
        await self._engine.enqueue(
            EXAMINE, workflow_id, organisation.id, person, partition=organisation.id
        )

    async def run(self, organisation_id: str, person: str) -> None:
        """Examine and tell; the body of the workflow."""
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
        if organisation is None:
            return
        result = await self.examine(organisation)
        async with self._storage.unit() as unit:
            message = direct_message(
                self._words(result),
                key=f"examined:{self._ids.new()}",
                team_id=organisation.team_id,
                user_id=person,
            )
            await unit.outbox.put(message, self._clock.now())
            await unit.commit()

    async def examine(self, organisation: Organisation) -> Examination:
        """Look at everything, now; asks the ERP and Slack."""
        standing = await self._overview.standing(organisation)
        active = standing.active
        read = await self._read(standing.organisation, active)
        patient = await self._patient(standing.organisation, active, read)
        return Examination(
            organisation=patient.organisation,
            company=patient.company,
            findings=examine(patient),
            unknown=patient.unknown,
            dates=read.dates,
            failed=patient.failed,
        )

    async def _patient(
        self, organisation: Organisation, active: CompanyState | None, read: _Read
    ) -> Patient:
        company = active.company if active else None
        slack = await self._slack.look(organisation.team_id)
        is_served = await self._is_served()
        stuck = await self._stuck()
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            books = read.books or (await unit.companies.books(company.id) if company else None)
            failed = await _failed(unit, company)
            overdue = await unit.runs.due(now - OVERDUE, _MOST_OVERDUE)
            approvers = await approvers_of(unit, organisation)
        return Patient(
            organisation=organisation,
            company=company,
            at=now,
            prerequisites=active.prerequisites if active else None,
            problems=active.problems if active else (),
            counts=active.counts if active else {},
            erp_problem=read.problem,
            books=books,
            unknown=read.unknown,
            failed=failed,
            slack=slack,
            is_served=is_served,
            overdue=len(overdue),
            approvers=approvers,
            stuck=len(stuck),
        )

    async def _read(self, organisation: Organisation, active: CompanyState | None) -> _Read:
        """Ask the ERP for access, books and numbers, as far as it answers."""
        if active is None or active.company.connection is not ConnectionState.ACTIVE:
            return _Read()
        company, read = active.company, _Read()
        try:
            connector = self._connectors.of(company)
            await connector.check_access()
            read = replace(read, books=await connector.fetch_books())
            found = await self._strangers.unknown(organisation, company, connector)
        except ErpError as error:
            return replace(read, problem=error.problem)
        async with self._storage.unit(read_only=True) as unit:
            accounted = {entry.number for entry in await unit.deliveries.foreign(company.id)}
        days = sorted(e.entry_date for e in found if e.number not in accounted)
        numbers = (
            UnknownNumber(
                number=e.number or "", erp_id=e.erp_id, is_accounted=e.number in accounted
            )
            for e in sorted(found, key=lambda e: (e.number or "", e.erp_id))
        )
        return replace(read, unknown=tuple(numbers), dates=(days[0], days[-1]) if days else ())


async def _failed(unit: UnitOfWork, company: Company | None) -> tuple[FailedAttempt, ...]:
    if company is None:
        return ()
    return tuple(await unit.deliveries.failed_attempts(company.id, LAST_FAILED))
