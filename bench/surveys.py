"""What ``status``, ``map``, ``unmapped`` and App Home cost: one company over everything stored.

It must not judge, as the other measures do not.
"""

from __future__ import annotations

import json
from datetime import date

from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from ledger.books import Account, AccountClass, Books
from ledger.entries import Role
from ledger.mapping import key_of_role, key_of_wallet
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from storage.database import Database

COMPANY = "bench-company"
_ROLE_ACCOUNTS = {role: str(number) for number, role in enumerate(Role, start=100)}
_WALLETS = 5


async def connect(database: Database, organisation: Organisation) -> None:
    """Store a connected company with a chart, settings, and every wallet mapped."""
    company = Company(
        id=COMPANY,
        organisation_id=organisation.id,
        provider=Provider.QUICKBOOKS,
        external_id="1",
        name="Bench Inc",
        functional_currency="USD",
        is_confirmed=True,
        go_live_date=date(2020, 1, 1),
        connection=ConnectionState.ACTIVE,
    )
    async with database.unit() as unit:
        await unit.companies.add(company)
        await unit.companies.save_books(COMPANY, _books(), database.clock.now())
        await unit.choices.save_settings(COMPANY, json.dumps({"rollup": "individual"}))
        wallets = {key_of_wallet(f"Wallet {number}"): "1" for number in range(_WALLETS)}
        roles = {key_of_role(role): id_ for role, id_ in _ROLE_ACCOUNTS.items()}
        await unit.choices.set_mapping(COMPANY, {**wallets, **roles})
        await unit.commit()


def overview_of(database: Database) -> Overview:
    """Build the use case as a process has it: one for as long as it lives."""
    clock = database.clock
    return Overview(storage=database, clock=clock, pipeline=Pipeline(clock=clock))


def _books() -> Books:
    ids = ("1", *_ROLE_ACCOUNTS.values())
    return Books(
        company_name="Bench Inc",
        functional_currency="USD",
        accounts=tuple(
            Account(
                erp_id=id_,
                name=f"Account {id_}",
                classification=AccountClass.ASSET,
                erp_type="Bank",
            )
            for id_ in ids
        ),
    )
