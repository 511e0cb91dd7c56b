"""Xero: one consent to many organisations, one grant for them, and each ends by itself."""

from collections.abc import Sequence

import pytest

from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.handlers import connect
from bot.services.errors import Refusal
from bot.services.sign_in import AuthorizationError, Connected, PageProblem, ToChoose
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from sandbox.faults import FaultKind, FaultOrder, RequestMatch
from sandbox.xero.desk import NewOrganisation
from sandbox.xero.grants import Consent
from sandbox.xero.scopes import ALL_NEEDED
from tests.integration.connecting.bot import OWNER, PUBLIC_URL, ask, click
from tests.integration.connecting.conftest import XeroScene

REDIRECT = f"{PUBLIC_URL}/oauth/xero/callback"


async def test_a_single_organisation_is_read_at_once_and_asked_about(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    (tenant,) = tenants(xero, 1)
    arrived = await consent(xero, organisation, [tenant])
    assert isinstance(arrived, Connected)
    assert arrived.company.external_id == tenant
    assert not arrived.is_reconnected
    cards = [m for m in await xero.bot.said() if "right company" in m.text]
    assert [card.channel for card in cards] == [OWNER]


async def test_of_several_a_person_picks_one_in_slack(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    three = tenants(xero, 3)
    arrived = await consent(xero, organisation, three)
    assert isinstance(arrived, ToChoose)
    assert await xero.bot.companies(organisation) == []
    grant_id = arrived.choices[0].grant_id
    await xero.bot.choose(organisation, grant_id, three[1])
    (company,) = await xero.bot.companies(organisation)
    assert (company.external_id, company.is_confirmed) == (three[1], False)
    assert company.functional_currency == "USD"
    await xero.bot.confirm(organisation, company)
    assert (await xero.bot.active(organisation)).external_id == three[1]


async def test_what_was_not_picked_is_offered_to_the_same_person_for_another_client(
    xero: XeroScene,
) -> None:
    first, second = await two_organisations(xero)
    both = tenants(xero, 2)
    company = await connected(xero, first, both, pick=both[0])
    assert company.external_id == both[0]
    offered = await xero.bot.use_cases.connections.arrivals.offered(
        second, Provider.XERO, user_id=OWNER
    )
    assert [each.external_id for each in offered] == [both[1]]
    assert not await xero.bot.use_cases.connections.arrivals.offered(
        second, Provider.XERO, user_id="U2"
    )
    reply = await connect.connect(ask(second, "xero"), xero.bot.use_cases)
    assert both[1] in str(reply.blocks)
    await xero.bot.choose(second, offered[0].grant_id, both[1])
    (other,) = await xero.bot.companies(second)
    assert other.grant_id == company.grant_id


async def test_nobody_else_can_pick_what_a_person_authorised(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    arrived = await consent(xero, organisation, tenants(xero, 2))
    assert isinstance(arrived, ToChoose)
    one = arrived.choices[0]
    with pytest.raises(Refusal, match="no longer open"):
        await xero.bot.use_cases.connections.arrivals.choose(
            organisation, one.grant_id, one.external_id, user_id="U2"
        )


@pytest.mark.long(16)
async def test_disconnecting_one_of_25_organisations_leaves_24_working(xero: XeroScene) -> None:
    every = tenants(xero, 25)
    organisations = [
        await xero.bot.organisation(f"org-{n}", code=f"X{n:03}") for n in range(len(every))
    ]
    arrived = await consent(xero, organisations[0], every)
    assert isinstance(arrived, ToChoose)
    grant_id = arrived.choices[0].grant_id
    for organisation, tenant in zip(organisations, every, strict=True):
        await xero.bot.choose(organisation, grant_id, tenant)
        await xero.bot.confirm(organisation, (await xero.bot.companies(organisation))[0])
    gone = await xero.bot.active(organisations[0])
    ended = await xero.bot.use_cases.connections.disconnect(organisations[0], gone.id, actor=OWNER)
    assert ended.erp_problem is None
    for organisation in organisations[1:]:
        company = await xero.bot.active(organisation)
        assert company.connection is ConnectionState.ACTIVE
        await xero.bot.outside.erps.of(company).check_access()
    assert len(xero.xero.sandbox.grants._state.connections) == 24


async def test_the_last_organisation_takes_the_grant_with_it(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    both = tenants(xero, 2)
    company = await connected(xero, organisation, both, pick=both[0])
    await xero.bot.use_cases.connections.disconnect(organisation, company.id, actor=OWNER)
    assert await xero.bot.secret(company) is None
    assert xero.xero.sandbox.grants._state.connections == {}
    with pytest.raises(Refusal, match="no longer open"):
        await xero.bot.use_cases.connections.arrivals.choose(
            organisation, company.grant_id or "", both[1], user_id=OWNER
        )


async def test_a_wrong_pick_leads_back_to_the_choice(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    both = tenants(xero, 2)
    arrived = await consent(xero, organisation, both)
    assert isinstance(arrived, ToChoose)
    await xero.bot.choose(organisation, arrived.choices[0].grant_id, both[0])
    (company,) = await xero.bot.companies(organisation)
    reply = await connect.reject(click(organisation, company.id), xero.bot.use_cases)
    assert both[1] in str(reply.blocks)
    assert both[0] not in str(reply.blocks)
    await xero.bot.choose(organisation, arrived.choices[0].grant_id, both[1])
    found = {c.external_id: c.connection for c in await xero.bot.companies(organisation)}
    assert found[both[1]] is ConnectionState.ACTIVE


async def test_an_organisation_belongs_to_one_client_only(xero: XeroScene) -> None:
    first, second = await two_organisations(xero)
    (tenant,) = tenants(xero, 1)
    await connected(xero, first, [tenant])
    with pytest.raises(AuthorizationError) as refused:
        await consent(xero, second, [tenant])
    assert refused.value.reason is PageProblem.TAKEN
    await xero.bot.outside.erps.of(await xero.bot.active(first)).check_access()


async def test_a_dead_grant_is_said_once_to_a_person_and_each_finance_channel(
    xero: XeroScene,
) -> None:
    first, second = await two_organisations(xero)
    both = tenants(xero, 2)
    one = await connected(xero, first, both, pick=both[0])
    await xero.bot.choose(second, one.grant_id or "", both[1])
    await xero.bot.confirm(second, (await xero.bot.companies(second))[0])
    await xero.bot.said()
    for tenant in both:
        xero.xero.sandbox.grants.expire_refresh(tenant)
        xero.xero.sandbox.grants.expire_access(tenant)
    xero.xero.clock.advance(1801)
    for organisation in (first, second, first):
        with pytest.raises(ErpActionRequired):
            await xero.bot.outside.erps.of(await xero.bot.active(organisation)).check_access()
    said = await xero.bot.said()
    assert sorted(m.channel for m in said) == sorted([OWNER, "C-org-1", "C-org-2"])
    assert all("connect_reauthorize" in m.blocks for m in said)
    (personal,) = [m for m in said if m.channel == OWNER]
    assert personal.blocks.count('"type": "button"') == 2


async def test_one_new_consent_revives_everything_that_it_reaches(xero: XeroScene) -> None:
    first, second = await two_organisations(xero)
    both = tenants(xero, 2)
    one = await connected(xero, first, both, pick=both[0])
    await xero.bot.choose(second, one.grant_id or "", both[1])
    await xero.bot.confirm(second, (await xero.bot.companies(second))[0])
    xero.xero.sandbox.grants.expire_refresh(both[0])
    xero.xero.clock.advance(1801)
    with pytest.raises(ErpActionRequired):
        await xero.bot.outside.erps.of(await xero.bot.active(first)).check_access()
    arrived = await consent(xero, first, [both[0]])
    assert isinstance(arrived, Connected)
    assert arrived.is_reconnected
    for organisation in (first, second):
        company = await xero.bot.active(organisation)
        assert company.connection is ConnectionState.ACTIVE
        await xero.bot.outside.erps.of(company).check_access()


async def test_a_token_endpoint_that_is_away_for_an_hour_leaves_every_connection_connected(
    xero: XeroScene,
) -> None:
    organisation = await xero.bot.organisation()
    (tenant,) = tenants(xero, 1)
    company = await connected(xero, organisation, [tenant])
    xero.xero.sandbox.faults.add(
        FaultOrder(
            kind=FaultKind.STATUS,
            status=503,
            times=None,
            match=RequestMatch(path="/connect/token"),
        )
    )
    for _ in range(6):
        xero.xero.clock.advance(1801)
        with pytest.raises(ErpUnavailable):
            await xero.bot.outside.erps.of(company).check_access()
    assert (await xero.bot.active(organisation)).connection is ConnectionState.ACTIVE


async def test_an_organisation_cut_off_in_xero_ends_alone(xero: XeroScene) -> None:
    first, second = await two_organisations(xero)
    both = tenants(xero, 2)
    one = await connected(xero, first, both, pick=both[0])
    await xero.bot.choose(second, one.grant_id or "", both[1])
    await xero.bot.confirm(second, (await xero.bot.companies(second))[0])
    xero.xero.sandbox.grants.drop(both[0])
    with pytest.raises(ErpActionRequired):
        await xero.bot.outside.erps.of(await xero.bot.active(first)).check_access()
    assert (await xero.bot.active(first)).connection is ConnectionState.ENDED
    assert (await xero.bot.active(second)).connection is ConnectionState.ACTIVE


def tenants(xero: XeroScene, count: int) -> list[str]:
    """Fresh organisations in Xero."""
    made = xero.xero.sandbox.add_organisations(NewOrganisation(name="Client", count=count))
    return [each.tenant for each in made]


async def consent(xero: XeroScene, organisation: Organisation, to: Sequence[str]) -> object:
    """Allow organisations at Xero's page and come back."""
    code = xero.xero.sandbox.grants.authorize(
        Consent(user="ada@example.com", tenants=tuple(to), scope=ALL_NEEDED, redirect_uri=REDIRECT)
    )
    return await xero.bot.come_back(organisation, code)


async def connected(
    xero: XeroScene, organisation: Organisation, to: Sequence[str], *, pick: str | None = None
) -> Company:
    """Allow organisations, pick one and confirm it."""
    arrived = await consent(xero, organisation, to)
    if isinstance(arrived, ToChoose):
        await xero.bot.choose(organisation, arrived.choices[0].grant_id, pick or to[0])
    (company,) = [c for c in await xero.bot.companies(organisation) if not c.is_confirmed]
    await xero.bot.confirm(organisation, company)
    return await xero.bot.active(organisation)


async def two_organisations(xero: XeroScene) -> tuple[Organisation, Organisation]:
    """Two clients of one firm."""
    return await xero.bot.organisation(), await xero.bot.organisation("org-2", code="B2C3")
