"""The web pages of connecting: a link, Sign in with Slack, and the ERP's callback.

Parse, make one call, render. A GET of a link consumes nothing; only the browser that pressed the
button (and, where a Slack client is set, in which the person who asked is signed in) gets the
cookie that the callback checks. Nothing here is logged with its address.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.handlers.slack_sign_in import SlackSignIn, SlackSignInError
from bot.services.authorizations import Authorizations
from bot.services.sign_in import AuthorizationError, Callback, PageProblem, ToChoose
from bot.views import pages as view
from ledger.organisation import Provider

COOKIE = "integral_connect"
"""Holds the browser's secret; only callbacks are sent it."""
SIGN_IN_COOKIE = "integral_sign_in"
"""Holds what Slack's sign-in must bring back, and the link it is for."""
_SIGN_IN_PATH = "/slack/signin_redirect"
_SIGN_IN_LIFE_S = 600
_SEPARATOR = "~"
TEMPLATES = Path(__file__).parent.parent / "pages"

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
)
_HEADERS = {"Cache-Control": "no-store"}


class Names(Protocol):
    """How Slack calls a workspace and a person; the id itself when it cannot be asked."""

    async def workspace(self, team_id: str) -> str:
        """Return a workspace's name."""
        ...

    async def person(self, team_id: str, user_id: str) -> str:
        """Return a person's name."""
        ...


def routes(
    authorizations: Authorizations, names: Names, *, sign_in: SlackSignIn | None = None
) -> list[Route]:
    """Return the routes of connecting; without a Slack client nobody is asked who they are."""
    pages = ConnectPages(authorizations, names, sign_in=sign_in)
    return [
        Route("/connect/{token}", pages.show, methods=["GET"]),
        Route("/connect/{token}", pages.begin, methods=["POST"]),
        Route(_SIGN_IN_PATH, pages.signed_in, methods=["GET"]),
        Route("/oauth/{provider}/callback", pages.finish, methods=["GET"]),
    ]


class ConnectPages:
    """The pages of one installation."""

    def __init__(
        self, authorizations: Authorizations, names: Names, *, sign_in: SlackSignIn | None
    ) -> None:
        """Take the links, the names and, for several workspaces, Sign in with Slack."""
        self._authorizations = authorizations
        self._names = names
        self._sign_in = sign_in

    async def show(self, request: Request) -> Response:
        """Show who asks for what; link previews and prefetching use nothing up."""
        try:
            given = await self._authorizations.look(request.path_params["token"])
        except AuthorizationError as error:
            return _problem(error)
        asked = given.request
        values = view.invitation(
            given,
            workspace=await self._names.workspace(asked.team_id),
            person=await self._names.person(asked.team_id, asked.requested_by),
        )
        return _page("connect.html", values)

    async def begin(self, request: Request) -> Response:
        """Send this browser to Slack's sign-in, or at once to the ERP's login page."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            # Another site pressed the button for this person: show them what is asked first.
            return RedirectResponse(request.url.path, 303, _HEADERS)
        token = request.path_params["token"]
        if self._sign_in is None:
            return await self._open(token)
        try:
            asked = (await self._authorizations.look(token)).request
        except AuthorizationError as error:
            return _problem(error)
        state = secrets.token_urlsafe(32)
        address = self._sign_in.address(state, team_id=asked.team_id)
        response = RedirectResponse(address, 303, _HEADERS)
        response.set_cookie(
            SIGN_IN_COOKIE,
            f"{state}{_SEPARATOR}{token}",
            max_age=_SIGN_IN_LIFE_S,
            path=_SIGN_IN_PATH,
            secure=self._authorizations.is_https,
            httponly=True,
            samesite="lax",
        )
        return response

    async def signed_in(self, request: Request) -> Response:
        """Let only the person who asked for a link go on to the ERP's login page."""
        try:
            token = await self._token_of_requester(request)
        except AuthorizationError as error:
            return _problem(error)
        response = await self._open(token)
        response.delete_cookie(SIGN_IN_COOKIE, path=_SIGN_IN_PATH)
        return response

    async def _token_of_requester(self, request: Request) -> str:
        state, _, token = request.cookies.get(SIGN_IN_COOKIE, "").partition(_SEPARATOR)
        given = request.query_params.get("state", "")
        if self._sign_in is None or not state or not secrets.compare_digest(state, given):
            raise AuthorizationError(PageProblem.FORWARDED)
        asked = (await self._authorizations.look(token)).request
        code = request.query_params.get("code")
        if not code:
            raise AuthorizationError(PageProblem.SLACK)
        try:
            person = await self._sign_in.who(code)
        except SlackSignInError as error:
            raise AuthorizationError(PageProblem.SLACK) from error
        if (person.team_id, person.user_id) != (asked.team_id, asked.requested_by):
            raise AuthorizationError(PageProblem.STRANGER)
        return token

    async def _open(self, token: str) -> Response:
        try:
            opened = await self._authorizations.open(token)
        except AuthorizationError as error:
            return _problem(error)
        response = RedirectResponse(opened.authorization_url, 303, _HEADERS)
        response.set_cookie(
            COOKIE,
            opened.cookie,
            max_age=opened.lifetime_s,
            path=f"/oauth/{opened.provider.value}/callback",
            secure=self._authorizations.is_https,
            httponly=True,
            samesite="lax",
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Take the ERP's answer and say how it ended."""
        try:
            callback = _callback(request)
            result = await self._authorizations.finish(callback)
        except AuthorizationError as error:
            return _problem(error)
        if isinstance(result, ToChoose):
            return _page("choose.html", view.to_choose(result))
        return _page("connected.html", view.connected(result))


def _callback(request: Request) -> Callback:
    query = request.query_params
    provider = request.path_params["provider"]
    if provider not in set(Provider):
        raise AuthorizationError(PageProblem.UNKNOWN)
    return Callback(
        provider=Provider(provider),
        state=query.get("state", ""),
        cookie=request.cookies.get(COOKIE),
        code=query.get("code"),
        external_id=query.get("realmId"),
        error=query.get("error"),
    )


def _problem(error: AuthorizationError) -> Response:
    values, status = view.problem(error.reason, error.erp_problem)
    return _page("problem.html", values, status=status)


def _page(template: str, values: view.Values, *, status: int = 200) -> Response:
    html = _templates.get_template(template).render(values)
    return HTMLResponse(html, status, _HEADERS)
