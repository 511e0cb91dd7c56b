"""Connecting: one person, one browser, one use; a company counts only once it is confirmed."""

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.erp.errors import ErpUnavailable
from bot.services.authorizations import LINK_LIFETIME
from bot.services.connections import Confirmed
from bot.services.errors import Refusal
from bot.services.sign_in import AuthorizationError, Callback, Connected, PageProblem
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.problems import Problem, ProblemCode
from tests.integration.onboarding.desk import BOOKS, CHANNEL, OWNER, REALM, Desk

AWAY = ErpUnavailable(Problem(code=ProblemCode.ERP_UNREACHABLE, subject="QuickBooks"))


async def test_a_confirmed_company_is_active_with_its_books(desk: Desk) -> None:
    organisation = await desk.start()
    connected = await sign_in(desk, organisation)
    assert await desk.connections.active(organisation) is None
    confirmed = await confirm(desk, organisation, connected.company)
    active = await desk.connections.active(organisation)
    assert active is not None
    assert (active.name, active.go_live_date) == ("Acme Inc", date(2026, 11, 1))
    assert not active.pushes_enabled
    assert confirmed.accounts == len(BOOKS.accounts)


async def test_looking_at_a_link_uses_nothing_up(desk: Desk) -> None:
    organisation = await desk.start()
    token = await link(desk, organisation)
    for _ in range(3):
        assert (await desk.authorizations.look(token)).request.requested_by == OWNER
    assert (await desk.authorizations.open(token)).provider is Provider.QUICKBOOKS


async def test_each_wrong_callback_has_its_own_reason(desk: Desk) -> None:
    organisation = await desk.start()
    token = await link(desk, organisation)
    callback = await begin(desk, token)
    assert await reason(desk, replace(callback, cookie=None)) is PageProblem.FORWARDED
    assert await reason(desk, replace(callback, state="another")) is PageProblem.FOREIGN
    assert await reason(desk, replace(callback, cookie="b~t")) is PageProblem.UNKNOWN
    await desk.authorizations.finish(callback)
    assert await reason(desk, callback) is PageProblem.USED
    with pytest.raises(AuthorizationError, match="used"):
        await desk.authorizations.look(token)


async def test_a_link_expires(desk: Desk) -> None:
    organisation = await desk.start()
    token = await link(desk, organisation)
    callback = await begin(desk, token)
    desk.clock.advance(seconds=LINK_LIFETIME.total_seconds())
    assert await reason(desk, callback) is PageProblem.EXPIRED
    with pytest.raises(AuthorizationError, match="expired"):
        await desk.authorizations.open(token)


async def test_a_person_who_declines_leaves_nothing_behind(desk: Desk) -> None:
    organisation = await desk.start()
    callback = await begin(desk, await link(desk, organisation))
    declined = replace(callback, error="access_denied", code=None, external_id=None)
    assert await reason(desk, declined) is PageProblem.DENIED
    assert await companies(desk, organisation) == []
    assert desk.erp.codes == []


async def test_a_company_that_cannot_be_read_keeps_no_credentials(desk: Desk) -> None:
    organisation = await desk.start()
    desk.erp.fails_with = AWAY
    callback = await begin(desk, await link(desk, organisation))
    assert await reason(desk, callback) is PageProblem.ERP
    (company,) = await companies(desk, organisation)
    assert company.connection is ConnectionState.DISCONNECTED
    assert await secret_of(desk, company) is None


async def test_a_company_that_was_confirmed_while_it_could_not_be_read_again_stays(
    desk: Desk,
) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    callback = await begin(desk, await link(desk, organisation))

    async def meanwhile() -> None:
        await confirm(desk, organisation, company)
        desk.erp.fails_with = AWAY

    desk.erp.meanwhile = meanwhile
    assert await reason(desk, callback) is PageProblem.ERP
    active = await desk.connections.active(organisation)
    assert active is not None
    assert (active.connection, active.go_live_date) == (ConnectionState.ACTIVE, date(2026, 11, 1))
    assert await secret_of(desk, active) is not None


