"""The workbook of a batch: real numbers and dates, text that stays text, the same bytes always."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from openpyxl import load_workbook

from bot.services.workbooks import WorkbookContent, WorkbookProblem
from bot.workbook import write_workbook
from ledger.books import Account, AccountClass, Books, Contact, ContactKind
from ledger.entries import EntryMember, PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.periods import Period
from ledger.report import account_totals
from ledger.transactions import Effect

BOOKS = Books(
    company_name="Acme",
    functional_currency="USD",
    accounts=(
        Account(
            erp_id="7", name="Bank", code="1000", classification=AccountClass.ASSET, erp_type="Bank"
        ),
        Account(erp_id="9", name="Sales", classification=AccountClass.INCOME, erp_type="Income"),
    ),
    contacts=(Contact(erp_id="c1", name="Harbor Ltd", kind=ContactKind.CUSTOMER),),
)


def entry(number: str, amount: str, *, memo: str = "rent", currency: str = "USD") -> PreparedEntry:
    money = Money(Decimal(amount), currency)
    return PreparedEntry(
        company="quickbooks:1",
        number=number,
        entry_date=date(2026, 10, 31),
        currency=currency,
        memo=memo,
        postings=(
            PreparedPosting(
                account_id="7", account_label="1000 Bank", side=Side.DEBIT, money=money, memo=memo
            ),
            PreparedPosting(
                account_id="9",
                account_label="Sales",
                side=Side.CREDIT,
                money=money,
                contact_id="c1",
                contact_kind=ContactKind.CUSTOMER,
                dimensions=(("class", "5"),),
            ),
        ),
        members=(EntryMember(source="bank", transaction_id="t-1", effect=Effect.IN),),
    )


def content(*entries: PreparedEntry, currency: str = "USD") -> WorkbookContent:
    return WorkbookContent(
        organisation="Acme",
        company="Acme Inc (QuickBooks)",
        period=Period(date(2026, 10, 1), date(2026, 10, 31)),
        digest="ab" * 32,
        frozen_at=datetime(2026, 11, 1, 5, tzinfo=UTC),
        currency=currency,
        entries=entries,
        books=BOOKS,
        accounts=account_totals(entries, currency=currency),
        problems=(
            WorkbookProblem(title="No price", count=2, subjects=("tx 4",), remedy="Price it."),
        ),
    )


def sheets(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = load_workbook(BytesIO(data))
    return {s.title: [tuple(row) for row in s.iter_rows(values_only=True)] for s in book.worksheets}


def test_every_line_of_every_entry_is_there_with_its_account_and_its_transactions() -> None:
    found = sheets(write_workbook(content(entry("INT-1", "101.50"), entry("INT-2", "7.00"))))
    first, second = found["Lines"][1:3]
    assert (first[0], str(first[1])) == ("INT-1", "2026-10-31 00:00:00")
    assert first[2:6] == ("1000", "Bank", 101.5, None)
    assert second[3:6] == ("Sales", None, 101.5)
    assert second[9:12] == ("Harbor Ltd", "class: 5", "bank:t-1")
    assert len(found["Lines"]) == 1 + 4


def test_amounts_and_dates_are_numbers_with_formats_and_the_head_stays_in_sight() -> None:
    sheet = load_workbook(BytesIO(write_workbook(content(entry("INT-1", "1234567.89")))))["Lines"]
    assert sheet["E2"].data_type == "n"
    assert sheet["E2"].number_format == "#,##0.00"
    assert sheet["B2"].is_date
    assert sheet.freeze_panes == "A2"


def test_the_amounts_of_a_currency_without_decimals_have_none() -> None:
    data = write_workbook(content(entry("INT-1", "5000", currency="JPY"), currency="JPY"))
    assert load_workbook(BytesIO(data))["Lines"]["E2"].number_format == "#,##0"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_text_that_begins_as_a_formula_does_stays_text(start: str) -> None:
    memo = f'{start}HYPERLINK("http://x","y")'
    cell = load_workbook(BytesIO(write_workbook(content(entry("INT-1", "1.00", memo=memo)))))[
        "Lines"
    ]["H2"]
    assert (cell.data_type, cell.value) == ("s", memo)


def test_characters_that_no_workbook_may_hold_do_not_break_it() -> None:
    found = sheets(write_workbook(content(entry("INT-1", "1.00", memo="a\x00b\x1fc"))))
    assert found["Lines"][1][7] == "a b c"


def test_an_amount_with_more_digits_than_a_spreadsheet_keeps_is_shown_in_full() -> None:
    found = sheets(write_workbook(content(entry("INT-1", "12345678901234567.89"))))
    assert found["Lines"][1][4] == "12,345,678,901,234,567.89"


def test_totals_add_up_by_account_and_problems_name_their_remedy() -> None:
    found = sheets(write_workbook(content(entry("INT-1", "101.50"), entry("INT-2", "7.00"))))
    assert found["Totals by account"][1:] == [
        ("1000 Bank", 108.5, 0, "USD"),
        ("Sales", 0, 108.5, "USD"),
        ("Total", 108.5, 108.5, "USD"),
    ]
    assert found["Problems"][1] == ("No price", 2, "Price it.", "tx 4")


def test_the_same_batch_is_the_same_bytes_and_another_is_not() -> None:
    batch = content(entry("INT-1", "101.50"))
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC)):
        first = write_workbook(batch)
    with time_machine.travel(datetime(2026, 12, 24, tzinfo=UTC)):
        assert write_workbook(batch) == first
    other = replace(batch, entries=(entry("INT-1", "101.51"),))
    assert write_workbook(other) != write_workbook(batch)
