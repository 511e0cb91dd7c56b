"""Slash commands: found, refused, asked about, answered in time."""

import pytest
import structlog

from ledger.organisation import PersonRole
from tests.integration.slack.conftest import IMPATIENT_S, World, organisation
from tests.support.slack import ADA, BEN, CLEO, FINANCE, GENERAL, OTHER_TEAM, Json


def text_of(ack: Json) -> str:
    assert ack["error"] == ""
    assert ack["status"] == 200
    assert ack["latency_ms"] < 1000
    return str(ack["body"]["text"])


async def test_the_channel_decides_the_organisation(world: World) -> None:
    ack = await world.slack.command(BEN, "sync 2026-10")
    assert text_of(ack) == "noted for Client 1"
    assert ack["body"]["response_type"] == "ephemeral"
    assert world.deeds.done == ["Client 1: 2026-10"]


async def test_elsewhere_a_person_of_one_organisation_means_that_one(world: World) -> None:
    for channel in (GENERAL, "dm"):
        assert text_of(await world.slack.command(BEN, "status", channel)) == "noted for Client 1"


async def test_a_person_of_several_is_asked_and_the_command_runs_for_the_one_chosen(
    world: World,
) -> None:
    await world.add(organisation(2), **{BEN: PersonRole.PREPARER})
    asked = text_of(await world.slack.command(BEN, 'sync 2026-10 "Main | wallet"', GENERAL))
    assert asked.startswith("Which organisation is")
    question = await world.last(BEN, GENERAL)
    await world.slack.act(
        "click",
        user=BEN,
        channel=GENERAL,
        message_ts=question["ts"],
        action_id="choose_organisation:1",
    )
    await world.settle()
    assert world.deeds.done == ["Client 2: 2026-10 Main | wallet"]
    assert (await world.last(BEN, GENERAL))["text"] == "noted for Client 2"
    assert (await world.last(BEN, GENERAL))["ts"] == question["ts"]


async def test_help_stands_behind_the_bare_command_and_lists_what_there_is(world: World) -> None:
    for typed in ("", "help", "HELP"):
        listed = text_of(await world.slack.command(CLEO, typed))
        assert "/integral sync" in listed
        assert "does approvals" in listed


@pytest.mark.parametrize("typed", ["help sync", "sync --help", "sync —help"])
async def test_a_commands_usage_is_shown(world: World, typed: str) -> None:
    assert "sync PERIOD" in text_of(await world.slack.command(BEN, typed))
    assert not world.deeds.done


async def test_an_unknown_subcommand_suggests_the_nearest_with_what_was_typed(
    world: World,
) -> None:
    suggested = text_of(await world.slack.command(BEN, "snyc last-month"))
    assert "Did you mean `/integral sync last-month`?" in suggested
    lost = text_of(await world.slack.command(BEN, "xyzzy"))
    assert "`/integral help`" in lost
    assert not world.deeds.done


MAY = {
    "status": {"owner", "admin", "preparer", "approver", "viewer"},
    "sync": {"owner", "admin", "preparer"},
    "approvals": {"approver"},
    "settings": {"owner", "admin"},
}


@pytest.mark.parametrize("role", list(PersonRole))
async def test_each_role_may_what_it_may_and_is_told_who_else_may(
    world: World, role: PersonRole
) -> None:
    async with world.database.unit() as unit:
        await unit.people.grant("org1", CLEO, role)
        await unit.commit()
    for command, able in MAY.items():
        text = text_of(await world.slack.command(CLEO, command))
        if role.value in able:
            assert text == "noted for Client 1"
        else:
            assert text.startswith("Only a")
    assert len(world.deeds.done) == sum(role.value in able for able in MAY.values())


async def test_a_refusal_names_the_people_who_may(world: World) -> None:
    refused = text_of(await world.slack.command(BEN, "settings"))
    assert refused == f"Only an owner or admin may do this; ask <@{ADA}>."
    nobody = text_of(await world.slack.command(BEN, "approvals"))
    assert "nobody is one yet" in nobody


async def test_a_stranger_among_several_organisations_learns_no_names(world: World) -> None:
    await world.add(organisation(2), **{ADA: PersonRole.OWNER})
    refused = text_of(await world.slack.command(CLEO, "status", GENERAL))
    assert refused.startswith("You have no role")
    assert "Client" not in refused


async def test_organisations_of_other_workspaces_are_never_meant(world: World) -> None:
    await world.add(
        organisation(3, team_id=OTHER_TEAM), channel=GENERAL, **{CLEO: PersonRole.OWNER}
    )
    refused = text_of(await world.slack.command(CLEO, "status", GENERAL))
    assert refused.startswith("Only a")
    assert not world.deeds.done


async def test_the_same_signed_request_twice_runs_once(world: World) -> None:
    first = await world.slack.command(BEN, "sync 2026-10")
    again = await world.slack.act("replay", request_no=first["request_no"])
    assert again["status"] == 200
    assert world.deeds.done == ["Client 1: 2026-10"]


async def test_what_a_use_case_refuses_is_shown_as_it_is_with_the_next_step(
    world: World,
) -> None:
    refused = text_of(await world.slack.command(BEN, "refuse"))
    assert refused == (
        "No company is connected &lt;yet&gt;.\n:arrow_right: *Next:* `/integral connect quickbooks`"
    )


async def test_a_handler_that_fails_gives_a_reference_and_logs_no_secret(world: World) -> None:
    with structlog.testing.capture_logs() as logs:
        said = text_of(await world.slack.command(BEN, "fail"))
    (line,) = [line for line in logs if line["event"] == "handler_failed"]
    assert line["reference"] in said
    assert line["what"] == "command fail"
    assert "hunter2" not in repr(logs) + said


@pytest.mark.parametrize("patience_s", [IMPATIENT_S])
async def test_a_slow_handler_is_acknowledged_at_once_and_answers_later(world: World) -> None:
    assert text_of(await world.slack.command(BEN, "dawdle")) == "Working on it…"
    world.deeds.door.set()
    await world.settle()
    assert (await world.last(BEN))["text"] == "done at last"
    assert world.deeds.done == ["dawdled"]


@pytest.mark.parametrize("patience_s", [IMPATIENT_S])
async def test_a_late_answer_goes_by_direct_message_when_slack_takes_no_other(
    world: World,
) -> None:
    await world.slack.command(BEN, "dawdle")
    await world.slack.break_down("error", methods=["response_url"], error="expired_url")
    world.deeds.door.set()
    await world.settle()
    assert (await world.slack.texts(BEN, "dm"))[-1] == "done at last"


async def test_finance_channel_members_see_nothing_of_each_others_answers(world: World) -> None:
    await world.slack.command(BEN, "status")
    assert "noted for Client 1" not in await world.slack.texts(ADA, FINANCE)
