"""A team's own chart of accounts from a CSV file, for teams without an ERP.

Bytes in; accounts or what is wrong, row by row. A chart is taken whole or not at all: half a
chart would leave people mapping to accounts that are not there. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import StringIO

from ledger.books import Account, AccountClass, ContactKind
from ledger.currencies import is_fiat
from ledger.problems import Problem
from ledger.sources.generic import FileRefusedError, decode, read_table
from ledger.sources.rows import row_problem

COLUMNS = ("code", "name", "type", "currency")
REQUIRED = ("code", "name", "type")
MOST_ACCOUNTS = 10_000
_LONGEST = {"code": 60, "name": 150}

_CLASSES = {
    AccountClass.ASSET: "asset, bank, accounts receivable, other current asset, fixed asset, "
    "other asset, current, fixed, inventory, noncurrent, prepayment, acctrec, othcurrasset, "
    "fixedasset, othasset, deferexpense, unbilledrec",
    AccountClass.LIABILITY: "liability, accounts payable, credit card, other current liability, "
    "long term liability, currliab, termliab, acctpay, credcard, othcurrliab, longtermliab, "
    "deferrevenue",
    AccountClass.EQUITY: "equity",
    AccountClass.INCOME: "income, revenue, other income, sales, otherincome, othincome",
    AccountClass.EXPENSE: "expense, cost of goods sold, other expense, directcosts, overheads, "
    "depreciatn, cogs, othexpense",
}
_CLASS_OF = {word: kind for kind, words in _CLASSES.items() for word in words.split(", ")}
"""The five classes, and every type of QuickBooks, Xero and NetSuite that takes an entry."""
_RECEIVABLE = {"accounts receivable", "acctrec"}
_PAYABLE = {"accounts payable", "acctpay"}

NEEDS_CONTACT = (
    "needs a customer or vendor on every line, which a journal file cannot name; "
    "use a clearing account"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedChart:
    """A chart; when there are problems there are no accounts."""

    accounts: tuple[Account, ...]
    problems: tuple[Problem, ...]
    """Each names its row and column in ``facts``, and what to write instead."""


def parse_chart(data: bytes) -> ParsedChart:
    """Read a CSV file with the columns code, name, type and, if wanted, currency."""
    reading = _Reading()
    try:
        table = read_table(StringIO(decode(data), newline=""), known=COLUMNS, required=REQUIRED)
        for number, cells in table:
            if isinstance(cells, Problem):
                reading.problems.append(cells)
            else:
                reading.take(number, cells)
        reading.require_accounts()
    except FileRefusedError as refused:
        return ParsedChart(accounts=(), problems=refused.problems)
    if reading.problems:
        return ParsedChart(accounts=(), problems=tuple(reading.problems))
    return ParsedChart(accounts=tuple(reading.accounts), problems=())


def for_journal_file(accounts: tuple[Account, ...]) -> tuple[Account, ...]:
    """Refuse the accounts whose lines need a contact: there are no contacts in a file's books."""
    return tuple(
        replace(account, requires_contact=None, refusal=NEEDS_CONTACT)
        if account.requires_contact is not None
        else account
        for account in accounts
    )


class _Reading:
    """Reads rows, and knows the codes and names it has seen."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.problems: list[Problem] = []
        self._rows: dict[tuple[str, str], int] = {}

    def take(self, number: int, cells: dict[str, str]) -> None:
        """Read one row; every fault of every column is kept, not only the first."""
        texts = {column: cells.get(column, "").strip() for column in COLUMNS}
        faults = [*self._text_faults(number, texts), *_type_faults(texts)]
        for column, reason in faults:
            self.problems.append(row_problem(number, field=column, reason=reason))
        if not faults:
            self.accounts.append(_account(texts))

    def require_accounts(self) -> None:
        """Refuse a file without rows, or with too many.

        Raises:
            FileRefusedError: naming the limit.
        """
        if not self.accounts and not self.problems:
            raise FileRefusedError(("file", "has no accounts below its header"))
        if len(self.accounts) > MOST_ACCOUNTS:
            raise FileRefusedError(("file", f"has more than {MOST_ACCOUNTS:,} accounts"))

    def _text_faults(self, number: int, texts: dict[str, str]) -> list[tuple[str, str]]:
        faults = []
        for column, longest in _LONGEST.items():
            text = texts[column]
            if not text:
                faults.append((column, "is empty; an account needs it"))
            elif len(text) > longest or not text.isprintable():
                faults.append((column, f"takes up to {longest} printable characters"))
            else:
                first = self._rows.setdefault((column, text.casefold()), number)
                if first != number:
                    faults.append((column, f"is that of row {first} too; each has its own"))
        return faults


def _type_faults(texts: dict[str, str]) -> list[tuple[str, str]]:
    faults = []
    if not texts["type"]:
        faults.append(("type", "is empty; write asset, liability, equity, income or expense"))
    elif texts["type"].casefold() not in _CLASS_OF:
        reason = (
            f"“{texts['type'][:40]}” is no type; write asset, liability, equity, income or "
            "expense, or a type of QuickBooks, Xero or NetSuite"
        )
        faults.append(("type", reason))
    if texts["currency"] and not is_fiat(texts["currency"].upper()):
        reason = "is no ISO currency code such as USD; leave it empty for your base currency"
        faults.append(("currency", reason))
    return faults


def _account(texts: dict[str, str]) -> Account:
    kind = texts["type"].casefold()
    contact = None
    if kind in _RECEIVABLE:
        contact = ContactKind.CUSTOMER
    elif kind in _PAYABLE:
        contact = ContactKind.VENDOR
    return Account(
        erp_id=texts["code"],
        name=texts["name"],
        code=texts["code"],
        classification=_CLASS_OF[kind],
        erp_type=texts["type"],
        currency=texts["currency"].upper() or None,
        requires_contact=contact,
    )
