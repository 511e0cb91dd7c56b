"""Books: the whole chart, whatever its size, with what preflight needs to know of each account."""

from __future__ import annotations

from ledger.books import ContactKind
from tests.contract.case import ENTRY_DATE, ConnectorCase


async def test_books_say_what_each_account_may_be_used_for(case: ConnectorCase) -> None:
    case.close_books(ENTRY_DATE)
    books = await case.connector().fetch_books()
    accounts = {account.erp_id: account for account in books.accounts}
    assert books.functional_currency == case.currency
    assert books.lock_date == ENTRY_DATE
    assert books.is_locked(ENTRY_DATE)
    assert case.accounts.unknown not in accounts
    assert accounts[case.accounts.debit].is_active
    assert accounts[case.accounts.debit].currency is None
    assert not accounts[case.accounts.inactive].is_active
    assert accounts[case.accounts.foreign].currency not in (None, case.currency)


async def test_books_say_which_accounts_need_a_contact(contact_case: ConnectorCase) -> None:
    books = await contact_case.connector().fetch_books()
    accounts = {account.erp_id: account for account in books.accounts}
    sample = contact_case.accounts
    assert accounts[sample.receivable].requires_contact is ContactKind.CUSTOMER
    assert accounts[sample.payable].requires_contact is ContactKind.VENDOR


async def test_books_hold_customers_and_vendors_active_or_not(case: ConnectorCase) -> None:
    books = await case.connector().fetch_books()
    contacts = {(contact.kind, contact.erp_id) for contact in books.contacts}
    assert (ContactKind.CUSTOMER, case.accounts.customer) in contacts
    assert (ContactKind.VENDOR, case.accounts.vendor) in contacts
    assert any(not contact.is_active for contact in books.contacts)


async def test_an_almost_empty_chart_is_read(case: ConnectorCase) -> None:
    books = await case.company_with_chart("empty").fetch_books()
    assert 0 < len(books.accounts) < 10
    assert books.contacts == ()


async def test_a_chart_of_ten_thousand_accounts_is_read_whole(case: ConnectorCase) -> None:
    books = await case.company_with_chart("large").fetch_books()
    assert len({account.erp_id for account in books.accounts}) == case.large_chart
