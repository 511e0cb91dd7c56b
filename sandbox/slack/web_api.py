"""The Web API under `/api/`, the file addresses, response URLs and the install page.

One place that checks token, pace and faults, and writes every call down; the methods are elsewhere.
https://docs.slack.dev/apis/web-api
"""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from sandbox.slack import seed
from sandbox.slack.answers import Answers
from sandbox.slack.arguments import Arguments, read_arguments
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.faults import Fault, Faults
from sandbox.slack.jsontypes import JsonObject, parse_json
from sandbox.slack.oauth import OAuth
from sandbox.slack.passes import ResponseUrls
from sandbox.slack.rate_limits import RateLimits
from sandbox.slack.request_log import LoggedRequest, RequestLog
from sandbox.slack.workspace import Workspace

Method: TypeAlias = Callable[[Arguments], JsonObject]
# Their caller shows a client's secret, a person's token or the app's instead of the bot's.
OPEN_METHODS = frozenset(
    {
        "apps.connections.open",
        "oauth.v2.access",
        "openid.connect.token",
        "openid.connect.userInfo",
    }
)

AUTHORIZE_PAGE = Path(__file__).parents[1] / "page" / "authorize.html"
LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
)


class WebApi:
    """What the bot can call at Slack."""

    def __init__(  # noqa: PLR0913 - the parts of Slack it stands in front of
        self,
        *,
        workspace: Workspace,
        methods: Mapping[str, Method],
        oauth: OAuth,
        scopes: frozenset[str],
        response_urls: ResponseUrls,
        rate_limits: RateLimits,
        faults: Faults,
        log: RequestLog,
    ) -> None:
        self._workspace = workspace
        self._methods = methods
        self._oauth = oauth
        # Named with every answer: https://docs.slack.dev/authentication/installing-with-oauth
        self._named_scopes = {"X-OAuth-Scopes": ",".join(sorted(scopes))}
        self._response_urls = response_urls
        self._rate_limits = rate_limits
        self._faults = faults
        self._log = log
        self._answers = Answers(workspace)

    async def call(self, request: Request) -> Response:
        """`/api/{method}`."""
        name = str(request.path_params["method"])
        arguments = await read_arguments(request)
        entry = self._open(name, arguments.values)

        def run() -> Response:
            method = self._methods.get(name)
            if method is None:
                raise SlackRefusal("unknown_method")
            if name in OPEN_METHODS:
                return JSONResponse(method(arguments))
            self._oauth.check_token(arguments.token)
            self._rate_limits.check(name, arguments.values)
            return JSONResponse(method(arguments), headers=self._named_scopes)

        return await self._carry_out(entry, run)

    async def respond(self, request: Request) -> Response:
        """`/slack/response/{key}`: an app answers an act."""
        body = parse_json(await request.body())
        entry = self._open("response_url", body)

        def run() -> Response:
            url = self._response_urls.use(str(request.path_params["key"]))
            self._answers.apply(url, body)
            return JSONResponse({"ok": True})

        return await self._carry_out(entry, run)

    async def upload(self, request: Request) -> Response:
        """`/files/upload/{id}`: the bytes of a file that `files.getUploadURLExternal` announced."""
        entry = self._open("files.upload", {"file": request.path_params["id"]})
        if "multipart/form-data" in request.headers.get("content-type", ""):
            form = await request.form()
            parts = [part for part in form.values() if not isinstance(part, str)]
            content = await parts[0].read() if parts else b""
        else:
            content = await request.body()

        def run() -> Response:
            file = self._workspace.files.get(str(request.path_params["id"]))
            if file is None or file.complete:
                raise SlackRefusal("file_not_found", status=404)
            file.size = len(content)
            self._workspace.keep_file(file, content)
            return PlainTextResponse(f"OK - {len(content)}")

        return await self._carry_out(entry, run)

    async def download(self, request: Request) -> Response:
        """`/files/download/{id}`: a login page with status 200 unless the bot's token is shown."""
        entry = self._open("files.download", {"file": request.path_params["id"]})
        arguments = await read_arguments(request)

        def run() -> Response:
            try:
                self._oauth.check_token(arguments.token)
            except SlackRefusal:
                return HTMLResponse(LOGIN_PAGE)
            return file_response(self._workspace, str(request.path_params["id"]))

        return await self._carry_out(entry, run)

    async def authorize(self, request: Request) -> Response:
        """`/slack/authorize`: the page on which a person allows the app, or signs in."""
        query = request.query_params
        if not self._oauth.knows_client(query.get("client_id", "")):
            return PlainTextResponse("invalid_client_id", status_code=400)
        redirect_uri = query.get("redirect_uri", "")
        if urlsplit(redirect_uri).scheme not in ("http", "https"):
            return PlainTextResponse("bad_redirect_uri", status_code=400)
        if request.method == "GET":
            return HTMLResponse(_authorize_page(query, self._workspace))
        form = await request.form()
        answer = {"state": query.get("state", "")}
        if form.get("decision") == "allow" and form.get("user") in self._workspace.people:
            answer["code"] = self._oauth.approve(
                str(form["user"]), redirect_uri=redirect_uri, scope=query.get("scope", "")
            )
        else:
            answer["error"] = "access_denied"
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return RedirectResponse(f"{redirect_uri}{joint}{urlencode(answer)}", status_code=302)

    def _open(self, name: str, request: JsonObject) -> LoggedRequest:
        at = self._workspace.now().isoformat()
        return self._log.open("from_bot", name, at=at, request=request)

    async def _carry_out(self, entry: LoggedRequest, run: Callable[[], Response]) -> Response:
        """Answer one call, spoiled by a fault if a switch says so, and write it down."""
        started = time.monotonic()
        fault = self._faults.take(entry.name)
        try:
            if fault is not None:
                await _spoil(fault)
            response = run()
            if fault is not None:
                response = PlainTextResponse("Bad Gateway", status_code=502)
        except SlackRefusal as refusal:
            response = JSONResponse(
                refusal.body(), status_code=refusal.status, headers=refusal.headers
            )
            entry.error = refusal.error
        entry.status = response.status_code
        if isinstance(response, JSONResponse):
            entry.response = parse_json(bytes(response.body))
        entry.latency_ms = round((time.monotonic() - started) * 1000, 1)
        self._workspace.changes.note()
        return response


