"""``POST /api/v1/transactions``: JSON lines in, what became of each row out. See docs/api.md.

Authorise, limit, one call, answer. It must not say why a token was refused, nor repeat the
content of a row anywhere but in the answer to who sent it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.handlers.failures import report
from bot.services.errors import Refusal
from bot.services.imports import Imported, Imports
from bot.services.tokens import Bearer, Tokens
from ledger.problems import Problem

PATH = "/api/v1/transactions"
MOST_BYTES = 10_000_000
MOST_ROWS = 10_000

log = structlog.get_logger(__name__)


class ApiCounters(Protocol):
    """Where requests and rows are counted."""

    def api_request(self, status: int) -> None:
        """Count a request by its answer."""
        ...

    def api_rows(self, result: str, count: int) -> None:
        """Count rows by what became of them."""
        ...


class _RefusedError(Exception):
    """A request that goes no further: its status and a sentence with the remedy."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsApi:
    """The endpoint."""

    imports: Imports
    tokens: Tokens
    counters: ApiCounters

    def routes(self) -> list[Route]:
        """Return the route to mount."""
        return [Route(PATH, self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """Take rows of the token's organisation and source; the same rows twice change nothing."""
        request_id = secrets.token_hex(8)
        try:
            response = await self._answer(request, request_id)
        except _RefusedError as refused:
            response = _error(refused.status, refused.sentence)
        except Exception as error:  # noqa: BLE001 - a caller waits: any failure becomes an answer
            reference = report(error, what="api transactions")
            sentence = (
                "Something went wrong on our side and no row was kept. Send the rows again; if it "
                f"happens again, give reference {reference} to whoever runs Integral."
            )
            response = _error(500, sentence)
        response.headers["X-Request-Id"] = request_id
        self.counters.api_request(response.status_code)
        return response

    async def _answer(self, request: Request, request_id: str) -> Response:
        bearer = await self._authorise(request)
        data = await _read(request)
        try:
            imported = await self.imports.import_json_lines(
                bearer.organisation,
                data,
                source=bearer.token.source,
                actor=f"api:{bearer.token.name}",
            )
        except Refusal as refusal:
            raise _RefusedError(422, refusal.text) from refusal
        body = _body(imported)
        self._count(imported)
        log.info(
            "api.transactions",
            request=request_id,
            organisation=bearer.organisation.id,
            caller=bearer.token.id,
            rejected=imported.rejected,
            added=imported.outcome.added,
            corrected=imported.outcome.corrected,
        )
        return JSONResponse(body, status_code=_status(imported))

    async def _authorise(self, request: Request) -> Bearer:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        bearer = await self.tokens.bearer(secret.strip()) if scheme.lower() == "bearer" else None
        if bearer is None:
            raise _RefusedError(401, "Send a valid API token as Authorization: Bearer TOKEN.")
        return bearer

    def _count(self, imported: Imported) -> None:
        outcome = imported.outcome
        self.counters.api_rows("added", outcome.added)
        self.counters.api_rows("unchanged", outcome.unchanged)
        self.counters.api_rows("corrected", outcome.corrected)
        self.counters.api_rows("rejected", imported.rejected)


async def _read(request: Request) -> bytes:
    """Read the body within the limits.

    Raises:
        _RefusedError: too large, too many rows, compressed, or nothing at all.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _RefusedError(415, "Send the rows uncompressed, as JSON lines in UTF-8.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MOST_BYTES:
        raise _RefusedError(413, _TOO_LARGE)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise _RefusedError(413, _TOO_LARGE)
    except ClientDisconnect as error:
        raise _RefusedError(400, "The request ended before its body did.") from error
    data = bytes(body)
    rows = sum(1 for line in data.split(b"\n") if line.strip())
    if rows > MOST_ROWS:
        sentence = f"At most {MOST_ROWS:,} rows are taken in one request and this has {rows:,}; "
        raise _RefusedError(413, f"{sentence}send them in several requests.")
    if rows == 0:
        raise _RefusedError(400, "The body is empty; send one JSON object a line.")
    return data


_TOO_LARGE = (
    f"At most {MOST_BYTES // 1_000_000} MB are taken in one request; send the rows in several "
    "requests."
)


def _status(imported: Imported) -> int:
    """All rows taken 200, some 207, none 422; unchanged rows count as taken."""
    if not imported.problems:
        return 200
    taken = imported.changed + imported.outcome.unchanged
    return 207 if taken else 422


def _body(imported: Imported) -> dict[str, object]:
    return {
        "added": imported.outcome.added,
        "unchanged": imported.outcome.unchanged,
        "corrected": imported.outcome.corrected,
        "rejected": [_rejected(problem) for problem in imported.problems],
    }


def _rejected(problem: Problem) -> dict[str, object]:
    facts: Mapping[str, str] = dict(problem.facts)
    row = facts.get("row")
    reason = facts.get("reason")
    words = f"{problem.subject}: {problem.field_name} {reason}." if reason else problem.message
    return {
        "row": int(row) if row is not None else None,
        "id": problem.transaction_id,
        "field": problem.field_name,
        "code": problem.code.value,
        "message": words,
    }


def _error(status: int, sentence: str) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="integral"'} if status == 401 else None
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)
