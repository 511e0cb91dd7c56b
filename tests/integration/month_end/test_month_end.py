"""A month's end: what is said before, the card in every place, the decision, and what is closed."""

from datetime import UTC, date, datetime
from io import BytesIO

from openpyxl import load_workbook

from bot.services import audit
from bot.services.approvals import Decision
from bot.services.schedule_recording import Recording
from bot.services.schedules import Schedules
from bot.views.schedules import overtaken
from ledger.delivery import DeliveryState
from ledger.runs import BatchState, RunState, Trigger
from tests.integration.delivery.scene import Scene, rows
from tests.integration.month_end.closing_office import MONTH, closing_office, travel
from tests.support.office import CLERK, CONTROLLER, DEPUTY, deposit

S = DeliveryState


async def test_the_dry_run_says_what_would_go_and_what_would_block_each_with_its_remedy(
    scene: Scene,
) -> None:
    travel(scene, datetime(2026, 10, 29, 9, tzinfo=UTC))
    await scene.bring(
        *rows(2), deposit(9, day=date(2026, 10, 20), amount="5.00", category="Unknown")
    )
    async with closing_office(scene) as office:
        await office.cases.moments.dry_run(scene.office.organisation.id, MONTH)
        (message,) = (await office.messages("month-end:")).values()
        words = await office.words("month-end:")
    assert message.channel == "C1"
    assert "Dry run of October 2026" in words
    assert "*2 entries*, *203.00 USD*" in words
    assert "*Account not mapped*: 1 transaction blocked" in words
    assert "`/integral unmapped`" in words
    places = [words.index(name) for name in ("1. Sources", "2. Accounts", "3. Settings", "4. Dim")]
    assert places == sorted(places)
    assert scene.journals() == []
    assert await scene.deliveries() == []


async def test_said_again_the_message_of_a_moment_is_edited_and_not_repeated(
    scene: Scene,
) -> None:
    async with closing_office(scene) as office:
        await scene.bring(deposit(1, day=date(2026, 10, 20), amount="5.00", category="Unknown"))
        await office.cases.moments.pre_check(scene.office.organisation.id, MONTH)
        before = await office.words("month-end:")
        await scene.bring(deposit(1, day=date(2026, 10, 20), amount="5.00"))
        # As an older installation may have stored it: no batch above nothing could be approved.
        await office.set_policies(single_person_team=True, two_approvers_above="0")
        await office.cases.moments.pre_check(scene.office.organisation.id, MONTH)
        assert len(await office.messages("month-end:")) == 1
        after = await office.words("month-end:")
    assert "Account not mapped" in before
    assert "Account not mapped" not in after
    assert ":white_check_mark: *8. Approvers*" in before
    assert ":x: *8. Approvers*: there is no second person" in after


