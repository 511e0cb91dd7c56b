"""The ERPs: one line a provider, with how its connector and its sign-in are built.

Everything an ERP shares within the process, its client, pacers and app keys, is made here once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from bot.erp.connector import Connector
from bot.erp.credentials import TokenSource
from bot.erp.errors import ErpActionRequired
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacers
from bot.erp.quickbooks.api import new_pacer
from bot.erp.quickbooks.company import QuickBooksAddresses, QuickBooksCompany
from bot.erp.quickbooks.connector import QuickBooksConnector
from bot.erp.quickbooks.faults import TRACE_HEADER
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from bot.erp.transport import ErpTransport, Observer
from bot.services.grants import Grants
from bot.services.ports import Authorizer, Clock
from bot.settings import Settings
from ledger.organisation import Company, ConnectionState, Provider
from ledger.problems import Problem, ProblemCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpParts:
    """What every provider is built with."""

    settings: Settings
    http: httpx.AsyncClient
    clock: Clock
    grants: Grants
    observe: Observer


@dataclass(frozen=True, slots=True, kw_only=True)
class Erp:
    """A provider that this installation has keys for."""

    connect: Callable[[Company], Connector]
    authorizer: Authorizer | None
    """None for a provider whose credentials are typed in."""


class Erps:
    """The providers by name. Satisfies the port ``Connectors``."""

    def __init__(self, erps: Mapping[Provider, Erp]) -> None:
        """Take those that can be used here."""
        self._erps = dict(erps)

    def of(self, company: Company) -> Connector:
        """Return a connector with the company's stored credentials.

        Raises:
            ErpActionRequired: when the company is not connected now, or this installation cannot
                reach such companies.
        """
        erp = self._erps.get(company.provider)
        if erp is None:
            raise ErpActionRequired(_not_set_up(company.provider))
        # One that the ERP ended is let through: it can still be taken away.
        if company.connection is ConnectionState.DISCONNECTED:
            problem = Problem(code=ProblemCode.AUTH_EXPIRED, subject=_subject(company))
            raise ErpActionRequired(problem)
        return erp.connect(company)

    def entry_url(self, company: Company, erp_id: str) -> str:
        """Return the address of an entry; empty when this installation cannot know it."""
        erp = self._erps.get(company.provider)
        return erp.connect(company).entry_url(erp_id) if erp is not None else ""

    @property
    def authorizers(self) -> dict[Provider, Authorizer]:
        """The providers that people sign in to."""
        return {p: erp.authorizer for p, erp in self._erps.items() if erp.authorizer is not None}


def build_erps(parts: ErpParts) -> Erps:
    """Build every provider whose keys are set."""
    built = {provider: make(parts) for provider, make in _MAKERS.items()}
    return Erps({provider: erp for provider, erp in built.items() if erp is not None})


def _quickbooks(parts: ErpParts) -> Erp | None:
    settings = parts.settings
    if settings.quickbooks_client_id is None or settings.quickbooks_client_secret is None:
        return None
    keys = AppKeys(
        client_id=settings.quickbooks_client_id,
        client_secret=settings.quickbooks_client_secret.get_secret_value(),
    )
    addresses = QuickBooksAddresses(
        api_url=settings.quickbooks_api_address,
        app_url=f"{settings.quickbooks_app_address}/app",
        authorize_url=settings.quickbooks_authorize_url,
        token_url=settings.quickbooks_token_url,
        revoke_url=settings.quickbooks_revoke_url,
    )
    oauth = QuickBooksOAuth(keys, addresses=addresses, http=parts.http, now=parts.clock.now)
    transport = ErpTransport(
        parts.http, now=parts.clock.now, trace_header=TRACE_HEADER, observe=parts.observe
    )
    pacers = Pacers(new_pacer)

    def connect(company: Company) -> Connector:
        vault = parts.grants.of(company.id)
        return QuickBooksConnector(
            QuickBooksCompany(
                realm_id=company.external_id,
                addresses=addresses,
                settle_s=settings.quickbooks_settle_s,
            ),
            transport=transport,
            tokens=TokenSource(
                vault, oauth.refresh, now=parts.clock.now, subject=_subject(company)
            ),
            pacer=pacers.of(company.external_id),
            revoke=oauth.revoke,
        )

    return Erp(connect=connect, authorizer=oauth)


_MAKERS: Mapping[Provider, Callable[[ErpParts], Erp | None]] = {
    Provider.QUICKBOOKS: _quickbooks,
}
"""Provider → how it is built; none when its keys are not set."""


def _subject(company: Company) -> str:
    return f"{company.provider.label} company {company.name}"


def _not_set_up(provider: Provider) -> Problem:
    reason = "its client id and secret are not set"
    if provider not in _MAKERS:
        reason = "this version has no connector for it"
    return Problem(
        code=ProblemCode.CREDENTIALS_INVALID,
        subject=f"{provider.label} (here)",
        facts=(("reason", reason),),
    )
