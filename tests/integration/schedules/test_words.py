"""What people type after ``/integral schedule, pause, resume``, and what they are told."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.handlers import overview, schedules, settings
from bot.handlers.context import Ask, Caller, Click, Reply
from bot.services.errors import Refusal
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.services.use_cases import UseCases
from ledger.organisation import Organisation, PersonRole
from tests.integration.schedules.clockwork import OWNER, Clockwork
from tests.support.office import Office

CALLER = Caller(team_id="T1", user_id=OWNER)


class Desk:
    """One person at an organisation's commands."""

    def __init__(self, clockwork: Clockwork, office: Office) -> None:
        process = clockwork.of(clockwork.database)
        self._clockwork = clockwork
        self.office = office
        self.woken: list[str] = []
        found: Any = SimpleNamespace(
            schedules=process.schedules,
            due_schedules=process.due,
            runs=SimpleNamespace(wake_company=self._wake),
            overview=Overview(
                storage=clockwork.database,
                clock=clockwork.clock,
                pipeline=Pipeline(clock=clockwork.clock),
            ),
        )
        self.cases = cast("UseCases", found)

    async def _wake(self, company_id: str) -> None:
        self.woken.append(company_id)

    def ask(self, *words: str, role: PersonRole = PersonRole.OWNER) -> Ask:
        return Ask(
            caller=CALLER,
            words=words,
            text=" ".join(words),
            known_organisation=self.office.organisation,
            roles=frozenset({role}),
        )

    async def now(self) -> Organisation:
        async with self._clockwork.database.unit(read_only=True) as unit:
            found = await unit.organisations.get(self.office.organisation.id)
        assert found is not None
        return found

    async def type(self, *words: str, role: PersonRole = PersonRole.OWNER) -> str:
        return shown(await schedules.schedule(self.ask(*words, role=role), self.cases))


def shown(reply: Reply) -> str:
    return str(reply.blocks)


@pytest.fixture
async def desk(clockwork: Clockwork) -> Desk:
    return Desk(clockwork, await clockwork.office())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("daily",), "daily at 06:00 (Europe/Berlin)"),
        (("Daily", "18:30"), "daily at 18:30"),
        (("daily", "at", "6", "am"), "daily at 06:00"),
        (("monthly",), "monthly at 09:00"),
        (("monthly", "17:00"), "monthly at 17:00"),
    ],
)
async def test_a_schedule_is_set_as_people_write_it(
    desk: Desk, words: tuple[str, ...], answer: str
) -> None:
    assert "*Schedule*: off" in await desk.type()
    assert answer in await desk.type(*words)
    assert answer in await desk.type()


async def test_another_cadence_keeps_no_hour_and_the_same_one_does(desk: Desk) -> None:
    await desk.type("daily", "18:30")
    assert "daily at 18:30" in await desk.type("daily")
    assert "monthly at 09:00" in await desk.type("monthly")
    assert "The schedule is off" in await desk.type("off")


@pytest.mark.parametrize(
    "words", [("weekly",), ("daily", "25:00"), ("daily", "6"), ("off", "06:00"), ("06:00",)]
)
async def test_what_is_no_schedule_is_refused_with_what_to_type(
    desk: Desk, words: tuple[str, ...]
) -> None:
    with pytest.raises(Refusal) as refused:
        await desk.type(*words)
    assert str(refused.value.next_step).startswith("/integral schedule ")
    assert "*Schedule*: off" in await desk.type()


async def test_only_an_owner_or_admin_sets_it_and_everybody_reads_it(desk: Desk) -> None:
    for role in (PersonRole.VIEWER, PersonRole.PREPARER, PersonRole.APPROVER):
        with pytest.raises(Refusal, match="Only an owner or admin"):
            await desk.type("daily", role=role)
        assert "*Schedule*: off" in await desk.type(role=role)
    assert "daily" in await desk.type("daily", role=PersonRole.ADMIN)


async def test_pause_and_resume_keep_what_is_due_and_say_so(
    desk: Desk, clockwork: Clockwork
) -> None:
    await desk.type("daily", "06:00")
    paused = shown(await overview.pause(desk.ask(), desk.cases))
    assert "nothing that it has due is lost" in paused
    clockwork.to("2026-11-23T12:00")
    assert await clockwork.tick() == 0
    status = shown(await overview.status(desk.ask(), desk.cases))
    assert "3 days are due: 20 Nov 2026 to 22 Nov 2026, and wait, as pushes are paused" in status
    assert not await clockwork.run_days(desk.office)


async def test_resuming_from_the_button_says_what_it_will_do_and_does_it(
    desk: Desk, clockwork: Clockwork
) -> None:
    await clockwork.make_ready(desk.office)
    await desk.type("daily", "06:00")
    await clockwork.change(desk.office, pushes_enabled=False)
    clockwork.to("2026-11-22T12:00")
    asked = shown(await overview.ask_resume(desk.ask(), desk.cases))
    assert "2 days are due: 20 Nov 2026 to 21 Nov 2026; resuming pushes them now" in asked
    assert not await clockwork.run_days(desk.office)
    click = Click(
        caller=CALLER,
        organisation=desk.office.organisation,
        roles=frozenset({PersonRole.OWNER}),
        arguments=(desk.office.company.id,),
    )
    answer = shown(await overview.resume(click, desk.cases))
    assert "2 days are due: 20 Nov 2026 to 21 Nov 2026, and go now, oldest first" in answer
    assert len(await clockwork.run_days(desk.office)) == 2
    assert desk.woken == [desk.office.company.id]


async def test_another_time_zone_is_set_in_words_and_the_schedule_goes_on_in_it(
    desk: Desk, clockwork: Clockwork
) -> None:
    await desk.type("daily", "06:00")
    clockwork.to("2026-11-21T05:30")
    asked = desk.ask("zone", "Kathmandu")
    said = shown(await settings.ask_settings(asked, desk.cases))
    assert "go by *Asia/Kathmandu* now, until now by Europe/Berlin" in said
    # What was due in the former zone stays due; the next day is due by the new one.
    assert "1 day is due: 20 Nov 2026" in said
    assert "the push of 21 Nov 2026, on 22 Nov 2026" in said
    stored = await desk.now()
    assert stored.time_zone == "Asia/Kathmandu"
    assert stored.shape_version > desk.office.organisation.shape_version
    assert OWNER in await shapers(clockwork, desk.office)
    clockwork.to("2026-11-23T00:15")
    while await clockwork.tick():
        pass
    assert [day.day for day in await clockwork.run_days(desk.office)] == [20, 21, 22]


@pytest.mark.parametrize(
    "words", [("zone", "Atlantis"), ("zone", "../etc"), ("zone", "Europe/Berlin")]
)
async def test_a_time_zone_that_does_not_exist_or_holds_already_is_refused(
    desk: Desk, words: tuple[str, ...]
) -> None:
    with pytest.raises(Refusal) as refused:
        await settings.ask_settings(desk.ask(*words), desk.cases)
    assert refused.value.next_step
    assert (await desk.now()).shape_version == desk.office.organisation.shape_version


async def shapers(clockwork: Clockwork, office: Office) -> set[str]:
    async with clockwork.database.unit(read_only=True) as unit:
        return set(await unit.audit.shapers(office.organisation.id, None))
