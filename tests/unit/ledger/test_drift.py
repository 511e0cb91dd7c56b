"""Drift's words: kinds from differences, and nothing secret in what a channel is told."""

import pytest

from ledger.attempts import read_note
from ledger.drift import GONE, REJECTED, TITLES, WAYS, DriftKind, changed_parts, doubled, kind_of
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
