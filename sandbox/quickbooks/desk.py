"""What a person at QuickBooks' own screens can do and see, for the inspector and the tests."""

from collections import defaultdict
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.payload import JsonObject, JsonValue
from sandbox.quickbooks import charts
from sandbox.quickbooks.company import Account, Company, Journal, Settings, Side
from sandbox.quickbooks.journal_book import Change, JournalBook
from sandbox.quickbooks.state import QuickBooksState
from sandbox.quickbooks.wire import journal_json

ChartName = Literal["default", "empty", "large"]


class NewCompany(BaseModel):
    """The order for a company, the body of `POST /control/quickbooks/companies`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    currency: str = "USD"
    country: str = "US"
    chart: ChartName = "default"
    book_close_date: str | None = None
    preferences: dict[str, object] = {}
    """Any of `Settings`' fields."""
    customers: list[str] | None = None
    """Names; left out, the default ones."""
    vendors: list[str] | None = None


class Desk:
    """Companies and their books, past the API and its limits."""

    def __init__(self, *, state: QuickBooksState, book: JournalBook) -> None:
        self._state = state
        self._book = book

    def company(self, realm: str) -> Company:
        """A company.

        Raises:
            LookupError: there is none of that realm.
        """
        if realm not in self._state.companies:
            raise LookupError(f"company {realm}")
        return self._state.companies[realm]

    def companies(self) -> list[JsonValue]:
        """Every company in brief."""
        return [self.describe(realm) for realm in self._state.companies]

    def describe(self, realm: str) -> JsonObject:
        """A company without its lists."""
        company = self.company(realm)
        grant = self._state.grants.get(realm)
        settings: JsonObject = company.settings.model_dump(mode="json")
        return {
            "realm": realm,
            "name": company.name,
            "country": company.country,
            "currency": company.home_currency,
            "accounts": len(company.accounts),
            "journals": len(self._state.journals(realm)),
            "connected": grant is not None and grant.refresh_expires_at > self._state.clock.now(),
            "settings": settings,
        }

    def add_company(self, order: NewCompany) -> Company:
        """Make a company with a fresh realm."""
        settings = {**order.preferences}
        if order.book_close_date is not None:
            settings["book_close_date"] = order.book_close_date
        checked = Settings.model_validate(settings)
        company = Company(
            realm=self._state.next_realm(),
            name=order.name,
            country=order.country,
            home_currency=order.currency,
            foreign_currencies=tuple({"USD", "EUR", "GBP"} - {order.currency})
            if checked.multicurrency
            else (),
            created_at=self._state.clock.now(),
            settings=checked,
            accounts=_chart(order.chart, multicurrency=checked.multicurrency),
            customers=charts.default_customers()
            if order.customers is None
            else charts.contacts(order.customers, first_id=101),
            vendors=charts.default_vendors()
            if order.vendors is None
            else charts.contacts(order.vendors, first_id=10_001),
            classes=charts.default_classes(),
            departments=charts.default_departments(),
        )
        self._state.keep_company(company)
        return company

    def replace(self, company: Company) -> None:
        """Keep a company whose settings or lists were changed."""
        self._state.keep_company(company)

    def journals(self, realm: str) -> list[Journal]:
        """A company's journals, oldest first."""
        return list(self._state.journals(self.company(realm).realm).values())

    def books(self, realm: str) -> JsonObject:
        """A company's journals and its deleted ones in the API's shape, oldest first."""
        company = self.company(realm)
        return {
            "journals": [_shown(company, it) for it in self._state.journals(realm).values()],
            "deleted": [_shown(company, it) for it in self._state.deleted_journals(realm).values()],
        }

    def account_totals(self, realm: str) -> list[JsonValue]:
        """Each account with postings: id, name, and debits and credits as text."""
        company = self.company(realm)
        sums: dict[str, dict[Side, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for journal in self._state.journals(realm).values():
            for line in journal.lines:
                if line.account is not None and line.side is not None:
                    sums[line.account][line.side] += line.amount or Decimal(0)
        return [
            _total(company, company.accounts[id_], sums[id_])
            for id_ in company.accounts
            if id_ in sums
        ]

    def calls(self) -> JsonObject:
        """Each company's metered calls: `Core` writes and `CorePlus` reads."""
        return {realm: dict(counts) for realm, counts in self._state.calls.items()}

    def change_journal(
        self, realm: str, operation: str, *, payload: JsonObject, id_: str | None = None
    ) -> JsonObject:
        """Type, edit (the given properties) or delete a journal by hand; closed books give way.

        Raises:
            LookupError: no such company or journal.
            QuickBooksFault: QuickBooks' screens would refuse it too.
        """
        company = self.company(realm)
        if id_ is not None:
            current = self._state.journals(realm).get(id_)
            if current is None:
                raise LookupError(f"journal {id_}")
            version: JsonObject = {"Id": id_, "SyncToken": str(current.sync_token), "sparse": True}
            payload = payload | version
        return self._book.make(company, Change(operation=operation, payload=payload, by_hand=True))


def _chart(name: ChartName, *, multicurrency: bool) -> dict[str, Account]:
    match name:
        case "default":
            return charts.default_chart(foreign_bank=multicurrency)
        case "empty":
            return charts.empty_chart()
        case "large":
            return charts.large_chart()


def _shown(company: Company, journal: Journal) -> JsonObject:
    return {**journal_json(company, journal), "byHand": journal.by_hand}


def _total(company: Company, account: Account, sums: dict[Side, Decimal]) -> JsonObject:
    return {
        "id": account.id,
        "name": company.full_name(account),
        "debit": str(sums.get(Side.DEBIT, Decimal(0))),
        "credit": str(sums.get(Side.CREDIT, Decimal(0))),
    }
