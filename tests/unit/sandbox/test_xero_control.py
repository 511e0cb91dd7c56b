"""People at the Xero sandbox's own screens, what survives a restart, and the switches."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.xero import HARBOR_STREET, SECOND_ORGANISATION, NewOrganisation, XeroSandbox
from sandbox.xero.charts import account_id
from tests.unit.sandbox.serving import served, until
from tests.unit.sandbox.xero_support import World, journal, line, new_world

CONTROL = f"/control/xero/{HARBOR_STREET}"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_organisations_can_be_made_to_order_one_or_many(world: World) -> None:
    order = {
        "name": "Lisbon & Co",
        "currency": "EUR",
        "country": "PT",
        "chart": "empty",
        "settings": {"period_lock_date": "2025-12-31"},
        "contacts": ["Only One"],
    }
    realm = (await world.http.post("/control/xero/companies", json=order)).json()["realm"]
    listed = (await world.http.get("/control/xero/companies")).json()["companies"]
    [made] = [company for company in listed if company["realm"] == realm]
    assert (made["name"], made["currency"], made["accounts"]) == ("Lisbon & Co", "EUR", 8)
    assert made["settings"]["period_lock_date"] == "2025-12-31"
    assert (made["connected"], made["journals"]) == (False, 0)
    many = {"name": "Client", "count": 3, "chart": "large"}
    reply = await world.http.post("/control/xero/companies", json=many)
    assert len(set(reply.json()["realms"])) == 3
    names = [organisation.name for organisation in world.sandbox.organisations()[-3:]]
    assert names == ["Client 1", "Client 2", "Client 3"]
    assert len(world.sandbox.organisations()[-1].accounts) == 10_000


async def test_an_order_that_makes_no_sense_is_answered_with_what_is_wrong(world: World) -> None:
    reply = await world.http.post("/control/xero/companies", json={"title": "x"})
    assert reply.status_code == 400
    assert "title" in reply.json()["error"]
    reply = await world.http.post(f"{CONTROL}/settings", json={"colour": "green"})
    assert reply.status_code == 400
    reply = await world.http.post(f"{CONTROL}/settings", json={"accounts": {"999": {}}})
    assert reply.status_code == 404
    assert (await world.http.get("/control/xero/1/journals")).status_code == 404


async def test_currency_and_accounts_can_be_changed_by_hand(world: World) -> None:
    eth = account_id(1, 112)
    await world.set(currency="EUR", accounts={eth: {"active": False}})
    [shown] = (await world.call("GET", "Organisation")).json()["Organisations"]
    assert shown["BaseCurrency"] == "EUR"
    [element] = await world.made(journal())
    assert element["StatusAttributeString"] == "ERROR"
    accounts = (await world.http.get(f"{CONTROL}/accounts")).json()["accounts"]
    [changed] = [account for account in accounts if account["id"] == eth]
    assert (changed["active"], changed["code"], changed["name"]) == (False, "112", "ETH")


async def test_a_journal_typed_by_an_adviser_may_lie_in_a_locked_period_and_must_balance(
    world: World,
) -> None:
    await world.set(period_lock_date="2026-12-31")
    reply = await world.http.post(f"{CONTROL}/journals", json=journal(Narration="BY HAND"))
    assert reply.status_code == 201
    reply = await world.http.post(f"{CONTROL}/journals", json=journal(line("112", 1)))
    assert (reply.status_code, reply.json()["ErrorNumber"]) == (400, 10)
    [shown] = (await world.http.get(f"{CONTROL}/journals")).json()["journals"]
    assert (shown["Narration"], shown["byHand"]) == ("BY HAND", True)
    assert shown["JournalLines"][0]["AccountName"] == "ETH"


async def test_a_journal_can_be_edited_and_voided_and_a_draft_deleted_by_hand(
    world: World,
) -> None:
    posted, draft = await world.made(journal(Narration="A"), journal(Status="DRAFT"))
    url = f"{CONTROL}/journals/{posted['ManualJournalID']}"
    edited = await world.http.patch(url, json={"Narration": "changed"})
    assert edited.json()["ManualJournal"]["Narration"] == "changed"
    assert (await world.http.delete(url)).json()["ManualJournal"]["Status"] == "VOIDED"
    assert (await world.http.delete(url)).status_code == 404
    reply = await world.http.delete(f"{CONTROL}/journals/{draft['ManualJournalID']}")
    assert reply.json()["ManualJournal"]["Status"] == "DELETED"
    books = (await world.http.get(f"{CONTROL}/journals")).json()
    assert books["journals"] == []
    assert [gone["Status"] for gone in books["deleted"]] == ["VOIDED", "DELETED"]
    assert world.sandbox.account_totals(HARBOR_STREET) == []


async def test_a_journal_before_the_years_lock_date_cannot_be_voided_by_hand(world: World) -> None:
    [made] = await world.made(journal())
    await world.set(end_of_year_lock_date="2026-12-31")
    reply = await world.http.delete(f"{CONTROL}/journals/{made['ManualJournalID']}")
    assert reply.status_code == 400
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_totals_sum_debits_and_credits_of_each_account_exactly(world: World) -> None:
    for _ in range(3):
        await world.made(journal(line("112", 0.1), line("404", "0.20"), line("101", -0.3)))
    totals = (await world.http.get(f"{CONTROL}/totals")).json()["totals"]
    assert totals == [
        {"id": account_id(1, 101), "name": "Kraken", "debit": "0", "credit": "0.9"},
        {"id": account_id(1, 112), "name": "ETH", "debit": "0.3", "credit": "0"},
        {"id": account_id(1, 404), "name": "Network Fees", "debit": "0.60", "credit": "0"},
    ]


async def test_the_deep_links_show_the_journal_and_escape_what_it_holds(world: World) -> None:
    lines = [
        {"AccountID": account_id(1, 804), "LineAmount": 5},
        line("112", -5, Tracking=[{"Name": "Region", "Option": "North"}]),
    ]
    [made] = await world.made(journal(*lines, Narration="<b>x</b>"))
    path = f"/Journal/View.aspx?invoiceID={made['ManualJournalID']}"
    page = await world.http.get(f"/xero/app{path}")
    assert page.status_code == 200
    assert "&lt;b&gt;x&lt;/b&gt;" in page.text
    assert "Customer Deposits &lt;Held&gt;" in page.text
    assert "Region: North" in page.text
    login = "/xero/app/organisationlogin/default.aspx"
    short, other = (organisation.short_code for organisation in world.sandbox.organisations())
    entered = await world.http.get(login, params={"shortcode": short, "redirecturl": path})
    assert entered.text == page.text
    for params in (
        {"shortcode": other, "redirecturl": path},
        {"shortcode": short, "redirecturl": f"https://evil.example{path}"},
        {"shortcode": short, "redirecturl": "/Dashboard"},
    ):
        assert (await world.http.get(login, params=params)).status_code == 404
    assert (await world.http.get("/xero/app/Journal/View.aspx")).status_code == 404


async def test_the_request_log_tells_what_was_asked_of_whom_and_no_secret(world: World) -> None:
    await world.write(key="k-1")
    back = await world.authorize(state="secret-state")
    refresh = (await world.exchange(back["code"])).json()["refresh_token"]
    await world.refresh(refresh)
    reply = await world.http.get("/control/xero/requests")
    first, *_others = reply.json()["requests"]
    assert (first["method"], first["status"]) == ("PUT", 200)
    assert first["path"] == "/xero/api.xro/2.0/ManualJournals"
    assert first["parameters"] == {
        "summarizeErrors": "false",
        "xero-tenant-id": HARBOR_STREET,
        "idempotency-key": "k-1",
    }
    for secret in (world.token, back["code"], refresh, "secret-state"):
        assert secret not in reply.text
    assert [it.as_json() for it in world.sandbox.requests()] == reply.json()["requests"]


async def test_the_control_endpoints_answer_this_machine_only() -> None:
    sandbox = XeroSandbox(clock=SandboxClock())
    app = Starlette(routes=sandbox.routes())
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        assert (await http.get("/control/xero/companies")).status_code == 403
    sandbox.close()


async def test_all_that_was_answered_survives_a_restart(tmp_path: Path) -> None:
    data_file = tmp_path / "data" / "xero.db"
    async with new_world(data_file) as before:
        made = (await before.write(key="k-1")).json()
        await before.set(period_lock_date="2026-01-31")
        [third] = before.sandbox.add_organisations(NewOrganisation(name="Third"))
        back = await before.authorize(HARBOR_STREET, third.tenant)
        tokens = (await before.exchange(back["code"])).json()
    async with new_world(data_file) as after:
        after.token = tokens["access_token"]
        assert {it["tenantId"] for it in await after.connections()} == {
            HARBOR_STREET,
            third.tenant,
        }
        assert (await after.write(key="k-1")).json() == made
        [element] = await after.made(journal(Date="2026-01-01"))
        assert element["StatusAttributeString"] == "ERROR"
        assert (await after.refresh(tokens["refresh_token"])).status_code == 200
        assert len(after.sandbox.journals(HARBOR_STREET)) == 1


# --- Faults --------------------------------------------------------------------


async def test_a_dropped_reply_closes_the_connection_after_the_commit() -> None:
    sandbox = XeroSandbox(clock=SandboxClock())
    async with served(sandbox.routes()) as address, httpx.AsyncClient(base_url=address) as http:
        world = World(SandboxClock(), sandbox, http)
        world.connect()
        await world.fault("drop_reply", match={"method": "PUT", "path": "/ManualJournals$"})
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await world.write(key="k-1")
        assert len(sandbox.journals(HARBOR_STREET)) == 1
        assert (await world.write(key="k-1")).status_code == 200
        assert len(sandbox.journals(HARBOR_STREET)) == 1
    sandbox.close()


async def test_a_fault_can_be_meant_for_one_organisation(world: World) -> None:
    world.connect(HARBOR_STREET, SECOND_ORGANISATION)
    await world.fault("status", status=503, match={"realm": SECOND_ORGANISATION}, times=None)
    assert (await world.write()).status_code == 200
    assert (await world.write(tenant=SECOND_ORGANISATION)).status_code == 503
    await world.http.delete("/control/xero/faults")
    assert (await world.write(tenant=SECOND_ORGANISATION)).status_code == 200


async def test_a_throttled_request_is_told_the_minute_and_never_processed(world: World) -> None:
    await world.fault("throttle", retry_after=3)
    reply = await world.write()
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "3")
    assert reply.headers["x-rate-limit-problem"] == "minute"
    await world.fault("expired_token")
    reply = await world.write()
    assert (reply.status_code, reply.json()["Detail"][:12]) == (401, "TokenExpired")
    assert world.sandbox.journals(HARBOR_STREET) == []


async def test_a_late_commit_happens_when_its_time_has_come(world: World) -> None:
    await world.fault("late_commit", status=504, delay_s=300)
    assert (await world.write(key="k-1")).status_code == 504
    assert world.sandbox.journals(HARBOR_STREET) == []
    world.clock.advance(300)
    await until(lambda: world.sandbox.journals(HARBOR_STREET))
    await world.sandbox.settle()
