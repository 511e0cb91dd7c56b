"""Deliveries: frozen all or nothing, claimed by one sender, moved only as they were seen."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger.delivery import DeliveryState, ForbiddenMoveError
from ledger.organisation import Company
from ledger.records import EffectTakenError, Move, NewDelivery
from ledger.runs import BatchState, Delivery
from ledger.transactions import Effect
from storage.database import Database
from tests.support import books
from tests.support.databases import START, SettableClock

COMPANY = books.company()
OTHER = books.company("company-2", of="org-2", external="realm-2")
SEND_BY = START + timedelta(minutes=1)


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        await unit.organisations.add(books.organisation())
        await unit.organisations.add(books.organisation("org-2", code="C3D4"))
        await unit.companies.add(COMPANY)
        await unit.companies.add(OTHER)
        await unit.runs.add(books.run(of=COMPANY))
        await unit.runs.add(books.run("run-2", of=OTHER))
        await unit.commit()
    return database


async def freeze(
    database: Database, *new: NewDelivery, id_: str = "batch-1", company: Company = COMPANY
) -> None:
    run = books.run("run-1" if company is COMPANY else "run-2", of=company)
    async with database.unit() as unit:
        await unit.deliveries.freeze(books.batch(id_, of=run, deliveries=new), new)
        await unit.commit()


async def claim(database: Database, limit: int = 10, owner: str = "slot-0/a") -> list[Delivery]:
    async with database.unit() as unit:
        claimed = await unit.deliveries.claim(COMPANY.id, owner=owner, send_by=SEND_BY, limit=limit)
        await unit.commit()
    return claimed


async def move(database: Database, delivery: Delivery, new: Delivery, note: str = "") -> bool:
    async with database.unit() as unit:
        applied = await unit.deliveries.move(
            [Move(delivery=delivery, new=new, actor="U1", note=note)]
        )
        await unit.commit()
    return bool(applied)


async def test_a_frozen_entry_is_read_back_as_it_was_prepared(stored: Database) -> None:
    new = books.new_delivery(books.entry(1, of=COMPANY))
    await freeze(stored, new)
    async with stored.unit(read_only=True) as unit:
        delivery = await unit.deliveries.get(new.id)
        assert delivery is not None
        assert delivery.entry == new.entry
        assert delivery.entry.digest == new.entry.digest
        assert (delivery.state, delivery.request_key) == (new.state, new.request_key)


async def test_an_effect_has_one_live_entry(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    again = books.entry(2, of=COMPANY, members=[books.member("tx-1")])
    with pytest.raises(EffectTakenError):
        await freeze(stored, books.new_delivery(again), id_="batch-2")


async def test_a_batch_that_cannot_be_frozen_leaves_nothing_even_if_committed(
    stored: Database,
) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    free = books.new_delivery(books.entry(2, of=COMPANY))
    taken = books.new_delivery(books.entry(3, of=COMPANY, members=[books.member("tx-1")]))
    batch = books.batch("batch-2", of=books.run(of=COMPANY), deliveries=[free, taken])
    async with stored.unit() as unit:
        with pytest.raises(EffectTakenError):
            await unit.deliveries.freeze(batch, [free, taken])
        await unit.commit()
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.batch("batch-2") is None
        assert await unit.deliveries.get(free.id) is None


async def test_a_withdrawn_entry_frees_its_effects(stored: Database) -> None:
    new = books.new_delivery(books.entry(1, of=COMPANY))
    await freeze(stored, new)
    async with stored.unit(read_only=True) as unit:
        delivery = await unit.deliveries.get(new.id)
        assert await unit.deliveries.taken_effects(COMPANY.id) == {books.member("tx-1")}
    assert delivery is not None
    await move(stored, delivery, replace(delivery, state=DeliveryState.WITHDRAWN))
    again = books.entry(2, of=COMPANY, members=[books.member("tx-1")])
    await freeze(stored, books.new_delivery(again), id_="batch-2")
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.taken_effects(COMPANY.id) == {books.member("tx-1")}


async def test_different_effects_of_one_transaction_may_lie_in_different_entries(
    stored: Database,
) -> None:
    first = books.entry(1, of=COMPANY, members=[books.member("tx-1", Effect.OUT)])
    second = books.entry(2, of=COMPANY, members=[books.member("tx-1", Effect.FEE)])
    await freeze(stored, books.new_delivery(first), books.new_delivery(second))


async def test_the_lowest_numbers_are_claimed_first_across_batches(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(3, of=COMPANY)))
    await freeze(
        stored,
        books.new_delivery(books.entry(2, of=COMPANY)),
        books.new_delivery(books.entry(1, of=COMPANY), DeliveryState.HELD),
        id_="batch-2",
    )
    claimed = await claim(stored, limit=1)
    assert [delivery.entry.number for delivery in claimed] == ["INT-A1B2-00002-103126"]
    assert claimed[0].state is DeliveryState.SENDING
    assert (claimed[0].attempt, claimed[0].owner) == (1, "slot-0/a")
    assert claimed[0].send_by == SEND_BY


async def test_each_claim_has_a_fence_of_its_own(stored: Database) -> None:
    new = [books.new_delivery(books.entry(n, of=COMPANY)) for n in range(3)]
    await freeze(stored, *new)
    claimed = await claim(stored)
    assert len({delivery.fence for delivery in claimed}) == 3
    back = replace(claimed[0], state=DeliveryState.APPROVED)
    await move(stored, claimed[0], back)
    (again,) = await claim(stored)
    assert again.attempt == 2
    assert again.fence != claimed[0].fence
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.holds_claim(again.id, again.fence or "")
        assert not await unit.deliveries.holds_claim(again.id, claimed[0].fence or "")


async def test_two_claims_at_once_share_no_delivery(stored: Database) -> None:
    new = [books.new_delivery(books.entry(n, of=COMPANY)) for n in range(40)]
    await freeze(stored, *new)
    claims = await asyncio.gather(*(claim(stored, limit=10, owner=f"slot-{n}/a") for n in range(6)))
    ids = [delivery.id for claimed in claims for delivery in claimed]
    assert len(ids) == len(set(ids))
    rest = await claim(stored, limit=100)
    assert {*ids, *(delivery.id for delivery in rest)} == {item.id for item in new}


async def test_a_move_applies_only_to_what_its_mover_saw(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    (claimed,) = await claim(stored)
    posted = replace(claimed, state=DeliveryState.POSTED, erp_id="9001")
    assert not await move(stored, replace(claimed, fence="another"), posted)
    assert await move(stored, claimed, posted)
    assert not await move(stored, claimed, posted)
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.get(claimed.id) == posted


async def test_only_one_of_two_movers_at_once_wins(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    (claimed,) = await claim(stored)
    results = await asyncio.gather(
        move(stored, claimed, replace(claimed, state=DeliveryState.POSTED)),
        move(stored, claimed, replace(claimed, state=DeliveryState.UNCERTAIN)),
    )
    assert sorted(results) == [False, True]


async def test_a_forbidden_move_changes_nothing(stored: Database) -> None:
    first, second = (books.new_delivery(books.entry(n, of=COMPANY)) for n in (1, 2))
    await freeze(stored, first, second)
    async with stored.unit() as unit:
        one, two = await unit.deliveries.of_batch("batch-1")
        allowed = Move(delivery=one, new=replace(one, state=DeliveryState.HELD), actor="U1")
        forbidden = Move(delivery=two, new=replace(two, state=DeliveryState.POSTED), actor="U1")
        with pytest.raises(ForbiddenMoveError):
            await unit.deliveries.move([allowed, forbidden])
        await unit.commit()
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.counts(COMPANY.id) == {DeliveryState.APPROVED: 2}


async def test_another_companys_name_moves_nothing(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    async with stored.unit(read_only=True) as unit:
        (delivery,) = await unit.deliveries.of_batch("batch-1")
    foreign = replace(delivery, company_id=OTHER.id)
    assert not await move(stored, foreign, replace(foreign, state=DeliveryState.HELD))


async def test_an_update_keeps_the_state_and_fails_after_a_move(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    (claimed,) = await claim(stored)
    uncertain = replace(claimed, state=DeliveryState.UNCERTAIN, uncertain_since=START)
    await move(stored, claimed, uncertain)
    searched = replace(uncertain, empty_searches=1, wake_at=SEND_BY)
    async with stored.unit() as unit:
        assert await unit.deliveries.update(uncertain, searched)
        assert not await unit.deliveries.update(claimed, replace(claimed, empty_searches=9))
        with pytest.raises(ValueError, match="cannot take"):
            await unit.deliveries.update(searched, claimed)
        await unit.commit()
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.get(claimed.id) == searched


async def test_every_move_and_every_attempt_leaves_a_row(
    stored: Database, clock: SettableClock
) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    (claimed,) = await claim(stored)
    later = clock.advance(seconds=2)
    await move(stored, claimed, replace(claimed, state=DeliveryState.POSTED), "trace 1-abc")
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.history(claimed.id) == [
            (START, "approved", "sending", "slot-0/a", "attempt 1"),
            (later, "sending", "posted", "U1", "trace 1-abc"),
        ]
        (attempt,) = await unit.deliveries.attempts(claimed.id)
    assert (attempt.attempt, attempt.started_at, attempt.ended_at) == (1, START, later)
    assert (attempt.outcome, attempt.note) == (DeliveryState.POSTED, "trace 1-abc")


async def test_staleness_survives_a_move_that_did_not_know_of_it(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    (claimed,) = await claim(stored)
    async with stored.unit() as unit:
        await unit.deliveries.mark_stale([claimed.id])
        await unit.commit()
    await move(stored, claimed, replace(claimed, state=DeliveryState.POSTED))
    async with stored.unit(read_only=True) as unit:
        delivery = await unit.deliveries.get(claimed.id)
    assert delivery is not None
    assert delivery.is_stale


async def test_a_period_shows_live_entries_of_its_dates(stored: Database) -> None:
    early = replace(books.entry(1, of=COMPANY), entry_date=date(2026, 9, 30))
    await freeze(
        stored,
        books.new_delivery(early),
        books.new_delivery(books.entry(2, of=COMPANY)),
        books.new_delivery(books.entry(3, of=COMPANY), DeliveryState.DECLINED),
    )
    async with stored.unit(read_only=True) as unit:
        found = await unit.deliveries.in_period(COMPANY.id, date(2026, 10, 1), date(2026, 10, 31))
        assert [delivery.entry.number for delivery in found] == ["INT-A1B2-00002-103126"]
        none = await unit.deliveries.in_period(OTHER.id, date(2026, 1, 1), date(2026, 12, 31))
        assert none == []


async def test_a_batch_is_decided_once(stored: Database) -> None:
    new = [books.new_delivery(books.entry(1, of=COMPANY), DeliveryState.AWAITING_APPROVAL)]
    run = books.run(of=COMPANY)
    waiting = replace(
        books.batch("batch-1", of=run, deliveries=new), state=BatchState.AWAITING_APPROVAL
    )
    async with stored.unit() as unit:
        await unit.deliveries.freeze(waiting, new)
        await unit.commit()
    approved = replace(waiting, state=BatchState.APPROVED, decided_by="U2", decided_at=START)
    rejected = replace(waiting, state=BatchState.REJECTED, decided_by="U3", decided_at=START)
    async with stored.unit() as unit:
        assert await unit.deliveries.decide(waiting, approved)
        assert not await unit.deliveries.decide(waiting, rejected)
        await unit.commit()
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.batch("batch-1") == approved
        assert await unit.deliveries.batches_in_state("org-1", BatchState.APPROVED) == [approved]
        assert await unit.deliveries.batches_in_state("org-2", BatchState.APPROVED) == []


async def test_an_entry_of_another_company_gives_nothing(stored: Database) -> None:
    await freeze(stored, books.new_delivery(books.entry(1, of=COMPANY)))
    async with stored.unit() as unit:
        assert await unit.deliveries.in_state(OTHER.id, list(DeliveryState)) == []
        assert await unit.deliveries.counts(OTHER.id) == {}
        assert await unit.deliveries.taken_effects(OTHER.id) == set()
        assert await unit.deliveries.known_numbers(OTHER.id, ["INT-A1B2-00001-103126"]) == set()
        assert await unit.deliveries.claim(OTHER.id, owner="me", send_by=SEND_BY, limit=9) == []
        known = await unit.deliveries.known_numbers(COMPANY.id, ["INT-A1B2-00001-103126", "x"])
        assert known == {"INT-A1B2-00001-103126"}


async def test_thousands_of_entries_are_frozen_claimed_and_moved(stored: Database) -> None:
    new = [books.new_delivery(books.entry(n, of=COMPANY)) for n in range(3000)]
    await freeze(stored, *new)
    claimed = await claim(stored, limit=3000)
    assert [d.entry.number for d in claimed] == [item.entry.number for item in new]
    async with stored.unit() as unit:
        posted = [
            Move(delivery=d, new=replace(d, state=DeliveryState.POSTED), actor="me")
            for d in claimed
        ]
        assert len(await unit.deliveries.move(posted)) == 3000
        await unit.commit()
    async with stored.unit(read_only=True) as unit:
        assert await unit.deliveries.counts(COMPANY.id) == {DeliveryState.POSTED: 3000}
