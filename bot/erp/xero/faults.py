"""What Xero's answers mean: ONE reading from a reply to success or one of the four families.

Recorded: https://github.com/waynerobinson/xeroizer (``test/stub_responses``). The keys of an error
body come in capitals or in lower case, and an absent object is said in plain text, so both are
read. What no row of the table knows is never taken for a refusal of a write. What Xero says of
single entries inside an answer is read by ``outcomes``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import httpx

from bot.erp.errors import ErpActionRequired, ErpError, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.payload import JsonObject, NotJsonError, objects_at, read_json, text_at
from bot.erp.transport import retry_after_s
from bot.erp.wording import plain_words
from bot.erp.xero.organisation import LABEL
from ledger.problems import Problem, ProblemCode

TRACE_HEADER = "Xero-Correlation-Id"
LIMIT_HEADERS = {
    "X-DayLimit-Remaining": "xero.day",
    "X-MinLimit-Remaining": "xero.minute",
    "X-AppMinLimit-Remaining": "xero.app_minute",
}
"""On every reply, of the organisation that was asked and of the whole app:
https://developer.xero.com/documentation/guides/oauth2/limits"""
_LIMIT_HEADER = "X-Rate-Limit-Problem"
# When a 429 gives no Retry-After, which Xero documents for minute and day only.
_WAITS_S = {"concurrent": 5.0, "minute": 60.0, "appminute": 60.0, "day": 3600.0}
_DEFAULT_WAIT_S = 60.0
_LIMITS = {
    "concurrent": "five calls at once",
    "minute": "calls a minute",
    "appminute": "calls a minute of the whole app",
    "day": "the day's calls for this organisation",
}
# The minute's limit never asks for more.
_LONGER_IS_THE_DAY_S = 120.0
# Plain text: https://github.com/XeroAPI/Xero-OpenAPI/issues/163
_ABSENT = "the resource you're looking for cannot be found"
_TOO_BROAD = "highvolumeexception"
# A body that could not be parsed: nothing in it was read, let alone stored.
_UNPARSED_NUMBERS = frozenset({"14", "17"})
_UNPARSED_KINDS = frozenset({"postdatainvalidexception"})


class ObjectNotFoundError(ErpRejected):
    """404 in Xero's own words: there is no such object."""


class CutOffError(ErpActionRequired):
    """403: the organisation is not, or no longer, among the grant's connections."""


