"""Preflight: everything that would keep an entry out of the books, all of it at once."""

from dataclasses import replace
from datetime import date

from ledger.books import Dimension, DimensionValue
from ledger.dimensions import EVERYWHERE, DimensionChoices
from ledger.entries import Role
from ledger.mapped import MappedEntry
from ledger.mapping import Mapping
from ledger.preflight import (
    PreflightFacts,
    TextLimits,
    check_all,
    check_company,
    check_entry,
    prepare,
)
from tests.unit.ledger.charts import (
    BOOKS,
    FACTS,
    MAPPING,
    ROLES,
    account,
    books_with,
    entries,
    mapped,
    rules,
)
from tests.unit.ledger.journals import journal, tx

PAY = tx("withdrawal", from_account="Bank", sent="5 USD", category="Payroll")
BILL = tx(
    "withdrawal", from_account="Bank", sent="5 USD", category="Payables", counterparty="No one"
)
CLASS = Dimension(
    key="class", name="Class", is_required=True, values=(DimensionValue(erp_id="9", name="Ops"),)
)


def _entry() -> MappedEntry:
    (entry,) = entries(journal(PAY))
    return entry


def _codes(entry: MappedEntry, facts: PreflightFacts = FACTS) -> list[str]:
    return [p.code.value for p in check_entry(entry, facts)]


def test_a_sound_entry_passes_and_is_frozen_as_it_is() -> None:
    assert _codes(_entry()) == []
    prepared = prepare(
        _entry(), company="quickbooks:1", number="INT-7K2M-00001-011525", books=BOOKS
    )
    assert prepared.memo == "Withdrawal 5 USD t1"
    assert [(p.account_label, str(p.money)) for p in prepared.postings] == [
        ("5100 Payroll", "5.00 USD"), ("1000 Bank", "5.00 USD"),
    ]  # fmt: skip
    assert [m.transaction_id for m in prepared.members] == ["t1"]


def test_every_finding_is_reported_once_and_in_order() -> None:
    facts = replace(
        FACTS,
        books=books_with(
            functional_currency="EUR",
            lock_date=date(2025, 1, 31),
            accounts=(account("1000", "Bank", is_active=False),),
            dimensions=(CLASS,),
        ),
        limits=TextLimits(entry_memo=10, posting_memo=5),
        stale_sources=frozenset({"test"}),
    )
    assert _codes(_entry(), facts) == [
        "source_not_live", "currency_mismatch", "account_deleted", "account_inactive",
        "dimension_required", "period_closed", "text_too_long", "text_too_long",
    ]  # fmt: skip


def test_the_day_of_the_lock_date_is_closed_and_the_next_is_open() -> None:
    def codes(lock_date: date) -> list[str]:
        return _codes(_entry(), replace(FACTS, books=books_with(lock_date=lock_date)))

    assert codes(date(2025, 1, 15)) == ["period_closed"]
    assert codes(date(2025, 1, 14)) == []


def test_payables_without_a_vendor_are_blocked_and_say_who_was_named() -> None:
    (item,) = check_all(mapped(journal(BILL)), FACTS)
    assert item.entry is None
    (problem,) = item.problems
    assert (problem.code.value, problem.transaction_id) == ("contact_required", "t1")
    assert dict(problem.facts) == {"needs": "a vendor", "counterparty": "No one"}


def _with_class(value_id: str) -> MappedEntry:
    chosen = DimensionChoices(defaults={("class", EVERYWHERE): value_id})
    (entry,) = entries(journal(PAY), rules(dimensions=chosen))
    return entry


def test_a_required_dimension_blocks_until_every_posting_has_it() -> None:
    facts = replace(FACTS, books=books_with(dimensions=(CLASS,)))
    assert _codes(_with_class("9"), facts) == []
    (problem,) = check_entry(_entry(), facts)
    assert (problem.code.value, problem.subject) == ("dimension_required", "Class")
    assert dict(problem.facts) == {"posting on": "5100 Payroll"}
    optional = replace(CLASS, is_required=False)
    assert _codes(_entry(), replace(FACTS, books=books_with(dimensions=(optional,)))) == []


def test_a_value_that_the_erp_would_not_take_blocks_and_is_named() -> None:
    old = DimensionValue(erp_id="8", name="Old desk", is_active=False)
    known = replace(CLASS, values=(*CLASS.values, old))
    facts = replace(FACTS, books=books_with(dimensions=(known,)))
    found = {value_id: check_entry(_with_class(value_id), facts) for value_id in ("8", "777")}
    assert {
        (p.code.value, p.subject, dict(p.facts)["value"]) for ps in found.values() for p in ps
    } == {("dimension_refused", "Class", "Old desk"), ("dimension_refused", "Class", "777")}


def test_a_default_of_a_dimension_that_is_switched_off_blocks() -> None:
    assert _codes(_with_class("9"), FACTS) == ["dimension_refused"]


def test_the_number_in_front_of_the_memo_counts_for_its_length() -> None:
    memo = len(_entry().memo)
    assert (
        _codes(_entry(), replace(FACTS, limits=TextLimits(entry_memo=memo + 24, posting_memo=99)))
        == []
    )
    assert _codes(
        _entry(), replace(FACTS, limits=TextLimits(entry_memo=memo + 23, posting_memo=99))
    ) == ["text_too_long"]


def test_blocked_transactions_leave_the_others_alone() -> None:
    good = tx("deposit", row="t2", to_account="Bank", received="1 USD", category="Income")
    found = check_all(mapped(journal(BILL, good)), FACTS)
    assert [item.entry is not None for item in found] == [False, True]


def test_a_company_needs_settings_for_proceeds_fees_gains_and_losses() -> None:
    assert check_company(FACTS, mapping=MAPPING) == ()
    some = Mapping(roles={Role.PROCEEDS: "1010", Role.GAINS: "7000", Role.LOSSES: "7010"})
    found = check_company(FACTS, mapping=some)
    assert [(p.code.value, p.subject) for p in found] == [
        ("settings_incomplete", "trading fees"), ("settings_incomplete", "network fees"),
    ]  # fmt: skip
    unsaved = check_company(FACTS, mapping=Mapping(roles=ROLES), settings_saved=False)
    assert [p.code.value for p in unsaved] == ["settings_incomplete"]


def test_a_company_of_another_currency_or_with_a_dead_source_is_not_ready() -> None:
    facts = replace(
        FACTS,
        books=books_with(functional_currency="GBP"),
        stale_sources=frozenset({"Kraken", "Coinbase"}),
    )
    assert [(p.code.value, p.subject) for p in check_company(facts, mapping=MAPPING)] == [
        ("currency_mismatch", "Acme Inc"),
        ("source_not_live", "Coinbase"),
        ("source_not_live", "Kraken"),
    ]
