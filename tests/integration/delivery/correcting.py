"""What tests of corrections do: change the mapping, ask for an undo, and add up QuickBooks.

Asks as a person does: looks first, then sends the form off. It decides nothing about outcomes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from bot.services import audit
from bot.services.corrections_looking import Look
from bot.services.corrections_ordering import Ordered, OrderForm
from ledger.corrections import Dating, LinkKind, Mode
from ledger.mapping import key_of_category
from ledger.runs import Delivery
from sandbox.quickbooks.company import Side
from storage.database import Database
from tests.integration.delivery.scene import Scene
from tests.support.office import CATEGORY, CLERK, REVENUE_ID, Office
from tests.support.pushing import Product

WRONG_ID, RIGHT_ID = REVENUE_ID, "51"
"""The account that the category is mapped to at first, and the one it belongs on."""


class Team(Protocol):
    """A finance team whose entries are in an ERP."""

    @property
    def office(self) -> Office: ...
    @property
    def database(self) -> Database: ...
    async def decide(self, product: Product) -> object:
        """Approve the one batch that waits, and let the push go on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A person's way through an undo."""

    scene: Team
    product: Product

    async def look(self, *words: str) -> Look:
        """Look at what an undo would do."""
        return await self.product.corrections.looks.look(self.scene.office.organisation, words)

    async def ask(
        self,
        *words: str,
        mode: Mode = Mode.REVERSE_AND_REPOST,
        dating: Dating | None = None,
        person: str = CLERK,
    ) -> Ordered:
        """Ask for a correction; its batch is not frozen yet."""
        organisation = self.scene.office.organisation
        look = await self.look(*words)
        asked = await self.product.corrections.looks.ask(organisation, words, mode)
        form = OrderForm(
            words=words,
            mode=mode,
            fingerprint=look.fingerprint,
            order_id=asked.order_id,
            reason="wrong account",
            dating=dating,
        )
        return await self.product.corrections.orders.order(organisation, form, person=person)

    async def prepare(self, *words: str, mode: Mode = Mode.REVERSE_AND_REPOST) -> Ordered:
        """Ask for a correction, and let it be frozen for its approver."""
        ordered = await self.ask(*words, mode=mode)
        await self.product.drain()
        return ordered

    async def do(self, *words: str, mode: Mode = Mode.REVERSE_AND_REPOST) -> Ordered:
        """Ask for a correction, approve it and let it go as far as it can."""
        ordered = await self.prepare(*words, mode=mode)
        await self.scene.decide(self.product)
        return ordered


async def map_category(
    scene: Team, account: str, *, category: str = CATEGORY, by: str = CLERK
) -> None:
    """Choose another account for a category of deposits."""
    office = scene.office
    async with scene.database.unit() as unit:
        await unit.choices.set_mapping(office.company.id, {key_of_category(category): account})
        await unit.organisations.raise_shape_version(office.organisation.id)
        record = audit.shaping(
            "mapping.saved",
            office.company.key,
            organisation_id=office.organisation.id,
            actor=by,
            at=scene.database.clock.now(),
        )
        await unit.audit.add(record)
        await unit.commit()


async def close_books(scene: Scene, through: str | None) -> None:
    """Set QuickBooks' closing date."""
    company = scene.running.sandbox.desk.company(scene.realm)
    body = company.model_dump()
    body["settings"]["book_close_date"] = through
    scene.running.sandbox.desk.replace(type(company).model_validate(body))


def balances(scene: Scene) -> dict[str, Decimal]:
    """Add up each account in QuickBooks; debits are positive, and what is zero is left out."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for journal in scene.journals():
        for line in journal.lines:
            amount = line.amount or Decimal(0)
            sums[line.account or ""] += amount if line.side is Side.DEBIT else -amount
    return {account: amount for account, amount in sums.items() if amount}


async def net_effects(scene: Scene) -> Counter[str]:
    """Count how often each transaction counts in QuickBooks: posted less reversed."""
    held = set(scene.numbers())
    deliveries = {d.id: d for d in await scene.deliveries()}
    async with scene.database.unit(read_only=True) as unit:
        links = await unit.corrections.links(deliveries)
    original_of = {k.entry_id: k.original_id for k in links if k.kind is LinkKind.REVERSES}
    net: Counter[str] = Counter()
    for delivery in deliveries.values():
        if delivery.entry.number not in held:
            continue
        original = original_of.get(delivery.id)
        counted = deliveries[original] if original else delivery
        for member in counted.entry.members:
            net[member.transaction_id] += -1 if original else 1
    return net


async def stale_numbers(scene: Scene) -> set[str]:
    """Return the numbers of the entries that are marked."""
    return {d.entry.number for d in await scene.deliveries() if d.is_stale}


async def of_number(scene: Scene, number: str) -> Delivery:
    """Return the delivery of a number."""
    (found,) = [d for d in await scene.deliveries() if d.entry.number == number]
    return found


async def find_stale(scene: Team, product: Product) -> None:
    """Compare what is posted with what would be made now."""
    await product.corrections.staleness.find(scene.office.company.id)
