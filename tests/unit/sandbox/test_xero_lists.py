"""The Xero sandbox lists, filters, orders and pages its records as Xero does."""

from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import pytest

from sandbox.xero import HARBOR_STREET, SECOND_ORGANISATION
from sandbox.xero.charts import account_id, contact_id
from tests.unit.sandbox.xero_support import Json, World, journal, line, new_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


def narrations(rows: list[Json]) -> list[object]:
    return [row["Narration"] for row in rows]


async def test_the_organisation_tells_currency_year_end_and_lock_dates(world: World) -> None:
    [shown] = (await world.call("GET", "Organisation")).json()["Organisations"]
    assert (shown["Name"], shown["BaseCurrency"]) == ("Harbor Street Labs", "USD")
    assert (shown["FinancialYearEndDay"], shown["FinancialYearEndMonth"]) == (31, 12)
    assert shown["ShortCode"]
    assert "PeriodLockDate" not in shown
    await world.set(period_lock_date="2026-09-30", end_of_year_lock_date="2025-12-31")
    [shown] = (await world.call("GET", "Organisation")).json()["Organisations"]
    assert shown["PeriodLockDate"] == "/Date(1790726400000+0000)/"
    assert shown["EndOfYearLockDate"] == "/Date(1767139200000+0000)/"


async def test_the_second_organisation_is_kept_in_pounds(world: World) -> None:
    world.connect(SECOND_ORGANISATION)
    reply = await world.call("GET", "Organisation", tenant=SECOND_ORGANISATION)
    [shown] = reply.json()["Organisations"]
    assert (shown["BaseCurrency"], shown["FinancialYearEndMonth"]) == ("GBP", 3)


async def test_actions_tell_what_the_user_may_do(world: World) -> None:
    shown = (await world.call("GET", "Organisation/Actions")).json()["Actions"]
    assert {"Name": "UseMulticurrency", "Status": "ALLOWED"} in shown


async def test_accounts_come_all_at_once_with_archived_ones_and_without_some_codes(
    world: World,
) -> None:
    accounts = await world.rows("Accounts", page="1", pageSize="1000")
    by_id = {account["AccountID"]: account for account in accounts}
    assert len(by_id) == 50
    assert by_id[account_id(1, 112)]["Class"] == "ASSET"
    assert by_id[account_id(1, 610)]["SystemAccount"] == "DEBTORS"
    assert by_id[account_id(1, 999)]["Status"] == "ARCHIVED"
    assert by_id[account_id(1, 92)]["CurrencyCode"] == "EUR"
    assert "Code" not in by_id[account_id(1, 804)]
    assert by_id[account_id(1, 804)]["Name"] == "Customer Deposits <Held>"


async def test_accounts_can_be_filtered_ordered_and_asked_for_by_change(world: World) -> None:
    banks = await world.rows("Accounts", where='Type=="BANK" AND Status=="ACTIVE"', order="Name")
    assert [it["Name"] for it in banks] == [
        "Corporate Card",
        "EUR Bank",
        "Operating Bank",
        "Payroll Bank",
    ]
    guid = f'AccountID==GUID("{account_id(1, 112)}")'
    assert [it["Code"] for it in await world.rows("Accounts", where=guid)] == ["112"]
    assert len(await world.rows("Accounts", where="Code==null")) == 5
    world.clock.advance(600)
    since = f"{world.clock.now():%Y-%m-%dT%H:%M:%S}"
    await world.set(accounts={account_id(1, 112): {"name": "Ether"}})
    reply = await world.call("GET", "Accounts", headers={"If-Modified-Since": since})
    assert [it["Name"] for it in reply.json()["Accounts"]] == ["Ether"]


async def test_contacts_leave_archived_ones_out_unless_asked(world: World) -> None:
    assert len(await world.rows("Contacts")) == 9
    contacts = await world.rows("Contacts", includeArchived="true")
    assert len(contacts) == 10
    new = next(it for it in contacts if it["ContactID"] == contact_id(1, 4))
    assert (new["Name"], new["IsCustomer"], new["IsSupplier"]) == ("Protocol <Guild>", False, False)
    assert "Addresses" in new
    assert "Addresses" not in (await world.rows("Contacts", summaryOnly="true"))[0]


