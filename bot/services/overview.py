"""Overview: where an organisation stands, and switching its pushes on and off.

``status`` and the App Home show the same state. Pushes are enabled only by a person and only
while the three prerequisites hold. It must not send anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.services import audit
from bot.services.charts import require_company
from bot.services.errors import Refusal
from bot.services.late import undecided
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.prerequisites import Prerequisites, read_prerequisites
from bot.services.readiness import Ready
from bot.services.schedule_status import ScheduleStatus, read_schedule
from ledger.delivery import DeliveryState
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.records import Source
from ledger.report import ProblemGroup
from ledger.runs import OPEN_RUN_STATES, Run

_RECENT_RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyState:
    """An active company and everything that leads into it."""

    company: Company
    fiscal_year_start_month: int
    prerequisites: Prerequisites
    ready: Ready
    problems: tuple[ProblemGroup, ...]
    """Why transactions form no entry now, by cause."""
    counts: Mapping[DeliveryState, int]
    days_left: int | None
    """Until somebody must sign in again, if nothing renews the authorisation meanwhile."""
    stale: int = 0
    """Posted entries that would come out differently now."""
    late: int = 0
    """Transactions of closed months that wait for a person's choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an organisation stands."""

    organisation: Organisation
    at: datetime
    sources: tuple[Source, ...]
    active: CompanyState | None
    """None before a company is confirmed."""
    unconfirmed: tuple[Company, ...]
    """Connected, and waiting for somebody to say that they are the right ones."""
    past: tuple[Company, ...]
    """Posted into before; their entries, mapping and history are kept."""
    open_runs: tuple[Run, ...]
    recent_runs: tuple[Run, ...]
    schedule: ScheduleStatus


class Overview:
    """Where organisations stand."""

    def __init__(self, *, storage: Storage, clock: Clock, pipeline: Pipeline) -> None:
        """Take the ports and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._pipeline = pipeline

    async def standing(self, organisation: Organisation) -> Standing:
        """Return where an organisation stands now."""
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            # The caller's may be older than what was set a moment ago.
            organisation = await unit.organisations.get(organisation.id) or organisation
            active = await unit.companies.active(organisation.id)
            known = await unit.companies.of_organisation(organisation.id)
            runs = await unit.runs.recent(organisation.id, _RECENT_RUNS)
            return Standing(
                organisation=organisation,
                at=now,
                sources=tuple(await unit.transactions.sources(organisation.id)),
                active=await self._company(unit, organisation, active) if active else None,
                unconfirmed=tuple(
                    c
                    for c in known
                    if not c.is_confirmed and c.connection is ConnectionState.ACTIVE
                ),
                past=tuple(
                    c
                    for c in known
                    if c.go_live_date is not None and (active is None or c.id != active.id)
                ),
                open_runs=tuple(run for run in runs if run.state in OPEN_RUN_STATES),
                recent_runs=tuple(run for run in runs if run.state not in OPEN_RUN_STATES),
                schedule=await read_schedule(unit, organisation, active, now),
            )

    async def resume(self, organisation: Organisation, *, actor: str) -> CompanyState:
        """Enable pushes.

        Raises:
            Refusal: when no company is connected, its authorisation ended, or a prerequisite
                does not hold.
        """
        async with self._storage.unit() as unit:
            company = require_company(await unit.companies.active(organisation.id))
            state = await self._company(unit, organisation, company)
            require_ready(state)
            await self._switch(unit, company, actor=actor, to_enabled=True)
            await unit.commit()
        return replace(state, company=replace(company, pushes_enabled=True))

    async def pause(self, organisation: Organisation, *, actor: str) -> Company:
        """Stop pushes at once; what a sender holds already is finished and accounted for.

        Raises:
            Refusal: when no company is connected, or pushes are paused already.
        """
        async with self._storage.unit() as unit:
            company = require_company(await unit.companies.active(organisation.id))
            if not company.pushes_enabled:
                raise Refusal(
                    f"Pushes into {company.name} are paused already.",
                    next_step="/integral resume",
                )
            await self._switch(unit, company, actor=actor, to_enabled=False)
            await unit.commit()
        return replace(company, pushes_enabled=False)

    async def _switch(
        self, unit: UnitOfWork, company: Company, *, actor: str, to_enabled: bool
    ) -> None:
        await unit.companies.save(replace(company, pushes_enabled=to_enabled))
        record = audit.note(
            "pushes.enabled" if to_enabled else "pushes.paused",
            company.key,
            organisation_id=company.organisation_id,
            actor=actor,
            at=self._clock.now(),
            change=({"enabled": company.pushes_enabled}, {"enabled": to_enabled}),
        )
        await unit.audit.add(record)

    async def _company(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> CompanyState:
        now = self._clock.now()
        survey = await self._pipeline.survey(unit, organisation, company)
        decisions = await unit.stragglers.decisions(company.id) if survey.late else ()
        until = company.authorised_until
        return CompanyState(
            company=company,
            fiscal_year_start_month=survey.source.books.fiscal_year_start_month,
            prerequisites=await read_prerequisites(unit, organisation, survey=survey, now=now),
            ready=survey.ready,
            problems=survey.problems,
            counts=await unit.deliveries.counts(company.id),
            days_left=(until - now).days if until else None,
            stale=await unit.corrections.stale(company.id),
            late=undecided(survey.late, decisions).count,
        )


def require_ready(state: CompanyState) -> None:
    """Refuse to enable pushes before everything holds that must.

    Raises:
        Refusal: naming the first thing that is missing.
    """
    p, company = state.prerequisites, state.company
    if company.connection is not ConnectionState.ACTIVE:
        raise Refusal(f"{company.name} is not connected.", next_step="/integral reauthorize")
    if not p.sources_live:
        raise Refusal("Pushes stay paused: not every source is live.", next_step="/integral import")
    if p.missing_dimensions:
        gap = p.missing_dimensions[0]
        raise Refusal(
            f"Pushes stay paused: {gap.dimension.name} is required and missing in "
            f"{gap.transactions:,} transactions.",
            next_step="/integral unmapped",
        )
    if not p.accounts_mapped:
        raise Refusal(
            f"Pushes stay paused: {p.mapped:,} of {p.needed:,} accounts are mapped.",
            next_step="/integral map",
        )
    if not p.settings_configured:
        raise Refusal(
            "Pushes stay paused: the journal-entry settings are not configured.",
            next_step="/integral settings",
        )
