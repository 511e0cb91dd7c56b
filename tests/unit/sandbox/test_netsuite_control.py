"""Administrators at the NetSuite sandbox's own screens, and what survives a restart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.netsuite import DEFAULT_FIVE, HARBOR_STREET, Five, NetSuiteSandbox
from tests.unit.sandbox.netsuite_support import (
    BANK,
    CONTROL,
    ETH,
    NETWORK_FEES,
    RECORD,
    Signer,
    World,
    credit,
    debit,
    entry,
    new_world,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_an_account_can_be_made_to_order(world: World) -> None:
    order = {
        "name": "Lisbon & Co",
        "id": "99-sb2",
        "one_world": False,
        "currency": "EUR",
        "settings": {"approval_routing": True, "limits": {"concurrency": 15, "processing_ms": 0}},
    }
    reply = await world.http.post("/control/netsuite/accounts", json=order)
    assert reply.status_code == 201
    five = Five(**reply.json())
    assert five.account_id == "99_SB2"
    listed = (await world.http.get("/control/netsuite/accounts")).json()["accounts"]
    [made] = [account for account in listed if account["id"] == "99_SB2"]
    assert (made["name"], made["base_currency"], made["subsidiaries"]) == ("Lisbon & Co", "EUR", {})
    assert made["settings"]["limits"]["concurrency"] == 15
    reply = await world.call("GET", "/netsuite/rest/tokeninfo", auth=world.with_five(five))
    assert reply.json()["companyName"] == "Lisbon & Co"
    again = await world.http.post("/control/netsuite/accounts", json=order)
    assert again.status_code == 400


async def test_an_order_that_makes_no_sense_is_answered_with_what_is_wrong(world: World) -> None:
    reply = await world.http.post("/control/netsuite/accounts", json={"title": "x"})
    assert reply.status_code == 400
    assert "title" in reply.json()["error"]
    reply = await world.http.post(f"{CONTROL}/settings", json={"colour": "green"})
    assert reply.status_code == 400
    reply = await world.http.post(f"{CONTROL}/settings", json={"accounts": {"999": {}}})
    assert reply.status_code == 404
    assert (await world.http.get("/control/netsuite/1/journals")).status_code == 404
    assert (await world.http.post(f"{CONTROL}/roles/1", json={})).status_code == 404
    assert (await world.http.post(f"{CONTROL}/tokens/1/revoke")).status_code == 404


async def test_both_spellings_of_the_account_id_serve_administrators(world: World) -> None:
    for spelling in ("1234567_SB1", "1234567-sb1"):
        assert (await world.http.get(f"/control/netsuite/{spelling}/journals")).status_code == 200


async def test_lists_can_be_changed_by_hand(world: World) -> None:
    await world.set(
        accounts={ETH: {"active": False}},
        customers={"501": {"name": "Acme <DAO>"}},
        vendors={"601": {"active": False}},
        subsidiaries={"2": {"currency": "3"}},
    )
    assert (await world.post()).status_code == 400
    assert await world.rows("SELECT companyname FROM customer WHERE id = 501") == [
        {"companyname": "Acme <DAO>"}
    ]
    await world.set(accounts={ETH: {"active": True, "name": "Ether"}})
    assert (await world.post()).status_code == 204
    chart = (await world.http.get(f"{CONTROL}/accounts")).json()["accounts"]
    assert [it["name"] for it in chart if it["id"] == ETH] == ["Ether"]


async def test_a_journal_can_be_typed_edited_and_deleted_by_hand(world: World) -> None:
    reply = await world.http.post(f"{CONTROL}/journals", json=entry(memo="by hand"))
    assert reply.status_code == 201
    id_ = reply.json()["journalEntry"]["id"]
    url = f"{CONTROL}/journals/{id_}"
    lines = {"items": [debit(ETH, 3), credit(BANK, 3)]}
    edited = await world.http.patch(url, json={"memo": "changed", "line": lines})
    assert edited.status_code == 200
    shown = await world.read(id_)
    assert shown["memo"] == "changed"
    assert [line.get("debit") for line in shown["line"]["items"]] == [3, None]  # type: ignore[index]
    unbalanced = {"items": [debit(ETH, 3), credit(BANK, 4)]}
    assert (await world.http.patch(url, json={"line": unbalanced})).status_code == 400
    assert (await world.http.delete(url)).status_code == 200
    assert (await world.http.delete(url)).status_code == 404
    books = (await world.http.get(f"{CONTROL}/journals")).json()
    assert books["journals"] == []
    [gone] = books["deleted"]
    assert (gone["id"], gone["byHand"], gone["posting"]) == (id_, True, True)


async def test_totals_sum_debits_and_credits_of_each_account_exactly(world: World) -> None:
    for _ in range(3):
        await world.made(entry(debit(ETH, 0.1), debit(NETWORK_FEES, 0.20), credit(BANK, 0.3)))
    totals = (await world.http.get(f"{CONTROL}/totals")).json()["totals"]
    assert [(it["name"], it["debit"], it["credit"]) for it in totals] == [
        ("Operating Bank", "0", "0.90"),
        ("Digital Assets : ETH", "0.30", "0"),
        ("Network Fees", "0.60", "0"),
    ]


async def test_the_setup_page_shows_the_five_and_makes_more(world: World) -> None:
    page = await world.http.get("/netsuite/setup")
    for value in DEFAULT_FIVE.as_json().values():
        assert value in page.text
    assert "Harbor Street Europe (EUR)" in page.text
    again = await world.http.post(f"/netsuite/setup/{HARBOR_STREET}/credentials")
    fresh = world.sandbox.credentials.in_force(HARBOR_STREET)[-1]
    assert fresh != DEFAULT_FIVE
    assert fresh.token_secret in again.text
    page = await world.http.post(f"/netsuite/setup/{HARBOR_STREET}/certificate")
    assert "BEGIN PRIVATE KEY" in page.text
    assert (await world.http.post("/netsuite/setup/1/credentials")).status_code == 404


async def test_the_deep_link_shows_the_journal_and_escapes_what_it_holds(world: World) -> None:
    lines = [debit("106", 5, memo="<i>y</i>"), credit("143", 5)]
    id_ = await world.made(entry(*lines, externalId="INT-1", memo="<b>x</b>"))
    path = "/netsuite/app/app/accounting/transactions/journal.nl"
    page = await world.http.get(path, params={"id": id_})
    assert page.status_code == 200
    assert "INT-1" in page.text
    assert "&lt;b&gt;x&lt;/b&gt;" in page.text
    assert "Customer Deposits &lt;Held&gt;" in page.text
    assert "Coinbase &amp; Prime" in page.text
    for raw in ("<b>x", "<i>y"):
        assert raw not in page.text
    missing = await world.http.get(path, params={"id": "1"})
    assert missing.status_code == 404


async def test_the_control_endpoints_answer_this_machine_only() -> None:
    sandbox = NetSuiteSandbox(clock=SandboxClock())
    app = Starlette(routes=sandbox.routes())
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        assert (await http.get("/control/netsuite/accounts")).status_code == 403
    sandbox.close()


async def test_all_that_was_answered_survives_a_restart(tmp_path: Path) -> None:
    data_file = tmp_path / "data" / "netsuite.db"
    async with new_world(data_file) as before:
        kept = await before.made(entry(externalId="INT-1"))
        gone = await before.made(entry(externalId="INT-2"))
        await before.http.delete(f"{CONTROL}/journals/{gone}")
        await before.set(required_dimensions=["class"], job_delay_s=60)
        fresh = replace(DEFAULT_FIVE, **(await before.http.post(f"{CONTROL}/credentials")).json())
        lines = [debit(ETH, 1, **{"class": {"id": "1"}}), credit(BANK, 1, **{"class": {"id": "1"}})]
        await before.post(entry(*lines, externalId="INT-3"), headers={"Prefer": "respond-async"})
    clock = SandboxClock()
    sandbox = NetSuiteSandbox(clock=clock, data_file=data_file)
    transport = httpx.ASGITransport(Starlette(routes=sandbox.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        after = World(clock, sandbox, http, Signer(five=fresh, clock=clock))
        clock.advance(61)
        assert (await after.read(kept))["externalId"] == "INT-1"
        assert (await after.call("GET", f"{RECORD}/eid:INT-3")).status_code == 200
        reply = await after.post(entry(*lines, externalId="int-1"))
        assert "already exists" in reply.text
        assert (await after.post()).status_code == 400
        deleted = (await http.get(f"{CONTROL}/journals")).json()["deleted"]
        assert [journal["id"] for journal in deleted] == [gone]
        assert int(await after.made(entry(*lines, externalId="INT-2"))) > int(gone)
    sandbox.close()
