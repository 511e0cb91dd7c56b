"""Links, codes and states that expired are forgotten after a week, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from ledger.organisation import Provider
from ledger.records import ConnectRequest
from storage.database import Database
from storage.pruning import EXPIRED_KEPT, prune_expired
from storage.slack_installations import SlackStates
from storage.tables.access import connect_requests, one_time_codes, slack_oauth_states
from tests.support import books
from tests.support.databases import START, SettableClock

TABLES = (connect_requests, one_time_codes, slack_oauth_states)


async def counts(database: Database) -> list[int]:
    async with database.session(read_only=True) as session:
        return [
            (await session.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
            for table in TABLES
        ]


async def test_what_expired_goes_after_a_week(database: Database, clock: SettableClock) -> None:
    fresh = START + timedelta(days=9)
    request = ConnectRequest(
        id="r1",
        organisation_id="org-1",
        provider=Provider.QUICKBOOKS,
        team_id="T1",
        requested_by="U1",
        channel_id=None,
        expires_at=START,
    )
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.connect_requests.add(request, "token-1")
        await unit.connect_requests.add(replace(request, id="r2", expires_at=fresh), "token-2")
        await unit.codes.add("owner", "code-1", START)
        await unit.codes.add("owner", "code-2", fresh)
        await unit.commit()
    await SlackStates(database).async_issue()

    await prune_expired(database, START + EXPIRED_KEPT)
    assert await counts(database) == [2, 2, 1]
    await prune_expired(database, START + EXPIRED_KEPT + timedelta(minutes=11))
    assert await counts(database) == [1, 1, 0]