async def _spoil(fault: Fault) -> None:
    """Fail before anything is done; a lost reply lets the call be done first."""
    match fault.kind:
        case "lost_reply":
            return
        case "timeout":
            await asyncio.sleep(fault.delay_s)
            raise SlackRefusal("gateway_timeout", status=504)
        case "http_500":
            raise SlackRefusal("internal_error", status=500)
        case "ratelimited":
            wait = {"Retry-After": str(fault.retry_after_s)}
            raise SlackRefusal("ratelimited", status=429, headers=wait)
        case "error":
            raise SlackRefusal(fault.error)


def file_response(workspace: Workspace, file_id: str) -> Response:
    """A file's bytes as a download, or 404."""
    file, content = workspace.files.get(file_id), workspace.file_content(file_id)
    if file is None or content is None:
        return PlainTextResponse("Not found", status_code=404)
    name = file.name.replace("\\", "_").replace('"', "_").encode("ascii", "replace").decode()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=file.mimetype, headers=headers)


def _authorize_page(query: Mapping[str, str], workspace: Workspace) -> str:
    scopes = [scope for scope in query.get("scope", "").replace(" ", ",").split(",") if scope]
    people = "".join(
        f'<option value="{person.id}">{html.escape(person.real_name)}</option>'
        for person in workspace.people.values()
    )
    listed = "".join(f"<li><code>{html.escape(scope)}</code></li>" for scope in scopes)
    template = Template(AUTHORIZE_PAGE.read_text(encoding="utf-8"))
    return template.substitute(team=seed.TEAM_NAME, people=people, scopes=listed)
