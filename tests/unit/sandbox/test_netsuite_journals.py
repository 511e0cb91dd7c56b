"""Journal entries at the NetSuite sandbox: what is accepted, refused, changed and approved."""

from collections.abc import AsyncIterator

import pytest

from sandbox.netsuite import SINGLE_COMPANY
from tests.unit.sandbox.netsuite_support import (
    BANK,
    CONTROL,
    ETH,
    NETWORK_FEES,
    PAYABLE,
    RECEIVABLE,
    RECORD,
    Json,
    World,
    code,
    credit,
    debit,
    detail,
    entry,
    new_world,
    refusal,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_a_journal_is_created_with_204_and_its_address(world: World) -> None:
    reply = await world.post(entry(externalId="INT-0007", memo="INT-0007 Rollup"))
    assert (reply.status_code, reply.content) == (204, b"")
    location = reply.headers["location"]
    assert location == f"http://127.0.0.1:8000{RECORD}/2001"
    shown = await world.read("2001")
    assert shown["externalId"] == "INT-0007"
    assert shown["memo"] == "INT-0007 Rollup"
    assert shown["tranDate"] == "2026-10-31"
    assert shown["subsidiary"]["refName"] == "Harbor Street Labs"  # type: ignore[index]
    assert shown["currency"]["id"] == "1"  # type: ignore[index]
    assert shown["postingPeriod"]["refName"] == "Oct 2026"  # type: ignore[index]
    lines = shown["line"]["items"]  # type: ignore[index]
    assert [(it["account"]["id"], it.get("debit"), it.get("credit")) for it in lines] == [
        (ETH, 100.25, None),
        (BANK, None, 100.25),
    ]


async def test_without_expanding_the_lines_are_only_a_link(world: World) -> None:
    id_ = await world.made()
    shown = (await world.call("GET", f"{RECORD}/{id_}")).json()
    assert list(shown["line"]) == ["links"]


async def test_an_external_id_is_unique_in_any_case_and_across_types(world: World) -> None:
    await world.made(entry(externalId="INT-1"))
    await world.http.post(
        f"{CONTROL}/transactions", json={"external_id": "INV-1", "tran_date": "2026-10-01"}
    )
    for taken in ("INT-1", "int-1", "inv-1"):
        reply = await world.post(entry(externalId=taken))
        assert refusal(reply) == (400, "USER_ERROR", "externalId")
        assert "This record already exists" in detail(reply)
    await world.set(words={"duplicate_code": "DUP_RCRD", "duplicate_detail": "There is one."})
    reply = await world.post(entry(externalId="INT-1"))
    assert code(reply) == "DUP_RCRD"
    assert "There is one." in detail(reply)


async def test_a_deleted_journal_frees_its_external_id(world: World) -> None:
    id_ = await world.made(entry(externalId="INT-1"))
    await world.allow(Make_Journal_Entry="FULL")
    assert (await world.call("DELETE", f"{RECORD}/{id_}")).status_code == 204
    reply = await world.call("GET", f"{RECORD}/{id_}")
    assert refusal(reply) == (404, "NONEXISTENT_ID", None)
    assert await world.made(entry(externalId="int-1")) != id_


async def test_a_misspelt_property_is_refused_or_silently_dropped(world: World) -> None:
    payload = entry(memmo="lost")
    reply = await world.post(payload)
    assert refusal(reply) == (400, "INVALID_CONTENT", "memmo")
    reply = await world.post(payload, headers={})
    assert reply.status_code == 204
    reply = await world.post(payload, headers={"X-NetSuite-PropertyNameValidation": "error"})
    assert refusal(reply) == (400, "INVALID_CONTENT", "memmo")
    reply = await world.post(payload, headers={"X-NetSuite-PropertyNameValidation": "Maybe"})
    assert reply.status_code == 400


def two(first: Json, second: Json, **header: object) -> Json:
    return entry(first, second, **header)


REFUSED: list[tuple[str, Json, str | None]] = [
    ("no subsidiary", entry(subsidiary=None), "subsidiary"),
    ("an unknown subsidiary", entry(subsidiary={"id": "9"}), "subsidiary"),
    ("the elimination subsidiary", entry(subsidiary={"id": "3"}), "subsidiary"),
    ("an unknown currency", entry(currency={"id": "9"}), "currency"),
    ("a date before all periods", entry(tranDate="2019-01-01"), "tranDate"),
    ("a closed period", entry(tranDate="2024-12-31"), "postingPeriod"),
    ("an unknown period", entry(postingPeriod={"id": "999"}), "postingPeriod"),
    ("a period of another month", entry(postingPeriod={"id": "50"}), "tranDate"),
    ("a quarter as period", entry(postingPeriod={"id": "48"}), "postingPeriod"),
    ("one line", entry(debit(ETH, 1)), "line"),
    (
        "an unknown account",
        two(debit("9999", 1), credit(BANK, 1)),
        "line.items[0].account",
    ),
    ("an inactive account", two(debit("127", 1), credit(BANK, 1)), "line.items[0].account"),
    ("a summary account", two(debit("120", 1), credit(BANK, 1)), "line.items[0].account"),
    ("a NonPosting account", two(debit("195", 1), credit(BANK, 1)), "line.items[0].account"),
    ("a Stat account", two(debit("196", 1), credit(BANK, 1)), "line.items[0].account"),
    ("an account in euros", two(debit(ETH, 1), credit("103", 1)), "line.items[1].account"),
    (
        "an account of another subsidiary",
        two(debit(ETH, 1), credit("102", 1), subsidiary={"id": "2"}),
        "line.items[1].account",
    ),
    (
        "an unknown entity",
        two(debit(ETH, 1, entity={"id": "1"}), credit(BANK, 1)),
        "line.items[0].entity",
    ),
    (
        "an inactive customer",
        two(debit(RECEIVABLE, 1, entity={"id": "505"}), credit(BANK, 1)),
        "line.items[0].entity",
    ),
    (
        "a customer of another subsidiary",
        two(debit(RECEIVABLE, 1, entity={"id": "504"}), credit(BANK, 1)),
        "line.items[0].entity",
    ),
    (
        "a receivable without customer",
        two(debit(RECEIVABLE, 1), credit(BANK, 1)),
        "line.items[0].entity",
    ),
    (
        "a receivable with a vendor",
        two(debit(RECEIVABLE, 1, entity={"id": "601"}), credit(BANK, 1)),
        "line.items[0].entity",
    ),
    (
        "a payable with a customer",
        two(debit(ETH, 1), credit(PAYABLE, 1, entity={"id": "501"})),
        "line.items[1].entity",
    ),
    (
        "an unknown department",
        two(debit(ETH, 1, department={"id": "9"}), credit(BANK, 1)),
        "line.items[0].department",
    ),
    (
        "an inactive department",
        two(debit(ETH, 1, department={"id": "3"}), credit(BANK, 1)),
        "line.items[0].department",
    ),
    ("amounts that do not balance", two(debit(ETH, 1), credit(BANK, 2)), "line"),
    ("an own document number", entry(tranId="J-1"), "tranId"),
    ("an external id with a bar", entry(externalId="INT|1"), "externalId"),
    ("a long memo", entry(memo="x" * 1000), "memo"),
    (
        "a long line memo",
        two(debit(ETH, 1, memo="x" * 4001), credit(BANK, 1)),
        "line.items[0].memo",
    ),
    (
        "both sides on a line",
        two(debit(ETH, 1, credit=1), credit(BANK, 1)),
        "line.items[0]",
    ),
    ("a negative debit", two(debit(ETH, -1), credit(BANK, -1)), "line.items[0].debit"),
    ("three decimals", two(debit(ETH, 0.125), credit(BANK, 0.125)), "line.items[0].debit"),
]


@pytest.mark.parametrize(
    ("payload", "path"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
async def test_a_business_rule_is_a_user_error_with_its_path(
    world: World, payload: Json, path: str | None
) -> None:
    assert refusal(await world.post(payload)) == (400, "USER_ERROR", path)
    assert world.sandbox.journals("1234567_SB1") == []


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (entry(tranDate="31.10.2026"), "tranDate"),
        (entry(tranDate="20261031"), "tranDate"),
        (entry(subsidiary="1"), "subsidiary"),
        (entry(line=[]), "line"),
        (entry(debit(ETH, "1"), credit(BANK, 1)), "line.items[0].debit"),
        (entry(approved="yes"), "approved"),
        (entry(memo=7), "memo"),
    ],
)
async def test_a_misshaped_property_is_invalid_content(
    world: World, payload: Json, path: str
) -> None:
    assert refusal(await world.post(payload)) == (400, "INVALID_CONTENT", path)


async def test_a_body_that_is_no_json_is_an_invalid_request(world: World) -> None:
    kind = {"Content-Type": "application/json"}
    reply = await world.call("POST", RECORD, content="{", headers=kind)
    assert (reply.status_code, code(reply)) == (400, "INVALID_REQUEST")
    reply = await world.call("POST", RECORD, content="<a/>", headers={"Content-Type": "text/xml"})
    assert (reply.status_code, code(reply)) == (400, "INVALID_REQUEST")


async def test_receivables_and_payables_take_their_own_kind_of_entity(world: World) -> None:
    await world.made(
        entry(
            debit(RECEIVABLE, 5, entity={"id": "502"}),
            credit(PAYABLE, 5, entity={"id": "602"}),
        )
    )


async def test_without_oneworld_a_subsidiary_is_refused(world: World) -> None:
    [five] = world.sandbox.credentials.in_force(SINGLE_COMPANY)
    await world.set(SINGLE_COMPANY, limits={"processing_ms": 0})
    signer = world.with_five(five)
    reply = await world.post(auth=signer)
    assert refusal(reply) == (400, "USER_ERROR", "subsidiary")
    plain = {name: value for name, value in entry().items() if name != "subsidiary"}
    assert (await world.post(plain, auth=signer)).status_code == 204


async def test_a_european_journal_is_in_euros_by_itself(world: World) -> None:
    id_ = await world.made(entry(debit(ETH, 5), credit("103", 5), subsidiary={"id": "2"}))
    shown = await world.read(id_)
    assert (shown["currency"]["id"], shown["exchangeRate"]) == ("2", 1)  # type: ignore[index]


async def test_a_foreign_journal_is_in_the_ledger_at_its_rate(world: World) -> None:
    await world.made(entry(currency={"id": "2"}, exchangeRate=1.5))
    totals = world.sandbox.account_totals("1234567_SB1")
    assert totals[0] == {
        "id": "101",
        "number": "1000",
        "name": "Operating Bank",
        "debit": "0",
        "credit": "150.38",
    }


async def test_required_dimensions_are_asked_for_by_name(world: World) -> None:
    await world.set(required_dimensions=["department", "cseg_fund"])
    reply = await world.post()
    assert refusal(reply) == (400, "USER_ERROR", "line.items[0].department")
    assert "Please enter value(s) for: Department." in detail(reply)
    filled: Json = {"department": {"id": "2"}}
    reply = await world.post(entry(debit(ETH, 1, **filled), credit(BANK, 1, **filled)))
    assert "Please enter value(s) for: Fund." in detail(reply)
    filled |= {"cseg_fund": {"id": "2"}, "class": {"id": "1"}, "location": {"id": "2"}}
    id_ = await world.made(entry(debit(ETH, 1, **filled), credit(BANK, 1, **filled)))
    line = (await world.read(id_))["line"]["items"][0]  # type: ignore[index]
    assert line["cseg_fund"]["refName"] == "Fund <II>"
    assert line["department"]["refName"] == "Research & Development"


async def test_a_locked_period_refuses_the_api_and_not_the_administrator(world: World) -> None:
    await world.set(periods={"49": {"locked": True}})
    reply = await world.post()
    assert refusal(reply) == (400, "USER_ERROR", "postingPeriod")
    assert (await world.http.post(f"{CONTROL}/journals", json=entry())).status_code == 201
    await world.set(periods={"49": {"closed": True}})
    assert (await world.http.post(f"{CONTROL}/journals", json=entry())).status_code == 400


async def test_with_approval_routing_a_journal_waits_and_is_not_posted(world: World) -> None:
    await world.set(approval_routing=True)
    id_ = await world.made()
    assert (await world.read(id_))["approvalStatus"] == {"id": "1", "refName": "Pending Approval"}
    assert world.sandbox.account_totals("1234567_SB1") == []
    reply = await world.post(entry(approvalStatus={"id": "2"}))
    assert (reply.status_code, code(reply)) == (403, "INSUFFICIENT_PERMISSION")
    url = f"{CONTROL}/journals/{id_}"
    assert (await world.http.patch(url, json={"approvalStatus": {"id": "2"}})).status_code == 200
    assert (await world.read(id_))["approvalStatus"]["id"] == "2"  # type: ignore[index]
    assert len(world.sandbox.account_totals("1234567_SB1")) == 2
    assert (await world.http.patch(url, json={"approvalStatus": {"id": "3"}})).status_code == 200
    assert (await world.read(id_))["approvalStatus"] == {"id": "3", "refName": "Rejected"}
    assert world.sandbox.account_totals("1234567_SB1") == []


async def test_with_the_approval_preference_approved_is_given_later(world: World) -> None:
    await world.set(journal_approvals=True)
    id_ = await world.made()
    assert (await world.read(id_))["approved"] is False
    await world.allow(Make_Journal_Entry="EDIT", Journal_Approval="EDIT")
    reply = await world.call("PATCH", f"{RECORD}/{id_}", json={"approved": True})
    assert reply.status_code == 204
    assert (await world.read(id_))["approved"] is True


async def test_permissions_reach_from_viewing_to_deleting(world: World) -> None:
    id_ = await world.made()
    url = f"{RECORD}/{id_}"
    assert (await world.call("PATCH", url, json={"memo": "x"})).status_code == 403
    await world.allow(Make_Journal_Entry="EDIT")
    assert (await world.call("PATCH", url, json={"memo": "x"})).status_code == 204
    assert (await world.call("DELETE", url)).status_code == 403
    await world.allow(Make_Journal_Entry="VIEW")
    assert (await world.call("GET", url)).status_code == 200
    assert (await world.post()).status_code == 403
    await world.allow(Make_Journal_Entry="NONE")
    assert (await world.call("GET", url)).status_code == 403


async def test_a_repeated_upsert_appends_its_lines_a_second_time(world: World) -> None:
    await world.allow(Make_Journal_Entry="EDIT")
    url = f"{RECORD}/eid:INT-0007"
    reply = await world.call("PUT", url, json=entry())
    assert reply.status_code == 204
    id_ = reply.headers["location"].rpartition("/")[2]
    again = await world.call("PUT", url, json=entry())
    assert again.headers["location"] == reply.headers["location"]
    assert len((await world.read(id_))["line"]["items"]) == 4  # type: ignore[index]
    await world.call("PUT", f"{url}?replace=line", json=entry())
    assert len((await world.read(id_))["line"]["items"]) == 2  # type: ignore[index]


async def test_a_patch_changes_the_lines_it_names(world: World) -> None:
    await world.allow(Make_Journal_Entry="EDIT")
    id_ = await world.made()
    lines: list[Json] = [{"line": 1, "debit": 7}, {"line": 2, "credit": 8}]
    reply = await world.call("PATCH", f"{RECORD}/{id_}", json={"line": {"items": lines}})
    assert "must balance" in detail(reply)
    lines += [debit(NETWORK_FEES, 1)]
    reply = await world.call("PATCH", f"{RECORD}/{id_}", json={"line": {"items": lines}})
    assert reply.status_code == 204
    shown = (await world.read(id_))["line"]["items"]  # type: ignore[index]
    assert [line.get("debit") for line in shown] == [7, None, 1]


async def test_other_resources_are_not_found(world: World) -> None:
    paths = ("/netsuite/services/rest/record/v1/invoice", f"{RECORD}/1")
    for method, path in (("GET", paths[0]), ("POST", paths[1]), ("GET", RECORD)):
        assert (await world.call(method, path)).status_code == 404


async def test_the_metadata_catalogue_knows_what_the_account_has(world: World) -> None:
    path = "/netsuite/services/rest/record/v1/metadata-catalog"
    assert "journalEntry" in (await world.call("GET", path)).text
    schema = (await world.call("GET", f"{path}/journalEntry")).json()
    assert "subsidiary" in schema["properties"]
    line = schema["properties"]["line"]["properties"]["items"]["items"]["properties"]
    assert {"debit", "credit", "entity", "cseg_fund"} <= set(line)
    await world.set(one_world=False)
    schema = (await world.call("GET", f"{path}/journalEntry")).json()
    assert "subsidiary" not in schema["properties"]
    assert (await world.call("GET", f"{path}/invoice")).status_code == 404
