"""Cards that nobody has decided on: reminders, the fallback approver, expiry, two approvers."""

import pytest

from bot.services.approvals import Decision
from bot.services.errors import Refusal
from bot.services.policies import PolicyForm
from ledger.delivery import DeliveryState
from ledger.organisation import PersonRole
from ledger.runs import BatchState, RunState
from tests.integration.delivery.scene import Scene, rows
from tests.integration.month_end.closing_office import ClosingOffice, closing_office
from tests.support.office import CLERK, CONTROLLER, DEPUTY

S = DeliveryState


async def _reminded(office: ClosingOffice) -> set[str]:
    return {message.channel for message in (await office.messages("remind:")).values()}


async def test_approvers_are_reminded_after_a_day_and_after_two_and_not_oftener(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.build()
        await office.pass_hours(23)
        assert await _reminded(office) == set()
        await office.pass_hours(2)
        assert await _reminded(office) == {"C1", CONTROLLER, DEPUTY}
        assert len(await office.messages("remind:")) == 3
        for _ in range(6):
            await office.pass_hours(6)
        assert len(await office.messages("remind:")) == 6
        await office.pass_hours(48)
        assert len(await office.messages("remind:")) == 6


async def test_a_decided_card_is_not_reminded_of(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.decide(await office.build(), CONTROLLER)
        await office.pass_hours(30)
        assert await _reminded(office) == set()


async def test_the_fallback_approver_is_asked_only_when_nobody_has_decided_in_time(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.set_policies(fallback_approver=DEPUTY, fallback_after_hours=30)
        batch = await office.build()
        await office.tick()
        assert set(await office.messages(f"batch:{batch.id}:")) == {
            f"batch:{batch.id}:{CONTROLLER}"
        }
        await office.pass_hours(31)
        assert f"batch:{batch.id}:{DEPUTY}" in await office.messages(f"batch:{batch.id}:")
        assert {person for person, _ in office.mailbox.given} == {CONTROLLER, DEPUTY}
        decided = await office.decide(batch, DEPUTY)
        assert decided.batch.state is BatchState.APPROVED


async def test_a_card_that_nobody_decides_on_ends_and_its_entries_can_be_prepared_again(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        batch = await office.build()
        await office.tick()
        await office.pass_hours(24 * 7 + 1)
        ended = await office.batch(batch.id)
        assert (ended.state, ended.decided_by) == (BatchState.LAPSED, None)
        assert ended.decision_note == "nobody decided within 7 days"
        assert await scene.states() == {S.WITHDRAWN: 2}
        assert (await scene.run(batch.run_id)).state is RunState.CANCELLED
        told = await office.words(f"run:{batch.run_id}")
        assert "nobody decided in time" in told
        assert "*Next:* `/integral sync 2026-10` prepares it again" in told
        for card in (await office.messages(f"batch:{batch.id}")).values():
            assert "nobody decided within 7 days" in card.blocks
            assert "`/integral sync 2026-10`" in card.blocks
        # An edited card tells nobody: each copy has an answer beneath it.
        ended_words = await office.messages("ended:")
        assert {each.channel for each in ended_words.values()} == {"C1", CONTROLLER, DEPUTY}
        for each in ended_words.values():
            assert str(each.thread_of).startswith(f"batch:{batch.id}")
            assert "nobody decided within 7 days" in each.text
            assert "`/integral sync 2026-10` prepares them again" in each.blocks
        answer = await office.decide(batch, CONTROLLER)
        assert (answer.is_new, scene.journals()) == (False, [])
        assert "nobody decided within 7 days" in answer.message
        await office.start_build()
        await office.decide(await scene.waiting_batch(office.product), CONTROLLER)
    assert len(scene.journals()) == 2


async def test_another_policy_holds_for_the_card_that_waits(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        batch = await office.build()
        await office.tick()
        await office.set_policies(expire_after_days=1)
        await office.pass_hours(25)
        assert (await office.batch(batch.id)).state is BatchState.LAPSED


async def test_a_big_batch_needs_two_different_approvers(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with closing_office(scene) as office:
        await office.set_policies(two_approvers_above="100")
        batch = await office.build()
        first = await office.decide(batch, CONTROLLER)
        assert first.batch.state is BatchState.AWAITING_APPROVAL
        again = await office.decide(batch, CONTROLLER)
        assert (again.is_new, scene.journals()) == (False, [])
        assert f"approved by <@{CONTROLLER}>" in await office.words(
            f"batch:{batch.id}"
        ) or "approved by" in await office.words(f"batch:{batch.id}")
        assert (await office.decide(batch, DEPUTY)).batch.state is BatchState.APPROVED
        for card in (await office.messages(f"batch:{batch.id}")).values():
            assert CONTROLLER in card.blocks
            assert DEPUTY in card.blocks
    assert len(scene.journals()) == 2


async def test_one_of_two_approvers_can_still_reject(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.set_policies(two_approvers_above="0")
        batch = await office.build()
        await office.decide(batch, CONTROLLER)
        await office.decide(batch, DEPUTY, Decision.REJECT, note="no")
        assert (await office.batch(batch.id)).state is BatchState.REJECTED
    assert scene.journals() == []


async def test_a_first_approval_of_somebody_who_is_no_approver_any_more_does_not_count(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.set_policies(two_approvers_above="0")
        batch = await office.build()
        await office.decide(batch, CONTROLLER)
        async with scene.database.unit() as unit:
            id_ = scene.office.organisation.id
            await unit.people.revoke(id_, CONTROLLER, PersonRole.APPROVER)
            await unit.commit()
        await office.decide(batch, DEPUTY)
        assert (await office.batch(batch.id)).state is BatchState.AWAITING_APPROVAL
    assert scene.journals() == []


async def test_two_who_approved_are_enough_once_the_first_is_an_approver_again(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    id_ = scene.office.organisation.id
    async with closing_office(scene) as office:
        await office.set_policies(two_approvers_above="0")
        batch = await office.build()
        await office.decide(batch, CONTROLLER)
        async with scene.database.unit() as unit:
            await unit.people.revoke(id_, CONTROLLER, PersonRole.APPROVER)
            await unit.commit()
        await office.decide(batch, DEPUTY)
        async with scene.database.unit() as unit:
            await unit.people.grant(id_, CONTROLLER, PersonRole.APPROVER)
            await unit.commit()
        await office.decide(batch, CONTROLLER)
        assert (await office.batch(batch.id)).state is BatchState.APPROVED
    assert len(scene.journals()) == 1


async def test_who_approved_already_is_not_reminded(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        await office.set_policies(two_approvers_above="0")
        batch = await office.build()
        await office.decide(batch, CONTROLLER)
        await office.pass_hours(25)
        reminded = {message.channel for message in (await office.messages("remind:")).values()}
        assert DEPUTY in reminded
        assert CONTROLLER not in reminded


async def test_whoever_is_no_longer_spared_as_the_fallback_is_asked_when_the_settings_are_saved(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    organisation = scene.office.organisation
    async with closing_office(scene) as office:
        await office.set_policies(fallback_approver=DEPUTY)
        batch = await office.build()
        await office.pass_hours(1)
        assert f"batch:{batch.id}:{DEPUTY}" not in await office.messages(f"batch:{batch.id}")
        await office.cases.policies.save(
            organisation,
            PolicyForm(
                values={
                    "remind_after_hours": "24",
                    "fallback_after_hours": "48",
                    "expire_after_days": "7",
                }
            ),
            actor="U-owner",
        )
        await office.tick()
        assert f"batch:{batch.id}:{DEPUTY}" in await office.messages(f"batch:{batch.id}")
        assert {person for person, _ in office.mailbox.given} == {CONTROLLER, DEPUTY}


async def test_a_batch_that_nobody_may_approve_says_so(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.database.unit() as unit:
        for person in (CONTROLLER, DEPUTY):
            id_ = scene.office.organisation.id
            await unit.people.revoke(id_, person, PersonRole.APPROVER)
        await unit.commit()
    async with closing_office(scene) as office:
        batch = await office.build()
        assert "Nobody may approve this" in await office.words(f"batch:{batch.id}")
        with pytest.raises(Refusal):
            await office.decide(batch, CLERK)
    assert scene.journals() == []
