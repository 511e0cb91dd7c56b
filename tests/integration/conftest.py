"""Databases for integration tests: every test that asks for one runs on SQLite and on Postgres."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import stamina

from storage.database import Database
from tests.support.databases import (
    SettableClock,
    migrated_sqlite,
    migrated_template_of,
    opened,
    sqlite_template,
)
from tests.support.postgres import PostgresServer
from tests.support.postgres_pool import PostgresPool


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, shared by the run's processes."""
    base = tmp_path_factory.getbasetemp()
    return sqlite_template(base.parent if base.name.startswith("popen-") else base)


@pytest.fixture(scope="session")
def postgres_pool(postgres_server: PostgresServer) -> Iterator[PostgresPool]:
    """Migrated Postgres databases, emptied for one test after another."""
    with closing(PostgresPool(postgres_server, migrated_template_of(postgres_server))) as pool:
        yield pool


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database of this test's own."""
    if request.param == "sqlite":
        yield migrated_sqlite(request.getfixturevalue("migrated_template"), tmp_path)
        return
    pool: PostgresPool = request.getfixturevalue("postgres_pool")
    url = pool.take()
    yield url
    pool.give_back(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of this test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands still until the test moves it."""
    return SettableClock()


@pytest.fixture
async def database(database_url: str, clock: SettableClock) -> AsyncIterator[Database]:
    """A migrated database, opened with the test's clock."""
    async with opened(database_url, clock) as database:
        yield database


@pytest.fixture(autouse=True)
def _no_waiting_between_reads() -> Iterator[None]:
    """What an ERP did not answer is asked again at once."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield
