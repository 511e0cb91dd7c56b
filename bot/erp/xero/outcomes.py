"""What became of each entry of one request, read by its position: Xero has no correlation id.

https://developer.xero.com/documentation/api/accounting/requests-and-responses
(``summarizeErrors``). A reply that does not fit the request, element by element, says nothing
about any of its entries. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.erp.connector import Outcome, Posted
from bot.erp.errors import ErpRejected, OutcomeUnknown
from bot.erp.payload import JsonObject, flag_at, objects_at, text_at
from bot.erp.wording import plain_words
from bot.erp.xero.faults import Elements
from bot.erp.xero.narration import read_narration
from bot.erp.xero.organisation import LABEL, is_guid
from bot.erp.xero.payloads import POSTED
from ledger.entries import PreparedEntry
from ledger.problems import Problem, ProblemCode

_NO_ID = "00000000-0000-0000-0000-000000000000"
_STORED = frozenset({"OK", "WARNING"})
_DRAFT = "DRAFT"

# Xero's words, first match first; read on other documents where manual journals have none recorded.
_BY_TEXT: tuple[tuple[re.Pattern[str], ProblemCode], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"\block date\b", ProblemCode.PERIOD_CLOSED),
        (r"must equal total credits", ProblemCode.UNBALANCED),
        (r"\baccount\b.*archived", ProblemCode.ACCOUNT_INACTIVE),
        (r"tracking", ProblemCode.DIMENSION_REFUSED),
        (r"not a valid code for this document", ProblemCode.ACCOUNT_REFUSED),
        (r"cannot be used with account", ProblemCode.ACCOUNT_REFUSED),
        (r"system account|bank account", ProblemCode.ACCOUNT_REFUSED),
        (
            r"\baccount\b.*\b(not (be )?found|not exist|not (a )?valid|invalid)\b",
            ProblemCode.ACCOUNT_DELETED,
        ),
        (r"currency", ProblemCode.CURRENCY_MISMATCH),
        (r"length|too long|exceeds? .*characters", ProblemCode.TEXT_TOO_LONG),
    )
)
_OF_AN_ACCOUNT = frozenset(
    {ProblemCode.ACCOUNT_REFUSED, ProblemCode.ACCOUNT_INACTIVE, ProblemCode.ACCOUNT_DELETED}
)


def read_outcomes(
    elements: Elements, entries: Sequence[PreparedEntry], *, trace_id: str | None = None
) -> list[Outcome]:
    """Return each entry's outcome, in the order of the entries.

    Another count of elements, or an element that names another entry, makes all of them unknown.
    """
    rows = elements.rows
    is_ours = len(rows) == len(entries) and all(map(_may_be, rows, entries))
    if not is_ours:
        reason = f"the answer is not about these {len(entries)} entries"
        return [unknown(entry, reason, trace_id=trace_id) for entry in entries]
    return [
        _outcome(row, entry, is_whole_refused=elements.is_whole_refused, trace_id=trace_id)
        for row, entry in zip(rows, entries, strict=True)
    ]


def unknown(entry: PreparedEntry, reason: str, *, trace_id: str | None = None) -> OutcomeUnknown:
    """Say that an entry may be in Xero."""
    facts = (("reason", reason),)
    problem = Problem(code=ProblemCode.OUTCOME_UNKNOWN, subject=entry.number, facts=facts)
    return OutcomeUnknown(problem, trace_id=trace_id)


def _may_be(row: JsonObject, entry: PreparedEntry) -> bool:
    """Say whether an element is not surely about another entry; an echo may be left out."""
    number, _ = read_narration(text_at(row, "Narration") or "")
    return number in (None, entry.number)


def _outcome(
    row: JsonObject, entry: PreparedEntry, *, is_whole_refused: bool, trace_id: str | None
) -> Outcome:
    errors = objects_at(row, "ValidationErrors")
    state = text_at(row, "StatusAttributeString")
    if errors or state == "ERROR" or flag_at(row, "HasErrors"):
        return _rejection([text_at(e, "Message") or "" for e in errors], entry, trace_id)
    erp_id = text_at(row, "ManualJournalID") or ""
    status = text_at(row, "Status")
    is_stored = state in _STORED or state is None
    if is_whole_refused or not is_stored or not is_guid(erp_id) or erp_id == _NO_ID:
        return unknown(entry, "neither stored nor refused", trace_id=trace_id)
    if status not in (POSTED, _DRAFT):
        return unknown(entry, "stored in a status not asked for", trace_id=trace_id)
    return Posted(erp_id=erp_id, is_posted=status == POSTED)


def _rejection(messages: Sequence[str], entry: PreparedEntry, trace_id: str | None) -> ErpRejected:
    words = " ".join(messages)
    code = next((c for pattern, c in _BY_TEXT if pattern.search(words)), ProblemCode.UNKNOWN)
    facts = [(LABEL, plain_words(words) or "no reason given")]
    if trace_id:
        facts.append(("trace", trace_id[:100]))
    subject = _account(words, entry) if code in _OF_AN_ACCOUNT else entry.number
    problem = Problem(code=code, subject=subject, facts=tuple(facts))
    return ErpRejected(problem, trace_id=trace_id)


def _account(words: str, entry: PreparedEntry) -> str:
    """Name the entry's account that the words name, by its id or by its code."""
    named = re.findall(r"'([^']+)'", words)
    for posting in entry.postings:
        code = posting.account_label.split(" ", 1)[0]
        if posting.account_id in words or code in named:
            return posting.account_label
    return f"named in {entry.number}"
