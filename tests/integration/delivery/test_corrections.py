"""Corrections: what is in QuickBooks is undone and posted again, never edited and never doubled."""

import asyncio
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.services.approvals import Decision
from bot.services.corrections_ordering import OrderForm
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from ledger.corrections import Dating, Mode, load_summary
from ledger.delivery import DeliveryState
from ledger.entries import Role
from ledger.mapping import key_of_role
from ledger.periods import Period
from ledger.runs import BatchState, RunState
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
    stale_numbers,
)
from tests.integration.delivery.scene import OCTOBER, Scene, rows
from tests.support.office import BANK_ID, CATEGORY, CLERK, CONTROLLER, DEPUTY, deposit, office_for
from tests.support.pushing import Product

S = DeliveryState
DAY = date(2026, 10, 12)


async def posted(scene: Scene, product: Product, count: int = 2) -> Undo:
    """Post entries on an account that turns out to be the wrong one."""
    await scene.bring(*rows(count))
    await scene.push(product)
    await map_category(scene, RIGHT_ID)
    return Undo(scene=scene, product=product)


# ── the promise ──────────────────────────────────────────────────────────────


async def test_entries_on_a_wrong_account_are_undone_and_reposted_under_one_approval(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 3)
        ordered = await undo.do("stale")
    assert ordered.run is not None
    assert (await scene.run(ordered.run.id)).state is RunState.FINISHED
    assert balances(scene) == {BANK_ID: Decimal("306.00"), RIGHT_ID: Decimal("-306.00")}
    assert await scene.states() == {S.VERIFIED: 9}
    assert await stale_numbers(scene) == set()


async def test_what_is_undone_does_not_come_back_with_the_next_sync(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product)
        undo = Undo(scene=scene, product=product)
        await undo.do("2026-10", mode=Mode.REVERSE)
        assert balances(scene) == {}
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
        assert balances(scene) == {}
        await undo.do("2026-10", mode=Mode.REPOST)
        assert balances(scene)[BANK_ID] == Decimal("203.00")
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert len(scene.journals()) == 6


