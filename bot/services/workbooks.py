"""Workbooks: every line of a batch as a spreadsheet, for those who decide on it.

Reads only. The file is written by the port ``WorkbookWriter`` and handed over like any file; a
channel never gets one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.services.errors import Refusal
from bot.services.ports.filing import Attachment, AttachmentRefusedError, Attachments
from bot.services.problem_text import load_problem
from bot.services.runs import RunPorts
from bot.services.saying import Said, direct_message
from bot.services.status import load_problems
from ledger.books import Books
from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry
from ledger.organisation import Company, Organisation
from ledger.periods import Period, period_label
from ledger.problems import CATALOGUE
from ledger.report import AccountTotal, account_totals
from ledger.runs import Batch, Delivery, Run

SEND_WORKBOOK = "send_workbook"
"""Workflow: (batch id, user id) → :meth:`Workbooks.send`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookProblem:
    """One line of the sheet of problems."""

    title: str
    count: int
    subjects: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookContent:
    """What a workbook holds."""

    organisation: str
    company: str
    period: Period
    digest: str
    frozen_at: datetime
    currency: str
    entries: tuple[PreparedEntry, ...]
    """Those of the batch, lowest number first."""
    books: Books
    """Where account and contact ids get their names."""
    accounts: tuple[AccountTotal, ...]
    problems: tuple[WorkbookProblem, ...]


class WorkbookWriter(Protocol):
    """Writes a workbook; the same content is always the same bytes."""

    def __call__(self, content: WorkbookContent) -> bytes:
        """Return the file (xlsx); takes its time, so call it in a thread."""
        ...


WorkbookWords = Callable[[Organisation, str], Said]
"""The view of why a workbook could not be handed over."""


class Workbooks:
    """Gives out the workbooks of batches."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        attachments: Attachments,
        writer: WorkbookWriter,
        words: WorkbookWords,
    ) -> None:
        """Take the ports, the way to a person's messages, the writer and the view."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._engine = ports.engine
        self._attachments = attachments
        self._writer = writer
        self._words = words

    async def ask(self, organisation: Organisation, batch_id: str, *, person: str) -> None:
        """Have a batch's workbook sent to a person who may read the organisation's books.

        Raises:
            Refusal: there is no such batch here.
        """
        async with self._storage.unit(read_only=True) as unit:
            batch = await unit.deliveries.batch(batch_id)
        if batch is None or batch.organisation_id != organisation.id:
            raise Refusal("There is no such batch here.", next_step="/integral approvals")
        workflow_id = f"{SEND_WORKBOOK}:{self._ids.new()}"
        await self._engine.enqueue(
            SEND_WORKBOOK, workflow_id, batch.id, person, partition=organisation.id
        )

    async def send(self, batch_id: str, person: str) -> None:
        """Put a batch's workbook into a person's direct messages (workflow)."""
        organisation, content = await self._content(batch_id)
        data = await asyncio.to_thread(self._writer, content)
        try:
            await self._attachments.send(
                organisation.team_id,
                person,
                [Attachment(name=_name(content), data=data)],
                comment=f"{content.company}: every line of {period_label(content.period)}, "
                f"batch {content.digest[:12]}",
            )
        except AttachmentRefusedError as refused:
            async with self._storage.unit() as unit:
                message = direct_message(
                    self._words(organisation, str(refused)),
                    key=f"workbook:{self._ids.new()}",
                    team_id=organisation.team_id,
                    user_id=person,
                )
                await unit.outbox.put(message, self._clock.now())
                await unit.commit()

    async def _content(self, batch_id: str) -> tuple[Organisation, WorkbookContent]:
        async with self._storage.unit(read_only=True) as unit:
            batch = await unit.deliveries.batch(batch_id)
            run = await unit.runs.get(batch.run_id) if batch else None
            company = await unit.companies.get(batch.company_id) if batch else None
            organisation = await unit.organisations.get(batch.organisation_id) if batch else None
            if batch is None or run is None or company is None or organisation is None:
                message = f"batch {batch_id} is gone, or what it belongs to"
                raise LookupError(message)
            deliveries = await unit.deliveries.of_batch(batch.id)
            books = await unit.companies.books(company.id)
        content = _content(
            organisation,
            company=company,
            run=run,
            batch=batch,
            deliveries=deliveries,
            books=books or Books(company_name="", functional_currency=""),
        )
        return organisation, content


def _content(
    organisation: Organisation,
    *,
    company: Company,
    run: Run,
    batch: Batch,
    deliveries: list[Delivery],
    books: Books,
) -> WorkbookContent:
    entries = tuple(d.entry for d in deliveries if d.state is not DeliveryState.HELD)
    return WorkbookContent(
        organisation=organisation.name,
        company=f"{company.name} ({company.provider.label})",
        period=Period(first=run.first_date, last=run.last_date),
        digest=batch.digest,
        frozen_at=batch.frozen_at,
        currency=organisation.base_currency,
        entries=entries,
        books=books,
        accounts=account_totals(entries, currency=organisation.base_currency),
        problems=_problems(run, [d for d in deliveries if d.problem]),
    )


def _problems(run: Run, held: list[Delivery]) -> tuple[WorkbookProblem, ...]:
    blocked = [
        WorkbookProblem(title=g.title, count=g.count, subjects=g.subjects, remedy=g.remedy)
        for g in load_problems(run.report)
    ]
    for delivery in held:
        problem = load_problem(delivery.problem or "")
        words = CATALOGUE[problem.code]
        blocked.append(
            WorkbookProblem(
                title=words.title, count=1, subjects=(problem.subject,), remedy=words.remedy
            )
        )
    return tuple(blocked)


def _name(content: WorkbookContent) -> str:
    """Return the file's name: letters, digits and dashes of the company, the period, the digest."""
    company = "".join(c if c.isascii() and c.isalnum() else "-" for c in content.company)
    plain = "-".join(part for part in company.split("-") if part)[:40]
    return f"{plain}-{content.period}-{content.digest[:12]}.xlsx"
