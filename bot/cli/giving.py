"""Writes journal files from the command line: the same bytes that Slack gives out."""

from __future__ import annotations

from pathlib import Path

from bot.cli.desk import find_organisation, opened, operator, period_of
from bot.cli.terminal import WRONG_USE, CommandError, run, say, show_json
from bot.services.journal_files import Exported, GivenFile
from ledger.filing import FilePart
from ledger.layouts import Layout


def give_files(
    period: str, layout: Layout, *, out: Path | None, as_: str | None, org: str | None
) -> Exported:
    """Write a period's journal files into a folder; what no file has yet is frozen first."""

    async def work() -> Exported:
        actor = _operator(as_)
        async with opened() as desk:
            organisation = await find_organisation(desk.ground, org)
            days = period_of(desk.ground, organisation, period)
            exported = await desk.use_cases.journal_files.export(
                organisation, days, layout, actor=actor
            )
        for given in exported.files:
            for part in (*given.parts, given.manifest):
                _write(out or Path(), part)
        return exported

    return run(work())


def show_files(exported: Exported, *, as_json: bool) -> None:
    """Print what was written, with checksums and totals."""
    if as_json:
        show_json({"files": [_json(given) for given in exported.files]})
        return
    if not exported.files:
        say(f"{exported.company.name} has no posted entries in {exported.period}.")
    for given in exported.files:
        file = given.file
        state = "imported" if file.imported_at else "not imported yet"
        say(f"{file.label}: {file.entries:,} entries, debits = credits = {file.debits}, {state}")
        for part in (*given.parts, given.manifest):
            say(f"{part.sha256}  {part.name}")


def _operator(name: str | None) -> str:
    if name is None:
        raise CommandError("--layout freezes entries: say who with --as NAME.", code=WRONG_USE)
    return operator(name)


def _write(folder: Path, part: FilePart) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / part.name).write_bytes(part.data)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise CommandError(f"{folder / part.name}: {reason}.", code=WRONG_USE) from None


def _json(given: GivenFile) -> dict[str, object]:
    file = given.file
    return {
        "label": file.label,
        "entries": file.entries,
        "debits": str(file.debits.amount),
        "credits": str(file.debits.amount),
        "currency": file.debits.currency,
        "imported_by": file.imported_by,
        "parts": [
            {"name": part.name, "sha256": part.sha256, "rows": part.rows} for part in given.parts
        ],
        "manifest": {"name": given.manifest.name, "sha256": given.manifest.sha256},
    }
