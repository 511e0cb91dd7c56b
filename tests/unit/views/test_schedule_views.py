"""The schedule's messages: what comes next, what is due, what pausing keeps and resuming does."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.services.schedule_recording import Overtaken
from bot.services.schedule_status import ScheduleStatus
from bot.services.schedules import ScheduleChanged
from bot.views import schedules as view
from ledger.schedules import Cadence, Moment, ScheduledPeriod
from tests.unit.views import onboarding as made
from tests.unit.views.onboarding import HOSTILE, require_sound

NOVEMBER = date(2026, 11, 1)


def month(moment: Moment, *, due_at: datetime) -> ScheduledPeriod:
    return ScheduledPeriod(
        organisation_id="org-1",
        cadence=Cadence.MONTHLY,
        period=NOVEMBER,
        moment=moment,
        due_at=due_at,
        recorded_at=due_at,
    )


def in_zone(status: ScheduleStatus, zone: str) -> ScheduleStatus:
    return replace(status, organisation=replace(status.organisation, time_zone=zone))


def test_the_next_push_is_told_in_the_organisations_own_time() -> None:
    status = in_zone(made.schedule(), "Asia/Kathmandu")
    assert view.line(status) == (
        "*Schedule*: daily at 06:00 (Asia/Kathmandu). "
        "Next: the push of 1 Nov 2026, on 2 Nov 2026 at 11:45."
    )
    build = month(Moment.BUILD, due_at=datetime(2026, 11, 30, 18, 15, tzinfo=UTC))
    assert "the month-end push of November 2026, when the month has ended there: 1 Dec 2026" in (
        view.line(replace(status, upcoming=build))
    )


def test_without_a_schedule_the_words_to_set_one_are_there() -> None:
    off = replace(made.schedule(), schedule=None, upcoming=None)
    assert "off. `/integral schedule daily 06:00`" in view.line(off)
    assert "schedule monthly 09:00" in require_sound(view.shown(off))
    assert view.while_paused(off) is None
    assert view.on_resuming(off) is None
    assert view.when_resumed(off) is None


def test_resuming_names_what_is_due_and_that_the_oldest_goes_first() -> None:
    due = made.schedule(waiting=3)
    assert view.on_resuming(due) == (
        "3 days are due: 29 Oct 2026 to 31 Oct 2026; resuming pushes them now, oldest first."
    )
    one = view.on_resuming(made.schedule(waiting=1))
    assert one == "1 day is due: 31 Oct 2026; resuming pushes it now."
    with_gap = replace(due, waiting=(due.waiting[0], due.waiting[2]))
    assert "2 days are due: between 29 Oct 2026 and 31 Oct 2026" in str(view.on_resuming(with_gap))
    assert "Nothing is due by the schedule" in str(view.on_resuming(made.schedule()))


def test_a_month_that_is_due_says_that_it_still_needs_an_approval() -> None:
    build = month(Moment.BUILD, due_at=datetime(2026, 12, 1, tzinfo=UTC))
    check = month(Moment.PRE_CHECK, due_at=datetime(2026, 11, 30, 9, tzinfo=UTC))
    words = view.on_resuming(replace(made.schedule(), waiting=(check, build)))
    assert words == (
        "Due: the pre-check of November 2026, the month-end push of November 2026; "
        "resuming starts them now, oldest first. A month's end still waits for an approval."
    )


def test_pausing_says_that_nothing_due_is_lost() -> None:
    words = str(view.while_paused(made.schedule(waiting=2)))
    assert "2 days are due: 30 Oct 2026 to 31 Oct 2026 now" in words
    assert "Next comes the push of 1 Nov 2026, on 2 Nov 2026 at 06:00" in words


def test_what_waits_says_for_what() -> None:
    paused = made.schedule(waiting=1)
    assert "1 day is due: 31 Oct 2026, and waits, as pushes are paused" in view.line(paused)
    company = made.company(enabled=True)
    ready = replace(made.schedule(waiting=2), company=company)
    assert "to 31 Oct 2026, and go now, oldest first" in view.line(ready)
    nobody = replace(paused, company=None)
    assert "no company is connected" in view.line(nobody)


def test_messages_are_sound_whatever_the_names_are() -> None:
    status = made.schedule(HOSTILE, waiting=40)
    late = tuple(
        month(Moment.DRY_RUN, due_at=datetime(2026, 11, 28, tzinfo=UTC) + timedelta(days=n))
        for n in range(9)
    )
    for drawn in (
        view.shown(status),
        view.changed(ScheduleChanged(status=status, dropped=())),
        view.changed(ScheduleChanged(status=status, dropped=status.waiting)),
        view.overtaken(Overtaken(organisation=status.organisation, periods=late)),
    ):
        assert require_sound(drawn)


def test_turning_it_off_names_what_is_given_up() -> None:
    status = made.schedule(waiting=2)
    assert status.schedule is not None
    off = replace(
        status,
        schedule=replace(status.schedule, cadence=Cadence.OFF, at=time(6)),
        waiting=(),
        upcoming=None,
    )
    words = require_sound(view.changed(ScheduleChanged(status=off, dropped=status.waiting)))
    assert "2 days are due: 30 Oct 2026 to 31 Oct 2026, and will not start any more" in words
