"""What becomes of transactions: gaps, dates, fees, and what holds for every history."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ledger.entries import Side, SourceAccountKind
from ledger.journalize import Journal, Journalizer, journalize
from ledger.lots import Lot
from ledger.settings import (
    EntryDate,
    FeeOnAcquisition,
    FeeOnDisposal,
    FeeOnSwap,
    JournalSettings,
)
from ledger.transactions import Effect, Transaction
from tests.unit.ledger import histories
from tests.unit.ledger.journals import (
    POSTING_DATE,
    entry_of,
    exchange,
    journal,
    lot,
    open_lots,
    problems_of,
    settings,
    tx,
    usd,
)

policies = st.builds(
    JournalSettings,
    base_currency=st.just("USD"),
    time_zone=st.sampled_from(("UTC", "America/New_York", "Asia/Singapore")),
    fee_on_acquisition=st.sampled_from(FeeOnAcquisition),
    fee_on_disposal=st.sampled_from(FeeOnDisposal),
    fee_on_swap=st.sampled_from(FeeOnSwap),
)


# ── what holds for every history ─────────────────────────────────────────────


@given(histories.transactions(), policies)
@run(max_examples=60, deadline=None)
def test_every_transaction_has_an_entry_or_a_reason_or_needs_none(
    transactions: list[Transaction], settings: JournalSettings
) -> None:
    result = journalize(transactions, settings=settings, posting_date=POSTING_DATE)
    assert len(result.items) == len(transactions)
    for item in result.items:
        assert [item.entry is not None, bool(item.problems), item.needs_no_entry].count(True) == 1


@given(histories.transactions(complete=True), policies)
@run(max_examples=60, deadline=None)
def test_asset_accounts_at_cost_tie_with_the_lots_exactly(
    transactions: list[Transaction], settings: JournalSettings
) -> None:
    opening = tuple(
        lot(f"1000000 {asset}", "123456.78", wallet=wallet)
        for wallet in histories.WALLETS
        for asset in histories.ASSETS
    )
    result = journalize(
        transactions, settings=settings, posting_date=POSTING_DATE, opening_lots=opening
    )
    assert not [p for item in result.items for p in item.problems]
    assert _ledger_balances(result, opening) == _lot_totals(result.lots)


@given(histories.transactions(), policies, st.integers(min_value=0, max_value=25))
@run(max_examples=40, deadline=None)
def test_going_on_from_stored_lots_gives_the_same_journal(
    transactions: list[Transaction], settings: JournalSettings, cut: int
) -> None:
    whole = journalize(transactions, settings=settings, posting_date=POSTING_DATE)
    first = journalize(transactions[:cut], settings=settings, posting_date=POSTING_DATE)
    rest = Journalizer(settings, posting_date=POSTING_DATE, lots=first.lots)
    items = [rest.journalize(t) for t in transactions[cut:]]
    assert (*first.items, *items) == whole.items
    assert rest.lots == whole.lots


@given(histories.transactions(complete=True), st.randoms(use_true_random=False))
@run(max_examples=20, deadline=None)
def test_the_order_of_rows_in_a_file_does_not_matter(
    transactions: list[Transaction], random: Random
) -> None:
    shuffled = list(transactions)
    random.shuffle(shuffled)
    assert journal(*shuffled) == journal(*transactions)


def _ledger_balances(result: Journal, opening: tuple[Lot, ...]) -> dict[tuple[str, str], Decimal]:
    balances = {(x.account, x.asset): x.cost.amount for x in opening if x.cost}
    for item in result.items:
        for posting in item.entry.postings if item.entry else ():
            account = posting.account
            if account.kind is SourceAccountKind.ASSET and account.asset != "USD":
                sign = 1 if posting.side is Side.DEBIT else -1
                key = (str(account.wallet), str(account.asset))
                balances[key] = balances.get(key, Decimal(0)) + sign * posting.money.amount
    return balances


def _lot_totals(lots: tuple[Lot, ...]) -> dict[tuple[str, str], Decimal]:
    totals = {(w, a): Decimal(0) for w in histories.WALLETS for a in histories.ASSETS}
    for x in lots:
        assert x.cost is not None
        totals[x.account, x.asset] += x.cost.amount
    return totals


# ── gaps ─────────────────────────────────────────────────────────────────────


def test_a_shortage_names_the_short_quantity_and_uses_up_what_is_there() -> None:
    result = journal(exchange("sell", "1.5 ETH", "3000 USD"), lots=(lot("1 ETH", "100"),))
    assert problems_of(result) == {
        "missing_cost_basis": {"wallet": "Exchange", "asset": "ETH", "short": "0.5 ETH"}
    }
    assert open_lots(result) == []


def test_units_that_came_without_a_price_block_whoever_disposes_of_them() -> None:
    result = journal(
        tx("deposit", row="t1", to_account="W", received="2 ETH", category="Income"),
        tx("withdrawal", row="t2", from_account="W", sent="1 ETH", value="9", category="Rent",
           at="2025-01-16T00:00:00Z"),
    )  # fmt: skip
    assert problems_of(result, "t2") == {
        "missing_cost_basis": {"wallet": "W", "asset": "ETH", "without a known cost": "1 ETH"}
    }
    assert open_lots(result) == ["1 ETH in W at unknown cost"]


def test_all_reasons_are_reported_not_only_the_first() -> None:
    result = journal(tx("withdrawal", from_account="W", sent="1 ETH", fee="0.01 BNB"))
    assert [p.code.value for p in result.items[0].problems] == [
        "missing_price", "uncategorized", "missing_price", "missing_cost_basis",
        "missing_cost_basis",
    ]  # fmt: skip


def test_an_uncategorized_withdrawal_still_uses_up_its_lots() -> None:
    result = journal(
        tx("withdrawal", from_account="Exchange", sent="1 ETH", value="9"),
        lots=(lot("3 ETH", "300"),),
    )
    assert set(problems_of(result)) == {"uncategorized"}
    assert open_lots(result) == ["2 ETH in Exchange at 200.00"]


def test_the_rows_own_cost_is_used_and_still_uses_up_lots() -> None:
    sale = exchange("sell", "1 ETH", "500 USD", cost_basis="450")
    result = journal(sale, lots=(lot("3 ETH", "300"),))
    assert entry_of(result) == [
        "Dr USD in Exchange 500.00",
        "Cr ETH in Exchange 450.00",
        "Cr gains 50.00",
    ]
    assert open_lots(result) == ["2 ETH in Exchange at 200.00"]
    assert entry_of(journal(sale)) == entry_of(result)


def test_a_transfer_of_unknown_units_keeps_them_unknown_at_the_receiver() -> None:
    move = tx("transfer", from_account="A", to_account="B", sent="2 ETH", received="2 ETH")
    result = journal(move, lots=(lot("1 ETH", "100", wallet="A"),))
    assert set(problems_of(result)) == {"missing_cost_basis"}
    assert open_lots(result) == ["1 ETH in B at 100.00", "1 ETH in B at unknown cost"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"value": "3000"}, "30.00"),
        ({"fee_value": "28"}, "28.00"),
        ({"fee": "0.1 ETH", "fee_value": "150"}, "15.00"),
    ],
)
def test_what_a_transfer_loses_is_valued_by_share_by_fee_or_by_price(
    more: dict[str, str], expected: str
) -> None:
    move = tx(
        "transfer", from_account="A", to_account="B", sent="1 ETH", received="0.99 ETH", **more
    )
    result = journal(move, lots=(lot("2 ETH", "200", wallet="A"),))
    fees = [line for line in entry_of(result) if "network fees" in line]
    fee = usd(more["fee_value"]) if "fee" in more else usd("0")
    assert fees == [f"Dr network fees {(usd(expected) + fee).amount}"]


def test_a_loss_on_the_way_without_any_price_is_a_missing_price() -> None:
    move = tx("transfer", from_account="A", to_account="B", sent="1 ETH", received="0.99 ETH")
    result = journal(move, lots=(lot("2 ETH", "200", wallet="A"),))
    assert set(problems_of(result)) == {"missing_price"}


def test_a_transfer_with_a_fee_and_a_loss_has_two_fees_and_one_fee_effect() -> None:
    move = tx(
        "transfer", from_account="A", to_account="B", sent="1 ETH", received="0.9 ETH",
        value="2000", fee="0.1 ETH", fee_value="200",
    )  # fmt: skip
    result = journal(move, lots=(lot("2 ETH", "200", wallet="A"),))
    assert entry_of(result) == [
        "Dr ETH in B 90.00",
        "Dr network fees 400.00",
        "Cr ETH in A 110.00",
        "Cr gains 380.00",
    ]
    entry = result.items[0].entry
    assert entry is not None
    assert [m.effect for m in entry.members] == [Effect.OUT, Effect.IN, Effect.FEE]


def test_worth_less_than_half_a_cent_needs_no_entry() -> None:
    dust = tx("deposit", to_account="W", received="1 SPAM", value="0.004", category="Airdrop")
    result = journal(dust)
    assert result.items[0].needs_no_entry
    assert open_lots(result) == ["1 SPAM in W at 0.00"]


def test_rows_before_the_go_live_date_build_cost_and_form_no_entry() -> None:
    result = journalize(
        [
            exchange("buy", "100 USD", "1 ETH", row="t1", at="2025-03-31T23:30:00Z"),
            exchange("sell", "1 ETH", "150 USD", row="t2", at="2025-04-01T12:00:00Z"),
        ],
        settings=settings(time_zone="UTC"),
        posting_date=POSTING_DATE,
        go_live=date(2025, 4, 1),
    )
    assert [item.needs_no_entry for item in result.items] == [True, False]
    assert entry_of(result, "t2")[1:] == ["Cr ETH in Exchange 100.00", "Cr gains 50.00"]


# ── fees ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("transaction", "role"),
    [
        (exchange("buy", "10 USD", "1 ETH", fee="1 USD"), "trading fees"),
        (exchange("sell", "1 ETH", "10 USD", fee="1 BNB", fee_value="1"), "trading fees"),
        (exchange("trade", "1 ETH", "1 BTC", value="9", fee="1 USD"), "trading fees"),
        (exchange("trade", "1 ETH", "1 BTC", value="9", fee="1 BNB", fee_value="1"),
         "network fees"),
        (tx("transfer", from_account="A", to_account="Exchange", sent="1 USD", received="1 USD",
            fee="1 USD"), "network fees"),
        (tx("fee", from_account="Exchange", fee="1 BNB", fee_value="1"), "network fees"),
    ],
)  # fmt: skip
def test_a_fee_is_the_exchanges_or_the_networks(transaction: Transaction, role: str) -> None:
    result = journal(
        transaction,
        lots=(lot("5 ETH", "50"), lot("5 BNB", "5")),
        fee_on_acquisition=FeeOnAcquisition.EXPENSE,
        fee_on_swap=FeeOnSwap.EXPENSE,
    )
    assert [line for line in entry_of(result) if "fees" in line] == [f"Dr {role} 1.00"]


def test_a_netted_fee_in_another_asset_needs_no_price() -> None:
    sale = exchange("sell", "1 ETH", "100 USD", fee="1 BNB")
    result = journal(
        sale, lots=(lot("1 ETH", "50"), lot("1 BNB", "3")), fee_on_disposal=FeeOnDisposal.NET
    )
    assert entry_of(result) == [
        "Dr USD in Exchange 100.00",
        "Cr ETH in Exchange 50.00",
        "Cr BNB in Exchange 3.00",
        "Cr gains 47.00",
    ]


def test_a_purchase_with_its_fee_held_back_leaves_the_net_units_at_the_whole_price() -> None:
    result = journal(exchange("buy", "20000 USD", "1 BTC", fee="0.001 BTC", fee_value="20"))
    assert entry_of(result) == ["Dr BTC in Exchange 20000.00", "Cr USD in Exchange 20000.00"]
    assert open_lots(result) == ["0.999 BTC in Exchange at 20000.00"]


def test_foreign_money_has_lots_and_its_sale_has_a_gain() -> None:
    result = journal(
        exchange("buy", "110 USD", "100 EUR", row="t1", at="2025-01-01T00:00:00Z"),
        exchange("sell", "100 EUR", "115 USD", row="t2", at="2025-01-02T00:00:00Z"),
    )
    assert entry_of(result, "t2") == [
        "Dr USD in Exchange 115.00",
        "Cr EUR in Exchange 110.00",
        "Cr gains 5.00",
    ]


def test_only_the_money_of_a_disposal_is_proceeds() -> None:
    def flags(transaction: Transaction) -> dict[str, bool]:
        item = journal(transaction, lots=(lot("1 ETH", "5"), lot("1 EUR", "1"))).items[0]
        assert item.entry is not None
        return {p.account.label: p.account.falls_back_to_proceeds for p in item.entry.postings}

    assert flags(exchange("sell", "1 ETH", "10 USD", fee="1 USD"))["USD in Exchange"]
    assert not flags(exchange("buy", "10 USD", "1 ETH"))["USD in Exchange"]
    assert not flags(exchange("trade", "1 EUR", "1 USD"))["USD in Exchange"]


def test_half_cents_round_to_even_once() -> None:
    def value(amount: str) -> list[str]:
        return entry_of(
            journal(tx("deposit", to_account="W", received="1 X", value=amount, category="C"))
        )

    assert value("2.345")[0] == "Dr X in W 2.34"
    assert value("2.355")[0] == "Dr X in W 2.36"


# ── dates ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2025-04-01T02:30:00Z", "America/New_York", date(2025, 3, 31)),
        ("2025-04-01T02:30:00Z", "Asia/Singapore", date(2025, 4, 1)),
        ("2025-03-31T23:30:00Z", "Europe/London", date(2025, 4, 1)),
    ],
)
def test_an_entry_is_dated_in_the_organisations_time_zone(
    at: str, zone: str, expected: date
) -> None:
    transaction = exchange("buy", "1 USD", "1 ETH", at=at)
    assert settings(time_zone=zone).date_of(transaction, posting_date=POSTING_DATE) == expected


@pytest.mark.parametrize(
    ("at", "chosen", "fixed", "expected"),
    [
        ("2025-01-05T00:00:00Z", EntryDate.POSTING, None, POSTING_DATE),
        ("2024-02-05T00:00:00Z", EntryDate.CUSTOM, None, date(2024, 2, 29)),
        ("2025-02-05T00:00:00Z", EntryDate.CUSTOM, None, date(2025, 2, 28)),
        ("2025-02-05T00:00:00Z", EntryDate.CUSTOM, date(2025, 6, 1), date(2025, 6, 1)),
    ],
)
def test_an_entry_may_be_dated_by_posting_or_by_a_set_date(
    at: str, chosen: EntryDate, fixed: date | None, expected: date
) -> None:
    transaction = exchange("buy", "1 USD", "1 ETH", at=at)
    result = journal(transaction, entry_date=chosen, custom_date=fixed)
    entry = result.items[0].entry
    assert entry is not None
    assert entry.entry_date == expected
