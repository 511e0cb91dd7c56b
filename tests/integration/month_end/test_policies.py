"""The approval settings: read from a form, refused field by field, and held for what waits."""

import pytest

from bot.services.policies import PolicyForm
from bot.services.saying import FieldRefusal
from tests.integration.delivery.scene import Scene, rows
from tests.integration.month_end.closing_office import closing_office
from tests.support.office import CLERK, DEPUTY

FILLED = {
    "always_approve": "no",
    "single_person_team": "no",
    "approve_above": "10,000",
    "remind_after_hours": "12",
    "fallback_approver": DEPUTY,
    "fallback_after_hours": "36",
    "expire_after_days": "5",
}


async def test_policies_are_saved_recorded_and_wake_what_waits(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with closing_office(scene) as office:
        batch = await office.build()
        await office.tick()
        organisation = scene.office.organisation
        policies = office.cases.policies
        await policies.save(organisation, PolicyForm(values=FILLED), actor="U-owner")
        saved = await policies.of(organisation)
        assert (saved.approve_above, saved.two_approvers_above) == ("10000", None)
        assert (saved.remind_after_hours, saved.fallback_approver) == (12, DEPUTY)
        assert (await office.batch(batch.id)).wake_at == scene.clock.now()
        async with scene.database.unit(read_only=True) as unit:
            actions = [record.action for record in await unit.audit.recent(organisation.id, 5)]
        alone = FILLED | {"single_person_team": "yes", "two_approvers_above": "100"}
        with pytest.raises(FieldRefusal) as refused:
            await policies.save(organisation, PolicyForm(values=alone), actor="U-owner")
        assert list(refused.value.errors) == ["two_approvers_above"]
        assert "could never be approved" in refused.value.errors["two_approvers_above"]
        assert await policies.of(organisation) == saved
    assert "policies.saved" in actions


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("approve_above", "a lot"),
        ("two_approvers_above", "-1"),
        ("remind_after_hours", "0"),
        ("fallback_after_hours", "1.5"),
        ("expire_after_days", "9999"),
        ("fallback_approver", CLERK),
    ],
)
async def test_a_field_that_cannot_be_taken_is_named_and_nothing_is_saved(
    scene: Scene, name: str, value: str
) -> None:
    async with closing_office(scene) as office:
        organisation = scene.office.organisation
        before = await office.cases.policies.of(organisation)
        form = PolicyForm(values=FILLED | {name: value})
        with pytest.raises(FieldRefusal) as refused:
            await office.cases.policies.save(organisation, form, actor="U-owner")
        assert list(refused.value.errors) == [name]
        assert await office.cases.policies.of(organisation) == before
