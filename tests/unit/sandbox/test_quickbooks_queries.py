"""The QuickBooks sandbox answers queries, batches and single reads, and limits and counts calls."""

from collections.abc import AsyncIterator

import pytest

from sandbox.quickbooks import HARBOR_STREET, SECOND_COMPANY
from tests.unit.sandbox.quickbooks_support import Json, World, codes, debit, entry, new_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def post_numbers(world: World, *numbers: str) -> None:
    for number in numbers:
        assert (await world.post(entry(DocNumber=number))).status_code == 200


async def test_accounts_come_with_full_names_types_and_without_inactive_ones(world: World) -> None:
    rows = await world.rows("SELECT * FROM Account MAXRESULTS 1000", "Account")
    by_id = {row["Id"]: row for row in rows}
    assert by_id["12"]["FullyQualifiedName"] == "Digital Assets:ETH"
    assert by_id["12"]["SubAccount"] is True
    assert by_id["6"]["Name"] == "Coinbase & Prime"
    assert by_id["33"]["Classification"] == "Liability"
    assert by_id["3"]["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert "90" not in by_id


async def test_inactive_records_are_shown_when_asked_for_with_a_suffix(world: World) -> None:
    text = "select * from Account where Active in (true, false) and Id = '90'"
    [old] = await world.rows(text, "Account")
    assert (old["Name"], old["Active"]) == ("Old Crypto Wallet (deleted)", False)
    customers = await world.rows("SELECT * FROM Customer WHERE Active = false", "Customer")
    assert [row["Id"] for row in customers] == ["105"]


async def test_no_rows_give_an_empty_response_without_the_array(world: World) -> None:
    reply = await world.query("SELECT * FROM JournalEntry WHERE DocNumber = 'none'")
    assert reply.json()["QueryResponse"] == {}


async def test_journals_are_found_by_number_prefix_and_date(world: World) -> None:
    await post_numbers(world, "INT-A-1", "INT-A-2", "OTHER")
    await world.post(entry(DocNumber="INT-A-3", TxnDate="2026-11-02"))
    text = "SELECT Id, DocNumber FROM JournalEntry WHERE DocNumber LIKE 'INT-A-%' ORDERBY DocNumber"
    found = await world.rows(text, "JournalEntry")
    assert [row["DocNumber"] for row in found] == ["INT-A-1", "INT-A-2", "INT-A-3"]
    assert "Line" not in found[0]
    text = (
        "SELECT * FROM JournalEntry WHERE TxnDate >= '2026-11-01' AND TxnDate <= '2026-11-30' "
        "AND DocNumber IN ('INT-A-1', 'INT-A-3')"
    )
    [row] = await world.rows(text, "JournalEntry")
    assert row["DocNumber"] == "INT-A-3"
    assert len(row["Line"]) == 2  # type: ignore[arg-type]


async def test_a_quote_in_a_value_is_escaped_with_a_backslash(world: World) -> None:
    await post_numbers(world, "O'Brien")
    text = r"SELECT * FROM JournalEntry WHERE DocNumber = 'O\'Brien'"
    assert len(await world.rows(text, "JournalEntry")) == 1


async def test_a_change_is_found_by_its_time(world: World) -> None:
    await post_numbers(world, "A")
    made = (await world.rows("SELECT * FROM JournalEntry", "JournalEntry"))[0]
    stamp = made["MetaData"]["LastUpdatedTime"]  # type: ignore[index]
    text = f"SELECT * FROM JournalEntry WHERE MetaData.LastUpdatedTime >= '{stamp}'"
    assert len(await world.rows(text, "JournalEntry")) == 1
    text = "SELECT * FROM JournalEntry WHERE MetaData.CreateTime > '2099-01-01T00:00:00Z'"
    assert await world.rows(text, "JournalEntry") == []


async def test_pages_hold_a_hundred_rows_and_never_more_than_a_thousand(world: World) -> None:
    reply = await world.http.post(
        "/control/quickbooks/companies", json={"name": "Large", "chart": "large"}
    )
    realm = reply.json()["realm"]
    world.connect(realm)
    await world.set(realm, limits={"enabled": False})

    async def page(text: str) -> Json:
        reply = await world.call("GET", "query", realm=realm, params={"query": text})
        response: Json = reply.json()["QueryResponse"]
        return response

    assert (await page("SELECT * FROM Account"))["maxResults"] == 100
    assert (await page("SELECT * FROM Account MAXRESULTS 5000"))["maxResults"] == 1000
    # One of the ten thousand is inactive.
    assert await page("SELECT COUNT(*) FROM Account") == {"totalCount": 9999}
    last = await page("SELECT Id FROM Account ORDERBY Id STARTPOSITION 9901 MAXRESULTS 1000")
    assert (last["startPosition"], last["maxResults"]) == (9901, 99)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT * FROM Account WHERE Id = '1' OR Id = '2'", "4000"),
        ("SELECT * FROM Account WHERE Id != '1'", "4000"),
        ("SELECT * FROM Account WHERE Name = 'open", "4000"),
        ("SELECT * FROM", "4000"),
        ("SELECT * FROM Account GROUP BY Name", "4000"),
        ("DELETE FROM Account", "4000"),
        ("", "4000"),
        ("SELECT * FROM JournalEntry WHERE PrivateNote = 'x'", "4001"),
        ("SELECT * FROM JournalEntry ORDERBY PrivateNote", "4001"),
        ("SELECT Memo FROM JournalEntry", "4001"),
        ("SELECT * FROM Wallet", "4001"),
        ("SELECT * FROM JournalEntry WHERE MetaData.CreateTime > 'noon'", "4001"),
    ],
)
async def test_a_query_that_cannot_be_answered_has_its_code(
    world: World, text: str, code: str
) -> None:
    reply = await world.query(text)
    assert (reply.status_code, codes(reply)) == (400, [code])


