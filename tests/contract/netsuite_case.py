"""NetSuite in the contract suite: the parent subsidiary of an account with OneWorld."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

import httpx

from bot.erp.netsuite.account import SETTLE_S, AccountId, NetSuiteCompany, Segment
from bot.erp.netsuite.connector import NetSuiteConnector
from bot.erp.netsuite.door import AccountDoor
from bot.erp.netsuite.faults import LONGEST_WAIT_S, SHORTEST_WAIT_S
from ledger.problems import ProblemCode
from sandbox.faults import RequestMatch
from sandbox.netsuite.account import Approval, LedgerAccount, NetSuiteAccount, Settings
from sandbox.netsuite.credentials import Five
from sandbox.netsuite.desk import NewAccount
from sandbox.payload import JsonObject
from tests.contract.case import Limits, Refusals, SampleAccounts
from tests.support.netsuite import MemoryCredentials, RunningNetSuite, running_netsuite, stored

_AT_ONCE: dict[str, object] = {"limits": {"processing_ms": 0}}
_LENGTH_OF_OUR_NUMBER_AND_A_SPACE = 22
PARENT = "1"


class NetSuiteCase:
    """Satisfies ``tests.contract.case.ConnectorCase``."""

    currency = "USD"
    limits = Limits(memo=999 - _LENGTH_OF_OUR_NUMBER_AND_A_SPACE, line_memo=4000)
    large_chart = 10_000
    create = RequestMatch(method="POST", path="/journalEntry$")
    settle_s = SETTLE_S
    unasked_wait_s = (SHORTEST_WAIT_S, LONGEST_WAIT_S)
    accounts = SampleAccounts(
        debit="122",
        credit="101",
        inactive="127",
        unknown="987654",
        foreign="103",
        receivable="110",
        payable="140",
        customer="501",
        vendor="601",
    )
    refusals = Refusals(
        unknown=ProblemCode.ACCOUNT_DELETED,
        foreign=ProblemCode.CURRENCY_MISMATCH,
        receivable=ProblemCode.CONTACT_REQUIRED,
    )

    def __init__(self, running: RunningNetSuite) -> None:
        self.running = running
        self.sandbox = running.sandbox
        self.clock = running.clock
        self.faults = running.sandbox.faults
        self.account_id = self.new_account("Contract Test Inc")
        self.vault = stored(self.five())
        self.company = f"netsuite:{self.account_id}:{PARENT}"

    def new_account(self, name: str, *, one_world: bool = True) -> str:
        order = NewAccount(name=name, one_world=one_world, settings=_AT_ONCE)
        account = self.sandbox.add_account(order)
        return account.id

    def five(self, account_id: str | None = None) -> Five:
        """The newest five values in force."""
        return self.sandbox.credentials.in_force(account_id or self.account_id)[-1]

    def connector(
        self,
        *,
        read_timeout_s: float | None = None,
        vault: MemoryCredentials | None = None,
        door: AccountDoor | None = None,
        segments: Sequence[Segment] = (),
    ) -> NetSuiteConnector:
        company = self.company_of(self.account_id, PARENT, segments=segments)
        timeout = httpx.Timeout(5, read=read_timeout_s or 5)
        return self.running.connector(company, vault or self.vault, door=door, timeout=timeout)

    def company_of(
        self, account_id: str, subsidiary_id: str | None, *, segments: Sequence[Segment] = ()
    ) -> NetSuiteCompany:
        return NetSuiteCompany(
            account=AccountId(account_id),
            addresses=self.running.addresses,
            subsidiary_id=subsidiary_id,
            segments=tuple(segments),
        )

    def account(self) -> NetSuiteAccount:
        return self.sandbox.desk.account(self.account_id)

    def change_settings(self, **changes: object) -> None:
        account = self.account()
        account.settings = Settings.model_validate(account.settings.model_dump() | changes)
        self.sandbox.desk.replace(account)

    def held_numbers(self) -> list[str]:
        return [journal.external_id or "" for journal in self.sandbox.journals(self.account_id)]

    def close_books(self, until: date) -> None:
        account = self.account()
        for period in account.periods.values():
            period.closed = period.closed or period.end <= until
        self.sandbox.desk.replace(account)

    def delete_by_hand(self, erp_id: str) -> None:
        self.sandbox.desk.change_journal(self.account_id, "delete", payload={}, journal=erp_id)

    def change_memo_by_hand(self, erp_id: str, memo: str) -> None:
        changes: JsonObject = {"memo": memo}
        self.sandbox.desk.change_journal(self.account_id, "update", payload=changes, journal=erp_id)

    def decide_by_hand(self, erp_id: str, approval: Approval) -> None:
        """Approve, reject or hand back a journal, as an approver does in NetSuite."""
        changes: JsonObject = {"approvalStatus": {"id": approval.value}}
        self.sandbox.desk.change_journal(self.account_id, "update", payload=changes, journal=erp_id)

    def type_entries_by_hand(self, count: int, *, day: date) -> None:
        for _ in range(count):
            self.sandbox.desk.change_journal(self.account_id, "create", payload=_typed(day))

    def company_with_chart(self, chart: str) -> NetSuiteConnector:
        id_ = self.new_account(f"The {chart} company")
        account = self.sandbox.desk.account(id_)
        account.accounts = _large_chart() if chart == "large" else _small_chart(account)
        account.customers, account.vendors = {}, {}
        self.sandbox.desk.replace(account)
        company = self.company_of(id_, PARENT)
        return self.running.connector(company, stored(self.five(id_)))

    async def settle(self) -> None:
        await self.sandbox.settle()


@asynccontextmanager
async def open_netsuite() -> AsyncIterator[NetSuiteCase]:
    """Start NetSuite with one account."""
    async with running_netsuite() as running:
        yield NetSuiteCase(running)


def _small_chart(account: NetSuiteAccount) -> dict[str, LedgerAccount]:
    return dict(list(account.accounts.items())[:2])


def _large_chart() -> dict[str, LedgerAccount]:
    return {
        str(id_): LedgerAccount(id=str(id_), number=f"{id_}", name=f"Account {id_}", type="Expense")
        for id_ in range(1, NetSuiteCase.large_chart + 1)
    }


def _typed(day: date) -> JsonObject:
    return {
        "tranDate": day.isoformat(),
        "subsidiary": {"id": PARENT},
        "line": {
            "items": [
                {"account": {"id": NetSuiteCase.accounts.debit}, "debit": 5},
                {"account": {"id": NetSuiteCase.accounts.credit}, "credit": 5},
            ]
        },
    }
