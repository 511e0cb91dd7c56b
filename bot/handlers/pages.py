"""The web pages of connecting: ``/connect/{token}`` and ``/oauth/{provider}/callback``.

Parse, make one call, render. A GET of a link consumes nothing; only the browser that pressed the
button gets the cookie that the callback checks. Nothing here is logged with its address.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.services.authorizations import Authorizations
from bot.services.sign_in import AuthorizationError, Callback, PageProblem
from bot.views import pages as view
from ledger.organisation import Provider

COOKIE = "integral_connect"
"""Holds the browser's secret; only callbacks are sent it."""
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


def routes(authorizations: Authorizations, names: Names) -> list[Route]:
    """Return the routes of connecting."""
    pages = ConnectPages(authorizations, names)
    return [
        Route("/connect/{token}", pages.show, methods=["GET"]),
        Route("/connect/{token}", pages.begin, methods=["POST"]),
        Route("/oauth/{provider}/callback", pages.finish, methods=["GET"]),
    ]


class ConnectPages:
    """The pages of one installation."""

    def __init__(self, authorizations: Authorizations, names: Names) -> None:
        """Take the sign-in and the names."""
        self._authorizations = authorizations
        self._names = names

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
        """Give this browser its cookie and send it to the ERP's login page."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            # Another site pressed the button for this person: show them what is asked first.
            return RedirectResponse(request.url.path, 303, _HEADERS)
        try:
            opened = await self._authorizations.open(request.path_params["token"])
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
