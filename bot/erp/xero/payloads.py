"""A journal entry in Xero's words, there and back.

https://developer.xero.com/documentation/api/accounting/manualjournals
Pure: nothing is sent here, nothing is shortened or re-dated, and no amount passes through a float.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_UP, Decimal

from bot.erp.connector import FoundEntry, FoundPosting
from bot.erp.payload import (
    JsonObject,
    JsonValue,
    decimal_at,
    flag_at,
    objects_at,
    require,
    text_at,
    write_json,
)
from bot.erp.xero.dates import read_day
from bot.erp.xero.narration import read_narration, write_narration
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money, quantum
from ledger.problems import Problem, ProblemCode

MAX_POSTINGS = 200
"""How many lines Xero takes is not documented; this is the product's own policy."""
SALES_TAX = "sales tax"
"""Stands for an account where a person has put tax on a line: ours carry none."""
GONE = frozenset({"DELETED", "VOIDED"})
"""The statuses of a journal that is no longer in the ledger."""
POSTED = "POSTED"
# Neither is documented for manual journals; 4000 is what the lines of other documents take.
_LONGEST_NARRATION = 4000
_LONGEST_DESCRIPTION = 4000
_MOST_DIMENSIONS = 2
_LEAST_TOO_LARGE = Decimal(10) ** 10


def entry_json(entry: PreparedEntry) -> JsonObject:
    """Write one element of a create: posted, untaxed, our number in front of the narration.

    Accounts go by ``AccountID``, which every account has and nobody renumbers, unlike its code.
    """
    return {
        "Narration": write_narration(entry.number, entry.memo),
        "Date": entry.entry_date.isoformat(),
        # Left out, it means a draft: nothing would reach the ledger.
        "Status": POSTED,
        "LineAmountTypes": "NoTax",
        "JournalLines": [_line(posting) for posting in entry.postings],
    }


def entries_body(entries: Sequence[PreparedEntry]) -> bytes:
    """Write the body of a create; equal entries in equal order give equal bytes."""
    return write_json({"ManualJournals": [entry_json(entry) for entry in entries]}).encode()


def find_excess(entry: PreparedEntry) -> Problem | None:
    """Return what of an entry Xero has no room for; it is refused here, never shortened."""
    narration = write_narration(entry.number, entry.memo)
    texts = [("memo", narration, _LONGEST_NARRATION)]
    texts += [("description", p.memo, _LONGEST_DESCRIPTION) for p in entry.postings]
    for name, text, limit in texts:
        if len(text) > limit:
            reason = f"{len(text)} characters of at most {limit}"
            return _excess(entry, ProblemCode.TEXT_TOO_LONG, name, reason)
    if len(entry.postings) > MAX_POSTINGS:
        reason = f"{len(entry.postings)} of at most {MAX_POSTINGS}"
        return _excess(entry, ProblemCode.UNKNOWN, "postings", reason)
    if any(len(p.dimensions) > _MOST_DIMENSIONS for p in entry.postings):
        reason = "more than the two tracking categories that a line takes"
        return _excess(entry, ProblemCode.UNKNOWN, "tracking", reason)
    if any(p.money.amount >= _LEAST_TOO_LARGE for p in entry.postings):
        return _excess(entry, ProblemCode.UNKNOWN, "amount", "more than ten digits")
    return _contact_excess(entry)


def read_entry(payload: JsonObject, *, base_currency: str) -> FoundEntry:
    """Read a manual journal as Xero holds it; it is always in the base currency.

    Raises:
        UnreadableError: when a field that is always there is not.
    """
    number, memo = read_narration(text_at(payload, "Narration") or "")
    is_inclusive = text_at(payload, "LineAmountTypes") == "Inclusive"
    return FoundEntry(
        erp_id=require(payload, "ManualJournalID"),
        number=number,
        entry_date=read_day(require(payload, "Date")),
        currency=base_currency,
        memo=memo,
        postings=tuple(
            posting
            for line in objects_at(payload, "JournalLines")
            if not flag_at(line, "IsBlank")
            for posting in _postings(line, base_currency, is_inclusive=is_inclusive)
        ),
        is_posted=text_at(payload, "Status") == POSTED,
    )


def is_gone(payload: JsonObject) -> bool:
    """Say whether a person has voided or deleted the journal."""
    return text_at(payload, "Status") in GONE


def _line(posting: PreparedPosting) -> JsonObject:
    amount = posting.money.amount
    line: dict[str, JsonValue] = {
        "LineAmount": amount if posting.side is Side.DEBIT else -amount,
        "AccountID": posting.account_id,
        # Left out, the account's own default would be used.
        "TaxType": "NONE",
    }
    if posting.memo:
        line["Description"] = posting.memo
    if posting.dimensions:
        line["Tracking"] = [
            {"TrackingCategoryID": category, "TrackingOptionID": option}
            for category, option in posting.dimensions
        ]
    return line


def _postings(line: JsonObject, currency: str, *, is_inclusive: bool) -> Iterator[FoundPosting]:
    """Read a line, and the tax a person may have put on it, which goes to an account of its own."""
    amount = decimal_at(line, "LineAmount") or Decimal(0)
    tax = decimal_at(line, "TaxAmount") or Decimal(0)
    net = amount - tax if is_inclusive else amount
    yield FoundPosting(
        account_id=require(line, "AccountID"),
        side=_side(net),
        money=_money(net, currency),
        memo=text_at(line, "Description") or "",
        dimensions=_dimensions(line),
    )
    if tax:
        yield FoundPosting(account_id=SALES_TAX, side=_side(tax), money=_money(tax, currency))


def _dimensions(line: JsonObject) -> tuple[tuple[str, str], ...]:
    pairs = (
        (require(item, "TrackingCategoryID"), require(item, "TrackingOptionID"))
        for item in objects_at(line, "Tracking")
    )
    return tuple(sorted(pairs))


def _side(amount: Decimal) -> Side:
    return Side.CREDIT if amount < 0 else Side.DEBIT


def _money(amount: Decimal, currency: str) -> Money:
    """Read an amount; further decimals, which are not ours, raise the last that money has."""
    return Money(abs(amount).quantize(quantum(currency), rounding=ROUND_UP), currency)


def _contact_excess(entry: PreparedEntry) -> Problem | None:
    """There is no way to attach a contact to a line; dropping it would not be what was approved."""
    if all(p.contact_id is None for p in entry.postings):
        return None
    label = next(p.account_label for p in entry.postings if p.contact_id is not None)
    facts = (("reason", "Xero's manual journals take no customer or vendor"),)
    return Problem(code=ProblemCode.ACCOUNT_REFUSED, subject=label, facts=facts)


def _excess(entry: PreparedEntry, code: ProblemCode, name: str, reason: str) -> Problem:
    return Problem(code=code, subject=entry.number, facts=((name, reason),))
