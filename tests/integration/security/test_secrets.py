"""No secret stands in plain text anywhere.

Everything is done to a real installation, well and badly, then all that it left behind is searched.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.integration.security.installation import Installation, installed
from tests.integration.security.story import Story

EXPECTED = {
    "API token",
    "access_token",
    "authorization",
    "certificate key",
    "client_assertion",
    "code",
    "connect link",
    "cookie",
    "database password",
    "encryption key",
    "oauth_signature",
    "owner code",
    "refresh_token",
    "signing secret",
    "state",
    "NetSuite consumer_secret",
    "NetSuite token_secret",
}
INBOX = {"table inbox", "table public.inbox"}


@pytest.fixture
async def installation(empty_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path, empty_url) as it:
        yield it


@pytest.mark.long(130)
async def test_no_secret_is_left_in_plain_text_anywhere(installation: Installation) -> None:
    it, story = installation, Story(installation)
    await it.run("migrate")
    async with it.serving():
        await story.install()
        await story.start()
        await story.connect_quickbooks()
        await story.refresh()
        await story.reauthorize()
        await story.send_rows()
        await story.look_around()
        await story.disconnect("quickbooks")
        await story.connect_xero()
        await story.disconnect("xero")
        await story.connect_netsuite()
        await story.rotate_netsuite()
        await story.disconnect("netsuite")
    await story.rotate_keys()
    it.learn()
    assert it.known.kinds >= EXPECTED
    assert it.known.leaks(it.places()) == []
    plant(it)
    spoiled = [place for place in it.places() if place.name in {"log", *INBOX}]
    found = {leak.place for leak in it.known.leaks(spoiled)}
    assert "log" in found
    assert found & INBOX


def plant(it: Installation) -> None:
    """Leak a secret into the log and into a table, to see that the search would have found it."""
    secret = next(e for e in it.outside.exchanges if b"refresh_token=" in e.request).request
    value = secret.partition(b"refresh_token=")[2].partition(b"&")[0].decode()
    with (it.folder / "serve.log").open("a") as log:
        log.write(value)
    statement = f"insert into inbox values ('T', '{value}', '2026-01-01 00:00:00')"
    if it.database_url.startswith("sqlite"):
        with closing(sqlite3.connect(it.database_url.removeprefix("sqlite:///"))) as database:
            database.execute(statement)
            database.commit()
        return
    with psycopg.connect(it.database_url.replace("+psycopg", "")) as connection:
        connection.execute(statement)
