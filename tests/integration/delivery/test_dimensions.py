"""Classes and locations on the way into QuickBooks: approved, sent, read back, compared."""

from bot.services.dimension_changes import DimensionForm
from bot.services.dimension_rows import row_id
from bot.services.dimensions import Dimensions
from bot.services.pipeline import Pipeline
from bot.services.run_status import read_status
from ledger.delivery import DeliveryState
from ledger.dimensions import EVERYWHERE, Level, Place
from ledger.runs import BatchState
from sandbox.payload import JsonObject
from tests.integration.delivery.scene import OCTOBER, Scene, rows
from tests.support.office import BANK, CLERK
from tests.support.pushing import Product

S = DeliveryState
TREASURY, PROTOCOL = "301", "302"
WALLET = Place(Level.WALLET, BANK)


async def choose(scene: Scene, **chosen: str) -> None:
    """Choose the class of the wallet or of everything; `required="yes"` asks for one."""
    use_case = Dimensions(
        storage=scene.database, clock=scene.clock, pipeline=Pipeline(clock=scene.clock)
    )
    places = {"wallet": WALLET, "everywhere": EVERYWHERE}
    form = DimensionForm(
        key="class",
        choices={row_id(place): chosen.get(name) for name, place in places.items()},
        is_required="required" in chosen,
    )
    await use_case.save(scene.office.organisation, form, actor=CLERK)


async def import_books(scene: Scene, product: Product) -> None:
    connector = product.connectors.of(scene.office.company)
    books = await connector.fetch_books()
    assert {d.key for d in books.dimensions} >= {"class"}
    async with scene.database.unit() as unit:
        await unit.companies.save_books(scene.office.company.id, books, scene.clock.now())
        await unit.commit()


def classes(scene: Scene) -> list[str | None]:
    return [line.class_id for journal in scene.journals() for line in journal.lines]


async def test_a_wallets_class_arrives_and_is_verified(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await import_books(scene, product)
        await choose(scene, wallet=TREASURY)
        await scene.push(product)
    assert classes(scene) == [TREASURY, TREASURY]
    assert await scene.states() == {S.VERIFIED: 1}


async def test_a_class_chosen_after_the_card_was_shown_lapses_it(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await import_books(scene, product)
        run = await scene.sync(product)
        batch = await scene.waiting_batch(product)
        await choose(scene, everywhere=PROTOCOL)
        decided = await scene.decide(product)
        assert decided.batch.state is BatchState.LAPSED
        assert scene.journals() == []
        await scene.decide(product)
    assert batch.run_id == run.id
    assert classes(scene) == [PROTOCOL, PROTOCOL]


async def test_a_required_class_that_is_missing_is_never_sent(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await import_books(scene, product)
        await choose(scene, required="yes")
        run = await scene.sync(product)
        assert scene.creations() == []
        assert "dimension_required" in ((await scene.run(run.id)).report or "")
        await choose(scene, required="yes", everywhere=TREASURY)
        await scene.push(product)
    assert classes(scene) == [TREASURY] * 4


async def test_an_entry_with_two_problems_counts_once_among_the_blocked(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await import_books(scene, product)
        await choose(scene, required="yes")
        scene.activate_bank(active=False)
        run = await scene.sync(product)
        async with scene.database.unit(read_only=True) as unit:
            status = await read_status(unit, scene.office.organisation, scene.office.company, run)
    assert len(status.problems) == 2
    assert status.blocked == 2


async def test_a_class_changed_in_quickbooks_is_a_difference_that_names_it(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await import_books(scene, product)
        await choose(scene, wallet=TREASURY)
        await scene.push(product)
        (delivery,) = await scene.deliveries()
        assert delivery.erp_id is not None
        change_class(scene, delivery.erp_id, PROTOCOL)
        result = await product.verification.verify(scene.office.organisation, OCTOBER)
    (diverged,) = result.diverged
    words = " ".join(diverged.differences)
    assert words.startswith("Dimensions of ")
    assert f"approved Class Treasury, the ERP has Class {PROTOCOL}" in words


def change_class(scene: Scene, id_: str, class_id: str) -> None:
    """Choose another class for both lines in QuickBooks."""
    (journal,) = scene.journals()
    lines: list[JsonObject] = [
        {
            "DetailType": "JournalEntryLineDetail",
            "Amount": float(line.amount or 0),
            "Description": line.description,
            "JournalEntryLineDetail": {
                "PostingType": line.side.value if line.side else None,
                "AccountRef": {"value": line.account},
                "ClassRef": {"value": class_id},
            },
        }
        for line in journal.lines
    ]
    scene.edit_by_hand(id_, {"Line": [*lines]})
