"""A run's one message counts, names causes and says what a person does next."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.services.approval_card import CardFacts
from bot.services.late import LateMonth, Straggling
from bot.services.status import RunStatus
from bot.services.straggling import Listed
from bot.views import approvals, overview, runs, stragglers
from ledger.delivery import DeliveryState
from ledger.money import Money
from ledger.periods import month_of
from ledger.problems import ProblemCode
from ledger.report import AccountTotal, ProblemGroup
from ledger.runs import Batch, BatchState, Delivery, Run, RunKind, RunState, Trigger
from tests.support import books
from tests.unit.views import onboarding as made
from tests.unit.views.onboarding import require_sound

NO_PRICE = ProblemGroup(
    code=ProblemCode.MISSING_PRICE,
    title="No price",
    remedy="Fill in the row's `value`.",
    count=1,
    subjects=("transaction DROP-1",),
)


def finished(*, held: int, problems: int) -> RunStatus:
    """Return how a sync of October ended."""
    alike = Delivery(
        id="d1",
        company_id="company-1",
        batch_id="b",
        run_id="r",
        entry=books.entry(1, of=books.company()),
        state=DeliveryState.HELD,
    )
    run = Run(
        id="r",
        organisation_id="org-1",
        company_id="company-1",
        first_date=date(2026, 10, 1),
        last_date=date(2026, 10, 31),
        trigger=Trigger.HAND,
        requested_by="U1",
        requested_at=datetime(2026, 11, 2, tzinfo=UTC),
        state=RunState.FINISHED,
    )
    return RunStatus(
        organisation=made.organisation(),
        company=made.company(enabled=True),
        run=run,
        batch=None,
        counts={DeliveryState.VERIFIED: 3, DeliveryState.HELD: held},
        earlier=0,
        problems=(NO_PRICE,) * problems,
        held=(alike,) * held,
        diverged=(),
    )


@pytest.mark.parametrize(
    ("held", "problems", "steps"),
    [
        (0, 0, ["/integral verify 2026-10"]),
        (1, 0, ["/integral duplicates"]),
        (0, 1, ["/integral sync 2026-10"]),
        (1, 1, ["/integral duplicates", "/integral sync 2026-10"]),
    ],
)
def test_a_finished_run_names_a_step_for_everything_it_left(
    held: int, problems: int, steps: list[str]
) -> None:
    drawn = runs.progress(finished(held=held, problems=problems))
    said = require_sound(drawn)
    _, _, last = said.rpartition("Next:")
    assert [step for step in ("duplicates", "sync", "verify") if step in last] == [
        step.split()[1] for step in steps
    ]
    assert all(step in last for step in steps)


@pytest.mark.parametrize(
    ("held", "words"),
    [(1, "1 entry held as a possible duplicate "), (2, "2 entries held as possible duplicates ")],
)
def test_what_is_held_is_counted_in_good_words(held: int, words: str) -> None:
    assert words in require_sound(runs.progress(finished(held=held, problems=0)))


def test_a_preview_s_table_adds_up_although_it_shows_the_biggest_accounts_only() -> None:
    accounts = [
        AccountTotal(label=f"Account {n}", debit=dollars(n), credit=dollars(15 - n))
        for n in range(1, 15)
    ]
    lines = runs.accounts_table(accounts, adds_up=True).strip("`").splitlines()
    assert lines[-2].split() == ["2", "other", "accounts", "27.00", "Dr", "3.00", "Cr"]
    assert lines[-1].split() == ["Total", "105.00", "Dr", "105.00", "Cr"]
    assert "Total" not in runs.accounts_table(accounts)


def test_on_a_phone_which_breaks_the_lines_a_credit_still_is_no_debit() -> None:
    one_sided = [
        AccountTotal(label="Receivable", debit=dollars(0), credit=dollars(7)),
        AccountTotal(label="Payroll", debit=dollars(7), credit=dollars(0)),
    ]
    lines = runs.accounts_table(one_sided).strip("`").splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["Receivable", "7.00", "Cr"],
        ["Payroll", "7.00", "Dr"],
    ]


def dollars(amount: int) -> Money:
    return Money(Decimal(f"{amount}.00"), "USD")


def decided(state: BatchState, *, kind: RunKind = RunKind.PUSH, name: str = "Acme") -> CardFacts:
    """Return a card of a run that ended one way or another."""
    status = finished(held=0, problems=1)
    batch = Batch(
        id="b",
        run_id="r",
        organisation_id="org-1",
        company_id="company-1",
        state=state,
        digest="d" * 64,
        reason="Needs approval.",
        shape_version=1,
        frozen_at=datetime(2026, 11, 2, tzinfo=UTC),
        entries=3,
        total="6.00 USD",
        decided_by="U2" if state is BatchState.REJECTED else None,
        decision_note=name,
    )
    run = replace(status.run, kind=kind, state=RunState.CANCELLED)
    organisation = replace(status.organisation, name=name)
    status = replace(status, run=run, batch=batch, organisation=organisation)
    return CardFacts(status=status, batch=batch, approvals={})


@pytest.mark.parametrize("name", ["Acme", made.HOSTILE], ids=["plain", "hostile"])
@pytest.mark.parametrize("state", [BatchState.REJECTED, BatchState.LAPSED])
def test_a_card_that_ended_says_so_anew_with_the_way_on(state: BatchState, name: str) -> None:
    words = require_sound(approvals.ended(decided(state, name=name)))
    assert "Prepared for <@U1>" in words
    assert "/integral sync 2026-10" in words


@pytest.mark.parametrize("state", [BatchState.REJECTED, BatchState.LAPSED])
def test_a_correction_that_ended_does_not_lead_to_a_sync(state: BatchState) -> None:
    facts = decided(state, kind=RunKind.CORRECTION)
    for drawn in (approvals.ended(facts), approvals.card(facts, detailed=False)):
        words = require_sound(drawn)
        assert "/integral undo" in words
        assert "/integral sync" not in words


def test_an_approver_reads_the_remedy_of_each_problem_on_the_card() -> None:
    facts = decided(BatchState.AWAITING_APPROVAL)
    assert NO_PRICE.remedy in require_sound(approvals.card(facts, detailed=True))
    assert NO_PRICE.remedy not in require_sound(approvals.card(facts, detailed=False))


@pytest.mark.parametrize(
    ("ready", "approved", "waiting", "step"),
    [
        (3, 0, 1, "watch what goes"),
        (0, 3, 0, "watch what goes"),
        (3, 0, 0, "nothing, the schedule pushes it; or `/integral sync"),
        (0, 0, 0, "/integral import"),
    ],
)
def test_once_resumed_the_next_step_is_one_that_is_left(
    ready: int, approved: int, waiting: int, step: str
) -> None:
    state = made.company_state(hold=True, ready=ready)
    state = replace(state, counts={DeliveryState.APPROVED: approved})
    said = require_sound(overview.resumed(state, made.schedule(waiting=waiting)))
    assert step in said.rpartition("Next:")[2]
    off = replace(made.schedule(), schedule=None, upcoming=None)
    without = require_sound(overview.resumed(replace(state, counts={}), off))
    assert ("schedule` does it for you" in without) == bool(ready)


@pytest.mark.parametrize(("ready", "offered"), [(0, False), (1, True)])
def test_late_transactions_that_are_all_blocked_cannot_be_pushed(ready: int, offered: bool) -> None:
    month = month_of(date(2026, 10, 1))
    late = LateMonth(month=month, transactions=(("bank", "1"), ("bank", "2")), ready=ready)
    listed = Listed(
        organisation=made.organisation(),
        company=made.company(),
        late=Straggling(months=(late,)),
    )
    assert ("Push now" in require_sound(stragglers.listed(listed))) == offered


@pytest.mark.parametrize(
    ("approved", "words"),
    [
        (0, ""),
        (1, "1 approved entry, stopped on the way, goes at once."),
        (3, "3 approved entries, stopped on the way, go at once."),
    ],
)
def test_resuming_says_that_what_was_stopped_goes_at_once(approved: int, words: str) -> None:
    state = replace(made.company_state(hold=True), counts={DeliveryState.APPROVED: approved})
    said = require_sound(overview.ask_resume(made.organisation(), state, made.schedule()))
    assert words in said
    assert ("stopped" in said) == bool(approved)
