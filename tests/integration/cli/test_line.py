"""The whole line through a real server: asked for here, worked on there, approved, verified."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.services.approvals import Decision
from bot.settings import Settings
from bot.wiring.desk import open_desk
from ledger.runs import RunState
from sandbox.quickbooks.desk import NewCompany
from tests.integration.cli.test_serve import PROJECT, SETTINGS, address_of, serving, stopped
from tests.support.databases import SettableClock, migrated_postgres, opened
from tests.support.office import (
    BANK,
    CATEGORY,
    CONTROLLER,
    Office,
    deposit,
    import_rows,
    office_for,
    open_office,
)
from tests.support.postgres import PostgresServer
from tests.support.quickbooks import (
    CLIENT_ID,
    CLIENT_SECRET,
    RunningQuickBooks,
    running_quickbooks,
)
from tests.support.warm import warm_python

DAY = date(2026, 10, 5)
NO_LIMITS: dict[str, object] = {"limits": {"enabled": False}}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A server, the ERP beside it, and an organisation with rows that can be pushed."""

    folder: Path
    environment: dict[str, str]
    running: RunningQuickBooks
    office: Office
    python: str

    async def json(self, *words: str) -> Any:
        """Run a command in a process of its own, and read the JSON that it prints."""
        command = [self.python, "-m", "bot.cli", *words, "--json"]
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    async def approve(self) -> None:
        """Approve what waits, as the controller does in Slack."""
        settings = Settings.model_validate(_fields(self.environment))
        async with open_desk(settings) as desk:
            approvals = desk.use_cases.approvals
            (batch,) = await approvals.waiting(self.office.organisation)
            await approvals.decide(
                self.office.organisation, batch.id, Decision.APPROVE, person=CONTROLLER
            )


def _fields(environment: dict[str, str]) -> dict[str, str]:
    names = {name.lower(): value for name, value in environment.items()}
    return {name: names[name] for name in Settings.model_fields if name in names}


def _environment(running: RunningQuickBooks, url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    addresses = running.addresses
    return (
        kept
        | SETTINGS
        | {
            "PYTHONPATH": str(PROJECT),
            "DATABASE_URL": url,
            "QUICKBOOKS_CLIENT_ID": CLIENT_ID,
            "QUICKBOOKS_CLIENT_SECRET": CLIENT_SECRET,
            "QUICKBOOKS_API_URL": addresses.api_url,
            "QUICKBOOKS_APP_URL": addresses.app_url.removesuffix("/app"),
            "QUICKBOOKS_TOKEN_URL": addresses.token_url,
            "QUICKBOOKS_REVOKE_URL": addresses.revoke_url,
            "QUICKBOOKS_SETTLE_S": "2",
        }
    )


@asynccontextmanager
async def scene(folder: Path, url: str, *, rows: int = 3) -> AsyncIterator[Scene]:
    """Start everything but the server."""
    async with running_quickbooks() as running:
        now = datetime.now(UTC)
        company = NewCompany(name="Acme Inc", preferences=NO_LIMITS)
        realm = running.sandbox.add_company(company).realm
        office = office_for(realm, now=now)
        async with opened(url, SettableClock(now)) as database:
            await open_office(database, office, running.grant(realm))
            deposits = [deposit(n, day=DAY, amount=f"{n}.50") for n in range(1, rows + 1)]
            await import_rows(database, office, deposits)
        yield Scene(
            folder=folder,
            environment=_environment(running, url),
            running=running,
            office=office,
            # Commands that import what they need by themselves, and others of the same.
            python=sys.executable if url.startswith("sqlite") else warm_python(),
        )


@pytest.mark.long(20)
async def test_a_run_asked_for_here_is_done_by_the_server_and_verified(
    tmp_path: Path, database_url: str
) -> None:
    async with scene(tmp_path, database_url) as given:
        with serving(tmp_path, "--port", "0", **given.environment) as server:
            await asyncio.to_thread(address_of, server)

            waiting = await given.json("sync", str(DAY), "--as", "ada", "--wait")
            assert waiting["state"] == RunState.AWAITING_APPROVAL.value
            assert given.running.sandbox.journals(given.office.company.external_id) == []

            await given.approve()
            ended = await given.json("sync", str(DAY), "--as", "ada", "--wait")
            found = await given.json("status", str(DAY))
            code, log = await asyncio.to_thread(stopped, server)

    assert code == 0, log
    assert "erp_call" in log
    # The log has ids and durations: no memo, name, category, amount or token.
    amounts = [f'"{n}.50' for n in (1, 2, 3)]
    for words in ("Acme", "DAO", CATEGORY, BANK, "xoxb", CLIENT_SECRET, "Deposit", *amounts):
        assert words not in log, words
    assert ended["state"] == RunState.FINISHED.value
    assert (found["entries"], found["posted"], found["verified"]) == (3, 3, 3)
    assert (found["blocked"], found["held"]) == (0, 0)
    posted = given.running.sandbox.journals(given.office.company.external_id)
    assert len({journal.doc_number for journal in posted}) == len(posted) == 3


@pytest.mark.one_database("SQLite serves one process")
@pytest.mark.long(25)
@pytest.mark.postgres
async def test_a_process_that_stops_hands_its_work_to_another_which_ends_it_exactly_once(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    url = migrated_postgres(postgres_server)
    async with scene(tmp_path, url, rows=12) as given:
        realm = given.office.company.external_id

        def posted() -> int:
            return len(given.running.sandbox.journals(realm))

        with serving(tmp_path, "--port", "0", **given.environment) as first:
            await asyncio.to_thread(address_of, first)
            await given.json("sync", str(DAY), "--as", "ada", "--wait")
            with serving(tmp_path, "--port", "0", **given.environment) as second:
                await given.approve()
                async with asyncio.timeout(60):
                    while posted() < 3:  # noqa: ASYNC110 - the sandbox tells nobody
                        await asyncio.sleep(0.05)
                code, log = await asyncio.to_thread(stopped, first)
                assert code == 0, log
                ended = await given.json("sync", str(DAY), "--as", "ada", "--wait")
                found = await given.json("status", str(DAY))
                assert stopped(second)[0] == 0
    postgres_server.drop_database(url)
    assert ended["state"] == RunState.FINISHED.value
    assert (found["posted"], found["verified"]) == (12, 12)
    numbers = [journal.doc_number for journal in given.running.sandbox.journals(realm)]
    assert len(numbers) == len(set(numbers)) == 12