class SearchTooBroadError(ErpRejected):
    """Xero refuses a filter it has no index for, in an organisation of great volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a reply answers."""

    subject: str = LABEL
    """In the user's words: the entries' numbers, or Xero."""
    is_write: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """The entries of a reply to a write, in the order they were sent."""

    rows: tuple[JsonObject, ...]
    is_whole_refused: bool = False
    """True of a 400: what it says of a good element's neighbours is not documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """An error body in whichever spelling it came; empty of what it lacks."""

    kind: str
    number: str
    message: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Ruling:
    family: type[ErpError]
    problem: ProblemCode


_LOOK_IT_UP = _Ruling(OutcomeUnknown, ProblemCode.OUTCOME_UNKNOWN)
_TRY_AGAIN = _Ruling(ErpUnavailable, ProblemCode.ERP_UNREACHABLE)
_REAUTHORISE = _Ruling(ErpActionRequired, ProblemCode.AUTH_EXPIRED)
_CUT_OFF = _Ruling(CutOffError, ProblemCode.AUTH_EXPIRED)
_NO_RIGHT = _Ruling(ErpActionRequired, ProblemCode.NO_WRITE_PERMISSION)
_THROTTLED = _Ruling(ErpUnavailable, ProblemCode.RATE_LIMITED)
_UNKNOWN_REFUSAL = _Ruling(ErpRejected, ProblemCode.UNKNOWN)
_ABSENT_OBJECT = _Ruling(ObjectNotFoundError, ProblemCode.UNKNOWN)
_NOT_SEARCHED = _Ruling(SearchTooBroadError, ProblemCode.UNKNOWN)


def read_reply(response: httpx.Response, about: About) -> JsonObject:
    """Return the body of a success, or raise what the answer means.

    Raises:
        ErpUnavailable: throttled; for a read also 5xx or not an answer of Xero.
        ErpActionRequired: authorisation or permission.
        ErpRejected: Xero could not read what was asked (ObjectNotFoundError: of a 404).
        OutcomeUnknown: a write answered by 5xx or anything unrecognised.
    """
    payload = _payload(response)
    if response.status_code == 200 and payload is not None:
        return payload
    raise _error(response, payload, about)


def read_answer(
    response: httpx.Response, about: About, *, expected: Collection[int]
) -> httpx.Response:
    """Return an answer with an expected status, or raise what it means; see :func:`read_reply`."""
    if response.status_code in expected:
        return response
    raise _error(response, _payload(response), about)


def read_elements(response: httpx.Response, about: About) -> Elements:
    """Return the entries of an answer to a create, or raise what the whole answer means.

    Raises:
        ErpError: one of the four families, see :func:`read_reply`.
    """
    payload = _payload(response)
    if response.status_code == 200 and payload is not None:
        return Elements(rows=objects_at(payload, "ManualJournals"))
    rows = objects_at(payload, "Elements") if payload is not None else ()
    if response.status_code == 400 and rows:
        return Elements(rows=rows, is_whole_refused=True)
    raise _error(response, payload, about)


def is_token_refused(response: httpx.Response) -> bool:
    """Say whether only the access token was refused: not processed, and a new one may do."""
    return response.status_code == 401 and not _lacks_scope(response, _fault(_payload(response)))


def throttled(wait_s: float, limit: str | None = None) -> ErpUnavailable:
    """Say that Xero wants to be left alone for ``wait_s`` seconds, and which limit is reached."""
    if limit is None and wait_s > _LONGER_IS_THE_DAY_S:
        limit = "day"
    facts = (("limit", _LIMITS[limit]),) if limit in _LIMITS else ()
    problem = Problem(code=ProblemCode.RATE_LIMITED, subject=LABEL, facts=facts)
    return ErpUnavailable(problem, retry_after_s=wait_s)


def unreadable(error: Exception) -> ErpUnavailable:
    """Say that a reply to a read makes no sense."""
    facts = (("reason", f"its reply could not be read: {error}"),)
    return ErpUnavailable(Problem(code=ProblemCode.ERP_UNREACHABLE, subject=LABEL, facts=facts))


def _error(response: httpx.Response, payload: JsonObject | None, about: About) -> ErpError:
    fault = _fault(payload)
    ruling = _rule(response, fault)
    if ruling is None or (about.is_write and ruling in (_ABSENT_OBJECT, _NOT_SEARCHED)):
        ruling = _LOOK_IT_UP if about.is_write else _TRY_AGAIN
    if ruling is _THROTTLED:
        return _throttling(response)
    trace_id = response.headers.get(TRACE_HEADER)
    problem = Problem(
        code=ruling.problem,
        subject=about.subject if ruling in (_LOOK_IT_UP, _UNKNOWN_REFUSAL) else LABEL,
        facts=_facts(ruling, response.status_code, fault, trace_id),
    )
    return ruling.family(problem, trace_id=trace_id)


def _rule(response: httpx.Response, fault: _Fault | None) -> _Ruling | None:
    """Find the row; none when neither the status nor the body is one that is documented."""
    match response.status_code:
        case 429:
            return _THROTTLED
        case 401:
            return _NO_RIGHT if _lacks_scope(response, fault) else _REAUTHORISE
        case 403 if fault is not None:
            is_cut_off = "authenticationunsuccessful" in fault.detail.lower()
            return _CUT_OFF if is_cut_off else _NO_RIGHT
        case 404 if _ABSENT in response.text.lower():
            return _ABSENT_OBJECT
        case 400 if fault is not None:
            return _rule_of_a_bad_request(fault)
        case _:
            return None


def _rule_of_a_bad_request(fault: _Fault) -> _Ruling | None:
    kind = fault.kind.lower()
    if kind == _TOO_BROAD:
        return _NOT_SEARCHED
    if kind in _UNPARSED_KINDS or fault.number in _UNPARSED_NUMBERS:
        return _UNKNOWN_REFUSAL
    # Also "this Idempotency-Key was used for another request": it was used.
    return None


def _lacks_scope(response: httpx.Response, fault: _Fault | None) -> bool:
    if "insufficient_scope" in response.headers.get("WWW-Authenticate", "").lower():
        return True
    # One letter apart from the 403: https://github.com/XeroAPI/Xero-NetStandard/issues/298
    return fault is not None and "authorizationunsuccessful" in fault.detail.lower()


def _throttling(response: httpx.Response) -> ErpUnavailable:
    limit = response.headers.get(_LIMIT_HEADER, "").strip().lower() or None
    otherwise = _WAITS_S.get(limit or "", _DEFAULT_WAIT_S)
    return throttled(retry_after_s(response, otherwise=otherwise), limit)


def _facts(
    ruling: _Ruling, status: int, fault: _Fault | None, trace_id: str | None
) -> tuple[tuple[str, str], ...]:
    facts: list[tuple[str, str]] = []
    words = plain_words(fault.message or fault.detail) if fault else ""
    # The words of a refused token may quote the token.
    if words and ruling not in (_REAUTHORISE, _CUT_OFF, _NO_RIGHT):
        facts.append((LABEL, words))
    facts.append(("HTTP", str(status)))
    if trace_id:
        facts.append((TRACE_HEADER, trace_id[:100]))
    return tuple(facts)


def _fault(payload: JsonObject | None) -> _Fault | None:
    """Read an error body; none when it is not one of Xero's."""
    if payload is None:
        return None
    plain = {key.lower(): value for key, value in payload.items()}
    fault = _Fault(
        kind=text_at(plain, "type") or "",
        number=text_at(plain, "errornumber") or "",
        message=text_at(plain, "message") or "",
        detail=text_at(plain, "detail") or "",
    )
    return fault if any((fault.kind, fault.number, fault.message, fault.detail)) else None


def _payload(response: httpx.Response) -> JsonObject | None:
    try:
        return read_json(response.content)
    except NotJsonError:
        return None
