"""What QuickBooks' answers mean: ONE function from a reply to success or one of the four families.

Codes: https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes
A fault may come with HTTP 200, under ``Fault`` or ``fault``, as XML, or not at all behind a
proxy's page. What no row of the table knows is never taken for a refusal of a write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

import httpx

from bot.erp.errors import (
    ErpActionRequired,
    ErpError,
    ErpRejected,
    ErpUnavailable,
    OutcomeUnknown,
)
from bot.erp.payload import JsonObject, NotJsonError, object_at, objects_at, read_json, text_at
from bot.erp.quickbooks.company import LABEL
from bot.erp.transport import retry_after_s
from bot.erp.wording import plain_code, plain_words
from ledger.problems import Problem, ProblemCode

TRACE_HEADER = "intuit_tid"
# Intuit documents no Retry-After: "wait 60 seconds".
THROTTLED_WAIT_S = 60.0
_THROTTLED_CODE = "3001"
_EXPIRED_CODE = "3200"


class ObjectNotFoundError(ErpRejected):
    """610: the object asked for is deleted, inactive or was never there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a reply answers."""

    subject: str = LABEL
    """In the user's words: the entry's number, or QuickBooks."""
    is_write: bool = False
    account_labels: Mapping[str, str] = field(default_factory=dict)
    """The entry's accounts by id, to name the one a fault is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first error of a fault, in whichever shape it came."""

    kind: str
    code: str
    message: str
    detail: str
    element: str


@dataclass(frozen=True, slots=True)
class _Ruling:
    family: type[ErpError]
    problem: ProblemCode


_UNKNOWN_REFUSAL = _Ruling(ErpRejected, ProblemCode.UNKNOWN)
_LOOK_IT_UP = _Ruling(OutcomeUnknown, ProblemCode.OUTCOME_UNKNOWN)
_TRY_AGAIN = _Ruling(ErpUnavailable, ProblemCode.ERP_UNREACHABLE)
_REAUTHORISE = _Ruling(ErpActionRequired, ProblemCode.AUTH_EXPIRED)
_NO_RIGHT = _Ruling(ErpActionRequired, ProblemCode.NO_WRITE_PERMISSION)

_BY_CODE: dict[str, _Ruling] = {
    "120": _NO_RIGHT,  # the admin who signed in has lost their rights
    "3100": _REAUTHORISE,  # the app is not connected to this company
    _EXPIRED_CODE: _REAUTHORISE,
    "3201": _NO_RIGHT,
    "500": _UNKNOWN_REFUSAL,
    "610": _Ruling(ErpRejected, ProblemCode.ACCOUNT_INACTIVE),
    "2010": _UNKNOWN_REFUSAL,
    "2020": _UNKNOWN_REFUSAL,
    "2050": _Ruling(ErpRejected, ProblemCode.TEXT_TOO_LONG),
    "2170": _UNKNOWN_REFUSAL,
    "2500": _Ruling(ErpRejected, ProblemCode.ACCOUNT_DELETED),
    "4000": _UNKNOWN_REFUSAL,
    "4001": _UNKNOWN_REFUSAL,
    "5010": _UNKNOWN_REFUSAL,
    "6000": _UNKNOWN_REFUSAL,  # its text says more, see _BY_TEXT
    "6140": _LOOK_IT_UP,  # the number is taken, perhaps by our own earlier try
    "6190": _Ruling(ErpActionRequired, ProblemCode.COMPANY_UNAVAILABLE),
    "6210": _Ruling(ErpRejected, ProblemCode.PERIOD_CLOSED),
    "6240": _UNKNOWN_REFUSAL,
    "6540": _UNKNOWN_REFUSAL,
}
# Of 610, 2500 and 6000: what the words or the element say more exactly, first match first.
_BY_TEXT: tuple[tuple[str, re.Pattern[str], ProblemCode], ...] = (
    ("6000", re.compile(r"choose a (customer|vendor)"), ProblemCode.CONTACT_REQUIRED),
    ("6000", re.compile(r"[Cc]urrenc"), ProblemCode.CURRENCY_MISMATCH),
    ("6000", re.compile(r"balance debits"), ProblemCode.UNBALANCED),
    # Intuit does not say what a requestid gets that was used before; if it refuses, it was used.
    ("6000", re.compile(r"[Rr]equest ?[Ii]d"), ProblemCode.OUTCOME_UNKNOWN),
    (
        "2500 610",
        re.compile(r"Names element|EntityRef|Customers? element|Vendors? element"),
        ProblemCode.CONTACT_REQUIRED,
    ),
    (
        "2500 610",
        re.compile(r"Klass|ClassRef|Class(es)? element|Department"),
        ProblemCode.DIMENSION_REFUSED,
    ),
    ("2500", re.compile(r"Currency element"), ProblemCode.CURRENCY_MISMATCH),
)
_REFUSED_KINDS = frozenset({"validationfault"})
_FORBIDDEN_KINDS = frozenset({"authorizatonfault", "authorizationfault", "authorization"})
_OF_THE_COMPANY = frozenset(
    {
        ProblemCode.AUTH_EXPIRED,
        ProblemCode.NO_WRITE_PERMISSION,
        ProblemCode.COMPANY_UNAVAILABLE,
        ProblemCode.RATE_LIMITED,
        ProblemCode.ERP_UNREACHABLE,
    }
)
_CONTROLLED = ("Accounts Receivable", "Accounts Payable")
_OF_AN_ACCOUNT = frozenset({ProblemCode.ACCOUNT_INACTIVE, ProblemCode.ACCOUNT_DELETED})


