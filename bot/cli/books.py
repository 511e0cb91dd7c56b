"""`integral import, preview, sync, status, export`: the straight line from the command line.

Whoever acts here is named, audited as shaping, and approves nothing.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.desk import find_organisation, opened, operator, period_of
from bot.cli.exporting import entry_rows, write_csv
from bot.cli.giving import give_files, show_files
from bot.cli.shapes import (
    imported_json,
    preview_json,
    run_json,
    say_run,
    show_imported,
    show_preview,
    show_status,
    status_json,
)
from bot.cli.terminal import (
    AS_JSON,
    OPERATOR,
    ORGANISATION,
    WRONG_USE,
    CommandError,
    run,
    say,
    show_json,
    spoken,
)
from bot.services.imports import MOST_BYTES, FileKind, Imported
from bot.services.period_status import PeriodStatus, read_period_status
from bot.services.previews import Preview
from ledger.layouts import Layout
from ledger.organisation import Organisation
from ledger.runs import OPEN_RUN_STATES, Delivery, Run, RunState, Trigger

if TYPE_CHECKING:
    from bot.wiring.desk import Desk

PERIOD = typer.Argument(help="2026-10, 2026-10-31, 2026-10-01..2026-10-31, last-month or today.")
FOLLOW_EVERY_S = 0.5
UNTOUCHED_AFTER_S = 20.0


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file of the generic format.")],
    *,
    source: Annotated[str, typer.Option(help="Where the rows come from, such as Kraken.")],
    as_: Annotated[str, OPERATOR],
    kind: Annotated[FileKind, typer.Option(help="What the rows are.")] = FileKind.TRANSACTIONS,
    org: Annotated[str | None, ORGANISATION] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Import transactions or opening lots; rows that are there already change nothing."""
    with spoken():
        data = _read(file)

    async def work() -> Imported:
        async with opened() as desk:
            organisation = await find_organisation(desk.ground, org)
            return await desk.use_cases.imports.import_file(
                organisation, data, source=source, kind=kind, actor=operator(as_)
            )

    imported = run(work())
    if as_json:
        show_json(imported_json(imported))
    else:
        show_imported(imported)
    if imported.problems and not (imported.changed or imported.outcome.unchanged):
        raise typer.Exit(1)


def preview(
    period: Annotated[str, PERIOD],
    *,
    org: Annotated[str | None, ORGANISATION] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show exactly the entries that a sync would prepare now; writes nothing."""

    async def work() -> Preview:
        async with opened() as desk:
            organisation = await find_organisation(desk.ground, org)
            days = period_of(desk.ground, organisation, period)
            return await desk.use_cases.previews.preview(organisation, days)

    found = run(work())
    if as_json:
        show_json(preview_json(found))
        return
    show_preview(found)


def sync(
    period: Annotated[str, PERIOD],
    *,
    as_: Annotated[str, OPERATOR],
    org: Annotated[str | None, ORGANISATION] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Start a run over a period; a running server does the work, an approver approves it."""

    async def work() -> tuple[Run, bool]:
        async with opened() as desk:
            organisation = await find_organisation(desk.ground, org)
            started = await desk.use_cases.runs.start(
                organisation,
                period_of(desk.ground, organisation, period),
                trigger=Trigger.HAND,
                requested_by=operator(as_),
            )
            found = await _follow(desk, started.run) if wait else started.run
            return found, started.is_new

    found, is_new = run(work())
    if as_json:
        show_json(run_json(found) | {"is_new": is_new})
    else:
        say("Started." if is_new else "A run of this period was open already; it goes on.")
        say_run(found)
    if wait and found.state is RunState.CANCELLED:
        raise typer.Exit(1)


def status(
    period: Annotated[str, PERIOD] = "this-month",
    *,
    org: Annotated[str | None, ORGANISATION] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show where a period stands: entries, posted, verified, blocked, held, and its run."""

    async def work() -> tuple[Organisation, PeriodStatus]:
        async with opened() as desk:
            organisation = await find_organisation(desk.ground, org)
            days = period_of(desk.ground, organisation, period)
            use_cases = desk.use_cases
            found = await read_period_status(
                use_cases.storage, use_cases.previews, organisation=organisation, period=days
            )
            return organisation, found

    organisation, found = run(work())
    if as_json:
        show_json(status_json(organisation, found))
        return
    show_status(organisation, found)


def export(
    period: Annotated[str, PERIOD],
    *,
    out: Annotated[
        Path | None, typer.Option(help="The file to write, else stdout; with --layout the folder.")
    ] = None,
    layout: Annotated[
        Layout | None, typer.Option(help="The journal files of a company without an ERP.")
    ] = None,
    as_: Annotated[str | None, OPERATOR] = None,
    org: Annotated[str | None, ORGANISATION] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Write the period's entries as CSV, one row a posting; formulas are neutralised."""
    if layout is not None:
        show_files(give_files(period, layout, out=out, as_=as_, org=org), as_json=as_json)
        return

    async def work() -> list[Delivery]:
        async with opened() as desk:
            organisation = await find_organisation(desk.ground, org)
            days = period_of(desk.ground, organisation, period)
            async with desk.use_cases.storage.unit(read_only=True) as unit:
                company = await unit.companies.active(organisation.id)
                if company is None:
                    raise CommandError("No company is connected, so there are no entries.")
                return await unit.deliveries.in_period(company.id, days.first, days.last)

    try:
        write_csv(entry_rows(run(work())), out)
    except OSError as error:
        say(f"{out}: {error.strerror}.")
        raise typer.Exit(WRONG_USE) from None


async def _follow(desk: Desk, started: Run) -> Run:
    """Wait until a run has ended or waits for a person.

    Raises:
        CommandError: when nobody takes it up: no server runs.
    """
    waited = 0.0
    while True:
        async with desk.use_cases.storage.unit(read_only=True) as unit:
            found = await unit.runs.get(started.id) or started
        if found.state not in OPEN_RUN_STATES or found.state is RunState.AWAITING_APPROVAL:
            return found
        if found.wakes == started.wakes and waited >= UNTOUCHED_AFTER_S:
            raise CommandError(
                "Nobody takes the run up; it is stored and goes on once `integral serve` runs."
            )
        await asyncio.sleep(FOLLOW_EVERY_S)
        waited += FOLLOW_EVERY_S


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            sentence = f"{path} is larger than {MOST_BYTES // 1_000_000} MB; split it by month."
            raise CommandError(sentence, code=WRONG_USE)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise CommandError(f"{path}: {reason}.", code=WRONG_USE) from None
