"""Signing in to Xero: authorise, exchange, refresh, revoke, and the organisations consented to.

https://developer.xero.com/documentation/guides/oauth2/auth-flow. One grant (a person's consent)
serves every organisation that person chose, so its tokens are shared and its lock is the grant's,
never an organisation's. Every refresh returns a new refresh token; the one before works for another
30 minutes, so a refresh whose reply was lost is tried again with it. It must not store or log a
token.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from bot.erp.credentials import GrantRefusedError, OAuthTokens
from bot.erp.errors import ErpActionRequired
from bot.erp.oauth import AppKeys, TokenEndpoint, expiry
from bot.erp.payload import (
    JsonObject,
    NotJsonError,
    UnreadableError,
    read_json,
    read_json_list,
    require,
    text_at,
)
from bot.erp.transport import ErpRequest, ErpTransport
from bot.erp.xero.faults import About, read_answer, unreadable
from bot.erp.xero.organisation import LABEL, XeroAddresses, is_guid
from ledger.problems import Problem, ProblemCode

# The smallest set there is for us; apps made since March 2026 have granular scopes only.
# https://developer.xero.com/documentation/guides/oauth2/scopes
SCOPES = (
    "openid profile email offline_access "
    "accounting.manualjournals accounting.settings.read accounting.contacts.read"
)
# No reply says so: https://developer.xero.com/faq/oauth2
REFRESH_LIFE = timedelta(days=60)
_ORGANISATION = "ORGANISATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroConnection:
    """An organisation that a grant reaches."""

    connection_id: str
    tenant_id: str
    name: str


class XeroOAuth:
    """The OAuth part of Xero, for one pair of app keys."""

    def __init__(
        self,
        keys: AppKeys,
        *,
        addresses: XeroAddresses,
        http: httpx.AsyncClient,
        transport: ErpTransport,
        now: Callable[[], datetime],
    ) -> None:
        """Take the app's keys, the process's one client and transport, and the injected clock."""
        self._client_id = keys.client_id
        self._addresses = addresses
        self._transport = transport
        token_url = f"{addresses.identity_url}/connect/token"
        self._endpoint = TokenEndpoint(http, erp=LABEL, url=token_url, keys=keys)
        self._now = now

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Return the address a person opens to let us in; the callback names no organisation."""
        url: str = prepare_grant_uri(
            self._addresses.authorize_url,
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=SCOPES,
            state=state,
        )
        return url

    async def exchange(self, code: str, redirect_uri: str) -> OAuthTokens:
        """Exchange a callback's code, once and within 5 minutes, for the first tokens.

        Raises:
            ErpActionRequired: the code is used or expired, or the app's keys are refused.
            ErpUnavailable: no usable answer; the person starts again.
        """
        try:
            return await self._ask("authorization_code", code=code, redirect_uri=redirect_uri)
        except GrantRefusedError as error:
            problem = Problem(code=ProblemCode.AUTH_EXPIRED, subject=LABEL)
            raise ErpActionRequired(problem) from error

    async def refresh(self, tokens: OAuthTokens) -> OAuthTokens:
        """Exchange a refresh token; keep what is returned, it is always another one.

        Raises:
            GrantRefusedError: it is dead, 30 minutes superseded or revoked.
            ErpActionRequired: the app's keys are refused.
            ErpUnavailable: no usable answer; the same token may be tried again for 30 minutes.
        """
        return await self._ask("refresh_token", refresh_token=tokens.refresh_token)

    async def revoke(self, tokens: OAuthTokens) -> None:
        """End the grant and with it **every** connection of that person; already ended is fine.

        Raises:
            ErpActionRequired: the app's keys are refused.
            ErpUnavailable: no usable answer.
        """
        url = f"{self._addresses.identity_url}/connect/revocation"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = str(httpx.QueryParams({"token": tokens.refresh_token}))
        response = await self._endpoint.post(url, body, headers=headers)
        if response.status_code == 429:
            raise self._endpoint.throttled(response)
        # Xero answers 400 to keys it refuses too.
        if response.status_code == 401 or "invalid_client" in response.text:
            raise self._endpoint.refused()
        # 400: a token that Xero no longer knows.
        if response.status_code not in (200, 400):
            raise self._endpoint.away(f"HTTP {response.status_code}")

    async def connections(
        self, access_token: str, *, auth_event_id: str | None = None
    ) -> tuple[XeroConnection, ...]:
        """Return the organisations a token reaches; of one consent only, when it is named.

        A person may choose several organisations in one consent, or none that is new.

        Raises:
            ErpActionRequired: the token is refused.
            ErpUnavailable: no usable answer.
        """
        request = ErpRequest(
            operation="xero.connections",
            erp=LABEL,
            subject=LABEL,
            method="GET",
            url=f"{self._addresses.api_url}/connections",
            params={"authEventId": auth_event_id} if auth_event_id else {},
            headers={"Accept": "application/json"},
        )
        response = await self._transport.read(request, token=access_token)
        body = read_answer(response, About(), expected=(200,)).content
        try:
            rows = read_json_list(body)
            return tuple(_connection(row) for row in rows if _is_organisation(row))
        except (NotJsonError, UnreadableError) as error:
            raise unreadable(error) from error

    async def drop_connection(self, connection_id: str, *, access_token: str) -> None:
        """Take one organisation away from a grant; one that is gone is fine.

        Raises:
            ErpActionRequired: the token is refused.
            ErpUnavailable: no usable answer.
        """
        request = drop_request(self._addresses, connection_id)
        response = await self._transport.read(request, token=access_token)
        read_answer(response, About(), expected=DROPPED)

    async def _ask(self, grant_type: str, **values: str) -> OAuthTokens:
        asked_at = self._now()
        reply = await self._endpoint.ask(grant_type, headers={}, **values)
        access, refresh = text_at(reply, "access_token"), text_at(reply, "refresh_token")
        access_end = expiry(reply, "expires_in", since=asked_at)
        if not (access and refresh and access_end):
            raise self._endpoint.away("the reply lacks a token or a lifetime")
        return OAuthTokens(
            access_token=access,
            refresh_token=refresh,
            access_expires_at=access_end,
            refresh_expires_at=asked_at + REFRESH_LIFE,
        )


