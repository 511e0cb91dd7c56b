"""Whatever people and processes do around a month's end, only approved entries are delivered."""

import pytest

from tests.integration.delivery.scene import Scene
from tests.integration.month_end.campaign import Campaign


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_order_of_events_delivers_what_no_eligible_person_approved(
    scene: Scene, seed: int
) -> None:
    campaign = Campaign(scene, seed)
    await campaign.run(rounds=5)
    assert campaign.posted
    assert campaign.decisions
