"""What NetSuite's answers mean: ONE reading from a reply to success or one of the four families.

Shape: https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1545222128.html. Nearly
every business rule is ``USER_ERROR``, whose words follow the language of the user, so the property
that ``o:errorPath`` names comes before any word, and no rule needs a whole sentence. What no row of
the tables knows is never taken for a refusal of a write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import SystemRandom
from urllib.parse import urlsplit

import httpx

from bot.erp.errors import ErpActionRequired, ErpError, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.netsuite.account import LABEL, is_id
from bot.erp.netsuite.door import credentials_refused
from bot.erp.payload import JsonObject, NotJsonError, objects_at, read_json, text_at
from bot.erp.transport import retry_after_s
from bot.erp.wording import plain_code, plain_words
from ledger.problems import Problem, ProblemCode

# Seen in replies, not documented; shown to support when it is there.
TRACE_HEADER = "X-N-OperationId"
# Concurrency is free again within seconds; apart, so that two waiting do not meet again.
SHORTEST_WAIT_S, LONGEST_WAIT_S = 5.0, 15.0
_CHANCE = SystemRandom()

_LINE = re.compile(r"line\.items\[(?P<index>\d+)\]\.(?P<field>\w+)")
_MISSING = re.compile(r"enter value\(s\) for:?\s*(?P<what>[^.]+)", re.IGNORECASE)


class NotThereError(ErpRejected):
    """SuiteQL knows no such table or column in this account, or not for this role."""


class PostingRefusedError(ErpRejected):
    """One line of the entry was refused."""

    def __init__(self, problem: Problem, *, index: int, field: str, trace_id: str | None) -> None:
        """Keep which line, counted from 0, and which property of it."""
        super().__init__(problem, trace_id=trace_id)
        self.index = index
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a reply answers."""

    subject: str = LABEL
    """In the user's words: the entry's number, or NetSuite."""
    is_write: bool = False
    account_labels: Sequence[str] = ()
    """The accounts of the entry's lines, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first error of a reply; empty of what it lacks."""

    code: str = ""
    detail: str = ""
    path: str = ""

    @property
    def line(self) -> tuple[int, str] | None:
        """The line and its property that the fault is about, if it names one."""
        match = _LINE.search(self.path)
        return (int(match["index"]), match["field"]) if match else None

    @property
    def field(self) -> str:
        """The property that the fault is about, of a line or of the entry."""
        return self.line[1] if self.line else self.path


@dataclass(frozen=True, slots=True)
class _Ruling:
    family: type[ErpError]
    problem: ProblemCode


_LOOK_IT_UP = _Ruling(OutcomeUnknown, ProblemCode.OUTCOME_UNKNOWN)
_TRY_AGAIN = _Ruling(ErpUnavailable, ProblemCode.ERP_UNREACHABLE)
_THROTTLED = _Ruling(ErpUnavailable, ProblemCode.RATE_LIMITED)
_NO_RIGHT = _Ruling(ErpActionRequired, ProblemCode.NO_WRITE_PERMISSION)
_LOGIN = _Ruling(ErpActionRequired, ProblemCode.CREDENTIALS_INVALID)
_NO_COMPANY = _Ruling(ErpActionRequired, ProblemCode.COMPANY_UNAVAILABLE)
_NOT_THERE = _Ruling(NotThereError, ProblemCode.UNKNOWN)


def _refusal(problem: ProblemCode) -> _Ruling:
    return _Ruling(ErpRejected, problem)


