"""Slack's installations: encrypted, one per workspace; states used once."""

import asyncio

from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import select

from ledger.organisation import Provider
from storage.database import Database
from storage.rotation import rotate
from storage.slack_installations import SlackInstallations, SlackStates
from storage.tables.access import slack_installations, slack_oauth_states
from storage.vault import Vault
from tests.support import books
from tests.support.databases import SECRET_KEYS, SettableClock

NEW_KEY = "new:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


def installation(
    token: str = "xoxb-1", *, team: str | None = "T1", enterprise: str | None = None
) -> Installation:
    return Installation(
        app_id="A1",
        enterprise_id=enterprise,
        team_id=team,
        bot_token=token,
        bot_id="B1",
        bot_user_id="UB1",
        bot_scopes=["chat:write", "commands"],
        bot_refresh_token="xoxe-1",
        bot_token_expires_at=1_800_000_000,
        user_id="U1",
        is_enterprise_install=team is None,
        installed_at=1_790_000_000.5,
        custom_values={"note": "Zürich"},
    )


async def test_an_installation_is_read_back(database: Database) -> None:
    store = SlackInstallations(database)
    await store.async_save(installation())
    found = await store.async_find_installation(enterprise_id=None, team_id="T1")
    assert found is not None
    assert found.to_dict() == installation().to_dict()
    bot = await store.async_find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None
    assert bot.bot_token == "xoxb-1"
    assert await store.async_find_bot(enterprise_id=None, team_id="T2") is None
    assert await store.find_bot_token(None, "T1") == "xoxb-1"


async def test_a_new_installation_replaces_the_old_one(database: Database) -> None:
    store = SlackInstallations(database)
    await store.async_save(installation("xoxb-1"))
    await store.async_save(installation("xoxb-2"))
    assert await store.find_bot_token(None, "T1") == "xoxb-2"
    async with database.session(read_only=True) as session:
        assert len((await session.execute(select(slack_installations))).all()) == 1


async def test_tokens_are_encrypted(database: Database) -> None:
    await SlackInstallations(database).async_save(installation())
    async with database.session(read_only=True) as session:
        row = (await session.execute(select(slack_installations))).one()
    assert "xox" not in str(tuple(row))


async def test_only_the_installer_is_found_by_user(database: Database) -> None:
    store = SlackInstallations(database)
    await store.async_save(installation())
    for user, is_found in (("U1", True), ("U2", False)):
        found = await store.async_find_installation(enterprise_id=None, team_id="T1", user_id=user)
        assert (found is not None) is is_found


async def test_an_enterprise_installation_serves_its_workspaces(database: Database) -> None:
    store = SlackInstallations(database)
    await store.async_save(installation("xoxb-wide", team=None, enterprise="E1"))
    await store.async_save(installation("xoxb-own", team="T1", enterprise="E1"))
    assert await store.find_bot_token("E1", "T1") == "xoxb-own"
    assert await store.find_bot_token(None, "T1") == "xoxb-own"
    assert await store.find_bot_token("E1", "T2") == "xoxb-wide"
    assert await store.find_bot_token("E2", "T2") is None
    wide = await store.async_find_bot(enterprise_id="E1", team_id="T1", is_enterprise_install=True)
    assert wide is not None
    assert wide.bot_token == "xoxb-wide"


async def test_a_renewed_bot_token_keeps_the_rest(database: Database) -> None:
    store = SlackInstallations(database)
    await store.async_save(installation())
    bot = installation().to_bot()
    bot.bot_token = "xoxb-renewed"
    await store.async_save_bot(bot)
    found = await store.async_find_installation(enterprise_id=None, team_id="T1", user_id="U1")
    assert found is not None
    assert (found.bot_token, found.bot_scopes) == ("xoxb-renewed", ["chat:write", "commands"])


async def test_uninstalling_forgets_one_workspace(database: Database) -> None:
    store = SlackInstallations(database)
    await store.async_save(installation())
    await store.async_save(installation("xoxb-2", team="T2"))
    await store.async_delete_installation(enterprise_id=None, team_id="T1", user_id="U1")
    assert await store.find_bot_token(None, "T1") == "xoxb-1"
    await store.async_delete_all(enterprise_id=None, team_id="T1")
    assert await store.find_bot_token(None, "T1") is None
    assert await store.find_bot_token(None, "T2") == "xoxb-2"


async def test_of_many_uses_at_once_one_uses_the_state(database: Database) -> None:
    states = SlackStates(database)
    state = await states.async_issue()
    results = await asyncio.gather(*(states.async_consume(state) for _ in range(6)))
    assert sum(results) == 1
    assert not await states.async_consume("another")


async def test_a_state_expires_and_is_stored_as_a_hash(
    database: Database, clock: SettableClock
) -> None:
    states = SlackStates(database)
    state = await states.async_issue()
    async with database.session(read_only=True) as session:
        assert state not in str((await session.execute(select(slack_oauth_states))).all())
    clock.advance(seconds=600)
    assert not await states.async_consume(state)


async def test_rotation_encrypts_every_secret_anew(
    database: Database, clock: SettableClock
) -> None:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.grants.put("grant-1", Provider.QUICKBOOKS, "org-1:realm-1", "refresh-token")
        await unit.commit()
    await SlackInstallations(database).async_save(installation())
    both = Database(
        database.url.render_as_string(hide_password=False),
        Vault.from_text(f"{NEW_KEY},{SECRET_KEYS}"),
        clock=clock,
    )
    assert (await rotate(both), await rotate(both)) == (2, 0)
    await both.close()
    only_new = Database(
        database.url.render_as_string(hide_password=False), Vault.from_text(NEW_KEY), clock=clock
    )
    async with only_new.unit(read_only=True) as unit:
        assert await unit.grants.read_secret("grant-1") == "refresh-token"
    assert await SlackInstallations(only_new).find_bot_token(None, "T1") == "xoxb-1"
    await only_new.close()
