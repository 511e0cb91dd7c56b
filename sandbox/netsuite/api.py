"""NetSuite's REST API: who asks, how many at once, and what.

Journal entries can be written; everything else is read, mostly through SuiteQL.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0223040947.html
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import SandboxClock
from sandbox.netsuite import permissions
from sandbox.netsuite.catalog import catalog, schema
from sandbox.netsuite.credentials import Level
from sandbox.netsuite.errors import (
    NetSuiteError,
    invalid_login,
    invalid_request,
    no_permission,
    too_many_requests,
    unknown_method,
)
from sandbox.netsuite.jobs import Jobs
from sandbox.netsuite.logins import AuditTrail, Session, TokenLogins
from sandbox.netsuite.oauth2 import ClientCredentials
from sandbox.netsuite.reception import ARRIVED_AT, UNDER_WAY
from sandbox.netsuite.records import Records, base_of
from sandbox.netsuite.state import NetSuiteState
from sandbox.netsuite.suiteql import run
from sandbox.netsuite.suiteql_tables import tables
from sandbox.oauth_app import bearer_token
from sandbox.payload import JsonObject, JsonValue, NotAnObjectError, read_json, text_at, write_json

_MOST_ROWS = 1000
_MOST_RESULTS = 100_000
_RESOURCE = "application/vnd.oracle.resource+json; type="
Handler = Callable[[Request, Session], Awaitable[Response]]


class Doorkeeper:
    """Lets callers in: signed requests and access tokens, then the concurrency limit."""

    def __init__(self, state: NetSuiteState, trail: AuditTrail, oauth2: ClientCredentials) -> None:
        self._state = state
        self._tokens = TokenLogins(state, trail)
        self._oauth2 = oauth2

    async def admit(self, request: Request) -> Session:
        """The session of a request, held for as long as the account works on one.

        Raises:
            NetSuiteError: INVALID_LOGIN, CONCURRENCY_LIMIT_EXCEEDED or INSUFFICIENT_PERMISSION.
        """
        token = bearer_token(request)
        if token is not None:
            session = self._oauth2.admit(token)
        elif "authorization" in request.headers:
            session = self._tokens.admit(
                request.headers["authorization"],
                method=request.method,
                url=_as_sent(request),
                arrived_at=request.scope[ARRIVED_AT],
            )
        else:
            raise invalid_login()
        settings = session.account.settings
        if request.scope[UNDER_WAY] > settings.limits.concurrency:
            raise too_many_requests()
        if not session.role.allows(permissions.REST, Level.FULL):
            raise no_permission(permissions.REST, as_user_error=settings.permission_as_user_error)
        await _work(self._state.clock, settings.limits.processing_ms)
        self._state.count_call(session.account.id, request.url.path.split("/")[-1])
        return session


class NetSuiteApi:
    """Serves `/services/rest/…` and `/rest/tokeninfo`."""

    def __init__(
        self, *, state: NetSuiteState, doorkeeper: Doorkeeper, records: Records, jobs: Jobs
    ) -> None:
        self._state = state
        self._doorkeeper = doorkeeper
        self._records = records
        self._jobs = jobs

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/netsuite`; unknown paths are refused inside, once let in."""
        rest = "/services/rest"
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        record = f"{rest}/record/v1"
        job = f"{rest}/async/v1/job/{{id}}"
        return [
            Route("/rest/tokeninfo", self._let_in(_token_info), methods=["GET"]),
            Route(f"{rest}/query/v1/suiteql", self._let_in(self.suiteql), methods=["POST"]),
            Route(f"{rest}/system/v1/governanceLimits", self._let_in(_limits), methods=["GET"]),
            Route(f"{record}/metadata-catalog", self._let_in(catalog), methods=["GET"]),
            Route(f"{record}/metadata-catalog/{{name}}", self._let_in(schema), methods=["GET"]),
            Route(f"{record}/journalEntry", self._let_in(self._records.collection), methods=every),
            Route(
                f"{record}/journalEntry/{{id}}", self._let_in(self._records.single), methods=every
            ),
            Route(job, self._let_in(self.job), methods=["GET"]),
            Route(f"{job}/task", self._let_in(self.tasks), methods=["GET"]),
            Route(f"{job}/task/{{number}}", self._let_in(self.task), methods=["GET"]),
            Route(f"{job}/task/{{number}}/result", self._let_in(self.result), methods=["GET"]),
            Route("/services/{rest:path}", self._let_in(_unknown), methods=every),
        ]

    async def suiteql(self, request: Request, session: Session) -> Response:
        """Answer a query, one page of it."""
        if request.headers.get("prefer") != "transient":
            raise invalid_request("The header Prefer: transient is required.")
        limit, offset = _page(request)
        try:
            body = read_json(await request.body())
        except NotAnObjectError as error:
            raise invalid_request(f"Invalid JSON: {error}") from error
        if not session.role.allows(permissions.SUITEQL, Level.EDIT):
            as_user_error = session.account.settings.permission_as_user_error
            raise no_permission(permissions.SUITEQL, as_user_error=as_user_error)
        known = tables(self._state, session.account)
        answer = run(text_at(body, "q") or "", _parameters(body), known=known, role=session.role)
        total = min(len(answer.found), _MOST_RESULTS)
        page: list[JsonValue] = [*answer.page(limit=min(limit, total - offset), offset=offset)]
        return _reply(
            {
                "links": _links(request, limit=limit, offset=offset, total=total),
                "count": len(page),
                "hasMore": offset + len(page) < total,
                "items": page,
                "offset": offset,
                "totalResults": total,
            },
            "collection",
        )

    async def job(self, request: Request, session: Session) -> Response:
        """The state of an asynchronous request."""
        id_ = request.path_params["id"]
        return _reply(self._jobs.status(session.account, id_, base_of(request)))

    async def tasks(self, request: Request, session: Session) -> Response:
        """The tasks of an asynchronous request."""
        id_ = request.path_params["id"]
        return _reply(self._jobs.tasks(session.account, id_, base_of(request)), "collection")

    async def task(self, request: Request, session: Session) -> Response:
        """One task of an asynchronous request."""
        path = request.path_params
        return _reply(self._jobs.task(session.account, path["id"], path["number"]))

    async def result(self, request: Request, session: Session) -> Response:
        """The reply that a synchronous request would have had."""
        path = request.path_params
        return self._jobs.result(session.account, path["id"], path["number"], base_of(request))

    def _let_in(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler behind the doorkeeper, its refusals turned into replies."""

        async def serve(request: Request) -> Response:
            try:
                session = await self._doorkeeper.admit(request)
                self._jobs.work_off(session.account)
                return await handler(request, session)
            except NetSuiteError as error:
                return error.response()

        return serve


async def _work(clock: SandboxClock, milliseconds: int) -> None:
    if milliseconds:
        await clock.sleep(milliseconds / 1000)


async def _token_info(_request: Request, session: Session) -> Response:
    """Company, role and user of a token (chapter_157017286140.html; key names are practice)."""
    return _reply(
        {
            "companyName": session.account.name,
            "companyId": session.account.id,
            "roleName": session.role.name,
            "roleId": session.role.id,
            "userName": session.user,
        }
    )


async def _limits(_request: Request, session: Session) -> Response:
    """The account's concurrency limit, which only administrators may see."""
    settings = session.account.settings
    if not session.role.allows(permissions.ADMINISTRATION, Level.VIEW):
        raise no_permission(
            permissions.ADMINISTRATION, as_user_error=settings.permission_as_user_error
        )
    limit = settings.limits.concurrency
    return _reply({"accountConcurrencyLimit": limit, "accountUnallocatedConcurrencyLimit": limit})


async def _unknown(request: Request, _session: Session) -> Response:
    raise unknown_method(f"{request.method} {request.url.path}")


def _as_sent(request: Request) -> str:
    """The whole address with its path as it was sent, since that is what was signed."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    sent = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return f"{request.url.scheme}://{request.url.netloc}{sent.decode('latin-1')}"


def _page(request: Request) -> tuple[int, int]:
    """`limit` and `offset`: at most 1000 rows, and whole pages."""
    texts = [request.query_params.get(name) for name in ("limit", "offset")]
    limit, offset = (
        int(text) if text is not None and text.isdigit() else otherwise
        for text, otherwise in zip(texts, (_MOST_ROWS, 0), strict=True)
    )
    if any(text is not None and not text.isdigit() for text in texts):
        raise invalid_request("limit and offset are whole numbers.")
    if not 1 <= limit <= _MOST_ROWS:
        raise invalid_request(f"The limit must be between 1 and {_MOST_ROWS}.")
    if offset % limit:
        raise invalid_request("The offset must be divisible by the limit.")
    return limit, offset


def _parameters(body: JsonObject) -> list[str | Decimal]:
    given = body.get("params")
    if given is None:
        return []
    if not isinstance(given, list):
        raise invalid_request("params is an array.")
    found: list[str | Decimal] = []
    for value in given:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise invalid_request("A parameter is a text or a number.")
        found.append(value if isinstance(value, str | Decimal) else Decimal(value))
    return found


def _links(request: Request, *, limit: int, offset: int, total: int) -> list[JsonValue]:
    """The addresses of this page and its neighbours."""
    wanted = {"self": offset, "first": 0, "prev": offset - limit, "next": offset + limit}
    address = str(request.url).partition("?")[0]
    return [
        {"rel": rel, "href": f"{address}?limit={limit}&offset={start}"}
        for rel, start in wanted.items()
        if rel == "self" or (0 <= start < total and start != offset)
    ]


def _reply(body: JsonObject, kind: str = "singular") -> Response:
    return Response(write_json(body), media_type=_RESOURCE + kind)
