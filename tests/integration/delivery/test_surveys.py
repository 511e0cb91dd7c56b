"""A kept survey is never stale: after whatever happened it equals one that is worked out afresh."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.services.approvals import Decision
from bot.services.pipeline import Pipeline, Survey
from ledger.books import Books
from ledger.lots import Lot
from ledger.mapping import key_of_category
from ledger.money import Money
from ledger.stragglers import StragglerChoice, StragglerDecision
from ledger.transactions import Transaction
from tests.integration.delivery.scene import Scene, rows
from tests.support.office import CATEGORY, CLERK, REVENUE_ID

DAY_S = timedelta(days=1).total_seconds()


@pytest.fixture
async def pipeline(scene: Scene) -> Pipeline:
    """The pipeline of a process that lives on, which has surveyed three rows."""
    await scene.bring(*rows(3))
    async with scene.process() as product:
        books = await product.connectors.of(scene.office.company).fetch_books()
    await keep_books(scene, books)
    pipeline = Pipeline(clock=scene.clock)
    assert (await surveyed(scene, pipeline)).ready.entries == 3
    return pipeline


async def test_without_a_change_the_very_survey_is_found_again(
    scene: Scene, pipeline: Pipeline
) -> None:
    first = await surveyed(scene, pipeline)
    assert await surveyed(scene, pipeline) is first
    assert first.source.transactions == ()


async def test_rows_that_come_and_are_corrected_count(scene: Scene, pipeline: Pipeline) -> None:
    await scene.bring(*rows(1, first=9))
    assert (await require_fresh(scene, pipeline)).ready.entries == 4
    (row,) = rows(1)
    for category in ("Unheard of", "Never seen", CATEGORY):
        await save(scene, replace(row, category=category))
        found = await require_fresh(scene, pipeline)
        assert found.unmapped == (0 if category == CATEGORY else 1)


async def test_choices_count_also_when_they_are_taken_back(
    scene: Scene, pipeline: Pipeline
) -> None:
    company, key = scene.office.company.id, key_of_category(CATEGORY)
    for account, unmapped in ((None, 3), (REVENUE_ID, 0), (None, 3)):
        async with scene.database.unit() as unit:
            await unit.choices.set_mapping(company, {key: account})
            await unit.commit()
        assert (await require_fresh(scene, pipeline)).unmapped == unmapped
    for rollup in ("summed", "individual"):
        async with scene.database.unit() as unit:
            await unit.choices.save_settings(company, json.dumps({"rollup": rollup}))
            await unit.commit()
        await require_fresh(scene, pipeline)


async def test_books_lots_and_late_decisions_count(scene: Scene, pipeline: Pipeline) -> None:
    company, organisation = scene.office.company.id, scene.office.organisation.id
    now = scene.clock.now()
    async with scene.database.unit(read_only=True) as unit:
        books = await unit.companies.books(company)
    assert books
    for lock in (None, datetime(2026, 10, 31, tzinfo=UTC).date(), None):
        await keep_books(scene, replace(books, lock_date=lock))
        found = await require_fresh(scene, pipeline)
        assert bool(found.problems) is (lock is not None)
    lot = Lot(
        account="Kraken",
        asset="ETH",
        quantity=Decimal(1),
        cost=Money(Decimal("10.00"), "USD"),
        acquired_at=now,
    )
    async with scene.database.unit() as unit:
        await unit.transactions.save_lots(organisation, "lots", [lot])
        await unit.commit()
    assert (await require_fresh(scene, pipeline)).source.opening_lots == (lot,)
    async with scene.database.unit() as unit:
        await unit.stragglers.decide([left_out(scene)])
        await unit.commit()
    assert (await require_fresh(scene, pipeline)).ready.entries == 2


async def test_what_is_frozen_declined_and_pushed_counts(scene: Scene, pipeline: Pipeline) -> None:
    async with scene.process() as product:
        await scene.sync(product)
        assert (await require_fresh(scene, pipeline)).ready.entries == 0
        await scene.decide(product, Decision.REJECT)
        assert (await require_fresh(scene, pipeline)).ready.entries == 3
        await scene.push(product)
        assert (await require_fresh(scene, pipeline)).ready.entries == 0


async def test_a_month_that_was_closed_counts(scene: Scene, pipeline: Pipeline) -> None:
    assert (await surveyed(scene, pipeline)).late == ()
    async with scene.database.unit() as unit:
        company = await unit.companies.get(scene.office.company.id)
        assert company
        closed = datetime(2026, 10, 31, tzinfo=UTC).date()
        await unit.companies.save(replace(company, last_month_end=closed))
        await unit.commit()
    late = (await require_fresh(scene, pipeline)).late
    assert [(each.key[1], each.is_ready) for each in late] == [(row.id, True) for row in rows(3)]


async def test_a_new_day_counts(scene: Scene, pipeline: Pipeline) -> None:
    await scene.bring(*rows(1, first=9, day=scene.clock.now().date()))
    async with scene.database.unit() as unit:
        settings = json.dumps({"rollup": "summed"})
        await unit.choices.save_settings(scene.office.company.id, settings)
        await unit.commit()
    assert (await require_fresh(scene, pipeline)).ready.last_date is not None
    before = (await surveyed(scene, pipeline)).ready.entries
    scene.clock.advance(seconds=DAY_S)
    assert (await require_fresh(scene, pipeline)).ready.entries == before + 1


async def require_fresh(scene: Scene, kept: Pipeline) -> Survey:
    """Return the kept pipeline's survey, which must be what a new process would work out."""
    found = await surveyed(scene, kept)
    assert found == await surveyed(scene, Pipeline(clock=scene.clock))
    return found


async def surveyed(scene: Scene, pipeline: Pipeline) -> Survey:
    async with scene.database.unit(read_only=True) as unit:
        organisation = await unit.organisations.get(scene.office.organisation.id)
        company = await unit.companies.get(scene.office.company.id)
        assert organisation
        assert company
        return await pipeline.survey(unit, organisation, company)


async def keep_books(scene: Scene, books: Books) -> None:
    async with scene.database.unit() as unit:
        await unit.companies.save_books(scene.office.company.id, books, scene.clock.now())
        await unit.commit()


async def save(scene: Scene, row: Transaction) -> None:
    """Store a corrected row, and nothing else: the clock stands, no version is raised."""
    async with scene.database.unit() as unit:
        await unit.transactions.save(scene.office.organisation.id, [row], scene.clock.now())
        await unit.commit()


def left_out(scene: Scene) -> StragglerDecision:
    return StragglerDecision(
        company_id=scene.office.company.id,
        source="bank",
        transaction_id="tx-0001",
        choice=StragglerChoice.IGNORE,
        reason="not ours",
        chosen_by=CLERK,
        chosen_at=scene.clock.now(),
    )