async def test_a_query_may_be_posted_as_text(world: World) -> None:
    reply = await world.call("POST", "query", content="SELECT COUNT(*) FROM Vendor")
    assert reply.json()["QueryResponse"] == {"totalCount": 5}


async def test_company_info_and_preferences_tell_what_a_posting_app_needs(world: World) -> None:
    info = (await world.call("GET", f"companyinfo/{HARBOR_STREET}")).json()["CompanyInfo"]
    assert (info["CompanyName"], info["Country"]) == ("Harbor Street Labs", "US")
    assert info["FiscalYearStartMonth"] == "January"
    assert info["CompanyAddr"]["Country"] == "USA"
    preferences = (await world.call("GET", "preferences")).json()["Preferences"]
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": "USD"}
    assert preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] is True
    assert "BookCloseDate" not in preferences["AccountingInfoPrefs"]
    await world.set(book_close_date="2026-09-30", warn_duplicate_journal_number=True)
    preferences = (await world.call("GET", "preferences")).json()["Preferences"]
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-09-30"
    named = {item["Name"]: item["Value"] for item in preferences["OtherPrefs"]["NameValue"]}
    assert named["WarnDuplicateJournalNumber"] == "true"


async def batch(world: World, items: list[Json], **params: str) -> list[Json]:
    body = {"BatchItemRequest": items}
    reply = await world.call("POST", "batch", json=body, params=params)
    assert reply.status_code == 200, reply.text
    answered: list[Json] = reply.json()["BatchItemResponse"]
    return answered


def create(id_: str, payload: Json | None = None) -> Json:
    return {"bId": id_, "operation": "create", "JournalEntry": payload or entry()}


async def test_batch_items_succeed_and_fail_one_by_one(world: World) -> None:
    items: list[Json] = [
        create("a"),
        create("b", entry(debit("12", 1))),
        {"bId": "q", "Query": "SELECT COUNT(*) FROM JournalEntry"},
    ]
    good, bad, counted = await batch(world, items)
    assert good["JournalEntry"]["SyncToken"] == "0"  # type: ignore[index]
    assert bad["Fault"]["Error"][0]["code"] == "6000"  # type: ignore[index]
    assert counted == {"bId": "q", "QueryResponse": {"totalCount": 1}}


async def test_a_batch_is_replayed_by_requestid_and_item_id(world: World) -> None:
    first = await batch(world, [create("a")], requestid="r-1")
    assert await batch(world, [create("a")], requestid="r-1") == first
    await batch(world, [create("b")], requestid="r-1")
    assert len(world.sandbox.journals(HARBOR_STREET)) == 2


async def test_a_batch_has_its_own_limits(world: World) -> None:
    async def refusal(items: list[Json], **params: str) -> list[str]:
        body = {"BatchItemRequest": items}
        return codes(await world.call("POST", "batch", json=body, params=params))

    many = [create(str(number)) for number in range(31)]
    assert await refusal(many) == ["6000"]
    assert await refusal([create("a")], requestid="r" * 37) == ["2050"]
    assert await refusal([create("a" * 11)], requestid="r") == ["2050"]
    assert await refusal([]) == ["2020"]
    assert world.sandbox.journals(HARBOR_STREET) == []


async def test_the_eleventh_call_of_a_second_is_throttled(world: World) -> None:
    await world.set(limits={"enabled": True})
    for _ in range(10):
        assert (await world.call("GET", "preferences")).status_code == 200
    reply = await world.post()
    assert (reply.status_code, codes(reply)) == (429, ["3001"])
    assert "retry-after" not in reply.headers
    assert world.sandbox.journals(HARBOR_STREET) == []
    world.clock.advance(1)
    assert (await world.post()).status_code == 200


async def test_limits_of_a_minute_can_be_set_and_count_per_company(world: World) -> None:
    await world.set(limits={"enabled": True, "per_minute": 3, "batch_per_minute": 1})
    await batch(world, [create("a")])
    body = {"BatchItemRequest": [create("a")]}
    assert (await world.call("POST", "batch", json=body)).status_code == 429
    assert (await world.post()).status_code == 200
    assert (await world.post()).status_code == 200
    assert (await world.post()).status_code == 429
    world.connect(SECOND_COMPANY)
    reply = await world.call("GET", "preferences", realm=SECOND_COMPANY)
    assert reply.status_code == 200
    world.connect()
    world.clock.advance(60)
    assert (await world.post()).status_code == 200


async def test_single_writes_are_free_and_reads_and_batch_items_metered(world: World) -> None:
    await world.post()
    await world.post(entry(debit("12", 1)))
    await world.query("SELECT * FROM Account")
    await world.call("GET", "preferences")
    await batch(world, [create("a"), create("b")])
    counted = (await world.http.get("/control/quickbooks/requests")).json()["calls"]
    assert counted[HARBOR_STREET] == {"Core": 1, "CorePlus": 4}
