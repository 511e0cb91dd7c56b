"""The company of a team without an ERP: a name, a chart of accounts, a go-live date.

There is nothing to authorise, so it is confirmed at once, by the same path as every company. It
must not touch entries; ``bot.services.journal_files`` gives them out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from bot.services import audit
from bot.services.connections import Connections
from bot.services.errors import Refusal
from bot.services.go_live import require_near
from bot.services.ports import Clock, Engine, FileRefusedError, Files, Ids, Storage, UnitOfWork
from bot.services.saying import FieldRefusal, Said, direct_message
from ledger.books import Account, Books
from ledger.charts import Chart, books_accounts, load_chart
from ledger.charts.custom import for_journal_file, parse_chart
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.periods import local_day
from ledger.problems import Problem, ProblemCode

READ_CHART = "read_chart"
"""Workflow: (company id, Slack file id, user id) → :meth:`FileCompany.read_chart`."""
MOST_CHART_BYTES = 5_000_000
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFileCompany:
    """What the form of ``/integral connect file`` holds; as typed."""

    name: str
    go_live_date: date | None
    """Needed at the first time; a later one keeps what was chosen."""
    chart: Chart | None
    """A default chart; none for one that is uploaded."""
    chart_file: str | None = None
    """Slack's id of the uploaded chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRefused:
    """A chart that was not taken, with every fault of every row."""

    organisation: Organisation
    problems: tuple[Problem, ...]


class FileCompany:
    """Creates the company without an ERP, and changes its chart."""

    def __init__(  # noqa: PLR0913 - the ports
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        files: Files,
        connections: Connections,
        refused_words: Callable[[ChartRefused], Said],
    ) -> None:
        """Take the ports, what confirms companies, and the view that lists a chart's faults."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._files = files
        self._connections = connections
        self._refused_words = refused_words

    async def known(self, organisation: Organisation) -> Company | None:
        """Return the organisation's company without an ERP, connected or not; none before."""
        async with self._storage.unit(read_only=True) as unit:
            return await _known(unit, organisation)

    async def connect(
        self, organisation: Organisation, form: NewFileCompany, *, actor: str
    ) -> bool:
        """Make it the company that is posted into; the person is told in a direct message.

        Returns whether that is done; false when an uploaded chart is still being read.

        Raises:
            FieldRefusal: naming ``name``, ``go_live`` or ``chart_file``.
            Refusal: see ``Connections.confirm``.
        """
        company = await self._save(organisation, form, actor=actor)
        if form.chart is None:
            await self._engine.enqueue(
                READ_CHART,
                self._ids.new(),
                company.id,
                form.chart_file or "",
                actor,
                partition=company.id,
            )
            return False
        accounts = for_journal_file(books_accounts(load_chart(form.chart)))
        await self._open(organisation, company, accounts, actor=actor)
        return True

    async def read_chart(self, company_id: str, file_id: str, user_id: str) -> None:
        """Read an uploaded chart and go on, or tell what is wrong with it (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
            organisation = (
                await unit.organisations.get(company.organisation_id) if company else None
            )
        if company is None or organisation is None:
            return
        try:
            data = await self._files.download(organisation.team_id, file_id, MOST_CHART_BYTES)
        except FileRefusedError as refused:
            await self._refuse(organisation, company, (_about_file(str(refused)),), user_id)
            return
        chart = parse_chart(data)
        if chart.problems:
            await self._refuse(organisation, company, chart.problems, user_id)
            return
        accounts = for_journal_file(chart.accounts)
        try:
            await self._open(organisation, company, accounts, actor=user_id)
        except Refusal as refusal:
            await self._refuse(organisation, company, (_about_file(refusal.text),), user_id)

    async def _save(
        self, organisation: Organisation, form: NewFileCompany, *, actor: str
    ) -> Company:
        async with self._storage.unit() as unit:
            known = await _known(unit, organisation)
            _require_complete(form, known)
            if form.go_live_date is not None:
                today = local_day(self._clock.now(), organisation.time_zone)
                require_near(form.go_live_date, today=today)
            company = replace(
                known or self._new(organisation),
                name=form.name.strip(),
                go_live_date=(known.go_live_date if known else None) or form.go_live_date,
                functional_currency=organisation.base_currency,
                connected_by=actor,
            )
            await (unit.companies.save(company) if known else unit.companies.add(company))
            await unit.commit()
        return company

    async def _open(
        self,
        organisation: Organisation,
        company: Company,
        accounts: tuple[Account, ...],
        *,
        actor: str,
    ) -> None:
        async with self._storage.unit() as unit:
            # An uploaded chart takes long to read: the company may have another name by now.
            current = await unit.companies.get(company.id) or company
            before = await unit.companies.books(company.id)
            books = Books(
                company_name=current.name,
                functional_currency=current.functional_currency,
                accounts=accounts,
                dimensions=before.dimensions if before else (),
            )
            now = self._clock.now()
            opened = replace(current, connection=ConnectionState.ACTIVE, connected_at=now)
            await unit.companies.save(opened)
            await unit.companies.save_books(company.id, books, now)
            await unit.audit.add(
                audit.shaping(
                    "chart.chosen",
                    company.key,
                    organisation_id=organisation.id,
                    actor=actor,
                    at=now,
                    change=(None, {"accounts": len(accounts)}),
                )
            )
            await unit.commit()
        await self._connections.confirm(
            organisation, company.id, actor=actor, go_live_date=company.go_live_date
        )

    def _new(self, organisation: Organisation) -> Company:
        return Company(
            id=self._ids.new(),
            organisation_id=organisation.id,
            provider=Provider.JOURNAL_FILE,
            external_id=organisation.id,
            name="",
            functional_currency=organisation.base_currency,
        )

    async def _refuse(
        self,
        organisation: Organisation,
        company: Company,
        problems: tuple[Problem, ...],
        user_id: str,
    ) -> None:
        refused = ChartRefused(organisation=organisation, problems=problems)
        async with self._storage.unit() as unit:
            current = await unit.companies.get(company.id) or company
            if not current.is_confirmed:
                # It never was a company that is posted into; the form asks for the day again.
                await unit.companies.save(replace(current, go_live_date=None))
            message = direct_message(
                self._refused_words(refused),
                key=f"chart:{self._ids.new()}",
                team_id=organisation.team_id,
                user_id=user_id,
            )
            await unit.outbox.put(message, self._clock.now())
            await unit.commit()


async def _known(unit: UnitOfWork, organisation: Organisation) -> Company | None:
    known = await unit.companies.of_organisation(organisation.id)
    return next((each for each in known if each.provider is Provider.JOURNAL_FILE), None)


def _require_complete(form: NewFileCompany, known: Company | None) -> None:
    errors: dict[str, str] = {}
    name = form.name.strip()
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        errors["name"] = f"Name the company with 1 to {_LONGEST_NAME} characters."
    if form.go_live_date is None and (known is None or known.go_live_date is None):
        errors["go_live"] = "Choose the day from which entries are made."
    if form.chart is None and not form.chart_file:
        errors["chart_file"] = "Add your chart as a CSV file, or choose one of ours above."
    if errors:
        raise FieldRefusal(errors)


def _about_file(reason: str) -> Problem:
    return Problem(
        code=ProblemCode.INVALID_ROW,
        subject="The chart",
        facts=(("field", "file"), ("reason", reason)),
        field_name="file",
    )
