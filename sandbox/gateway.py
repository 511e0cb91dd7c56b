"""The front door of a stand-in: reads a request, lets a fault befall it, answers, keeps a log.

It is plain ASGI because a fault must be able to close the connection without a reply, which no
response object can express. It knows no ERP and never writes a token or a body into its log.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import SandboxClock
from sandbox.faults import FaultBoard, FaultKind, FaultRule
from sandbox.payload import JsonObject

_UNSENDABLE_STATUS = 999
_LOGGED_REQUESTS = 20_000


class ConnectionDropped(ConnectionResetError):  # noqa: N818 - names: an event, as the caller sees it
    """The connection is closed without a reply; only in-process callers meet it as an exception."""


class FaultReplies(Protocol):
    """The refusals of one stand-in, in its own words."""

    def throttled(self) -> Response:
        """The documented answer to too many requests."""
        ...

    def expired_token(self) -> Response:
        """The documented answer to an expired access token."""
        ...

    def failed(self, status: int) -> Response:
        """The usual answer with this HTTP status."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request as it was met; `status` is none when no reply was sent."""

    seq: int
    at: datetime
    method: str
    path: str
    parameters: dict[str, str]
    status: int | None
    fault: FaultKind | None

    def as_json(self) -> JsonObject:
        """The request for an inspector; it holds no token."""
        return {**asdict(self), "parameters": dict(self.parameters), "at": self.at.isoformat()}


