"""Undo and repost in each ERP: what it holds then adds up, and each number finds one entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

from bot.erp.connector import EntryQuery, FoundEntry
from ledger.books import AccountClass
from ledger.corrections import LinkKind
from ledger.delivery import DeliveryState
from ledger.runs import Delivery
from sandbox.faults import FaultKind, FaultOrder
from sandbox.netsuite.account import Side as NetSuiteSide
from sandbox.quickbooks.company import Side as QuickBooksSide
from tests.contract.case import ConnectorCase
from tests.contract.netsuite_case import NetSuiteCase
from tests.contract.quickbooks_case import QuickBooksCase
from tests.contract.xero_case import XeroCase
from tests.integration.delivery import test_every_erp
from tests.integration.delivery.correcting import Undo, map_category
from tests.integration.delivery.test_every_erp import Desk

S = DeliveryState
ENTRIES = 10
TOTAL = Decimal(sum(100 + number for number in range(1, ENTRIES + 1)))
desk, url = test_every_erp.desk, test_every_erp.url


async def test_a_wrong_account_is_undone_and_reposted_though_an_answer_is_lost(desk: Desk) -> None:
    case = desk.case
    right = await other_income(case)
    async with desk.process() as product:
        await desk.approve(product, ENTRIES)
        await product.drain()
        originals = await of_state(desk, S.VERIFIED)
        assert balances(case) == {case.accounts.debit: TOTAL, case.accounts.credit: -TOTAL}
        await map_category(desk, right)
        await Undo(scene=desk, product=product).prepare("2026-10")
        assert len(case.held_numbers()) == ENTRIES
        case.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=case.create))
        await desk.decide(product)
        assert await desk.states() == {S.VERIFIED: 3 * ENTRIES}
    assert balances(case) == {case.accounts.debit: TOTAL, right: -TOTAL}
    assert len(set(case.held_numbers())) == len(case.held_numbers()) == 3 * ENTRIES
    await assert_each_number_finds_its_own(desk)
    await assert_linked(desk, originals)
    assert all(narration.count("[") == 1 for narration in narrations(case))


async def assert_each_number_finds_its_own(desk: Desk) -> None:
    """A reversal names what it undoes; a search for that must not take one for the other."""
    delivered = {d.entry.number: d.erp_id for d in await of_state(desk, S.VERIFIED)}
    found = await search(desk, *delivered)
    assert sorted((e.number, e.erp_id) for e in found) == sorted(delivered.items())
    for number, erp_id in list(delivered.items())[:2]:
        alone = await search(desk, number)
        assert [(e.number, e.erp_id) for e in alone] == [(number, erp_id)]


async def assert_linked(desk: Desk, originals: list[Delivery]) -> None:
    ids = [original.id for original in originals]
    async with desk.database.unit(read_only=True) as unit:
        links = await unit.corrections.links(ids)
    for kind in LinkKind:
        assert sorted(k.original_id for k in links if k.kind is kind) == sorted(ids)
    reversals = {k.number: k.original_number for k in links if k.kind is LinkKind.REVERSES}
    found = await search(desk, *reversals)
    assert {e.number: e.memo for e in found} == {
        number: f"Reversal of {original}: wrong account" for number, original in reversals.items()
    }


async def search(desk: Desk, *numbers: str) -> list[FoundEntry]:
    query = EntryQuery(numbers=numbers)
    return [entry async for entry in desk.case.connector().find_entries(query)]


async def of_state(desk: Desk, state: DeliveryState) -> list[Delivery]:
    async with desk.database.unit(read_only=True) as unit:
        return await unit.deliveries.in_state(desk.office.company.id, [state])


async def other_income(case: ConnectorCase) -> str:
    """Return a further income account that takes entries."""
    books = await case.connector().fetch_books()
    return next(
        account.erp_id
        for account in books.accounts
        if account.classification is AccountClass.INCOME
        and account.is_active
        and not (account.refusal or account.requires_contact or account.currency)
        and account.erp_id not in {case.accounts.debit, case.accounts.credit}
    )


def narrations(case: ConnectorCase) -> list[str]:
    """Return what stands above Xero's journals; other ERPs keep the number in its own field."""
    if not isinstance(case, XeroCase):
        return []
    return [journal.narration for journal in case.sandbox.journals(case.tenant)]


def balances(case: ConnectorCase) -> dict[str, Decimal]:
    """Add up each account in the ERP; debits are positive, and what is zero is left out."""
    lines: dict[type, Callable[..., Iterator[tuple[str, Decimal]]]] = {
        QuickBooksCase: _quickbooks_lines,
        XeroCase: _xero_lines,
        NetSuiteCase: _netsuite_lines,
    }
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for account, amount in lines[type(case)](case):
        sums[account] += amount
    return {account: amount for account, amount in sums.items() if amount}


def _quickbooks_lines(case: QuickBooksCase) -> Iterator[tuple[str, Decimal]]:
    for line in (line for journal in case.sandbox.journals(case.realm) for line in journal.lines):
        amount = line.amount or Decimal(0)
        yield line.account or "", amount if line.side is QuickBooksSide.DEBIT else -amount


def _xero_lines(case: XeroCase) -> Iterator[tuple[str, Decimal]]:
    for journal in case.sandbox.journals(case.tenant):
        yield from ((line.account, line.amount) for line in journal.lines)


def _netsuite_lines(case: NetSuiteCase) -> Iterator[tuple[str, Decimal]]:
    for line in (line for j in case.sandbox.journals(case.account_id) for line in j.lines):
        yield line.account, line.amount if line.side is NetSuiteSide.DEBIT else -line.amount
