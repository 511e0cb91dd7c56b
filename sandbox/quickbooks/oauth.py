"""Intuit's OAuth endpoints: the page where a person picks a company, tokens and revoking.

https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
Redirect addresses follow the rule of development keys: https, or http on this machine.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.oauth_app import App, OAuthError, form_of, oauth_reply, send_back
from sandbox.payload import NotAnObjectError, read_json, text_at
from sandbox.quickbooks.grants import SCOPE, Grants, TokenPair
from sandbox.quickbooks.pages import Pages
from sandbox.quickbooks.state import QuickBooksState

_HARD_END_HEADER = "x-include-refresh-token-hard-expires-in"
_KNOWN_SCOPES = frozenset({SCOPE, "openid", "profile", "email", "phone", "address"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The parameters of the authorize address."""

    client_id: str
    response_type: str
    scope: str
    redirect_uri: str
    state: str

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "Authorization":
        """Take the parameters from a query or a form; an absent one is empty."""
        return cls(
            client_id=parameters.get("client_id", ""),
            response_type=parameters.get("response_type", ""),
            scope=parameters.get("scope", ""),
            redirect_uri=parameters.get("redirect_uri", ""),
            state=parameters.get("state", ""),
        )

    def unsafe(self, app: App) -> str | None:
        """Why the browser may not be sent back to the caller, or none."""
        if self.client_id != app.client_id:
            return "The client_id is not known."
        parts = urlsplit(self.redirect_uri)
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not (parts.scheme == "https" or (parts.scheme == "http" and local)) or parts.fragment:
            return "The redirect_uri is not one that was registered."
        if not self.state:
            return "The state parameter is missing."
        return None

    def error(self) -> str | None:
        """The OAuth error to send the caller back with, or none."""
        if self.response_type != "code":
            return "unsupported_response_type"
        asked = set(self.scope.split())
        if SCOPE not in asked or asked - _KNOWN_SCOPES:
            return "invalid_scope"
        return None

    def back(self, **answer: str) -> RedirectResponse:
        """Send the browser back to the caller with an answer and its state."""
        return send_back(self.redirect_uri, {**answer, "state": self.state})


class OAuthEndpoints:
    """Connect, token and revoke."""

    def __init__(self, *, app: App, grants: Grants, state: QuickBooksState, pages: Pages) -> None:
        self._app = app
        self._grants = grants
        self._state = state
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/quickbooks`."""
        return [
            Route("/connect/oauth2", self.ask, methods=["GET"]),
            Route("/connect/oauth2", self.decide, methods=["POST"]),
            Route("/oauth2/v1/tokens/bearer", self.token, methods=["POST"]),
            Route("/v2/oauth2/tokens/revoke", self.revoke, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the page with the companies and what the app asks for."""
        wanted = Authorization.read(request.query_params)
        return self._refused(wanted) or self._pages.connect(
            wanted, list(self._state.companies.values())
        )

    async def decide(self, request: Request) -> Response:
        """Send the browser back with a code and the realm, or with `access_denied`."""
        form = await form_of(request)
        wanted = Authorization.read(form)
        refused = self._refused(wanted)
        if refused is not None:
            return refused
        realm = form.get("realm", "")
        if form.get("decision") != "connect" or realm not in self._state.companies:
            return wanted.back(error="access_denied")
        code = self._grants.authorize(realm, scope=wanted.scope, redirect_uri=wanted.redirect_uri)
        return wanted.back(code=code, realmId=realm)

    async def token(self, request: Request) -> Response:
        """Exchange a code or refresh; OAuth's error bodies with 400 or 401."""
        if not self._app.sent(request):
            return _invalid_client()
        form = await form_of(request)
        try:
            tokens = await self._tokens(form)
        except OAuthError as error:
            return _oauth_reply(error.as_json(), 400)
        with_hard_end = request.headers.get(_HARD_END_HEADER, "").lower() == "true"
        return _oauth_reply(tokens.as_json(with_hard_end=with_hard_end), 200)

    async def revoke(self, request: Request) -> Response:
        """End the grant of a token: 200, or 400 when no grant has it."""
        if not self._app.sent(request):
            return _invalid_client()
        try:
            token = text_at(read_json(await request.body()), "token")
        except NotAnObjectError:
            token = None
        if token is None or not self._grants.revoke(token):
            return _oauth_reply({"error": "invalid_request"}, 400)
        return Response(None, 200, {"intuit_tid": secrets.token_hex(12)})

    def _refused(self, wanted: Authorization) -> Response | None:
        unsafe = wanted.unsafe(self._app)
        if unsafe is not None:
            return self._pages.problem(unsafe)
        error = wanted.error()
        return None if error is None else wanted.back(error=error)

    async def _tokens(self, form: Mapping[str, str]) -> TokenPair:
        match form.get("grant_type"):
            case "authorization_code":
                return self._grants.exchange(
                    form.get("code", ""), redirect_uri=form.get("redirect_uri", "")
                )
            case "refresh_token":
                return await self._grants.refresh(form.get("refresh_token", ""))
            case _:
                raise OAuthError("unsupported_grant_type", "Unknown grant type")


def _invalid_client() -> Response:
    return _oauth_reply({"error": "invalid_client"}, 401)


def _oauth_reply(body: Mapping[str, object], status: int) -> Response:
    reply = oauth_reply(body, status)
    reply.headers["intuit_tid"] = secrets.token_hex(12)
    return reply
