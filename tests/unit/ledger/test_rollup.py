"""Roll-up: the worked day in its three forms, and what holds in all of them."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ledger.entries import Side
from ledger.mapped import MappedEntry
from ledger.mapping import key_of, mapping_from_choices
from ledger.requirements import requirements
from ledger.rollup import roll_up
from ledger.settings import Rollup
from ledger.transactions import Transaction
from tests.unit.ledger import histories
from tests.unit.ledger.charts import entries, lines, mapped, rules
from tests.unit.ledger.journals import journal, lot, settings, tx

DAY = "2023-01-01T10:00:00Z"


def _deposit(row: str, eth: str, value: str) -> Transaction:
    return tx(
        "deposit", row=row, at=DAY, to_account="Royalty Wallet", received=f"{eth} ETH",
        value=value, category="Income", counterparty="Seaport",
    )  # fmt: skip


WORKED_DAY = (
    _deposit("t1", "1", "1500"),
    _deposit("t2", "0.5", "750"),
    _deposit("t3", "2", "3000"),
    tx("withdrawal", row="t4", at=DAY, from_account="Ops Wallet", sent="0.5 ETH", value="750",
       category="Payroll"),
)  # fmt: skip
LOTS = (lot("0.5 ETH", "750", wallet="Ops Wallet"),)


def _rolled(form: Rollup, *more: Transaction, max_postings: int | None = None) -> list[MappedEntry]:
    day = entries(journal(*WORKED_DAY, *more, lots=LOTS))
    return roll_up(day, settings=settings(rollup=form), max_postings=max_postings)


def test_individual_is_four_entries_with_eight_postings() -> None:
    rolled = _rolled(Rollup.INDIVIDUAL)
    assert [lines(entry) for entry in rolled] == [
        ["Dr 1100 1500.00", "Cr 4000 1500.00"],
        ["Dr 1100 750.00", "Cr 4000 750.00"],
        ["Dr 1100 3000.00", "Cr 4000 3000.00"],
        ["Dr 5100 750.00", "Cr 1110 750.00"],
    ]


def test_bundled_is_one_entry_with_eight_postings() -> None:
    (entry,) = _rolled(Rollup.BUNDLED)
    assert lines(entry) == [
        "Dr 1100 1500.00", "Cr 4000 1500.00", "Dr 1100 750.00", "Cr 4000 750.00",
        "Dr 1100 3000.00", "Cr 4000 3000.00", "Dr 5100 750.00", "Cr 1110 750.00",
    ]  # fmt: skip
    assert entry.memo == "Deposit, Withdrawal ETH 4 transactions"


def test_summed_is_one_entry_with_four_postings() -> None:
    (entry,) = _rolled(Rollup.SUMMED)
    assert lines(entry) == [
        "Dr 1100 5250.00", "Dr 5100 750.00", "Cr 4000 5250.00", "Cr 1110 750.00",
    ]  # fmt: skip
    assert [p.memo for p in entry.postings] == [
        "3 deposits", "1 withdrawal", "3 deposits", "1 withdrawal",
    ]  # fmt: skip
    assert [m.transaction_id for m in entry.members] == ["t1", "t2", "t3", "t4"]


def test_mixed_activity_is_never_netted() -> None:
    more = tx(
        "withdrawal", row="t5", at=DAY, from_account="Royalty Wallet", sent="0.1 ETH",
        value="200", cost_basis="200", category="Payroll",
    )  # fmt: skip
    (entry,) = _rolled(Rollup.SUMMED, more)
    assert [line for line in lines(entry) if " 1100 " in line] == [
        "Dr 1100 5250.00", "Cr 1100 200.00",
    ]  # fmt: skip


def test_a_date_is_never_crossed() -> None:
    next_day = tx(
        "deposit", row="t5", at="2023-01-02T00:00:00Z", to_account="Royalty Wallet",
        received="1 ETH", value="1", category="Income",
    )  # fmt: skip
    assert [str(e.entry_date) for e in _rolled(Rollup.SUMMED, next_day)] == [
        "2023-01-01", "2023-01-02",
    ]  # fmt: skip


def test_parts_of_a_split_entry_are_numbered_and_keep_transactions_whole() -> None:
    parts = _rolled(Rollup.BUNDLED, max_postings=5)
    assert [len(part.postings) for part in parts] == [4, 4]
    assert [part.memo for part in parts] == [
        "Deposit 1.5 ETH t1, t2 (1/2)", "Deposit, Withdrawal ETH t3, t4 (2/2)",
    ]  # fmt: skip


@given(
    histories.transactions(complete=True),
    st.sampled_from(Rollup),
    st.one_of(st.none(), st.integers(min_value=8, max_value=30)),
)
@run(max_examples=60, deadline=None)
def test_every_form_posts_the_same_totals(
    transactions: list[Transaction], form: Rollup, limit: int | None
) -> None:
    """Nothing is lost or netted, every entry balances, and no date or limit is crossed."""
    needed = requirements(transactions, settings())
    chosen = mapping_from_choices({key_of(r.account): key_of(r.account) for r in needed})
    found = mapped(journal(*transactions), rules(chosen))
    single = [item.entry for item in found if item.entry is not None]
    rolled = roll_up(single, settings=settings(rollup=form), max_postings=limit)
    assert _totals(rolled) == _totals(single)
    assert Counter(m for e in rolled for m in e.members) == Counter(
        m for e in single for m in e.members
    )
    assert limit is None or all(len(e.postings) <= limit for e in rolled)
    assert len({e.memo for e in rolled}) == len(rolled)


def _totals(entries: list[MappedEntry]) -> dict[tuple[object, ...], Decimal]:
    totals: dict[tuple[object, ...], Decimal] = {}
    for entry in entries:
        for p in entry.postings:
            key = (entry.entry_date, p.account_id, p.side is Side.DEBIT)
            totals[key] = totals.get(key, Decimal(0)) + p.money.amount
    return totals