DROPPED = (204, 404)
"""Deleted now, or not there (any more)."""


def drop_request(addresses: XeroAddresses, connection_id: str) -> ErpRequest:
    """Return the request that deletes a connection.

    Raises:
        ValueError: the id is not a GUID.
    """
    if not is_guid(connection_id):
        raise ValueError("a Xero connection is named by a GUID")
    return ErpRequest(
        operation="xero.drop_connection",
        erp=LABEL,
        subject=LABEL,
        method="DELETE",
        url=f"{addresses.api_url}/connections/{connection_id}",
        headers={"Accept": "application/json"},
    )


def auth_event_id(access_token: str) -> str | None:
    """Return which consent a token came from, to ask for just those connections."""
    return claim(access_token, "authentication_event_id")


def claim(token: str, name: str) -> str | None:
    """Return what a token of Xero's says of itself, unverified; none when it says nothing.

    Xero itself has just given it to us, over TLS, for our secret.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        return text_at(read_json(base64.urlsafe_b64decode(padded)), name)
    except ValueError:  # of the encoding or of what it holds
        return None


def _is_organisation(row: JsonObject) -> bool:
    # The other kind, PRACTICE, is an accountant's own desk and keeps no books.
    return (text_at(row, "tenantType") or _ORGANISATION) == _ORGANISATION


def _connection(row: JsonObject) -> XeroConnection:
    tenant_id = require(row, "tenantId")
    return XeroConnection(
        connection_id=require(row, "id"),
        tenant_id=tenant_id,
        name=text_at(row, "tenantName") or tenant_id,
    )
