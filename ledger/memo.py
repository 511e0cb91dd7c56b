"""Memos: the words an entry carries into the ERP, from a template of tokens.

A transaction's note is internal and has no token. No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import lru_cache

from ledger.money import EXACT_DIGITS
from ledger.transactions import Transaction, TransactionType

DEFAULT_TEMPLATE = "{type} {quantity} {asset} {id}"
"""Tells two identical transactions of one day apart by their ids."""
MEMO_LIMIT = 500
"""Characters; every ERP takes more, so that a number in front still fits."""
TEMPLATE_LIMIT = 300

_MOST_LISTED = 3
_TOKEN = re.compile(r"\{([^{}]*)\}")
_GAP = "\x00"
_SEPARATORS = r"[\s,;:|/·\u2013\u2014-]*"
_EMPTY_BRACKETS = re.compile(rf"[(\[]\s*{_GAP}\s*[)\]]")
_BEFORE_GAP = re.compile(rf"{_SEPARATORS}{_GAP}")
_FIRST_GAPS = re.compile(rf"^(?:{_GAP}{_SEPARATORS})+")
_BRACKETED_NUMBER = re.compile(r"\[\s*(INT-[^\]]*)\]", re.IGNORECASE)


class TemplateError(ValueError):
    """A memo template that cannot be saved; the message says why."""


def _plain(quantity: Decimal | None) -> str:
    return "" if quantity is None else format(quantity.normalize(), "f")


def _asset(transaction: Transaction) -> str | None:
    return _main(transaction)[0]


def _main(transaction: Transaction) -> tuple[str | None, Decimal | None]:
    """Return what the transaction is about: what was bought, or else what left."""
    t = transaction
    if t.type in {TransactionType.BUY, TransactionType.DEPOSIT}:
        return t.received_asset, t.received_quantity
    if t.type is TransactionType.FEE:
        return t.fee_asset, t.fee_quantity
    return t.sent_asset, t.sent_quantity


_DISTINCT: dict[str, tuple[str, Callable[[Transaction], str | None]]] = {
    "id": ("transactions", lambda t: t.id),
    "hash": ("hashes", lambda t: t.tx_hash),
    "type": ("types", lambda t: t.type.value.capitalize()),
    "category": ("categories", lambda t: t.category),
    "asset": ("assets", _asset),
    "account": ("accounts", lambda t: t.from_account or t.to_account),
    "counterparty": ("counterparties", lambda t: t.counterparty),
}
"""Token → (what to call many of them, how to read one)."""

TOKENS = (*_DISTINCT, "date", "date_range", "quantity", "count")


def check_template(template: str) -> None:
    """Refuse a template that would not come out as meant.

    Raises:
        TemplateError: for an unknown token, a stray brace, a control character, or a length
            that no memo could have.
    """
    unknown = [name for name in _TOKEN.findall(template) if name not in TOKENS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in sorted(TOKENS))
        message = f"{{{unknown[0]}}} is no memo token; there are {known}"
        raise TemplateError(message)
    if set(_TOKEN.sub("", template)) & set("{}"):
        message = "a brace stands alone; tokens are written {like_this}"
        raise TemplateError(message)
    if not template.strip() or len(template) > TEMPLATE_LIMIT or not template.isprintable():
        message = f"a memo template is one line of 1 to {TEMPLATE_LIMIT} characters"
        raise TemplateError(message)


def render_memo(
    template: str, transactions: Sequence[Transaction], *, entry_date: date, time_zone: str
) -> str:
    """Fill in a template for the transactions of one entry, in at most ``MEMO_LIMIT`` characters.

    Several values of a token are joined, or counted when there are many. What is empty leaves
    no stray punctuation behind. A quantity is a sum, and only of one asset and one type.
    """
    facts = _Facts(transactions, entry_date, time_zone)
    text = _fill(template, facts) or _fill(DEFAULT_TEMPLATE, facts)
    return cut(text, MEMO_LIMIT)


def cut(text: str, limit: int) -> str:
    """Shorten a text to a number of characters, ending in an ellipsis when it was longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,;:-") + "…"


def with_part(memo: str, *, part: int, parts: int) -> str:
    """Number the memo of one part of a split entry, inside the limit."""
    suffix = f" ({part}/{parts})"
    return cut(memo, MEMO_LIMIT - len(suffix)) + suffix


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the values of a memo are read from."""

    transactions: Sequence[Transaction]
    entry_date: date
    time_zone: str

    def value(self, name: str) -> str:
        if name in _DISTINCT:
            plural, read = _DISTINCT[name]
            return _join((read(t) for t in self.transactions), plural)
        if name == "quantity":
            return _quantity(self.transactions)
        if name == "date_range":
            return _date_range(self.transactions, self.time_zone)
        return self.entry_date.isoformat() if name == "date" else f"{len(self.transactions):,}"


@lru_cache(maxsize=1000)
def _pieces(template: str) -> tuple[str, ...]:
    """Divide a template: texts at even places, token names at odd ones."""
    return tuple(_TOKEN.split(template))


def _fill(template: str, facts: _Facts) -> str:
    filled = [
        (facts.value(piece) or _GAP) if place % 2 else piece
        for place, piece in enumerate(_pieces(template))
    ]
    text = "".join(filled)
    if _GAP in filled:
        text = _close_gaps(text)
    return " ".join(_tame(text).split())


def _join(values: Iterable[str | None], plural: str) -> str:
    found = list(dict.fromkeys(v.strip() for v in values if v and v.strip()))
    return ", ".join(found) if len(found) <= _MOST_LISTED else f"{len(found):,} {plural}"


def _date_range(transactions: Sequence[Transaction], time_zone: str) -> str:
    days = [t.local_date(time_zone) for t in transactions]
    first, last = min(days), max(days)
    return f"{first}" if first == last else f"{first} to {last}"


def _quantity(transactions: Sequence[Transaction]) -> str:
    if len(transactions) == 1:
        return _plain(_main(transactions[0])[1])
    if len({(t.type, _asset(t)) for t in transactions}) > 1:
        return ""
    with localcontext(prec=EXACT_DIGITS):
        return _plain(sum((_main(t)[1] or Decimal(0) for t in transactions), start=Decimal(0)))


def _close_gaps(text: str) -> str:
    """Drop empty values together with brackets around them and one side's punctuation."""
    text = _EMPTY_BRACKETS.sub(_GAP, text)
    text = _BEFORE_GAP.sub(_GAP, text)
    return _FIRST_GAPS.sub("", text).replace(_GAP, "")


def _tame(text: str) -> str:
    """Take the brackets off a journal number: only an entry's own stands in brackets in Xero."""
    return _BRACKETED_NUMBER.sub(r"\1", text) if "[" in text else text
