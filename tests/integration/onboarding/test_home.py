"""The App Home keeps up: it is drawn again when what it shows has changed, and only then."""

import json

from bot.handlers.home import with_choice
from bot.handlers.home_redraw import HomeRedraw
from bot.views import overview
from ledger.organisation import Organisation, PersonRole
from ledger.records import Message
from tests.integration.onboarding.desk import OWNER, TEAM, Desk
from tests.integration.onboarding.test_connecting import confirm, sign_in
from tests.integration.onboarding.test_setting_up import ROWS, import_rows


async def test_a_shown_home_follows_an_import_and_a_confirmed_company(desk: Desk) -> None:
    organisation = await desk.start()
    await show_home(desk, organisation)
    redraw = redraw_of(desk)
    assert [await redraw.tick(), await redraw.tick()] == [0, 0]
    await confirm(desk, organisation, (await sign_in(desk, organisation)).company)
    assert await redraw.tick() == 1
    assert "Acme Inc" in await home(desk)
    await import_rows(desk, organisation, *ROWS)
    assert await redraw.tick() == 1
    assert "1 source, 3 transactions" in await home(desk)
    assert await redraw.tick() == 0


async def test_nobody_s_home_is_drawn_who_has_no_role_any_more(desk: Desk) -> None:
    organisation = await desk.start()
    await show_home(desk, organisation)
    redraw = redraw_of(desk)
    await redraw.tick()
    async with desk.database.unit() as unit:
        await unit.people.revoke(organisation.id, OWNER, PersonRole.OWNER)
        await unit.organisations.raise_shape_version(organisation.id)
        await unit.commit()
    assert await redraw.tick() == 0


def redraw_of(desk: Desk) -> HomeRedraw:
    return HomeRedraw(storage=desk.database, clock=desk.clock, overview=desk.overview)


async def show_home(desk: Desk, organisation: Organisation) -> None:
    """Have the owner's Home show the organisation."""
    standing = await desk.overview.standing(organisation)
    view = overview.home(standing, frozenset({PersonRole.OWNER}))
    content = with_choice(view, [organisation], organisation)
    async with desk.database.unit() as unit:
        message = Message(
            key="home:T1:U1",
            team_id=TEAM,
            channel=OWNER,
            text="",
            blocks=json.dumps(content),
            is_home=True,
        )
        await unit.outbox.put(message, desk.clock.now())
        await unit.commit()


async def home(desk: Desk) -> str:
    async with desk.database.unit(read_only=True) as unit:
        (shown,) = await unit.outbox.homes()
    return shown.blocks