_UNKNOWN_REFUSAL = _refusal(ProblemCode.UNKNOWN)
_BAD_DIMENSION = _refusal(ProblemCode.DIMENSION_REFUSED)
_NO_DIMENSION = _refusal(ProblemCode.DIMENSION_REQUIRED)
_DIMENSIONS = frozenset({ProblemCode.DIMENSION_REQUIRED, ProblemCode.DIMENSION_REFUSED})
_THROTTLE_CODES = frozenset(
    {"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "WS_REQUEST_BLOCKED"}
)
# Documented as found before anything is processed.
_REFUSAL_CODES = frozenset(
    {"USER_ERROR", "INVALID_CONTENT", "INVALID_REQUEST", "INVALID_PARAMETER", "NONEXISTENT_ID"}
)
_REFUSAL_STATUSES = frozenset({400, 403, 404})
# An external id is refused because it is taken, perhaps by our own earlier try.
_BY_FIELD: dict[str, _Ruling] = {
    "externalId": _LOOK_IT_UP,
    "account": _refusal(ProblemCode.ACCOUNT_REFUSED),
    "entity": _refusal(ProblemCode.CONTACT_REQUIRED),
    "postingPeriod": _refusal(ProblemCode.PERIOD_CLOSED),
    "tranDate": _refusal(ProblemCode.PERIOD_CLOSED),
    "currency": _refusal(ProblemCode.CURRENCY_MISMATCH),
    "memo": _refusal(ProblemCode.TEXT_TOO_LONG),
    "subsidiary": _NO_COMPANY,
    "department": _NO_DIMENSION,
    "class": _NO_DIMENSION,
    "location": _NO_DIMENSION,
}
_TAKEN = re.compile(r"already (exists|been used)|DUP_RCRD|duplicate", re.IGNORECASE)
_ABSENT = re.compile(r"invalid reference key", re.IGNORECASE)
_INVALID = re.compile(r"invalid (reference key|field value)", re.IGNORECASE)
# When no property is named: first match first.
_BY_WORDS: tuple[tuple[re.Pattern[str], _Ruling], ...] = (
    (re.compile(r"permission|permitted", re.IGNORECASE), _NO_RIGHT),
    (re.compile(r"balance", re.IGNORECASE), _refusal(ProblemCode.UNBALANCED)),
    (re.compile(r"period", re.IGNORECASE), _refusal(ProblemCode.PERIOD_CLOSED)),
    (re.compile(r"subsidiar", re.IGNORECASE), _NO_COMPANY),
    (re.compile(r"department|class|location|segment", re.IGNORECASE), _NO_DIMENSION),
    (re.compile(r"customer|vendor|entity", re.IGNORECASE), _refusal(ProblemCode.CONTACT_REQUIRED)),
    (re.compile(r"currenc", re.IGNORECASE), _refusal(ProblemCode.CURRENCY_MISMATCH)),
    (re.compile(r"account\b", re.IGNORECASE), _refusal(ProblemCode.ACCOUNT_REFUSED)),
)
_OF_THE_COMPANY = frozenset(
    {
        ProblemCode.NO_WRITE_PERMISSION,
        ProblemCode.COMPANY_UNAVAILABLE,
        ProblemCode.RATE_LIMITED,
        ProblemCode.ERP_UNREACHABLE,
    }
)
_OF_AN_ACCOUNT = frozenset({ProblemCode.ACCOUNT_REFUSED, ProblemCode.ACCOUNT_DELETED})


def read_reply(response: httpx.Response, about: About) -> JsonObject:
    """Return the body of a successful read, or raise what the answer means.

    Raises:
        ErpUnavailable: throttled, 5xx, or not an answer of NetSuite.
        ErpActionRequired: the credentials or the role.
        NotThereError: SuiteQL knows no such table or column.
    """
    payload = _payload(response)
    if response.status_code == 200 and payload is not None:
        return payload
    raise _error(response, payload, about)


def read_created(response: httpx.Response, about: About) -> str:
    """Return the internal id of what was created, or raise what the answer means.

    NetSuite answers 204 and names the record in ``Location`` (section_0223040947.html).

    Raises:
        ErpUnavailable: throttled.
        ErpActionRequired: the credentials, the role or the subsidiary.
        ErpRejected: NetSuite refused this entry (PostingRefusedError: one of its lines).
        OutcomeUnknown: 5xx, the number is taken, or anything unrecognised.
    """
    if response.status_code == 204:
        location = str(response.headers.get("Location", ""))
        last = urlsplit(location).path.rpartition("/")[2]
        if is_id(last):
            return last
    raise _error(response, _payload(response), about)


def unreadable(reason: object) -> ErpUnavailable:
    """Say that a reply to a read makes no sense."""
    facts = (("reason", f"its reply could not be read: {reason}"),)
    return ErpUnavailable(Problem(code=ProblemCode.ERP_UNREACHABLE, subject=LABEL, facts=facts))


def not_shown(error: NotThereError) -> ErpActionRequired:
    """Say that the role does not see what every account has."""
    reason = "the role of these credentials must see accounts, currencies, periods and journals"
    facts = (*error.problem.facts, ("reason", reason))
    problem = Problem(code=ProblemCode.NO_WRITE_PERMISSION, subject=LABEL, facts=facts)
    return ErpActionRequired(problem, trace_id=error.trace_id)


def _error(response: httpx.Response, payload: JsonObject | None, about: About) -> ErpError:
    fault = _read_fault(payload)
    ruling = _rule(response.status_code, fault, is_write=about.is_write)
    if ruling is None:
        ruling = _LOOK_IT_UP if about.is_write else _TRY_AGAIN
    if ruling is _LOGIN:
        return credentials_refused()
    trace_id = response.headers.get(TRACE_HEADER)
    problem = Problem(
        code=ruling.problem,
        subject=_subject(ruling.problem, fault, about),
        facts=_facts(response.status_code, fault, trace_id),
    )
    if ruling is _THROTTLED:
        otherwise = _CHANCE.uniform(SHORTEST_WAIT_S, LONGEST_WAIT_S)
        wait = retry_after_s(response, otherwise=otherwise)
        return ErpUnavailable(problem, trace_id=trace_id, retry_after_s=wait)
    if ruling.family is ErpRejected and fault.line is not None:
        index, field = fault.line
        return PostingRefusedError(problem, index=index, field=field, trace_id=trace_id)
    return ruling.family(problem, trace_id=trace_id)


def _rule(status: int, fault: Fault, *, is_write: bool) -> _Ruling | None:
    """Find the row; none when neither status nor code is one that is documented."""
    if status >= 500:
        return None
    if status == 401:
        return _LOGIN
    if status == 429 or fault.code in _THROTTLE_CODES:
        return _THROTTLED
    if fault.code == "INSUFFICIENT_PERMISSION":
        return _NO_RIGHT
    if fault.code not in _REFUSAL_CODES or status not in _REFUSAL_STATUSES:
        return None
    return _rule_of_write(fault) if is_write else _rule_of_read(fault)


def _rule_of_read(fault: Fault) -> _Ruling | None:
    if fault.code == "INVALID_PARAMETER":
        return _NOT_THERE
    return _NO_RIGHT if "permission" in fault.detail.lower() else None


def _rule_of_write(fault: Fault) -> _Ruling:
    if _TAKEN.search(fault.detail):
        return _LOOK_IT_UP
    if fault.field == "account" and _ABSENT.search(fault.detail):
        return _refusal(ProblemCode.ACCOUNT_DELETED)
    ruling = _NO_DIMENSION if fault.field.startswith("cseg") else _BY_FIELD.get(fault.field)
    if ruling is _NO_DIMENSION and _INVALID.search(fault.detail):
        return _BAD_DIMENSION
    if ruling is not None:
        return ruling
    if fault.code != "USER_ERROR":
        return _UNKNOWN_REFUSAL
    found = (ruling for words, ruling in _BY_WORDS if words.search(fault.detail))
    return next(found, _UNKNOWN_REFUSAL)


def _subject(problem: ProblemCode, fault: Fault, about: About) -> str:
    if problem in _OF_THE_COMPANY:
        return LABEL
    label = _label(fault, about)
    if problem in _OF_AN_ACCOUNT:
        return label or f"named in {about.subject}"
    if problem is ProblemCode.CONTACT_REQUIRED:
        return label or about.subject
    if problem in _DIMENSIONS:
        asked = _MISSING.search(fault.detail)
        return plain_words(asked["what"]) if asked else plain_words(fault.field) or about.subject
    return about.subject


def _label(fault: Fault, about: About) -> str | None:
    """Return the account of the line that the fault names."""
    if fault.line is None or fault.line[0] >= len(about.account_labels):
        return None
    return about.account_labels[fault.line[0]]


def _facts(status: int, fault: Fault, trace_id: str | None) -> tuple[tuple[str, str], ...]:
    facts: list[tuple[str, str]] = []
    if words := plain_words(fault.detail):
        facts.append((LABEL, words))
    facts.append(("code", plain_code(fault.code)) if fault.code else ("HTTP", str(status)))
    if trace_id:
        facts.append((TRACE_HEADER, trace_id[:100]))
    return tuple(facts)


def _payload(response: httpx.Response) -> JsonObject | None:
    try:
        return read_json(response.content)
    except NotJsonError:
        return None


def _read_fault(payload: JsonObject | None) -> Fault:
    if payload is None:
        return Fault()
    first = next(iter(objects_at(payload, "o:errorDetails")), {})
    return Fault(
        code=text_at(first, "o:errorCode") or text_at(payload, "o:errorCode") or "",
        detail=text_at(first, "detail") or text_at(payload, "title") or "",
        path=text_at(first, "o:errorPath") or "",
    )
