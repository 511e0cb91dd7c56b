"""Examines what a whole installation stands on, one part after another; changes nothing.

Settings, keys, the address that others reach us at, the apps' keys at Slack and the ERPs, database
and engine. Whatever belongs to an organisation is :mod:`bot.services.doctor`'s.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import httpx
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import machine_time
from bot.erp.oauth import AppKeys, TokenEndpoint
from bot.handlers.slack_api import SlackApi
from bot.handlers.slack_probe import SlackProbe
from bot.services.checks import Finding, Verdict, slack_findings
from bot.settings import Settings
from bot.wiring.cases import Outside
from bot.wiring.ground import Ground, is_somebody_serving
from bot.wiring.rights import moved_away
from bot.wiring.stuck import build_stuck
from ledger.organisation import Provider
from storage.engine_time import EngineTime
from storage.installation import Installations, MovedAwayError
from storage.rotation import require_readable
from storage.vault import VaultError

_ANSWER_WITHIN_S = 10.0
_NOBODYS_CODE = "integral-doctor"
_WRONG_CLIENT = frozenset({"bad_client_secret", "invalid_client_id"})
"""https://docs.slack.dev/reference/methods/oauth.v2.access#errors"""


class Examining:
    """Looks at the installation through what every command has."""

    def __init__(self, ground: Ground, outside: Outside) -> None:
        """Take the database and the clients of Slack and the ERPs."""
        self._ground = ground
        self._outside = outside
        self._settings = ground.settings

    async def examine(self, *, has_organisations: bool) -> AsyncIterator[Finding]:
        """Yield what was found, in the order in which it is mended.

        Organisations look at Slack and at what is stuck themselves.
        """
        yield await self._keys()
        yield await self._public_url()
        async for finding in self._apps():
            yield finding
        async for finding in self._database():
            yield finding
        if has_organisations:
            return
        if self._settings.slack_bot_token is not None:
            probe = SlackProbe(self._outside.slack, machine_time=machine_time)
            for finding in slack_findings(await probe.look("")):
                yield finding
        yield await self._engine()

    async def _keys(self) -> Finding:
        try:
            await require_readable(self._ground.database)
        except VaultError as error:
            remedy = "Put the key that it was encrypted with back into INTEGRAL_SECRET_KEYS."
            return wrong("keys", f"{error}.", remedy)
        return ok("keys", "they open every stored secret.")

    async def _public_url(self) -> Finding:
        """Ask ourselves from outside, as Slack and the ERPs' login pages do."""
        check, url = "PUBLIC_URL", self._settings.public_url
        if url is None and self._settings.slack_app_token is not None:
            says = "it is not set, so only a browser on this machine can sign in at an ERP."
            return unknown(check, says, "Set it to the https address at which this bot is reached.")
        if url is None:
            says = "it is not set, so nobody elsewhere can sign in at an ERP."
            return wrong(check, says, "Set it to the https address at which this bot is reached.")
        if not await is_somebody_serving(self._ground):
            return unknown(check, "no server runs that could answer there.", _SERVE)
        try:
            answer = await self._outside.http.get(f"{url}/healthz", timeout=_ANSWER_WITHIN_S)
        except httpx.HTTPError as error:
            says = f"{url} does not answer from here ({type(error).__name__})."
            return unknown(check, says, "See that DNS, certificate and proxy lead to `HOST:PORT`.")
        if answer.status_code != 200 or answer.text != "ok":
            says = f"{url}/healthz answers {answer.status_code}, and not as Integral does."
            return wrong(check, says, "Have the proxy pass every path on to `HOST:PORT`.")
        return ok(check, f"Integral answers at {url}.")

    async def _apps(self) -> AsyncIterator[Finding]:
        """Ask each service whether it knows our app, where its keys are set."""
        settings, slack = self._settings, self._outside.slack
        if settings.slack_client_id and settings.slack_client_secret:
            secret = settings.slack_client_secret.get_secret_value()
            takes = await _slack_takes(slack, settings.slack_client_id, secret)
            yield _app("Slack app keys", takes, "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET")
        if settings.slack_app_token is not None:
            takes = await _opens_socket(slack, settings.slack_app_token.get_secret_value())
            yield _app("Slack Socket Mode", takes, "SLACK_APP_TOKEN (scope connections:write)")
        for provider, url, keys in _erp_apps(settings):
            check, name = f"{provider.label} app keys", provider.value.upper()
            named = f"{name}_CLIENT_ID and {name}_CLIENT_SECRET"
            if keys is None:
                says = "they are not set, so such a company cannot be connected."
                yield unknown(check, says, f"Set {named} if you need it.")
                continue
            endpoint = TokenEndpoint(self._outside.http, erp=provider.label, url=url, keys=keys)
            yield _app(check, await endpoint.takes_keys(), named)

    async def _database(self) -> AsyncIterator[Finding]:
        database = self._ground.database
        try:
            await Installations(database).require_here()
        except MovedAwayError as error:
            yield wrong("database", moved_away(error), "Then run `integral doctor` again.")
            return
        yield ok("database", "it answers and is up to date.")
        if await Installations(database).is_elsewhere():
            says = "it was copied, restored or moved since it was last served."
            remedy = (
                "Stop any other Integral that runs on the original: both draw the same numbers."
            )
            yield unknown("installation", says, remedy)
        if await EngineTime(database, self._ground.engine_store).is_another():
            says = "its tables are of another time than the database, as after a restore."
            remedy = "Stop every process; the next `integral serve` sets them aside by itself."
            yield unknown("engine's time", says, remedy)

    async def _engine(self) -> Finding:
        if not await is_somebody_serving(self._ground):
            return wrong("engine", "no server runs.", _SERVE)
        stuck = await build_stuck(self._ground).find()
        if stuck:
            says = f"{len(stuck):,} pieces of work have not moved for half an hour."
            return wrong("engine", says, "See that a worker runs, and look at its log.")
        return ok("engine", "a server runs.")


