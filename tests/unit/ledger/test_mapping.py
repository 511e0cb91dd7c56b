"""Mapping: the token in its wallet, then the wallet, else nothing."""

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ledger.account_checks import (
    account_problems,
    choice_warnings,
    mapping_problems,
    mapping_warnings,
)
from ledger.books import AccountClass
from ledger.entries import Role, SourceAccount
from ledger.mapping import (
    Mapping,
    MappingKeyError,
    key_of,
    key_of_category,
    key_of_role,
    key_of_token,
    key_of_wallet,
    mapping_from_choices,
    unmapped_problem,
)
from ledger.requirements import requirements, unmet
from ledger.transactions import Transaction
from tests.unit.ledger import histories
from tests.unit.ledger.charts import (
    BOOKS,
    MAPPING,
    ROLES,
    account,
    books_with,
    lines,
    mapped,
    rules,
)
from tests.unit.ledger.journals import exchange, journal, lot, settings, tx

ETH_IN_A = SourceAccount.of_asset("A", "ETH")
names = st.text(min_size=1, max_size=20)
choices = st.dictionaries(
    st.one_of(
        st.builds(key_of_token, names, names),
        st.builds(key_of_wallet, names),
        st.builds(key_of_category, names),
        st.builds(key_of_role, st.sampled_from(Role)),
    ),
    names,
)


def test_a_token_overrides_its_wallet_and_without_it_the_wallet_holds_again() -> None:
    both = Mapping(tokens={("A", "ETH"): "1"}, wallets={"A": "2"})
    assert both.resolve(ETH_IN_A) == "1"
    assert both.resolve(SourceAccount.of_asset("A", "BTC")) == "2"
    assert Mapping(wallets={"A": "2"}).resolve(ETH_IN_A) == "2"


def test_a_token_in_one_wallet_says_nothing_of_another_wallet() -> None:
    assert Mapping(tokens={("B", "ETH"): "1"}).resolve(ETH_IN_A) is None
    problem = unmapped_problem(ETH_IN_A, transaction_id="t1")
    assert (problem.code.value, problem.subject) == ("account_not_mapped", "ETH in A")
    assert dict(problem.facts) == {"wallet": "A", "asset": "ETH"}


def test_proceeds_take_the_fiat_of_a_disposal_unless_its_pair_has_its_own_account() -> None:
    fiat = SourceAccount.of_asset("A", "USD", is_proceeds=True)
    other = SourceAccount.of_asset("A", "USD")
    chosen = Mapping(wallets={"A": "2"}, roles={Role.PROCEEDS: "9"})
    assert (chosen.resolve(fiat), chosen.resolve(other)) == ("9", "2")
    own = Mapping(tokens={("A", "USD"): "1"}, roles={Role.PROCEEDS: "9"})
    assert own.resolve(fiat) == "1"
    assert Mapping(wallets={"A": "2"}).resolve(fiat) == "2"


def test_a_category_is_the_same_in_any_case() -> None:
    assert MAPPING.resolve(SourceAccount.of_category(" payroll")) == "5100"
    assert MAPPING.resolve(SourceAccount.of_category("Rent")) is None


@given(choices)
def test_stored_choices_all_come_back(stored: dict[str, str]) -> None:
    chosen = mapping_from_choices(stored)
    found = {
        **{key_of_token(w, a): x for (w, a), x in chosen.tokens.items()},
        **{key_of_wallet(w): x for w, x in chosen.wallets.items()},
        **{key_of_category(c): x for c, x in chosen.categories.items()},
        **{key_of_role(r): x for r, x in chosen.roles.items()},
    }
    assert found == stored


@pytest.mark.parametrize("key", ["", "[]", '["asset","A"]', '["role","king"]', "ETH", '{"a":1}'])
def test_a_damaged_key_is_refused(key: str) -> None:
    with pytest.raises(MappingKeyError):
        mapping_from_choices({key: "1"})


@given(histories.transactions(complete=True), st.sets(st.integers(0, 30)))
@run(max_examples=40, deadline=None)
def test_mapping_is_total(transactions: list[Transaction], dropped: set[int]) -> None:
    """Every entry is mapped whole or names all its unmapped accounts; nothing else happens."""
    needed = requirements(transactions, settings())
    kept = [r.account for n, r in enumerate(needed) if n not in dropped]
    chosen = mapping_from_choices({key_of(a): f"account {key_of(a)}" for a in kept})
    result = journal(*transactions)
    for item, before in zip(mapped(result, rules(chosen)), result.items, strict=True):
        if before.entry is None:
            assert item.problems == before.problems
            continue
        missing = {p.account.label for p in before.entry.postings if not chosen.resolve(p.account)}
        assert {p.subject for p in item.problems} == missing
        assert (item.entry is not None) == (not missing and not item.needs_no_entry)


@given(histories.transactions(complete=True))
@run(max_examples=40, deadline=None)
def test_meeting_all_requirements_leaves_nothing_unmapped(transactions: list[Transaction]) -> None:
    needed = requirements(transactions, settings())
    chosen = mapping_from_choices({key_of(r.account): "1" for r in needed})
    assert unmet(needed, chosen) == ()
    codes = {
        p.code.value for i in mapped(journal(*transactions), rules(chosen)) for p in i.problems
    }
    assert codes <= {"missing_cost_basis", "missing_price"}


