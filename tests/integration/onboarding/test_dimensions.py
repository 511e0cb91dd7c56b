"""Dimensions in Slack: chosen by level, checked against the books, required ones freed in place."""

from dataclasses import replace

import pytest

from bot.erp.netsuite.account import Segment
from bot.handlers import dimensions, mapping
from bot.services.dimension_changes import DimensionForm
from bot.services.dimension_rows import row_id
from bot.services.errors import Refusal
from bot.services.mappings import NO_CHOICE
from bot.services.saying import FieldRefusal
from bot.views import dimensions as view
from bot.views import kit
from ledger.books import Books, Dimension, DimensionValue
from ledger.delivery import DeliveryState
from ledger.dimensions import EVERYWHERE, Level, Place
from ledger.organisation import Company, Organisation, Provider
from tests.integration.onboarding.desk import BOOKS, OWNER, Desk
from tests.integration.onboarding.test_handlers import ask, cases, click, submit
from tests.integration.onboarding.test_setting_up import ready
from tests.support import books as sample
from tests.unit.views.onboarding import require_sound_view

CLASS = Dimension(
    key="class",
    name="Class",
    values=(
        DimensionValue(erp_id="1", name="Treasury"),
        DimensionValue(erp_id="2", name="Payroll"),
        DimensionValue(erp_id="3", name="Old desk", is_active=False),
    ),
)
BANK, WALLET = Place(Level.WALLET, "Bank"), Place(Level.WALLET, "Ops|Wallet")
PAYROLL = Place(Level.CATEGORY, "Payroll")


def with_dimensions(*found: Dimension) -> Books:
    return replace(BOOKS, dimensions=found)


async def tracking(desk: Desk, *found: Dimension) -> Organisation:
    """An organisation that is ready, whose company has these dimensions."""
    desk.erp.books = with_dimensions(*(found or (CLASS,)))
    return await ready(desk)


async def required(desk: Desk) -> Organisation:
    organisation = await tracking(desk)
    form = DimensionForm(key="class", choices={}, is_required=True)
    await desk.dimensions.save(organisation, form, actor=OWNER)
    return organisation


async def save(desk: Desk, organisation: Organisation, choices: dict[Place, str | None]) -> None:
    form = DimensionForm(key="class", choices={row_id(p): v for p, v in choices.items()})
    await desk.dimensions.save(organisation, form, actor=OWNER)


async def chosen(desk: Desk, organisation: Organisation) -> dict[str, str]:
    state = await desk.dimensions.one(organisation, "class")
    return {row.label: row.chosen.name for row in state.rows if row.chosen}


async def shape(desk: Desk, organisation: Organisation) -> int:
    async with desk.database.unit(read_only=True) as unit:
        stored = await unit.organisations.get(organisation.id)
    assert stored is not None
    return stored.shape_version


async def test_everything_that_entries_touch_can_have_a_default(desk: Desk) -> None:
    organisation = await tracking(desk)
    state = await desk.dimensions.one(organisation, "class")
    assert [row.label for row in state.rows][:4] == [
        "Everywhere else", "Wallet Bank", "Wallet Ops|Wallet", "Category Payroll",
    ]  # fmt: skip
    assert "Account Payroll" in {row.label for row in state.rows}
    suggested = {row.label: row.suggested.name for row in state.rows if row.suggested}
    assert suggested == {"Category Payroll": "Payroll"}


async def test_a_choice_shapes_the_entries_and_is_on_the_record_in_names(desk: Desk) -> None:
    organisation = await tracking(desk)
    before = await shape(desk, organisation)
    await save(desk, organisation, {BANK: "1", PAYROLL: "2"})
    assert await chosen(desk, organisation) == {
        "Wallet Bank": "Treasury", "Category Payroll": "Payroll",
    }  # fmt: skip
    assert await shape(desk, organisation) == before + 1
    async with desk.database.unit(read_only=True) as unit:
        record = (await unit.audit.recent(organisation.id, 1))[0]
    assert (record.action, record.is_shaping, record.actor) == ("dimensions.saved", True, OWNER)
    assert '"Wallet Bank": "Treasury"' in (record.after or "")


async def test_saving_the_same_again_shapes_nothing_and_a_choice_can_be_taken_away(
    desk: Desk,
) -> None:
    organisation = await tracking(desk)
    await save(desk, organisation, {BANK: "1", WALLET: "2"})
    before = await shape(desk, organisation)
    await save(desk, organisation, {BANK: "1", WALLET: "2"})
    assert await shape(desk, organisation) == before
    await save(desk, organisation, {BANK: NO_CHOICE, WALLET: None})
    assert await chosen(desk, organisation) == {}


@pytest.mark.parametrize(
    ("value_id", "why"), [("3", "Old desk is inactive"), ("77", "not among the imported")]
)
async def test_a_value_that_the_erp_would_not_take_is_refused_with_the_remedy(
    desk: Desk, value_id: str, why: str
) -> None:
    organisation = await tracking(desk)
    with pytest.raises(FieldRefusal, match=why) as refused:
        await save(desk, organisation, {BANK: value_id, PAYROLL: "2"})
    assert set(refused.value.errors) == {row_id(BANK)}
    assert "accounts refresh" in refused.value.text
    assert await chosen(desk, organisation) == {}