async def test_contacts_are_paged_when_a_page_is_asked_for(world: World) -> None:
    reply = await world.call("GET", "Contacts", params={"page": "2", "pageSize": "4"})
    body = reply.json()
    assert len(body["Contacts"]) == 4
    assert body["pagination"] == {"page": 2, "pageSize": 4, "pageCount": 3, "itemCount": 9}


async def test_tracking_categories_show_their_active_options(world: World) -> None:
    region, desk = await world.rows("TrackingCategories")
    options = region["Options"]
    assert isinstance(options, list)
    assert [it["Name"] for it in options] == ["North", "Lisbon & Porto"]
    assert desk["Name"] == "Desk"


async def test_journals_have_lines_only_in_pages(world: World) -> None:
    for name in ("A", "B", "C"):
        await world.made(journal(Narration=name))
    unpaged = (await world.call("GET", "ManualJournals")).json()
    assert all("JournalLines" not in it for it in unpaged["ManualJournals"])
    assert "pagination" not in unpaged
    paged = (await world.call("GET", "ManualJournals", params={"page": "1"})).json()
    assert all(len(it["JournalLines"]) == 2 for it in paged["ManualJournals"])
    assert paged["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 3}
    last = await world.rows("ManualJournals", page="2", pageSize="2")
    assert narrations(last) == ["C"]
    assert await world.rows("ManualJournals", page="3", pageSize="2") == []


@pytest.mark.parametrize("params", [{"pageSize": "0"}, {"pageSize": "1001"}, {"page": "x"}])
async def test_a_page_that_is_none_is_refused(world: World, params: dict[str, str]) -> None:
    assert (await world.call("GET", "ManualJournals", params=params)).status_code == 400


WHERE = {
    'Narration.Contains("INT-1")': ["one INT-1"],
    'Narration.StartsWith("two")': ["two"],
    'Narration.EndsWith("INT-1")': ["one INT-1"],
    'Narration=="two"': ["two"],
    "Date==DateTime(2026,10,30)": ["one INT-1"],
    "Date>=DateTime(2026,10,31) AND Date<DateTime(2026,11,01)": ["two"],
    "Date>DateTime(2026,10,30) && Date<=DateTime(2026,11,1)": ["two", "draft"],
    'Status=="POSTED"': ["one INT-1", "two"],
    'Status!="POSTED"': ["draft"],
    '(Narration=="two" OR Status=="DRAFT") AND Date<DateTime(2026,11,1)': ["two"],
    "ShowOnCashBasisReports==false": [],
    'Narration=="say \\"AND\\""': [],
    "UpdatedDateUTC>=DateTime(2099,1,1,12,30,0)": [],
}


@pytest.mark.parametrize(("where", "found"), WHERE.items())
async def test_journals_are_filtered_by_where(world: World, where: str, found: list[str]) -> None:
    await world.made(
        journal(Narration="one INT-1", Date="2026-10-30"),
        journal(Narration="two"),
        journal(Narration="draft", Date="2026-11-01", Status="DRAFT"),
    )
    rows = await world.rows("ManualJournals", where=where, order="Date", page="1")
    assert narrations(rows) == found


@pytest.mark.parametrize(
    "params",
    [
        {"where": "Memo==1"},
        {"where": 'Memo=="x"'},
        {"where": "Date>="},
        {"where": 'Date=="2026-10-31"'},
        {"where": 'ManualJournalID=="x"'},
        {"where": 'Narration>"x"'},
        {"where": 'Narration.Trim("x")'},
        {"where": 'Status.Contains("POSTED"'},
        {"where": 'Narration=="x" Status=="y"'},
        {"where": "Date==DateTime(2026,13,1)"},
        {"where": "Date==DateTime(2026)"},
        {"where": 'Date==Day("x")'},
        {"where": "#"},
        {"order": "Memo"},
        {"order": "Date UP"},
    ],
)
async def test_a_filter_or_order_that_makes_no_sense_is_refused(
    world: World, params: dict[str, str]
) -> None:
    reply = await world.call("GET", "ManualJournals", params=params)
    assert (reply.status_code, reply.json()["Type"]) == (400, "QueryParseException")


async def test_among_very_many_journals_a_filter_needs_an_index(world: World) -> None:
    await world.made(journal(Narration="A"), journal(Narration="B"))
    await world.set(high_volume=1)
    dates = "Date>=DateTime(2026,10,31) AND Date<=DateTime(2026,10,31)"
    assert len(await world.rows("ManualJournals", where=dates, page="1")) == 2
    for where in ('Narration.Contains("A")', f'{dates} AND Status=="POSTED"'):
        reply = await world.call("GET", "ManualJournals", params={"where": where})
        assert (reply.status_code, reply.json()["Type"]) == (400, "HighVolumeException")


async def test_a_query_of_more_than_2048_characters_is_not_found(world: World) -> None:
    for length, status in ((2044, 200), (2045, 404)):
        reply = await world.call("GET", "ManualJournals", params={"pad": "x" * length})
        assert (reply.status_code, len(reply.url.query) > 2048) == (status, status == 404)


async def test_journals_come_by_the_moment_of_their_change(world: World) -> None:
    [first] = await world.made(journal(Narration="first"))
    world.clock.advance(60)
    await world.made(journal(Narration="second"))
    assert narrations(await world.rows("ManualJournals")) == ["first", "second"]
    world.clock.advance(60)
    await world.made(
        {"ManualJournalID": first["ManualJournalID"], "Date": "2026-10-30"}, method="POST"
    )
    assert narrations(await world.rows("ManualJournals")) == ["second", "first"]
    assert narrations(await world.rows("ManualJournals", order="Date ASC, Narration DESC")) == [
        "first",
        "second",
    ]
    since = f"{world.clock.now():%a, %d %b %Y %H:%M:%S GMT}"
    reply = await world.call("GET", "ManualJournals", headers={"If-Modified-Since": since})
    assert narrations(reply.json()["ManualJournals"]) == ["first"]
    reply = await world.call("GET", "ManualJournals", headers={"If-Modified-Since": "today"})
    assert reply.status_code == 400


async def test_deleted_and_voided_journals_stay_in_the_list(world: World) -> None:
    [made] = await world.made(journal())
    await world.made(
        {"ManualJournalID": made["ManualJournalID"], "Status": "VOIDED"}, method="POST"
    )
    assert [it["Status"] for it in await world.rows("ManualJournals")] == ["VOIDED"]


async def test_an_unknown_record_or_endpoint_is_not_found(world: World) -> None:
    for path in ("ManualJournals/none", "Accounts/none", "Journals", "Organisation/x"):
        reply = await world.call("GET", path)
        assert reply.status_code == 404
    reply = await world.call("GET", f"Accounts/{account_id(1, 112).upper()}")
    assert reply.json()["Accounts"][0]["Name"] == "ETH"


async def test_replies_are_xml_unless_json_is_asked_for(world: World) -> None:
    await world.made(journal(line("112", 5), line("102", -5)))
    reply = await world.call(
        "GET", "ManualJournals", params={"page": "1"}, headers={"Accept": "*/*"}
    )
    assert reply.headers["content-type"].startswith("text/xml")
    root = ET.fromstring(reply.text)
    assert root.tag == "Response"
    assert root.findtext("ManualJournals/ManualJournal/Date") == "2026-10-31T00:00:00"
    lines = root.findall("ManualJournals/ManualJournal/JournalLines/JournalLine")
    assert [it.findtext("LineAmount") for it in lines] == ["5", "-5"]
    reply = await world.call("GET", "Accounts", headers={"Accept": "application/xml"})
    assert "Coinbase &amp; Prime" in reply.text
    reply = await world.call(
        "PUT", "ManualJournals", json=journal(Narration=""), headers={"Accept": ""}
    )
    root = ET.fromstring(reply.text)
    assert root.tag == "ApiException"
    path = "Elements/DataContractBase/ValidationErrors/ValidationError/Message"
    assert "Narration" in (root.findtext(path) or "")


async def test_reads_are_counted_in_bytes_but_not_the_organisation(world: World) -> None:
    await world.call("GET", "Organisation")
    reply = await world.call("GET", "Accounts")
    written = await world.write()
    counted = (await world.http.get("/control/xero/requests")).json()["calls"][HARBOR_STREET]
    assert counted == {
        "calls": 3,
        "egress_bytes": len(reply.content),
        "write_reply_bytes": len(written.content),
    }
