"""Refusals: the ERP's reason in our words, and surely nothing in its books."""

from __future__ import annotations

from datetime import timedelta

from bot.erp.connector import Outcome
from bot.erp.errors import ErpRejected
from ledger.problems import ProblemCode
from tests.contract.case import ENTRY_DATE, ConnectorCase, PlainCase, entry, entry_on, post_one


def refusal(outcome: Outcome) -> ProblemCode:
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.facts
    return outcome.problem.code


async def test_a_closed_period_refuses_the_entry_and_it_is_not_re_dated(
    case: ConnectorCase,
) -> None:
    case.close_books(ENTRY_DATE)
    assert refusal(await post_one(case, entry(case))) is ProblemCode.PERIOD_CLOSED
    assert case.held_numbers() == []


async def test_the_day_after_a_closed_period_is_open(case: ConnectorCase) -> None:
    case.close_books(ENTRY_DATE)
    await post_one(case, entry(case, day=ENTRY_DATE + timedelta(days=1)))
    assert len(case.held_numbers()) == 1


async def test_an_unknown_account_is_refused(any_case: PlainCase) -> None:
    code = refusal(await post_one(any_case, entry_on(any_case, any_case.accounts.unknown)))
    assert code is any_case.refusals.unknown
    assert any_case.held_numbers() == []


async def test_an_inactive_account_is_refused(any_case: PlainCase) -> None:
    code = refusal(await post_one(any_case, entry_on(any_case, any_case.accounts.inactive)))
    assert code is ProblemCode.ACCOUNT_INACTIVE
    assert any_case.held_numbers() == []


async def test_an_account_in_another_currency_is_refused(any_case: PlainCase) -> None:
    code = refusal(await post_one(any_case, entry_on(any_case, any_case.accounts.foreign)))
    assert code is any_case.refusals.foreign
    assert any_case.held_numbers() == []


async def test_receivables_without_a_customer_are_refused(any_case: PlainCase) -> None:
    outcome = await post_one(any_case, entry_on(any_case, any_case.accounts.receivable))
    assert refusal(outcome) is any_case.refusals.receivable
    assert any_case.held_numbers() == []
