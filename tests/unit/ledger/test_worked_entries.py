"""The worked entries, to the cent: each transaction gives exactly this journal."""

from ledger.settings import FeeOnAcquisition, FeeOnDisposal, FeeOnSwap
from tests.unit.ledger.journals import entry_of, exchange, journal, lot, open_lots, tx

BUY = exchange("buy", "20000.00 USD", "0.5 BTC", fee="50.00 USD")
SELL = exchange("sell", "0.2 BTC", "9000.00 USD", fee="18.00 USD")
SWAP = exchange(
    "trade", "1 ETH", "1200 DAI", value="1200", fee="0.02 ETH", fee_value="24", at_wallet="Wallet"
)
SWAP_LOTS = (lot("1.02 ETH", "1020.00", wallet="Wallet"),)


def test_j01_a_fee_on_a_purchase_is_capitalised() -> None:
    result = journal(BUY)
    assert entry_of(result) == ["Dr BTC in Exchange 20050.00", "Cr USD in Exchange 20050.00"]
    assert open_lots(result) == ["0.5 BTC in Exchange at 20050.00"]


def test_j02_a_fee_on_a_purchase_is_expensed() -> None:
    result = journal(BUY, fee_on_acquisition=FeeOnAcquisition.EXPENSE)
    assert entry_of(result) == [
        "Dr BTC in Exchange 20000.00",
        "Dr trading fees 50.00",
        "Cr USD in Exchange 20050.00",
    ]
    assert open_lots(result) == ["0.5 BTC in Exchange at 20000.00"]


def test_j03a_a_sale_at_a_gain_with_its_fee_expensed() -> None:
    result = journal(SELL, lots=(lot("0.5 BTC", "20050.00"),))
    assert entry_of(result) == [
        "Dr USD in Exchange 8982.00",
        "Dr trading fees 18.00",
        "Cr BTC in Exchange 8020.00",
        "Cr gains 980.00",
    ]
    assert open_lots(result) == ["0.3 BTC in Exchange at 12030.00"]


def test_j03b_a_sale_at_a_gain_with_its_fee_netted() -> None:
    result = journal(SELL, lots=(lot("0.5 BTC", "20050.00"),), fee_on_disposal=FeeOnDisposal.NET)
    assert entry_of(result) == [
        "Dr USD in Exchange 8982.00",
        "Cr BTC in Exchange 8020.00",
        "Cr gains 962.00",
    ]


def test_j04_a_sale_at_a_loss() -> None:
    sale = exchange("sell", "1 ETH", "2100 USD", fee="4.20 USD")
    assert entry_of(journal(sale, lots=(lot("1 ETH", "2500.00"),))) == [
        "Dr USD in Exchange 2095.80",
        "Dr trading fees 4.20",
        "Dr losses 400.00",
        "Cr ETH in Exchange 2500.00",
    ]


def test_j05a_a_swap_with_its_gas_capitalised() -> None:
    result = journal(SWAP, lots=SWAP_LOTS)
    assert entry_of(result) == [
        "Dr DAI in Wallet 1224.00",
        "Cr ETH in Wallet 1020.00",
        "Cr gains 204.00",
    ]
    assert open_lots(result) == ["1200 DAI in Wallet at 1224.00"]


def test_j05b_a_swap_with_its_gas_expensed() -> None:
    result = journal(SWAP, lots=SWAP_LOTS, fee_on_swap=FeeOnSwap.EXPENSE)
    assert entry_of(result) == [
        "Dr DAI in Wallet 1200.00",
        "Dr network fees 24.00",
        "Cr ETH in Wallet 1020.00",
        "Cr gains 204.00",
    ]


def test_j06_an_own_transfer_moves_cost_and_its_gas_is_a_disposal() -> None:
    transfer = tx(
        "transfer", from_account="A", to_account="B", sent="2 ETH", received="2 ETH",
        fee="0.001 ETH", fee_value="2.00",
    )  # fmt: skip
    lots = (
        lot("2 ETH", "3000.00", wallet="A", on="2024-01-01"),
        lot("0.001 ETH", "1.50", wallet="A", on="2024-01-02"),
    )
    result = journal(transfer, lots=lots)
    assert entry_of(result) == [
        "Dr ETH in B 3000.00",
        "Dr network fees 2.00",
        "Cr ETH in A 3001.50",
        "Cr gains 0.50",
    ]
    assert [(x.account, x.acquired_at.isoformat()) for x in result.lots] == [
        ("B", "2024-01-01T00:00:00+00:00")
    ]


def test_j08_gas_alone_is_an_expense_and_a_disposal() -> None:
    gas = tx("fee", from_account="Wallet", fee="0.004 ETH", fee_value="10.00")
    assert entry_of(journal(gas, lots=(lot("0.004 ETH", "6.00", wallet="Wallet"),))) == [
        "Dr network fees 10.00",
        "Cr ETH in Wallet 6.00",
        "Cr gains 4.00",
    ]


def test_j09a_a_staking_reward_is_income_at_fair_value() -> None:
    reward = tx(
        "deposit", to_account="Wallet", received="0.05 ETH", value="150", category="Staking income"
    )
    result = journal(reward)
    assert entry_of(result) == [
        "Dr ETH in Wallet 150.00",
        "Cr category Staking income 150.00",
    ]
    assert open_lots(result) == ["0.05 ETH in Wallet at 150.00"]


