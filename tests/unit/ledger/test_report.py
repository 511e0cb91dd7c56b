"""The report: counts and totals per state, one remedy per kind of problem, the biggest accounts."""

from dataclasses import replace

from ledger.delivery import DeliveryState
from ledger.problems import Problem, ProblemCode
from ledger.report import report
from tests.unit.ledger.journals import usd
from tests.unit.ledger.test_verification import ENTRY

S = DeliveryState


def _problem(code: ProblemCode, subject: str, transaction: str | None = None) -> Problem:
    return Problem(code=code, subject=subject, transaction_id=transaction)


def test_a_run_is_summed_up() -> None:
    found = report(
        [(ENTRY, S.VERIFIED), (replace(ENTRY, number="INT-7K2M-00002-011525"), S.VERIFIED),
         (ENTRY, S.HELD)],
        problems=[
            _problem(ProblemCode.MISSING_PRICE, "transaction t9", "t9"),
            _problem(ProblemCode.ACCOUNT_NOT_MAPPED, "ETH in A", "t1"),
            _problem(ProblemCode.ACCOUNT_NOT_MAPPED, "BTC in A", "t1"),
            _problem(ProblemCode.ACCOUNT_NOT_MAPPED, "ETH in A", "t2"),
        ],
        currency="USD",
        most_accounts=2,
    )  # fmt: skip
    assert (found.entries, found.total) == (3, usd("153.00"))
    assert [(s.state, s.entries, s.total) for s in found.states] == [
        (S.HELD, 1, usd("51.00")),
        (S.VERIFIED, 2, usd("102.00")),
    ]
    assert [(g.code.value, g.count, g.subjects) for g in found.problems] == [
        ("account_not_mapped", 2, ("ETH in A", "BTC in A")),
        ("missing_price", 1, ("transaction t9",)),
    ]
    assert all(group.remedy for group in found.problems)
    assert [(a.label, a.debit, a.credit) for a in found.accounts] == [
        ("1010 Name", usd("0"), usd("153.00")),
        ("1100 Name", usd("150.00"), usd("0")),
    ]


def test_an_empty_run_is_all_zero() -> None:
    found = report([], problems=[], currency="USD")
    assert (found.entries, found.total, found.states, found.problems, found.accounts) == (
        0, usd("0"), (), (), (),
    )  # fmt: skip
