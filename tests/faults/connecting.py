"""The real connectors over the stored grants, impatient and unpaced, as the wiring builds them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic

import httpx

from bot.erp.connector import Connector
from bot.erp.credentials import TokenSource
from bot.erp.journal_file.connector import JournalFileConnector
from bot.erp.netsuite.account import NetSuiteAddresses, NetSuiteCompany, read_external_id
from bot.erp.netsuite.connector import NetSuiteConnector
from bot.erp.netsuite.door import PLACES, AccountDoor
from bot.erp.netsuite.login import Logins, SignIn
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacer
from bot.erp.quickbooks.company import QuickBooksCompany
from bot.erp.quickbooks.connector import QuickBooksConnector
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from bot.erp.transport import ErpTransport
from bot.erp.xero.connector import XeroConnector
from bot.erp.xero.grant import XeroGrant
from bot.erp.xero.oauth import XeroOAuth
from bot.erp.xero.organisation import XeroOrganisation
from bot.ids import RandomIds
from bot.services.grants import Grants
from bot.services.ports import UnitOfWork
from ledger.organisation import Company, Provider
from storage.database import Database
from storage.journal_book import StoredJournalBook
from tests.faults.shared_clock import SharedClock
from tests.support import quickbooks, xero

SETTLE_S = 0.8
"""Longer than any late commit that is drawn."""
TIMEOUT = httpx.Timeout(1.0)
# The apps that the sandboxes know unless told otherwise.
QUICKBOOKS_KEYS = AppKeys(
    client_id="sandbox-quickbooks-client", client_secret="sandbox-quickbooks-secret"
)
XERO_KEYS = AppKeys(client_id="sandbox-xero-client", client_secret="sandbox-xero-secret")
NO_CONNECTION = "00000000-0000-4000-8000-000000000000"
"""Of a company that nobody disconnects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How a process reaches the ERPs."""

    erp_url: str
    http: httpx.AsyncClient
    clock: SharedClock
    database: Database


class FaultConnectors:
    """Satisfies the port ``Connectors``."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._now = outside.clock.now
        self._grants = Grants(storage=outside.database, clock=outside.clock, on_ended=_tell_nobody)
        self._pacer = Pacer(at_once=PLACES, elapsed=self._elapsed)
        self._door = AccountDoor(self._now, pacer=self._pacer)
        self._ids = RandomIds(outside.clock)
        self._transport = ErpTransport(
            outside.http, now=self._now, timeout=TIMEOUT, observe=lambda _call: None
        )
        self._made: dict[Provider, Callable[[Company], Connector]] = {
            Provider.QUICKBOOKS: self._quickbooks,
            Provider.XERO: self._xero,
            Provider.NETSUITE: self._netsuite,
            Provider.JOURNAL_FILE: self._journal_file,
        }

    def of(self, company: Company) -> Connector:
        return self._made[company.provider](company)

    def entry_url(self, company: Company, erp_id: str) -> str:
        return self.of(company).entry_url(erp_id)

    def _elapsed(self) -> float:
        return monotonic() + self._outside.clock.offset_s

    def _tokens(
        self, company: Company, oauth: QuickBooksOAuth | XeroOAuth, subject: str
    ) -> TokenSource:
        grant = self._grants.of(company)
        return TokenSource(grant, oauth.refresh, now=self._now, subject=subject)

    def _quickbooks(self, company: Company) -> Connector:
        addresses = quickbooks.addresses_at(self._outside.erp_url)
        oauth = QuickBooksOAuth(
            QUICKBOOKS_KEYS, addresses=addresses, http=self._outside.http, now=self._now
        )
        return QuickBooksConnector(
            QuickBooksCompany(realm_id=company.external_id, addresses=addresses, settle_s=SETTLE_S),
            transport=self._transport,
            tokens=self._tokens(company, oauth, "QuickBooks"),
            pacer=self._pacer,
            revoke=oauth.revoke,
        )

    def _xero(self, company: Company) -> Connector:
        addresses = xero.addresses_at(self._outside.erp_url)
        oauth = XeroOAuth(
            XERO_KEYS,
            addresses=addresses,
            http=self._outside.http,
            transport=self._transport,
            now=self._now,
        )
        return XeroConnector(
            XeroOrganisation(
                tenant_id=company.external_id,
                connection_id=company.connection_id or NO_CONNECTION,
                addresses=addresses,
                base_currency=company.functional_currency,
                settle_s=SETTLE_S,
            ),
            transport=self._transport,
            grant=XeroGrant(
                tokens=self._tokens(company, oauth, "Xero"),
                revoke=oauth.revoke,
                is_last=partial(self._grants.is_last, company),
                note_cut_off=partial(self._grants.note_cut_off, company),
            ),
            pacer=self._pacer,
        )

    def _netsuite(self, company: Company) -> Connector:
        account, subsidiary_id = read_external_id(company.external_id)
        url = f"{self._outside.erp_url}/netsuite"
        addresses = NetSuiteAddresses(api_url=url, app_url=url)
        # NetSuite takes no signature of another time than its own, which nobody puts forward.
        sign_in = SignIn(
            http=self._outside.http, now=lambda: datetime.now(UTC), new_secret=self._ids.secret
        )
        logins = Logins(
            self._grants.typed_of(company),
            sign_in,
            account=account,
            addresses=addresses,
            subject="NetSuite",
        )
        return NetSuiteConnector(
            NetSuiteCompany(
                account=account,
                addresses=addresses,
                subsidiary_id=subsidiary_id,
                settle_s=SETTLE_S,
            ),
            transport=self._transport,
            logins=logins,
            door=self._door,
        )

    def _journal_file(self, company: Company) -> Connector:
        book = StoredJournalBook(self._outside.database, company.id, new_id=self._ids.new)
        return JournalFileConnector(company.key, book=book, now=self._now)


async def _tell_nobody(unit: UnitOfWork, companies: Sequence[Company]) -> None:
    """What people are told when a grant ends is not what these runs are about."""
