"""A company's records as the API shows them, by entity name, and queries over them."""

from collections.abc import Callable, Iterable

from sandbox.payload import JsonObject
from sandbox.quickbooks.company import Company
from sandbox.quickbooks.query import parse
from sandbox.quickbooks.state import QuickBooksState
from sandbox.quickbooks.wire import (
    account_json,
    company_json,
    contact_json,
    dimension_json,
    journal_json,
    preferences_json,
)

_LISTS: dict[str, Callable[[Company], Iterable[JsonObject]]] = {
    "Account": lambda company: (account_json(company, it) for it in company.accounts.values()),
    "Customer": lambda company: (contact_json(company, it) for it in company.customers.values()),
    "Vendor": lambda company: (contact_json(company, it) for it in company.vendors.values()),
    "Employee": lambda company: (contact_json(company, it) for it in company.employees.values()),
    "Class": lambda company: (dimension_json(company, it) for it in company.classes.values()),
    "Department": lambda company: (
        dimension_json(company, it) for it in company.departments.values()
    ),
    "CompanyInfo": lambda company: [company_json(company)],
    "Preferences": lambda company: [preferences_json(company)],
}


def records(state: QuickBooksState, company: Company, entity: str) -> Iterable[JsonObject]:
    """All records of an entity, inactive ones too; journals newest first.

    Raises:
        KeyError: the stand-in has no such entity.
    """
    if entity == "JournalEntry":
        newest_first = reversed(state.journals(company.realm).values())
        return (journal_json(company, journal) for journal in newest_first)
    return _LISTS[entity](company)


def run_query(state: QuickBooksState, company: Company, text: str) -> JsonObject:
    """The `QueryResponse` of a query text.

    Raises:
        QuickBooksFault: 4000 or 4001.
    """
    query = parse(text)
    return query.answer(records(state, company, query.entity))