async def test_a_look_ahead_says_that_every_approver_shaped_what_would_go(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        for person, words in (
            (CONTROLLER, ":white_check_mark: *8. Approvers*"),
            (DEPUTY, ":x: *8. Approvers*: every approver shaped it. Somebody else decides"),
        ):
            await shape(scene, person)
            await office.cases.moments.pre_check(scene.office.organisation.id, MONTH)
            assert words in await office.words("month-end:")


async def test_a_card_that_needs_two_says_that_only_one_is_left(scene: Scene) -> None:
    await scene.bring(*rows(1))
    await shape(scene, DEPUTY)
    async with closing_office(scene) as office:
        await office.set_policies(two_approvers_above="0")
        batch = await office.build()
        assert "all approvers but one shaped it" in await office.words(f"batch:{batch.id}")


async def shape(scene: Scene, person: str) -> None:
    """Have somebody change what the entries are made of."""
    record = audit.shaping(
        "mapping.saved",
        "a wallet",
        organisation_id=scene.office.organisation.id,
        actor=person,
        at=scene.clock.now(),
    )
    async with scene.database.unit() as unit:
        await unit.audit.add(record)
        await unit.commit()


async def test_a_month_that_has_not_ended_is_not_built(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.start_build("2026-11")
        assert await office.product.approvals.waiting(scene.office.organisation) == []


async def test_a_month_is_built_approved_delivered_verified_and_then_closed(scene: Scene) -> None:
    await scene.bring(*rows(3))
    async with closing_office(scene) as office:
        batch = await office.build()
        run = await scene.run(batch.run_id)
        assert (run.trigger, run.state) == (Trigger.MONTHLY, RunState.AWAITING_APPROVAL)
        assert (scene.journals(), await office.closed_until()) == ([], None)
        await office.decide(batch, CONTROLLER)
        assert await scene.states() == {S.VERIFIED: 3}
        assert (await scene.run(run.id)).state is RunState.FINISHED
        assert await office.closed_until() == "2026-10-31"
        assert "the month is closed here" in await office.words(f"run:{run.id}")


async def test_building_twice_is_one_card(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        first = await office.build()
        assert (await office.build()).id == first.id


async def test_a_look_ahead_says_that_pushes_are_paused_and_what_to_do(scene: Scene) -> None:
    await scene.bring(*rows(1))
    await scene.enable_pushes(enabled=False)
    async with closing_office(scene) as office:
        await office.cases.moments.pre_check(scene.office.organisation.id, MONTH)
        words = await office.words("month-end:")
    assert "paused" in words
    assert "`/integral resume`" in words


async def test_a_month_of_which_nothing_could_be_pushed_is_not_closed(scene: Scene) -> None:
    await scene.bring(deposit(1, day=date(2026, 10, 20), amount="5.00", category="Unknown"))
    async with closing_office(scene) as office:
        await office.start_build()
        assert await office.closed_until() is None
        assert "the month stays open here" in await office.words("run:")


async def test_every_approver_has_a_card_and_only_those_name_the_accounts(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        batch = await office.build()
        cards = await office.messages(f"batch:{batch.id}")
    by_place = {card.channel: card.blocks for card in cards.values()}
    assert set(by_place) == {"C1", CONTROLLER, DEPUTY}
    assert "Biggest accounts" not in by_place["C1"]
    assert "203.00" in by_place["C1"]
    assert "Biggest accounts" in by_place[CONTROLLER]


async def test_every_copy_of_the_card_shows_the_decision_and_who_took_it(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        batch = await office.build()
        await office.decide(batch, DEPUTY, Decision.REJECT, note="Rent is missing")
        cards = await office.messages(f"batch:{batch.id}")
        (told,) = (await office.messages("ended:")).values()
    assert len(cards) == 3
    assert (told.channel, told.thread_of) == ("C1", f"batch:{batch.id}")
    assert "Rent is missing" in told.blocks
    assert "`/integral sync 2026-10` makes a new card" in told.blocks
    for card in cards.values():
        assert "*Rejected*" in card.blocks
        assert f"<@{DEPUTY}>" in card.blocks or DEPUTY in card.blocks
        assert "Rent is missing" in card.blocks
        assert "approvals.approve" not in card.blocks


async def test_a_card_names_the_sources_that_were_not_imported_since_the_month_ended(
    scene: Scene,
) -> None:
    travel(scene, datetime(2026, 10, 25, 9, tzinfo=UTC))
    await scene.bring(*rows(1))
    travel(scene, datetime(2026, 11, 1, 6, tzinfo=UTC))
    async with closing_office(scene) as office:
        batch = await office.build()
        assert "Not imported since the period ended" in await office.words(f"batch:{batch.id}")


async def test_the_workbook_goes_to_those_who_are_asked_once_and_never_to_a_channel(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        await office.build()
        await office.tick()
        await office.tick()
    assert [person for person, _ in office.mailbox.given] == [CONTROLLER, DEPUTY]
    name, data = office.mailbox.given[0][1].name, office.mailbox.given[0][1].data
    assert name.startswith("Acme-Inc-QuickBooks-2026-10-")
    sheet = load_workbook(BytesIO(data))["Lines"]
    assert sheet.max_row == 1 + 4
    assert sheet["E2"].value == 101


async def test_a_clerk_who_may_read_gets_the_workbook_on_request(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        batch = await office.build()
        await office.cases.workbooks.ask(scene.office.organisation, batch.id, person=CLERK)
        await office.drain()
    assert [person for person, _ in office.mailbox.given] == [CLERK]


async def test_a_change_after_the_card_lapses_it_and_a_new_card_comes(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        batch = await office.build()
        await scene.bring(deposit(1, day=date(2026, 10, 12), amount="555.00"))
        decided = await office.decide(batch, CONTROLLER)
        assert decided.batch.state is BatchState.LAPSED
        assert scene.journals() == []
        assert "*Lapsed*" in await office.words(f"batch:{batch.id}:{CONTROLLER}")
        newest = await scene.waiting_batch(office.product)
        assert newest.id != batch.id
        await office.decide(newest, CONTROLLER)
    assert sorted(str(amount) for amount in scene.amounts()) == ["102.00", "555.00"]


async def test_another_time_zone_voids_a_card_whose_entries_it_dates_otherwise(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1), deposit(2, day=date(2026, 10, 31), amount="5.00"))
    async with closing_office(scene) as office:
        batch = await office.build()
        schedules = Schedules(
            storage=scene.database,
            clock=scene.clock,
            recording=Recording(
                clock=scene.clock, overtaken_words=lambda late: overtaken(late).said()
            ),
        )
        # The noon of 31 October in Greenwich is the night of 1 November there.
        await schedules.set_time_zone(
            scene.office.organisation, "Pacific/Kiritimati", actor="U-owner"
        )
        decided = await office.decide(batch, CONTROLLER)
        assert decided.batch.state is BatchState.LAPSED
        newest = await scene.waiting_batch(office.product)
        assert (newest.entries, batch.entries) == (1, 2)
    assert scene.journals() == []
