"""A finance team that is ready to push: organisation, people, connected company, mapping, rows.

Stores what connecting, mapping and importing leave behind. It must not push anything.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from bot.erp.credentials import OAuthTokens, dump_tokens
from ledger.mapping import key_of_category, key_of_wallet
from ledger.organisation import Company, ConnectionState, Organisation, PersonRole, Provider
from ledger.transactions import Transaction, TransactionType
from storage.database import Database

TEAM = "T1"
CLERK = "U-clerk"
"""Asks for pushes."""
CONTROLLER = "U-controller"
DEPUTY = "U-deputy"
"""Both approve."""
BANK = "Operating Bank"
CATEGORY = "Protocol Revenue"
BANK_ID, REVENUE_ID = "1", "50"
"""Accounts of the sandbox's default chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who pushes into what."""

    organisation: Organisation
    company: Company


def office_for(
    realm: str,
    *,
    now: datetime,
    code: str = "A1B2",
    provider: Provider = Provider.QUICKBOOKS,
) -> Office:
    """A dollar organisation in UTC whose company has this id in its ERP."""
    organisation = Organisation(
        id=f"org-{realm}",
        team_id=TEAM,
        name=f"Acme {realm}",
        code=code,
        base_currency="USD",
        time_zone="UTC",
        finance_channel="C1",
    )
    company = Company(
        id=f"company-{realm}",
        organisation_id=organisation.id,
        provider=provider,
        external_id=realm,
        name="Acme Inc",
        functional_currency="USD",
        is_confirmed=True,
        pushes_enabled=True,
        go_live_date=date(2020, 1, 1),
        connection=ConnectionState.ACTIVE,
        connected_by=CLERK,
        connected_at=now,
        grant_id=f"grant-{realm}",
    )
    return Office(organisation=organisation, company=company)


async def open_office(database: Database, office: Office, tokens: OAuthTokens) -> None:
    """Store everything but transactions, for a QuickBooks company."""
    await open_office_at(database, office, secret=dump_tokens(tokens))


async def open_office_at(
    database: Database,
    office: Office,
    *,
    secret: str,
    bank_id: str = BANK_ID,
    revenue_id: str = REVENUE_ID,
) -> None:
    """Store everything but transactions; the secret is the credentials as they are stored."""
    organisation, company = office.organisation, office.company
    async with database.unit() as unit:
        await unit.organisations.add(organisation)
        for person in (CONTROLLER, DEPUTY):
            await unit.people.grant(organisation.id, person, PersonRole.APPROVER)
        await unit.people.grant(organisation.id, CLERK, PersonRole.PREPARER)
        grant = company.grant_id or ""
        await unit.grants.put(grant, company.provider, company.key, secret)
        await unit.companies.add(company)
        await unit.choices.set_mapping(
            company.id, {key_of_wallet(BANK): bank_id, key_of_category(CATEGORY): revenue_id}
        )
        await unit.choices.save_settings(company.id, json.dumps({"rollup": "individual"}))
        await unit.commit()


def deposit(number: int, *, day: date, amount: str, category: str = CATEGORY) -> Transaction:
    """Dollars that came into the bank: one entry, bank against revenue."""
    return Transaction(
        id=f"tx-{number:04}",
        source="bank",
        sequence=number,
        timestamp=datetime.combine(day, time(12, 0), UTC),
        type=TransactionType.DEPOSIT,
        to_account=BANK,
        received_asset="USD",
        received_quantity=Decimal(amount),
        category=category,
        counterparty="Acme DAO",
    )


async def import_rows(database: Database, office: Office, rows: Sequence[Transaction]) -> None:
    """Store transactions as an import does, which may change entries."""
    id_ = office.organisation.id
    async with database.unit() as unit:
        await unit.transactions.save(id_, rows, database.clock.now())
        await unit.organisations.raise_shape_version(id_)
        await unit.commit()
