"""Builds Xero: one grant for each person who consented, shared by the organisations they chose."""

from __future__ import annotations

from bot.erp.connector import Connector
from bot.erp.credentials import TokenSource
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacers
from bot.erp.transport import ErpTransport
from bot.erp.xero.api import new_pacer
from bot.erp.xero.connector import XeroConnector
from bot.erp.xero.faults import LIMIT_HEADERS, TRACE_HEADER
from bot.erp.xero.grant import XeroGrant
from bot.erp.xero.oauth import XeroOAuth
from bot.erp.xero.organisation import XeroAddresses, XeroOrganisation
from bot.erp.xero.sign_in import XeroSignIn
from bot.wiring.erp_parts import Erp, ErpParts, subject_of
from ledger.organisation import Company

_NO_CONNECTION = "00000000-0000-0000-0000-000000000000"
"""Of an organisation that is disconnected: only the addresses of its entries are asked for."""


def build_xero(parts: ErpParts) -> Erp | None:
    """Return the provider; none when the app's keys are not set."""
    settings, now = parts.settings, parts.clock.now
    if settings.xero_client_id is None or settings.xero_client_secret is None:
        return None
    keys = AppKeys(
        client_id=settings.xero_client_id,
        client_secret=settings.xero_client_secret.get_secret_value(),
    )
    addresses = XeroAddresses(
        api_url=settings.xero_api_url,
        identity_url=settings.xero_identity_url,
        authorize_url=settings.xero_authorize_url,
        app_url=settings.xero_app_url,
    )
    transport = ErpTransport(
        parts.http,
        now=now,
        trace_header=TRACE_HEADER,
        limit_headers=LIMIT_HEADERS,
        observe=parts.observe,
    )
    oauth = XeroOAuth(keys, addresses=addresses, http=parts.http, transport=transport, now=now)
    pacers = Pacers(new_pacer)

    def connect(company: Company) -> Connector:
        subject = subject_of(company)
        return XeroConnector(
            XeroOrganisation(
                tenant_id=company.external_id,
                connection_id=company.connection_id or _NO_CONNECTION,
                addresses=addresses,
                base_currency=company.functional_currency or None,
                settle_s=settings.xero_settle_s,
            ),
            transport=transport,
            grant=XeroGrant(
                tokens=TokenSource(
                    parts.grants.of(company), oauth.refresh, now=now, subject=subject
                ),
                revoke=oauth.revoke,
                is_last=lambda: parts.grants.is_last(company),
                note_cut_off=lambda: parts.grants.note_cut_off(company),
            ),
            pacer=pacers.of(company.external_id),
        )

    return Erp(connect=connect, authorizer=XeroSignIn(oauth))
