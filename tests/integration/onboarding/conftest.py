"""A desk of this test's own."""

import pytest

from storage.database import Database
from tests.integration.onboarding.desk import Desk
from tests.support.databases import SettableClock


@pytest.fixture
def desk(database: Database, clock: SettableClock) -> Desk:
    """The onboarding use cases over the test's database."""
    return Desk(database, clock)
