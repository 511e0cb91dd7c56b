"""Connecting a company without an ERP: a default chart or one's own, confirmed at once."""

from datetime import date
from functools import partial

import pytest

from bot.services.charts import require_company
from bot.services.saying import FieldRefusal
from ledger.charts import Chart, load_chart
from ledger.organisation import ConnectionState, Organisation, Provider
from tests.integration.journal_files.back_office import GO_LIVE, BackOffice
from tests.integration.onboarding.desk import OWNER

OWN = b"code,name,type\n100,Bank,Bank\n200,Sales,Income\n"
BAD = b"code,name,type\n100,Bank,Bnk\n,Sales,Income\n"


async def labels(office: BackOffice, organisation: Organisation) -> list[str]:
    _, books = await office.desk.charts.books(organisation)
    return [account.label for account in books.accounts]


@pytest.mark.parametrize("chart", Chart)
async def test_a_default_chart_is_there_at_once(office: BackOffice, chart: Chart) -> None:
    organisation = await office.desk.start()
    assert await office.connect(organisation, chart=chart)
    company = await office.company(organisation)
    assert (company.provider, company.name) == (Provider.JOURNAL_FILE, "Acme books")
    assert (company.is_confirmed, company.go_live_date) == (True, GO_LIVE)
    assert company.functional_currency == organisation.base_currency
    assert not company.pushes_enabled
    assert await labels(office, organisation) == [account.label for account in load_chart(chart)]


async def test_ones_own_chart_is_read_and_then_connected(office: BackOffice) -> None:
    organisation = await office.desk.start()
    office.desk.slack.files["F1"] = OWN
    assert not await office.connect(organisation, chart=None, chart_file="F1")
    assert await office.desk.connections.active(organisation) is None
    await office.work()
    assert await labels(office, organisation) == ["100 Bank", "200 Sales"]


async def test_a_company_that_was_renamed_while_its_chart_was_fetched_keeps_the_new_name(
    office: BackOffice,
) -> None:
    organisation = await office.desk.start()
    office.desk.slack.files["F1"] = OWN
    await office.connect(organisation, chart=None, chart_file="F1")
    office.desk.slack.meanwhile = partial(office.connect, organisation, name="Renamed")
    await office.work()
    assert (await office.company(organisation)).name == "Renamed"
    _, books = await office.desk.charts.books(organisation)
    assert books.company_name == "Renamed"


async def test_a_chart_with_faults_changes_nothing_and_names_each_row(office: BackOffice) -> None:
    organisation = await office.desk.start()
    office.desk.slack.files["F1"] = BAD
    await office.connect(organisation, chart=None, chart_file="F1")
    await office.work()
    assert await office.desk.connections.active(organisation) is None
    (said,) = [text for key, text in (await office.desk.said()).items() if "chart:" in key]
    assert "row 2, `type`" in said
    assert "row 3, `code`" in said


async def test_a_bad_chart_leaves_the_connected_one_in_use(office: BackOffice) -> None:
    organisation = await office.desk.start()
    await office.connect(organisation)
    before = await labels(office, organisation)
    office.desk.slack.files["F1"] = BAD
    await office.connect(organisation, chart=None, chart_file="F1")
    await office.work()
    assert await labels(office, organisation) == before
    assert (await office.company(organisation)).go_live_date == GO_LIVE


async def test_a_file_that_is_gone_from_slack_is_said(office: BackOffice) -> None:
    organisation = await office.desk.start()
    await office.connect(organisation, chart=None, chart_file="F404")
    await office.work()
    assert any("no longer in Slack" in text for text in (await office.desk.said()).values())


async def test_connecting_again_keeps_the_company_and_its_go_live_date(office: BackOffice) -> None:
    organisation = await office.desk.start()
    await office.connect(organisation)
    before = await office.company(organisation)
    await office.desk.connections.disconnect(organisation, before.id, actor=OWNER)
    await office.connect(organisation, name="New name", go_live_date=date(2026, 9, 1))
    after = await office.company(organisation)
    assert (after.id, after.name) == (before.id, "New name")
    assert (after.go_live_date, after.connection) == (GO_LIVE, ConnectionState.ACTIVE)


async def test_it_takes_the_place_of_the_company_before(office: BackOffice) -> None:
    organisation = await office.desk.start()
    await office.connect(organisation)
    company = require_company(await office.desk.connections.active(organisation))
    assert company.provider is Provider.JOURNAL_FILE
    other = await office.desk.start(code="owner-code-2", channel="C2")
    assert await office.desk.connections.active(other) is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": " "}, "name"), ({"go_live_date": None}, "go_live"), ({"chart": None}, "chart_file")],
)
async def test_what_the_form_lacks_is_named(
    office: BackOffice, wrong: dict[str, object], field: str
) -> None:
    organisation = await office.desk.start()
    with pytest.raises(FieldRefusal) as refused:
        await office.connect(organisation, **wrong)
    assert list(refused.value.errors) == [field]
    assert await office.file_company.known(organisation) is None
