"""The durable workflows by name: which use case each one calls, and what becomes of its failure.

A workflow takes only ids, may run again from its start, and never ends in an error, since the
engine would not run that id again. It must not decide anything itself.
"""

from __future__ import annotations

import asyncio
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.services.access import CHOOSE_CHANNEL, Access
from bot.services.adoption import ADOPT, CUT_OVER
from bot.services.advancing import Advancing
from bot.services.aftercare import Aftercare
from bot.services.arrivals import READ_COMPANY
from bot.services.charts import REFRESH_BOOKS
from bot.services.connections import END_CONNECTION, Connections
from bot.services.credentials import CHECK_CREDENTIALS
from bot.services.doctor import EXAMINE
from bot.services.drift import FIND_DRIFT
from bot.services.file_company import READ_CHART, FileCompany
from bot.services.imports import IMPORT_FILE, Imports
from bot.services.journal_files import SEND_FILES, JournalFiles
from bot.services.month_end import DRY_RUN, PRE_CHECK
from bot.services.month_end_cases import MonthEndCases
from bot.services.ports import Clock, Storage
from bot.services.runs import WORKFLOW as ADVANCE_RUN
from bot.services.staleness import FIND_STALE, Staleness
from bot.services.straggling import LOOK as LOOK_FOR_STRAGGLERS
from bot.services.support import SEND_BUNDLE
from bot.services.verification import GIVE_UP, Verification
from bot.services.verification import WORKFLOW as VERIFY_PERIOD
from bot.services.waiting import ATTEND
from bot.services.watch import WATCH_CONNECTION, Watch
from bot.services.workbooks import SEND_WORKBOOK
from ledger.runs import OPEN_RUN_STATES
from scheduler.engine import Work

TRIES = 5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
PUT_OFF = timedelta(minutes=1)
"""How long a run waits whose pass failed in a way that nobody foresaw."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowParts:
    """What the workflows call."""

    access: Access
    connections: Connections
    file_company: FileCompany
    journal_files: JournalFiles
    watch: Watch
    imports: Imports
    advancing: Advancing
    verification: Verification
    aftercare: Aftercare
    month_end: MonthEndCases
    staleness: Staleness
    storage: Storage
    clock: Clock


def workflows(
    parts: WorkflowParts, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Mapping[str, Work]:
    """Return workflow name → body, as the engine is given them."""

    async def advance(run_id: str, wake: str) -> None:
        try:
            await parts.advancing.advance(run_id, int(wake))
        except Exception as error:  # noqa: BLE001 - the run's own wake-up brings it back
            report(error, workflow=ADVANCE_RUN, of=run_id)
            await _put_off(parts, run_id, int(wake), sleep)

    connections, care = parts.connections, parts.aftercare
    charts, arrivals = connections.charts, connections.arrivals
    return {
        ADVANCE_RUN: advance,
        IMPORT_FILE: _persistent(IMPORT_FILE, parts.imports.run, sleep),
        REFRESH_BOOKS: _persistent(REFRESH_BOOKS, charts.refresh_books, sleep),
        CHOOSE_CHANNEL: _persistent(CHOOSE_CHANNEL, parts.access.choose_channel, sleep),
        VERIFY_PERIOD: _persistent(VERIFY_PERIOD, parts.verification.run, sleep),
        GIVE_UP: _persistent(GIVE_UP, parts.verification.run_give_up, sleep),
        ADOPT: _persistent(ADOPT, care.adoption.run_adopt, sleep),
        CUT_OVER: _persistent(CUT_OVER, care.adoption.run_cut_over, sleep),
        FIND_STALE: _persistent(FIND_STALE, parts.staleness.find, sleep),
        FIND_DRIFT: _persistent(FIND_DRIFT, care.drift.look, sleep),
        EXAMINE: _persistent(EXAMINE, care.doctor.run, sleep),
        SEND_BUNDLE: _persistent(SEND_BUNDLE, care.support.send, sleep),
        END_CONNECTION: _persistent(END_CONNECTION, connections.end_connection, sleep),
        READ_COMPANY: _persistent(READ_COMPANY, arrivals.read_chosen, sleep),
        CHECK_CREDENTIALS: _persistent(CHECK_CREDENTIALS, connections.credentials.check, sleep),
        READ_CHART: _persistent(READ_CHART, parts.file_company.read_chart, sleep),
        SEND_FILES: _persistent(SEND_FILES, parts.journal_files.send, sleep),
        **_month_end(parts.month_end, sleep),
        WATCH_CONNECTION: _persistent(WATCH_CONNECTION, parts.watch.look_at, sleep),
    }


def _month_end(
    cases: MonthEndCases, sleep: Callable[[float], Awaitable[None]]
) -> Mapping[str, Work]:
    bodies: Mapping[str, Work] = {
        DRY_RUN: cases.moments.dry_run,
        PRE_CHECK: cases.moments.pre_check,
        ATTEND: cases.waiting.attend,
        SEND_WORKBOOK: cases.workbooks.send,
        LOOK_FOR_STRAGGLERS: cases.stragglers.look,
    }
    return {name: _persistent(name, body, sleep) for name, body in bodies.items()}


def report(error: BaseException, *, workflow: str, of: str) -> str:
    """Log an unexpected error without its text, which may quote a secret; return its reference."""
    reference = secrets.token_hex(4).upper()
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "workflow.failed",
        reference=reference,
        workflow=workflow,
        of=of,
        error=type(error).__qualname__,
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    )
    return reference


def _persistent(name: str, body: Work, sleep: Callable[[float], Awaitable[None]]) -> Work:
    """Try a repeatable body a few times, waiting longer each time, and then give it up."""

    async def run(*ids: str) -> None:
        for attempt in range(TRIES):
            try:
                await body(*ids)
            except Exception as error:  # noqa: BLE001 - see the module: no id may end in an error
                report(error, workflow=name, of=ids[0])
                if attempt + 1 < TRIES:
                    await sleep(FIRST_WAIT_S * 4**attempt)
            else:
                return

    return run


async def _put_off(
    parts: WorkflowParts, run_id: str, wake: int, sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Have a failed run woken again soon, under an id that the engine has not used up.

    Goes on until the database takes it: given up, the run would never be woken again.
    """
    wait = FIRST_WAIT_S
    while True:
        try:
            await _wake_later(parts, run_id, wake)
        except Exception as error:  # noqa: BLE001 - a database that is away comes back
            report(error, workflow=ADVANCE_RUN, of=run_id)
            await sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)
        else:
            return


async def _wake_later(parts: WorkflowParts, run_id: str, wake: int) -> None:
    async with parts.storage.unit() as unit:
        run = await unit.runs.get(run_id)
        if run is None or run.state not in OPEN_RUN_STATES or run.wakes > wake + 1:
            return
        again = parts.clock.now() + PUT_OFF
        await unit.runs.save(replace(run, wakes=wake + 1, wake_at=again))
        await unit.commit()
