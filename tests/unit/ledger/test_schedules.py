"""Schedules: ten years in thirty zones with a moved clock; each period once, at its moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.local_time import end_of_day, exists, instant_of
from ledger.periods import last_of_month
from ledger.schedules import (
    MOST_AT_ONCE,
    OVERTAKEN,
    Cadence,
    InPlace,
    Moment,
    PeriodState,
    Schedule,
    ScheduledPeriod,
    ScheduleError,
    after,
    due,
    may_start,
    not_again,
    parse_time,
    scheduled,
    upcoming,
)
from tests.unit.ledger.calendars import FIRST, LAST, ZONES, Calendar

DAY = timedelta(days=1)
LONG_AGO = date(2000, 1, 1)
BERLIN = "Europe/Berlin"
# In the gaps of most zones, of Lord Howe's half hour, and of those that jump at midnight.
TIMES = (time(2, 30), time(2, 15), time(0), time(0, 30), time(23, 45))
Due = tuple[date, Moment, datetime]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def place(schedule: Schedule, zone: str, *, go_live: date = LONG_AGO) -> InPlace:
    return InPlace(schedule=schedule, time_zone=zone, go_live=go_live)


def daily(begins: datetime, zone: str = BERLIN, hour: time = time(6)) -> Schedule:
    return scheduled("org", Cadence.DAILY, hour, time_zone=zone, by="U1", now=begins)


def monthly(begins: datetime, zone: str = BERLIN, hour: time = time(9)) -> Schedule:
    return scheduled("org", Cadence.MONTHLY, hour, time_zone=zone, by="U1", now=begins)


class Keeper:
    """Keeps a schedule and what it recorded, as storage does."""

    def __init__(self, schedule: Schedule, zone: str) -> None:
        self.schedule = schedule
        self.zone = zone
        self.recorded: list[ScheduledPeriod] = []

    def tick(self, now: datetime) -> tuple[ScheduledPeriod, ...]:
        found = due(place(self.schedule, self.zone), now)
        if found:
            self.schedule = after(self.schedule, found[-1])
        self.recorded += found
        return found

    def dues(self) -> list[Due]:
        return [(each.period, each.moment, each.due_at) for each in self.recorded]


@cache
def calendar(zone: str) -> Calendar:
    return Calendar(zone)


def days() -> list[date]:
    return [FIRST + n * DAY for n in range((LAST - FIRST).days + 1)]


def expected_daily(zone: str, hour: time) -> list[Due]:
    known = calendar(zone)
    return [
        (day, Moment.RUN, max(known.first_at(day + DAY, hour), known.over(day)))
        for day in days()
        if known.has(day)
    ]


def expected_monthly(zone: str, hour: time) -> list[Due]:
    known, found = calendar(zone), []
    for first in (day for day in days() if day.day == 1):
        last = last_of_month(first)
        found += [
            (first, Moment.DRY_RUN, known.first_at(last - 2 * DAY, hour)),
            (first, Moment.PRE_CHECK, known.first_at(last, hour)),
            (first, Moment.BUILD, known.over(last)),
        ]
    return found


def let_ten_years_pass(keeper: Keeper, begins: datetime, ends: datetime, seed: str) -> None:
    """Move a clock by minutes, hours and months, sometimes back, and tick at every stop."""
    chance = Random(seed)
    now = begins
    while now < ends:
        now += chance.choices(
            (
                timedelta(minutes=chance.randint(1, 90)),
                timedelta(hours=chance.randint(1, 60)),
                timedelta(days=chance.randint(2, 120)),
                -timedelta(hours=chance.randint(1, 80)),
            ),
            weights=(15, 60, 1, 8),
        )[0]
        keeper.tick(min(now, ends))
    while keeper.tick(ends):
        pass


@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_schedules_miss_nothing_and_repeat_nothing(zone: str) -> None:
    hour = TIMES[ZONES.index(zone) % len(TIMES)]
    begins = end_of_day(FIRST - DAY, zone)
    days_due, months_due = expected_daily(zone, hour), expected_monthly(zone, hour)
    for schedule, expected in (
        (daily(begins, zone, hour), days_due),
        (monthly(begins, zone, hour), months_due),
    ):
        first = replace(schedule, next_period=FIRST)
        keeper = Keeper(first, zone)
        let_ten_years_pass(keeper, begins, expected[-1][2], zone)
        found = keeper.dues()
        assert found == expected
        assert len(set(found)) == len(expected)
        assert all(each.recorded_at >= each.due_at for each in keeper.recorded)
    assert len(days_due) == 3652 - (zone == "Pacific/Apia")
    assert len(months_due) == 3 * 120


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(FIRST, LAST),
    hour=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_a_wall_clock_time_means_its_first_instant_or_the_first_after_a_gap(
    zone: str, day: date, hour: time
) -> None:
    assert instant_of(day, hour, zone) == calendar(zone).first_at(day, hour)
    assert end_of_day(day, zone) == calendar(zone).over(day)
    assert exists(day, zone) == calendar(zone).has(day)


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        (BERLIN, date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),
        (BERLIN, date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "2026-10-03T15:30"),
        ("Asia/Kathmandu", date(2026, 2, 28), time(6), "2026-02-28T00:15"),
        ("Pacific/Apia", date(2011, 12, 30), time(6), "2011-12-30T10:00"),
    ],
)
def test_instants_that_people_can_check(zone: str, day: date, hour: time, instant: str) -> None:
    assert instant_of(day, hour, zone) == at(instant)


def test_a_day_that_comes_back_after_midnight_is_over_only_the_second_time() -> None:
    zone, day = "America/St_Johns", date(2009, 10, 31)
    assert instant_of(day + DAY, time(0), zone) == at("2009-11-01T02:30")
    assert end_of_day(day, zone) == at("2009-11-01T03:30")
    (run,) = due(place(daily(at("2009-10-31T12:00"), zone, time(0)), zone), at("2009-11-01T03:30"))
    assert (run.period, run.due_at) == (day, at("2009-11-01T03:30"))


@pytest.mark.parametrize(
    ("month", "dry_run", "pre_check", "build"),
    [
        (date(2024, 2, 1), "2024-02-27T08:00", "2024-02-29T08:00", "2024-02-29T23:00"),
        (date(2026, 2, 1), "2026-02-26T08:00", "2026-02-28T08:00", "2026-02-28T23:00"),
        (date(2026, 4, 1), "2026-04-28T07:00", "2026-04-30T07:00", "2026-04-30T22:00"),
        (date(2026, 10, 1), "2026-10-29T08:00", "2026-10-31T08:00", "2026-10-31T23:00"),
    ],
)
def test_a_months_moments(month: date, dry_run: str, pre_check: str, build: str) -> None:
    keeper = Keeper(monthly(datetime.combine(month, time(12), UTC)), BERLIN)
    for moment in (dry_run, pre_check, build):
        assert not keeper.tick(at(moment) - timedelta(seconds=1))
        assert len(keeper.tick(at(moment))) == 1
    assert keeper.dues() == [
        (month, Moment.DRY_RUN, at(dry_run)),
        (month, Moment.PRE_CHECK, at(pre_check)),
        (month, Moment.BUILD, at(build)),
    ]


def test_a_last_day_that_a_zone_leaves_out_has_its_pre_check_before() -> None:
    zone = "Pacific/Kiritimati"
    where = place(monthly(at("1994-12-02T00:00"), zone), zone, go_live=date(1994, 1, 1))
    assert [(each.moment, each.due_at) for each in due(where, at("1994-12-31T10:00"))] == [
        (Moment.DRY_RUN, at("1994-12-29T19:00")),
        (Moment.PRE_CHECK, at("1994-12-30T19:00")),
        (Moment.BUILD, at("1994-12-31T10:00")),
    ]


def test_nothing_before_it_was_set_is_due() -> None:
    set_at = at("2026-11-20T12:00")
    assert upcoming(place(daily(set_at), BERLIN)) == ScheduledPeriod(
        organisation_id="org",
        cadence=Cadence.DAILY,
        period=date(2026, 11, 20),
        moment=Moment.RUN,
        due_at=at("2026-11-21T05:00"),
        recorded_at=at("2026-11-21T05:00"),
    )
    tonight = daily(set_at, hour=time(18))
    assert (tonight.next_period, tonight.next_moment) == (date(2026, 11, 19), Moment.RUN)
    on_the_last_day = monthly(at("2026-10-31T12:00"))
    assert on_the_last_day.next_moment is Moment.BUILD
    on_the_first_day = monthly(at("2026-11-01T12:00"))
    assert (on_the_first_day.next_period, on_the_first_day.next_moment) == (
        date(2026, 11, 1),
        Moment.DRY_RUN,
    )


@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2006, 1, 1), datetime(2015, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them so
    cadence=st.sampled_from([Cadence.DAILY, Cadence.MONTHLY]),
    hour=st.sampled_from(TIMES),
)
def test_the_first_thing_a_schedule_does_lies_after_it_was_set_and_within_its_cadence(
    zone: str, moment: datetime, cadence: Cadence, hour: time
) -> None:
    schedule = scheduled("org", cadence, hour, time_zone=zone, by="U1", now=moment)
    first = upcoming(place(schedule, zone))
    assert first is not None
    longest = timedelta(hours=50) if cadence is Cadence.DAILY else timedelta(days=31)
    assert moment < first.due_at <= moment + longest
    assert not due(place(schedule, zone), moment)


def test_nothing_before_the_go_live_date_is_due() -> None:
    begins = at("2026-10-20T12:00")
    found = due(place(daily(begins), BERLIN, go_live=date(2026, 11, 1)), at("2026-11-03T12:00"))
    assert [each.period for each in found] == [date(2026, 11, 1), date(2026, 11, 2)]
    months = due(place(monthly(begins), BERLIN, go_live=date(2026, 11, 5)), at("2027-01-01T12:00"))
    assert {each.period for each in months} == {date(2026, 11, 1), date(2026, 12, 1)}


def test_a_build_that_was_missed_comes_and_its_look_aheads_are_skipped() -> None:
    found = due(place(monthly(at("2026-08-02T12:00")), BERLIN), at("2026-11-29T12:00"))
    assert [(f"{each.period:%m}", each.moment, each.state) for each in found] == [
        ("08", Moment.DRY_RUN, PeriodState.SKIPPED),
        ("08", Moment.PRE_CHECK, PeriodState.SKIPPED),
        ("08", Moment.BUILD, PeriodState.WAITING),
        ("09", Moment.DRY_RUN, PeriodState.SKIPPED),
        ("09", Moment.PRE_CHECK, PeriodState.SKIPPED),
        ("09", Moment.BUILD, PeriodState.WAITING),
        ("10", Moment.DRY_RUN, PeriodState.SKIPPED),
        ("10", Moment.PRE_CHECK, PeriodState.SKIPPED),
        ("10", Moment.BUILD, PeriodState.WAITING),
        ("11", Moment.DRY_RUN, PeriodState.WAITING),
    ]
    assert {each.note for each in found if each.state is PeriodState.SKIPPED} == {OVERTAKEN}


def test_a_clock_moved_back_repeats_nothing() -> None:
    keeper = Keeper(daily(at("2026-11-01T12:00")), BERLIN)
    assert len(keeper.tick(at("2026-11-05T12:00"))) == 4
    for hours in range(0, 96, 5):
        assert not keeper.tick(at("2026-11-01T12:00") + timedelta(hours=hours))
    assert [each.period for each in keeper.tick(at("2026-11-06T12:00"))] == [date(2026, 11, 5)]


@pytest.mark.parametrize("zones", [(BERLIN, "Pacific/Kiritimati"), (BERLIN, "Pacific/Pago_Pago")])
def test_another_time_zone_leaves_out_no_day_and_repeats_none(zones: tuple[str, str]) -> None:
    keeper = Keeper(daily(at("2026-11-01T12:00")), zones[0])
    keeper.tick(at("2026-11-05T05:00"))
    keeper.zone = zones[1]
    keeper.tick(at("2026-11-05T05:00"))
    keeper.tick(at("2026-11-09T20:00"))
    found = [each.period for each in keeper.recorded]
    assert found == sorted(set(found))
    assert found == [date(2026, 11, 1) + n * DAY for n in range(len(found))]
    assert found[-1] >= date(2026, 11, 8)


def test_a_day_that_goes_on_in_the_new_time_zone_waits_for_its_end() -> None:
    (day,) = due(place(daily(at("2026-11-01T12:00")), BERLIN), at("2026-11-02T05:00"))
    assert may_start(day, time_zone=BERLIN, now=at("2026-11-02T05:00"))
    assert not may_start(day, time_zone="Pacific/Pago_Pago", now=at("2026-11-02T05:00"))
    assert may_start(day, time_zone="Pacific/Pago_Pago", now=at("2026-11-02T11:00"))
    assert not may_start(day, time_zone=BERLIN, now=at("2026-11-02T04:59"))


def test_a_schedule_that_begins_again_leaves_out_what_was_recorded() -> None:
    keeper = Keeper(daily(at("2026-11-01T12:00")), BERLIN)
    keeper.tick(at("2026-11-05T05:00"))
    again = daily(at("2026-11-05T04:00"))
    assert again.next_period == date(2026, 11, 4)
    assert not_again(again, keeper.recorded[-1]).next_period == date(2026, 11, 5)
    assert not_again(again, keeper.recorded[0]) == again
    assert not_again(again, None) == again


def test_a_very_long_absence_is_caught_up_in_parts() -> None:
    keeper = Keeper(daily(at("2026-01-01T12:00")), BERLIN)
    assert len(keeper.tick(at("2028-01-02T12:00"))) == MOST_AT_ONCE
    assert len(keeper.tick(at("2028-01-02T12:00"))) == 731 - MOST_AT_ONCE
    assert not keeper.tick(at("2028-01-02T12:00"))


def test_a_schedule_that_is_off_has_nothing_due() -> None:
    off = replace(daily(at("2026-01-01T12:00")), cadence=Cadence.OFF)
    assert not due(place(off, BERLIN), at("2026-11-01T12:00"))
    assert upcoming(place(off, BERLIN)) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("06:00", time(6)),
        ("6:30", time(6, 30)),
        ("18.15", time(18, 15)),
        ("6am", time(6)),
        ("6:30 PM", time(18, 30)),
        ("12am", time(0)),
        ("12:05pm", time(12, 5)),
        ("00:00", time(0)),
    ],
)
def test_a_time_of_day_is_read_as_people_write_it(text: str, hour: time) -> None:
    assert parse_time(text) == hour


@pytest.mark.parametrize(
    "text", ["", "6", "24:00", "12:60", "13pm", "0am", "noon", "\uff16:00", "6:5"]
)
def test_what_is_no_time_of_day_is_refused_with_the_accepted_forms(text: str) -> None:
    with pytest.raises(ScheduleError, match="Write one as 06:00"):
        parse_time(text)
