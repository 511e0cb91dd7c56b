"""SuiteQL: ordered, with values apart from the text, and every row of a search however many."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

import httpx
import pytest

from bot.erp.connector import EntryQuery, FoundEntry
from bot.erp.netsuite import queries
from bot.erp.netsuite.account import AccountId, NetSuiteAddresses, NetSuiteCompany
from bot.erp.netsuite.api import NetSuiteApi
from bot.erp.netsuite.credentials import dump_credentials
from bot.erp.netsuite.door import AccountDoor
from bot.erp.netsuite.found import Reading
from bot.erp.netsuite.login import Logins, SignIn
from bot.erp.netsuite.queries import (
    ACCOUNTS,
    PERIODS,
    by_id,
    by_numbers,
    dimension_values,
    entry_lines,
    number_chunks,
    range_condition,
)
from bot.erp.netsuite.search import EntrySearch
from bot.erp.transport import ErpTransport
from tests.support.netsuite import MemoryCredentials
from tests.unit.erp.netsuite.test_auth import ORACLES

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_every_list_is_ordered_and_can_go_on_behind_an_id() -> None:
    for lists in (ACCOUNTS, PERIODS, dimension_values("class"), dimension_values("cseg_fund")):
        for query in lists:
            assert query.after(None).text.endswith(" ORDER BY id")
            assert "id > 4711" in query.after("4711").text
    assert "FROM customrecord_cseg_fund" in dimension_values("cseg_fund")[0].after(None).text


def test_a_condition_of_a_list_holds_behind_an_id_too() -> None:
    text = PERIODS[0].after("7").text
    assert "WHERE isposting = 'T' AND isadjust = 'F' AND id > 7 ORDER BY id" in text


@pytest.mark.parametrize("id_", ["", "1 OR 1=1", "-1", "x", "'"])
def test_what_is_no_id_never_becomes_part_of_a_query(id_: str) -> None:
    with pytest.raises(ValueError, match="digits only"):
        by_id(id_)
    with pytest.raises(ValueError, match="digits only"):
        queries.account_state(id_)


def test_numbers_are_values_and_never_text() -> None:
    nasty = "INT-'; DROP"
    condition = by_numbers([nasty, "INT-2"])
    assert condition.text == "t.externalid IN (?, ?)"
    assert condition.values == (nasty, "INT-2")


def test_many_numbers_are_asked_for_in_parts_and_each_once() -> None:
    numbers = [f"INT-{n}" for n in range(250)] * 2
    chunks = list(number_chunks(numbers))
    assert [len(chunk) for chunk in chunks] == [100, 100, 50]
    assert len({n for chunk in chunks for n in chunk}) == 250


def test_a_prefix_is_looked_for_in_every_subsidiary_and_days_only_in_ours() -> None:
    prefix = EntryQuery(number_prefix="INT-T3ST-", from_number="INT-T3ST-00005")
    condition = range_condition(prefix, subsidiary_id="2")
    assert condition is not None
    assert condition.values == ("INT-T3ST-%", "INT-T3ST-00005")
    assert "subsidiary" not in condition.text
    days = EntryQuery(first_date=date(2026, 10, 1), last_date=date(2026, 10, 31))
    condition = range_condition(days, subsidiary_id="2")
    assert condition is not None
    assert condition.values == ("2026-10-01", "2026-10-31")
    assert "l.subsidiary = 2" in condition.text
    assert "t.type = 'Journal'" in condition.text
    alone = range_condition(days, subsidiary_id=None)
    assert alone is not None
    assert "subsidiary" not in alone.text


def test_a_search_for_nothing_has_no_condition() -> None:
    assert range_condition(EntryQuery(), subsidiary_id="1") is None


def test_columns_of_features_that_are_off_are_not_asked_for() -> None:
    plain = entry_lines(by_id("1"), header=(), dimensions=()).text
    assert "currency" not in plain
    assert "department" not in plain
    assert "approvalstatus" not in plain
    header = ("currency", "approvalstatus")
    full = entry_lines(by_id("1"), header=header, dimensions=("department", "cseg_fund")).text
    assert "t.currency AS currency, t.approvalstatus AS approvalstatus" in full
    assert "l.cseg_fund AS cseg_fund" in full
    assert full.endswith("ORDER BY t.id, l.id, a.accountingbook")


class Ledger:
    """An account that holds journals of three lines, and gives 100,000 rows of a query at most."""

    def __init__(self, journals: int) -> None:
        self.journals = journals
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        query = json.loads(request.content)["q"]
        start = re.search(r"t\.id >= (\d+)", query)
        first = max(1, int(start[1])) if start else 1
        offset = int(request.url.params["offset"])
        total = min(3 * (self.journals - first + 1), 100_000)
        rows = [self._row(first, n) for n in range(offset, min(offset + 1000, total))]
        return httpx.Response(200, json={"items": rows, "hasMore": offset + 1000 < total})

    @staticmethod
    def _row(first: int, position: int) -> dict[str, str]:
        journal, line = first + position // 3, position % 3
        amount = {"debit": "2.00"} if line == 0 else {"credit": "1.00"}
        return {
            "id": str(journal),
            "externalid": f"INT-{journal}",
            "trandate": "2026-10-31",
            "posting": "T",
            "line": str(line),
            "account": "1",
            **amount,
        }


def search_in(ledger: Ledger) -> EntrySearch:
    http = httpx.AsyncClient(transport=httpx.MockTransport(ledger))
    account = AccountId("123456")
    company = NetSuiteCompany(account=account, addresses=NetSuiteAddresses.of(account))
    logins = Logins(
        MemoryCredentials(stored=dump_credentials(ORACLES)),
        SignIn(http=http, now=lambda: NOW, new_secret=lambda: "nonce1"),
        account=account,
        addresses=company.addresses,
        subject="NetSuite",
    )
    api = NetSuiteApi(
        company,
        transport=ErpTransport(http, now=lambda: NOW, observe=lambda _call: None),
        logins=logins,
        door=AccountDoor(lambda: NOW),
    )
    reading = Reading(functional_currency="USD", currencies={}, dimensions=())
    return EntrySearch(api, reading, header=(), subsidiary_id=None)


async def found_in(ledger: Ledger) -> list[FoundEntry]:
    query = EntryQuery(first_date=date(2026, 10, 1))
    return [entry async for entry in search_in(ledger).find(query)]


@pytest.mark.parametrize("journals", [0, 1, 333, 334, 40_000])
async def test_every_entry_is_found_whole_even_beyond_what_one_query_gives(journals: int) -> None:
    found = await found_in(Ledger(journals))
    assert [entry.erp_id for entry in found] == [str(n) for n in range(1, journals + 1)]
    assert all(len(entry.postings) == 3 for entry in found)
