"""A team's own chart: taken whole, or refused with every fault of every row."""

import pytest

from ledger.books import AccountClass, ContactKind
from ledger.charts import Chart, books_accounts, load_chart
from ledger.charts.custom import ParsedChart, for_journal_file, parse_chart


def parse(text: str) -> ParsedChart:
    return parse_chart(text.encode())


def faults(text: str) -> list[tuple[str, str, str]]:
    parsed = parse(text)
    assert parsed.accounts == ()
    found = [dict(problem.facts) for problem in parsed.problems]
    return [(each.get("row", ""), each["field"], each["reason"]) for each in found]


def test_a_chart_is_read_with_its_classes_and_currencies() -> None:
    text = "code,name,type,currency\n100,Bank,Bank,\n200,Sales,REVENUE,usd\n300,Costs,expense,\n"
    accounts = parse(text).accounts
    assert [(a.erp_id, a.label, a.classification, a.currency) for a in accounts] == [
        ("100", "100 Bank", AccountClass.ASSET, None),
        ("200", "200 Sales", AccountClass.INCOME, "USD"),
        ("300", "300 Costs", AccountClass.EXPENSE, None),
    ]


def test_the_currency_column_may_be_left_out() -> None:
    assert len(parse("name,code,type\nBank,100,asset\n").accounts) == 1


def test_every_fault_of_every_row_is_named_and_nothing_is_taken() -> None:
    text = "code,name,type,currency\n,Bank,Bnk,usdollar\n200,Sales,income,\n200,Sales 2,,\n"
    assert [(row, field) for row, field, _ in faults(text)] == [
        ("2", "code"),
        ("2", "type"),
        ("2", "currency"),
        ("4", "code"),
        ("4", "type"),
    ]
    reasons = [reason for *_, reason in faults(text)]
    assert "is that of row 3 too" in reasons[3]
    assert "asset, liability, equity, income or expense" in reasons[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("code,name,type\n", "no accounts below its header"),
        ("code,title,type\n1,a,asset\n", "lacks the column name"),
        ("code;name;type\n1;a;asset\n", "not divided by commas"),
    ],
)
def test_a_file_that_is_no_chart_is_refused_whole(text: str, words: str) -> None:
    assert any(words in reason for *_, reason in faults(text))


def test_accounts_that_need_a_contact_cannot_be_used_in_a_journal_file() -> None:
    accounts = for_journal_file(parse("code,name,type\n1,A/R,Accounts Receivable\n").accounts)
    assert accounts[0].requires_contact is None
    assert "clearing account" in (accounts[0].refusal or "")


@pytest.mark.parametrize("chart", Chart)
def test_every_default_chart_has_accounts_for_a_journal_file(chart: Chart) -> None:
    accounts = for_journal_file(books_accounts(load_chart(chart)))
    assert len([a for a in accounts if a.refusal is None]) >= 15
    assert len({a.erp_id for a in accounts}) == len(accounts)


def test_the_types_of_all_three_erps_are_known() -> None:
    kinds = ["OthCurrAsset", "Other Current Liability", "CURRLIAB", "DIRECTCOSTS", "Equity"]
    text = "code,name,type\n" + "".join(f"{n},n{n},{kind}\n" for n, kind in enumerate(kinds))
    assert len(parse(text).accounts) == len(kinds)
    assert parse("code,name,type\n1,a,AcctPay\n").accounts[0].requires_contact is (
        ContactKind.VENDOR
    )
