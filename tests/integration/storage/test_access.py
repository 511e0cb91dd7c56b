"""Invitations, codes and tokens: used once whatever happens at once, stored as hashes only."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ledger.organisation import Provider
from ledger.records import ApiToken, ConnectRequest, Upload
from storage.database import Database
from tests.support import books
from tests.support.databases import START

LATER = START + timedelta(minutes=30)
REQUEST = ConnectRequest(
    id="request-1",
    organisation_id="org-1",
    provider=Provider.XERO,
    team_id="T1",
    requested_by="U1",
    channel_id="C1",
    expires_at=LATER,
)
TOKEN = ApiToken(
    id="token-1",
    organisation_id="org-1",
    source="kraken",
    name="exporter",
    expires_at=LATER,
    created_by="U1",
)


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.connect_requests.add(REQUEST, "link-secret")
        await unit.connect_requests.open("request-1", "state-secret", "browser-secret", START)
        await unit.codes.add("owner", "code-secret", LATER)
        await unit.api_tokens.add(TOKEN, "api-secret")
        await unit.commit()
    return database


async def test_a_link_can_be_looked_at_without_using_it(stored: Database) -> None:
    async with stored.unit(read_only=True) as unit:
        opened = replace(REQUEST, opened_at=START)
        assert await unit.connect_requests.by_token("link-secret") == opened
        assert await unit.connect_requests.by_token("link-secret") == opened
        assert await unit.connect_requests.by_token("another") is None


async def test_a_state_works_once_for_the_browser_that_opened_it(stored: Database) -> None:
    async with stored.unit() as unit:
        requests = unit.connect_requests
        assert await requests.consume("state-secret", "another browser", START) is None
        assert await requests.consume("another state", "browser-secret", START) is None
        assert await requests.consume("state-secret", "browser-secret", LATER) is None
        used = await requests.consume("state-secret", "browser-secret", START)
        assert used == replace(REQUEST, opened_at=START, used_at=START)
        assert await requests.consume("state-secret", "browser-secret", START) is None


async def test_a_used_invitation_cannot_be_opened_again(stored: Database) -> None:
    async with stored.unit() as unit:
        requests = unit.connect_requests
        assert await requests.consume("state-secret", "browser-secret", START)
        await requests.open("request-1", "new-state", "new-browser", START)
        assert await requests.consume("new-state", "new-browser", START) is None


async def test_of_many_callbacks_at_once_one_uses_the_state(stored: Database) -> None:
    async def call_back() -> bool:
        async with stored.unit() as unit:
            used = await unit.connect_requests.consume("state-secret", "browser-secret", START)
            await unit.commit()
        return used is not None

    assert sum(await asyncio.gather(*(call_back() for _ in range(6)))) == 1


async def test_of_many_uses_at_once_one_uses_the_code(stored: Database) -> None:
    async def use() -> bool:
        async with stored.unit() as unit:
            used = await unit.codes.consume("owner", "code-secret", START)
            await unit.commit()
        return used

    assert sum(await asyncio.gather(*(use() for _ in range(6)))) == 1


async def test_a_code_is_good_for_its_purpose_and_in_its_time(stored: Database) -> None:
    async with stored.unit() as unit:
        assert not await unit.codes.consume("other", "code-secret", START)
        assert not await unit.codes.consume("owner", "guess", START)
        assert not await unit.codes.consume("owner", "code-secret", LATER)


async def test_a_token_is_found_by_its_secret_until_it_expires_or_is_revoked(
    stored: Database,
) -> None:
    async with stored.unit() as unit:
        assert await unit.api_tokens.find("api-secret", START) == TOKEN
        assert await unit.api_tokens.find("api-secret", LATER) is None
        assert await unit.api_tokens.find("guess", START) is None
        assert not await unit.api_tokens.revoke("org-2", "token-1", START)
        assert await unit.api_tokens.revoke("org-1", "token-1", START)
        assert not await unit.api_tokens.revoke("org-1", "token-1", START)
        assert await unit.api_tokens.find("api-secret", START) is None
        assert await unit.api_tokens.everyone("org-1") == [replace(TOKEN, revoked_at=START)]
        assert await unit.api_tokens.everyone("org-2") == []


async def test_no_secret_stands_in_any_column(stored: Database) -> None:
    async with stored.session(read_only=True) as session:
        for table in ("connect_requests", "one_time_codes", "api_tokens"):
            rows = (await session.execute(text(f"select * from {table}"))).all()
            assert rows
            assert "secret" not in str([tuple(row) for row in rows])


async def test_an_upload_survives_until_it_is_finished(stored: Database) -> None:
    upload = Upload(
        id="upload-1",
        organisation_id="org-1",
        team_id="T1",
        user_id="U1",
        channel_id=None,
        source="kraken",
        kind="transactions",
        filename="october.csv",
        slack_file_id="F1",
    )
    async with stored.unit() as unit:
        await unit.uploads.add(upload)
        assert await unit.uploads.get("upload-1") == upload
        await unit.uploads.finish("upload-1", "3 added")
        assert await unit.uploads.get("upload-1") == replace(upload, result="3 added")
        assert await unit.uploads.get("upload-2") is None
