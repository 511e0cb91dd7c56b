"""The daily watch: connections are kept alive, and people warned 30, 7 and 1 days before an end."""

from dataclasses import replace
from datetime import datetime, timedelta

from ledger.organisation import Company, ConnectionState, Organisation, PersonRole
from sandbox.faults import FaultKind, FaultOrder, RequestMatch
from tests.integration.connecting.bot import OWNER
from tests.integration.connecting.conftest import XeroScene
from tests.integration.connecting.test_xero import connected, tenants

OUR_KEYS_REFUSED = FaultOrder(
    kind=FaultKind.STATUS,
    status=400,
    body='{"error": "invalid_client"}',
    times=None,
    match=RequestMatch(path="/connect/token"),
)
"""Says nothing about anybody's grant, and renews none."""


async def test_an_idle_connection_is_kept_alive_for_years(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    await connected(xero, organisation, tenants(xero, 1))
    for _ in range(8):
        xero.xero.clock.advance(timedelta(days=50).total_seconds())
        await a_day(xero)
    company = await xero.bot.active(organisation)
    assert company.connection is ConnectionState.ACTIVE
    assert company.authorised_until is not None
    assert company.authorised_until - xero.xero.clock.now() > timedelta(days=59)


async def test_a_day_has_one_look_however_often_the_clock_ticks(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    await connected(xero, organisation, tenants(xero, 1))
    watch = xero.bot.use_cases.watch
    assert [await watch.tick(), await watch.tick()] == [1, 0]
    xero.xero.clock.advance(timedelta(days=1).total_seconds())
    assert await watch.tick() == 1


async def test_warnings_go_out_30_7_and_1_days_before_the_end_each_once(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    company = await connected(xero, organisation, tenants(xero, 1))
    until = xero.xero.clock.now() + timedelta(days=40, hours=1)
    await xero.bot.said()
    told: list[int] = []
    for day in range(1, 41):
        xero.xero.clock.advance(timedelta(days=1).total_seconds())
        await ends_on(xero, company, until)
        await look_without_renewing(xero, company)
        if any("ends on" in m.text for m in await xero.bot.said()):
            told.append(40 - day)
    assert told == [30, 7, 1]


async def test_a_warning_goes_to_who_connected_and_to_an_owner(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    company = await connected(xero, organisation, tenants(xero, 1))
    await admin(xero, organisation, "U9")
    await ends_on(xero, replace(company, connected_by="U9"), in_days(xero, 6))
    await xero.bot.said()
    await look_without_renewing(xero, company)
    assert {m.channel for m in await xero.bot.said()} == {"U9", OWNER}


async def test_an_owner_stands_in_for_somebody_who_is_gone(xero: XeroScene) -> None:
    organisation = await xero.bot.organisation()
    company = await connected(xero, organisation, tenants(xero, 1))
    await ends_on(xero, replace(company, connected_by="U-GONE"), in_days(xero, 1))
    await xero.bot.said()
    await look_without_renewing(xero, company)
    assert {m.channel for m in await xero.bot.said()} == {OWNER}


def in_days(xero: XeroScene, days: int) -> datetime:
    return xero.xero.clock.now() + timedelta(days=days)


async def a_day(xero: XeroScene) -> None:
    """One tick of the clock and what it starts."""
    await xero.bot.use_cases.watch.tick()
    await xero.bot.work()


async def ends_on(xero: XeroScene, company: Company, until: datetime) -> None:
    """Let a company's authorisation end for good at a moment."""
    async with xero.bot.database.unit() as unit:
        stored = await unit.companies.get(company.id)
        assert stored is not None
        await unit.companies.save(
            replace(stored, authorised_until=until, connected_by=company.connected_by)
        )
        await unit.commit()


async def look_without_renewing(xero: XeroScene, company: Company) -> None:
    """Look at a connection while nothing can be renewed, so that its end stays where it is."""
    xero.xero.sandbox.faults.add(OUR_KEYS_REFUSED)
    await xero.bot.use_cases.watch.look_at(company.id)
    xero.xero.sandbox.faults.clear()


async def admin(xero: XeroScene, organisation: Organisation, user_id: str) -> None:
    async with xero.bot.database.unit() as unit:
        await unit.people.grant(organisation.id, user_id, PersonRole.ADMIN)
        await unit.commit()
