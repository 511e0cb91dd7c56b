"""People's consents: codes, tokens, the refresh chain and connections, with Xero's rules.

https://developer.xero.com/documentation/guides/oauth2/auth-flow. One pair of tokens serves all of
a person's connections. No HTTP here.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.oauth_app import OAuthError
from sandbox.xero.errors import missing_scope, not_authenticated, not_connected, token_expired
from sandbox.xero.scopes import ALL_NEEDED, allows
from sandbox.xero.state import Connection, Grant, XeroState, new_id
from sandbox.xero.tokens import ACCESS_LIFE, Signed, Tokens

REFRESH_LIFE = timedelta(days=60)
REFRESH_GRACE = timedelta(minutes=30)
CODE_LIFE = timedelta(minutes=5)
DEFAULT_USER = "controller@harborstreet.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person agreed to at the authorize page."""

    user: str
    tenants: tuple[str, ...]
    scope: str
    redirect_uri: str = ""
    challenge: str = ""
    """The `code_challenge` (S256); empty where the app sent none, which a web app may do."""
    nonce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    consent: Consent
    auth_event_id: str
    expires_at: datetime


class Grants:
    """All people's consents to the one app that the sandbox knows."""

    def __init__(self, state: XeroState, *, client_id: str) -> None:
        self._state = state
        self._clock = state.clock
        self._client_id = client_id
        self._codes: dict[str, _Code] = {}

    def authorize(self, consent: Consent) -> str:
        """Connect the organisations a person picked, and give a single-use code."""
        auth_event_id = self._connect(consent)
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(
            consent=consent,
            auth_event_id=auth_event_id,
            expires_at=self._clock.now() + CODE_LIFE,
        )
        return code

    def exchange(self, code: str, *, redirect_uri: str, verifier: str = "") -> Tokens:
        """Tokens for a code.

        Raises:
            OAuthError: the code is unknown, used or old, the address is not its own, or the
                verifier does not match the challenge.
        """
        known = self._codes.pop(code, None)
        if known is None or known.expires_at <= self._clock.now():
            raise OAuthError("invalid_grant", "Invalid authorization code")
        if known.consent.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", "Invalid redirect uri")
        if known.consent.challenge and _challenge(verifier) != known.consent.challenge:
            raise OAuthError("invalid_grant", "Invalid code verifier")
        return self._begin(known.consent, known.auth_event_id)

    def begin(
        self, tenants: Iterable[str], *, user: str = DEFAULT_USER, scope: str = ALL_NEEDED
    ) -> Tokens:
        """Tokens for organisations without the authorize page, for tests."""
        consent = Consent(user=user, tenants=tuple(tenants), scope=scope)
        return self._begin(consent, self._connect(consent))

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens, and a new refresh token, for the current one or the previous in its grace.

        Raises:
            OAuthError: the token is neither, or was unused for sixty days.
        """
        grant = self._by_refresh_token(refresh_token)
        now = self._clock.now()
        if refresh_token == grant.refresh_token:
            grant.previous_token, grant.previous_until = refresh_token, now + REFRESH_GRACE
        grant.refresh_token = secrets.token_urlsafe(32)
        grant.refresh_expires_at = now + REFRESH_LIFE
        return self._give(grant)

    def revoke(self, refresh_token: str) -> None:
        """Drop all connections of a refresh token's user and end that user's refresh tokens.

        Access tokens, being signed, go on to their end, but reach no organisation any more
        (practice). An unknown token changes nothing.
        """
        for grant in list(self._state.grants.values()):
            if refresh_token and refresh_token in (grant.refresh_token, grant.previous_token):
                self._revoke_user(grant.user)

    def disconnect(self, connection_id: str) -> None:
        """Drop one connection; the tokens stay good for the others.

        Raises:
            LookupError: there is no such connection.
        """
        if connection_id not in self._state.connections:
            raise LookupError(connection_id)
        self._state.drop_connection(connection_id)

    def end(self, tenant: str) -> None:
        """Revoke the grants of everybody who connected an organisation."""
        for user in self._users(tenant):
            self._revoke_user(user)

    def drop(self, tenant: str) -> None:
        """Disconnect an organisation for everybody, as its people do under *Connected apps*."""
        for held in list(self._state.connections.values()):
            if held.tenant == tenant:
                self._state.drop_connection(held.id)

    def expire_access(self, tenant: str) -> None:
        """Let every access token that reaches an organisation be past its half hour."""
        for grant in self._reaching(tenant):
            grant.access_tokens = dict.fromkeys(grant.access_tokens, self._clock.now())
            self._state.keep_grant(grant)

    def expire_refresh(self, tenant: str) -> None:
        """Let every refresh token that reaches an organisation have been idle for sixty days."""
        for grant in self._reaching(tenant):
            grant.refresh_expires_at = grant.previous_until = self._clock.now()
            self._state.keep_grant(grant)

    def check_access(self, token: str | None) -> Grant:
        """The grant of an access token.

        Raises:
            XeroRefusal: 401, no, unknown or expired token.
        """
        for grant in self._state.grants.values():
            expires_at = grant.access_tokens.get(token or "")
            if expires_at is None:
                continue
            if expires_at <= self._clock.now():
                raise token_expired(expires_at)
            return grant
        raise not_authenticated()

    def check_tenant(self, grant: Grant, tenant: str, *, endpoint: str, writes: bool) -> None:
        """Let a grant into an endpoint of an organisation.

        Raises:
            XeroRefusal: 403, the organisation is not connected; 401, a scope is missing.
        """
        if self._state.connection(grant.user, tenant) is None:
            raise not_connected()
        if not allows(grant.scope, endpoint=endpoint, writes=writes):
            raise missing_scope()

    def connections(self, grant: Grant) -> list[Connection]:
        """What a grant's user has connected, oldest first."""
        return [held for held in self._state.connections.values() if held.user == grant.user]

    def _connect(self, consent: Consent) -> str:
        """Make or renew a connection for each organisation; the id of this act of consent."""
        now, auth_event_id = self._clock.now(), new_id()
        for tenant in consent.tenants:
            held = self._state.connection(consent.user, tenant)
            self._state.keep_connection(
                Connection(
                    id=held.id if held else new_id(),
                    user=consent.user,
                    tenant=tenant,
                    auth_event_id=auth_event_id,
                    created_at=held.created_at if held else now,
                    updated_at=now,
                )
            )
        return auth_event_id

    def _begin(self, consent: Consent, auth_event_id: str) -> Tokens:
        now = self._clock.now()
        scopes = consent.scope.split()
        grant = Grant(
            id=new_id(),
            user=consent.user,
            scope=consent.scope,
            auth_event_id=auth_event_id,
            refresh_token=secrets.token_urlsafe(32) if "offline_access" in scopes else None,
            refresh_expires_at=now + REFRESH_LIFE,
            previous_until=now,
            access_tokens={},
        )
        return self._give(grant, nonce=consent.nonce)

    def _give(self, grant: Grant, *, nonce: str = "") -> Tokens:
        now = self._clock.now()
        made = Signed(grant=grant, client_id=self._client_id, now=now)
        access_token = made.access_token()
        live = {token: end for token, end in grant.access_tokens.items() if end > now - ACCESS_LIFE}
        grant.access_tokens = {**live, access_token: now + ACCESS_LIFE}
        self._state.keep_grant(grant)
        return Tokens(
            access_token=access_token,
            scope=grant.scope,
            refresh_token=grant.refresh_token,
            id_token=made.id_token(nonce) if "openid" in grant.scope.split() else None,
        )

    def _by_refresh_token(self, refresh_token: str) -> Grant:
        now = self._clock.now()
        for grant in self._state.grants.values():
            current = refresh_token == grant.refresh_token and now < grant.refresh_expires_at
            in_grace = refresh_token == grant.previous_token and now < grant.previous_until
            if refresh_token and (current or in_grace):
                return grant
        raise OAuthError("invalid_grant", "Unknown or expired refresh token")

    def _users(self, tenant: str) -> set[str]:
        return {held.user for held in self._state.connections.values() if held.tenant == tenant}

    def _reaching(self, tenant: str) -> list[Grant]:
        users = self._users(tenant)
        return [grant for grant in self._state.grants.values() if grant.user in users]

    def _revoke_user(self, user: str) -> None:
        for held in [held for held in self._state.connections.values() if held.user == user]:
            self._state.drop_connection(held.id)
        for grant in self._state.grants.values():
            if grant.user == user:
                grant.refresh_token = grant.previous_token = None
                self._state.keep_grant(grant)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
