"""Builds NetSuite: credentials are typed in Slack, so it needs no keys of its own."""

from __future__ import annotations

from bot.erp.connector import Connector
from bot.erp.netsuite.account import (
    AccountId,
    NetSuiteAddresses,
    NetSuiteCompany,
    Segment,
    read_external_id,
)
from bot.erp.netsuite.connector import NetSuiteConnector
from bot.erp.netsuite.door import AccountDoors
from bot.erp.netsuite.faults import TRACE_HEADER
from bot.erp.netsuite.login import Logins, SignIn
from bot.erp.netsuite.sign_in import NetSuiteSignIn
from bot.erp.transport import ErpTransport
from bot.wiring.erp_parts import Erp, ErpParts, subject_of
from ledger.organisation import Company


def build_netsuite(parts: ErpParts) -> Erp:
    """Return the provider."""
    settings, now = parts.settings, parts.clock.now
    transport = ErpTransport(parts.http, now=now, trace_header=TRACE_HEADER, observe=parts.observe)
    sign_in = SignIn(http=parts.http, now=now, new_secret=parts.ids.secret)
    doors = AccountDoors(now)
    logins: dict[tuple[str, str | None], Logins] = {}

    def addresses_of(account: AccountId) -> NetSuiteAddresses:
        return NetSuiteAddresses.of(
            account, api_url=settings.netsuite_api_url, app_url=settings.netsuite_app_url
        )

    def login_of(company: Company, account: AccountId) -> Logins:
        # Kept, since a certificate's access token serves for an hour.
        key = (company.id, company.grant_id)
        if key not in logins:
            logins[key] = Logins(
                parts.grants.typed_of(company),
                sign_in,
                account=account,
                addresses=addresses_of(account),
                subject=subject_of(company),
            )
        return logins[key]

    def connect(company: Company) -> Connector:
        account, subsidiary_id = read_external_id(company.external_id)
        return NetSuiteConnector(
            NetSuiteCompany(
                account=account,
                addresses=addresses_of(account),
                subsidiary_id=subsidiary_id,
                segments=tuple(Segment(key=key, name=name) for key, name in company.segments),
                settle_s=settings.netsuite_settle_s,
            ),
            transport=transport,
            logins=login_of(company, account),
            door=doors.of(str(account)),
        )

    forms = NetSuiteSignIn(sign_in, transport=transport, doors=doors, addresses=addresses_of)
    return Erp(connect=connect, forms=forms)
