"""What a person at Xero's own screens can do and see, for the inspector and the tests."""

from collections import defaultdict
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.payload import JsonObject, JsonValue
from sandbox.xero import charts
from sandbox.xero.journal_book import JournalBook, Manner
from sandbox.xero.organisation import Account, Journal, Organisation, Settings, Status
from sandbox.xero.state import XeroState, new_organisation
from sandbox.xero.wire import journal_json

_GONE = (Status.DELETED, Status.VOIDED)


class NewOrganisation(BaseModel):
    """The order for organisations, the body of `POST /control/xero/companies`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    """With a count above 1 each has its number after the name."""
    count: int = Field(default=1, ge=1, le=200)
    currency: str = "USD"
    country: str = "US"
    chart: charts.ChartName = "default"
    settings: Settings = Settings()
    contacts: list[str] | None = None
    """Names; left out, the default ones."""


class Desk:
    """Organisations and their books, past the API and its limits."""

    def __init__(self, *, state: XeroState, book: JournalBook) -> None:
        self._state = state
        self._book = book

    def organisation(self, tenant: str) -> Organisation:
        """An organisation.

        Raises:
            LookupError: there is none of that tenant id.
        """
        if tenant not in self._state.organisations:
            raise LookupError(f"organisation {tenant}")
        return self._state.organisations[tenant]

    def organisations(self) -> list[JsonValue]:
        """Every organisation in brief."""
        return [self.describe(tenant) for tenant in self._state.organisations]

    def describe(self, tenant: str) -> JsonObject:
        """An organisation without its lists; `realm` is its tenant id, as for every stand-in."""
        organisation = self.organisation(tenant)
        settings: JsonObject = organisation.settings.model_dump(mode="json")
        connected = {held.tenant for held in self._state.connections.values()}
        return {
            "realm": tenant,
            "name": organisation.name,
            "country": organisation.country,
            "currency": organisation.currency,
            "shortCode": organisation.short_code,
            "accounts": len(organisation.accounts),
            "journals": len(self.journals(tenant)),
            "connected": tenant in connected,
            "settings": settings,
        }

    def add(self, order: NewOrganisation) -> list[Organisation]:
        """Make organisations with fresh tenant ids."""
        made = []
        for turn in range(1, order.count + 1):
            name = order.name if order.count == 1 else f"{order.name} {turn}"
            made.append(self._add(name, order))
        return made

    def replace(self, organisation: Organisation, *, changed_accounts: list[str]) -> None:
        """Keep an organisation whose settings or lists were changed."""
        for id_ in changed_accounts:
            organisation.accounts[id_].updated_at = self._state.clock.now()
        self._state.keep_organisation(organisation)

    def journals(self, tenant: str) -> list[Journal]:
        """An organisation's journals, drafts too, oldest first; not those taken back."""
        held = self._state.journals(self.organisation(tenant).tenant)
        return [journal for journal in held.values() if journal.status not in _GONE]

    def books(self, tenant: str) -> JsonObject:
        """Journals, and those deleted or voided, in the API's shape, oldest first."""
        organisation = self.organisation(tenant)
        held = self._state.journals(tenant).values()
        return {
            "journals": [_shown(organisation, it) for it in held if it.status not in _GONE],
            "deleted": [_shown(organisation, it) for it in held if it.status in _GONE],
        }

    def account_totals(self, tenant: str) -> list[JsonValue]:
        """Each account in posted journals: id, name, and debits and credits as text."""
        organisation = self.organisation(tenant)
        amounts: dict[str, list[Decimal]] = defaultdict(list)
        for journal in self.journals(tenant):
            if journal.status is Status.POSTED:
                for line in journal.lines:
                    amounts[line.account].append(line.amount)
        return [
            _total(organisation.accounts[id_], amounts[id_])
            for id_ in organisation.accounts
            if id_ in amounts
        ]

    def usage(self) -> JsonObject:
        """Each organisation's counters: calls, and the bytes of replies to reads and writes."""
        return {tenant: dict(counts) for tenant, counts in self._state.usage.items()}

    def write_journal(
        self, tenant: str, payload: JsonObject, *, id_: str | None = None
    ) -> JsonValue:
        """Type a journal, or change the given properties of one, by hand as an adviser.

        Raises:
            LookupError: no such organisation or journal.
            XeroRefusal: Xero's screens would refuse it too.
        """
        organisation = self.organisation(tenant)
        if id_ is not None:
            self._journal(tenant, id_)
            payload = {**payload, "ManualJournalID": id_}
        manner = Manner(may_update=id_ is not None, by_hand=True)
        with self._state.store.transaction():
            [written] = self._book.write(organisation, [payload], manner)
        return written

    def take_back(self, tenant: str, id_: str) -> JsonValue:
        """Delete a draft, or void a posted journal.

        Raises:
            LookupError: no such organisation or journal, or it was taken back before.
            XeroRefusal: Xero's screens would refuse it too.
        """
        journal = self._journal(tenant, id_)
        end = Status.DELETED if journal.status is Status.DRAFT else Status.VOIDED
        return self.write_journal(tenant, {"Status": end.value}, id_=id_)

    def _journal(self, tenant: str, id_: str) -> Journal:
        for journal in self.journals(tenant):
            if journal.id == id_:
                return journal
        raise LookupError(f"journal {id_}")

    def _add(self, name: str, order: NewOrganisation) -> Organisation:
        now, number = self._state.clock.now(), self._state.next_number()
        organisation = new_organisation(name, number=number, now=now)
        organisation.currency, organisation.country = order.currency, order.country
        organisation.settings = order.settings.model_copy(deep=True)
        multicurrency = order.settings.multicurrency
        organisation.accounts = charts.chart(
            order.chart, number=number, multicurrency=multicurrency, now=now
        )
        if order.contacts is not None:
            organisation.contacts = charts.contacts(order.contacts, number=number, now=now)
        self._state.keep_organisation(organisation)
        return organisation


def _shown(organisation: Organisation, journal: Journal) -> JsonObject:
    currency = organisation.currency
    shown = journal_json(organisation, journal)
    lines = shown["JournalLines"]
    for line, held in zip(lines if isinstance(lines, list) else [], journal.lines, strict=True):
        if isinstance(line, dict):
            line["AccountName"] = organisation.accounts[held.account].name
    return {**shown, "byHand": journal.by_hand, "currency": currency}


def _total(account: Account, amounts: list[Decimal]) -> JsonObject:
    return {
        "id": account.id,
        "name": account.name,
        "debit": str(sum((it for it in amounts if it > 0), Decimal(0))),
        "credit": str(-sum((it for it in amounts if it < 0), Decimal(0))),
    }
