"""Every contract test runs once for each connector in ``CASES``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from tests.contract.case import ConnectorCase, OpenCase
from tests.contract.quickbooks_case import QuickBooksCase, open_quickbooks

CASES: dict[str, OpenCase] = {"quickbooks": open_quickbooks}


@pytest.fixture(params=CASES)
async def case(request: pytest.FixtureRequest) -> AsyncIterator[ConnectorCase]:
    """One ERP with one connected company."""
    async with CASES[request.param]() as opened:
        yield opened


@pytest.fixture
async def quickbooks() -> AsyncIterator[QuickBooksCase]:
    """QuickBooks, for what only QuickBooks does."""
    async with open_quickbooks() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_waiting_between_reads() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield
