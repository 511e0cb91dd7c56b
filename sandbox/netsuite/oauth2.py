"""OAuth 2.0 client credentials: the token endpoint, and sessions of the tokens it gave out.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0525020842.html
Which OAuth error word a bad assertion is given is not published; RFC 6749, section 5.2 is followed.
"""

import secrets
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.netsuite import permissions
from sandbox.netsuite.account import NetSuiteAccount
from sandbox.netsuite.assertion import Assertion, BadAssertionError
from sandbox.netsuite.credentials import AccessGrant, Certificate, Level
from sandbox.netsuite.errors import NetSuiteError
from sandbox.netsuite.logins import AuditTrail, Session
from sandbox.netsuite.state import NetSuiteState
from sandbox.oauth_app import OAuthError, form_of, oauth_reply
from sandbox.payload import JsonObject, text_at

ACCESS_LIFE = timedelta(seconds=3600)
_LONGEST_ASSERTION = 3600
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SCOPE = "rest_webservices"


class ClientCredentials:
    """The token endpoint and its tokens."""

    def __init__(self, state: NetSuiteState, trail: AuditTrail) -> None:
        self._state = state
        self._trail = trail

    def routes(self) -> list[BaseRoute]:
        """The endpoint below `/netsuite`."""
        return [Route("/services/rest/auth/oauth2/v1/token", self.token, methods=["POST"])]

    async def token(self, request: Request) -> Response:
        """Exchange a client assertion for an access token of an hour; there is no refresh token."""
        form = await form_of(request)
        try:
            grant = self._grant(form, audience=str(request.url).partition("?")[0])
        except OAuthError as error:
            return oauth_reply(error.as_json(), 401 if error.error == "invalid_client" else 400)
        life = int(ACCESS_LIFE.total_seconds())
        return oauth_reply(
            {"access_token": grant.token, "expires_in": life, "token_type": "bearer"}
        )

    def admit(self, token: str) -> Session:
        """The session of an access token.

        Raises:
            NetSuiteError: INVALID_LOGIN: unknown, expired, or its certificate was revoked.
        """
        grant = self._state.grants.get(token)
        if grant is None or grant.expires_at <= self._state.clock.now():
            raise self._failed(grant.account if grant else "", None, "token_rejected")
        account = self._state.accounts[grant.account]
        certificate = account.security.certificates[grant.certificate]
        role = account.security.roles[certificate.role]
        if certificate.revoked or not _is_enabled(account, certificate):
            raise self._failed(account.id, certificate, "token_rejected")
        if not role.allows(permissions.OAUTH2, Level.FULL):
            raise self._failed(account.id, certificate, "permission_denied")
        self._succeeded(account, certificate)
        return Session(account=account, role=role, user=certificate.user)

    def _grant(self, form: dict[str, str], *, audience: str) -> AccessGrant:
        if form.get("grant_type") != "client_credentials":
            raise OAuthError("unsupported_grant_type", "Unknown grant type")
        if form.get("client_assertion_type") != _ASSERTION_TYPE:
            raise OAuthError("invalid_request", "Unknown client assertion type")
        try:
            assertion = Assertion.parse(form.get("client_assertion", ""))
        except BadAssertionError as error:
            raise OAuthError("invalid_request", str(error)) from error
        account, certificate = self._certificate(assertion)
        try:
            assertion.verify(certificate.public_key)
            self._check_claims(assertion.claims, audience=audience)
        except BadAssertionError as error:
            self._failed(account.id, certificate, str(error))
            raise OAuthError("invalid_client", str(error)) from error
        self._succeeded(account, certificate)
        grant = AccessGrant(
            token=secrets.token_urlsafe(48),
            account=account.id,
            certificate=certificate.id,
            expires_at=self._state.clock.now() + ACCESS_LIFE,
        )
        self._state.keep_grant(grant)
        return grant

    def _certificate(self, assertion: Assertion) -> tuple[NetSuiteAccount, Certificate]:
        """The certificate of `kid`, when it is mapped to the integration of `iss`."""
        for account in self._state.accounts.values():
            certificate = account.security.certificates.get(assertion.key_id)
            if certificate is None:
                continue
            issuer = text_at(assertion.claims, "iss")
            if certificate.revoked or issuer != certificate.consumer_key:
                self._failed(account.id, certificate, "certificate_rejected")
                break
            if _is_enabled(account, certificate):
                return account, certificate
        raise OAuthError("invalid_client", "No mapped certificate fits the assertion")

    def _check_claims(self, claims: JsonObject, *, audience: str) -> None:
        scope = claims.get("scope")
        named = scope if isinstance(scope, list) else str(scope or "").split(",")
        if _SCOPE not in named:
            raise BadAssertionError("the scope is not rest_webservices")
        if text_at(claims, "aud") != audience:
            raise BadAssertionError("the audience is not the token address")
        now = self._state.clock.now().timestamp()
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise BadAssertionError("iat and exp are needed, in whole seconds")
        if expires <= now or issued > now + 60:
            raise BadAssertionError("the assertion is not valid at this time")
        if expires - issued > _LONGEST_ASSERTION:
            raise BadAssertionError("the assertion is valid for more than 60 minutes")

    def _succeeded(self, account: NetSuiteAccount, certificate: Certificate) -> None:
        self._trail.succeeded(
            account.id, user=certificate.user, token=certificate.id, subject=certificate.id
        )

    def _failed(self, account: str, certificate: Certificate | None, reason: str) -> NetSuiteError:
        user, id_ = (certificate.user, certificate.id) if certificate else (None, None)
        return self._trail.failed(account, user=user, token=id_, subject=id_ or "", reason=reason)


def _is_enabled(account: NetSuiteAccount, certificate: Certificate) -> bool:
    return account.security.integrations[certificate.consumer_key].enabled
