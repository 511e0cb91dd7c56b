"""Ownership is claimed once; roles and channels change only by those who may."""

import asyncio

import pytest

from bot.services.access import NewOrganisation
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from ledger.organisation import PersonRole
from tests.integration.onboarding.desk import CHANNEL, CODE, OWNER, TEAM, Desk


async def test_a_code_makes_its_user_the_owner_of_the_channel_s_organisation(desk: Desk) -> None:
    organisation = await desk.start()
    await desk.work()
    async with desk.database.unit(read_only=True) as unit:
        stored = await unit.organisations.of_channel(TEAM, CHANNEL)
        roles = await unit.people.roles(organisation.id, OWNER)
    assert stored is not None
    assert stored.id == organisation.id
    assert stored.finance_channel == CHANNEL
    assert roles == {PersonRole.OWNER}


async def test_a_code_works_once_even_for_two_at_the_same_time(desk: Desk) -> None:
    results = await asyncio.gather(
        desk.start(channel=None), desk.start(channel=None), return_exceptions=True
    )
    assert sum(isinstance(r, BaseException) for r in results) >= 1


async def test_a_used_code_is_refused_at_its_field(desk: Desk) -> None:
    await desk.start()
    with pytest.raises(FieldRefusal) as refused:
        await desk.access.start(_form(CODE), team_id=TEAM, user_id="U9", channel_id="C2")
    assert set(refused.value.errors) == {"code"}


async def test_a_wrong_form_uses_no_code_up(desk: Desk) -> None:
    with pytest.raises(FieldRefusal) as refused:
        await desk.access.start(
            _form("x", currency="dollars", zone="Mars/Base"),
            team_id=TEAM,
            user_id=OWNER,
            channel_id=None,
        )
    assert set(refused.value.errors) == {"currency", "time_zone"}
    assert (await desk.start()).name == "Acme"


async def test_a_second_organisation_needs_another_channel(desk: Desk) -> None:
    await desk.start()
    with pytest.raises(Refusal, match="another organisation"):
        await desk.start(code="owner-code-2")
    second = await desk.start(code="owner-code-2b", channel="C2")
    assert second.name == "Acme"


async def test_a_shared_channel_does_not_become_the_finance_channel(desk: Desk) -> None:
    desk.slack.shared.add(CHANNEL)
    organisation = await desk.start()
    await desk.work()
    async with desk.database.unit(read_only=True) as unit:
        stored = await unit.organisations.get(organisation.id)
    assert stored is not None
    assert stored.finance_channel is None
    assert "shared with another company" in "".join((await desk.said()).values())


async def test_only_the_owner_grants_approver(desk: Desk) -> None:
    organisation = await desk.start()
    await desk.access.grant(organisation, "U2", PersonRole.ADMIN, actor=OWNER)
    with pytest.raises(Refusal, match="Only the owner"):
        await desk.access.grant(organisation, "U3", PersonRole.APPROVER, actor="U2")
    with pytest.raises(Refusal, match="Only the owner"):
        await desk.access.grant(organisation, "U2", PersonRole.OWNER, actor="U2")
    await desk.access.grant(organisation, "U3", PersonRole.PREPARER, actor="U2")
    await desk.access.grant(organisation, "U3", PersonRole.APPROVER, actor=OWNER)
    people = await desk.access.people(organisation)
    assert people["U3"] == {PersonRole.PREPARER, PersonRole.APPROVER}


async def test_the_last_owner_stays_also_when_two_leave_at_once(desk: Desk) -> None:
    organisation = await desk.start()
    with pytest.raises(Refusal, match="last owner"):
        await desk.access.revoke(organisation, OWNER, PersonRole.OWNER, actor=OWNER)
    await desk.access.grant(organisation, "U2", PersonRole.OWNER, actor=OWNER)
    await asyncio.gather(
        desk.access.revoke(organisation, OWNER, PersonRole.OWNER, actor=OWNER),
        desk.access.revoke(organisation, "U2", PersonRole.OWNER, actor="U2"),
        return_exceptions=True,
    )
    people = await desk.access.people(organisation)
    assert sum(PersonRole.OWNER in roles for roles in people.values()) == 1


async def test_roles_are_audited_with_before_and_after(desk: Desk) -> None:
    organisation = await desk.start()
    await desk.access.grant(organisation, "U2", PersonRole.VIEWER, actor=OWNER)
    async with desk.database.unit(read_only=True) as unit:
        records = await unit.audit.recent(organisation.id, 1)
    assert (records[0].action, records[0].actor, records[0].subject) == (
        "role.granted",
        OWNER,
        "U2",
    )
    assert (records[0].before, records[0].after) == ('{"roles": []}', '{"roles": ["viewer"]}')


def _form(code: str, *, currency: str = "USD", zone: str = "UTC") -> NewOrganisation:
    return NewOrganisation(code=code, name="Acme", base_currency=currency, time_zone=zone)
