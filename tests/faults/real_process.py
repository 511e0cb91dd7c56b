"""Runs with the real process: `integral serve`, killed or frozen in the middle of a push.

The push is asked for and approved through the use cases on the same database, as the command line
and Slack do it; everything else is the product's own: DBOS, the clock, the engine's reaper.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path

from storage.engine import is_sqlite, normal_url
from tests.faults.children import Child, Json, Standing
from tests.faults.connecting import QUICKBOOKS_KEYS, XERO_KEYS
from tests.faults.erp_process import BOT_TOKEN, SIGNING_SECRET
from tests.faults.erp_side import ErpSide, RequestCounter
from tests.faults.fleet_plan import PAST_CLAIMS_S
from tests.faults.life import TICK_S, People, World, open_connectors, open_http, start_product
from tests.faults.lives import Cuts
from tests.faults.plan import RealDeath
from tests.faults.tearing import Suspensions, run_counted
from tests.support.databases import SECRET_KEYS

_PROJECT = Path(__file__).resolve().parents[2]
_SERVE = (sys.executable, "-c", "from bot.cli import main; main()", "serve")
SETTLE_S = 1
_PATIENCE_S = 240.0
_LOOK_EVERY_S = 0.06


def push_through(world: World, erp: ErpSide, death: RealDeath) -> Cuts:
    """Push with a real process, end it when the ERP has met enough requests, start another.

    Waits twice ``_PATIENCE_S`` at most, and leaves no process behind, whatever is raised.
    """
    met = RequestCounter(erp, world.place)
    watcher = Child.start(lambda: _watch(world), folder=world.folder, name="people")
    try:
        with _serving(world, "serve-1") as first:
            is_cut = _wait_for_requests(watcher, met, world.plan.real_after)
            if is_cut and death is RealDeath.KILL:
                first.kill()
                first.wait()
                _go_on_with_another(world, watcher)
            elif is_cut:
                _freeze(first, world, watcher)
            # Else the push was done before, or all patience is used up: nothing to wait for.
    finally:
        watcher.kill()
    return Cuts(torn=int(is_cut), stuck=_why_stuck(watcher))


def _go_on_with_another(world: World, watcher: Child) -> None:
    with _serving(world, "serve-2"):
        watcher.wait(_PATIENCE_S)


def _freeze(first: "subprocess.Popen[bytes]", world: World, watcher: Child) -> None:
    """Freeze the process past its claims; another goes on meanwhile, where there may be two."""
    first.send_signal(signal.SIGSTOP)
    with ExitStack() as stack:
        # On SQLite a frozen process keeps every other out.
        if not is_sqlite(normal_url(world.database_url)):
            stack.enter_context(_serving(world, "serve-2"))
        watcher.wait(PAST_CLAIMS_S)
        first.send_signal(signal.SIGCONT)
        watcher.wait(_PATIENCE_S)


def _wait_for_requests(watcher: Child, met: RequestCounter, wanted: int) -> bool:
    """Wait until the ERP has met enough requests; false when the push is done before, or stuck."""
    until = time.monotonic() + _PATIENCE_S
    while watcher.wait(_LOOK_EVERY_S) is not Standing.ENDED and time.monotonic() < until:
        if met.look() >= wanted:
            return True
    return False


def _why_stuck(watcher: Child) -> str | None:
    if watcher.exit_code == 0:
        return None
    if watcher.exit_code == -signal.SIGKILL:
        return f"the real process was not done after {_PATIENCE_S:.0f} s, see its logs"
    return f"whoever asks and approves failed, see {watcher.log.name}"


@contextmanager
def _serving(world: World, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `integral serve` for the length of the block; stopped or killed inside it is fine."""
    with (
        (world.folder / f"{name}.log").open("wb") as log,
        subprocess.Popen(
            _SERVE, cwd=world.folder, env=_its_own(world), stdout=log, stderr=log
        ) as process,
        sure_to_end(process, grace_s=15),
    ):
        yield process


@contextmanager
def sure_to_end(process: "subprocess.Popen[bytes]", *, grace_s: float) -> Iterator[None]:
    """Have a process ended after the block, however it stands and whatever was raised meanwhile.

    Args:
        process: Running, stopped or dead.
        grace_s: How long it may take over ending in good order.
    """
    try:
        yield
    finally:
        try:
            process.terminate()
            # One that is stopped would never hear of it.
            process.send_signal(signal.SIGCONT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace_s)
        finally:
            # Also when the wait itself is interrupted; one that has ended does not mind.
            process.kill()
            process.wait()


def _its_own(world: World) -> dict[str, str]:
    return environment(world, database_url=world.database_url, erp_url=world.erp_url)


def environment(world: World, *, database_url: str, erp_url: str) -> dict[str, str]:
    """Return a process' settings: every outside address is a local one.

    Args:
        world: The run.
        database_url: How this process reaches the database.
        erp_url: How it reaches the ERPs; Slack it reaches directly.
    """
    erp, slack = erp_url, world.erp_url
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TZ"}}
    return kept | {
        "PYTHONPATH": str(_PROJECT),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATABASE_URL": database_url,
        "INTEGRAL_SECRET_KEYS": SECRET_KEYS,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": f"{slack}/api/",
        "SLACK_AUTHORIZE_URL": f"{slack}/oauth/v2/authorize",
        "SLACK_FILES_URL": f"{slack}/files",
        "QUICKBOOKS_CLIENT_ID": QUICKBOOKS_KEYS.client_id,
        "QUICKBOOKS_CLIENT_SECRET": QUICKBOOKS_KEYS.client_secret,
        "QUICKBOOKS_API_URL": f"{erp}/quickbooks",
        "QUICKBOOKS_AUTHORIZE_URL": f"{erp}/quickbooks/connect/oauth2",
        "QUICKBOOKS_TOKEN_URL": f"{erp}/quickbooks/oauth2/v1/tokens/bearer",
        "QUICKBOOKS_REVOKE_URL": f"{erp}/quickbooks/v2/oauth2/tokens/revoke",
        "QUICKBOOKS_APP_URL": f"{erp}/quickbooks/app",
        "QUICKBOOKS_SETTLE_S": str(SETTLE_S),
        "XERO_CLIENT_ID": XERO_KEYS.client_id,
        "XERO_CLIENT_SECRET": XERO_KEYS.client_secret,
        "XERO_API_URL": f"{erp}/xero",
        "XERO_IDENTITY_URL": f"{erp}/xero",
        "XERO_AUTHORIZE_URL": f"{erp}/xero/identity/connect/authorize",
        "XERO_APP_URL": f"{erp}/xero/app",
        "XERO_SETTLE_S": str(SETTLE_S),
        "NETSUITE_API_URL": f"{erp}/netsuite",
        "NETSUITE_APP_URL": f"{erp}/netsuite",
        "NETSUITE_SETTLE_S": str(SETTLE_S),
    }


def _watch(world: World) -> Json:
    """Ask, approve, and wait until everything is settled; send nothing."""
    run_counted(_people(world), Suspensions(None))
    return {}


async def _people(world: World) -> None:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http())
        database = world.open_database("people")
        stack.push_async_callback(database.close)
        connectors = open_connectors(world, database, http)
        product = await start_product(world, "people", database, connectors)
        people = People(world, product, owns_the_clock=False)
        while not await people.look():  # noqa: ASYNC110 - the other process has no event for us
            await asyncio.sleep(TICK_S * 3)
