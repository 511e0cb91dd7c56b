"""Looks ahead at a month's end: the dry run and the pre-check.

Each is a workflow that the clock enqueues (``bot.services.month_end`` names them) and may run
again; it changes nothing but the imported books. The push itself is a run of its own, which
``bot.services.due_schedules`` starts. It must not decide what is due when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.erp.errors import ErpError
from bot.services.approval_card import read_free
from bot.services.errors import Refusal
from bot.services.late import Straggling, undecided
from bot.services.pipeline import Pipeline
from bot.services.policies import approvers_of
from bot.services.ports import UnitOfWork
from bot.services.preparing import Preparing
from bot.services.prerequisites import Prerequisites, read_prerequisites
from bot.services.previews import prepared
from bot.services.run_scope import of_run
from bot.services.runs import RunPorts
from bot.services.saying import Said, tell
from ledger.approval import ApproverGap, approver_gap, approvers_needed, shaped_gap
from ledger.books import Books
from ledger.delivery import DeliveryState
from ledger.money import Money, total
from ledger.organisation import Company, Organisation
from ledger.periods import Period, month_of
from ledger.problems import Problem
from ledger.report import ProblemGroup, group_problems
from ledger.runs import Run, RunState, Trigger
from ledger.schedules import SCHEDULE, Moment
from ledger.stragglers import is_closed


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndReport:
    """What a month's end would find now."""

    organisation: Organisation
    company: Company
    month: Period
    moment: Moment
    prerequisites: Prerequisites
    books: Books | None
    erp_problem: Problem | None
    """Why the ERP could not be read; none when its books are fresh."""
    entries: int
    total: Money
    problems: tuple[ProblemGroup, ...]
    """What would be blocked, by cause, with one remedy each."""
    blocked: int
    """How many transactions that is."""
    held: int
    """Entries of the company that wait as possible duplicates."""
    late: Straggling
    """Transactions of closed months that nobody has decided about."""
    approver_gap: ApproverGap | None = None
    """Why nobody could approve it; none when enough people may."""

    @property
    def is_locked(self) -> bool:
        """Say whether the ERP's books are closed for days of the month."""
        return self.books is not None and is_closed(self.month.first, self.books.lock_date)

    @property
    def is_ready(self) -> bool:
        """Say whether nothing would be in the way of the month's end."""
        stops = self.erp_problem or self.problems or self.held or self.late.count or self.is_locked
        may_go = self.prerequisites.all_hold and self.company.pushes_enabled
        return may_go and not stops and self.approver_gap is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """A month's end that could not begin."""

    organisation: Organisation
    month: Period
    why: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndWords:
    """The views of what the finance channel is told."""

    report: Callable[[MonthEndReport], Said]
    not_started: Callable[[NotStarted], Said]


class MonthEnds:
    """Carries out the moments of a month's end."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        pipeline: Pipeline,
        preparing: Preparing,
        words: MonthEndWords,
    ) -> None:
        """Take the ports, the stages before approval, the one way into the ERP, and the views."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._connectors = ports.connectors
        self._pipeline = pipeline
        self._preparing = preparing
        self._words = words

    async def dry_run(self, organisation_id: str, month: str) -> None:
        """Say two days ahead what would block the month's end (workflow; month as YYYY-MM)."""
        await self._check(organisation_id, month, Moment.DRY_RUN)

    async def pre_check(self, organisation_id: str, month: str) -> None:
        """Say on the last day what still blocks it (workflow; month as YYYY-MM)."""
        await self._check(organisation_id, month, Moment.PRE_CHECK)

    async def report(
        self, organisation: Organisation, company: Company, month: Period, moment: Moment
    ) -> MonthEndReport:
        """Find out what the month's end would find now; refreshes the imported books."""
        erp_problem = await self._refresh(organisation, company)
        async with self._storage.unit(read_only=True) as unit:
            survey, built = await self._pipeline.survey_entries(unit, organisation, company)
            books = await unit.companies.books(company.id)
            decisions = await unit.stragglers.decisions(company.id)
            run = self._imagined(company, month)
            inside = of_run(built, run, decisions)
            entries = prepared(inside.entries, company, books)
            counts = await unit.deliveries.counts(company.id)
            amount = total([entry.total for entry in entries], organisation.base_currency)
            return MonthEndReport(
                organisation=organisation,
                company=company,
                month=month,
                moment=moment,
                prerequisites=await read_prerequisites(
                    unit, organisation, survey=survey, now=self._clock.now()
                ),
                books=books,
                erp_problem=erp_problem,
                entries=len(entries),
                total=amount,
                problems=group_problems(finding.problem for finding in inside.findings),
                blocked=len({(f.transaction.source, f.transaction.id) for f in inside.findings}),
                held=counts.get(DeliveryState.HELD, 0),
                late=undecided(survey.late, decisions),
                approver_gap=await _gap(unit, organisation, run, amount),
            )

    async def _check(self, organisation_id: str, month: str, moment: Moment) -> None:
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
            company = await unit.companies.active(organisation_id)
        if organisation is None:
            return
        if company is None:
            why = Refusal("No company is connected.", next_step="/integral connect")
            said = self._words.not_started(
                NotStarted(organisation=organisation, month=_month(month), why=why)
            )
        else:
            found = await self.report(organisation, company, _month(month), moment)
            said = self._words.report(found)
        async with self._storage.unit() as unit:
            await self._say(unit, organisation, f"{month}:{moment.value}", said)
            await unit.commit()

    async def _refresh(self, organisation: Organisation, company: Company) -> Problem | None:
        try:
            connector = self._connectors.of(company)
            await self._preparing.refresh_books(organisation, company, connector)
        except ErpError as error:
            return error.problem
        return None

    def _imagined(self, company: Company, month: Period) -> Run:
        """Return the run that the month's end would be; it is never stored."""
        return Run(
            id="",
            organisation_id=company.organisation_id,
            company_id=company.id,
            first_date=month.first,
            last_date=month.last,
            trigger=Trigger.MONTHLY,
            requested_by=SCHEDULE,
            requested_at=self._clock.now(),
            state=RunState.OPEN,
        )

    async def _say(
        self, unit: UnitOfWork, organisation: Organisation, which: str, said: Said
    ) -> None:
        """Say it once per month and moment; said again, the message there is edited."""
        await tell(
            unit,
            organisation,
            said,
            key=f"month-end:{organisation.id}:{which}",
            at=self._clock.now(),
        )


async def _gap(
    unit: UnitOfWork, organisation: Organisation, run: Run, amount: Money
) -> ApproverGap | None:
    """Say why the month's batch could not be approved, as things stand; none when it could."""
    policies, approvers = organisation.policies, await approvers_of(unit, organisation)
    gap = approver_gap(policies, approvers, total=amount)
    if gap is not None or not amount.amount:
        return gap
    free = await read_free(unit, organisation, run)
    return shaped_gap(len(free), approvers_needed(amount, policies))


def _month(text: str) -> Period:
    year, month = text.split("-")
    return month_of(date(int(year), int(month), 1))