class RequestLog:
    """The latest requests of a stand-in, numbered from 1.

    Of each it keeps only the query `parameters` and `headers` (lower case) that are harmless.
    """

    def __init__(
        self,
        clock: SandboxClock,
        *,
        parameters: frozenset[str],
        headers: frozenset[str] = frozenset(),
    ) -> None:
        self._clock = clock
        self._parameters = parameters
        self._headers = headers
        self._requests: deque[LoggedRequest] = deque(maxlen=_LOGGED_REQUESTS)
        self._last = 0

    def note(self, scope: Scope, *, status: int | None, fault: FaultKind | None) -> None:
        """Add a request that has been dealt with."""
        self._last += 1
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        kept = {name: value for name, value in query if name in self._parameters}
        headers = Headers(scope=scope)
        kept |= {name: headers[name] for name in sorted(self._headers) if name in headers}
        self._requests.append(
            LoggedRequest(
                seq=self._last,
                at=self._clock.now(),
                method=scope["method"],
                path=scope["path"],
                parameters=kept,
                status=status,
                fault=fault,
            )
        )

    def after(self, seq: int = 0) -> list[LoggedRequest]:
        """The requests numbered above `seq`, oldest first."""
        return [request for request in self._requests if request.seq > seq]


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A request that has been read to its end, ready to be processed now, later or never."""

    app: ASGIApp
    scope: Scope
    body: bytes
    receive: Receive

    async def process(self) -> _Reply:
        """Let the stand-in process the request and keep its reply back."""
        messages: list[Message] = []

        async def hand_over() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(dict(self.scope), hand_over, keep)
        return _Reply(messages[0]["status"], tuple(messages))

    async def answer(self, response: Response) -> _Reply:
        """A reply that does not come from processing the request."""
        return await _Exchange(response, self.scope, b"", self.receive).process()

    async def client_leaves(self) -> None:
        """Wait until the client gives up."""
        while (await self.receive())["type"] != "http.disconnect":
            continue


class Gateway:
    """An ASGI application around a stand-in that applies its fault rules and logs its requests.

    `company_header` is the header that names a company, where the path does not.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: SandboxClock,
        faults: FaultBoard,
        replies: FaultReplies,
        log: RequestLog,
        company_header: str | None = None,
    ) -> None:
        self._app = app
        self._company_header = company_header
        self._clock = clock
        self._faults = faults
        self._replies = replies
        self._log = log
        self._late: set[asyncio.Task[None]] = set()
        self._befall: dict[FaultKind, Callable[[FaultRule, _Exchange], Awaitable[_Reply]]] = {
            FaultKind.DROP_REPLY: self._drop_reply,
            FaultKind.DROP_REQUEST: self._drop_request,
            FaultKind.REFUSE_CONNECTIONS: self._drop_request,
            FaultKind.LATE_COMMIT: self._commit_late,
            FaultKind.SLOW: self._reply_slowly,
            FaultKind.STATUS: self._answer_status,
            FaultKind.THROTTLE: self._throttle,
            FaultKind.EXPIRED_TOKEN: self._call_token_expired,
            FaultKind.HANG: self._hang,
        }

    @property
    def late_commits(self) -> int:
        """How many requests answered already are still to be processed."""
        return len(self._late)

    async def settle(self) -> None:
        """Wait until every late commit has happened."""
        await asyncio.gather(*self._late)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or spoil it as the first matching rule says."""
        body = await _read_body(receive)
        exchange = _Exchange(self._app, scope, body, receive)
        rule = self._faults.take(scope["method"], scope["path"], self._company(scope))
        kind = rule.order.kind if rule else None
        try:
            reply = await (
                self._befall[rule.order.kind](rule, exchange) if rule else exchange.process()
            )
        except ConnectionDropped:
            self._log.note(scope, status=None, fault=kind)
            await _close_connection(send)
            return
        self._log.note(scope, status=reply.status, fault=kind)
        for message in reply.messages:
            await send(message)

    def _company(self, scope: Scope) -> str | None:
        header = self._company_header
        return None if header is None else Headers(scope=scope).get(header)

    async def _drop_reply(self, _rule: FaultRule, exchange: _Exchange) -> _Reply:
        await exchange.process()
        raise ConnectionDropped

    async def _drop_request(self, _rule: FaultRule, _exchange: _Exchange) -> _Reply:
        raise ConnectionDropped

    async def _commit_late(self, rule: FaultRule, exchange: _Exchange) -> _Reply:
        # Reckoned here and not in the task: the clock may be moved before the task first runs.
        due = self._clock.now() + timedelta(seconds=rule.order.delay_s)
        task = asyncio.create_task(self._process_at(due, exchange))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        if rule.order.status is None:
            raise ConnectionDropped
        return await exchange.answer(self._refusal(rule, rule.order.status))

    async def _process_at(self, due: datetime, exchange: _Exchange) -> None:
        await self._clock.sleep_until(due)
        await exchange.process()

    async def _reply_slowly(self, rule: FaultRule, exchange: _Exchange) -> _Reply:
        reply = await exchange.process()
        await self._clock.sleep(rule.order.delay_s)
        return reply

    async def _answer_status(self, rule: FaultRule, exchange: _Exchange) -> _Reply:
        if rule.order.committed:
            await exchange.process()
        return await exchange.answer(self._refusal(rule, rule.order.status or 500))

    async def _throttle(self, rule: FaultRule, exchange: _Exchange) -> _Reply:
        return await exchange.answer(_with_retry_after(rule, self._replies.throttled()))

    async def _call_token_expired(self, _rule: FaultRule, exchange: _Exchange) -> _Reply:
        return await exchange.answer(self._replies.expired_token())

    async def _hang(self, rule: FaultRule, exchange: _Exchange) -> _Reply:
        reply = await exchange.process() if rule.order.committed else None
        await _first_of(rule.released.wait(), exchange.client_leaves())
        if not rule.released.is_set():
            raise ConnectionDropped
        return reply or await exchange.process()

    def _refusal(self, rule: FaultRule, status: int) -> Response:
        if rule.order.body is not None:
            return _with_retry_after(rule, Response(rule.order.body, status))
        return _with_retry_after(rule, self._replies.failed(status))


def _with_retry_after(rule: FaultRule, response: Response) -> Response:
    if rule.order.retry_after is not None:
        response.headers["Retry-After"] = str(rule.order.retry_after)
    return response


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body", False):
            return body


async def _first_of(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _close_connection(send: Send) -> None:
    """Make the server close the connection without a byte of reply.

    ASGI has no message for this. A status that HTTP does not have makes uvicorn fail after it has
    marked the reply as begun and before it has written anything; on a reply begun and never
    finished it closes the connection. In-process callers have none, and get the exception.
    """
    try:
        await send({"type": "http.response.start", "status": _UNSENDABLE_STATUS, "headers": []})
    except Exception:  # noqa: BLE001 - server: whatever it calls an impossible status, it was meant
        return
    raise ConnectionDropped
