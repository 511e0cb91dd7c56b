"""Builds QuickBooks Online: one grant for each company."""

from __future__ import annotations

from bot.erp.connector import Connector
from bot.erp.credentials import TokenSource
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacers
from bot.erp.quickbooks.api import new_pacer
from bot.erp.quickbooks.company import QuickBooksAddresses, QuickBooksCompany
from bot.erp.quickbooks.connector import QuickBooksConnector
from bot.erp.quickbooks.faults import TRACE_HEADER
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from bot.erp.transport import ErpTransport
from bot.wiring.erp_parts import Erp, ErpParts, subject_of
from ledger.organisation import Company


def build_quickbooks(parts: ErpParts) -> Erp | None:
    """Return the provider; none when the app's keys are not set."""
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
        vault = parts.grants.of(company)
        return QuickBooksConnector(
            QuickBooksCompany(
                realm_id=company.external_id,
                addresses=addresses,
                settle_s=settings.quickbooks_settle_s,
            ),
            transport=transport,
            tokens=TokenSource(
                vault, oauth.refresh, now=parts.clock.now, subject=subject_of(company)
            ),
            pacer=pacers.of(company.external_id),
            revoke=oauth.revoke,
        )

    return Erp(connect=connect, authorizer=oauth)
