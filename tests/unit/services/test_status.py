"""A run's stored report: problems by cause, and how many transactions they block, each once."""

from dataclasses import replace
from datetime import date

import pytest

from bot.services.built import Built, Finding
from bot.services.status import dump_problems, load_blocked, load_problems
from ledger.problems import Problem, ProblemCode
from ledger.report import group_problems
from ledger.settings import JournalSettings
from tests.unit.ledger.journals import tx

DAY = date(2026, 10, 12)
CODES = (ProblemCode.DIMENSION_REQUIRED, ProblemCode.PERIOD_CLOSED)


def finding(row: str, code: ProblemCode) -> Finding:
    transaction = tx("deposit", row=row, to_account="Bank", received="1 USD")
    problem = Problem(code=code, subject="x", transaction_id=row)
    return Finding(problem=problem, transaction=transaction, entry_date=DAY)


def built(*findings: Finding) -> Built:
    settings = JournalSettings(base_currency="USD", time_zone="UTC")
    return Built(settings=settings, entries=(), findings=findings)


def test_a_transaction_with_two_problems_is_blocked_once() -> None:
    found = built(*(finding(row, code) for row in ("t1", "t2") for code in CODES))
    other = replace(found.findings[0].transaction, source="another")
    assert found.blocked == 2
    assert built(*found.findings, replace(found.findings[0], transaction=other)).blocked == 3


@pytest.mark.parametrize("blocked", [2, None])
def test_a_report_is_read_as_it_was_written(blocked: int | None) -> None:
    found = built(*(finding(row, code) for row in ("t1", "t2") for code in CODES))
    groups = group_problems(f.problem for f in found.findings)
    text = dump_problems(groups, blocked=blocked)
    assert load_problems(text) == groups
    assert load_blocked(text) == blocked


def test_without_a_report_nothing_is_blocked() -> None:
    assert (load_problems(None), load_blocked(None)) == ((), 0)
