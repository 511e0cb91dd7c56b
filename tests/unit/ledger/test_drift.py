"""Drift: kinds from differences, nothing secret for a channel, and nights for older months."""

from datetime import date, timedelta

import pytest

from ledger.attempts import read_note
from ledger.drift import (
    GONE,
    REJECTED,
    TITLES,
    WAYS,
    DriftKind,
    changed_parts,
    doubled,
    kind_of,
    older_months,
)
from ledger.periods import Period, month_of
from ledger.problems import ProblemCode


def test_every_kind_has_a_title_and_a_way_out() -> None:
    assert set(TITLES) == set(WAYS) == set(DriftKind)


@pytest.mark.parametrize(
    ("differences", "kind"),
    [
        ((GONE,), DriftKind.DELETED),
        ((doubled(["7", "8"]),), DriftKind.DOUBLED),
        ((REJECTED, "Date: approved 2026-10-12, the ERP has 2026-10-13"), DriftKind.REJECTED),
        (("Date: approved 2026-10-12, the ERP has 2026-10-13",), DriftKind.EDITED),
    ],
)
def test_kinds_are_told_apart(differences: tuple[str, ...], kind: DriftKind) -> None:
    assert kind_of(differences) is kind


@pytest.mark.parametrize(
    ("since", "months"), [(date(2026, 8, 15), 1), (date(2024, 5, 1), 28), (date(2023, 1, 1), 44)]
)
def test_every_older_month_has_one_night_of_each_calendar_month(since: date, months: int) -> None:
    nights = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
    looked = [older_months(night, since=since, before=date(2026, 9, 1)) for night in nights]
    assert max(map(len, looked)) == -(-months // 28)
    found = sorted((month for tonight in looked for month in tonight), key=lambda m: m.first)
    assert [month_of(month.first) for month in found] == found
    assert len({month.first for month in found}) == len(found) == months
    assert (found[0], found[-1]) == (month_of(since), month_of(date(2026, 8, 31)))


def test_what_the_nightly_window_covers_is_not_looked_at_twice() -> None:
    nights = [date(2026, 11, day) for day in range(1, 31)]
    found = [
        month
        for night in nights
        for month in older_months(night, since=date(2026, 8, 1), before=date(2026, 9, 12))
    ]
    assert sorted(found, key=lambda month: month.first) == [
        Period(date(2026, 8, 1), date(2026, 8, 31)),
        Period(date(2026, 9, 1), date(2026, 9, 11)),
    ]
    assert older_months(nights[0], since=None, before=date(2026, 9, 12)) == []


def test_parts_are_named_without_amounts_accounts_or_memos() -> None:
    found = changed_parts(
        [
            "Memo: approved “a”, the ERP has “b: 5 USD”",
            "Amount of debit on 1000 Bank: approved 5.00 USD, the ERP has 6.00 USD",
            "Debit of 5.00 USD on 1000 Bank was approved and is missing in the ERP",
            "Credit of 5.00 USD on 2: Payroll is in the ERP and was not approved",
        ]
    )
    assert found == ("memo", "amount", "postings")


@pytest.mark.parametrize(
    ("note", "read"),
    [
        ("rate_limited [trace 1-5f.a:b]", (ProblemCode.RATE_LIMITED, "1-5f.a:b")),
        ("rate_limited", (ProblemCode.RATE_LIMITED, None)),
        ("confirmed", (None, None)),
        ("Memo: approved “payroll”", (None, None)),
        (None, (None, None)),
    ],
)
def test_only_a_code_and_a_trace_are_read_from_a_note(
    note: str | None, read: tuple[ProblemCode | None, str | None]
) -> None:
    assert read_note(note) == read
