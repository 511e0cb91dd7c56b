"""Two processes of the operating system that need a token at once: Intuit is asked once.

Of two refreshes at once Intuit refuses one, and may revoke what the other was given:
https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.erp.credentials import load_tokens
from ledger.organisation import ConnectionState
from sandbox.faults import FaultKind, FaultOrder, FaultRule, RequestMatch
from sandbox.quickbooks.desk import NewCompany
from storage.database import Database
from tests.support.databases import START
from tests.support.office import office_for, open_office
from tests.support.quickbooks import RunningQuickBooks, running_quickbooks
from tests.support.token_process import digest

PROJECT = Path(__file__).resolve().parents[3]
TOKEN = "/tokens/bearer$"
OVERLAP_S = 0.5
"""Long enough for a process that does not wait for its turn to ask as well."""


async def test_two_processes_refresh_a_token_once_and_both_go_on(
    database: Database, database_url: str
) -> None:
    async with running_quickbooks() as running, AsyncExitStack() as stack:
        realm = running.sandbox.add_company(NewCompany(name="Acme Inc")).realm
        office = office_for(realm, now=START)
        expired = replace(running.grant(realm), access_expires_at=START - timedelta(hours=1))
        await open_office(database, office, expired)
        hanging = FaultOrder(kind=FaultKind.HANG, match=RequestMatch(path=TOKEN), times=None)
        rule = running.sandbox.faults.add(hanging)
        url = running.addresses.api_url.removesuffix("/quickbooks")
        arguments = (database_url, url, office.company.id)
        both = [await stack.enter_async_context(asking(*arguments)) for _ in range(2)]
        for process in both:
            assert await line(process) == "ready"
        for process in both:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            await process.stdin.drain()
        await asked(rule, 1, within_s=4)
        await asked(rule, 2, within_s=OVERLAP_S)
        running.sandbox.faults.clear()
        got = [await line(process) for process in both]
        assert refreshes(running) == 1
        async with database.unit(read_only=True) as unit:
            company = await unit.companies.get(office.company.id)
            secret = await unit.grants.read_secret(office.company.grant_id or "")
        assert company is not None
        assert company.connection is ConnectionState.ACTIVE
        assert got == [digest(load_tokens(secret or "").access_token)] * 2


@asynccontextmanager
async def asking(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that will ask for the token."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.token_process", *arguments),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return (await process.stdout.readline()).decode().strip()


def refreshes(running: RunningQuickBooks) -> int:
    return len([r for r in running.sandbox.requests() if r.path.endswith("/tokens/bearer")])


async def asked(rule: FaultRule, times: int, *, within_s: float) -> None:
    """Wait until so many refreshes have reached Intuit, or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while rule.seen < times:  # noqa: ASYNC110 - the stand-in has no event for it
                await asyncio.sleep(0.01)
