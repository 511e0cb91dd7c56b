"""A team ready to push, on SQLite and on Postgres, with QuickBooks on loopback."""

from collections.abc import AsyncIterator

import pytest

from sandbox.quickbooks.desk import NewCompany
from storage.database import Database
from tests.integration.delivery.scene import Scene
from tests.support.databases import START, SettableClock
from tests.support.office import office_for, open_office
from tests.support.quickbooks import running_quickbooks

_NO_LIMITS: dict[str, object] = {"limits": {"enabled": False}}


@pytest.fixture
async def scene(
    database: Database, database_url: str, clock: SettableClock
) -> AsyncIterator[Scene]:
    async with running_quickbooks() as running:
        running.clock.travel_to(START)
        order = NewCompany(name="Acme Inc", preferences=_NO_LIMITS)
        realm = running.sandbox.add_company(order).realm
        office = office_for(realm, now=START)
        await open_office(database, office, running.grant(realm))
        yield Scene(
            running=running,
            realm=realm,
            office=office,
            database=database,
            url=database_url,
            clock=clock,
        )
