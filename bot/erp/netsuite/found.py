"""Journal entries as SuiteQL shows them: rows of lines in, whole entries out.

Every value is text, and what is empty is left out. Amounts are those of the accounting lines, in
the company's own currency. Pure: nothing is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal, InvalidOperation

from bot.erp.connector import FoundEntry, FoundPosting
from bot.erp.netsuite.payloads import plain_memo
from bot.erp.payload import JsonObject, UnreadableError, require, text_at
from ledger.entries import Side
from ledger.money import Money, quantum

_OUR_NUMBERS = "INT-"
_REJECTED = "3"
"""Of a journal's ``approvalStatus``; docs/erp/netsuite.md says what of this is not verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What rows are read with."""

    functional_currency: str
    currencies: Mapping[str, str]
    """Internal id → ISO code."""
    dimensions: Sequence[str]


def read_entry(rows: Sequence[JsonObject], reading: Reading) -> FoundEntry:
    """Read one transaction from its lines' rows, or from its only row without lines.

    Raises:
        UnreadableError: a column that is always there is not, or an entry of ours does not balance,
            which NetSuite never lets happen: lines moved to another page while they were read.
    """
    header = rows[0]
    number = text_at(header, "externalid")
    number = number if number is not None and number.startswith(_OUR_NUMBERS) else None
    memo = text_at(header, "memo") or ""
    postings = tuple(_postings(rows, reading))
    if number is not None and not _is_balanced(postings):
        raise UnreadableError(f"{number} was read in part")
    return FoundEntry(
        erp_id=require(header, "id"),
        number=number,
        entry_date=_day(require(header, "trandate")),
        currency=_currency(text_at(header, "currency"), reading),
        memo=plain_memo(number, memo) if number is not None else memo,
        postings=postings,
        is_posted=text_at(header, "posting") == "T",
        is_rejected=_is_rejected(header),
        document=text_at(header, "tranid"),
    )


def _is_rejected(header: JsonObject) -> bool:
    """Say whether NetSuite's approval routing rejected a transaction.

    What posts is in the ledger whatever its status says; without the status, or with one that is
    none of ours, it only waits. Neither way is it absent, so it is never sent again.
    https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_159886587653.html
    """
    is_posted = text_at(header, "posting") == "T"
    return not is_posted and text_at(header, "approvalstatus") == _REJECTED


def _postings(rows: Sequence[JsonObject], reading: Reading) -> list[FoundPosting]:
    """Read each line once, from its first row: that of the primary accounting book."""
    first_rows = {line: row for row in reversed(rows) if (line := text_at(row, "line"))}
    ordered = dict.fromkeys(line for row in rows if (line := text_at(row, "line")))
    return [
        _posting(first_rows[line], reading) for line in ordered if _has_amount(first_rows[line])
    ]


def _has_amount(row: JsonObject) -> bool:
    return text_at(row, "debit") is not None or text_at(row, "credit") is not None


def _posting(row: JsonObject, reading: Reading) -> FoundPosting:
    net = _amount(row, "debit") - _amount(row, "credit")
    dimensions = ((key, text_at(row, key)) for key in reading.dimensions)
    return FoundPosting(
        account_id=require(row, "account"),
        side=Side.DEBIT if net >= 0 else Side.CREDIT,
        money=_money(abs(net), reading.functional_currency),
        memo=text_at(row, "linememo") or "",
        contact_id=text_at(row, "entity"),
        dimensions=tuple(sorted((key, value) for key, value in dimensions if value is not None)),
    )


def _is_balanced(postings: Sequence[FoundPosting]) -> bool:
    signed = (p.money.amount if p.side is Side.DEBIT else -p.money.amount for p in postings)
    return sum(signed, Decimal(0)) == 0


def _amount(row: JsonObject, key: str) -> Decimal:
    text = text_at(row, key)
    try:
        return Decimal(text) if text is not None else Decimal(0)
    except InvalidOperation as error:
        raise UnreadableError(f"{key} is not a number") from error


def _money(amount: Decimal, currency: str) -> Money:
    """Round what money cannot hold up, so that it stays unequal to what it was edited from."""
    return Money(amount.quantize(quantum(currency), rounding=ROUND_UP), currency)


def _currency(id_: str | None, reading: Reading) -> str:
    """Name the entry's currency; one we cannot name is not the company's own."""
    if id_ is None:
        return reading.functional_currency
    return reading.currencies.get(id_, f"currency {id_}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnreadableError("trandate is not a date") from error
