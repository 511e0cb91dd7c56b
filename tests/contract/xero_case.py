"""Xero in the contract suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Literal

import httpx

from bot.erp.credentials import TokenSource
from bot.erp.pacing import Pacer
from bot.erp.xero.connector import XeroConnector
from bot.erp.xero.narration import read_narration
from bot.erp.xero.organisation import SETTLE_S
from ledger.problems import ProblemCode
from sandbox.faults import RequestMatch
from sandbox.payload import JsonObject
from sandbox.xero.charts import account_id, contact_id, tracking_id
from sandbox.xero.desk import NewOrganisation
from sandbox.xero.organisation import Limits as XeroLimits
from sandbox.xero.organisation import Settings
from tests.contract.case import Limits, Refusals, SampleAccounts
from tests.support.token_vault import MemoryVault
from tests.support.xero import GrantBook, RunningXero, running_xero

_UNLIMITED = XeroLimits(enabled=False)
# A connection that the test never uses; Xero names them by GUIDs.
_SOME_CONNECTION = "00000000-0000-4000-8000-000000000000"


class XeroCase:
    """Satisfies ``tests.contract.case.GrantedCase``."""

    currency = "USD"
    limits = Limits(memo=3976, line_memo=4000)
    large_chart = 10_000
    create = RequestMatch(method="PUT", path="/ManualJournals$")
    token = RequestMatch(path="/connect/token$")
    settle_s = SETTLE_S
    unasked_wait_s = (60.0, 60.0)
    # The ERP says the same of an account that is gone and of one that takes no journals.
    refusals = Refusals(
        unknown=ProblemCode.ACCOUNT_REFUSED,
        foreign=ProblemCode.ACCOUNT_REFUSED,
        receivable=ProblemCode.ACCOUNT_REFUSED,
    )

    def __init__(self, running: RunningXero) -> None:
        self.running = running
        self.sandbox = running.sandbox
        self.clock = running.clock
        self.faults = running.sandbox.faults
        settings = Settings(multicurrency=True, limits=_UNLIMITED)
        order = NewOrganisation(name="Contract Test Ltd", settings=settings)
        (made,) = self.sandbox.add_organisations(order)
        self.tenant = made.tenant
        self.number = made.number
        self.short_code = made.short_code
        self.company = f"xero:{self.tenant}"
        self.book = running.grant([self.tenant])
        self.connection_id = _SOME_CONNECTION
        self.accounts = _accounts(self.number)

    @property
    def vault(self) -> MemoryVault:
        return self.book.vault

    def account(self, row: int) -> str:
        """The id of an account of the sandbox's default chart."""
        return account_id(self.number, row)

    def tracking(self, category: int, option: int = 0) -> str:
        return tracking_id(self.number, category, option)

    def connector(
        self,
        *,
        read_timeout_s: float | None = None,
        pacer: Pacer | None = None,
        short_code: str | None = None,
    ) -> XeroConnector:
        return self.running.connector(
            self.tenant,
            self.book,
            connection_id=self.connection_id,
            pacer=pacer,
            timeout=httpx.Timeout(5, read=read_timeout_s or 5),
            short_code=short_code,
        )

    def token_source(self) -> TokenSource:
        return self.running.tokens(self.vault)

    def held_numbers(self) -> list[str]:
        held = self.sandbox.journals(self.tenant)
        return [read_narration(journal.narration)[0] or "" for journal in held]

    def change_settings(self, **changes: object) -> None:
        organisation = self.sandbox.desk.organisation(self.tenant)
        kept = organisation.settings.model_dump() | changes
        organisation.settings = Settings.model_validate(kept)
        self.sandbox.desk.replace(organisation, changed_accounts=[])

    def close_books(self, until: date) -> None:
        self.change_settings(period_lock_date=until)

    def expire_access(self) -> None:
        self.sandbox.grants.expire_access(self.tenant)

    def revoke(self) -> None:
        self.sandbox.grants.end(self.tenant)

    def has_ended(self) -> bool:
        return bool(self.vault.ended or self.book.cut_off)

    def ended_at_erp(self) -> bool:
        return self.sandbox.desk.describe(self.tenant)["connected"] is False

    def stored_access_token(self) -> str | None:
        return self.vault.tokens.access_token if self.vault.tokens else None

    def delete_by_hand(self, erp_id: str) -> None:
        self.sandbox.desk.take_back(self.tenant, erp_id)

    def change_memo_by_hand(self, erp_id: str, memo: str) -> None:
        self.change_by_hand(erp_id, Narration=memo)

    def change_by_hand(self, erp_id: str, **changes: str) -> None:
        self.sandbox.desk.write_journal(self.tenant, {**changes}, id_=erp_id)

    def type_entries_by_hand(self, count: int, *, day: date) -> None:
        for sequence in range(count):
            self.type_by_hand(f"Accrual {sequence}", day=day)

    def type_by_hand(self, narration: str, *, day: date) -> None:
        lines: list[JsonObject] = [
            {"LineAmount": amount, "AccountID": account, "TaxType": "NONE"}
            for amount, account in (
                (Decimal(5), self.accounts.debit),
                (Decimal(-5), self.accounts.credit),
            )
        ]
        typed: JsonObject = {
            "Narration": narration,
            "Date": day.isoformat(),
            "Status": "POSTED",
            "JournalLines": [*lines],
        }
        self.sandbox.desk.write_journal(self.tenant, typed)

    def company_with_chart(self, chart: str) -> XeroConnector:
        kind: Literal["empty", "large"] = "empty" if chart == "empty" else "large"
        order = NewOrganisation(
            name=f"The {chart} company",
            chart=kind,
            contacts=[],
            settings=Settings(limits=_UNLIMITED),
        )
        (made,) = self.sandbox.add_organisations(order)
        book = self.running.grant([made.tenant])
        return self.running.connector(made.tenant, book, connection_id=_SOME_CONNECTION)

    async def further_organisation(self, book: GrantBook) -> XeroConnector:
        """Let the same person's grant reach another organisation, as a second consent would."""
        order = NewOrganisation(name="Next Door Ltd", settings=Settings(limits=_UNLIMITED))
        (made,) = self.sandbox.add_organisations(order)
        consented = self.running.grant([made.tenant])
        book.vault.tokens = consented.vault.tokens
        book.tenants.add(made.tenant)
        ids = await self.running.connection_ids(book)
        return self.running.connector(made.tenant, book, connection_id=ids[made.tenant])

    async def settle(self) -> None:
        await self.sandbox.settle()


@asynccontextmanager
async def open_xero() -> AsyncIterator[XeroCase]:
    """Start Xero with one connected organisation."""
    async with running_xero() as running:
        case = XeroCase(running)
        case.connection_id = (await running.connection_ids(case.book))[case.tenant]
        running.calls.clear()
        yield case


def _accounts(number: int) -> SampleAccounts:
    return SampleAccounts(
        debit=account_id(number, 112),
        credit=account_id(number, 103),
        inactive=account_id(number, 999),
        unknown=account_id(number, 987654),
        foreign=account_id(number, 92),
        receivable=account_id(number, 610),
        payable=account_id(number, 800),
        customer=contact_id(number, 1),
        vendor=contact_id(number, 6),
    )