def read_reply(response: httpx.Response, about: About) -> JsonObject:
    """Return the body of a success, or raise what the answer means.

    Raises:
        ErpUnavailable: throttled; for a read also 5xx or not an answer of QuickBooks.
        ErpActionRequired: authorisation, permission or the company's subscription.
        ErpRejected: QuickBooks refused this entry (ObjectNotFoundError: of 610).
        OutcomeUnknown: a write answered by 5xx, 6140 or anything unrecognised.
    """
    payload = _payload(response)
    fault = _read_fault(response, payload)
    if response.status_code == 200 and fault is None and payload is not None:
        return payload
    ruling = _refine(_rule(response.status_code, fault), fault)
    if ruling is None:
        ruling = _LOOK_IT_UP if about.is_write else _TRY_AGAIN
    raise _error(ruling, response, fault, about)


def is_token_refused(response: httpx.Response) -> bool:
    """Say whether only the access token was refused: not processed, and a new one may do."""
    if response.status_code != 401:
        return False
    fault = _read_fault(response, _payload(response))
    return fault is None or fault.code in ("", _EXPIRED_CODE)


def _rule(status: int, fault: Fault | None) -> _Ruling | None:
    """Find the row; none when neither the status nor the fault is one that is documented."""
    code = fault.code if fault else ""
    if status >= 500:
        return None
    if status == 429 or code == _THROTTLED_CODE:
        return _Ruling(ErpUnavailable, ProblemCode.RATE_LIMITED)
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status == 401:
        return _REAUTHORISE
    kind = fault.kind.lower() if fault else ""
    if kind in _FORBIDDEN_KINDS:
        return _NO_RIGHT
    return _UNKNOWN_REFUSAL if kind in _REFUSED_KINDS and status in (200, 400) else None


def _refine(ruling: _Ruling | None, fault: Fault | None) -> _Ruling | None:
    if ruling is None or fault is None:
        return ruling
    text = f"{fault.element} {fault.detail}"
    for codes, words, problem in _BY_TEXT:
        if fault.code in codes.split() and words.search(text):
            is_unknown = problem is ProblemCode.OUTCOME_UNKNOWN
            return _LOOK_IT_UP if is_unknown else _Ruling(ruling.family, problem)
    return ruling


