"""OAuth grants: codes, access tokens and the refresh chain with Intuit's rules.

https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
and https://blogs.intuit.com/2025/11/12/important-changes-to-refresh-token-policy. No HTTP here.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.oauth_app import OAuthError
from sandbox.payload import JsonObject
from sandbox.quickbooks.errors import authentication_failed, wrong_company
from sandbox.quickbooks.state import Grant, QuickBooksState

SCOPE = "com.intuit.quickbooks.accounting"
ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(seconds=8_726_400)
REFRESH_VALUE_LIFE = timedelta(hours=24)
HARD_LIFE = timedelta(seconds=157_680_000)
_CODE_LIFE = timedelta(minutes=10)
_REFRESH_TAKES_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    realm: str
    scope: str
    redirect_uri: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What the token endpoint gives out; lives are in seconds from now."""

    access_token: str
    refresh_token: str
    refresh_expires_in: int
    hard_expires_in: int

    def as_json(self, *, with_hard_end: bool) -> JsonObject:
        """The token reply; the hard end is told only to callers that ask for it."""
        body: JsonObject = {
            "token_type": "bearer",
            "access_token": self.access_token,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": self.refresh_token,
            "x_refresh_token_expires_in": self.refresh_expires_in,
        }
        if with_hard_end:
            body["x_refresh_token_hard_expires_in"] = self.hard_expires_in
        return body


class Grants:
    """All companies' consents to the one app that the sandbox knows.

    A company has one grant; connecting it again begins a new one and ends the old one's tokens.
    """

    def __init__(self, state: QuickBooksState) -> None:
        self._state = state
        self._clock = state.clock
        self._codes: dict[str, _Code] = {}
        self._refreshing: set[str] = set()

    def authorize(self, realm: str, *, scope: str, redirect_uri: str) -> str:
        """A single-use code after a person has consented."""
        code = f"AB{secrets.token_urlsafe(36)}"
        expires_at = self._clock.now() + _CODE_LIFE
        self._codes[code] = _Code(
            realm=realm, scope=scope, redirect_uri=redirect_uri, expires_at=expires_at
        )
        return code

    def exchange(self, code: str, *, redirect_uri: str) -> TokenPair:
        """Tokens for a code.

        Raises:
            OAuthError: the code is unknown, used or old, or the address is not its own.
        """
        known = self._codes.pop(code, None)
        if known is None or known.expires_at <= self._clock.now():
            raise OAuthError("invalid_grant", "Invalid authorization code")
        if known.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", "Invalid redirect uri")
        return self.begin(known.realm, scope=known.scope)

    def begin(self, realm: str, *, scope: str = SCOPE) -> TokenPair:
        """A new grant for a company, replacing the one it has."""
        now = self._clock.now()
        grant = Grant(
            realm=realm,
            scope=scope,
            refresh_token=_refresh_value(),
            refresh_value_since=now,
            refresh_expires_at=now + REFRESH_LIFE,
            hard_expires_at=now + HARD_LIFE,
            access_tokens={},
        )
        return self._give(grant)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """New tokens for the current refresh token; its value changes when it is a day old.

        Raises:
            OAuthError: the token is not the current one or has ended, or another refresh of the
                same grant is under way.
        """
        grant = self._by_refresh_token(refresh_token)
        if grant.realm in self._refreshing:
            if self._state.companies[grant.realm].settings.concurrent_refresh_revokes:
                self._state.drop_grant(grant.realm)
            raise OAuthError("invalid_grant", "Concurrent refresh")
        self._refreshing.add(grant.realm)
        try:
            await asyncio.sleep(_REFRESH_TAKES_S)
            return self._renew(self._by_refresh_token(refresh_token))
        finally:
            self._refreshing.discard(grant.realm)

    def revoke(self, token: str) -> bool:
        """End the grant of an access or refresh token; false when there is none."""
        for grant in self._state.grants.values():
            if token == grant.refresh_token or token in grant.access_tokens:
                self._state.drop_grant(grant.realm)
                return True
        return False

    def end(self, realm: str) -> None:
        """End a company's grant, as its administrator does in QuickBooks."""
        self._state.drop_grant(realm)

    def expire_access(self, realm: str) -> None:
        """Let every access token of a company be past its hour.

        Raises:
            KeyError: the company has no grant.
        """
        grant = self._state.grants[realm]
        grant.access_tokens = dict.fromkeys(grant.access_tokens, self._clock.now())
        self._state.keep_grant(grant)

    def expire_refresh(self, realm: str) -> None:
        """Let a company's refresh token be past its hundred days.

        Raises:
            KeyError: the company has no grant.
        """
        grant = self._state.grants[realm]
        grant.refresh_expires_at = self._clock.now()
        self._state.keep_grant(grant)

    def check_access(self, token: str | None, *, realm: str) -> None:
        """Accept an access token for a company.

        Raises:
            QuickBooksFault: 3200, no, unknown or expired token; 3100, it is another company's.
        """
        if not token:
            raise authentication_failed("Malformed bearer token: too short or too long")
        for grant in self._state.grants.values():
            expires_at = grant.access_tokens.get(token)
            if expires_at is None:
                continue
            if expires_at <= self._clock.now():
                raise authentication_failed("Token expired")
            if grant.realm != realm:
                raise wrong_company()
            return
        raise authentication_failed("Token revoked")

    def _by_refresh_token(self, refresh_token: str) -> Grant:
        now = self._clock.now()
        for grant in self._state.grants.values():
            current = secrets.compare_digest(grant.refresh_token.encode(), refresh_token.encode())
            if current and now < min(grant.refresh_expires_at, grant.hard_expires_at):
                return grant
        raise OAuthError("invalid_grant", "Incorrect or expired refresh token")

    def _renew(self, grant: Grant) -> TokenPair:
        now = self._clock.now()
        if now >= grant.refresh_value_since + REFRESH_VALUE_LIFE:
            grant.refresh_token = _refresh_value()
            grant.refresh_value_since = now
        grant.refresh_expires_at = min(now + REFRESH_LIFE, grant.hard_expires_at)
        return self._give(grant)

    def _give(self, grant: Grant) -> TokenPair:
        now = self._clock.now()
        access_token = secrets.token_urlsafe(600)
        live = {token: end for token, end in grant.access_tokens.items() if end > now - ACCESS_LIFE}
        grant.access_tokens = {**live, access_token: now + ACCESS_LIFE}
        self._state.keep_grant(grant)
        return TokenPair(
            access_token=access_token,
            refresh_token=grant.refresh_token,
            refresh_expires_in=round((grant.refresh_expires_at - now).total_seconds()),
            hard_expires_in=round((grant.hard_expires_at - now).total_seconds()),
        )


def _refresh_value() -> str:
    return f"RT1-{secrets.token_urlsafe(90)}"
