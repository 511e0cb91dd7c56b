"""App Home, uninstalling, and the door's own pages."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta

from slack_sdk.oauth.installation_store import Installation

from bot.handlers.authorize import StoredTokens
from bot.services.workspaces import Workspaces
from ledger.organisation import Company, PersonRole, Provider
from storage.slack_installations import SlackInstallations
from tests.integration.slack.conftest import World, organisation
from tests.support.slack import ADA, BEN, CLEO, TEAM, Json

COMPANY = Company(
    id="company1",
    organisation_id="org1",
    provider=Provider.XERO,
    external_id="tenant-1",
    name="Northwind",
    functional_currency="USD",
    is_confirmed=True,
    pushes_enabled=True,
)


def installed(*, at: datetime) -> Installation:
    return Installation(
        user_id=ADA, team_id=TEAM, bot_token="xoxb-1", bot_id="B1", installed_at=at.timestamp()
    )


async def home_of(world: World, user: str) -> Json:
    await world.settle()
    found: Json = (await world.slack.see("views", user=user))["home"]
    return found


async def opens_home(world: World, user: str) -> str:
    await world.slack.act("home", user=user)
    await wait_for_events(world)
    return json.dumps(await home_of(world, user))


async def wait_for_events(world: World) -> None:
    """Events are sent in the background: read on until the bot has answered each."""
    async with asyncio.timeout(10):
        while True:
            state = await world.slack.see("requests")
            told = [entry for entry in state["requests"] if entry["direction"] == "to_bot"]
            if told and all(entry["status"] == 200 for entry in told):
                return


async def test_opening_the_home_shows_the_persons_organisation(world: World) -> None:
    assert "Home of Client 1" in await opens_home(world, BEN)
    assert "Home of nobody" in await opens_home(world, CLEO)


async def test_a_person_of_several_organisations_chooses_in_the_home(world: World) -> None:
    await world.add(organisation(2), **{BEN: PersonRole.VIEWER})
    assert "Home of Client 1" in await opens_home(world, BEN)
    await world.slack.act(
        "click",
        user=BEN,
        view="home",
        action_id="home_organisation",
        selected_option="org2",
        value="org2",
    )
    world.clock.advance(seconds=3)
    assert "Home of Client 2" in json.dumps(await home_of(world, BEN))


async def test_an_answer_in_the_home_opens_over_it(world: World) -> None:
    await opens_home(world, BEN)
    await world.slack.act("click", user=BEN, view="home", action_id="whisper")
    await world.settle()
    (shown,) = (await world.slack.see("views", user=BEN))["modals"]
    assert "for your eyes" in json.dumps(shown)


async def test_a_home_is_drawn_once_slack_is_back(world: World) -> None:
    await world.slack.break_down("http_500", methods=["views.publish"], times=1)
    await world.slack.act("home", user=BEN)
    await wait_for_events(world)
    assert await home_of(world, BEN) is None
    world.clock.advance(seconds=5)
    assert "Home of Client 1" in json.dumps(await home_of(world, BEN))


async def test_uninstalling_wipes_the_token_and_pauses_pushes_and_nothing_else(
    world: World,
) -> None:
    store = SlackInstallations(world.database)
    await store.async_save(installed(at=world.clock.now() - timedelta(days=1)))
    tokens = StoredTokens(store)
    departures = Workspaces(storage=world.database, clock=world.clock, tokens=tokens)
    async with world.database.unit() as unit:
        await unit.companies.add(COMPANY)
        await unit.commit()

    await departures.left(TEAM, world.clock.now())
    await departures.left(TEAM, world.clock.now())

    assert await tokens.bot_token(TEAM) is None
    async with world.database.unit(read_only=True) as unit:
        assert await unit.companies.get("company1") == replace(COMPANY, pushes_enabled=False)
        assert await unit.people.roles("org1", ADA) == {PersonRole.OWNER}
        (note,) = await unit.audit.recent("org1", 10)
    assert (note.action, note.subject) == ("pushes.paused", "Northwind")


async def test_a_late_uninstall_event_does_not_end_a_newer_installation(world: World) -> None:
    store = SlackInstallations(world.database)
    await store.async_save(installed(at=world.clock.now()))
    departures = Workspaces(storage=world.database, clock=world.clock, tokens=StoredTokens(store))
    await departures.left(TEAM, world.clock.now() - timedelta(minutes=1))
    assert await StoredTokens(store).bot_token(TEAM) == "xoxb-1"


async def test_slack_hears_200_when_the_app_was_uninstalled(world: World) -> None:
    await world.slack.act("uninstall")
    await wait_for_events(world)


async def test_an_uninstall_event_that_cannot_be_handled_is_asked_for_again(world: World) -> None:
    await world.database.close()
    async with world.database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE organisations RENAME TO away")
    body = {"type": "event_callback", "event": {"type": "app_uninstalled"}, "event_time": 1}
    ack = await world.slack.act(
        "raw",
        sign=True,
        headers={"content-type": "application/json"},
        body=json.dumps(body | {"team_id": TEAM, "event_id": "Ev1"}),
    )
    assert ack["status"] == 503


async def test_revoked_tokens_of_people_end_nothing(world: World) -> None:
    event = {"type": "tokens_revoked", "tokens": {"oauth": [ADA], "bot": []}}
    await world.slack.act("event", event=event)
    await wait_for_events(world)
