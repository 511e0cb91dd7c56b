"""Dimensions: choosing classes, locations, departments, segments and tracking options."""

from __future__ import annotations

from bot.handlers.context import Action, Ask, Click, Modal, Options, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.dimension_changes import DimensionForm
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import dimensions as view
from bot.views import mapping as mapping_view
from ledger.books import DimensionValue
from ledger.organisation import Right


async def show(ask: Ask, use_cases: UseCases) -> Reply:
    """Show what the company has and what is chosen."""
    return reply(view.overview(await use_cases.dimensions.state(ask.organisation)))


async def open_form(click: Click, use_cases: UseCases) -> Reply:
    """Open the form of one dimension."""
    key, _, page = (click.chosen or "").rpartition(":")
    state = await use_cases.dimensions.one(click.organisation, key)
    return Reply(opens=view.form(click.organisation, state, page=int(page)))


async def save(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Save a form's choices, and go on to the next page when there is one."""
    key, page = submit.arguments
    choices = dict(submit.values)
    required = choices.pop(view.REQUIRED, None)
    form = DimensionForm(
        key=key,
        choices=choices,
        is_required=None if required is None else required == view.IS_REQUIRED,
    )
    await use_cases.dimensions.save(submit.organisation, form, actor=submit.caller.user_id)
    everything = await use_cases.dimensions.state(submit.organisation)
    state = next((s for s in everything.dimensions if s.dimension.key == key), None)
    if state is None:
        # It was switched off in the ERP, and its last default is cleared now.
        return SubmitReply(says=reply(view.overview(everything)))
    if page:
        return SubmitReply(view=view.form(submit.organisation, state, page=int(page)))
    return SubmitReply(says=reply(view.saved(state)))


async def choose(click: Click, use_cases: UseCases) -> Reply:
    """Choose a value for everything that lacks one, and draw what remains in its place."""
    (key,) = click.arguments
    try:
        chosen = await use_cases.dimensions.choose(
            click.organisation, key, click.chosen or "", actor=click.caller.user_id
        )
    except FieldRefusal as refusal:
        raise Refusal(refusal.text, next_step="/integral unmapped") from refusal
    return reply(mapping_view.value_chosen(chosen, actor=click.caller.user_id), replaces=True)


async def open_names(click: Click, use_cases: UseCases) -> Reply:
    """Open the form that names what the ERP does not tell."""
    state = await use_cases.dimensions.state(click.organisation)
    form = view.value_form if state.takes_values else view.segment_form
    return Reply(opens=form(click.organisation))


async def save_segment(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Take note of a custom segment."""
    key, name = submit.values.get("key") or "", submit.values.get("name") or ""
    await use_cases.dimensions.names.name_segment(
        submit.organisation, key, name, actor=submit.caller.user_id
    )
    return SubmitReply(says=reply(view.segment_saved(name)))


async def remove_segment(click: Click, use_cases: UseCases) -> Reply:
    """Forget a custom segment that was named wrongly."""
    (key,) = click.arguments
    name = await use_cases.dimensions.names.remove_segment(
        click.organisation, key, actor=click.caller.user_id
    )
    return reply(view.segment_removed(name))


async def save_value(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Add a value of a dimension."""
    key, name = submit.values.get("key") or "", submit.values.get("name") or ""
    await use_cases.dimensions.names.name_value(
        submit.organisation, key, name, actor=submit.caller.user_id
    )
    state = await use_cases.dimensions.state(submit.organisation)
    return SubmitReply(says=reply(view.overview(state)))


async def offer(click: Click, typed: str, use_cases: UseCases) -> list[tuple[str, str]]:
    """Offer values, and the way to take a choice away."""
    return view.options_of_form(await _found(click, typed, use_cases), typed=typed)


async def offer_here(click: Click, typed: str, use_cases: UseCases) -> list[tuple[str, str]]:
    """Offer values that the ERP takes."""
    return view.options(await _found(click, typed, use_cases))


async def _found(click: Click, typed: str, use_cases: UseCases) -> list[DimensionValue]:
    return await use_cases.dimensions.search(click.organisation, click.arguments[0], typed)


ACTIONS = (
    Action(action_id=view.OPEN_DIMENSION, right=Right.PREPARE, run=open_form),
    Action(action_id=view.CHOOSE_VALUE_HERE, right=Right.PREPARE, run=choose),
    Action(action_id=view.NAME_DIMENSION, right=Right.PREPARE, run=open_names),
    Action(action_id=view.REMOVE_SEGMENT, right=Right.PREPARE, run=remove_segment),
)
MODALS = (
    Modal(callback_id=view.DIMENSION_FORM, right=Right.PREPARE, run=save),
    Modal(callback_id=view.SEGMENT_FORM, right=Right.PREPARE, run=save_segment),
    Modal(callback_id=view.VALUE_FORM, right=Right.PREPARE, run=save_value),
)
OPTIONS = (
    Options(action_id=view.PICK_VALUE, right=Right.PREPARE, run=offer),
    Options(action_id=view.CHOOSE_VALUE_HERE, right=Right.PREPARE, run=offer_here),
)
