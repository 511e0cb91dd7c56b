"""From Slack's ids back to the use cases: what a button, a form and a picker carry is read."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from bot.handlers import connect, imports, mapping, overview, roles, start
from bot.handlers.context import Ask, Caller, Click, Submit
from bot.services.access import OWNER_CODE
from bot.services.choice_ids import choice_id
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases
from bot.views import kit
from bot.views import mapping as mapping_views
from ledger.mapping import key_of_token
from ledger.organisation import Organisation, PersonRole
from tests.integration.onboarding.desk import CHANNEL, CODE, OWNER, TEAM, Desk
from tests.integration.onboarding.test_connecting import link, sign_in
from tests.integration.onboarding.test_setting_up import (
    ROWS,
    connected,
    import_rows,
    map_all,
    ready,
    save_settings,
)
from tests.unit.views.onboarding import require_sound, require_sound_view

CALLER = Caller(team_id=TEAM, user_id=OWNER, channel_id=CHANNEL, trigger_id="1.2")
OWNERS = frozenset({PersonRole.OWNER})


async def test_the_start_form_leads_to_an_organisation(desk: Desk) -> None:
    opened = (await start.start(ask(None, CODE), cases(desk))).opens
    assert opened is not None
    require_sound_view(opened)
    async with desk.database.unit() as unit:
        await unit.codes.add(OWNER_CODE, CODE, desk.clock.now().replace(year=2030))
        await unit.commit()
    nobody, arguments = kit.unpack(opened["private_metadata"])
    values = {"code": CODE, "name": "Acme", "currency": "usd", "time_zone": "UTC"}
    wrong = await start.create(submit(None, arguments, values | {"name": ""}), cases(desk))
    assert (nobody, set(wrong.errors)) == ("", {"name"})
    made = await start.create(submit(None, arguments, values), cases(desk))
    assert made.says is not None
    assert "you are its owner" in made.says.text


async def test_a_role_is_granted_to_the_person_mentioned(desk: Desk) -> None:
    organisation = await desk.start()
    await roles.roles(ask(organisation, "grant", "<@U2>", "Preparer"), cases(desk))
    assert (await desk.access.people(organisation))["U2"] == {PersonRole.PREPARER}
    with pytest.raises(Refusal, match="mention"):
        await roles.roles(ask(organisation, "grant", "ada", "preparer"), cases(desk))


async def test_who_leaves_a_company_for_another_is_told_so_before(desk: Desk) -> None:
    organisation = await connected(desk)
    left = await desk.connections.active(organisation)
    assert left is not None
    other = (await sign_in(desk, organisation, realm="another")).company
    asked = await connect.ask_confirm(click(organisation, other.id), cases(desk))
    assert asked.opens is not None
    assert f"{left.name}* (QuickBooks) will not be posted into any more" in str(asked.opens)


async def test_the_confirm_button_asks_for_the_date_and_the_form_confirms(desk: Desk) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    asked = await connect.ask_confirm(click(organisation, company.id), cases(desk))
    assert asked.opens is not None
    _, arguments = kit.unpack(asked.opens["private_metadata"])
    slip = submit(organisation, arguments, {"go_live": "2062-10-01"})
    assert set((await connect.confirm(slip, cases(desk))).errors) == {"go_live"}
    form = submit(organisation, arguments, {"go_live": "2026-10-01"})
    assert (await connect.confirm(form, cases(desk))).says is None
    told = [words for words in (await desk.said()).values() if "connected and confirmed" in words]
    assert len(told) == 1
    active = await desk.connections.active(organisation)
    assert active is not None
    assert str(active.go_live_date) == "2026-10-01"


async def test_somebody_else_who_confirms_is_answered_too(desk: Desk) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    form = submit(organisation, (company.id,), {"go_live": "2026-10-01"})
    form = replace(form, caller=replace(form.caller, user_id="U-OTHER"))
    says = (await connect.confirm(form, cases(desk))).says
    assert says is not None
    assert "connected and confirmed" in says.text


async def test_connect_answers_with_a_link_and_says_no_to_unknown_erps(desk: Desk) -> None:
    organisation = await desk.start()
    reply = await connect.connect(ask(organisation, "quickbooks"), cases(desk))
    assert "https://integral.example.com/connect/" in str(reply.blocks)
    with pytest.raises(Refusal):
        await connect.connect(ask(organisation, "sage"), cases(desk))
    assert await link(desk, organisation)


async def test_connect_alone_asks_what_to_connect(desk: Desk) -> None:
    organisation = await desk.start()
    asked = await connect.connect(ask(organisation), cases(desk))
    (row,) = [block for block in asked.blocks if block["type"] == "actions"]
    labels = [button["text"]["text"] for button in row["elements"]]
    assert labels == ["QuickBooks", "No ERP: journal files"]
    assert len({button["action_id"] for button in row["elements"]}) == 2
    _, arguments = kit.unpack(row["elements"][0]["value"])
    signed = await connect.sign_in(click(organisation, *arguments), cases(desk))
    assert "https://integral.example.com/connect/" in str(signed.blocks)


async def test_a_picker_in_the_message_saves_for_a_wallet_of_any_name(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    row_id = choice_id(key_of_token("Ops|Wallet", "ETH"))
    _, arguments = kit.unpack(kit.pack(organisation.id, row_id))
    chosen = replace(click(organisation, *arguments), chosen="1")
    reply = await mapping.choose(chosen, cases(desk))
    assert reply.replaces
    assert "ETH in Ops|Wallet goes to" in str(reply.blocks)
    assert f"<@{OWNER}>" in str(reply.blocks)


async def test_a_wallet_s_form_saves_what_it_shows(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    shown = await mapping.show(ask(organisation), cases(desk))
    picker = next(block for block in shown.blocks if block["type"] == "actions")
    values = [option["value"] for option in picker["elements"][0]["options"]]
    for value in values:
        opened = await mapping.open_group(replace(click(organisation), chosen=value), cases(desk))
        assert opened.opens is not None
        require_sound_view(opened.opens)
        _, arguments = kit.unpack(opened.opens["private_metadata"])
        inputs = [b["block_id"] for b in opened.opens["blocks"] if b["type"] == "input"]
        form = submit(organisation, arguments, dict.fromkeys(inputs, "10"))
        assert (await mapping.save(form, cases(desk))).says is not None
    assert (await desk.mappings.unmapped(organisation)).rows == ()


async def test_resume_explains_what_is_missing_and_then_asks(desk: Desk) -> None:
    organisation = await connected(desk)
    missing = await overview.ask_resume(ask(organisation), cases(desk))
    assert "not every source is live" in missing.text
    organisation = await ready_of(desk, organisation)
    asked = await overview.ask_resume(ask(organisation), cases(desk))
    assert "3 entries of 1 Nov 2026 are ready" in str(asked.blocks)


async def test_status_help_and_home_are_for_the_person_who_asks(desk: Desk) -> None:
    organisation = await ready(desk)
    status = await overview.status(ask(organisation), cases(desk))
    assert "resume" in str(status.blocks[-1])
    viewer = replace(ask(organisation), roles=frozenset({PersonRole.VIEWER}))
    listed = str((await overview.show_help(viewer, cases(desk))).blocks)
    assert "/integral status" in listed
    assert "/integral map`" not in listed
    require_sound_view(await overview.home(ask(organisation), cases(desk)))
    require_sound_view(await overview.home(ask(None), cases(desk)))


async def test_a_file_becomes_an_upload_of_the_source_that_was_typed(desk: Desk) -> None:
    organisation = await desk.start()
    opened = (await imports.ask_file(ask(organisation), cases(desk))).opens
    assert opened is not None
    require_sound_view(opened)
    form = submit(organisation, (), {"source": "Kraken", "kind": "transactions"})
    empty = await imports.take_file(form, cases(desk))
    assert set(empty.errors) == {"file"}
    taken = await imports.take_file(replace(form, files={"file": (("F1", "a.csv"),)}), cases(desk))
    assert taken.says is not None


async def test_every_group_of_a_long_mapping_fits_its_form(desk: Desk) -> None:
    organisation = await connected(desk)
    rows = [
        f"t{n},2026-11-01T12:00:00Z,deposit,,Vault,,,TOKEN{n},2,,,10,Payroll" for n in range(120)
    ]
    await import_rows(desk, organisation, *rows)
    state = await desk.mappings.state(organisation)
    group = state.groups[0]
    first = mapping_views.form(organisation, group, page=0)
    assert first["submit"]["text"] == "Save and go on"
    require_sound_view(first)
    require_sound_view(mapping_views.form(organisation, group, page=1))
    require_sound(mapping_views.unmapped(await desk.mappings.unmapped(organisation)))


async def ready_of(desk: Desk, organisation: Organisation) -> Organisation:
    """Make the three prerequisites hold."""
    await import_rows(desk, organisation, *ROWS)
    await map_all(desk, organisation)
    await save_settings(desk, organisation)
    return organisation


def cases(desk: Desk) -> UseCases:
    """The use cases that onboarding calls."""
    return cast(
        "UseCases",
        SimpleNamespace(
            access=desk.access,
            connections=desk.connections,
            imports=desk.imports,
            settings=desk.settings,
            mappings=desk.mappings,
            dimensions=desk.dimensions,
            overview=desk.overview,
        ),
    )


def ask(organisation: Organisation | None, *words: str) -> Ask:
    return Ask(
        caller=CALLER,
        words=words,
        text=" ".join(words),
        known_organisation=organisation,
        roles=OWNERS if organisation else frozenset(),
    )


def click(organisation: Organisation, *arguments: str) -> Click:
    return Click(caller=CALLER, organisation=organisation, roles=OWNERS, arguments=arguments)


def submit(
    organisation: Organisation | None, arguments: tuple[str, ...], values: dict[str, str]
) -> Submit:
    return Submit(
        caller=CALLER,
        known_organisation=organisation,
        roles=OWNERS,
        arguments=arguments,
        values=values,
    )
