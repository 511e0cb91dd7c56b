"""Views of a month's end: the next step is one that leads on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.services.late import Straggling
from bot.services.month_ends import MonthEndReport
from bot.services.prerequisites import Prerequisites
from bot.views import month_ends
from ledger.approval import ApproverGap
from ledger.books import Books
from ledger.money import Money
from ledger.periods import month_of
from ledger.schedules import Moment
from tests.support import books
from tests.unit.views import onboarding

REPORT = MonthEndReport(
    organisation=books.organisation(),
    company=books.company(),
    month=month_of(date(2026, 10, 1)),
    moment=Moment.PRE_CHECK,
    prerequisites=Prerequisites(
        sources=(), stale_sources=(), needed=0, mapped=0, missing_roles=(), settings_saved=True
    ),
    books=None,
    erp_problem=None,
    entries=0,
    total=Money(Decimal("0.00"), "USD"),
    problems=(),
    blocked=0,
    held=0,
    late=Straggling(months=()),
)


def test_while_pushes_are_paused_no_card_is_promised() -> None:
    paused = replace(REPORT, company=replace(REPORT.company, pushes_enabled=False))
    shown = month_ends.report(paused).blocks
    assert "a card asks for approval" not in shown
    assert "then `/integral resume`" in shown


def test_a_month_that_nobody_could_approve_is_not_ready_and_says_what_mends_it() -> None:
    ready = replace(
        REPORT,
        company=replace(REPORT.company, pushes_enabled=True),
        prerequisites=onboarding.prerequisites(hold=True),
    )
    assert ready.is_ready
    gap = ApproverGap(says="nobody may approve.", remedy="Do `this`.")
    report = replace(ready, approver_gap=gap)
    assert not report.is_ready
    assert ":x: *8. Approvers*: nobody may approve. Do `this`." in month_ends.report(report).blocks


def test_a_lock_date_is_named_with_what_to_do_about_it() -> None:
    imported = Books(company_name="Acme", functional_currency="USD", lock_date=date(2026, 10, 15))
    shown = month_ends.report(replace(REPORT, books=imported)).blocks
    assert "books are closed through 15 Oct 2026. Reopen the period in the ERP" in shown
    assert "never imported. `/integral accounts refresh`" in month_ends.report(REPORT).blocks


def test_while_pushes_are_enabled_the_card_of_the_ended_month_is_promised() -> None:
    enabled = replace(REPORT, company=replace(REPORT.company, pushes_enabled=True))
    assert "a card asks for approval" in month_ends.report(enabled).blocks
