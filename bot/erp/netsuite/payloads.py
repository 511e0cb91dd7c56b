"""A journal entry in NetSuite's words, to be created; ``found`` reads it back.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_159886587653.html
Pure: nothing is sent here, nothing is shortened or re-dated, and no amount passes through a float.
"""

from __future__ import annotations

from decimal import Decimal

from bot.erp.payload import JsonObject, JsonValue, write_json
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.problems import Problem, ProblemCode

MAX_POSTINGS = 1000
"""Of one entry, well below the 10,000 that the account's own screens take (not documented)."""
LONGEST_MEMO = 999
"""Of the entry, our number in front included (practice, not documented)."""
LONGEST_LINE_MEMO = 4000
_LEAST_TOO_LARGE = Decimal(10) ** 13
_SIDES = {Side.DEBIT: "debit", Side.CREDIT: "credit"}


def entry_body(
    entry: PreparedEntry, *, subsidiary_id: str | None, currency_id: str | None
) -> bytes:
    """Write the body of a create.

    Our number is the external id, which NetSuite keeps unique, and begins the memo for people. The
    approval status is left to the account's own routing.
    """
    body: dict[str, JsonValue] = {
        "externalId": entry.number,
        "tranDate": entry.entry_date.isoformat(),
        "memo": numbered_memo(entry.number, entry.memo),
    }
    if subsidiary_id is not None:
        body["subsidiary"] = {"id": subsidiary_id}
    if currency_id is not None:
        body["currency"] = {"id": currency_id}
    body["line"] = {"items": [_line(posting) for posting in entry.postings]}
    return write_json(body).encode()


def numbered_memo(number: str, memo: str) -> str:
    """Put our number in front of a memo; :func:`plain_memo` takes it off."""
    return f"{number} {memo}" if memo else number


def plain_memo(number: str, memo: str) -> str:
    """Take our own number off the front of a memo, exactly as it was put there."""
    return "" if memo == number else memo.removeprefix(f"{number} ")


def find_excess(entry: PreparedEntry) -> Problem | None:
    """Return what of an entry NetSuite has no room for; it is refused here, never shortened."""
    texts = [("memo", numbered_memo(entry.number, entry.memo), LONGEST_MEMO)]
    texts += [("line memo", posting.memo, LONGEST_LINE_MEMO) for posting in entry.postings]
    for name, text, limit in texts:
        if len(text) > limit:
            reason = f"{len(text)} characters of at most {limit}"
            return _excess(entry, ProblemCode.TEXT_TOO_LONG, name, reason)
    if len(entry.postings) > MAX_POSTINGS:
        reason = f"{len(entry.postings)} of at most {MAX_POSTINGS}"
        return _excess(entry, ProblemCode.UNKNOWN, "postings", reason)
    if any(posting.money.amount >= _LEAST_TOO_LARGE for posting in entry.postings):
        return _excess(entry, ProblemCode.UNKNOWN, "amount", "more than 13 digits before the point")
    return None


def _line(posting: PreparedPosting) -> JsonObject:
    line: dict[str, JsonValue] = {
        "account": {"id": posting.account_id},
        _SIDES[posting.side]: posting.money.amount,
    }
    if posting.memo:
        line["memo"] = posting.memo
    if posting.contact_id is not None:
        line["entity"] = {"id": posting.contact_id}
    return line | {key: {"id": value} for key, value in posting.dimensions}


def _excess(entry: PreparedEntry, code: ProblemCode, name: str, reason: str) -> Problem:
    return Problem(code=code, subject=entry.number, facts=((name, reason),))