async def test_an_older_sign_in_that_fails_late_takes_nothing_from_a_newer_one(
    desk: Desk,
) -> None:
    organisation = await desk.start()
    callback = await begin(desk, await link(desk, organisation))

    async def meanwhile() -> None:
        desk.clock.advance(seconds=1)
        await sign_in(desk, organisation)
        desk.erp.fails_with = AWAY

    desk.erp.meanwhile = meanwhile
    assert await reason(desk, callback) is PageProblem.ERP
    (company,) = await companies(desk, organisation)
    assert company.connection is ConnectionState.ACTIVE
    assert await secret_of(desk, company) is not None
    await confirm(desk, organisation, company)


async def test_another_currency_is_kept_and_cannot_be_confirmed(desk: Desk) -> None:
    organisation = await desk.start()
    desk.erp.books = replace(BOOKS, functional_currency="EUR")
    connected = await sign_in(desk, organisation)
    assert connected.currency_differs
    with pytest.raises(Refusal, match="kept in EUR"):
        await confirm(desk, organisation, connected.company)


async def test_a_company_posts_for_one_organisation_only(desk: Desk) -> None:
    first = await desk.start()
    connected = await sign_in(desk, first)
    await confirm(desk, first, connected.company)
    second = await desk.start(code="owner-code-2", channel="C2")
    callback = await begin(desk, await link(desk, second))
    assert await reason(desk, callback) is PageProblem.TAKEN
    assert desk.erp.ended == []


async def test_a_company_of_another_organisation_cannot_be_confirmed(desk: Desk) -> None:
    first = await desk.start()
    connected = await sign_in(desk, first)
    second = await desk.start(code="owner-code-2", channel="C2")
    with pytest.raises(Refusal, match="does not belong"):
        await confirm(desk, second, connected.company)
    with pytest.raises(Refusal, match="does not belong"):
        await desk.connections.reject(second, connected.company.id, actor=OWNER)


async def test_the_same_company_reconnects_as_it_was(desk: Desk) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    await confirm(desk, organisation, company)
    async with desk.database.unit() as unit:
        active = await unit.companies.active(organisation.id)
        assert active is not None
        await unit.companies.save(replace(active, pushes_enabled=True))
        await unit.choices.set_mapping(company.id, {'["wallet","Kraken"]': "1"})
        await unit.commit()
    await desk.connections.disconnect(organisation, company.id, actor=OWNER)
    assert await secret_of(desk, company) is None
    again = await sign_in(desk, organisation)
    assert again.is_reconnected
    assert again.company.id == company.id
    assert again.company.pushes_enabled
    assert again.company.go_live_date == date(2026, 11, 1)
    async with desk.database.unit(read_only=True) as unit:
        assert await unit.choices.mapping(company.id) == {'["wallet","Kraken"]': "1"}


async def test_another_company_takes_over_only_once_confirmed(desk: Desk) -> None:
    organisation = await desk.start()
    old = (await sign_in(desk, organisation)).company
    await confirm(desk, organisation, old)
    new = (await sign_in(desk, organisation, realm="777")).company
    active = await desk.connections.active(organisation)
    assert active is not None
    assert active.id == old.id
    await confirm(desk, organisation, new)
    await desk.work()
    active = await desk.connections.active(organisation)
    assert active is not None
    assert active.id == new.id
    assert await secret_of(desk, old) is None
    assert desk.erp.ended == [old.id]
    async with desk.database.unit(read_only=True) as unit:
        assert await unit.choices.mapping(new.id) == {}


async def test_disconnecting_wipes_credentials_even_when_the_erp_is_away(desk: Desk) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    await confirm(desk, organisation, company)
    desk.erp.fails_with = AWAY
    result = await desk.connections.disconnect(organisation, company.id, actor=OWNER)
    assert result.erp_problem is not None
    assert await secret_of(desk, company) is None
    with pytest.raises(Refusal, match="disconnected already"):
        await desk.connections.disconnect(organisation, company.id, actor=OWNER)


