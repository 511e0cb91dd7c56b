"""The default charts: whole, consistent, and with an account for every role."""

import pytest

from ledger.books import AccountClass
from ledger.charts import DEFAULT_ROLES, Chart, account_of, books_accounts, load_chart
from ledger.charts.defaults import DefaultedMapping, default_account
from ledger.entries import Role, SourceAccount


@pytest.mark.parametrize("chart", Chart)
def test_every_chart_has_unique_codes_and_names_and_every_role(chart: Chart) -> None:
    accounts = load_chart(chart)
    assert len({a.code for a in accounts}) == len({a.name for a in accounts}) == len(accounts)
    assert set(DEFAULT_ROLES) == set(Role)
    assert all(account_of(accounts, role) for role in DEFAULT_ROLES.values())


@pytest.mark.parametrize("chart", Chart)
def test_a_chart_can_stand_in_for_an_imported_one(chart: Chart) -> None:
    accounts = {a.code: a for a in books_accounts(load_chart(chart))}
    receivable = next(a for a in accounts.values() if a.name == "Accounts Receivable")
    assert receivable.requires_contact == "customer"
    assert {a.classification for a in accounts.values()} >= {
        AccountClass.ASSET, AccountClass.LIABILITY, AccountClass.INCOME, AccountClass.EXPENSE,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (SourceAccount.of_asset("Coinbase", "BTC"), "1100 Digital Assets - BTC (cost)"),
        (SourceAccount.of_asset("Coinbase", "USDC"), "1050 Stablecoins - USDC"),
        (SourceAccount.of_asset("Coinbase", "ARB"), "1190 Digital Assets - Other in scope (cost)"),
        (SourceAccount.of_asset("Coinbase", "USD"), "1010 Cash at Exchanges"),
        (SourceAccount.of_asset("Mercury Bank", "USD"), "1000 Operating Bank"),
        (SourceAccount.of_asset("Bankless", "USD"), "1010 Cash at Exchanges"),
        (SourceAccount.of_category("Payroll"), "5100 Payroll paid in crypto"),
        (SourceAccount.of_category("staking income"), "4100 Staking and Validation Income"),
        (SourceAccount.of_category("Income"), "4000 Revenue"),
        (SourceAccount.of_category("Accounts payable"), "2000 Accounts Payable"),
        (SourceAccount.of_role(Role.NETWORK_FEES), "6010 Network (Gas) and Bridge Fees"),
    ],
)
def test_what_is_left_out_gets_the_charts_account(account: SourceAccount, expected: str) -> None:
    assert DefaultedMapping().resolve(account) == expected


def test_a_category_that_the_chart_does_not_know_stays_unmapped() -> None:
    assert default_account(SourceAccount.of_category("Moon tax")) is None
