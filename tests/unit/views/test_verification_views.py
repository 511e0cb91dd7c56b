"""What was deleted in the ERP is shown with the decision that an approver has about it."""

from dataclasses import replace
from datetime import date

from bot.handlers import runs as handlers
from bot.services.status import Verified
from bot.views import verification
from bot.views.verification import GIVE_UP
from ledger.delivery import DeliveryState
from ledger.drift import GONE, REJECTED
from ledger.organisation import Right
from ledger.periods import Period
from ledger.runs import Delivery
from tests.support import books
from tests.unit.views import onboarding as made
from tests.unit.views.onboarding import require_sound

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def verified(*differences: str, given_up: int | None = None, too_early: int = 0) -> Verified:
    """Return how October compares, with an entry for each difference."""
    diverged = tuple(
        Delivery(
            id=f"d{place}",
            company_id="company-1",
            batch_id="b",
            run_id="r",
            entry=books.entry(place, of=books.company()),
            state=DeliveryState.DIVERGED,
            differences=(difference,),
        )
        for place, difference in enumerate(differences)
    )
    return Verified(
        organisation=made.organisation(),
        company=made.company(made.HOSTILE),
        period=OCTOBER,
        checked=3,
        diverged=diverged,
        urls=("",) * len(diverged),
        given_up=given_up,
        too_early=too_early,
    )


def test_a_period_without_entries_is_not_said_to_be_as_approved() -> None:
    shown = require_sound(verification.result(replace(verified(), checked=0)))
    assert "Nothing of October 2026" in shown
    assert "as approved" not in shown


def test_only_what_was_deleted_can_be_made_anew_and_only_by_an_approver() -> None:
    shown = require_sound(verification.result(verified(GONE, REJECTED)))
    assert shown.count(GIVE_UP) == 1
    assert "1 deleted entry" in shown
    assert GIVE_UP not in require_sound(verification.result(verified(REJECTED)))
    (action,) = handlers.ACTIONS
    assert (action.action_id, action.right) == (GIVE_UP, Right.APPROVE)


def test_the_answer_says_what_was_given_up_and_what_has_to_wait() -> None:
    done = require_sound(verification.result(verified(given_up=2)))
    assert "2 deleted entries are given up" in done
    assert "/integral sync 2026-10" in done
    early = require_sound(verification.result(verified(GONE, given_up=0, too_early=1)))
    assert "1 entry was found to be gone only a moment ago" in early
    alone = require_sound(verification.result(replace(verified(given_up=1), checked=0)))
    assert "1 deleted entry is given up" in alone
    assert "there again" in require_sound(verification.result(verified(given_up=0)))
    assert "given up" not in require_sound(verification.result(verified()))