async def test_disconnecting_takes_nothing_from_a_newer_sign_in(desk: Desk) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    await confirm(desk, organisation, company)

    async def meanwhile() -> None:
        desk.clock.advance(seconds=1)
        await sign_in(desk, organisation)

    desk.erp.meanwhile = meanwhile
    with pytest.raises(Refusal, match="stays connected"):
        await desk.connections.disconnect(organisation, company.id, actor=OWNER)
    active = await desk.connections.active(organisation)
    assert active is not None
    assert active.connection is ConnectionState.ACTIVE
    assert await secret_of(desk, active) is not None


async def test_a_wrong_company_is_taken_away_again(desk: Desk) -> None:
    organisation = await desk.start()
    company = (await sign_in(desk, organisation)).company
    await desk.connections.reject(organisation, company.id, actor=OWNER)
    assert desk.erp.ended == [company.id]
    with pytest.raises(Refusal, match="disconnected meanwhile"):
        await confirm(desk, organisation, company)


async def test_the_direct_message_loses_its_link_once_it_was_used(desk: Desk) -> None:
    organisation = await desk.start()
    token = await link(desk, organisation)
    assert token in "".join((await desk.said()).values())
    await desk.authorizations.finish(await begin(desk, token))
    said = await desk.said()
    assert token not in "".join(said.values())
    assert any("Is Acme Inc the right company?" in words for words in said.values())


async def test_a_refresh_tells_what_came_and_what_went(desk: Desk) -> None:
    organisation = await desk.start()
    await confirm(desk, organisation, (await sign_in(desk, organisation)).company)
    desk.erp.books = replace(BOOKS, accounts=BOOKS.accounts[1:])
    await desk.charts.ask_refresh(organisation, user_id=OWNER)
    await desk.work()
    _, books = await desk.charts.books(organisation)
    assert len(books.accounts) == len(BOOKS.accounts) - 1
    assert "0 new, 1 no longer there" in "".join((await desk.said()).values())


async def link(desk: Desk, organisation: Organisation) -> str:
    """Ask for a link and return its token."""
    given = await desk.authorizations.invite(
        organisation, Provider.QUICKBOOKS, user_id=OWNER, channel_id=CHANNEL
    )
    return given.url.rpartition("/")[2]


async def begin(desk: Desk, token: str, *, realm: str = REALM) -> Callback:
    """Press the button, and return what the ERP would call back with."""
    opened = await desk.authorizations.open(token)
    query = parse_qs(urlsplit(opened.authorization_url).query)
    return Callback(
        provider=Provider.QUICKBOOKS,
        state=query["state"][0],
        cookie=opened.cookie,
        code="code-1",
        external_id=realm,
    )


async def sign_in(desk: Desk, organisation: Organisation, *, realm: str = REALM) -> Connected:
    """Go the whole way through the ERP's login."""
    callback = await begin(desk, await link(desk, organisation), realm=realm)
    arrived = await desk.authorizations.finish(callback)
    assert isinstance(arrived, Connected)
    return arrived


async def confirm(desk: Desk, organisation: Organisation, company: Company) -> Confirmed:
    """Confirm with the suggested go-live date."""
    day = await desk.connections.suggested_go_live(organisation)
    return await desk.connections.confirm(organisation, company.id, actor=OWNER, go_live_date=day)


async def reason(desk: Desk, callback: Callback) -> PageProblem:
    """Finish, and return why it failed."""
    with pytest.raises(AuthorizationError) as failed:
        await desk.authorizations.finish(callback)
    return failed.value.reason


async def companies(desk: Desk, organisation: Organisation) -> list[Company]:
    async with desk.database.unit(read_only=True) as unit:
        return await unit.companies.of_organisation(organisation.id)


async def secret_of(desk: Desk, company: Company) -> str | None:
    async with desk.database.unit(read_only=True) as unit:
        known = await unit.companies.get(company.id)
        grant_id = (known.grant_id if known else None) or company.grant_id
        return await unit.grants.read_secret(grant_id) if grant_id else None
