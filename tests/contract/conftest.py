"""Every contract test runs once for each connector in ``CASES``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from tests.contract.case import (
    ConnectorCase,
    GrantedCase,
    OpenCase,
    OpenGrantedCase,
    PlainCase,
)
from tests.contract.journal_file_case import open_journal_file
from tests.contract.netsuite_case import NetSuiteCase, open_netsuite
from tests.contract.quickbooks_case import QuickBooksCase, open_quickbooks
from tests.contract.xero_case import XeroCase, open_xero
from tests.support.databases import sqlite_template

GRANTED: dict[str, OpenGrantedCase] = {"quickbooks": open_quickbooks, "xero": open_xero}
"""Those that people sign in to; NetSuite's credentials are typed in and have nothing to renew.

They also answer a repeated key with the first answer; NetSuite refuses a number that is taken.
"""
CASES: dict[str, OpenCase] = {**GRANTED, "netsuite": open_netsuite}
WITH_CONTACTS = [name for name in CASES if name != "xero"]
"""Those whose lines can name a customer or vendor; Xero's manual journals cannot."""


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, shared by the run's processes."""
    base = tmp_path_factory.getbasetemp()
    return sqlite_template(base.parent if base.name.startswith("popen-") else base)


@pytest.fixture(params=[*CASES, "journal_file"])
async def any_case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PlainCase]:
    """One company that entries are posted into, with or without an ERP."""
    if request.param in CASES:
        async with CASES[request.param]() as opened:
            yield opened
        return
    template: Path = request.getfixturevalue("migrated_template")
    async with open_journal_file(template, tmp_path) as filed:
        yield filed


@pytest.fixture(params=CASES)
async def case(request: pytest.FixtureRequest) -> AsyncIterator[ConnectorCase]:
    """One ERP with one connected company."""
    async with CASES[request.param]() as opened:
        yield opened


@pytest.fixture(params=WITH_CONTACTS)
async def contact_case(request: pytest.FixtureRequest) -> AsyncIterator[ConnectorCase]:
    """One ERP whose lines can name a customer or vendor."""
    async with CASES[request.param]() as opened:
        yield opened


@pytest.fixture(params=GRANTED)
async def granted(request: pytest.FixtureRequest) -> AsyncIterator[GrantedCase]:
    """One ERP that people sign in to, and that replays its answers."""
    async with GRANTED[request.param]() as opened:
        yield opened


@pytest.fixture
async def quickbooks() -> AsyncIterator[QuickBooksCase]:
    """QuickBooks, for what only QuickBooks does."""
    async with open_quickbooks() as opened:
        yield opened


@pytest.fixture
async def xero() -> AsyncIterator[XeroCase]:
    """Xero, for what only Xero does."""
    async with open_xero() as opened:
        yield opened


@pytest.fixture
async def netsuite() -> AsyncIterator[NetSuiteCase]:
    """NetSuite, for what only NetSuite does."""
    async with open_netsuite() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_waiting_between_reads() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield
