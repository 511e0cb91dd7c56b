"""People at the QuickBooks sandbox's own screens, what survives a restart, and the switches."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.quickbooks import HARBOR_STREET, NewCompany, QuickBooksSandbox
from tests.unit.sandbox.quickbooks_support import World, codes, credit, debit, entry, new_world

CONTROL = f"/control/quickbooks/{HARBOR_STREET}"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_a_company_can_be_made_to_order(world: World) -> None:
    order = {
        "name": "Lisbon & Co",
        "currency": "EUR",
        "country": "PT",
        "chart": "empty",
        "book_close_date": "2025-12-31",
        "preferences": {"multicurrency": True},
        "customers": ["Only One"],
        "vendors": [],
    }
    reply = await world.http.post("/control/quickbooks/companies", json=order)
    realm = reply.json()["realm"]
    listed = (await world.http.get("/control/quickbooks/companies")).json()["companies"]
    [made] = [company for company in listed if company["realm"] == realm]
    assert (made["name"], made["currency"], made["accounts"]) == ("Lisbon & Co", "EUR", 2)
    assert made["settings"]["book_close_date"] == "2025-12-31"
    world.connect(realm)
    reply = await world.call("GET", "customer/101", realm=realm)
    assert reply.json()["Customer"]["DisplayName"] == "Only One"


async def test_an_order_that_makes_no_sense_is_answered_with_what_is_wrong(world: World) -> None:
    reply = await world.http.post("/control/quickbooks/companies", json={"title": "x"})
    assert reply.status_code == 400
    assert "title" in reply.json()["error"]
    reply = await world.http.post(f"{CONTROL}/settings", json={"colour": "green"})
    assert reply.status_code == 400
    reply = await world.http.post(f"{CONTROL}/settings", json={"accounts": {"999": {}}})
    assert reply.status_code == 404
    assert (await world.http.get("/control/quickbooks/1/journals")).status_code == 404


async def test_a_journal_typed_by_hand_may_lie_in_closed_books_and_must_balance(
    world: World,
) -> None:
    await world.set(book_close_date="2026-12-31")
    reply = await world.http.post(f"{CONTROL}/journals", json=entry(DocNumber="BY HAND"))
    assert reply.status_code == 201
    reply = await world.http.post(f"{CONTROL}/journals", json=entry(debit("12", 1)))
    assert (reply.status_code, codes(reply)) == (400, ["6000"])
    [shown] = (await world.http.get(f"{CONTROL}/journals")).json()["journals"]
    assert (shown["DocNumber"], shown["byHand"]) == ("BY HAND", True)


async def test_a_journal_can_be_edited_and_deleted_by_hand(world: World) -> None:
    made = (await world.post(entry(DocNumber="A-1"))).json()["JournalEntry"]
    url = f"{CONTROL}/journals/{made['Id']}"
    edited = await world.http.patch(url, json={"PrivateNote": "changed"})
    assert edited.json()["JournalEntry"]["SyncToken"] == "1"
    read = (await world.call("GET", f"journalentry/{made['Id']}")).json()["JournalEntry"]
    assert (read["DocNumber"], read["PrivateNote"]) == ("A-1", "changed")
    assert (await world.http.delete(url)).status_code == 200
    assert (await world.http.delete(url)).status_code == 404
    books = (await world.http.get(f"{CONTROL}/journals")).json()
    assert books["journals"] == []
    assert [gone["Id"] for gone in books["deleted"]] == [made["Id"]]


async def test_totals_sum_debits_and_credits_of_each_account_exactly(world: World) -> None:
    for _ in range(3):
        await world.post(entry(debit("12", 0.1), debit("74", "0.20"), credit("1", 0.3)))
    totals = (await world.http.get(f"{CONTROL}/totals")).json()["totals"]
    assert totals == [
        {"id": "1", "name": "Operating Bank", "debit": "0", "credit": "0.9"},
        {"id": "12", "name": "Digital Assets:ETH", "debit": "0.3", "credit": "0"},
        {"id": "74", "name": "Network Fees", "debit": "0.60", "credit": "0"},
    ]


async def test_an_account_can_be_made_inactive_by_hand(world: World) -> None:
    await world.set(accounts={"12": {"active": False}})
    assert codes(await world.post()) == ["610"]
    await world.set(accounts={"12": {"active": True, "name": "Ether"}})
    assert (await world.post()).status_code == 200


async def test_the_deep_link_shows_the_journal_and_escapes_what_it_holds(world: World) -> None:
    payload = entry(debit("12", 5), credit("33", 5), DocNumber="A-1", PrivateNote="<b>x</b>")
    made = (await world.post(payload)).json()["JournalEntry"]
    page = await world.http.get("/quickbooks/app/journal", params={"txnId": made["Id"]})
    assert page.status_code == 200
    assert "A-1" in page.text
    assert "&lt;b&gt;x&lt;/b&gt;" in page.text
    assert "Customer Deposits &lt;Held&gt;" in page.text
    assert "<b>x" not in page.text
    missing = await world.http.get("/quickbooks/app/journal", params={"txnId": "1"})
    assert missing.status_code == 404


async def test_the_request_log_tells_what_was_asked_and_no_secret(world: World) -> None:
    await world.post(requestid="r-1")
    back = await world.authorize(state="secret-state")
    refresh = (await world.exchange(back["code"])).json()["refresh_token"]
    await world.refresh(refresh)
    reply = await world.http.get("/control/quickbooks/requests")
    first, *_others, last = reply.json()["requests"]
    assert (first["method"], first["status"]) == ("POST", 200)
    assert first["path"] == f"/quickbooks/v3/company/{HARBOR_STREET}/journalentry"
    assert first["parameters"] == {"requestid": "r-1"}
    for secret in (world.token, back["code"], refresh, "secret-state"):
        assert secret not in reply.text
    after = await world.http.get("/control/quickbooks/requests", params={"after": last["seq"]})
    assert after.json()["requests"] == []


async def test_the_control_endpoints_answer_this_machine_only() -> None:
    sandbox = QuickBooksSandbox(clock=SandboxClock())
    app = Starlette(routes=sandbox.routes())
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        assert (await http.get("/control/quickbooks/companies")).status_code == 403
    sandbox.close()


async def test_all_that_was_answered_survives_a_restart(tmp_path: Path) -> None:
    data_file = tmp_path / "data" / "quickbooks.db"
    async with new_world(data_file) as before:
        made = (await before.post(requestid="r-1")).json()
        gone = (await before.post()).json()["JournalEntry"]
        await before.post({"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
        await before.set(book_close_date="2026-01-31")
        realm = before.sandbox.add_company(NewCompany(name="Third")).realm
        token = before.token
    clock = SandboxClock()
    sandbox = QuickBooksSandbox(clock=clock, data_file=data_file)
    transport = httpx.ASGITransport(Starlette(routes=sandbox.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        after = World(clock, sandbox, http, token)
        assert (await after.post(requestid="r-1")).json() == made
        assert (await after.post()).json()["JournalEntry"]["Id"] == str(int(gone["Id"]) + 1)
        assert codes(await after.post(entry(TxnDate="2026-01-01"))) == ["6210"]
        assert realm in {company.realm for company in sandbox.companies()}
        deleted = (await http.get(f"{CONTROL}/journals")).json()["deleted"]
        assert [journal["Id"] for journal in deleted] == [gone["Id"]]
    sandbox.close()