async def test_an_original_and_its_reversal_cancel_out_and_name_each_other(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        (original,) = await scene.deliveries()
        await undo.do(original.entry.number)
        async with scene.database.unit(read_only=True) as unit:
            links = await unit.corrections.links([original.id])
    reversal = next(j for j in scene.journals() if "Reversal of" in (j.private_note or ""))
    assert reversal.private_note == f"Reversal of {original.entry.number}: wrong account"
    assert {link.original_number for link in links} == {original.entry.number}
    assert sorted(link.kind.value for link in links) == ["replaces", "reverses"]
    assert reversal.doc_number in {link.number for link in links}


async def test_what_would_come_out_the_same_is_left_alone(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product)
        await scene.bring(deposit(1, day=DAY, amount="150.00"))
        undo = Undo(scene=scene, product=product)
        look = await undo.look("2026-10")
        assert (len(look.plan.reversals), look.plan.unchanged) == (1, 1)
        for words in (("account", WRONG_ID), ("category", CATEGORY.upper())):
            assert (await undo.look(*words)).fingerprint == look.fingerprint
        with pytest.raises(Refusal, match="Nothing that is posted"):
            await undo.look("account", RIGHT_ID)
        await undo.do("2026-10")
    assert scene.amounts() == [Decimal(n) for n in (101, 101, 102, 150)]
    assert set((await net_effects(scene)).values()) == {1}


# ── approval ─────────────────────────────────────────────────────────────────


async def test_whoever_changed_the_mapping_or_asked_for_the_undo_does_not_approve_it(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product)
        await map_category(scene, RIGHT_ID, by=CONTROLLER)
        undo = Undo(scene=scene, product=product)
        await undo.ask("stale", person=DEPUTY)
        await product.drain()
        for shaper in (CONTROLLER, DEPUTY):
            with pytest.raises(Refusal, match="shaped this batch"):
                await scene.decide(product, person=shaper)
    assert len(scene.journals()) == 2


async def test_every_correction_needs_an_approver_however_small(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        await undo.prepare("stale")
        batch = await scene.waiting_batch(product)
        assert batch.state is BatchState.AWAITING_APPROVAL
        assert "corrects entries" in batch.reason
    assert len(scene.journals()) == 1


async def test_a_rejected_correction_changes_nothing_and_can_be_asked_for_again(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await undo.prepare("stale")
        await scene.decide(product, Decision.REJECT)
        await scene.sync(product)
        assert len(scene.journals()) == 2
        assert len(await stale_numbers(scene)) == 2
        await undo.do("stale")
    assert balances(scene)[RIGHT_ID] == Decimal("-203.00")


async def test_a_sync_while_the_card_waits_posts_nothing_twice(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await undo.prepare("stale")
        await scene.sync(product)
        assert len(scene.journals()) == 2
        await scene.decide(product)
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert set((await net_effects(scene)).values()) == {1}


async def test_a_change_after_the_card_was_shown_lapses_it_and_the_next_has_the_present(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await undo.prepare("stale")
        shown = await scene.waiting_batch(product)
        await map_category(scene, "52")
        decided = await product.approvals.decide(
            scene.office.organisation, shown.id, Decision.APPROVE, person=CONTROLLER
        )
        assert decided.batch.state is BatchState.LAPSED
        await product.drain()
        await scene.decide(product)
    assert balances(scene) == {BANK_ID: Decimal("203.00"), "52": Decimal("-203.00")}


async def test_a_change_of_something_else_keeps_the_card(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await undo.prepare("stale")
        await scene.bring(deposit(9, day=date(2026, 10, 13), amount="900.00"))
        await scene.decide(product)
    assert balances(scene)[RIGHT_ID] == Decimal("-203.00")


# ── asked twice, by several, by strangers ────────────────────────────────────


async def test_a_form_that_is_sent_off_twice_at_once_is_one_correction(scene: Scene) -> None:
    async with scene.process("one") as one, scene.process("two") as two:
        undo = await posted(scene, one)
        organisation = scene.office.organisation
        look = await undo.look("stale")
        form = OrderForm(
            words=("stale",),
            mode=Mode.REVERSE_AND_REPOST,
            fingerprint=look.fingerprint,
            order_id="0199c1a0-0000-7000-8000-000000000001",
            reason="wrong account",
        )
        ordered = await asyncio.gather(
            *(p.corrections.orders.order(organisation, form, person=CLERK) for p in (one, two))
        )
        assert sorted(each.is_new for each in ordered) == [False, True]
        await one.drain()
        await two.drain()
        await scene.decide(one)
    assert len(scene.journals()) == 6


async def test_two_corrections_of_the_same_entries_undo_them_once(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        first, second = await undo.ask("stale"), await undo.ask("stale", person=DEPUTY)
        await product.drain()
        await scene.decide(product)
        await product.drain()
        assert first.run is not None
        assert second.run is not None
        states = {(await scene.run(run.id)).state for run in (first.run, second.run)}
    assert states == {RunState.FINISHED}
    assert len(scene.journals()) == 6


async def test_entries_that_changed_since_they_were_shown_are_not_undone_unseen(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        look = await undo.look("2026-10")
        await scene.bring(*rows(1, first=7))
        await scene.push(product)
        form = OrderForm(
            words=("2026-10",),
            mode=Mode.REVERSE,
            fingerprint=look.fingerprint,
            order_id="0199c1a0-0000-7000-8000-000000000002",
            reason="wrong account",
        )
        with pytest.raises(Refusal, match="no longer the ones"):
            await product.corrections.orders.order(scene.office.organisation, form, person=CLERK)


async def test_a_correction_of_another_organisation_is_not_found(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await close_books(scene, "2026-10-31")
        await scene.sync(product, Period(date(2026, 11, 1), date(2026, 11, 1)))
        ordered = await undo.ask("stale", dating=Dating.HOLD)
        await product.drain()
        assert ordered.run is not None
        other = office_for("999", now=scene.clock.now(), code="Z9Z9").organisation
        waiting = product.corrections.waiting
        for answer in (waiting.look_again, waiting.use_first_open_day, waiting.give_up):
            with pytest.raises(Refusal, match="no such correction"):
                await answer(other, ordered.run.id, person=CLERK)
        with pytest.raises(Refusal, match="No company"):
            await product.corrections.looks.look(other, (ordered.run.id,))


# ── what cannot be undone ────────────────────────────────────────────────────


async def test_what_was_undone_and_replaced_is_not_undone_again(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        (original,) = await scene.deliveries()
        await undo.do(original.entry.number)
        with pytest.raises(Refusal, match="Nothing that is posted fits"):
            await undo.look(original.entry.number)


async def test_an_entry_that_somebody_changed_in_the_erp_is_refused_with_the_remedy(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        (journal,) = scene.journals()
        scene.edit_by_hand(journal.id, {"PrivateNote": "mine"})
        await product.verification.verify(scene.office.organisation, OCTOBER)
        look = await undo.look("2026-10")
        assert look.reversible == 0
        assert "verify" in look.left[0].why


async def test_what_was_never_sent_is_withdrawn_instead(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        undo = Undo(scene=scene, product=product)
        ordered = await undo.ask("2026-10", mode=Mode.REVERSE)
        assert (ordered.run, ordered.withdrawn) == (None, 2)
        await product.drain()
    assert scene.journals() == []
    assert await scene.states() == {S.WITHDRAWN: 2}


async def test_a_reason_is_asked_for(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        look = await undo.look("stale")
        form = OrderForm(
            words=("stale",),
            mode=Mode.REVERSE,
            fingerprint=look.fingerprint,
            order_id="0199c1a0-0000-7000-8000-000000000003",
            reason="  ",
        )
        with pytest.raises(FieldRefusal):
            await product.corrections.orders.order(scene.office.organisation, form, person=CLERK)


# ── closed books ─────────────────────────────────────────────────────────────


async def test_closed_books_are_asked_about_and_hold_everything_until_reopened(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await close_books(scene, "2026-10-31")
        await product.preparing.refresh_books(
            scene.office.organisation,
            scene.office.company,
            product.connectors.of(scene.office.company),
        )
        with pytest.raises(FieldRefusal, match="books are closed"):
            await undo.ask("stale")
        ordered = await undo.ask("stale", dating=Dating.HOLD)
        await product.drain()
        assert ordered.run is not None
        waiting = await scene.run(ordered.run.id)
        assert "closed" in (waiting.waiting_for or "")
        assert await product.approvals.waiting(scene.office.organisation) == []
        await close_books(scene, None)
        await product.corrections.waiting.look_again(
            scene.office.organisation, ordered.run.id, person=CLERK
        )
        await product.drain()
        await scene.decide(product)
    assert balances(scene)[RIGHT_ID] == Decimal("-203.00")
    assert {journal.txn_date for journal in scene.journals()} == {DAY}


async def test_the_first_open_day_is_a_persons_choice_and_names_the_period(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        scene.clock.advance(seconds=60)
        await close_books(scene, "2026-10-31")
        # Nobody knew when the form was open: the run finds out, and waits.
        ordered = await undo.ask("stale")
        await product.drain()
        assert ordered.run is not None
        offered = await product.corrections.looks.choices(scene.office.organisation)
        assert ([each.id for each in offered.waiting], offered.first_open) == (
            [ordered.run.id],
            date(2026, 11, 1),
        )
        assert offered.waiting[0].first_date == DAY
        said = await product.corrections.waiting.use_first_open_day(
            scene.office.organisation, ordered.run.id, person=DEPUTY
        )
        assert "dated 1 Nov 2026, the first open day" in said
        await product.drain()
        async with scene.database.unit(read_only=True) as unit:
            correction = await unit.corrections.get(ordered.run.id)
        assert correction is not None
        assert load_summary(correction.summary or "").redated_to == date(2026, 11, 1)
        with pytest.raises(Refusal, match="shaped"):
            await scene.decide(product, person=DEPUTY)
        await scene.decide(product)
        await find_stale(scene, product)
    later = [j for j in scene.journals() if j.txn_date != DAY]
    assert {journal.txn_date for journal in later} == {date(2026, 11, 1)}
    assert all((j.private_note or "").endswith("for period 2026-10") for j in later)
    assert balances(scene) == {BANK_ID: Decimal("101.00"), RIGHT_ID: Decimal("-101.00")}
    assert await stale_numbers(scene) == set()


async def test_a_reversal_that_the_erp_refuses_keeps_its_replacement_back(scene: Scene) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        await undo.prepare("stale")
        await close_books(scene, "2026-10-31")
        await scene.decide(product)
        assert await scene.states() == {S.VERIFIED: 2, S.REFUSED: 2, S.BLOCKED: 2}
        assert balances(scene)[WRONG_ID] == Decimal("-203.00")
        await close_books(scene, None)
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert balances(scene) == {BANK_ID: Decimal("203.00"), RIGHT_ID: Decimal("-203.00")}


async def test_a_refused_correction_is_given_up_and_the_entries_can_be_undone_anew(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product)
        ordered = await undo.prepare("stale")
        await close_books(scene, "2026-10-31")
        await scene.decide(product)
        assert ordered.run is not None
        found = await product.corrections.looks.choices(scene.office.organisation)
        assert [run.id for run in found.stuck] == [ordered.run.id]
        await product.corrections.waiting.give_up(
            scene.office.organisation, ordered.run.id, person=CLERK
        )
        await close_books(scene, None)
        await scene.sync(product)
        assert balances(scene)[WRONG_ID] == Decimal("-203.00")
        await undo.do("stale")
    assert balances(scene) == {BANK_ID: Decimal("203.00"), RIGHT_ID: Decimal("-203.00")}


async def test_a_lost_reply_to_a_reversal_is_searched_for_before_its_replacement_goes(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 1)
        await undo.prepare("stale")
        scene.spoil(FaultKind.DROP_REPLY)
        await scene.decide(product)
        await scene.pass_time(product, 300)
        await scene.pass_time(product, 300)
    assert balances(scene) == {BANK_ID: Decimal("101.00"), RIGHT_ID: Decimal("-101.00")}
    assert len(scene.journals()) == 3


# ── what is stale ────────────────────────────────────────────────────────────


async def test_a_changed_mapping_marks_what_it_touched_and_unmarks_it_when_undone(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2), deposit(9, day=DAY, amount="9.00", category="Grants"))
    async with scene.process() as product:
        await scene.push(product)
        touched = set(scene.numbers())
        await map_category(scene, RIGHT_ID)
        await product.corrections.staleness.tick()
        await product.drain()
        assert await stale_numbers(scene) == touched
        await map_category(scene, WRONG_ID)
        scene.clock.advance(seconds=60)
        await product.corrections.staleness.tick()
        await product.drain()
        assert await stale_numbers(scene) == set()


async def test_a_memo_or_another_roll_up_marks_nothing(scene: Scene) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product)
        await _settings(scene, rollup="summed", memo="Crypto {count}")
        await find_stale(scene, product)
    assert await stale_numbers(scene) == set()


async def test_a_posting_date_of_another_day_marks_nothing(scene: Scene) -> None:
    await _settings(scene, entry_date="posting")
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product, Period(date(2026, 10, 1), date(2026, 11, 30)))
        assert len(scene.journals()) == 2
        scene.clock.advance(seconds=3 * 86_400)
        await find_stale(scene, product)
    assert await stale_numbers(scene) == set()


async def test_a_changed_member_marks_the_whole_days_entry_which_is_undone_whole(
    scene: Scene,
) -> None:
    await _settings(scene, rollup="bundled")
    await scene.bring(*rows(3))
    async with scene.process() as product:
        await scene.push(product)
        assert scene.amounts() == [Decimal("306.00")]
        await scene.bring(deposit(2, day=DAY, amount="110.00"))
        undo = Undo(scene=scene, product=product)
        await undo.do("stale")
    assert scene.amounts() == [Decimal("306.00"), Decimal("306.00"), Decimal("314.00")]
    assert balances(scene)[BANK_ID] == Decimal("314.00")


async def test_entries_posted_one_by_one_are_replaced_by_the_days_entry_after_a_new_setting(
    scene: Scene,
) -> None:
    async with scene.process() as product:
        undo = await posted(scene, product, 3)
        await _settings(scene, rollup="bundled")
        await undo.do("stale")
        assert len(scene.journals()) == 7
        await scene.sync(product)
        assert await product.approvals.waiting(scene.office.organisation) == []
    assert set((await net_effects(scene)).values()) == {1}
    assert balances(scene)[RIGHT_ID] == Decimal("-306.00")


async def test_a_posted_transaction_that_gains_a_fee_stops_no_sync_and_is_corrected_whole(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.push(product)
        await _map_fees(scene)
        (row,) = rows(1)
        with_fee = replace(
            row, fee_asset="USD", fee_quantity=Decimal("1.00"), fee_value=Decimal("1.00")
        )
        await scene.bring(with_fee)
        await scene.sync(product)
        assert len(scene.journals()) == 1
        await Undo(scene=scene, product=product).do("stale")
    assert balances(scene)[BANK_ID] == Decimal("100.00")
    assert set((await net_effects(scene)).values()) == {2}


async def _settings(scene: Scene, **changed: str) -> None:
    content = {"rollup": "individual"} | changed
    async with scene.database.unit() as unit:
        await unit.choices.save_settings(scene.office.company.id, json.dumps(content))
        await unit.organisations.raise_shape_version(scene.office.organisation.id)
        await unit.commit()


async def _map_fees(scene: Scene) -> None:
    async with scene.database.unit() as unit:
        await unit.choices.set_mapping(
            scene.office.company.id,
            {key_of_role(role): "60" for role in (Role.TRADING_FEES, Role.NETWORK_FEES)},
        )
        await unit.organisations.raise_shape_version(scene.office.organisation.id)
        await unit.commit()


async def test_another_time_zone_marks_what_it_dates_otherwise(scene: Scene) -> None:
    # Noon in Greenwich is the next day's night in Kiritimati, and the same day in Berlin.
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.push(product)
        for zone, stale in (("Europe/Berlin", 0), ("Pacific/Kiritimati", 2)):
            async with scene.database.unit() as unit:
                await unit.organisations.set_time_zone(scene.office.organisation.id, zone)
                await unit.organisations.raise_shape_version(scene.office.organisation.id)
                await unit.commit()
            await find_stale(scene, product)
            assert len(await stale_numbers(scene)) == stale
