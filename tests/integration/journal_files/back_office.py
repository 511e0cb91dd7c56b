"""A team without an ERP: connected, mapped and pushing, over a real database.

Slack's files and the engine are stand-ins outside the product; everything else is ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.erp.connector import Connector
from bot.erp.journal_file.connector import JournalFileConnector
from bot.ids import RandomIds
from bot.services.access import CHOOSE_CHANNEL
from bot.services.approvals import Decision
from bot.services.connections import END_CONNECTION
from bot.services.delivery import Pace
from bot.services.file_company import READ_CHART, FileCompany, NewFileCompany
from bot.services.journal_files import SEND_FILES, ExportWords, JournalFiles
from bot.services.ports.filing import Attachment, AttachmentRefusedError
from bot.services.runs import RunPorts
from bot.views import journal_files as views
from ledger.charts import Chart
from ledger.delivery import DeliveryState
from ledger.mapping import key_of_category, key_of_wallet
from ledger.organisation import Company, Organisation, PersonRole
from ledger.periods import Period
from ledger.runs import Trigger
from storage.database import Database
from storage.journal_book import StoredJournalBook
from storage.owners import ProcessOwners, Slots
from tests.integration.onboarding.desk import OWNER, Desk
from tests.support.databases import SettableClock
from tests.support.office import BANK, CATEGORY, CONTROLLER, Office, deposit, import_rows
from tests.support.pushing import Product, build_product

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
BANK_CODE, REVENUE_CODE = "1000", "4000"
"""Accounts of the simple default chart."""
PREPARER = frozenset({PersonRole.PREPARER})
GO_LIVE = date(2026, 1, 1)


@dataclass
class OutsideAttachments:
    """Slack's files, as people get them."""

    sent: list[tuple[str, Attachment]] = field(default_factory=list)
    refuses: str | None = None

    async def send(
        self, team_id: str, user_id: str, files: Sequence[Attachment], *, comment: str
    ) -> None:
        if self.refuses is not None:
            raise AttachmentRefusedError(self.refuses)
        self.sent += [(user_id, each) for each in files]


class BookConnectors:
    """Satisfies the port ``Connectors``: the real connector over the stored book."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids = RandomIds(database.clock)

    def of(self, company: Company) -> Connector:
        book = StoredJournalBook(self._database, company.id, new_id=self._ids.new)
        return JournalFileConnector(company.key, book=book, now=self._database.clock.now)

    def entry_url(self, company: Company, erp_id: str) -> str:
        return self.of(company).entry_url(erp_id)


class BackOffice:
    """What a person of such a team does."""

    def __init__(self, desk: Desk, product: Product) -> None:
        self.desk, self.product, self.attachments = desk, product, OutsideAttachments()
        self.file_company = FileCompany(
            storage=desk.database,
            clock=desk.clock,
            ids=desk.ids,
            engine=desk.engine,
            files=desk.slack,
            connections=desk.connections,
            refused_words=views.chart_refused,
        )
        self.journal_files = JournalFiles(
            RunPorts(
                storage=desk.database,
                clock=desk.clock,
                ids=desk.ids,
                engine=desk.engine,
                connectors=product.connectors,
                announcer=product.announcements,
            ),
            attachments=self.attachments,
            delivering=product.delivering,
            words=ExportWords(exported=views.exported, refused=views.refused),
        )

    async def connect(self, organisation: Organisation, **changed: object) -> bool:
        values: dict[str, object] = {
            "name": "Acme books",
            "go_live_date": GO_LIVE,
            "chart": Chart.SIMPLE,
        }
        form = NewFileCompany(**(values | changed))  # type: ignore[arg-type]
        return await self.file_company.connect(organisation, form, actor=OWNER)

    async def work(self) -> None:
        """Run what the engine holds."""
        await self.desk.engine.drain(
            {
                CHOOSE_CHANNEL: self.desk.access.choose_channel,
                END_CONNECTION: self.desk.connections.end_connection,
                READ_CHART: self.file_company.read_chart,
                SEND_FILES: self.journal_files.send,
            }
        )

    async def company(self, organisation: Organisation) -> Company:
        company = await self.desk.connections.active(organisation)
        assert company is not None
        return company

    async def ready_to_push(self) -> Organisation:
        """Connect, map, enable, and name a controller."""
        organisation = await self.desk.start()
        await self.connect(organisation)
        company = await self.company(organisation)
        async with self.desk.database.unit() as unit:
            await unit.people.grant(organisation.id, CONTROLLER, PersonRole.APPROVER)
            choices = {key_of_wallet(BANK): BANK_CODE, key_of_category(CATEGORY): REVENUE_CODE}
            await unit.choices.set_mapping(company.id, choices)
            await unit.choices.save_settings(company.id, json.dumps({"rollup": "individual"}))
            await unit.companies.save(replace(company, pushes_enabled=True))
            await unit.commit()
        return organisation

    async def push(self, organisation: Organisation, *days: int) -> None:
        """Import a deposit on each of these days of October and push them."""
        company = await self.company(organisation)
        office = Office(organisation=organisation, company=company)
        rows = [deposit(day, day=date(2026, 10, day), amount=f"{day}.25") for day in days]
        await import_rows(self.desk.database, office, rows)
        await self.product.runs.start(
            organisation, OCTOBER, trigger=Trigger.HAND, requested_by=OWNER
        )
        await self.product.drain()
        for batch in await self.product.approvals.waiting(organisation):
            await self.product.approvals.decide(
                organisation, batch.id, Decision.APPROVE, person=CONTROLLER
            )
            await self.product.drain()

    async def states(self, organisation: Organisation) -> list[DeliveryState]:
        company = await self.company(organisation)
        async with self.desk.database.unit(read_only=True) as unit:
            found = await unit.deliveries.in_period(company.id, OCTOBER.first, OCTOBER.last)
        return [delivery.state for delivery in found]


async def open_back_office(database: Database, clock: SettableClock) -> BackOffice:
    """Put the parts together in a process with an executor slot."""
    slots = Slots(database)
    slot = await slots.claim("first")
    product = build_product(
        database,
        owners=ProcessOwners(slots, slot=slot, incarnation="first"),
        connectors=BookConnectors(database),
        pace=Pace(),
    )
    return BackOffice(Desk(database, clock), product)
