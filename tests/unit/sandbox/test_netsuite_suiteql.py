"""SuiteQL at the NetSuite sandbox: the lists, finding journals, and what is refused."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.netsuite.errors import NetSuiteError
from sandbox.netsuite.suiteql_syntax import parse
from tests.unit.sandbox.netsuite_support import (
    BANK,
    CONTROL,
    ETH,
    NETWORK_FEES,
    SUITEQL,
    Json,
    World,
    code,
    credit,
    debit,
    detail,
    entry,
    new_world,
)

IDS = "SELECT id FROM account ORDER BY id"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_values_are_texts_names_are_lower_case_and_nulls_are_left_out(world: World) -> None:
    rows = await world.rows(
        "SELECT ID, AcctNumber, fullname, accttype, isinactive, externalid FROM account "
        "WHERE acctnumber IN ('1030', '1031') ORDER BY id"
    )
    assert rows == [
        {
            "id": "104",
            "acctnumber": "1030",
            "fullname": "Cash at Exchanges",
            "accttype": "OthCurrAsset",
            "isinactive": "F",
        },
        {
            "id": "105",
            "acctnumber": "1031",
            "fullname": "Cash at Exchanges : Kraken",
            "accttype": "OthCurrAsset",
            "isinactive": "F",
        },
    ]


async def test_the_other_lists_of_an_import_can_be_read(world: World) -> None:
    customers = await world.rows(
        "SELECT id, entityid, companyname, externalid, isinactive FROM customer ORDER BY id"
    )
    assert [row["companyname"] for row in customers][3] == "Protocol <Guild>"
    assert customers[4]["isinactive"] == "T"
    vendors = await world.rows("SELECT id, entityid FROM vendor ORDER BY id DESC")
    assert vendors[0] == {"id": "605", "entityid": "Quay Street Office"}
    subsidiaries = await world.rows(
        "SELECT id, name, iselimination, isinactive, currency FROM subsidiary ORDER BY id"
    )
    assert [(it["name"], it["currency"], it["iselimination"]) for it in subsidiaries] == [
        ("Harbor Street Labs", "1", "F"),
        ("Harbor Street Europe", "2", "F"),
        ("Eliminations", "1", "T"),
    ]
    currencies = await world.rows("SELECT symbol, isbasecurrency FROM currency ORDER BY id")
    assert currencies[0] == {"symbol": "USD", "isbasecurrency": "T"}
    assert await world.rows("SELECT name FROM customrecord_cseg_fund ORDER BY id") == [
        {"name": "Fund I"},
        {"name": "Fund <II>"},
    ]
    for table in ("department", "classification", "location"):
        assert await world.rows(f"SELECT id, name, isinactive FROM {table} ORDER BY name")


async def test_periods_come_with_dates_in_the_format_asked_for(world: World) -> None:
    rows = await world.rows(
        "SELECT id, periodname, TO_CHAR(startdate,'YYYY-MM-DD') s, TO_CHAR(enddate,'YYYY-MM-DD') e,"
        " closed, alllocked FROM accountingperiod WHERE isposting = 'T' ORDER BY startdate"
    )
    assert len(rows) == 36
    assert rows[0]["closed"] == "T"
    assert rows[13] == {
        "id": "21",
        "periodname": "Feb 2025",
        "s": "2025-02-01",
        "e": "2025-02-28",
        "closed": "F",
        "alllocked": "F",
    }
    assert await world.rows(
        "SELECT startdate FROM accountingperiod WHERE periodname = 'Feb 2025'"
    ) == [{"startdate": "2/1/2025"}]


async def journals(world: World) -> None:
    for number, day in enumerate(("2026-10-01", "2026-10-15", "2026-11-01"), start=1):
        lines = [debit(ETH, number, memo=f"line {number}"), credit(BANK, number)]
        await world.made(entry(*lines, externalId=f"INT-ab12-0000{number}", tranDate=day))
    await world.made(entry(externalId="OTHER_1"))
    await world.http.post(
        f"{CONTROL}/transactions", json={"external_id": "INT-ab12-x", "tran_date": "2026-10-02"}
    )


@pytest.mark.parametrize(
    ("where", "params", "ids"),
    [
        ("type = 'Journal' AND externalid = ?", ["INT-ab12-00002"], "2002"),
        ("externalid = ?", ["INT-AB12-00002"], ""),
        ("UPPER(externalid) = ?", ["INT-AB12-00002"], "2002"),
        ("externalid IN (?, ?)", ["INT-ab12-00001", "INT-ab12-00003"], "2001 2003"),
        ("externalid LIKE ?", ["INT-ab12-%"], "2001 2002 2003 2005"),
        ("externalid LIKE 'OTHER!_%' ESCAPE '!'", [], "2004"),
        ("externalid LIKE 'INT_ab12_0000_'", [], "2001 2002 2003"),
        ("externalid NOT LIKE 'INT-%'", [], "2004"),
        ("type <> 'Journal'", [], "2005"),
        ("memo IS NULL AND type = 'Journal' AND id > 2002", [], "2003 2004"),
        (
            "trandate >= TO_DATE(?, 'YYYY-MM-DD') AND type = 'Journal'",
            ["2026-10-15"],
            "2002 2003 2004",
        ),
        (
            "trandate BETWEEN TO_DATE(?, 'YYYY-MM-DD') AND TO_DATE(?, 'YYYY-MM-DD') AND id < 2005",
            ["2026-10-01", "2026-10-31"],
            "2001 2002 2004",
        ),
        ("TO_CHAR(trandate, 'YYYY-MM-DD') = '2026-10-02'", [], "2005"),
        ("trandate = '10/15/2026'", [], "2002"),
        ("trandate < '10/2/2026'", [], "2001"),
        ("id NOT IN (2001, 2002)", [], "2003 2004 2005"),
    ],
)
async def test_transactions_are_found(
    world: World, where: str, params: list[object], ids: str
) -> None:
    await journals(world)
    rows = await world.rows(f"SELECT id FROM transaction WHERE {where} ORDER BY id", *params)
    assert " ".join(str(row["id"]) for row in rows) == ids


async def test_lines_are_read_through_joins_in_either_style(world: World) -> None:
    await journals(world)
    columns = "t.externalid, tl.id AS line, tl.memo, tal.account, tal.debit, tal.credit"
    joined = await world.rows(
        f"SELECT {columns} FROM transaction t "
        "JOIN transactionline tl ON tl.transaction = t.id "
        "INNER JOIN transactionaccountingline tal ON tal.transaction = tl.transaction "
        "AND tal.transactionline = tl.id "
        "WHERE t.type = 'Journal' AND t.externalid LIKE ? ORDER BY t.id, tl.id",
        "INT-ab12-%",
    )
    assert joined[:3] == [
        {
            "externalid": "INT-ab12-00001",
            "line": "1",
            "memo": "line 1",
            "account": ETH,
            "debit": "1.00",
        },
        {"externalid": "INT-ab12-00001", "line": "2", "account": BANK, "credit": "1.00"},
        {
            "externalid": "INT-ab12-00002",
            "line": "1",
            "memo": "line 2",
            "account": ETH,
            "debit": "2.00",
        },
    ]
    listed = await world.rows(
        f"SELECT {columns} FROM transaction t, transactionline tl, transactionaccountingline tal "
        "WHERE tl.transaction = t.id AND tal.transaction = t.id AND tal.transactionline = tl.id "
        "AND t.externalid LIKE 'INT-ab12-%' ORDER BY t.id, tl.id"
    )
    assert listed == joined


async def test_lines_name_their_entity_dimensions_and_subsidiary(world: World) -> None:
    more: Json = {
        "entity": {"id": "501"},
        "department": {"id": "1"},
        "class": {"id": "2"},
        "location": {"id": "1"},
        "cseg_fund": {"id": "1"},
    }
    await world.made(entry(debit(NETWORK_FEES, 1, **more), credit(BANK, 1)))
    [row] = await world.rows(
        "SELECT entity, department, class, location, subsidiary, cseg_fund, foreignamount, "
        "mainline FROM transactionline WHERE entity IS NOT NULL"
    )
    assert row == {
        "entity": "501",
        "department": "1",
        "class": "2",
        "location": "1",
        "subsidiary": "1",
        "cseg_fund": "1",
        "foreignamount": "1",
        "mainline": "T",
    }


async def test_a_waiting_journal_is_told_by_its_columns(world: World) -> None:
    await world.set(approval_routing=True)
    await world.made()
    [row] = await world.rows("SELECT posting, approvalstatus, status FROM transaction")
    assert row == {"posting": "F", "approvalstatus": "1", "status": "A"}


async def test_changes_can_be_polled_for(world: World) -> None:
    await world.made()
    form = "YYYY-MM-DD HH24:MI:SS"
    [row] = await world.rows(f"SELECT TO_CHAR(lastmodifieddate, '{form}') changed FROM transaction")
    assert len(str(row["changed"])) == len("2026-11-22 10:00:00")


async def test_pages_are_whole_and_tell_whether_there_is_more(world: World) -> None:
    reply = await world.query(IDS, limit="15", offset="0")
    body = reply.json()
    assert (body["count"], body["hasMore"], body["offset"], body["totalResults"]) == (
        15,
        True,
        0,
        40,
    )
    assert {link["rel"] for link in body["links"]} == {"self", "next"}
    found: list[object] = []
    for offset in (0, 15, 30):
        found += [row["id"] for row in await world.rows(IDS, limit="15", offset=str(offset))]
    assert len(set(found)) == 40
    last = (await world.query(IDS, limit="15", offset="30")).json()
    assert (last["count"], last["hasMore"]) == (10, False)


@pytest.mark.parametrize(
    "page",
    [
        {"limit": "1001"},
        {"limit": "0"},
        {"limit": "10", "offset": "5"},
        {"limit": "ten"},
        {"offset": "-1"},
    ],
)
async def test_a_crooked_page_is_refused(world: World, page: dict[str, str]) -> None:
    reply = await world.query(IDS, **page)
    assert (reply.status_code, code(reply)) == (400, "INVALID_REQUEST")


async def test_without_order_rows_come_as_they_please(world: World) -> None:
    ordered = await world.rows("SELECT id FROM vendor ORDER BY id")
    assert await world.rows("SELECT id FROM vendor") == list(reversed(ordered))


async def test_the_transient_preference_is_required(world: World) -> None:
    reply = await world.call("POST", SUITEQL, json={"q": IDS})
    assert (reply.status_code, code(reply)) == (400, "INVALID_REQUEST")
    assert "transient" in detail(reply)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT colour FROM account", "Field 'colour' for record 'account' was not found"),
        ("SELECT id FROM invoice", "Record 'invoice' was not found"),
        ("SELECT subsidiary FROM transaction", "Field 'subsidiary'"),
        ("SELECT id FROM account WHERE id = 1 OR id = 2", "OR cannot stand there"),
        ("SELECT id FROM account WHERE id = ?", "number of parameters"),
        ("SELECT COUNT(id) FROM account", "COUNT"),
        ("SELECT id FROM account WHERE", "ends too early"),
        ("SELECT id FROM account; DROP TABLE account", "position"),
        ("SELECT id FROM transaction t, transactionline tl", "ambiguous"),
        ("SELECT id FROM accountingperiod WHERE startdate = '2026-01-01'", "Invalid date"),
        ("SELECT id FROM account WHERE id = 'ten'", "Invalid number"),
        ("SELECT TO_CHAR(startdate, 'QQ') FROM accountingperiod", "Invalid date format"),
        ("", "ends too early"),
    ],
)
async def test_what_cannot_be_answered_is_an_invalid_parameter(
    world: World, text: str, words: str
) -> None:
    reply = await world.query(text)
    assert (reply.status_code, code(reply)) == (400, "INVALID_PARAMETER")
    assert words in detail(reply)


async def test_a_table_the_role_may_not_see_is_as_if_it_were_not_there(world: World) -> None:
    await world.allow(Vendors="NONE")
    assert "Record 'vendor' was not found" in detail(await world.query("SELECT id FROM vendor"))
    await world.allow(SuiteAnalytics_Workbook="VIEW")
    assert (await world.query(IDS)).status_code == 403


async def test_without_oneworld_there_are_no_subsidiaries(world: World) -> None:
    await world.set(one_world=False)
    reply = await world.query("SELECT id FROM subsidiary")
    assert "Record 'subsidiary' was not found" in detail(reply)


def fate(query: str) -> str:
    """What becomes of a query when it is read."""
    try:
        parse(query, [])
    except NetSuiteError as error:
        return error.code
    return "read"


@given(st.text())
def test_any_text_is_a_query_or_an_invalid_parameter(text: str) -> None:
    for query in (text, f"SELECT id FROM account WHERE {text}"):
        assert fate(query) in ("read", "INVALID_PARAMETER")


@given(st.text())
def test_a_quoted_text_is_read_back_whole(text: str) -> None:
    quoted = text.replace("'", "''")
    [term] = parse(f"SELECT id FROM account WHERE acctnumber = '{quoted}'", []).terms
    assert term.values[0].value == text  # type: ignore[union-attr]
