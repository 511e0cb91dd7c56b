"""`integral doctor`: what can be checked from here, each with its remedy. Changes nothing.

Settings and keys are looked at here; everything else by the same checks as `/integral doctor`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.desk import opened, read_settings
from bot.cli.terminal import AS_JSON, FAILED, CommandError, run, say, show_json
from bot.services.checks import Finding, Verdict

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.wiring import Desk

_MARKS = {
    Verdict.OK: ("ok  ", "green"),
    Verdict.WRONG: ("FAIL", "red"),
    Verdict.UNKNOWN: ("?   ", "yellow"),
}
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
        async with opened() as desk:
            found += [finding async for finding in _examine_desk(desk)]
    except CommandError as error:
        found.append(_wrong("database", str(error), "See that DATABASE_URL can be reached."))
    return found


def _of_settings(settings: Settings) -> list[Finding]:
    from bot.wiring.configuration import missing_slack  # noqa: PLC0415 - see bot.cli.desk

    found = [Finding(check="settings", verdict=Verdict.OK, says="they can be read.")]
    found += [
        _wrong("settings", f"{sentence}.", "Then start `integral serve` again.")
        for sentence in missing_slack(settings)
    ]
    if settings.public_url is None:
        says = "PUBLIC_URL is not set, so nobody elsewhere can sign in at an ERP."
        remedy = "Set it to the https address at which this bot is reached."
        found.append(_wrong("settings", says, remedy))
    return found


async def _examine_desk(desk: Desk) -> AsyncIterator[Finding]:
    from bot.wiring.ground import is_somebody_serving  # noqa: PLC0415 - see bot.cli.desk

    async with desk.use_cases.storage.unit(read_only=True) as unit:
        organisations = await unit.organisations.everyone()
    yield await _keys(desk)
    for organisation in organisations:
        examination = await desk.use_cases.aftercare.doctor.examine(organisation)
        several = f"{organisation.name}: " if len(organisations) > 1 else ""
        for finding in examination.findings:
            yield Finding(
                check=f"{several}{finding.check}",
                verdict=finding.verdict,
                says=finding.says,
                remedy=finding.remedy,
            )
    if not organisations:
        yield Finding(check="database", verdict=Verdict.OK, says="it answers and is up to date.")
        if await is_somebody_serving(desk.ground):
            yield Finding(check="engine", verdict=Verdict.OK, says="a server runs.")
        else:
            yield _wrong("engine", "no server runs.", "Start `integral serve`.")


async def _keys(desk: Desk) -> Finding:
    from storage.vault import VaultError  # noqa: PLC0415 - see bot.cli.desk

    async with desk.use_cases.storage.unit(read_only=True) as unit:
        try:
            for organisation in await unit.organisations.everyone():
                for company in await unit.companies.of_organisation(organisation.id):
                    if company.grant_id is not None:
                        await unit.grants.read_secret(company.grant_id)
        except VaultError as error:
            remedy = "Put the key that it was encrypted with back into INTEGRAL_SECRET_KEYS."
            return _wrong("keys", f"{error}.", remedy)
    return Finding(check="keys", verdict=Verdict.OK, says="they open every stored secret.")


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
