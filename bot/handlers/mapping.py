"""``/integral map, unmapped``: choosing accounts in forms and in messages."""

from __future__ import annotations

from bot.handlers import dimensions
from bot.handlers.context import (
    Action,
    Ask,
    Click,
    Command,
    Modal,
    Options,
    Reply,
    Submit,
    SubmitReply,
)
from bot.handlers.replies import reply, takes_only
from bot.services.errors import Refusal
from bot.services.mapping_rows import Group, MappingState
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import mapping as view
from ledger.organisation import Right


async def show(ask: Ask, use_cases: UseCases) -> Reply:
    """Show the prerequisites and what can be mapped; or the dimensions, when they are asked for."""
    if takes_only(ask, "map", "dimensions"):
        return await dimensions.show(ask, use_cases)
    return reply(view.overview(await use_cases.mappings.state(ask.organisation)))


async def show_again(click: Click, use_cases: UseCases) -> Reply:
    """Show it from a button."""
    return reply(view.overview(await use_cases.mappings.state(click.organisation)))


async def open_group(click: Click, use_cases: UseCases) -> Reply:
    """Open the form of a wallet or of the categories."""
    group_id, _, page = (click.chosen or "").partition(":")
    state = await use_cases.mappings.state(click.organisation)
    group = _group(state, group_id)
    return Reply(opens=view.form(click.organisation, group, page=int(page or 0)))


async def save(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Save a form's choices, and go on to the next page when there is one."""
    group_id, page = submit.arguments
    try:
        warnings = await use_cases.mappings.save(
            submit.organisation, submit.values, actor=submit.caller.user_id
        )
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    state = await use_cases.mappings.state(submit.organisation)
    if page:
        group = _group(state, group_id)
        return SubmitReply(view=view.form(submit.organisation, group, page=int(page)))
    return SubmitReply(says=reply(view.saved(submit.organisation, warnings, state.prerequisites)))


async def unmapped(ask: Ask, use_cases: UseCases) -> Reply:
    """Show what has no account, with pickers in place."""
    return reply(view.unmapped(await use_cases.mappings.unmapped(ask.organisation)))


async def choose(click: Click, use_cases: UseCases) -> Reply:
    """Save one choice from the message, and draw what remains in its place."""
    # A wallet's name may hold the sign that packs arguments.
    row_id = "|".join(click.arguments)
    try:
        chosen = await use_cases.mappings.choose(
            click.organisation, row_id, click.chosen or "", actor=click.caller.user_id
        )
    except FieldRefusal as refusal:
        raise Refusal(refusal.text, next_step="/integral unmapped") from refusal
    return reply(view.chosen(chosen, actor=click.caller.user_id), replaces=True)


async def offer(click: Click, typed: str, use_cases: UseCases) -> list[tuple[str, str]]:
    """Offer accounts, and the way to take a choice away."""
    return view.options(await offer_accounts(click, typed, use_cases), typed=typed)


async def offer_accounts(click: Click, typed: str, use_cases: UseCases) -> list[tuple[str, str]]:
    """Offer accounts of the chart that take entries."""
    found = await use_cases.mappings.search(click.organisation, typed)
    return [(account.label, account.erp_id) for account in found]


def _group(state: MappingState, group_id: str) -> Group:
    found = next((group for group in state.groups if group.id == group_id), None)
    if found is None:
        raise Refusal("Nothing in it needs an account any more.", next_step="/integral map")
    return found


COMMANDS = (
    Command(
        name="map",
        summary="choose accounts for wallets, tokens and categories, and classes or locations",
        usage="map [dimensions]",
        right=Right.PREPARE,
        run=show,
    ),
    Command(
        name="unmapped",
        summary="what has no account or required dimension yet, with a picker for each",
        usage="unmapped",
        right=Right.PREPARE,
        run=unmapped,
    ),
)
ACTIONS = (
    Action(action_id=view.OPEN_MAPPING, right=Right.PREPARE, run=show_again),
    Action(action_id=view.OPEN_GROUP, right=Right.PREPARE, run=open_group),
    Action(action_id=view.CHOOSE_HERE, right=Right.PREPARE, run=choose),
)
MODALS = (Modal(callback_id=view.MAPPING_FORM, right=Right.PREPARE, run=save),)
OPTIONS = (
    Options(action_id=view.PICK_ACCOUNT, right=Right.PREPARE, run=offer),
    Options(action_id=view.CHOOSE_HERE, right=Right.PREPARE, run=offer_accounts),
)
