"""What people see of corrections is what Slack accepts, with nothing from outside as markup."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.corrections_looking import Asked, Choices, Look, UndoChoice
from bot.services.corrections_ordering import Ordered
from bot.services.corrections_planning import Plan, PlannedReversal, Replacement
from bot.services.corrections_selection import Selection
from bot.services.corrections_sorting import Left
from bot.services.staleness import StaleFound
from bot.services.status import RunStatus
from bot.views import corrections as view
from bot.views import kit, staleness
from bot.views import runs as run_views
from ledger.corrections import AccountChange, Mode, Summary
from ledger.delivery import DeliveryState
from ledger.money import Money
from ledger.problems import Problem, ProblemCode
from ledger.runs import Delivery, Run, RunKind, RunState, Trigger
from tests.support import books
from tests.unit.views import onboarding as made
from tests.unit.views.onboarding import HOSTILE, require_sound, require_sound_view

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ORGANISATION = made.organisation(HOSTILE)
COMPANY = made.company(HOSTILE)
ID = "0199c1a0-0000-7000-8000-0000deadbeef"


def run(number: int = 0, *, kind: RunKind = RunKind.CORRECTION, waits: bool = False) -> Run:
    return Run(
        id=f"{ID[:-2]}{number:02}",
        organisation_id=ORGANISATION.id,
        company_id=COMPANY.id,
        first_date=date(2026, 10, 1),
        last_date=date(2026, 10, 31),
        trigger=Trigger.HAND,
        kind=kind,
        requested_by="U1",
        requested_at=AT,
        state=RunState.OPEN if waits else RunState.FINISHED,
        waiting_for=HOSTILE if waits else None,
    )


def delivery() -> Delivery:
    entry = books.entry(1, of=books.company())
    return Delivery(
        id="d1",
        company_id=COMPANY.id,
        batch_id="b",
        run_id="r",
        entry=entry,
        state=DeliveryState.VERIFIED,
    )


def change(number: int) -> AccountChange:
    return AccountChange(
        label=f"{number} {HOSTILE}", before=Decimal("-123456789.01"), after=Decimal(number)
    )


def look(*, some: int, words: tuple[str, ...] = ("stale",)) -> Look:
    original = delivery()
    plan = Plan(
        mode=Mode.REVERSE_AND_REPOST,
        originals=(original,) * some,
        reversals=(PlannedReversal(original=original, entry_date=date(2026, 10, 31)),) * some,
        replacements=(Replacement(entry=original.entry, originals=("d1",), is_redated=False),)
        * some,
        unchanged=some,
        problems=(Problem(code=ProblemCode.UNCATEGORIZED, subject=HOSTILE),) * some,
        closed=(date(2026, 10, 31),) * some,
        lock_date=date(2026, 10, 31),
    )
    return Look(
        company=COMPANY,
        selection=Selection(words=words),
        fingerprint="f" * 12,
        selected=some,
        plan=plan,
        changes=tuple(change(number) for number in range(some)),
        undone_total=Money(Decimal("12345678.90"), "USD"),
        reversible=some,
        repostable=some,
        unsent=some,
        left=(Left(delivery=original, why=HOSTILE),) * some,
    )


def status(summary: Summary | None, state: RunState, **counts: int) -> RunStatus:
    return RunStatus(
        organisation=ORGANISATION,
        company=COMPANY,
        run=replace(run(), state=state),
        batch=None,
        counts={DeliveryState(name): number for name, number in counts.items()},
        earlier=7,
        problems=(),
        held=(),
        diverged=(),
        correction=summary,
    )


SUMMARY = Summary(
    mode=Mode.REVERSE_AND_REPOST,
    reason=HOSTILE,
    reversals=300,
    replacements=298,
    redated=2,
    redated_to=date(2026, 11, 1),
    changes=(change(1),),
)


@pytest.mark.parametrize("some", [0, 1, 400])
def test_a_look_is_what_slack_accepts_and_offers_only_what_can_be_done(some: int) -> None:
    shown = require_sound(view.look(ORGANISATION, look(some=some)))
    for mode in Mode:
        assert (f"{view.OPEN_FORM}:{mode.value}" in shown) == bool(some)


def test_the_words_of_the_largest_selection_fit_a_button() -> None:
    words = ("account", 'A "quoted" | name' * 60)
    require_sound(view.look(ORGANISATION, look(some=1, words=words)))


@given(st.lists(st.text(max_size=40), max_size=6))
def test_words_pass_through_a_button_whatever_they_are(words: list[str]) -> None:
    packed = kit.pack("org-1", view.pack_words(words))
    _, arguments = kit.unpack(packed)
    assert view.unpack_words(*arguments) == tuple(words)


@pytest.mark.parametrize("some", [0, 1, 10])
def test_the_choices_are_what_slack_accepts(some: int) -> None:
    runs = tuple(run(number, waits=True) for number in range(some))
    found = Choices(
        company=COMPANY,
        stale=some,
        repostable=some,
        runs=tuple(UndoChoice(run=each, entries=3) for each in runs),
        waiting=runs[:3],
        stuck=runs[:3],
    )
    shown = require_sound(view.choices(ORGANISATION, found))
    assert ("Give up" in shown) == bool(some)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("is_closed", [True, False])
def test_the_form_asks_about_closed_books_only_where_they_are(
    mode: Mode, *, is_closed: bool
) -> None:
    asked = Asked(
        order_id=ID,
        asks_about_closed=is_closed,
        closed_through="2026-10-31",
        first_open=date(2026, 11, 1) if is_closed else None,
    )
    packed = (mode.value, "f" * 12, view.pack_words(["2026-10"]))
    shown = require_sound_view(view.form(ORGANISATION, packed, asked))
    assert ("Date what is closed 1 Nov 2026 (first open day)" in shown) == is_closed


@pytest.mark.parametrize(
    ("first_open", "buttons"),
    [
        (
            date(2026, 11, 1),
            ["I have reopened the period: look again", "Use 1 Nov 2026 (first open day)"],
        ),
        (date(2026, 10, 1), ["Look again now"]),
        (None, ["Look again now"]),
    ],
)
def test_what_waits_offers_the_first_open_day_by_its_date_only_while_its_books_are_closed(
    first_open: date | None, buttons: list[str]
) -> None:
    found = Choices(
        company=COMPANY,
        stale=0,
        repostable=0,
        runs=(),
        waiting=(run(waits=True),),
        stuck=(),
        first_open=first_open,
    )
    drawn = view.choices(ORGANISATION, found)
    require_sound(drawn)
    (row,) = (block for block in drawn.blocks if block["type"] == "actions")
    assert [each["text"]["text"] for each in row["elements"]] == [*buttons, "Give up"]


def test_answers_are_what_slack_accepts() -> None:
    for result in (
        Ordered(company=COMPANY, run=run(), withdrawn=0),
        Ordered(company=COMPANY, run=run(), withdrawn=2, is_new=False),
        Ordered(company=COMPANY, run=None, withdrawn=1),
    ):
        require_sound(view.ordered(result))


def test_a_channel_reads_counts_and_an_approver_the_accounts_before_and_after() -> None:
    for_all = str(view.on_card(status(SUMMARY, RunState.AWAITING_APPROVAL), detailed=False))
    for_one = str(view.on_card(status(SUMMARY, RunState.AWAITING_APPROVAL), detailed=True))
    assert "300 reversals and 298 replacements" in for_all
    assert "2 entries are dated 1 Nov 2026, the first open day" in for_all
    assert "123,456,789.01" not in for_all
    assert "(123,456,789.01)" in for_one
    assert HOSTILE not in for_one


def test_a_push_has_nothing_of_a_correction_on_its_card() -> None:
    assert view.on_card(status(None, RunState.AWAITING_APPROVAL), detailed=True) == []


@pytest.mark.parametrize("state", list(RunState))
def test_the_message_of_a_correction_is_what_slack_accepts(state: RunState) -> None:
    shown = require_sound(run_views.progress(status(SUMMARY, state, blocked=3, verified=3)))
    assert "Correction of October 2026" in shown
    assert "waiting until what they replace is undone" in shown
    assert "Sync of" not in shown


def test_the_status_tells_of_stale_entries_only_when_there_are_some() -> None:
    assert staleness.line(0) == ""
    assert "1 posted entry" in staleness.line(1)


@pytest.mark.parametrize(
    ("entries", "said"), [(12, "12 posted entries"), (1, "1 posted entry"), (0, "fits again")]
)
def test_the_channel_reads_how_many_entries_no_longer_fit(entries: int, said: str) -> None:
    told = staleness.told(StaleFound(company=COMPANY, entries=entries))
    assert said in require_sound(told)
    assert "no longer" not in told.text or "/integral undo stale" in told.blocks