def test_j09b_a_commission_held_back_is_an_expense_and_never_a_lot() -> None:
    reward = tx(
        "deposit", to_account="Wallet", received="0.05 ETH", value="150", fee="0.005 ETH",
        fee_value="15", category="Staking income",
    )  # fmt: skip
    result = journal(reward, lots=(lot("32 ETH", "1000.00", wallet="Wallet"),))
    assert entry_of(result) == [
        "Dr ETH in Wallet 135.00",
        "Dr network fees 15.00",
        "Cr category Staking income 150.00",
    ]
    assert open_lots(result) == ["32 ETH in Wallet at 1000.00", "0.045 ETH in Wallet at 135.00"]


def test_j10_an_airdrop_is_income_and_without_a_price_it_is_nothing_yet() -> None:
    claim = tx(
        "deposit", to_account="Wallet", received="1000 ARB", value="1200", category="Airdrop"
    )
    assert entry_of(journal(claim)) == [
        "Dr ARB in Wallet 1200.00",
        "Cr category Airdrop 1200.00",
    ]
    unpriced = tx("deposit", to_account="Wallet", received="1000 ARB", category="Airdrop")
    result = journal(unpriced)
    assert [p.code.value for p in result.items[0].problems] == ["missing_price"]
    assert open_lots(result) == ["1000 ARB in Wallet at unknown cost"]


def test_j11a_a_vendor_is_paid_in_a_stablecoin() -> None:
    payment = tx(
        "withdrawal", from_account="Wallet", sent="5000 USDC", value="5000",
        category="Professional fees", counterparty="Legal LLP",
    )  # fmt: skip
    assert entry_of(journal(payment, lots=(lot("5000 USDC", "5000.00", wallet="Wallet"),))) == [
        "Dr category Professional fees 5000.00",
        "Cr USDC in Wallet 5000.00",
    ]


def test_j11b_a_bill_is_settled_in_an_asset_at_a_gain() -> None:
    payment = tx(
        "withdrawal", from_account="Wallet", sent="2 ETH", value="6000", category="Payables"
    )
    assert entry_of(journal(payment, lots=(lot("2 ETH", "5000.00", wallet="Wallet"),))) == [
        "Dr category Payables 6000.00",
        "Cr ETH in Wallet 5000.00",
        "Cr gains 1000.00",
    ]


def test_j12a_a_customer_pays_and_it_is_revenue() -> None:
    receipt = tx(
        "deposit", to_account="Wallet", received="1.5 ETH", value="3000", category="Revenue"
    )
    assert entry_of(journal(receipt)) == [
        "Dr ETH in Wallet 3000.00",
        "Cr category Revenue 3000.00",
    ]


def test_j13_money_to_the_exchange_loses_the_wire_fee_on_the_way() -> None:
    wire = tx(
        "transfer", from_account="Bank", to_account="Exchange", sent="25000 USD",
        received="24985 USD",
    )  # fmt: skip
    assert entry_of(journal(wire)) == [
        "Dr USD in Exchange 24985.00",
        "Dr network fees 15.00",
        "Cr USD in Bank 25000.00",
    ]


def test_j14_money_from_the_exchange_pays_the_fee_on_top_or_on_the_way() -> None:
    on_the_way = tx(
        "transfer", from_account="Exchange", to_account="Bank", sent="10000 USD",
        received="9990 USD",
    )  # fmt: skip
    on_top = tx(
        "transfer", from_account="Exchange", to_account="Bank", sent="9990 USD",
        received="9990 USD", fee="10 USD",
    )  # fmt: skip
    expected = [
        "Dr USD in Bank 9990.00",
        "Dr network fees 10.00",
        "Cr USD in Exchange 10000.00",
    ]
    assert entry_of(journal(on_the_way)) == expected
    assert entry_of(journal(on_top)) == expected


def test_j15_interest_is_rounded_once() -> None:
    interest = tx(
        "deposit", to_account="Wallet", received="12.339 USDC", value="12.3402339",
        category="Interest income",
    )  # fmt: skip
    assert entry_of(journal(interest)) == [
        "Dr USDC in Wallet 12.34",
        "Cr category Interest income 12.34",
    ]


def test_fifo_a_uses_part_of_one_lot() -> None:
    result = journal(
        exchange("buy", "1000 USD", "100 XYZ", row="t1", at="2025-01-01T00:00:00Z"),
        exchange("sell", "60 XYZ", "900 USD", row="t2", at="2025-01-02T00:00:00Z"),
    )
    assert entry_of(result, "t2") == [
        "Dr USD in Exchange 900.00",
        "Cr XYZ in Exchange 600.00",
        "Cr gains 300.00",
    ]
    assert open_lots(result) == ["40 XYZ in Exchange at 400.00"]


def test_fifo_b_spans_two_lots() -> None:
    result = journal(
        exchange("buy", "400 USD", "50 XYZ", row="t1", at="2025-01-01T00:00:00Z"),
        exchange("buy", "1200 USD", "100 XYZ", row="t2", at="2025-01-02T00:00:00Z"),
        exchange("sell", "75 XYZ", "1500 USD", row="t3", at="2025-01-03T00:00:00Z"),
    )
    assert entry_of(result, "t3") == [
        "Dr USD in Exchange 1500.00",
        "Cr XYZ in Exchange 700.00",
        "Cr gains 800.00",
    ]
    assert open_lots(result) == ["75 XYZ in Exchange at 900.00"]
