"""`integral doctor`: what can be checked from here, each with its remedy. Changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.desk import opened, read_settings
from bot.cli.terminal import AS_JSON, FAILED, CommandError, run, say, show_json
from bot.erp.errors import ErpError
from ledger.organisation import Company, ConnectionState
from ledger.problems import CATALOGUE

if TYPE_CHECKING:
    from bot.wiring import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    is_ok: bool
    says: str
    remedy: str = ""


def doctor(*, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Check settings, database, keys, Slack, the engine and the companies."""
    found = run(_examine())
    if as_json:
        show_json([_json(finding) for finding in found])
    else:
        for finding in found:
            mark, style = ("ok  ", "green") if finding.is_ok else ("FAIL", "red")
            remedy = f" {finding.remedy}" if finding.remedy else ""
            say(f"{mark} {finding.check}: {finding.says}{remedy}", style=style)
    if not all(finding.is_ok for finding in found):
        raise typer.Exit(FAILED)


async def _examine() -> list[Finding]:
    try:
        settings = read_settings()
    except CommandError as error:
        return [Finding(check="settings", is_ok=False, says=str(error))]
    from bot.wiring.configuration import missing_slack  # noqa: PLC0415 - see bot.cli.desk

    found = [Finding(check="settings", is_ok=True, says="they can be read.")]
    found += [
        Finding(check="settings", is_ok=False, says=f"{sentence}.")
        for sentence in missing_slack(settings)
    ]
    if settings.public_url is None:
        found.append(
            Finding(
                check="settings",
                is_ok=False,
                says="PUBLIC_URL is not set, so nobody elsewhere can sign in at an ERP.",
                remedy="Set it to the https address at which this bot is reached.",
            )
        )
    try:
        async with opened() as desk:
            found += [finding async for finding in _examine_desk(desk)]
    except CommandError as error:
        found.append(Finding(check="database", is_ok=False, says=str(error)))
    return found


async def _examine_desk(desk: Desk) -> AsyncIterator[Finding]:
    async with desk.use_cases.storage.unit(read_only=True) as unit:
        organisations = await unit.organisations.everyone()
        companies = [c for o in organisations for c in await unit.companies.of_organisation(o.id)]
    yield Finding(check="database", is_ok=True, says="it answers and is up to date.")
    yield await _keys(desk, companies)
    yield await _engine(desk)
    if desk.ground.settings.slack_bot_token is not None:
        yield await _slack(desk)
    for company in companies:
        if company.is_confirmed and company.connection is not ConnectionState.DISCONNECTED:
            yield await _company(desk, company)


async def _keys(desk: Desk, companies: list[Company]) -> Finding:
    from storage.vault import VaultError  # noqa: PLC0415 - see bot.cli.desk

    async with desk.use_cases.storage.unit(read_only=True) as unit:
        try:
            for company in companies:
                if company.grant_id is not None:
                    await unit.grants.read_secret(company.grant_id)
        except VaultError as error:
            return Finding(
                check="keys",
                is_ok=False,
                says=f"{error}.",
                remedy="Put the key that it was encrypted with back into INTEGRAL_SECRET_KEYS.",
            )
    return Finding(check="keys", is_ok=True, says="they open every stored secret.")


async def _engine(desk: Desk) -> Finding:
    from bot.wiring.ground import is_somebody_serving  # noqa: PLC0415 - see bot.cli.desk

    if await is_somebody_serving(desk.ground):
        return Finding(check="engine", is_ok=True, says="a server runs.")
    return Finding(
        check="engine", is_ok=False, says="no server runs.", remedy="Start `integral serve`."
    )


async def _slack(desk: Desk) -> Finding:
    from bot.handlers.slack_api import (  # noqa: PLC0415 - see bot.cli.desk
        SlackAwayError,
        SlackRefusedError,
    )

    try:
        answer = await desk.outside.slack.call("", "auth.test")
    except SlackRefusedError as error:
        return Finding(
            check="slack",
            is_ok=False,
            says=f"Slack refuses SLACK_BOT_TOKEN ({error.error}).",
            remedy="Install the app again and copy its bot token.",
        )
    except SlackAwayError as error:
        return Finding(
            check="slack",
            is_ok=False,
            says=f"Slack does not answer ({error}).",
            remedy="Check the network, and https://slack-status.com.",
        )
    return Finding(check="slack", is_ok=True, says=f"workspace {answer.get('team', '')}.")


async def _company(desk: Desk, company: Company) -> Finding:
    check = f"{company.provider.label} company {company.name}"
    try:
        await desk.outside.erps.of(company).check_access()
    except ErpError as error:
        problem = error.problem
        remedy = CATALOGUE[problem.code].remedy
        return Finding(check=check, is_ok=False, says=problem.message, remedy=remedy)
    return Finding(check=check, is_ok=True, says="it answers.")


def _json(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "ok": finding.is_ok,
        "says": finding.says,
        "remedy": finding.remedy,
    }
