"""Clocks over one database, on SQLite and on Postgres."""

import pytest

from storage.database import Database
from tests.integration.schedules.clockwork import Clockwork
from tests.support.databases import SettableClock


@pytest.fixture
def clockwork(database: Database, database_url: str, clock: SettableClock) -> Clockwork:
    found = Clockwork(url=database_url, database=database, clock=clock)
    found.to("2026-11-20T12:00")
    return found
