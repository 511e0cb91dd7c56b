"""A back office of this test's own."""

import pytest

from storage.database import Database
from tests.integration.journal_files.back_office import BackOffice, open_back_office
from tests.support.databases import SettableClock


@pytest.fixture
async def office(database: Database, clock: SettableClock) -> BackOffice:
    """A team without an ERP, over the test's database."""
    return await open_back_office(database, clock)
