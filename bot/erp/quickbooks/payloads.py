"""A journal entry in QuickBooks' words, there and back.

https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry
Pure: nothing is sent here, nothing is shortened or re-dated, and no amount passes through a float.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_UP, Decimal

from bot.erp.connector import FoundEntry, FoundPosting
from bot.erp.payload import (
    JsonObject,
    JsonValue,
    UnreadableError,
    decimal_at,
    object_at,
    objects_at,
    require,
    text_at,
    write_json,
)
from ledger.books import ContactKind
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money, quantum
from ledger.problems import Problem, ProblemCode

CLASS = "class"
LOCATION = "location"
MAX_POSTINGS = 10_000
_LONGEST_NUMBER = 21
_LONGEST_TEXT = 4000
_LEAST_TOO_LARGE = Decimal(10) ** 10
_OUR_NUMBERS = "INT-"

_DETAIL = "JournalEntryLineDetail"
_POSTING_TYPES = {Side.DEBIT: "Debit", Side.CREDIT: "Credit"}
_SIDES = {word: side for side, word in _POSTING_TYPES.items()}
_DIMENSION_FIELDS = {CLASS: "ClassRef", LOCATION: "DepartmentRef"}
_ENTITY_TYPES = {ContactKind.CUSTOMER: "Customer", ContactKind.VENDOR: "Vendor"}


def entry_body(entry: PreparedEntry) -> bytes:
    """Write the body of a create. Our number is the ``DocNumber``, the memo the ``PrivateNote``."""
    body: dict[str, JsonValue] = {
        "DocNumber": entry.number,
        "TxnDate": entry.entry_date.isoformat(),
        "PrivateNote": entry.memo,
        "CurrencyRef": {"value": entry.currency},
        "Line": [_line(posting) for posting in entry.postings],
    }
    return write_json(body).encode()


def find_excess(entry: PreparedEntry) -> Problem | None:
    """Return what of an entry QuickBooks has no room for; it is refused here, never shortened."""
    texts = [("number", entry.number, _LONGEST_NUMBER), ("memo", entry.memo, _LONGEST_TEXT)]
    texts += [("description", p.memo, _LONGEST_TEXT) for p in entry.postings]
    for name, text, limit in texts:
        if len(text) > limit:
            return _excess(entry, name, f"{len(text)} characters of at most {limit}")
    if len(entry.postings) > MAX_POSTINGS:
        return _excess(entry, "postings", f"{len(entry.postings)} of at most {MAX_POSTINGS}")
    if any(p.money.amount >= _LEAST_TOO_LARGE for p in entry.postings):
        return _excess(entry, "amount", "more than ten digits before the point")
    return None


def read_entry(payload: JsonObject, *, home_currency: str) -> FoundEntry:
    """Read a journal entry as QuickBooks holds it.

    Raises:
        UnreadableError: when a field that is always there is not.
    """
    number = text_at(payload, "DocNumber")
    currency = text_at(object_at(payload, "CurrencyRef"), "value") or home_currency
    return FoundEntry(
        erp_id=require(payload, "Id"),
        number=number if number is not None and number.startswith(_OUR_NUMBERS) else None,
        entry_date=_day(require(payload, "TxnDate")),
        currency=currency,
        memo=text_at(payload, "PrivateNote") or "",
        postings=tuple(
            _posting(line, currency)
            for line in objects_at(payload, "Line")
            if line.get("DetailType") == _DETAIL
        ),
        document=number,
    )


def _line(posting: PreparedPosting) -> JsonObject:
    detail: dict[str, JsonValue] = {
        "PostingType": _POSTING_TYPES[posting.side],
        "AccountRef": {"value": posting.account_id},
    }
    if posting.contact_id is not None and posting.contact_kind is not None:
        entity_type = _ENTITY_TYPES[posting.contact_kind]
        detail["Entity"] = {"Type": entity_type, "EntityRef": {"value": posting.contact_id}}
    for key, value in posting.dimensions:
        detail[_DIMENSION_FIELDS[key]] = {"value": value}
    line: dict[str, JsonValue] = {"DetailType": _DETAIL, "Amount": posting.money.amount}
    if posting.memo:
        line["Description"] = posting.memo
    return {**line, _DETAIL: detail}


def _posting(line: JsonObject, currency: str) -> FoundPosting:
    detail = object_at(line, _DETAIL)
    side = _SIDES.get(require(detail, "PostingType"))
    if side is None:
        raise UnreadableError("PostingType is neither Debit nor Credit")
    dimensions = (
        (key, text_at(object_at(detail, name), "value")) for key, name in _DIMENSION_FIELDS.items()
    )
    return FoundPosting(
        account_id=require(object_at(detail, "AccountRef"), "value"),
        side=side,
        money=_money(decimal_at(line, "Amount"), currency),
        memo=text_at(line, "Description") or "",
        contact_id=text_at(object_at(object_at(detail, "Entity"), "EntityRef"), "value"),
        dimensions=tuple(sorted((key, value) for key, value in dimensions if value is not None)),
    )


def _money(amount: Decimal | None, currency: str) -> Money:
    """Read an amount. QuickBooks keeps five decimals: further ones raise the last that money has.

    Such an amount is not ours; rounding it up keeps it unequal to the one it was edited from.
    """
    return Money((amount or Decimal(0)).quantize(quantum(currency), rounding=ROUND_UP), currency)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise UnreadableError("TxnDate is not a date") from error


def _excess(entry: PreparedEntry, name: str, reason: str) -> Problem:
    code = ProblemCode.UNKNOWN if name in ("postings", "amount") else ProblemCode.TEXT_TOO_LONG
    return Problem(code=code, subject=entry.number, facts=((name, reason),))
