"""What is suggested of our own charts is what it is needed for, or nothing."""

import pytest

from bot.services.suggestions import for_role, for_source
from ledger.books import Account
from ledger.charts import Chart, books_accounts, load_chart
from ledger.entries import Role, SourceAccount


def accounts(chart: Chart) -> tuple[Account, ...]:
    return tuple(books_accounts(load_chart(chart)))


@pytest.mark.parametrize(
    ("chart", "names"),
    [
        (
            Chart.US_GAAP,
            {
                Role.PROCEEDS: "Cash at Exchanges",
                Role.TRADING_FEES: "Trading Fees",
                Role.NETWORK_FEES: "Network (Gas) and Bridge Fees",
                Role.GAINS: "Realized Gain on Digital Assets",
                Role.LOSSES: "Realized Loss on Digital Assets",
                Role.ROUNDING: "Rounding",
                Role.IN_TRANSIT: "Crypto in Transit (clearing)",
            },
        ),
        (
            Chart.IFRS,
            {
                Role.PROCEEDS: "Cash at Exchanges",
                Role.TRADING_FEES: "Trading Fees",
                Role.NETWORK_FEES: "Network (Gas) Fees",
                Role.GAINS: "Gain on Disposal of Crypto-assets",
                Role.LOSSES: "Loss on Disposal of Crypto-assets",
                Role.ROUNDING: "Journal Rounding",
                Role.IN_TRANSIT: "Crypto-assets in Transit",
            },
        ),
    ],
)
def test_every_role_finds_its_account_in_our_charts(chart: Chart, names: dict[Role, str]) -> None:
    found = {role: for_role(role, accounts(chart)) for role in Role}
    assert {role: account and account.name for role, account in found.items()} == names


@pytest.mark.parametrize(
    ("asset", "name"),
    [
        ("ETH", "Digital Assets - ETH (cost)"),
        ("USDC", "Stablecoins - USDC"),
        ("ARB", None),
        ("", None),
    ],
)
def test_a_token_finds_its_own_account_and_never_another_tokens(
    asset: str, name: str | None
) -> None:
    found = for_source(SourceAccount.of_asset("Staking Wallet", asset), accounts(Chart.US_GAAP))
    assert (found and found.name) == name
