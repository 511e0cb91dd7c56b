"""The QuickBooks sandbox takes, refuses, changes and deletes journals as QuickBooks does."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from sandbox.quickbooks import HARBOR_STREET, SECOND_COMPANY
from tests.unit.sandbox.quickbooks_support import (
    Json,
    World,
    codes,
    credit,
    debit,
    entry,
    new_world,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


def customer(id_: str) -> Json:
    return {"Type": "Customer", "EntityRef": {"value": id_}}


def vendor(id_: str) -> Json:
    return {"Type": "Vendor", "EntityRef": {"value": id_}}


async def test_a_created_journal_is_answered_with_200_line_ids_and_a_total_of_zero(
    world: World,
) -> None:
    reply = await world.post(
        entry(
            debit("12", 100.25, ClassRef={"value": "301"}, DepartmentRef={"value": "2"}),
            credit("30", 100.25, Entity=vendor("201")),
            DocNumber="INT-AB2C-00001-103126",
            PrivateNote="Rollup",
        ),
        minorversion="75",
    )
    assert reply.status_code == 200
    made = reply.json()["JournalEntry"]
    assert made["SyncToken"] == "0"
    assert made["TotalAmt"] == 0
    assert [row["Id"] for row in made["Line"]] == ["0", "1"]
    assert [row["Amount"] for row in made["Line"]] == [100.25, 100.25]
    account = made["Line"][0]["JournalEntryLineDetail"]["AccountRef"]
    assert account == {"value": "12", "name": "Digital Assets:ETH"}
    assert (
        made["Line"][1]["JournalEntryLineDetail"]["Entity"]["EntityRef"]["name"] == "Alchemy Nodes"
    )
    read = await world.call("GET", f"journalentry/{made['Id']}")
    assert read.json()["JournalEntry"] == made


async def test_amounts_keep_every_digit_that_was_sent(world: World) -> None:
    text = '{"TxnDate":"2026-10-31","CurrencyRef":{"value":"USD"},"Line":[%s,%s]}'
    row = (
        '{"DetailType":"JournalEntryLineDetail","Amount":9999999999.12345,'
        '"JournalEntryLineDetail":{"PostingType":"%s","AccountRef":{"value":"%s"}}}'
    )
    body = text % (row % ("Debit", "12"), row % ("Credit", "1"))
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/json"}
    url = f"/quickbooks/v3/company/{HARBOR_STREET}/journalentry"
    reply = await world.http.post(
        url, content=body, headers=headers | {"Accept": "application/json"}
    )
    assert "9999999999.12345" in reply.text
    [kept] = world.sandbox.journals(HARBOR_STREET)
    assert kept.lines[0].amount == Decimal("9999999999.12345")


async def test_properties_that_say_nothing_are_taken(world: World) -> None:
    rows = [
        {
            **side(account, 5, TaxApplicableOn="Sales", TaxAmount=0),
            "LinkedTxn": [],
            "CustomField": [],
        }
        for side, account in ((debit, "12"), (credit, "1"))
    ]
    assert (await world.post(entry(*rows))).status_code == 200


REFUSALS = {
    "no lines": (entry(Line=[]), "2020"),
    "an amount is missing": (entry({"DetailType": "JournalEntryLineDetail"}), "2020"),
    "an unknown property": (entry(Narration="x"), "2010"),
    "an amount of tax": (entry(debit("12", 5, TaxAmount=1), credit("1", 5)), "2010"),
    "a tax code": (entry(debit("12", 5, TaxCodeRef={"value": "1"}), credit("1", 5)), "2010"),
    "an unknown side of tax": (entry(debit("12", 5, TaxApplicableOn="Both")), "2170"),
    "a linked transaction": (entry({**debit("12", 5), "LinkedTxn": [{"TxnId": "1"}]}), "2010"),
    "a long number": (entry(DocNumber="x" * 22), "2050"),
    "a long memo": (entry(PrivateNote="x" * 4001), "2050"),
    "an unknown posting type": (
        entry(
            {
                "DetailType": "JournalEntryLineDetail",
                "Amount": 1,
                "JournalEntryLineDetail": {"PostingType": "debit", "AccountRef": {"value": "1"}},
            }
        ),
        "2170",
    ),
    "a negative amount": (entry(debit("12", -5), credit("1", -5)), "2090"),
    "an amount too large": (entry(debit("12", 10**10), credit("1", 10**10)), "2090"),
    "an amount too fine": (entry(debit("12", "0.000001"), credit("1", "0.000001")), "2090"),
    "a date that is none": (entry(TxnDate="31/10/2026"), "2080"),
    "an unknown account": (entry(debit("999", 5), credit("1", 5)), "610"),
    "an inactive account": (entry(debit("90", 5), credit("1", 5)), "610"),
    "an account by name": (entry(debit("BTC", 5), credit("1", 5)), "2500"),
    "an unknown customer": (entry(debit("20", 5, Entity=customer("999")), credit("1", 5)), "2500"),
    "an inactive customer": (entry(debit("20", 5, Entity=customer("105")), credit("1", 5)), "610"),
    "an unknown class": (entry(debit("12", 5, ClassRef={"value": "9"}), credit("1", 5)), "2500"),
    "an unknown location": (
        entry(debit("12", 5, DepartmentRef={"value": "9"}), credit("1", 5)),
        "2500",
    ),
    "an unbalanced entry": (entry(debit("12", 5), credit("1", 4.99)), "6000"),
    "only debits": (entry(debit("12", 5)), "6000"),
    "a receivable without a customer": (entry(debit("20", 5), credit("1", 5)), "6000"),
    "a receivable of a vendor": (
        entry(debit("20", 5, Entity=vendor("201")), credit("1", 5)),
        "6000",
    ),
    "a payable without a vendor": (entry(debit("12", 5), credit("30", 5)), "6000"),
    "an account of another currency": (entry(debit("3", 5), credit("1", 5)), "6000"),
    "no currency in a multicurrency company": (entry(CurrencyRef={}), "2020"),
    "a currency the company has not": (entry(CurrencyRef={"value": "JPY"}), "2500"),
    "too many lines": (
        entry(
            *[debit("12", 1)] * 5000, *[credit("1", 1)] * 5000, {"DetailType": "DescriptionOnly"}
        ),
        "6000",
    ),
}


@pytest.mark.parametrize(("payload", "code"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_journal_is_refused_with_its_code_and_not_kept(
    world: World, payload: Json, code: str
) -> None:
    reply = await world.post(payload)
    assert reply.status_code == 400
    assert reply.json()["Fault"]["type"] == "ValidationFault"
    assert codes(reply)[0] == code
    assert world.sandbox.journals(HARBOR_STREET) == []


async def test_all_structural_errors_are_reported_together(world: World) -> None:
    reply = await world.post(entry(DocNumber="x" * 22, Line=[]))
    assert sorted(codes(reply)) == ["2020", "2050"]


async def test_a_body_that_is_no_object_is_refused(world: World) -> None:
    for content in (b"[]", b"{", b'{"TxnDate": NaN}'):
        headers = {"Content-Type": "application/json"}
        url = f"/quickbooks/v3/company/{HARBOR_STREET}/journalentry"
        headers |= {"Authorization": f"Bearer {world.token}", "Accept": "application/json"}
        assert codes(await world.http.post(url, content=content, headers=headers)) == ["2010"]


async def test_ten_thousand_lines_are_accepted(world: World) -> None:
    payload = entry(*[debit("12", 1)] * 5000, *[credit("1", 1)] * 5000)
    assert (await world.post(payload)).status_code == 200


async def test_a_euro_journal_may_use_euro_and_dollar_accounts(world: World) -> None:
    payload = entry(debit("3", 5), credit("1", 5), CurrencyRef={"value": "EUR"}, ExchangeRate=1.1)
    reply = await world.post(payload)
    assert reply.json()["JournalEntry"]["ExchangeRate"] == 1.1


async def test_without_multicurrency_another_currency_is_refused_and_none_is_needed(
    world: World,
) -> None:
    world.connect(SECOND_COMPANY)
    payload = entry(CurrencyRef={"value": "USD"})
    reply = await world.call("POST", "journalentry", realm=SECOND_COMPANY, json=payload)
    assert codes(reply) == ["6000"]
    del payload["CurrencyRef"]
    reply = await world.call("POST", "journalentry", realm=SECOND_COMPANY, json=payload)
    assert reply.json()["JournalEntry"]["CurrencyRef"]["value"] == "GBP"


async def test_two_receivable_lines_are_refused_only_behind_the_switch(world: World) -> None:
    payload = entry(debit("20", 5, Entity=customer("101")), credit("20", 5, Entity=customer("102")))
    assert (await world.post(payload)).status_code == 200
    await world.set(single_receivable_line=True)
    assert codes(await world.post(payload)) == ["6000"]


async def test_a_date_in_closed_books_is_refused_and_the_day_after_is_not(world: World) -> None:
    await world.set(book_close_date="2026-10-31")
    assert codes(await world.post(entry(TxnDate="2026-10-31"))) == ["6210"]
    assert (await world.post(entry(TxnDate="2026-11-01"))).status_code == 200


async def test_a_repeated_number_is_refused_only_where_the_company_minds(world: World) -> None:
    payload = entry(DocNumber="A-1")
    assert (await world.post(payload)).status_code == 200
    assert (await world.post(payload)).status_code == 200
    await world.set(warn_duplicate_journal_number=True)
    reply = await world.post(payload)
    assert codes(reply) == ["6140"]
    assert (await world.post(payload, include="allowduplicatedocnum")).status_code == 200


async def test_a_number_is_given_only_when_asked_for(world: World) -> None:
    assert "DocNumber" not in (await world.post()).json()["JournalEntry"]
    assert "DocNumber" in (await world.post(include="allowautodocnum")).json()["JournalEntry"]


async def test_a_company_whose_subscription_ended_refuses_everything(world: World) -> None:
    await world.set(subscription_ended=True)
    assert codes(await world.post()) == ["6190"]
    assert codes(await world.query("SELECT * FROM Account")) == ["6190"]


async def test_a_fault_may_come_with_status_200(world: World) -> None:
    await world.set(faults_as_200=True)
    reply = await world.post(entry(debit("12", 1)))
    assert (reply.status_code, codes(reply)) == (200, ["6000"])


async def test_the_same_requestid_is_answered_as_before_and_posts_once(world: World) -> None:
    first = await world.post(requestid="r-1")
    world.clock.advance(30)
    again = await world.post(requestid="r-1")
    assert again.json() == first.json()
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1
    assert (await world.post(requestid="r-2")).json() != first.json()


async def test_a_requestid_with_another_body_is_still_answered_as_before(world: World) -> None:
    first = await world.post(requestid="r-1")
    other = entry(DocNumber="OTHER")
    assert (await world.post(other, requestid="r-1")).json() == first.json()
    await world.set(refuse_changed_replay=True)
    assert codes(await world.post(other, requestid="r-1")) == ["6000"]
    assert (await world.post(requestid="r-1")).json() == first.json()


async def test_a_requestid_belongs_to_one_company(world: World) -> None:
    await world.post(requestid="r-1")
    world.connect(SECOND_COMPANY)
    payload = entry(CurrencyRef={"value": "GBP"})
    params = {"requestid": "r-1"}
    await world.call("POST", "journalentry", realm=SECOND_COMPANY, json=payload, params=params)
    assert len(world.sandbox.journals(SECOND_COMPANY)) == 1


async def test_a_refused_request_is_tried_again_unless_the_switch_replays_faults(
    world: World,
) -> None:
    bad = entry(debit("12", 1))
    assert (await world.post(bad, requestid="r-1")).status_code == 400
    assert (await world.post(requestid="r-1")).status_code == 200
    await world.set(replay_faults=True)
    assert (await world.post(bad, requestid="r-2")).status_code == 400
    assert (await world.post(requestid="r-2")).status_code == 400


async def test_a_requestid_is_forgotten_after_its_time(world: World) -> None:
    await world.set(requestid_memory_s=60)
    await world.post(requestid="r-1")
    world.clock.advance(61)
    await world.post(requestid="r-1")
    assert len(world.sandbox.journals(HARBOR_STREET)) == 2


async def test_a_requestid_has_at_most_fifty_characters(world: World) -> None:
    assert (await world.post(requestid="r" * 50)).status_code == 200
    assert codes(await world.post(requestid="r" * 51)) == ["2050"]


async def test_a_full_update_clears_what_it_leaves_out(world: World) -> None:
    made = (await world.post(entry(DocNumber="A-1", PrivateNote="memo"))).json()["JournalEntry"]
    reply = await world.post(entry(Id=made["Id"], SyncToken="0", DocNumber="A-2"))
    changed = reply.json()["JournalEntry"]
    assert (changed["Id"], changed["SyncToken"], changed["DocNumber"]) == (made["Id"], "1", "A-2")
    assert "PrivateNote" not in changed


async def test_a_sparse_update_changes_only_what_it_sends(world: World) -> None:
    made = (await world.post(entry(DocNumber="A-1", PrivateNote="memo"))).json()["JournalEntry"]
    sent = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "other"}
    changed = (await world.post(sent)).json()["JournalEntry"]
    assert (changed["DocNumber"], changed["PrivateNote"]) == ("A-1", "other")
    assert changed["Line"] == made["Line"]


async def test_an_old_sync_token_is_stale(world: World) -> None:
    made = (await world.post()).json()["JournalEntry"]
    await world.post(entry(Id=made["Id"], SyncToken="0"))
    assert codes(await world.post(entry(Id=made["Id"], SyncToken="0"))) == ["5010"]
    assert codes(await world.post(entry(Id="99999", SyncToken="0"))) == ["610"]
    assert codes(await world.post(entry(Id=made["Id"]))) == ["2020"]


async def test_a_deleted_journal_is_gone_and_its_id_is_not_used_again(world: World) -> None:
    made = (await world.post()).json()["JournalEntry"]
    sent = {"Id": made["Id"], "SyncToken": "0"}
    reply = await world.post(sent, operation="delete")
    assert reply.json()["JournalEntry"] == {"status": "Deleted", "domain": "QBO", "Id": made["Id"]}
    assert codes(await world.call("GET", f"journalentry/{made['Id']}")) == ["610"]
    assert (await world.post()).json()["JournalEntry"]["Id"] != made["Id"]


async def test_a_journal_in_closed_books_cannot_be_changed_or_deleted(world: World) -> None:
    made = (await world.post()).json()["JournalEntry"]
    await world.set(book_close_date="2026-12-31")
    sent = entry(Id=made["Id"], SyncToken="0", TxnDate="2027-01-05")
    assert codes(await world.post(sent)) == ["6210"]
    assert codes(await world.post(sent, operation="delete")) == ["6210"]


async def test_paths_are_case_sensitive_and_other_writes_unsupported(world: World) -> None:
    assert codes(await world.call("POST", "JournalEntry", json=entry())) == ["500"]
    assert codes(await world.call("POST", "account", json={"Name": "x"})) == ["500"]
    assert codes(await world.post(entry(), operation="void")) == ["500"]


async def test_answers_are_xml_unless_json_is_asked_for(world: World) -> None:
    reply = await world.call("GET", "account/71", accept="*/*")
    assert reply.headers["content-type"].startswith("application/xml")
    assert "<Name>Legal &amp; Professional Fees</Name>" in reply.text
    refused = await world.call("GET", "account/999", accept="application/xml")
    assert '<Fault type="ValidationFault"><Error code="610"' in refused.text
