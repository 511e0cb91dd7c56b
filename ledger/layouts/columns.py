"""The columns of each layout, with where they are documented.

Column names were read on the pages named here; what no page says is marked UNVERIFIED and is
listed in ``docs/erp/journal_file.md``. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.layouts.cells import amount_text

Rows = Iterator[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The header of a layout and how an entry's postings fill it."""

    header: tuple[str, ...]
    rows_of: Callable[[PreparedEntry], Rows]
    most_rows: int | None
    """The most rows one file may have; none when no limit is known."""
    takes_dimension: Callable[[str], bool] = lambda _: True
    """Whether a dimension of this name has a column of its own, behind the header's."""


def account_code(posting: PreparedPosting) -> str:
    """Return the account's code, which is its id in a journal file's chart."""
    return posting.account_id


def account_name(posting: PreparedPosting) -> str:
    """Return the account's name without the code in front of it."""
    return posting.account_label.removeprefix(f"{posting.account_id} ")


def untaxed(currency: str) -> str:
    """Return what Xero calls its rate of no tax, by the country that the currency suggests.

    UNVERIFIED: the names of the rate whose ``TaxType`` is ``NONE`` in Xero's own demo companies.
    """
    return _UNTAXED.get(currency, "Tax Exempt")


_UNTAXED = {"AUD": "BAS Excluded", "GBP": "No VAT", "NZD": "No GST"}


def _debit_and_credit(posting: PreparedPosting) -> tuple[str, str]:
    amount = amount_text(posting.money.amount)
    return (amount, "") if posting.side is Side.DEBIT else ("", amount)


def _quickbooks_rows(entry: PreparedEntry) -> Rows:
    day = f"{entry.entry_date:%m/%d/%Y}"
    for posting in entry.postings:
        memo = posting.memo or entry.memo
        debit, credit = _debit_and_credit(posting)
        yield entry.number, day, account_name(posting), debit, credit, memo


def _xero_rows(entry: PreparedEntry) -> Rows:
    narration, day = f"[{entry.number}] {entry.memo}".rstrip(), f"{entry.entry_date:%d/%m/%Y}"
    tax_rate = untaxed(entry.currency)
    for posting in entry.postings:
        amount = posting.money.amount if posting.side is Side.DEBIT else -posting.money.amount
        text = amount_text(amount)
        tracking = [text for pair in posting.dimension_labels[:2] for text in pair]
        tracking += [""] * (4 - len(tracking))
        yield narration, day, posting.memo, account_code(posting), tax_rate, text, *tracking


def _netsuite_rows(entry: PreparedEntry) -> Rows:
    memo, day = f"{entry.number} {entry.memo}".rstrip(), f"{entry.entry_date:%m/%d/%Y}"
    for posting in entry.postings:
        debit, credit = _debit_and_credit(posting)
        line = (account_code(posting), debit, credit, posting.memo)
        yield entry.number, day, entry.currency, memo, *line


def _generic_rows(entry: PreparedEntry) -> Rows:
    for posting in entry.postings:
        debit, credit = _debit_and_credit(posting)
        account = (account_code(posting), account_name(posting))
        yield (
            entry.number,
            entry.entry_date.isoformat(),
            *account,
            debit,
            credit,
            entry.currency,
            posting.memo,
            entry.memo,
        )


QUICKBOOKS = Columns(
    header=("Journal No", "Journal Date", "Account Name", "Debits", "Credits", "Description"),
    rows_of=_quickbooks_rows,
    most_rows=1000,
    takes_dimension=lambda name: name.casefold() in {"class", "location"},
)
"""Columns: quickbooks.intuit.com/learn-support/en-au/help-article/import-export-files/
import-journal-entries-quickbooks-online/L4tQBwbs7_AU_en_AU . Accounts by name; account numbers
must be switched off while importing. Our number is the journal number. A class and a location
have a column when an entry has them; the company's tracking must be switched on (the same page).

UNVERIFIED: the most rows of a file, and the US order of the date, which the import asks for.
"""

XERO = Columns(
    header=(
        "*Narration",
        "*Date",
        "Description",
        "*AccountCode",
        "*TaxRate",
        "*Amount",
        "TrackingName1",
        "TrackingOption1",
        "TrackingName2",
        "TrackingOption2",
    ),
    rows_of=_xero_rows,
    most_rows=300,
    takes_dimension=lambda _: False,  # The header has columns for two.
)
"""Columns, 300 lines a file, dd/mm/yyyy, debit above and credit below zero, one narration and
date a journal: https://help.xero.com/nz/ManualJournalsImport . Xero makes drafts of them. Our
number stands in brackets at the start of the narration, as when entries are posted.

UNVERIFIED: the asterisks of the template's header, and the tax rate's name.
"""

NETSUITE = Columns(
    header=(
        "External ID",
        "Date",
        "Currency",
        "Memo",
        "Account",
        "Debit",
        "Credit",
        "Line Memo",
    ),
    rows_of=_netsuite_rows,
    most_rows=25_000,
)
"""Fields of the header and of the lines, accounts by number where account numbers are used:
docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1534492737.html and
section_1534492479.html; the Import Assistant maps the columns. Our number is the external id,
which NetSuite keeps unique, and stands at the start of the memo. Each dimension that an entry has
gets a column of its name.

UNVERIFIED: the most rows of a file, and the order of the date, which is the account's preference.
"""

GENERIC = Columns(
    header=(
        "number",
        "date",
        "account_code",
        "account_name",
        "debit",
        "credit",
        "currency",
        "posting_memo",
        "memo",
    ),
    rows_of=_generic_rows,
    most_rows=None,
)
"""Ours: ISO dates, one row a posting, every field once, a column for each dimension used."""
