"""Counts of a period: what only waits in the ERP is told apart from what is posted."""

from dataclasses import replace
from datetime import date

import pytest

from bot.cli.shapes import show_status, status_json
from bot.services.period_status import PeriodStatus
from bot.views import overview
from ledger.delivery import DeliveryState
from ledger.organisation import Provider
from ledger.periods import month_of
from tests.support import books
from tests.unit.views import onboarding as made

S = DeliveryState
COUNTS = {S.POSTED: 1, S.VERIFIED: 5, S.DIVERGED: 2, S.PENDING_IN_ERP: 3, S.HELD: 4}


def period(provider: Provider, counts: dict[DeliveryState, int]) -> PeriodStatus:
    return PeriodStatus(
        company=replace(books.company(), provider=provider),
        period=month_of(date(2026, 10, 1)),
        counts=counts,
        ready=0,
        problems=(),
        unmade=0,
        run=None,
        late=0,
    )


def test_json_counts_what_waits_in_the_erp_beside_what_is_posted() -> None:
    found = status_json(books.organisation(), period(Provider.NETSUITE, COUNTS))
    assert (found["posted"], found["verified"], found["diverged"]) == (8, 5, 2)
    assert (found["pending_in_erp"], found["held"], found["entries"]) == (3, 4, 15)


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        (Provider.NETSUITE, "waiting for approval in NetSuite"),
        (Provider.JOURNAL_FILE, "in a file, not imported yet"),
    ],
)
def test_people_read_what_waits_only_where_something_does(
    provider: Provider, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_status(books.organisation(), period(provider, COUNTS))
    shown = capsys.readouterr().out
    assert f"{words} 3" in " ".join(shown.split())
    assert "posted 8" in " ".join(shown.split())
    show_status(books.organisation(), period(provider, {S.VERIFIED: 1}))
    assert words not in capsys.readouterr().out


def test_slack_tells_apart_what_waits_in_netsuite_and_what_it_rejected() -> None:
    company = replace(made.company(), provider=Provider.NETSUITE)
    state = replace(made.company_state(), company=company, counts=COUNTS)
    shown = str(overview.status(made.standing(state=state)).blocks)
    assert "3 waiting for the ERP's own approval" in shown
    assert "2 differing from what was approved, or rejected in NetSuite" in shown
