"""Xero's identity endpoints: the page where a person picks organisations, tokens and revoking.

https://developer.xero.com/documentation/guides/oauth2/auth-flow and
https://github.com/XeroAPI/Xero-OpenAPI (`xero-identity.yaml`). Any redirect address that could be
registered counts as registered: https, or http on `localhost`; `127.0.0.1` is refused.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.local import json_reply
from sandbox.oauth_app import App, OAuthError, form_of, oauth_reply, send_back
from sandbox.xero.grants import Consent, Grants
from sandbox.xero.pages import Pages
from sandbox.xero.scopes import KNOWN
from sandbox.xero.signing import public_keys
from sandbox.xero.state import XeroState
from sandbox.xero.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The parameters of the authorize address; an absent one is empty."""

    client_id: str
    response_type: str
    scope: str
    redirect_uri: str
    state: str
    code_challenge: str
    code_challenge_method: str
    nonce: str

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "Authorization":
        """Take the parameters from a query or a form."""
        return cls(**{name: parameters.get(name, "") for name in cls.__slots__})

    def error(self, app: App) -> str | None:
        """What Xero's page says instead of asking, or none; it never sends these back."""
        if self.client_id != app.client_id:
            return "unauthorized_client: Unknown client or client not enabled"
        if not _may_be_registered(self.redirect_uri):
            return "invalid_request: Invalid redirect_uri"
        if self.response_type != "code":
            return "unsupported_response_type: response_type must be code"
        asked = self.scope.split()
        if not asked or set(asked) - KNOWN:
            return "invalid_scope: Invalid scope for client"
        if self.code_challenge and self.code_challenge_method != "S256":
            return "invalid_request: Transform algorithm not supported"
        return None

    def back(self, **answer: str) -> RedirectResponse:
        """Send the browser back to the caller with an answer, and its state where it sent one."""
        state = {"state": self.state} if self.state else {}
        return send_back(self.redirect_uri, {**answer, **state})


class OAuthEndpoints:
    """Authorize, token and revocation."""

    def __init__(self, *, app: App, grants: Grants, state: XeroState, pages: Pages) -> None:
        self._app = app
        self._grants = grants
        self._state = state
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/xero`."""
        return [
            Route("/identity/connect/authorize", self.ask, methods=["GET"]),
            Route("/identity/connect/authorize", self.decide, methods=["POST"]),
            Route("/connect/token", self.token, methods=["POST"]),
            Route("/connect/revocation", self.revoke, methods=["POST"]),
            Route("/.well-known/openid-configuration/jwks", self.keys, methods=["GET"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the page with the organisations and what the app asks for."""
        wanted = Authorization.read(request.query_params)
        error = wanted.error(self._app)
        if error is not None:
            return self._pages.problem(error)
        return self._pages.authorize(wanted, list(self._state.organisations.values()))

    async def decide(self, request: Request) -> Response:
        """Connect what was picked and send the browser back with a code, or `access_denied`."""
        form = await request.form()
        fields = await form_of(request)
        wanted = Authorization.read(fields)
        error = wanted.error(self._app)
        if error is not None:
            return self._pages.problem(error)
        picked = [str(tenant) for tenant in form.getlist("tenant")]
        tenants = tuple(tenant for tenant in picked if tenant in self._state.organisations)
        user = fields.get("email", "").strip().lower()
        if fields.get("decision") != "allow" or not tenants or not user:
            return wanted.back(error="access_denied", error_description="TenantConsent_Denied")
        consent = Consent(
            user=user,
            tenants=tenants,
            scope=wanted.scope,
            redirect_uri=wanted.redirect_uri,
            challenge=wanted.code_challenge,
            nonce=wanted.nonce,
        )
        code = self._grants.authorize(consent)
        return wanted.back(code=code, scope=wanted.scope, session_state=secrets.token_urlsafe(24))

    async def token(self, request: Request) -> Response:
        """Exchange a code or refresh; OAuth's error bodies with 400."""
        form = await form_of(request)
        if not self._knows(request, form):
            return _invalid_client()
        try:
            tokens = self._tokens(form)
        except OAuthError as error:
            return oauth_reply(error.as_json(), 400)
        return oauth_reply(tokens.as_json())

    async def revoke(self, request: Request) -> Response:
        """Revoke a refresh token; 200 and nothing to read, known or not."""
        form = await form_of(request)
        if not self._knows(request, form):
            return _invalid_client()
        self._grants.revoke(form.get("token", ""))
        return Response(None, 200)

    async def keys(self, _request: Request) -> Response:
        """The keys that tokens are signed with."""
        return json_reply(public_keys())

    def _knows(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether the app names itself: by HTTP Basic, or in the form as Xero's own SDKs do.

        https://github.com/XeroAPI/Xero-OpenAPI (`xero-identity.yaml`, `RefreshToken`)
        """
        return self._app.sent(request) or self._app.is_in(form)

    def _tokens(self, form: Mapping[str, str]) -> Tokens:
        match form.get("grant_type"):
            case "authorization_code":
                return self._grants.exchange(
                    form.get("code", ""),
                    redirect_uri=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier", ""),
                )
            case "refresh_token":
                return self._grants.refresh(form.get("refresh_token", ""))
            case _:
                raise OAuthError("unsupported_grant_type", "Unknown grant type")


def _may_be_registered(redirect_uri: str) -> bool:
    parts = urlsplit(redirect_uri)
    secure = parts.scheme == "https" and parts.hostname is not None
    local = parts.scheme == "http" and parts.hostname == "localhost"
    return (secure or local) and parts.hostname != "127.0.0.1" and not parts.fragment


def _invalid_client() -> Response:
    """Xero's server answers this with 400, not 401 (practice)."""
    return oauth_reply({"error": "invalid_client"}, 400)
