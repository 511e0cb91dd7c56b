"""Whatever people do in whatever order, each transaction counts in the books once or not at all."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal

import pytest

from bot.services.approvals import Decision
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from ledger.corrections import Dating, Mode
from ledger.runs import OPEN_RUN_STATES, RunKind
from sandbox.faults import FaultKind
from tests.integration.delivery.correcting import (
    RIGHT_ID,
    WRONG_ID,
    Undo,
    balances,
    close_books,
    find_stale,
    map_category,
    net_effects,
)
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import BANK_ID, CLERK, CONTROLLER, DEPUTY
from tests.support.pushing import Product

ENTRIES, STEPS, MANY = 3, 24, 300
WHOLE = ("2026-10-01..2026-11-30",)
"""Also what was dated on the first open day."""
Step = Callable[[], Awaitable[object]]


class People:
    """A clerk and approvers who do anything, at random."""

    def __init__(self, scene: Scene, product: Product, chance: random.Random) -> None:
        self.scene, self.product, self.chance = scene, product, chance
        self.organisation = scene.office.organisation
        self.undo = Undo(scene=scene, product=product)

    async def step(self) -> None:
        """Do one thing; what is refused changes nothing."""
        steps: list[Step] = [
            self.sync,
            *[self.decide] * 5,
            *[self.correct] * 6,
            self.open_books,
            self.change_mapping,
            self.lose_a_reply,
            self.close_books,
            self.give_up,
            self.wait,
        ]
        with suppress(Refusal, FieldRefusal):
            await self.chance.choice(steps)()
        if self.chance.random() < 0.8:
            await self.product.drain()

    async def sync(self) -> None:
        await self.scene.ask(self.product)

    async def decide(self) -> None:
        for batch in await self.product.approvals.waiting(self.organisation):
            await self.product.approvals.decide(
                self.organisation,
                batch.id,
                self.chance.choice([Decision.APPROVE, Decision.APPROVE, Decision.REJECT]),
                person=CONTROLLER,
            )

    async def correct(self) -> None:
        await self.undo.ask(
            *self.chance.choice([WHOLE, WHOLE, ("stale",), ("account", WRONG_ID)]),
            mode=self.chance.choice(list(Mode)),
            dating=self.chance.choice(list(Dating)),
            person=self.chance.choice([CLERK, DEPUTY]),
        )

    async def change_mapping(self) -> None:
        await map_category(self.scene, self.chance.choice([WRONG_ID, RIGHT_ID]))

    async def lose_a_reply(self) -> None:
        self.scene.spoil(FaultKind.DROP_REPLY)

    async def close_books(self) -> None:
        await close_books(self.scene, "2026-10-31")

    async def open_books(self) -> None:
        await close_books(self.scene, None)

    async def give_up(self) -> None:
        async with self.scene.database.unit(read_only=True) as unit:
            runs = await unit.runs.recent(self.organisation.id, 50)
        for run in runs:
            if run.kind is RunKind.CORRECTION and run.state not in OPEN_RUN_STATES:
                await self.product.corrections.waiting.give_up(
                    self.organisation, run.id, person=CLERK
                )

    async def wait(self) -> None:
        await self.scene.pass_time(self.product, self.chance.choice([60, 300]))


@pytest.mark.parametrize("seed", [0, 3, 4, 6])
async def test_any_sequence_leaves_each_transaction_in_the_books_once_or_not_at_all(
    scene: Scene, seed: int
) -> None:
    chance = random.Random(seed)
    await scene.bring(*rows(ENTRIES))
    async with scene.process() as product:
        await scene.push(product)
        people = People(scene, product, chance)
        for _ in range(STEPS):
            await people.step()
            assert set((await net_effects(scene)).values()) <= {0, 1}
        await _settle(scene, product)
        net = await net_effects(scene)
        assert set(net.values()) <= {0, 1}
        # And nothing is lost: what is undone now can be reposted, by asking for it.
        await _repost_everything(people)
        assert await net_effects(scene) == dict.fromkeys(net, 1)
    assert len(scene.journals()) > ENTRIES, "nothing was corrected: choose another seed"
    assert balances(scene)[BANK_ID] == Decimal(101 + 102 + 103)


async def _settle(scene: Scene, product: Product) -> None:
    """Open the books, take all faults away, and let everything come to its end."""
    scene.heal()
    await close_books(scene, None)
    await _decide_all(scene, product, Decision.REJECT)
    for _ in range(4):
        await scene.pass_time(product, 6 * 3600)
    await _decide_all(scene, product, Decision.REJECT)
    # Whatever a sync would post now is posted: it must be nothing that is in the books already.
    await scene.sync(product)
    await _decide_all(scene, product, Decision.APPROVE)
    for _ in range(3):
        await scene.pass_time(product, 300)


async def _decide_all(scene: Scene, product: Product, decision: Decision) -> None:
    for batch in await product.approvals.waiting(scene.office.organisation):
        await product.approvals.decide(
            scene.office.organisation, batch.id, decision, person=CONTROLLER
        )
    await product.drain()


async def _repost_everything(people: People) -> None:
    found = await people.product.corrections.looks.choices(people.organisation)
    if not found.repostable:
        return
    await people.undo.ask(*WHOLE, mode=Mode.REPOST, dating=Dating.HOLD)
    await people.product.drain()
    await people.scene.decide(people.product)
    await people.scene.pass_time(people.product, 300)


@pytest.mark.long(25)
async def test_300_entries_on_a_wrong_account_are_undone_and_reposted_with_one_approval(
    scene: Scene,
) -> None:
    # On a Postgres that other tests share, fewer tell the same.
    many = MANY if scene.url.startswith("sqlite") else MANY // 5
    await scene.bring(*rows(many))
    async with scene.process() as product:
        await scene.push(product)
        wrong = balances(scene)
        await map_category(scene, RIGHT_ID)
        await find_stale(scene, product)
        undo = Undo(scene=scene, product=product)
        assert (await undo.look("stale")).reversible == many
        await undo.prepare("stale")
        batch = await scene.waiting_batch(product)
        assert batch.entries == 2 * many
        await scene.decide(product)
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    total = Decimal(sum(100 + number for number in range(1, many + 1)))
    assert wrong == {BANK_ID: total, WRONG_ID: -total}
    assert balances(scene) == {BANK_ID: total, RIGHT_ID: -total}
    assert len(scene.journals()) == 3 * many
    assert set((await net_effects(scene)).values()) == {1}
