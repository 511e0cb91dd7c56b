"""One finance team, its QuickBooks company, and as many processes of ours as a test wants.

Two clocks, ours and QuickBooks', stand together and move only when the test moves them on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import httpx

from bot.erp.oauth import AppKeys
from bot.erp.quickbooks.payloads import entry_body
from bot.services.approvals import Decided, Decision
from bot.services.delivery import Pace
from ledger.delivery import DeliveryState
from ledger.periods import Period
from ledger.runs import Batch, Delivery, Run, Trigger
from ledger.transactions import Transaction
from sandbox.faults import FaultKind, FaultOrder, RequestMatch
from sandbox.payload import JsonObject, read_json
from sandbox.quickbooks.company import Journal, Side
from storage.database import Database
from storage.owners import ProcessOwners, Slots
from tests.support.databases import SettableClock, opened
from tests.support.office import (
    BANK_ID,
    CLERK,
    CONTROLLER,
    REVENUE_ID,
    Office,
    deposit,
    import_rows,
)
from tests.support.pushing import (
    Announcements,
    Product,
    QuickBooksAccess,
    QuickBooksConnectors,
    build_product,
    unpaced,
)
from tests.support.quickbooks import CLIENT_ID, CLIENT_SECRET, RunningQuickBooks

SETTLE_S = 120.0
SEND_WINDOW_S = 60.0
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
TIMEOUT = httpx.Timeout(connect=5, read=5, write=5, pool=5)
CREATES = "/journalentry$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a test of delivery works with."""

    running: RunningQuickBooks
    realm: str
    office: Office
    database: Database
    url: str
    clock: SettableClock

    # ── our side ────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def process(
        self, incarnation: str = "first", *, announcements: Announcements | None = None
    ) -> AsyncIterator[Product]:
        """Start a process of ours, with an executor slot that it holds until the block ends."""
        async with opened(self.url, self.clock) as database:
            slots = Slots(database)
            slot = await slots.claim(incarnation)
            access = QuickBooksAccess(
                http=self.running.http,
                addresses=self.running.addresses,
                keys=AppKeys(client_id=CLIENT_ID, client_secret=CLIENT_SECRET),
                settle_s=SETTLE_S,
                timeout=TIMEOUT,
                pacers=unpaced(elapsed=lambda: self.clock.now().timestamp()),
            )
            yield build_product(
                database,
                owners=ProcessOwners(slots, slot=slot, incarnation=incarnation),
                connectors=QuickBooksConnectors(access, database=database, clock=self.clock),
                pace=Pace(send_window_s=SEND_WINDOW_S),
                announcements=announcements,
            )

    async def bring(self, *rows: Transaction) -> None:
        """Import transactions."""
        await import_rows(self.database, self.office, rows)

    async def ask(self, product: Product, period: Period = OCTOBER) -> Run:
        """Ask for a push; it has not begun then."""
        started = await product.runs.start(
            self.office.organisation, period, trigger=Trigger.HAND, requested_by=CLERK
        )
        return started.run

    async def sync(self, product: Product, period: Period = OCTOBER) -> Run:
        """Ask for a push and let it go as far as it can."""
        run = await self.ask(product, period)
        await product.drain()
        return run

    async def waiting_batch(self, product: Product) -> Batch:
        """Return the one batch that waits for an approver."""
        (batch,) = await product.approvals.waiting(self.office.organisation)
        return batch

    async def decide(
        self,
        product: Product,
        decision: Decision = Decision.APPROVE,
        *,
        person: str = CONTROLLER,
    ) -> Decided:
        """Decide on the one batch that waits, and let the push go on."""
        batch = await self.waiting_batch(product)
        decided = await product.approvals.decide(
            self.office.organisation, batch.id, decision, person=person
        )
        await product.drain()
        return decided

    async def push(self, product: Product, period: Period = OCTOBER) -> Run:
        """Ask for a push, approve it, and let it go as far as it can."""
        run = await self.sync(product, period)
        await self.decide(product)
        return run

    async def prepare_approved(self, product: Product, period: Period = OCTOBER) -> Run:
        """Ask for a push and approve it, but leave its sending waiting."""
        run = await self.sync(product, period)
        batch = await self.waiting_batch(product)
        await product.approvals.decide(
            self.office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
        )
        return run

    async def claim(self, product: Product) -> list[Delivery]:
        """Claim what is approved in a process' name, as it does just before it sends."""
        async with product.database.unit() as unit:
            claimed = await unit.deliveries.claim(
                self.office.company.id,
                owner=product.owners.me,
                send_by=self.clock.now() + timedelta(seconds=SEND_WINDOW_S),
                limit=100,
            )
            await unit.commit()
        return claimed

    async def send_claimed(self, product: Product, claimed: Sequence[Delivery]) -> None:
        """Send what was claimed before, as a process does that was frozen in between."""
        connector = product.connectors.of(self.office.company)
        await product.delivering._send_claimed(claimed, connector)

    async def resume(self, product: Product, run: Run) -> None:
        """Run the pass of a process that is gone again, as the engine's reaper has it."""
        stored = await self.run(run.id)
        await product.advancing.advance(run.id, stored.wakes - 1)
        await product.drain()

    async def enable_pushes(self, *, enabled: bool) -> None:
        """Resume or pause the company."""
        async with self.database.unit() as unit:
            company = replace(self.office.company, pushes_enabled=enabled)
            await unit.companies.save(company)
            await unit.commit()

    async def run(self, run_id: str) -> Run:
        """Read a run as stored."""
        async with self.database.unit(read_only=True) as unit:
            run = await unit.runs.get(run_id)
        assert run is not None
        return run

    async def deliveries(self) -> list[Delivery]:
        """Return all deliveries, also the dead ones, in the order of their numbers."""
        async with self.database.unit(read_only=True) as unit:
            return await unit.deliveries.in_state(self.office.company.id, list(DeliveryState))

    async def states(self) -> Counter[DeliveryState]:
        """Count the deliveries by state."""
        return Counter(delivery.state for delivery in await self.deliveries())

    async def history(self, delivery: Delivery) -> list[str]:
        """Return the states that a delivery came to, in order."""
        async with self.database.unit(read_only=True) as unit:
            moves = await unit.deliveries.history(delivery.id)
        return [new for _at, _old, new, _actor, _note in moves]

    async def pass_time(self, product: Product, seconds: float) -> None:
        """Let time pass for us and for QuickBooks, then let the clock tick."""
        self.running.clock.advance(seconds)
        await self.running.sandbox.settle()
        self.clock.advance(seconds=seconds)
        await product.tick()

    # ── QuickBooks' side ────────────────────────────────────────────────────

    def spoil(self, kind: FaultKind, *, nth: int = 1, **details: object) -> None:
        """Spoil the n-th creation of an entry from now on."""
        match = RequestMatch(method="POST", path=CREATES, realm=self.realm, nth=nth)
        order = {"kind": kind, "match": match} | details
        self.running.sandbox.faults.add(FaultOrder.model_validate(order))

    def spoil_everything(self, kind: FaultKind) -> None:
        """Spoil every request from now on."""
        match = RequestMatch(realm=self.realm)
        self.running.sandbox.faults.add(FaultOrder(kind=kind, match=match, times=None))

    def type_by_hand(self, number: str | None, amount: str, *, memo: str = "by hand") -> str:
        """Type a journal in QuickBooks, bank against revenue on 12 October; return its id."""
        payload = _typed(number, amount, memo)
        entry = self.running.sandbox.desk.change_journal(self.realm, "create", payload=payload)
        return str(entry["Id"])

    def commit_unseen(self, delivery: Delivery) -> None:
        """Let QuickBooks hold what was approved, as if its reply had reached nobody."""
        payload = read_json(entry_body(delivery.entry))
        self.running.sandbox.desk.change_journal(self.realm, "create", payload=payload)

    def edit_by_hand(self, id_: str, changes: JsonObject) -> None:
        """Change a journal in QuickBooks."""
        self.running.sandbox.desk.change_journal(self.realm, "update", payload=changes, id_=id_)

    def delete_by_hand(self, id_: str) -> None:
        """Delete a journal in QuickBooks."""
        self.running.sandbox.desk.change_journal(self.realm, "delete", payload={}, id_=id_)

    def activate_bank(self, *, active: bool) -> None:
        """Make the bank's account inactive in QuickBooks, or active again."""
        self.activate(BANK_ID, active=active)

    def activate(self, account: str, *, active: bool) -> None:
        """Make an account inactive in QuickBooks, or active again."""
        company = self.running.sandbox.desk.company(self.realm)
        body = company.model_dump()
        body["accounts"][account]["active"] = active
        self.running.sandbox.desk.replace(type(company).model_validate(body))

    def heal(self) -> None:
        """Take all faults away."""
        self.running.sandbox.faults.clear()

    def journals(self) -> list[Journal]:
        """Return what QuickBooks holds, oldest first."""
        return self.running.sandbox.journals(self.realm)

    def numbers(self) -> list[str]:
        """Return the numbers of what QuickBooks holds, in their order."""
        return sorted(journal.doc_number or "" for journal in self.journals())

    def amounts(self) -> list[Decimal]:
        """Return the totals of what QuickBooks holds, ascending."""
        return sorted(journal.total(Side.DEBIT) for journal in self.journals())

    def creations(self) -> list[str]:
        """Return the request key of every creation that reached QuickBooks, in order."""
        return [
            request.parameters["requestid"]
            for request in self.running.sandbox.requests()
            if request.method == "POST" and request.path.endswith("/journalentry")
        ]

    def searches_and_creations(self) -> list[str]:
        """Return ``search`` and ``create`` for the requests about entries, in order."""
        words = []
        for request in self.running.sandbox.requests():
            if request.method == "POST" and request.path.endswith("/journalentry"):
                words.append("create")
            elif "DocNumber IN" in request.parameters.get("query", ""):
                words.append("search")
        return words


def _typed(number: str | None, amount: str, memo: str) -> JsonObject:
    lines: list[JsonObject] = [
        {
            "DetailType": "JournalEntryLineDetail",
            "Amount": float(amount),
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
        }
        for side, account in (("Debit", BANK_ID), ("Credit", REVENUE_ID))
    ]
    named: JsonObject = {"DocNumber": number} if number else {}
    return named | {
        "TxnDate": "2026-10-12",
        "PrivateNote": memo,
        "CurrencyRef": {"value": "USD"},
        "Line": [*lines],
    }


def rows(count: int, *, first: int = 1, day: date = date(2026, 10, 12)) -> Sequence[Transaction]:
    """Deposits of 101.00, 102.00 and so on."""
    return [
        deposit(number, day=day, amount=f"{100 + number}.00")
        for number in range(first, first + count)
    ]
