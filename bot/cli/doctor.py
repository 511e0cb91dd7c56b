"""`integral doctor`: what can be checked from here, each with its remedy. Changes nothing.

Settings and keys are looked at here; everything else by the same checks as `/integral doctor`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.desk import opened, read_settings
from bot.cli.env_file import ENV_FILE, is_open_to_others
from bot.cli.terminal import AS_JSON, FAILED, WRONG_USE, CommandError, run, say, show_json
from bot.services.checks import Finding, Verdict

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.wiring.desk import Desk

_MARKS = {
    Verdict.OK: ("ok  ", "green"),
    Verdict.WRONG: ("FAIL", "red"),
    Verdict.UNKNOWN: ("?   ", "yellow"),
}
_SAID_ALREADY = {"database"}
"""What an organisation's examination repeats of the installation's."""
_BUNDLE = typer.Option("--bundle", help="Also write a support bundle, without secrets, to a file.")


def doctor(
    *,
    bundle: Annotated[Path | None, _BUNDLE] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Check settings, keys, mapping, connection, entries, Slack, clock, database and engine."""
    if bundle is not None:
        bundle.write_text(run(_bundle()), encoding="utf-8")
    found = run(_examine())
    if as_json:
        show_json([_json(finding) for finding in found])
    else:
        for finding in found:
            mark, style = _MARKS[finding.verdict]
            remedy = f" {finding.remedy}" if finding.remedy else ""
            say(f"{mark} {finding.check}: {finding.says}{remedy}", style=style)
    if any(finding.verdict is Verdict.WRONG for finding in found):
        raise typer.Exit(FAILED)


async def _bundle() -> str:
    async with opened() as desk:
        return await desk.use_cases.aftercare.bundles.write()


async def _examine() -> list[Finding]:
    try:
        settings = read_settings()
    except CommandError as error:
        return [_wrong("settings", str(error), "Mend them in the environment or in .env.")]
    found = _of_settings(settings)
    try:
        async with opened(even_if_moved=True) as desk:
            found += [finding async for finding in _examine_desk(desk)]
    except CommandError as error:
        found.append(_closed(error))
    return found


def _closed(error: CommandError) -> Finding:
    """Return why nothing behind the settings could be looked at."""
    if error.code == WRONG_USE:
        return _wrong("settings", f"{error}.", "Then run `integral doctor` again.")
    return _wrong("database", str(error), "See that DATABASE_URL can be reached.")


def _of_settings(settings: Settings) -> list[Finding]:
    from bot.wiring.configuration import missing_slack  # noqa: PLC0415 - see bot.cli.desk

    found = [Finding(check="settings", verdict=Verdict.OK, says="they can be read.")]
    found += [
        _wrong("settings", f"{sentence}.", "Then start `integral serve` again.")
        for sentence in missing_slack(settings)
    ]
    if is_open_to_others():
        says = f"other users of this machine may read {ENV_FILE}, which holds secrets."
        found.append(_wrong("settings", says, f"Run `chmod 600 {ENV_FILE}`."))
    return found


async def _examine_desk(desk: Desk) -> AsyncIterator[Finding]:
    from bot.wiring.examining import Examining  # noqa: PLC0415 - see bot.cli.desk

    async with desk.use_cases.storage.unit(read_only=True) as unit:
        organisations = await unit.organisations.everyone()
    whole = Examining(desk.ground, desk.outside)
    async for finding in whole.examine(has_organisations=bool(organisations)):
        yield finding
    for organisation in organisations:
        examination = await desk.use_cases.aftercare.doctor.examine(organisation)
        several = f"{organisation.name}: " if len(organisations) > 1 else ""
        for finding in examination.findings:
            if finding.check not in _SAID_ALREADY:
                yield replace(finding, check=f"{several}{finding.check}")


def _wrong(check: str, says: str, remedy: str) -> Finding:
    return Finding(check=check, verdict=Verdict.WRONG, says=says, remedy=remedy)


def _json(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "ok": finding.verdict is Verdict.OK,
        "verdict": finding.verdict.value,
        "says": finding.says,
        "remedy": finding.remedy,
    }
