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

from bot.services.approvals import Decision
from bot.settings import Settings
from bot.wiring import open_desk
from ledger.runs import RunState
from sandbox.quickbooks.desk import NewCompany
from tests.integration.cli.test_serve import PROJECT, SETTINGS, address_of, serving, stopped
from tests.support.databases import SettableClock, migrated_sqlite, opened
from tests.support.office import CONTROLLER, Office, deposit, import_rows, office_for, open_office
from tests.support.quickbooks import (
    CLIENT_ID,
    CLIENT_SECRET,
    RunningQuickBooks,
    running_quickbooks,
)

DAY = date(2026, 10, 5)
NO_LIMITS: dict[str, object] = {"limits": {"enabled": False}}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A server, the ERP beside it, and an organisation with rows that can be pushed."""

    folder: Path
    environment: dict[str, str]
    running: RunningQuickBooks
    office: Office

    async def json(self, *words: str) -> Any:
        """Run a command in a process of its own, and read the JSON that it prints."""
        command = [sys.executable, "-c", "from bot.cli import main; main()", *words, "--json"]
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
async def scene(folder: Path, template: Path) -> AsyncIterator[Scene]:
    """Start everything but the server."""
    url = migrated_sqlite(template, folder)
    async with running_quickbooks() as running:
        now = datetime.now(UTC)
        company = NewCompany(name="Acme Inc", preferences=NO_LIMITS)
        realm = running.sandbox.add_company(company).realm
        office = office_for(realm, now=now)
        async with opened(url, SettableClock(now)) as database:
            await open_office(database, office, running.grant(realm))
            rows = [deposit(n, day=DAY, amount=f"{n}.50") for n in (1, 2, 3)]
            await import_rows(database, office, rows)
        yield Scene(
            folder=folder,
            environment=_environment(running, url),
            running=running,
            office=office,
        )


async def test_a_run_asked_for_here_is_done_by_the_server_and_verified(
    tmp_path: Path, migrated_template: Path
) -> None:
    async with scene(tmp_path, migrated_template) as given:
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
    assert ended["state"] == RunState.FINISHED.value
    assert (found["entries"], found["posted"], found["verified"]) == (3, 3, 3)
    assert (found["blocked"], found["held"]) == (0, 0)
    posted = given.running.sandbox.journals(given.office.company.external_id)
    assert len({journal.doc_number for journal in posted}) == len(posted) == 3
