"""Back up, post hundreds of entries, restore, sync: still as many, in every ERP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import stamina

from bot.erp.connector import Connector
from bot.services.approvals import Decision
from bot.services.delivery import Pace
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Provider
from ledger.periods import Period
from ledger.runs import Run, RunState, Trigger
from storage.database import Database
from storage.owners import ProcessOwners, Slots
from tests.contract.case import ConnectorCase
from tests.contract.conftest import CASES
from tests.integration.delivery.scene import rows
from tests.support.backups import restored_afterwards
from tests.support.databases import START
from tests.support.office import (
    CLERK,
    CONTROLLER,
    Office,
    import_rows,
    office_for,
    open_office_at,
)
from tests.support.pushing import Product, build_product
from tests.support.watching import watching

POSTED = {"sqlite": 300, "postgresql": 60}
"""By database; the second takes longer over each."""
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


@dataclass(frozen=True, slots=True)
class _OneCase:
    """Satisfies the port ``Connectors``: the one company of a contract case."""

    case: ConnectorCase

    def of(self, company: Company) -> Connector:
        return self.case.connector()

    def entry_url(self, company: Company, erp_id: str) -> str:
        return self.case.connector().entry_url(erp_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restorable:
    """A team with one company in one ERP."""

    case: ConnectorCase
    office: Office
    database: Database

    async def process(self, name: str) -> Product:
        """Start a process of ours; it ends with the database."""
        slots = Slots(self.database)
        return build_product(
            self.database,
            owners=ProcessOwners(slots, slot=await slots.claim(name), incarnation=name),
            connectors=_OneCase(self.case),
            pace=Pace(),
        )

    async def sync(self, product: Product) -> Run:
        """Ask for a push, and approve whatever waits."""
        organisation = self.office.organisation
        started = await product.runs.start(
            organisation, OCTOBER, trigger=Trigger.HAND, requested_by=CLERK
        )
        await product.drain()
        for batch in await product.approvals.waiting(organisation):
            await product.approvals.decide(
                organisation, batch.id, Decision.APPROVE, person=CONTROLLER
            )
        await product.drain()
        async with self.database.unit(read_only=True) as unit:
            run = await unit.runs.get(started.run.id)
        assert run is not None
        return run


@pytest.fixture(params=CASES)
async def restorable(
    request: pytest.FixtureRequest, database: Database
) -> AsyncIterator[Restorable]:
    with stamina.set_testing(True, attempts=3, cap=True):
        async with CASES[request.param]() as case:
            case.clock.travel_to(START)
            provider, _, external_id = case.company.partition(":")
            office = office_for(external_id, now=START, provider=Provider(provider))
            await open_office_at(
                database,
                office,
                secret="the case has its own",
                bank_id=case.accounts.debit,
                revenue_id=case.accounts.credit,
            )
            yield Restorable(case=case, office=office, database=database)


@pytest.mark.long(8)
async def test_what_was_posted_after_a_backup_is_posted_once_although_it_was_forgotten(
    restorable: Restorable, database: Database, tmp_path: Path
) -> None:
    case, office = restorable.case, restorable.office
    posted = POSTED[database.url.get_backend_name()]
    await import_rows(database, office, rows(posted))
    with restored_afterwards(database, tmp_path):
        before = await restorable.process("before")
        assert (await restorable.sync(before)).state is RunState.FINISHED
        numbers = case.held_numbers()
        assert len(numbers) == len(set(numbers)) == posted
    after = await restorable.process("after")
    # Numbers of ours that nobody knows stop everything; a person has them adopted.
    assert (await restorable.sync(after)).state is RunState.OPEN
    assert case.held_numbers() == numbers
    adopting = watching(after).adopting
    adopted = await adopting.adopt(office.organisation, office.company, person=CONTROLLER)
    assert (len(adopted.adopted), adopted.foreign) == (posted, ())
    await after.tick()
    assert (await restorable.sync(after)).state is RunState.FINISHED
    assert case.held_numbers() == numbers
    async with database.unit(read_only=True) as unit:
        assert await unit.deliveries.counts(office.company.id) == {DeliveryState.VERIFIED: posted}
