"""NetSuite: pasted credentials are checked, tried, kept in the vault alone, and updated."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import text

from bot.handlers import connect, credentials
from bot.handlers.context import Submit
from bot.services.errors import Refusal
from bot.views import kit
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from sandbox.netsuite.credentials import Five
from sandbox.netsuite.desk import NewAccount
from tests.integration.connecting.bot import OWNER, ask, click, submit
from tests.integration.connecting.conftest import NetSuiteScene
from tests.unit.views.onboarding import require_sound_view


async def test_the_command_opens_a_form_that_says_where_each_value_is_found(
    netsuite: NetSuiteScene,
) -> None:
    organisation = await netsuite.bot.organisation()
    opened = (await connect.connect(ask(organisation, "netsuite"), netsuite.bot.use_cases)).opens
    assert opened is not None
    require_sound_view(opened)
    labels = [b["label"]["text"] for b in opened["blocks"] if b["type"] == "input"]
    assert labels == [
        "Account ID",
        "Consumer Key",
        "Consumer Secret",
        "Token ID",
        "Token Secret",
    ]
    assert "Setup → Users/Roles → Access Tokens" in str(opened)
    assert "2027.1" in str(opened)
    _, arguments = kit.unpack(opened["private_metadata"])
    other = await credentials.choose_method(
        click(organisation, *arguments, chosen="certificate"), netsuite.bot.use_cases
    )
    assert other.replaces
    assert other.opens is not None
    require_sound_view(other.opens)
    assert "Certificate ID" in str(other.opens)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("token_secret", " with space ", "white space"),
        ("token_id", "abc123", "cut short"),
        ("account_id", "evil.example/#", "not an account id"),
        ("consumer_key", "", "missing"),
    ],
)
async def test_what_cannot_be_right_is_said_at_its_field_and_tried_nowhere(
    netsuite: NetSuiteScene, field: str, value: str, says: str
) -> None:
    organisation = await netsuite.bot.organisation()
    five = account(netsuite)
    typed = five.as_json() | {field: value}
    answer = await credentials.submit(form(organisation, typed), netsuite.bot.use_cases)
    assert set(answer.errors) == {field}
    assert says in answer.errors[field]
    if value:
        assert value.strip() not in answer.errors[field]
    assert await stored_grants(netsuite) == 0
    assert netsuite.netsuite.sandbox.login_attempts() == []


async def test_an_account_of_one_company_is_read_and_asked_about(netsuite: NetSuiteScene) -> None:
    organisation = await netsuite.bot.organisation()
    five = account(netsuite, one_world=False)
    await paste(netsuite, organisation, five)
    (company,) = await netsuite.bot.companies(organisation)
    assert (company.external_id, company.is_confirmed) == (five.account_id, False)
    said = await netsuite.bot.said()
    assert any("right company" in m.text for m in said)
    await netsuite.bot.confirm(organisation, company)
    active = await netsuite.bot.active(organisation)
    assert active.authorised_until is None


async def test_of_several_subsidiaries_a_person_picks_one(netsuite: NetSuiteScene) -> None:
    company, five = await oneworld_company(netsuite)
    assert company.external_id.startswith(f"{five.account_id}:")
    await netsuite.bot.outside.erps.of(company).check_access()


async def test_what_was_typed_lies_encrypted_and_is_never_shown(netsuite: NetSuiteScene) -> None:
    organisation = await netsuite.bot.organisation()
    five = account(netsuite, one_world=False)
    await paste(netsuite, organisation, five)
    secrets = (five.consumer_secret, five.token_secret, five.token_id, five.consumer_key)
    async with netsuite.bot.database.session(read_only=True) as session:
        for table in ("grants", "grant_companies", "companies", "connect_requests", "outbox"):
            rows = (await session.execute(text(f"select * from {table}"))).all()
            assert not any(secret in repr(rows) for secret in secrets)
    said = json.dumps([(m.text, m.blocks) for m in await netsuite.bot.said()])
    assert not any(secret in said for secret in secrets)


async def test_refused_credentials_are_said_with_a_remedy_and_forgotten(
    netsuite: NetSuiteScene,
) -> None:
    organisation = await netsuite.bot.organisation()
    wrong = replace(account(netsuite), token_secret="0" * 64)
    await paste(netsuite, organisation, wrong)
    said = await netsuite.bot.said()
    assert any("NetSuite was not connected" in m.text for m in said)
    assert any("Login Audit Trail" in m.blocks for m in said)
    assert await stored_grants(netsuite) == 0
    assert len(netsuite.netsuite.sandbox.login_attempts()) == 1


async def test_an_update_replaces_the_token_alone_once_it_has_worked(
    netsuite: NetSuiteScene,
) -> None:
    company, five = await oneworld_company(netsuite)
    organisation = await organisation_of(netsuite, company)
    opened = (await connect.reauthorize(ask(organisation), netsuite.bot.use_cases)).opens
    assert opened is not None
    assert [b["block_id"] for b in opened["blocks"] if b["type"] == "input"] == [
        "token_id",
        "token_secret",
    ]
    assert f"{five.token_id[:4]}…{five.token_id[-4:]}" in str(opened)
    assert five.token_id not in str(opened)
    before = await netsuite.bot.secret(company)
    wrong = {"token_id": "1" * 64, "token_secret": "2" * 64}
    await update(netsuite, organisation, company, wrong)
    assert await netsuite.bot.secret(await netsuite.bot.active(organisation)) == before
    new = netsuite.netsuite.sandbox.credentials.rotate(five.account_id, five.token_id)
    await update(
        netsuite,
        organisation,
        company,
        {"token_id": new.token_id, "token_secret": new.token_secret},
    )
    active = await netsuite.bot.active(organisation)
    kept = json.loads(await netsuite.bot.secret(active) or "{}")
    assert (kept["token_id"], kept["consumer_secret"]) == (new.token_id, five.consumer_secret)
    assert active.connection is ConnectionState.ACTIVE
    await netsuite.bot.outside.erps.of(active).check_access()


async def test_a_token_that_netsuite_refuses_is_said_by_the_daily_watch(
    netsuite: NetSuiteScene,
) -> None:
    company, five = await oneworld_company(netsuite)
    organisation = await organisation_of(netsuite, company)
    await netsuite.bot.said()
    netsuite.netsuite.sandbox.credentials.rotate(five.account_id, five.token_id)
    await netsuite.bot.use_cases.watch.tick()
    await netsuite.bot.work()
    active = await netsuite.bot.active(organisation)
    assert active.connection is ConnectionState.ENDED
    assert await netsuite.bot.secret(active) is not None
    said = await netsuite.bot.said()
    assert sorted(m.channel for m in said) == sorted([OWNER, "C-org-1"])


@pytest.mark.parametrize("one_world", [True, False])
async def test_a_certificates_last_day_is_kept_shown_and_warned_of(
    netsuite: NetSuiteScene, *, one_world: bool
) -> None:
    organisation = await netsuite.bot.organisation()
    last_day = (netsuite.netsuite.clock.now() + timedelta(days=29)).date()
    company = await certified(netsuite, organisation, last_day, one_world=one_world)
    assert company.authorised_until == datetime.combine(last_day, time(0), UTC)
    opened = (await connect.reauthorize(ask(organisation), netsuite.bot.use_cases)).opens
    assert f"{last_day}" in str(opened)
    await netsuite.bot.said()
    for _ in range(2):
        await netsuite.bot.use_cases.watch.look_at(company.id)
    (warning,) = await netsuite.bot.said()
    assert (warning.channel, f"{last_day:%-d %b %Y}" in warning.text) == (OWNER, True)
    assert "Put in a new certificate" in warning.blocks
    assert "connect_reauthorize" in warning.blocks


async def test_a_later_last_day_comes_with_the_new_certificate(netsuite: NetSuiteScene) -> None:
    organisation = await netsuite.bot.organisation()
    today = netsuite.netsuite.clock.now().date()
    company = await certified(netsuite, organisation, today + timedelta(days=1), one_world=False)
    account_id = company.external_id.partition(":")[0]
    new = netsuite.netsuite.sandbox.credentials.add_certificate(account_id, None)
    later = today + timedelta(days=700)
    values = {
        "certificate_id": str(new["certificate_id"]),
        "private_key": str(new["private_key"]),
        "valid_until": later.isoformat(),
    }
    await update(netsuite, organisation, company, values)
    active = await netsuite.bot.active(organisation)
    assert active.authorised_until == datetime.combine(later, time(0), UTC)


async def test_disconnecting_wipes_the_credentials_and_names_what_netsuite_keeps(
    netsuite: NetSuiteScene,
) -> None:
    company, _ = await oneworld_company(netsuite)
    organisation = await organisation_of(netsuite, company)
    reply = await connect.disconnect(click(organisation, company.id), netsuite.bot.use_cases)
    assert "Access Tokens" in str(reply.blocks)
    assert await stored_grants(netsuite) == 0
    with pytest.raises(Refusal, match="No credentials"):
        await netsuite.bot.use_cases.connections.credentials.rotated_method(
            await netsuite.bot.active(organisation)
        )


async def certified(
    netsuite: NetSuiteScene, organisation: Organisation, last_day: date, *, one_world: bool
) -> Company:
    """Connect a company by a certificate whose last day is said."""
    five = account(netsuite, one_world=one_world)
    made = netsuite.netsuite.sandbox.credentials.add_certificate(five.account_id, None)
    typed = {name: str(value) for name, value in made.items()}
    sent = submit(
        organisation,
        ("netsuite", "certificate"),
        typed | {"valid_until": last_day.isoformat()},
    )
    assert not (await credentials.submit(sent, netsuite.bot.use_cases)).errors
    await netsuite.bot.work()
    offered = await netsuite.bot.use_cases.connections.arrivals.offered(
        organisation, Provider.NETSUITE, user_id=OWNER
    )
    if one_world:
        one = next(each for each in offered if each.external_id == f"{five.account_id}:1")
        await netsuite.bot.choose(organisation, one.grant_id, one.external_id)
    (company,) = await netsuite.bot.companies(organisation)
    await netsuite.bot.confirm(organisation, company)
    return await netsuite.bot.active(organisation)


def account(netsuite: NetSuiteScene, *, one_world: bool = True) -> Five:
    """The five values of a fresh account."""
    made = netsuite.netsuite.sandbox.add_account(NewAccount(name="Harbor", one_world=one_world))
    return netsuite.netsuite.sandbox.credentials.in_force(made.id)[-1]


async def paste(netsuite: NetSuiteScene, organisation: Organisation, five: Five) -> None:
    """Send the form off, and let the values be tried."""
    sent = form(organisation, five.as_json())
    assert await credentials.submit(sent, netsuite.bot.use_cases) is not None
    await netsuite.bot.work()


def form(organisation: Organisation, values: Mapping[str, str]) -> Submit:
    return submit(organisation, ("netsuite", "token"), values)


async def update(
    netsuite: NetSuiteScene, organisation: Organisation, company: Company, values: dict[str, str]
) -> None:
    """Send the update off, and let the values be tried."""
    sent = submit(organisation, (company.id,), values)
    assert not (await credentials.update(sent, netsuite.bot.use_cases)).errors
    await netsuite.bot.work()


async def oneworld_company(netsuite: NetSuiteScene) -> tuple[Company, Five]:
    """A confirmed subsidiary that keeps dollars."""
    organisation = await netsuite.bot.organisation()
    five = account(netsuite)
    await paste(netsuite, organisation, five)
    offered = await netsuite.bot.use_cases.connections.arrivals.offered(
        organisation, next(iter(netsuite.bot.outside.erps.forms)), user_id=OWNER
    )
    assert len(offered) > 1
    described = netsuite.netsuite.sandbox.desk.describe(five.account_id)
    subsidiaries = described["subsidiaries"]
    assert isinstance(subsidiaries, dict)
    dollars = [id_ for id_, it in subsidiaries.items() if "USD" in str(it)]
    one = next(o for o in offered if o.external_id == f"{five.account_id}:{dollars[0]}")
    await netsuite.bot.choose(organisation, one.grant_id, one.external_id)
    (company,) = await netsuite.bot.companies(organisation)
    await netsuite.bot.confirm(organisation, company)
    return await netsuite.bot.active(organisation), five


async def organisation_of(netsuite: NetSuiteScene, company: Company) -> Organisation:
    async with netsuite.bot.database.unit(read_only=True) as unit:
        found = await unit.organisations.get(company.organisation_id)
    assert found is not None
    return found


async def stored_grants(netsuite: NetSuiteScene) -> int:
    async with netsuite.bot.database.session(read_only=True) as session:
        rows = await session.execute(text("select id from grants where secret is not null"))
        return len(rows.all())
