"""The Xero sandbox takes, refuses and changes manual journals as Xero does."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.xero import HARBOR_STREET, SECOND_ORGANISATION
from sandbox.xero.charts import account_id
from sandbox.xero.organisation import Status
from tests.unit.sandbox.xero_support import Json, World, journal, line, messages, new_world

ETH = account_id(1, 112)
IN_TRANSIT = account_id(1, 116)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


async def test_a_posted_journal_is_answered_with_200_ids_and_its_lines(world: World) -> None:
    tracking = [{"Name": "Region", "Option": "Lisbon & Porto"}]
    reply = await world.write(
        journal(line("112", 100.25, Description="ETH", Tracking=tracking), line("101", -100.25))
    )
    body = reply.json()
    assert (reply.status_code, body["Status"]) == (200, "OK")
    assert body["DateTimeUTC"].startswith("/Date(")
    [made] = body["ManualJournals"]
    assert made["Date"] == "/Date(1793404800000+0000)/"
    assert (made["Status"], made["StatusAttributeString"]) == ("POSTED", "OK")
    debit, credit = made["JournalLines"]
    assert (debit["LineAmount"], credit["LineAmount"]) == (100.25, -100.25)
    assert (debit["AccountID"], debit["AccountCode"]) == (ETH, "112")
    assert (debit["IsBlank"], debit["TaxAmount"]) == (False, 0)
    assert debit["Tracking"][0]["Option"] == "Lisbon & Porto"
    read = await world.call("GET", f"ManualJournals/{made['ManualJournalID']}")
    [shown] = read.json()["ManualJournals"]
    assert {**shown, "StatusAttributeString": "OK"} == made


async def test_without_a_status_nothing_reaches_the_ledger(world: World) -> None:
    payload = journal()
    del payload["Status"]
    [made] = await world.made(payload)
    assert made["Status"] == "DRAFT"
    assert world.sandbox.account_totals(HARBOR_STREET) == []


async def test_one_journal_may_be_sent_without_a_list(world: World) -> None:
    reply = await world.call("PUT", "ManualJournals", json=journal())
    assert reply.status_code == 200
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_more_journals_at_once_than_xero_advises_are_refused(world: World) -> None:
    refused = await world.write(*(journal() for _ in range(51)))
    assert refused.status_code == 413
    assert world.sandbox.journals(HARBOR_STREET) == []
    assert (await world.write(*(journal() for _ in range(50)))).status_code == 200


async def test_an_account_without_a_code_is_named_by_its_id(world: World) -> None:
    [made] = await world.made(
        journal({"AccountID": IN_TRANSIT.upper(), "LineAmount": 5}, line("101", -5))
    )
    lines = made["JournalLines"]
    assert isinstance(lines, list)
    assert lines[0]["AccountID"] == IN_TRANSIT
    assert "AccountCode" not in lines[0]


def not_valid(code: str) -> str:
    return f"Account code '{code}' is not a valid code for this document."


def two(code: str) -> Json:
    return journal(line(code, 5), line("101", -5))


REFUSALS = {
    "no narration": (journal(Narration=" "), "Narration"),
    "one line": (journal(line("112", 0)), "at least two"),
    "no lines": (journal(JournalLines=[]), "at least two"),
    "an unbalanced journal": (
        journal(line("112", 100), line("101", -10)),
        "The total debits (100.00) must equal total credits (-10.00)",
    ),
    "an unknown code": (two("12345"), not_valid("12345")),
    "an unknown id": (journal({"AccountID": "x", "LineAmount": 5}, line("101", -5)), "not a valid"),
    "an id of another organisation": (
        journal({"AccountID": account_id(2, 112), "LineAmount": 5}, line("101", -5)),
        "not a valid",
    ),
    "no account": (journal({"LineAmount": 5}, line("101", -5)), "must be specified"),
    "an archived account": (two("999"), "Account code '999' has been archived"),
    "a bank account": (two("090"), not_valid("090")),
    "an inventory account": (two("630"), not_valid("630")),
    "receivables": (two("610"), not_valid("610")),
    "payables": (two("800"), not_valid("800")),
    "bank revaluations": (two("497"), not_valid("497")),
    "unrealised currency gains": (two("498"), not_valid("498")),
    "tracking transfers": (two("877"), not_valid("877")),
    "unpaid expense claims": (two("801"), not_valid("801")),
    "wages payable": (two("803"), not_valid("803")),
    "retained earnings": (two("960"), not_valid("960")),
    "no amount": (journal({"AccountCode": "112"}, line("101", -5)), "LineAmount"),
    "a third decimal": (journal(line("112", "5.001"), line("101", "-5.001")), "decimal"),
    "a date that is none": (journal(Date="31/10/2026"), "Date"),
    "a status that is none": (journal(Status="FINAL"), "Status"),
    "a status to end with": (journal(Status="VOIDED"), "cannot be given the status VOIDED"),
    "line amount types that are none": (journal(LineAmountTypes="Gross"), "LineAmountTypes"),
    "an unknown tax type": (
        journal(line("112", 5, TaxType="VAT"), line("101", -5)),
        "The TaxType code 'VAT'",
    ),
    "a tax that is not modelled": (
        journal(line("112", 5, TaxType="INPUT"), line("101", -5), LineAmountTypes="Exclusive"),
        "The TaxType code 'INPUT' cannot be used with account code '112'",
    ),
    "an unknown tracking option": (
        journal(line("112", 5, Tracking=[{"Name": "Region", "Option": "West"}]), line("101", -5)),
        "tracking option",
    ),
    "an archived tracking option": (
        journal(line("112", 5, Tracking=[{"Name": "Region", "Option": "South"}]), line("101", -5)),
        "tracking option",
    ),
    "three tracking categories": (
        journal(
            line("112", 5, Tracking=[{"Name": "Region", "Option": "North"}] * 3),
            line("101", -5),
        ),
        "at most two",
    ),
    "a link into Xero": (journal(Url="https://go.xero.com/x"), "Url"),
    "a link that is none": (journal(Url="here"), "Url"),
}


@pytest.mark.parametrize(("payload", "words"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_journal_is_refused_with_its_message_and_not_kept(
    world: World, payload: Json, words: str
) -> None:
    [element] = await world.made(payload)
    assert (element["StatusAttributeString"], element["HasErrors"]) == ("ERROR", True)
    assert any(words in message for message in messages(element)), messages(element)
    assert world.sandbox.journals(HARBOR_STREET) == []


@pytest.mark.parametrize("code", ["499", "840", "860", "820", "611", "103"])
async def test_other_system_accounts_and_clearing_accounts_are_taken(
    world: World, code: str
) -> None:
    [element] = await world.made(two(code))
    assert element["StatusAttributeString"] == "OK"


@pytest.mark.parametrize(
    ("code", "switch", "value"),
    [
        ("960", "refuse_retained_earnings", False),
        ("860", "refuse_rounding", True),
        ("820", "refuse_tax_accounts", True),
    ],
)
async def test_what_xero_leaves_open_has_a_switch(
    world: World, code: str, switch: str, value: bool
) -> None:
    switches: Json = {switch: value}
    await world.set(HARBOR_STREET, **switches)
    [element] = await world.made(two(code))
    assert element["StatusAttributeString"] == ("ERROR" if value else "OK")


@pytest.mark.parametrize(
    ("setting", "name"),
    [("period_lock_date", "period lock"), ("end_of_year_lock_date", "end of year lock")],
)
async def test_a_journal_on_or_before_a_lock_date_is_refused(
    world: World, setting: str, name: str
) -> None:
    lock: Json = {setting: "2026-10-31"}
    await world.set(HARBOR_STREET, **lock)
    [element] = await world.made(journal())
    assert messages(element) == [
        f"The document date cannot be before the {name} date, currently set at 31 Oct 2026"
    ]
    [element] = await world.made(journal(Date="2026-11-01"))
    assert element["StatusAttributeString"] == "OK"


async def test_the_period_lock_date_alone_does_not_bind_an_adviser(world: World) -> None:
    await world.set(period_lock_date="2026-10-31", adviser=True)
    [element] = await world.made(journal())
    assert element["StatusAttributeString"] == "OK"
    await world.set(end_of_year_lock_date="2026-10-31")
    [element] = await world.made(journal())
    assert element["StatusAttributeString"] == "ERROR"


async def test_without_summarised_errors_outcomes_come_by_position(world: World) -> None:
    elements = await world.made(
        journal(Narration="A"), journal(line("112", 1), line("101", -2)), journal(Narration="C")
    )
    assert [it["StatusAttributeString"] for it in elements] == ["OK", "ERROR", "OK"]
    assert [it.narration for it in world.sandbox.journals(HARBOR_STREET)] == ["A", "C"]


@pytest.mark.parametrize("summarize", [None, "true"])
async def test_summarised_errors_refuse_the_whole_request(
    world: World, summarize: str | None
) -> None:
    bad = journal(line("112", 1), line("101", -2))
    reply = await world.write(journal(), bad, summarize=summarize)
    assert reply.status_code == 400
    body = reply.json()
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    [element] = body["Elements"]
    assert messages(element) == ["The total debits (1.00) must equal total credits (-2.00)"]
    assert world.sandbox.journals(HARBOR_STREET) == []


async def test_whether_a_summarised_refusal_keeps_the_good_ones_is_a_switch(world: World) -> None:
    await world.set(summarized_keeps_good=True)
    assert (await world.write(journal(), journal(Narration=""), summarize=None)).status_code == 400
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_a_body_that_cannot_be_read_or_is_empty_is_refused(world: World) -> None:
    reply = await world.call("PUT", "ManualJournals", content=b"{")
    assert (reply.status_code, reply.json()["ErrorNumber"]) == (400, 14)
    empty: list[Json] = [{}, {"ManualJournals": []}]
    for body in empty:
        reply = await world.call("PUT", "ManualJournals", json=body)
        assert (reply.status_code, reply.json()["Type"]) == (400, "NoDataProcessedException")
    reply = await world.call("PUT", "ManualJournals", content=b" " * 10_000_001)
    assert reply.status_code == 413


async def test_post_updates_what_has_an_id_and_keeps_what_is_left_out(world: World) -> None:
    [made] = await world.made(journal(Status="DRAFT"))
    id_ = str(made["ManualJournalID"])
    [changed] = await world.made({"ManualJournalID": id_, "Status": "POSTED"}, method="POST")
    assert (changed["Status"], changed["Narration"]) == ("POSTED", made["Narration"])
    assert changed["JournalLines"] == made["JournalLines"]
    reply = await world.call("POST", f"ManualJournals/{id_}", json={"Status": "VOIDED"})
    assert reply.json()["ManualJournals"][0]["Status"] == "VOIDED"
    [refused] = await world.made({"ManualJournalID": id_, "Status": "POSTED"}, method="POST")
    assert refused["StatusAttributeString"] == "ERROR"
    [refused] = await world.made({"ManualJournalID": "none", "Status": "POSTED"}, method="POST")
    assert refused["StatusAttributeString"] == "ERROR"
    reply = await world.call("POST", "ManualJournals/none", json={"Status": "VOIDED"})
    assert reply.status_code == 404


async def test_put_always_makes_a_new_journal(world: World) -> None:
    [made] = await world.made(journal())
    await world.made(journal(ManualJournalID=made["ManualJournalID"]))
    assert len(world.sandbox.journals(HARBOR_STREET)) == 2


async def test_only_manual_journals_can_be_written(world: World) -> None:
    world.connect(scope="accounting.settings accounting.contacts accounting.manualjournals")
    assert (await world.call("PUT", "Accounts", json={})).status_code == 405
    assert (await world.call("POST", "Contacts", json={})).status_code == 405
    assert (await world.call("DELETE", "ManualJournals")).status_code == 405


# --- Idempotency ---------------------------------------------------------------


async def test_a_repeated_key_is_answered_as_before_and_makes_nothing(world: World) -> None:
    first = await world.write(key="k-1")
    world.clock.advance(359)
    again = await world.write(key="k-1")
    assert again.json() == first.json()
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_after_six_minutes_a_repeated_key_makes_a_second_journal(world: World) -> None:
    await world.write(key="k-1")
    world.clock.advance(360)
    await world.write(key="k-1")
    assert len(world.sandbox.journals(HARBOR_STREET)) == 2


async def test_a_refusal_is_remembered_too(world: World) -> None:
    await world.set(period_lock_date="2026-12-31")
    assert (await world.write(key="k-1", summarize="true")).status_code == 400
    await world.set(period_lock_date=None)
    assert (await world.write(key="k-1", summarize="true")).status_code == 400
    assert (await world.write(key="k-2", summarize="true")).status_code == 200


async def test_a_key_belongs_to_one_request(world: World) -> None:
    world.connect(HARBOR_STREET, SECOND_ORGANISATION)
    await world.write(key="k-1")
    for other in (
        await world.write(journal(Narration="Other"), key="k-1"),
        await world.write(key="k-1", method="POST"),
        await world.write(key="k-1", summarize="true"),
        await world.write(key="k-1", tenant=SECOND_ORGANISATION),
    ):
        assert other.status_code == 400
        assert "different request" in other.json()["Detail"]
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


async def test_a_key_has_at_most_128_characters(world: World) -> None:
    assert (await world.write(key="k" * 128)).status_code == 200
    assert (await world.write(key="k" * 129)).status_code == 400
    assert len(world.sandbox.journals(HARBOR_STREET)) == 1


# --- Amounts -------------------------------------------------------------------


@given(cents=st.lists(st.integers(min_value=1, max_value=10**11), min_size=1, max_size=6))
async def test_any_balanced_journal_keeps_every_cent_it_was_sent_with(cents: list[int]) -> None:
    amounts = [Decimal(it) / 100 for it in cents]
    lines = [line("112", str(amount)) for amount in amounts]
    async with new_world() as world:
        await world.made(journal(*lines, line("101", str(-sum(amounts)))))
        [kept] = world.sandbox.journals(HARBOR_STREET)
        assert kept.status is Status.POSTED
        assert [it.amount for it in kept.lines] == [*amounts, -sum(amounts)]
        [credit, debit] = world.sandbox.account_totals(HARBOR_STREET)
        assert isinstance(debit, dict)
        assert isinstance(credit, dict)
        assert Decimal(str(debit["debit"])) == sum(amounts) == Decimal(str(credit["credit"]))