def _error(
    ruling: _Ruling, response: httpx.Response, fault: Fault | None, about: About
) -> ErpError:
    trace_id = response.headers.get(TRACE_HEADER)
    problem = Problem(
        code=ruling.problem,
        subject=_subject(ruling.problem, fault, about),
        facts=_facts(ruling, response.status_code, fault, trace_id),
    )
    if ruling.problem is ProblemCode.RATE_LIMITED:
        wait = retry_after_s(response, otherwise=THROTTLED_WAIT_S)
        return ErpUnavailable(problem, trace_id=trace_id, retry_after_s=wait)
    is_absent = fault is not None and fault.code == "610"
    family = ObjectNotFoundError if is_absent and ruling.family is ErpRejected else ruling.family
    return family(problem, trace_id=trace_id)


def _subject(problem: ProblemCode, fault: Fault | None, about: About) -> str:
    if problem in _OF_THE_COMPANY:
        return LABEL
    if fault is None or not about.account_labels:
        return about.subject
    if problem in _OF_AN_ACCOUNT:
        return _named_account(fault, about) or f"named in {about.subject}"
    if problem is ProblemCode.CONTACT_REQUIRED:
        named = (name for name in _CONTROLLED if name in fault.detail)
        return next(named, about.subject)
    return about.subject


def _named_account(fault: Fault, about: About) -> str | None:
    """Name the entry's account whose id stands in the words, or its only one."""
    if len(about.account_labels) == 1:
        return next(iter(about.account_labels.values()))
    ids = re.findall(r"element id (\S+)", fault.detail)
    return next((about.account_labels[id_] for id_ in ids if id_ in about.account_labels), None)


def _facts(
    ruling: _Ruling, status: int, fault: Fault | None, trace_id: str | None
) -> tuple[tuple[str, str], ...]:
    facts: list[tuple[str, str]] = []
    # The words of a refused token may quote the token.
    is_about_access = ruling in (_REAUTHORISE, _NO_RIGHT)
    words = plain_words(fault.detail or fault.message) if fault else ""
    if words and not is_about_access:
        facts.append((LABEL, words))
    code = plain_code(fault.code) if fault and fault.code else ""
    facts.append(("code", code) if code else ("HTTP", str(status)))
    if trace_id:
        facts.append((TRACE_HEADER, trace_id[:100]))
    return tuple(facts)


def _payload(response: httpx.Response) -> JsonObject | None:
    try:
        return read_json(response.content)
    except NotJsonError:
        return None


def _read_fault(response: httpx.Response, payload: JsonObject | None) -> Fault | None:
    if payload is None:
        return _read_xml_fault(response)
    for outer, inner, message, detail in (
        ("Fault", "Error", "Message", "Detail"),
        ("fault", "error", "message", "detail"),
    ):
        fault = object_at(payload, outer)
        if not fault:
            continue
        first = next(iter(objects_at(fault, inner)), {})
        return Fault(
            kind=text_at(fault, "type") or "",
            code=(text_at(first, "code") or "").lstrip("0"),
            message=text_at(first, message) or "",
            detail=text_at(first, detail) or "",
            element=text_at(first, "element") or "",
        )
    return None


def _read_xml_fault(response: httpx.Response) -> Fault | None:
    """Read the XML that gateways answer in; patterns do, and expand no entity of a stranger."""
    text = response.text
    kind = re.search(r"<Fault\b[^>]*\btype=\"(\w+)\"", text)
    if kind is None:
        return None
    code = re.search(r"<Error\b[^>]*\bcode=\"0*(\d+)\"", text)
    return Fault(
        kind=kind[1],
        code=code[1] if code else "",
        message=_xml_text(text, "Message"),
        detail=_xml_text(text, "Detail"),
        element="",
    )


def _xml_text(text: str, tag: str) -> str:
    found = re.search(rf"<{tag}>([^<]*)</{tag}>", text)
    return unescape(found[1]) if found else ""
