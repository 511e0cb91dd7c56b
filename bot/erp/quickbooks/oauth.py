"""Signing in to QuickBooks Online: authorise, exchange, refresh, revoke.

https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
Lifetimes are read from the replies, never assumed. It must not store or log a token.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from bot.erp.credentials import GrantRefusedError, OAuthTokens
from bot.erp.errors import ErpActionRequired
from bot.erp.oauth import AppKeys, TokenEndpoint, expiry
from bot.erp.payload import JsonObject, text_at, write_json
from bot.erp.quickbooks.company import LABEL, QuickBooksAddresses
from bot.erp.reach import Reach, ReachableCompany
from ledger.problems import Problem, ProblemCode

# The only accounting scope there is; it allows more than we do.
SCOPE = "com.intuit.quickbooks.accounting"
# Opts in to the moment the chain of refreshes ends for good, five years after consent.
_TELL_HARD_END = {"x-include-refresh-token-hard-expires-in": "true"}


class QuickBooksOAuth:
    """The OAuth part of QuickBooks Online, for one pair of app keys."""

    def __init__(
        self,
        keys: AppKeys,
        *,
        addresses: QuickBooksAddresses,
        http: httpx.AsyncClient,
        now: Callable[[], datetime],
    ) -> None:
        """Take the app's keys, the process's one client and the injected clock."""
        self._client_id = keys.client_id
        self._addresses = addresses
        self._endpoint = TokenEndpoint(http, erp=LABEL, url=addresses.token_url, keys=keys)
        self._now = now

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Return the address a person opens to let us in; the callback adds ``realmId``."""
        url: str = prepare_grant_uri(
            self._addresses.authorize_url,
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=SCOPE,
            state=state,
        )
        return url

    async def exchange(self, code: str, redirect_uri: str) -> OAuthTokens:
        """Exchange a callback's code, once, for the first tokens.

        Raises:
            ErpActionRequired: the code is used or expired, or the app's keys are refused.
            ErpUnavailable: no usable answer; the person starts again.
        """
        try:
            return await self._ask("authorization_code", code=code, redirect_uri=redirect_uri)
        except GrantRefusedError as error:
            problem = Problem(code=ProblemCode.AUTH_EXPIRED, subject=LABEL)
            raise ErpActionRequired(problem) from error

    async def reach(self, tokens: OAuthTokens, named: str | None) -> Reach:  # noqa: ARG002 - Intuit's callback names the company
        """Return the one company that a person chose; none when the callback lacks its realm."""
        if not named:
            return Reach(companies=())
        return Reach(companies=(ReachableCompany(external_id=named, name=f"{LABEL} {named}"),))

    async def refresh(self, tokens: OAuthTokens) -> OAuthTokens:
        """Exchange a refresh token. Its value may change: keep what is returned.

        Raises:
            GrantRefusedError: it is dead, rotated or revoked.
            ErpActionRequired: the app's keys are refused.
            ErpUnavailable: no usable answer; the same token may be tried again.
        """
        return await self._ask("refresh_token", refresh_token=tokens.refresh_token)

    async def revoke(self, tokens: OAuthTokens) -> None:
        """End the grant; one that Intuit no longer knows (400) has ended already.

        Raises:
            ErpActionRequired: the app's keys are refused.
            ErpUnavailable: no usable answer.
        """
        body = write_json({"token": tokens.refresh_token})
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        response = await self._endpoint.post(self._addresses.revoke_url, body, headers=headers)
        if response.status_code == 429:
            raise self._endpoint.throttled(response)
        if response.status_code == 401:
            raise self._endpoint.refused()
        if response.status_code not in (200, 400):
            raise self._endpoint.away(f"HTTP {response.status_code}")

    async def _ask(self, grant_type: str, **values: str) -> OAuthTokens:
        asked_at = self._now()
        reply = await self._endpoint.ask(grant_type, headers=_TELL_HARD_END, **values)
        return self._tokens(reply, asked_at)

    def _tokens(self, reply: JsonObject, asked_at: datetime) -> OAuthTokens:
        access = text_at(reply, "access_token")
        refresh = text_at(reply, "refresh_token")
        access_end = expiry(reply, "expires_in", since=asked_at)
        refresh_end = expiry(reply, "x_refresh_token_expires_in", since=asked_at)
        if not (access and refresh and access_end and refresh_end):
            raise self._endpoint.away("the reply lacks a token or a lifetime")
        return OAuthTokens(
            access_token=access,
            refresh_token=refresh,
            access_expires_at=access_end,
            refresh_expires_at=refresh_end,
            hard_expires_at=expiry(reply, "x_refresh_token_hard_expires_in", since=asked_at),
        )
