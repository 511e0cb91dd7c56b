"""The unit of work: one database transaction and the repositories that work in it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import Clock
from storage.repositories.access import (
    ApiTokensRepository,
    ConnectRequestsRepository,
    OneTimeCodesRepository,
)
from storage.repositories.audit import AuditRepository
from storage.repositories.choices import ChoicesRepository
from storage.repositories.companies import CompaniesRepository
from storage.repositories.corrections import CorrectionsRepository
from storage.repositories.deliveries import DeliveriesRepository
from storage.repositories.grants import GrantsRepository
from storage.repositories.journal_files import JournalFilesRepository
from storage.repositories.messages import OutboxRepository, UploadsRepository
from storage.repositories.organisations import OrganisationsRepository
from storage.repositories.people import PeopleRepository
from storage.repositories.runs import RunsRepository
from storage.repositories.schedules import SchedulesRepository
from storage.repositories.stragglers import StragglersRepository
from storage.repositories.transactions import TransactionsRepository
from storage.vault import Vault


class Unit:
    """Satisfies the port ``UnitOfWork``; made by ``Database.unit`` only."""

    def __init__(self, session: AsyncSession, vault: Vault, clock: Clock) -> None:
        self.session = session
        self.organisations = OrganisationsRepository(session)
        self.people = PeopleRepository(session)
        self.companies = CompaniesRepository(session)
        self.grants = GrantsRepository(session, vault)
        self.connect_requests = ConnectRequestsRepository(session)
        self.transactions = TransactionsRepository(session)
        self.choices = ChoicesRepository(session)
        self.stragglers = StragglersRepository(session)
        self.runs = RunsRepository(session)
        self.schedules = SchedulesRepository(session)
        self.deliveries = DeliveriesRepository(session, clock)
        self.corrections = CorrectionsRepository(session, clock)
        self.journal_files = JournalFilesRepository(session)
        self.audit = AuditRepository(session)
        self.outbox = OutboxRepository(session, vault)
        self.codes = OneTimeCodesRepository(session)
        self.api_tokens = ApiTokensRepository(session)
        self.uploads = UploadsRepository(session)

    async def commit(self) -> None:
        """Make everything done so far in this block durable."""
        await self.session.commit()
