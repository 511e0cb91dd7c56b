"""QuickBooks Online in the contract suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Literal

import httpx

from bot.erp.credentials import TokenSource
from bot.erp.pacing import Pacer
from bot.erp.quickbooks.company import SETTLE_S
from bot.erp.quickbooks.connector import QuickBooksConnector
from ledger.problems import ProblemCode
from sandbox.faults import RequestMatch
from sandbox.payload import JsonObject
from sandbox.quickbooks.company import Company
from sandbox.quickbooks.desk import NewCompany
from tests.contract.case import Limits, Refusals, SampleAccounts
from tests.support.quickbooks import RunningQuickBooks, running_quickbooks
from tests.support.token_vault import MemoryVault

_UNLIMITED: dict[str, object] = {"multicurrency": True, "limits": {"enabled": False}}


class QuickBooksCase:
    """Satisfies ``tests.contract.case.GrantedCase``."""

    currency = "USD"
    limits = Limits(memo=4000, line_memo=4000)
    large_chart = 10_000
    create = RequestMatch(method="POST", path="/journalentry$")
    token = RequestMatch(path="/tokens/bearer$")
    settle_s = SETTLE_S
    unasked_wait_s = (60.0, 60.0)
    accounts = SampleAccounts(
        debit="12",
        credit="1",
        inactive="90",
        unknown="987654",
        foreign="3",
        receivable="20",
        payable="30",
        customer="101",
        vendor="201",
    )
    refusals = Refusals(
        unknown=ProblemCode.ACCOUNT_INACTIVE,
        foreign=ProblemCode.CURRENCY_MISMATCH,
        receivable=ProblemCode.CONTACT_REQUIRED,
    )

    def __init__(self, running: RunningQuickBooks) -> None:
        self.running = running
        self.sandbox = running.sandbox
        self.clock = running.clock
        self.faults = running.sandbox.faults
        order = NewCompany(name="Contract Test Inc", preferences=_UNLIMITED)
        self.realm = self.sandbox.add_company(order).realm
        self.company = f"quickbooks:{self.realm}"
        self.vault = MemoryVault(running.grant(self.realm))

    def connector(
        self, *, read_timeout_s: float | None = None, pacer: Pacer | None = None
    ) -> QuickBooksConnector:
        timeout = httpx.Timeout(5, read=read_timeout_s or 5)
        return self.running.connector(self.realm, self.token_source(), pacer=pacer, timeout=timeout)

    def token_source(self) -> TokenSource:
        return self.running.tokens(self.vault)

    def held_numbers(self) -> list[str]:
        return [journal.doc_number or "" for journal in self.sandbox.journals(self.realm)]

    def change_settings(self, **changes: object) -> None:
        company = self.sandbox.desk.company(self.realm)
        body = company.model_dump()
        body["settings"] |= changes
        self.sandbox.desk.replace(Company.model_validate(body))

    def close_books(self, until: date) -> None:
        self.change_settings(book_close_date=until)

    def expire_access(self) -> None:
        self.sandbox.grants.expire_access(self.realm)

    def revoke(self) -> None:
        self.sandbox.grants.end(self.realm)

    def has_ended(self) -> bool:
        return bool(self.vault.ended)

    def ended_at_erp(self) -> bool:
        return self.sandbox.desk.describe(self.realm)["connected"] is False

    def stored_access_token(self) -> str | None:
        return self.vault.tokens.access_token if self.vault.tokens else None

    def delete_by_hand(self, erp_id: str) -> None:
        self.sandbox.desk.change_journal(self.realm, "delete", payload={}, id_=erp_id)

    def change_memo_by_hand(self, erp_id: str, memo: str) -> None:
        changes: JsonObject = {"PrivateNote": memo}
        self.sandbox.desk.change_journal(self.realm, "update", payload=changes, id_=erp_id)

    def type_entries_by_hand(self, count: int, *, day: date) -> None:
        for sequence in range(count):
            self.sandbox.desk.change_journal(
                self.realm, "create", payload=_typed(f"{sequence}", day)
            )

    def company_with_chart(self, chart: str) -> QuickBooksConnector:
        kind: Literal["empty", "large"] = "empty" if chart == "empty" else "large"
        order = NewCompany(
            name=f"The {chart} company",
            chart=kind,
            customers=[],
            vendors=[],
            preferences={"limits": {"enabled": False}},
        )
        realm = self.sandbox.add_company(order).realm
        vault = MemoryVault(self.running.grant(realm))
        return self.running.connector(realm, self.running.tokens(vault))

    async def settle(self) -> None:
        await self.sandbox.settle()


@asynccontextmanager
async def open_quickbooks() -> AsyncIterator[QuickBooksCase]:
    """Start QuickBooks with one connected company."""
    async with running_quickbooks() as running:
        yield QuickBooksCase(running)


def _typed(number: str, day: date) -> JsonObject:
    lines: list[JsonObject] = [
        {
            "DetailType": "JournalEntryLineDetail",
            "Amount": 5,
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
        }
        for side, account in (("Debit", "12"), ("Credit", "1"))
    ]
    return {
        "DocNumber": number,
        "TxnDate": day.isoformat(),
        "CurrencyRef": {"value": "USD"},
        "Line": [*lines],
    }
