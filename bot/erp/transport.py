"""One HTTP request to an ERP, sent at most once, and what became of it in the four families.

The only place that decides whether an error happened before or after a write left this machine.
It must not repeat a write, follow a redirect (a bearer token would go along), or log a payload
or a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from types import MappingProxyType

import httpx
import structlog

from bot.erp.errors import ErpUnavailable, OutcomeUnknown
from ledger.problems import Problem, ProblemCode

# Reading waits longer than the longest time-out an ERP documents (QuickBooks: 120 s), since a late
# answer is worth more than a lost one; writing and connecting fail sooner.
DEFAULT_TIMEOUT = httpx.Timeout(connect=10, read=130, write=30, pool=10)

# Longer than any wait an ERP documents; a larger wish is a fault of the reply.
_LONGEST_WAIT_S = 86_400.0

# No byte of the request has left in any of these.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpRequest:
    """One request, without its bearer token."""

    operation: str
    """For logs and metrics: ``quickbooks.create_entry``."""
    erp: str
    """The ERP's name as people write it."""
    subject: str
    """What it is about, in the user's words: an entry's number, the ERP's name."""
    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpCall:
    """What one request came to: ids and numbers only, never a payload."""

    operation: str
    subject: str
    seconds: float
    status: int | None = None
    """HTTP status; none when no answer came."""
    error: str | None = None
    """The kind of failure when no answer came."""
    trace_id: str | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    """Limit → calls that the ERP says are left."""


Observer = Callable[[ErpCall], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to send one write, which ends at a moment and can be lost before."""

    send_by: datetime
    """Aware UTC; no first byte leaves after it."""
    still_held: Callable[[], Awaitable[bool]]


def log_call(call: ErpCall) -> None:
    """Log one call: the default observer; the wiring adds metrics."""
    structlog.get_logger("bot.erp").info(
        "erp_call",
        operation=call.operation,
        subject=call.subject,
        status=call.status,
        error=call.error,
        trace_id=call.trace_id,
        seconds=round(call.seconds, 3),
    )


def retry_after_s(response: httpx.Response, *, otherwise: float) -> float:
    """Return the seconds ``Retry-After`` asks for, or a default when it gives none."""
    wish = response.headers.get("Retry-After", "").strip()
    return min(float(wish), _LONGEST_WAIT_S) if wish.isdecimal() else otherwise


class ErpTransport:
    """Sends requests through one shared client and sorts failures into the four families."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        now: Callable[[], datetime],
        trace_header: str | None = None,
        limit_headers: Mapping[str, str] = MappingProxyType({}),
        timeout: httpx.Timeout = DEFAULT_TIMEOUT,
        observe: Observer = log_call,
    ) -> None:
        """Take the process's one client and the injected clock (aware UTC).

        ``trace_header`` names the ERP's own trace id, such as QuickBooks' ``intuit_tid``;
        ``limit_headers`` those that say how many calls are left, and what we call each.
        """
        self._http = http
        self._now = now
        self._trace_header = trace_header
        self._limit_headers = dict(limit_headers)
        self._timeout = timeout
        self._observe = observe

    async def read(self, request: ErpRequest, *, token: str | None = None) -> httpx.Response:
        """Send a request that changes nothing, and return whatever status came back.

        Raises:
            ErpUnavailable: no answer came.
        """
        try:
            return await self._send(request, token)
        except httpx.RequestError as error:
            raise ErpUnavailable(_no_answer(request, error)) from error

    async def write(
        self, request: ErpRequest, *, claim: Claim, token: str | None = None
    ) -> httpx.Response:
        """Send a request that creates something, once, and return whatever status came back.

        Raises:
            ErpUnavailable: the claim was lost or has expired, or no connection came about: surely
                not done.
            OutcomeUnknown: bytes may have left and no answer came.
        """
        if not await claim.still_held():
            raise ErpUnavailable(_unreachable(request, "claim lost, nothing was sent"))
        self._require_time(request, claim.send_by)
        try:
            return await self._send(request, token, send_by=claim.send_by)
        except _NEVER_SENT as error:
            raise ErpUnavailable(_no_answer(request, error)) from error
        except httpx.RequestError as error:
            raise OutcomeUnknown(_unknown(request, error)) from error

    async def _send(
        self, request: ErpRequest, token: str | None, *, send_by: datetime | None = None
    ) -> httpx.Response:
        outgoing = self._http.build_request(
            request.method,
            request.url,
            params=dict(request.params) or None,
            headers=dict(request.headers) | _bearer(token),
            content=request.content,
            timeout=self._timeout,
            extensions=self._last_check(request, send_by),
        )
        started = monotonic()
        try:
            response = await self._http.send(outgoing, auth=None, follow_redirects=False)
        except BaseException as error:
            self._report(request, started, error=type(error).__name__)
            raise
        self._report(request, started, response=response)
        return response

    def _last_check(self, request: ErpRequest, send_by: datetime | None) -> dict[str, object]:
        """Look at the clock once more when a connection is there and the first byte is due.

        Until then nobody else may take the claim over, so its time is all that can have changed.

        httpcore announces it: https://www.encode.io/httpcore/extensions/#trace
        """
        if send_by is None:
            return {}

        async def trace(event: str, _info: Mapping[str, object]) -> None:
            if event.endswith(".send_request_headers.started"):
                self._require_time(request, send_by)

        return {"trace": trace}

    def _require_time(self, request: ErpRequest, send_by: datetime) -> None:
        if self._now() > send_by:
            raise ErpUnavailable(_unreachable(request, "claim expired, nothing was sent"))

    def _report(
        self,
        request: ErpRequest,
        started: float,
        *,
        response: httpx.Response | None = None,
        error: str | None = None,
    ) -> None:
        trace_id = None
        if response is not None and self._trace_header:
            trace_id = response.headers.get(self._trace_header)
        self._observe(
            ErpCall(
                operation=request.operation,
                subject=request.subject,
                seconds=monotonic() - started,
                status=response.status_code if response is not None else None,
                error=error,
                trace_id=trace_id,
                limits=self._limits(response),
            )
        )

    def _limits(self, response: httpx.Response | None) -> dict[str, int]:
        if response is None:
            return {}
        told = ((name, response.headers.get(h, "")) for h, name in self._limit_headers.items())
        return {name: int(left) for name, left in told if left.isdecimal()}


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token is not None else {}


def _no_answer(request: ErpRequest, error: httpx.RequestError) -> Problem:
    return _unreachable(request, f"no answer ({type(error).__name__})")


def _unreachable(request: ErpRequest, reason: str) -> Problem:
    facts = (("reason", reason),)
    return Problem(code=ProblemCode.ERP_UNREACHABLE, subject=request.erp, facts=facts)


def _unknown(request: ErpRequest, error: httpx.RequestError) -> Problem:
    facts = (("reason", f"no answer ({type(error).__name__})"),)
    return Problem(code=ProblemCode.OUTCOME_UNKNOWN, subject=request.subject, facts=facts)
