"""`/record/v1/journalEntry`: reading and writing, one or many, now or asynchronously.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_159886587653.html
Not here: `q` filters and reading several by `ids`; SuiteQL serves for both.
"""

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite import permissions
from sandbox.netsuite.credentials import Level
from sandbox.netsuite.errors import (
    NetSuiteError,
    invalid_content,
    invalid_request,
    no_permission,
    unknown_method,
)
from sandbox.netsuite.job import Operation, RecordRequest, RecordResult, Validation
from sandbox.netsuite.jobs import Jobs, Submission, reply_of
from sandbox.netsuite.journal_book import EXTERNAL, JournalBook
from sandbox.netsuite.logins import Session
from sandbox.netsuite.wire import JournalView
from sandbox.payload import NotAnObjectError, objects_at, read_json, text_at, write_json

_SINGULAR = "application/vnd.oracle.resource+json; type=singular"
_VALIDATION = "x-netsuite-propertynamevalidation"
_OPERATIONS: dict[str, Operation] = {
    "POST": "create",
    "PATCH": "update",
    "PUT": "upsert",
    "DELETE": "delete",
}


class Records:
    """The journal entries of the record API."""

    def __init__(self, book: JournalBook, jobs: Jobs) -> None:
        self._book = book
        self._jobs = jobs

    async def collection(self, request: Request, session: Session) -> Response:
        """POST creates one; with a collection's content type and asynchronously, many at once."""
        kind = request.headers.get("content-type", "")
        if "type=collection" in kind.replace(" ", ""):
            if not _asynchronous(request):
                raise invalid_request("A collection is taken with Prefer: respond-async only.")
            requests = await _many(request)
            return self._jobs.submit(session, _submission(request, requests))
        if request.method != "POST":
            raise unknown_method(f"{request.method} journalEntry")
        return await self._write(request, session, target=None)

    async def single(self, request: Request, session: Session) -> Response:
        """GET, PATCH, PUT (by `eid:` an upsert) and DELETE of one journal."""
        target = request.path_params["id"]
        if request.method == "GET":
            return self._read(request, session, target)
        if request.method == "POST" or (
            request.method == "PUT" and not target.startswith(EXTERNAL)
        ):
            raise unknown_method(f"{request.method} journalEntry/{target}")
        return await self._write(request, session, target=target)

    def _read(self, request: Request, session: Session, target: str) -> Response:
        account = session.account
        if not session.role.allows(permissions.JOURNALS, Level.VIEW):
            refuse = account.settings.permission_as_user_error
            raise no_permission(permissions.JOURNALS, as_user_error=refuse)
        expanded = request.query_params.get("expandSubResources", "").lower() == "true"
        view = JournalView(account, base_of(request))
        shown = view.journal(self._book.find(account, target), expanded=expanded)
        return Response(write_json(shown), media_type=_SINGULAR)

    async def _write(self, request: Request, session: Session, *, target: str | None) -> Response:
        wanted = await _one(request, target)
        if _asynchronous(request):
            return self._jobs.submit(session, _submission(request, [wanted]))
        id_ = self._book.make(session.account, session.role, wanted)
        return reply_of(RecordResult(status=204, record_id=id_), base_of(request))


def base_of(request: Request) -> str:
    """The address before `/services`, which stands for the account's own host."""
    return str(request.url).split("/services/", maxsplit=1)[0]


def _asynchronous(request: Request) -> bool:
    return "respond-async" in request.headers.get("prefer", "")


def _submission(request: Request, requests: list[RecordRequest]) -> Submission:
    return Submission(
        requests=requests,
        key=request.headers.get("x-netsuite-idempotency-key"),
        base=base_of(request),
    )


async def _one(request: Request, target: str | None) -> RecordRequest:
    body = await request.body()
    if request.method != "DELETE" and "json" not in request.headers.get("content-type", ""):
        raise invalid_request("The content type is application/json.")
    return RecordRequest(
        operation=_OPERATIONS[request.method],
        target=target,
        body=body.decode(errors="replace") or "{}",
        replace_lines="line" in request.query_params.get("replace", "").split(","),
        validation=_validation(request),
    )


async def _many(request: Request) -> list[RecordRequest]:
    """The records of a collection; each but a new one names itself by id or external id."""
    if request.method not in _OPERATIONS:
        raise unknown_method(f"{request.method} journalEntry")
    operation = _OPERATIONS[request.method]
    try:
        items = objects_at(read_json(await request.body()), "items")
    except NotAnObjectError as error:
        raise invalid_request(f"Invalid JSON: {error}") from error
    requests = []
    for number, item in enumerate(items):
        external_id = text_at(item, "externalId")
        target = text_at(item, "id") or (external_id and EXTERNAL + external_id)
        if target is None and operation != "create":
            raise invalid_content("A record needs an id or externalId.", f"items[{number}]")
        requests.append(
            RecordRequest(
                operation=operation,
                target=None if operation == "create" else target,
                body=write_json(item),
                validation=_validation(request),
            )
        )
    return requests


def _validation(request: Request) -> Validation:
    """The level asked for, in any letter case: published clients send `error` (practice)."""
    text = request.headers.get(_VALIDATION, "Warning").capitalize()
    if text not in ("Error", "Warning", "Ignore"):
        raise NetSuiteError(400, "INVALID_HEADER", f"Invalid value {text} of {_VALIDATION}.")
    return cast("Validation", text)
