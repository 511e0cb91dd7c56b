"""When an unsent entry is taken back, since it would come out differently now."""

from dataclasses import replace

import pytest

from bot.services.outdated import _is_outdated
from bot.services.problem_text import dump_problem
from bot.services.rebuilding import Compared, Fit
from ledger.delivery import DeliveryState
from ledger.problems import Problem, ProblemCode
from ledger.runs import Delivery
from tests.support import books

S = DeliveryState


def unsent(state: DeliveryState, code: ProblemCode | None = None) -> Delivery:
    delivery = Delivery(
        id="d1",
        company_id="company-1",
        batch_id="b",
        run_id="r",
        entry=books.entry(1, of=books.company()),
        state=state,
    )
    problem = dump_problem(Problem(code=code, subject="it")) if code else None
    return replace(delivery, problem=problem)


@pytest.mark.parametrize("state", [S.APPROVED, S.HELD])
@pytest.mark.parametrize("fit", list(Fit))
def test_what_may_still_be_sent_is_what_would_be_made_now(state: DeliveryState, fit: Fit) -> None:
    assert _is_outdated(unsent(state), Compared(fit=fit)) is (fit is Fit.STALE)


@pytest.mark.parametrize(
    ("code", "is_outdated"),
    [
        (ProblemCode.UNCATEGORIZED, True),
        (ProblemCode.ACCOUNT_NOT_MAPPED, True),
        (ProblemCode.SOURCE_NOT_LIVE, False),
        (ProblemCode.ACCOUNT_INACTIVE, False),
    ],
)
def test_a_gap_that_people_made_takes_an_approved_entry_back_and_the_erps_state_does_not(
    code: ProblemCode, is_outdated: bool
) -> None:
    compared = Compared(fit=Fit.UNKNOWN, problems=(Problem(code=code, subject="it"),))
    assert _is_outdated(unsent(S.APPROVED), compared) is is_outdated


@pytest.mark.parametrize("code", [ProblemCode.PERIOD_CLOSED, ProblemCode.TEXT_TOO_LONG])
def test_a_refused_entry_keeps_its_number_while_only_the_erp_can_mend_it(
    code: ProblemCode,
) -> None:
    refused = unsent(S.REFUSED, code)
    outdated = {fit for fit in Fit if _is_outdated(refused, Compared(fit=fit))}
    is_about_text = code is ProblemCode.TEXT_TOO_LONG
    assert outdated == ({Fit.STALE, Fit.FITS} if is_about_text else {Fit.STALE})