async def test_nobody_chooses_for_what_no_transaction_needs(desk: Desk) -> None:
    organisation = await tracking(desk)
    with pytest.raises(FieldRefusal, match="No transaction needs"):
        await save(desk, organisation, {Place(Level.WALLET, "Else"): "1"})
    with pytest.raises(Refusal, match="no such dimension"):
        await desk.dimensions.one(organisation, "location")


async def test_another_organisations_choices_stay_its_own(desk: Desk) -> None:
    organisation = await tracking(desk)
    await save(desk, organisation, {BANK: "1"})
    other = replace(organisation, id="org-other")
    with pytest.raises(Refusal, match="No company"):
        await save(desk, other, {BANK: "2"})
    assert await desk.dimensions.search(organisation, "location", "") == []
    assert await chosen(desk, organisation) == {"Wallet Bank": "Treasury"}


async def test_a_required_dimension_blocks_what_lacks_it_and_counts_it(desk: Desk) -> None:
    organisation = await required(desk)
    with pytest.raises(Refusal, match="Class is required and missing in 3 transactions"):
        await desk.overview.resume(organisation, actor=OWNER)
    await save(desk, organisation, {BANK: "1"})
    unmapped = await desk.mappings.unmapped(organisation)
    assert [(s.dimension.name, s.missing) for s in unmapped.dimensions] == [("Class", 1)]
    await save(desk, organisation, {PAYROLL: "2"})
    state = await desk.overview.resume(organisation, actor=OWNER)
    assert state.ready.entries == 3


async def test_the_picker_in_the_message_frees_just_what_lacks_a_value(desk: Desk) -> None:
    organisation = await required(desk)
    await save(desk, organisation, {BANK: "1"})
    shown = await mapping.unmapped(ask(organisation), cases(desk))
    (block,) = [b for b in shown.blocks if b.get("block_id")]
    _, arguments = kit.unpack(block["block_id"])
    pressed = click(organisation, *arguments)
    offered = await dimensions.offer_here(pressed, "pay", cases(desk))
    assert offered == [("Payroll", "2")]
    reply = await dimensions.choose(replace(pressed, chosen="2"), cases(desk))
    assert reply.replaces
    assert "1 entry no longer lacks it" in str(reply.blocks)
    assert await chosen(desk, organisation) == {
        "Wallet Bank": "Treasury", "Everywhere else": "Payroll",
    }  # fmt: skip
    with pytest.raises(Refusal, match="inactive"):
        await dimensions.choose(replace(pressed, chosen="3"), cases(desk))


async def test_the_form_saves_what_it_shows_and_whether_it_is_required(desk: Desk) -> None:
    organisation = await tracking(desk)
    shown = await mapping.show(ask(organisation, "dimensions"), cases(desk))
    (picker,) = [b["elements"][0] for b in shown.blocks if b["type"] == "actions"]
    (value,) = [option["value"] for option in picker["options"]]
    opened = await dimensions.open_form(replace(click(organisation), chosen=value), cases(desk))
    assert opened.opens is not None
    require_sound_view(opened.opens)
    _, arguments = kit.unpack(opened.opens["private_metadata"])
    inputs = [b["block_id"] for b in opened.opens["blocks"] if b["type"] == "input"]
    offered = await dimensions.offer(click(organisation, *arguments), "", cases(desk))
    assert offered == [("No value of its own", NO_CHOICE), ("Treasury", "1"), ("Payroll", "2")]
    values = dict.fromkeys(inputs, "1") | {view.REQUIRED: view.IS_REQUIRED}
    reply = await dimensions.save(submit(organisation, arguments, values), cases(desk))
    assert reply.says is not None
    state = await desk.dimensions.one(organisation, "class")
    assert (state.is_required_by_people, state.missing) == (True, 0)
    assert set((await chosen(desk, organisation)).values()) == {"Treasury"}
    wrong = submit(organisation, arguments, {row_id(EVERYWHERE): "3"})
    with pytest.raises(FieldRefusal) as refused:
        await dimensions.save(wrong, cases(desk))
    assert set(refused.value.errors) == {row_id(EVERYWHERE)}


async def test_a_dimension_that_was_switched_off_can_be_cleared(desk: Desk) -> None:
    organisation = await tracking(desk)
    await save(desk, organisation, {BANK: "1"})
    desk.erp.books = BOOKS
    await desk.charts.ask_refresh(organisation, user_id=OWNER)
    await desk.work()
    state = await desk.dimensions.one(organisation, "class")
    assert state.refused == 1
    cleared = submit(organisation, ("class", ""), {row_id(BANK): NO_CHOICE})
    reply = await dimensions.save(cleared, cases(desk))
    assert reply.says is not None
    assert "has no classes" in reply.says.text
    assert (await desk.dimensions.state(organisation)).dimensions == ()


