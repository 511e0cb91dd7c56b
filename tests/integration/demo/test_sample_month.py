"""The sample month: what it promises to hold, and that it comes out the same every time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.sources.generic import parse_csv
from ledger.transactions import TransactionType
from sandbox import sample_data as data
from sandbox import sample_month as month


def test_it_has_four_hundred_transactions_of_every_type_over_six_accounts() -> None:
    parsed = parse_csv(month.transactions_csv().encode(), source="sample")

    assert parsed.problems == ()
    assert len(parsed.transactions) >= 400
    assert {t.type for t in parsed.transactions} == set(TransactionType)
    accounts = {a for t in parsed.transactions for a in (t.from_account, t.to_account) if a}
    wallets = {data.TREASURY, data.OPERATIONS, data.PAYROLL, data.STAKING}
    assert accounts == wallets | {data.EXCHANGE, data.BANK}


def test_only_one_row_lacks_its_price() -> None:
    parsed = parse_csv(month.transactions_csv().encode(), source="sample")

    without = [t.id for t in parsed.transactions if t.value is None and t.fee_value is None]

    assert without == [month.MISSING_PRICE_ID]


def test_its_rows_reach_both_ends_of_the_month_at_home_and_a_little_beyond() -> None:
    home = ZoneInfo(data.TIME_ZONE)
    days = [
        datetime.fromisoformat(row["timestamp"]).astimezone(home).date().isoformat()
        for row in month.month_rows()
    ]

    assert (days[0], days[1]) == ("2025-12-31", "2026-01-01")
    assert (days[-2], days[-1]) == ("2026-01-31", "2026-02-01")


def test_ids_and_moments_are_unique_over_both_files() -> None:
    rows = [*month.month_rows(), *month.late_rows()]

    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["timestamp"] for row in rows}) == len(rows)


def test_it_is_the_same_every_time() -> None:
    assert month.transactions_csv() == month.transactions_csv()
    assert month.late_csv() == month.late_csv()
