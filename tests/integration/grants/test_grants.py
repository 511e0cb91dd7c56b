"""A grant's tokens over the database: encrypted, one refresher at a time, ended once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.erp.credentials import (
    DISCONNECTED,
    GrantRefusedError,
    OAuthTokens,
    TokenSource,
)
from bot.erp.errors import ErpActionRequired
from bot.handlers.grants import GrantAnnouncer
from bot.services.grants import Grant, Grants
from ledger.organisation import Company, ConnectionState
from storage.database import Database
from storage.outbox import OutboxQueue
from tests.support.databases import SettableClock
from tests.support.office import Office, office_for, open_office


def tokens(clock: SettableClock, name: str) -> OAuthTokens:
    """Tokens good for an hour, with a refresh token good for a hundred days."""
    now = clock.now()
    return OAuthTokens(
        access_token=f"access-{name}",
        refresh_token=f"refresh-{name}",
        access_expires_at=now + timedelta(hours=1),
        refresh_expires_at=now + timedelta(days=100),
    )


@pytest.fixture
async def office(database: Database, clock: SettableClock) -> Office:
    made = office_for("1001", now=clock.now())
    await open_office(database, made, tokens(clock, "first"))
    return made


@pytest.fixture
def grant(database: Database, clock: SettableClock, office: Office) -> Grant:
    announcer = GrantAnnouncer(clock=clock)
    grants = Grants(storage=database, clock=clock, on_ended=announcer)
    return grants.of(office.company)


async def stored(database: Database, office: Office) -> Company:
    async with database.unit(read_only=True) as unit:
        company = await unit.companies.get(office.company.id)
    assert company is not None
    return company


async def test_tokens_are_read_back_as_written_and_lie_encrypted(
    grant: Grant, database: Database, clock: SettableClock
) -> None:
    fresh = tokens(clock, "second")
    await grant.write(fresh)
    assert await grant.read() == fresh
    async with database.session(read_only=True) as session:
        rows = (await session.execute(text("select * from grants"))).all()
    assert "access-second" not in repr(rows)
    assert "refresh-second" not in repr(rows)


async def test_writing_tokens_moves_the_day_on_which_somebody_must_sign_in_again(
    grant: Grant, database: Database, clock: SettableClock, office: Office
) -> None:
    hard_end = clock.now() + timedelta(days=3)
    await grant.write(replace(tokens(clock, "second"), hard_expires_at=hard_end))
    assert (await stored(database, office)).authorised_until == hard_end


async def test_tokens_that_come_after_a_disconnection_are_dropped(
    grant: Grant, database: Database, clock: SettableClock, office: Office
) -> None:
    async with database.unit() as unit:
        await unit.grants.wipe(office.company.grant_id or "")
        gone = replace(office.company, connection=ConnectionState.DISCONNECTED)
        await unit.companies.save(gone)
        await unit.commit()

    await grant.write(tokens(clock, "late"))

    assert await grant.read() is None


async def test_an_ended_grant_is_wiped_audited_and_said_once(
    grant: Grant, database: Database, clock: SettableClock, office: Office
) -> None:
    await grant.mark_ended("invalid_grant")
    await grant.mark_ended("invalid_grant")

    assert await grant.read() is None
    assert (await stored(database, office)).connection is ConnectionState.ENDED
    async with database.unit(read_only=True) as unit:
        records = await unit.audit.recent(office.organisation.id, 10)
    assert [r.action for r in records].count("connection.ended") == 1
    due = await OutboxQueue(database).due(clock.now(), 10)
    assert ["/integral reauthorize" in item.message.blocks for item in due] == [True, True]
    told = {item.message.channel for item in due}
    assert told == {office.company.connected_by, office.organisation.finance_channel}


async def test_a_disconnection_by_a_person_is_not_announced_as_an_end(
    grant: Grant, database: Database, clock: SettableClock, office: Office
) -> None:
    await grant.mark_ended(DISCONNECTED)
    assert await grant.read() is None
    assert (await stored(database, office)).connection is ConnectionState.ACTIVE
    assert await OutboxQueue(database).due(clock.now(), 10) == []


async def test_two_processes_that_need_a_token_at_once_refresh_once(
    grant: Grant, clock: SettableClock, office: Office, database: Database
) -> None:
    clock.advance(seconds=3600)
    refreshes: list[str] = []

    async def refresh(old: OAuthTokens) -> OAuthTokens:
        refreshes.append(old.refresh_token)
        await asyncio.sleep(0)
        return tokens(clock, "second")

    other = Grants(storage=database, clock=clock, on_ended=GrantAnnouncer(clock=clock))
    vaults = [grant, other.of(office.company)]
    sources = [TokenSource(v, refresh, now=clock.now, subject="QuickBooks") for v in vaults]

    found = await asyncio.gather(*(source.token() for source in sources))

    assert found == ["access-second"] * 2
    assert refreshes == ["refresh-first"]


async def test_a_refused_refresh_ends_the_grant_and_asks_a_person(
    grant: Grant, database: Database, clock: SettableClock, office: Office
) -> None:
    clock.advance(seconds=3600)

    async def refuse(_: OAuthTokens) -> OAuthTokens:
        raise GrantRefusedError

    source = TokenSource(grant, refuse, now=clock.now, subject="QuickBooks")
    with pytest.raises(ErpActionRequired):
        await source.token()
    assert (await stored(database, office)).connection is ConnectionState.ENDED