async def test_a_netsuite_segment_is_named_by_people(desk: Desk) -> None:
    organisation = await tracking(desk)
    with pytest.raises(Refusal, match="from QuickBooks"):
        await desk.dimensions.names.name_segment(organisation, "cseg_fund", "Fund", actor=OWNER)
    await become(desk, organisation, Provider.NETSUITE)
    for key in ("fund", "cseg", "cseg_f;drop"):
        form = submit(organisation, (), {"key": key, "name": "Fund"})
        with pytest.raises(FieldRefusal) as refused:
            await dimensions.save_segment(form, cases(desk))
        assert set(refused.value.errors) == {"key"}
    form = submit(organisation, (), {"key": " CSEG_Fund ", "name": "Fund"})
    assert (await dimensions.save_segment(form, cases(desk))).says is not None
    state = await desk.dimensions.state(organisation)
    assert state.company.segments == (("cseg_fund", "Fund"),)
    assert [Segment(key=k, name=n).name for k, n in state.company.segments] == ["Fund"]
    assert state.unseen_segments == ("Fund",)


async def test_a_segment_that_entries_carry_stays(desk: Desk) -> None:
    organisation = await tracking(desk)
    await become(desk, organisation, Provider.NETSUITE)
    await desk.dimensions.names.name_segment(organisation, "cseg_fund", "Fund", actor=OWNER)
    company = (await desk.dimensions.state(organisation)).company
    made, run = sample.entry(1, of=company), sample.run(of=company)
    postings = (replace(p, dimensions=(("cseg_fund", "4"),)) for p in made.postings)
    new = [sample.new_delivery(replace(made, postings=tuple(postings)), DeliveryState.VERIFIED)]
    async with desk.database.unit() as unit:
        await unit.runs.add(run)
        await unit.deliveries.freeze(sample.batch("batch-1", of=run, deliveries=new), new)
        await unit.commit()
    with pytest.raises(Refusal, match="1 entry carries Fund, in NetSuite or on the way"):
        await dimensions.remove_segment(click(organisation, "cseg_fund"), cases(desk))
    assert (await desk.dimensions.state(organisation)).company.segments == (("cseg_fund", "Fund"),)


async def test_a_wrongly_named_segment_is_removed_with_its_defaults_and_can_be_added_anew(
    desk: Desk,
) -> None:
    organisation = await tracking(desk, replace(CLASS, key="cseg_fudn", name="Fund"))
    await become(desk, organisation, Provider.NETSUITE)
    form = submit(organisation, (), {"key": "cseg_fudn", "name": "Fund"})
    await dimensions.save_segment(form, cases(desk))
    choice = DimensionForm(key="cseg_fudn", choices={row_id(BANK): "1"}, is_required=True)
    await desk.dimensions.save(organisation, choice, actor=OWNER)
    before = await shape(desk, organisation)
    shown = view.overview(await desk.dimensions.state(organisation))
    remove = next(
        element
        for block in shown.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"].startswith(view.REMOVE_SEGMENT)
    )
    assert "confirm" in remove
    _, arguments = kit.unpack(remove["value"])
    pressed = click(organisation, *arguments)
    assert "is removed" in (await dimensions.remove_segment(pressed, cases(desk))).text
    state = await desk.dimensions.state(organisation)
    assert (state.company.segments, state.dimensions) == ((), ())
    assert await shape(desk, organisation) == before + 1
    async with desk.database.unit(read_only=True) as unit:
        record = (await unit.audit.recent(organisation.id, 1))[0]
    assert (record.action, record.is_shaping, record.actor) == ("dimensions.named", True, OWNER)
    with pytest.raises(Refusal, match="not among the named"):
        await dimensions.remove_segment(pressed, cases(desk))
    await dimensions.save_segment(form, cases(desk))
    assert (await desk.dimensions.state(organisation)).unseen_segments == ("Fund",)


async def test_a_company_without_an_erp_names_its_classes(desk: Desk) -> None:
    organisation = await tracking(desk)
    with pytest.raises(Refusal, match="from QuickBooks"):
        await desk.dimensions.names.name_value(organisation, "Class", "Fund I", actor=OWNER)
    await become(desk, organisation, Provider.JOURNAL_FILE)
    for key, name in (("Class", "Fund I"), ("class", "fund i"), ("CLASS", "Fund II")):
        form = submit(organisation, (), {"key": key, "name": name})
        assert (await dimensions.save_value(form, cases(desk))).says is not None
    state = await desk.dimensions.one(organisation, "class")
    assert [v.name for v in state.dimension.values][3:] == ["Fund I", "Fund II"]
    await save(desk, organisation, {BANK: "Fund I"})
    assert await chosen(desk, organisation) == {"Wallet Bank": "Fund I"}
    empty = submit(organisation, (), {"key": "--", "name": "x"})
    with pytest.raises(FieldRefusal) as refused:
        await dimensions.save_value(empty, cases(desk))
    assert set(refused.value.errors) == {"key"}


async def become(desk: Desk, organisation: Organisation, provider: Provider) -> None:
    company = await desk.connections.active(organisation)
    assert isinstance(company, Company)
    async with desk.database.unit() as unit:
        await unit.companies.save(replace(company, provider=provider))
        await unit.commit()
