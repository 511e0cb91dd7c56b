"""``/integral duplicates``: held entries, and the buttons that decide about them."""

from __future__ import annotations

from bot.handlers.context import Action, Ask, Click, Command, Reply
from bot.handlers.replies import reply
from bot.services.look_alikes import Choice
from bot.services.use_cases import UseCases
from bot.views import look_alikes as view
from ledger.organisation import Right


async def held(ask: Ask, use_cases: UseCases) -> Reply:
    """List the entries held as possible duplicates."""
    return reply(view.held(ask.organisation, await use_cases.look_alikes.held(ask.organisation)))


async def skip(click: Click, use_cases: UseCases) -> Reply:
    """Never send the held entry."""
    return await _decide(click, use_cases, Choice.SKIP)


async def post(click: Click, use_cases: UseCases) -> Reply:
    """Send the held entry all the same."""
    return await _decide(click, use_cases, Choice.POST)


async def _decide(click: Click, use_cases: UseCases, choice: Choice) -> Reply:
    (delivery_id,) = click.arguments
    sentence = await use_cases.look_alikes.decide(
        click.organisation, delivery_id, choice, person=click.caller.user_id
    )
    remaining = await use_cases.look_alikes.held(click.organisation)
    return reply(view.decided(click.organisation, sentence, remaining), replaces=True)


COMMANDS = (
    Command(
        name="duplicates",
        summary="entries held because the ERP has something alike",
        usage="duplicates",
        right=Right.READ,
        run=held,
    ),
)
ACTIONS = (
    Action(action_id=view.SKIP, right=Right.PREPARE, run=skip),
    Action(action_id=view.POST, right=Right.APPROVE, run=post),
)
