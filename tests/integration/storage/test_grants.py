"""Grants: encrypted in their place, shared by companies, offered to whoever authorised them."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from ledger.organisation import ConnectionState, Provider
from ledger.records import Message, Reached
from storage.database import Database
from storage.migrations.run import upgrade
from storage.outbox import OutboxQueue
from storage.tables.companies import grants
from storage.tables.messages import outbox
from storage.vault import Place, VaultError
from tests.support import books
from tests.support.databases import START, opened

COMPANY = replace(books.company(), grant_id="grant-1")


def reached(external_id: str, *, by: str = "U1", grant: str = "grant-1") -> Reached:
    return Reached(
        grant_id=grant,
        provider=Provider.QUICKBOOKS,
        external_id=external_id,
        name=f"Company {external_id}",
        connection_id=None,
        team_id="T1",
        authorised_by=by,
    )


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.grants.put("grant-1", Provider.QUICKBOOKS, "subject-1", "refresh-token-1")
        await unit.grants.put("grant-2", Provider.QUICKBOOKS, "subject-2", "refresh-token-2")
        await unit.companies.add(COMPANY)
        await unit.commit()
    return database


async def test_a_secret_is_encrypted_and_wiped_alone(stored: Database) -> None:
    async with stored.session(read_only=True) as session:
        assert "refresh" not in repr((await session.execute(select(grants))).all())
    async with stored.unit() as unit:
        assert await unit.grants.read_secret("grant-1") == "refresh-token-1"
        await unit.grants.wipe("grant-1")
        assert await unit.grants.read_secret("grant-1") is None
        assert not await unit.grants.renew("grant-1", "late")
        assert await unit.grants.find(Provider.QUICKBOOKS, "subject-1") == "grant-1"
        assert await unit.companies.get(COMPANY.id) == COMPANY


async def test_a_secret_copied_to_another_grant_does_not_open(stored: Database) -> None:
    async with stored.session() as session:
        mine = select(grants.c.secret).where(grants.c.id == "grant-1").scalar_subquery()
        await session.execute(update(grants).values(secret=mine))
        await session.commit()
    async with stored.unit(read_only=True) as unit:
        with pytest.raises(VaultError):
            await unit.grants.read_secret("grant-2")


async def test_a_removed_grant_leaves_its_companies(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.grants.set_reached("grant-1", [reached("realm-1")])
        assert [c.id for c in await unit.grants.companies("grant-1")] == [COMPANY.id]
        await unit.grants.remove("grant-1")
        assert await unit.companies.get(COMPANY.id) == replace(COMPANY, grant_id=None)
        assert await unit.grants.reached("grant-1") == []


async def test_only_what_nobody_uses_is_offered_and_only_to_who_authorised_it(
    stored: Database,
) -> None:
    async with stored.unit() as unit:
        await unit.grants.set_reached(
            "grant-1", [reached("realm-1"), reached("realm-2"), reached("realm-3", by="U2")]
        )
        offered = await unit.grants.offered("T1", "U1", Provider.QUICKBOOKS)
        assert [each.external_id for each in offered] == ["realm-2"]
        assert await unit.grants.offered("T2", "U1", Provider.QUICKBOOKS) == []
        await unit.companies.save(replace(COMPANY, connection=ConnectionState.DISCONNECTED))
        assert len(await unit.grants.offered("T1", "U1", Provider.QUICKBOOKS)) == 2
        await unit.grants.wipe("grant-1")
        assert await unit.grants.offered("T1", "U1", Provider.QUICKBOOKS) == []


async def test_a_message_lies_encrypted_and_is_sent_in_clear(database: Database) -> None:
    link = Message(key="connect:1", team_id="T1", channel="U1", text="link-1", blocks='["link-1"]')
    async with database.unit() as unit:
        await unit.outbox.put(link, START)
        await unit.commit()
    async with database.session(read_only=True) as session:
        assert "link-1" not in repr((await session.execute(select(outbox))).all())
    (due,) = await OutboxQueue(database).due(START, 10)
    assert due.message == link


async def test_secrets_and_messages_of_before_are_moved_and_encrypted_anew(empty_url: str) -> None:
    async with opened(empty_url) as database:
        await upgrade(database.url, database.vault, to="0004")
        sealed = database.vault.encrypt("refresh-1", Place("companies", "secret", "company-1"))
        async with database.session() as session:
            for statement in _BEFORE:
                await session.execute(text(statement), {"secret": sealed, "at": START})
            await session.commit()
        await database.migrate()
        async with database.unit(read_only=True) as unit:
            company = await unit.companies.get("company-1")
            assert company is not None
            assert await unit.grants.read_secret(company.grant_id or "") == "refresh-1"
            (kept,) = await unit.grants.reached(company.grant_id or "")
            assert (kept.team_id, kept.authorised_by) == ("T1", "U1")
            gone = await unit.companies.get("company-2")
            assert gone is not None
            assert gone.grant_id is None
        (due,) = await OutboxQueue(database).due(START, 10)
        assert due.message.text == "hello"


_BEFORE = (
    (
        "INSERT INTO organisations (id, team_id, name, code, base_currency, time_zone, policies,"
        " shape_version, last_sequence) VALUES ('org-1', 'T1', 'Acme', 'A1B2', 'USD', 'UTC',"
        " '{}', 0, 0)"
    ),
    *(
        "INSERT INTO companies (id, organisation_id, provider, external_id, name,"
        " functional_currency, is_confirmed, pushes_enabled, connection, connected_by, secret)"
        f" VALUES ('company-{n}', 'org-1', 'quickbooks', 'realm-{n}', 'Acme', 'USD', {confirmed},"
        f" FALSE, '{state}', 'U1', {secret})"
        for n, confirmed, state, secret in (
            (1, "TRUE", "active", ":secret"),
            (2, "FALSE", "disconnected", "NULL"),
        )
    ),
    (
        "INSERT INTO outbox (key, team_id, channel, text, blocks, is_home, version, sent_version,"
        " is_pending, changed_at, next_at, failures) VALUES ('k', 'T1', 'U1', 'hello', '[]',"
        " FALSE, 1, 0, TRUE, :at, :at, 0)"
    ),
)