_SERVE = "Start `integral serve`."


def _erp_apps(settings: Settings) -> Iterator[tuple[Provider, str, AppKeys | None]]:
    """Yield each ERP that we have an app at: its token endpoint, and our keys where they are set.

    NetSuite has none: each company's own credentials are tried with the company.
    """
    s = settings
    quickbooks = _keys_of(s.quickbooks_client_id, s.quickbooks_client_secret)
    yield Provider.QUICKBOOKS, s.quickbooks_token_url, quickbooks
    xero = _keys_of(s.xero_client_id, s.xero_client_secret)
    yield Provider.XERO, f"{s.xero_identity_url}/connect/token", xero


def _keys_of(client_id: str | None, secret: SecretStr | None) -> AppKeys | None:
    if client_id is None or secret is None:
        return None
    return AppKeys(client_id=client_id, client_secret=secret.get_secret_value())


def ok(check: str, says: str) -> Finding:
    """Return what is as it should be."""
    return Finding(check=check, verdict=Verdict.OK, says=says)


def wrong(check: str, says: str, remedy: str) -> Finding:
    """Return what is not, and what to do."""
    return Finding(check=check, verdict=Verdict.WRONG, says=says, remedy=remedy)


def unknown(check: str, says: str, remedy: str) -> Finding:
    """Return what cannot be told now."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, says=says, remedy=remedy)


def _app(check: str, takes: bool | None, settings: str) -> Finding:  # noqa: FBT001 - an answer
    if takes is None:
        return unknown(check, "there was no answer.", "Check the network, and try again.")
    if not takes:
        return wrong(check, "they are refused.", f"Copy {settings} anew from the app's page.")
    return ok(check, "they are taken.")


async def _slack_takes(slack: SlackApi, client_id: str, secret: str) -> bool | None:
    """Try to exchange a code that was never given out: a known app hears ``invalid_code``."""
    try:
        form = {"client_id": client_id, "client_secret": secret, "code": _NOBODYS_CODE}
        await slack.client().api_call("oauth.v2.access", data=form)
    except SlackApiError as error:
        return str(error.response.get("error")) not in _WRONG_CLIENT
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError):
        return None
    return True


async def _opens_socket(slack: SlackApi, app_token: str) -> bool | None:
    """Ask for a socket's address, and do not connect.

    https://docs.slack.dev/reference/methods/apps.connections.open
    """
    try:
        await slack.client().apps_connections_open(app_token=app_token)
    except SlackApiError:
        return False
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError):
        return None
    return True
