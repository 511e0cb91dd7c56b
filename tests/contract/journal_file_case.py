"""The company without an ERP in the contract suite: its book is a database of the test's own."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bot.erp.journal_file.connector import JournalFileConnector
from bot.ids import RandomIds
from ledger.books import Account, AccountClass, Books
from ledger.charts.custom import for_journal_file, parse_chart
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.problems import ProblemCode
from sandbox.clock import SandboxClock
from storage.database import Database
from storage.journal_book import StoredJournalBook
from storage.vault import Vault
from tests.contract.case import Refusals, SampleAccounts
from tests.support.databases import SECRET_KEYS, migrated_sqlite

CHART = b"""code,name,type,currency
1000,Bank,Bank,
1001,Euro account,Bank,EUR
1300,Receivables,Accounts Receivable,
2000,Payables,Accounts Payable,
4000,Sales,Income,
"""


class JournalFileCase:
    """Satisfies ``tests.contract.case.PlainCase``."""

    company = "journal_file:org-1"
    currency = "USD"
    accounts = SampleAccounts(
        debit="1000",
        credit="4000",
        inactive="9000",
        unknown="987654",
        foreign="1001",
        receivable="1300",
        payable="2000",
        customer="",
        vendor="",
    )
    refusals = Refusals(
        unknown=ProblemCode.ACCOUNT_DELETED,
        foreign=ProblemCode.CURRENCY_MISMATCH,
        receivable=ProblemCode.ACCOUNT_REFUSED,
    )

    def __init__(self, database: Database, clock: SandboxClock, file: Path) -> None:
        self.database, self.clock, self._file = database, clock, file

    def connector(self) -> JournalFileConnector:
        ids = RandomIds(self.clock)
        book = StoredJournalBook(self.database, "company-1", new_id=ids.new)
        return JournalFileConnector(self.company, book=book, now=self.clock.now)

    def held_numbers(self) -> list[str]:
        query = "select number from journal_file_entries order by rowid"
        with closing(sqlite3.connect(self._file)) as connection:
            return [number for (number,) in connection.execute(query)]


@asynccontextmanager
async def open_journal_file(template: Path, folder: Path) -> AsyncIterator[JournalFileCase]:
    """Store one company with a chart, in a copy of a migrated database."""
    clock = SandboxClock()
    url = migrated_sqlite(template, folder)
    database = Database(url, Vault.from_text(SECRET_KEYS), clock=clock)
    try:
        await _store(database)
        yield JournalFileCase(database, clock, folder / "integral.db")
    finally:
        await database.close()


async def _store(database: Database) -> None:
    old = Account(
        erp_id="9000",
        name="Old account",
        code="9000",
        classification=AccountClass.EXPENSE,
        erp_type="Expense",
        is_active=False,
    )
    accounts = (*for_journal_file(parse_chart(CHART).accounts), old)
    async with database.unit() as unit:
        await unit.organisations.add(
            Organisation(
                id="org-1",
                team_id="T1",
                name="Acme",
                code="T3ST",
                base_currency="USD",
                time_zone="UTC",
            )
        )
        await unit.companies.add(
            Company(
                id="company-1",
                organisation_id="org-1",
                provider=Provider.JOURNAL_FILE,
                external_id="org-1",
                name="Acme books",
                functional_currency="USD",
                connection=ConnectionState.ACTIVE,
            )
        )
        books = Books(company_name="Acme books", functional_currency="USD", accounts=accounts)
        await unit.companies.save_books("company-1", books, database.clock.now())
        await unit.commit()