def test_requirements_count_the_transactions_that_wait() -> None:
    rows = [
        tx("deposit", row="t1", to_account="A", received="1 ETH", category="Income"),
        tx("deposit", row="t2", to_account="A", received="1 ETH", category="Income"),
        tx("fee", row="t3", from_account="A", fee="1 ETH"),
    ]
    found = {r.account.label: r.transactions for r in requirements(rows, settings())}
    assert found == {
        "ETH in A": 3, "category Income": 2, "network fees": 1, "gains": 1, "losses": 1,
    }  # fmt: skip


def test_one_holding_that_is_proceeds_and_spent_is_asked_for_once() -> None:
    rows = [exchange("sell", "1 ETH", "5 USD"), exchange("buy", "5 USD", "1 ETH", row="t2")]
    wanted = unmet(requirements(rows, settings()), Mapping())
    assert [(r.account.label, r.transactions) for r in wanted if r.account.asset == "USD"] == [
        ("USD in Exchange", 2)
    ]


TRANSFER = tx(
    "transfer", from_account="A", to_account="B", sent="2 ETH", received="2 ETH",
    fee="0.001 ETH", fee_value="2.00",
)  # fmt: skip
LOTS = (lot("2 ETH", "3000.00", wallet="A"), lot("0.001 ETH", "1.50", wallet="A", on="2024-02-01"))


def test_an_own_transfer_inside_one_account_leaves_its_gas_only() -> None:
    one = Mapping(wallets={"A": "1100", "B": "1100"}, roles=ROLES)
    (item,) = mapped(journal(TRANSFER, lots=LOTS), rules(one))
    assert item.entry is not None
    assert lines(item.entry) == ["Dr 6010 2.00", "Cr 1100 1.50", "Cr 7000 0.50"]


def test_an_own_transfer_inside_one_account_without_gas_needs_no_entry() -> None:
    one = Mapping(wallets={"A": "1100", "B": "1100"})
    move = tx("transfer", from_account="A", to_account="B", sent="1 ETH", received="1 ETH")
    (item,) = mapped(journal(move, lots=LOTS), rules(one))
    assert (item.needs_no_entry, item.entry, item.problems) == (True, None, ())


def test_a_trade_inside_one_account_is_not_netted() -> None:
    swap = exchange("trade", "1 ETH", "5 DAI", value="5")
    (item,) = mapped(journal(swap, lots=(lot("1 ETH", "3"),)))
    assert item.entry is not None
    assert lines(item.entry) == ["Dr 1100 5.00", "Cr 1100 3.00", "Cr 7000 2.00"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Legal LLP", "v1"), (" legal  llp ", "v1"), ("Old Vendor", None), ("Big Client", None),
     ("", None)],
)  # fmt: skip
def test_payables_get_the_active_vendor_that_the_row_names(name: str, expected: str | None) -> None:
    bill = tx(
        "withdrawal", from_account="Exchange", sent="5 USD", category="Payables", counterparty=name
    )
    (item,) = mapped(journal(bill))
    assert item.entry is not None
    assert [p.contact_id for p in item.entry.postings] == [expected, None]


# ── accounts that may not, or should not, be chosen ──────────────────────────


def test_an_account_that_takes_no_entry_says_why() -> None:
    def codes(**more: object) -> list[str]:
        found = account_problems(
            account("1", "X", AccountClass.ASSET, **more), account_id="1", base_currency="USD"
        )
        return [p.code.value for p in found]

    assert codes() == []
    assert codes(currency="USD") == []
    assert codes(is_active=False) == ["account_inactive"]
    assert codes(refusal="It is a system account.") == ["account_refused"]
    assert codes(currency="EUR", is_active=False) == ["account_inactive", "currency_mismatch"]
    gone = account_problems(None, account_id="77", base_currency="USD")
    assert [p.code.value for p in gone] == ["account_deleted"]


def test_every_chosen_account_is_checked() -> None:
    chosen = Mapping(wallets={"A": "gone"}, roles=ROLES)
    assert [p.code.value for p in mapping_problems(chosen, BOOKS, base_currency="USD")] == [
        "account_deleted"
    ]


def test_a_holding_on_an_expense_account_is_warned_of() -> None:
    expense = account("5", "Rent", AccountClass.EXPENSE)
    assert choice_warnings(ETH_IN_A, expense)
    assert not choice_warnings(SourceAccount.of_category("Rent"), expense)
    warnings = mapping_warnings(
        Mapping(tokens={("A", "ETH"): "5"}), books_with(accounts=(expense,))
    )
    assert [w.subject for w in warnings] == ["ETH in A"]


def test_gains_and_fees_on_one_account_are_warned_of() -> None:
    chosen = Mapping(roles=ROLES | {Role.GAINS: "6000"})
    assert [w.subject for w in mapping_warnings(chosen, BOOKS)] == ["6000 Trading fees"]
    assert not mapping_warnings(Mapping(roles=ROLES), BOOKS)
