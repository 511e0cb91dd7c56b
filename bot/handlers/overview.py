"""``/integral help, status, pause, resume`` and the App Home."""

from __future__ import annotations

import bot.handlers
from bot.handlers.context import Action, Ask, Click, Command, Reply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.overview import CompanyState, Standing, require_ready
from bot.services.use_cases import UseCases
from bot.views import advice
from bot.views import overview as view
from bot.views.kit import View
from ledger.organisation import Organisation, Right, rights_of


async def status(ask: Ask, use_cases: UseCases) -> Reply:
    """Show where the organisation stands."""
    return reply(view.status(await use_cases.overview.standing(ask.organisation)))


async def show_help(ask: Ask, use_cases: UseCases) -> Reply:
    """List the commands that this person may use, and the next step."""
    rights = rights_of(ask.roles)
    # Read here and not on import: the registry is assembled from this module, too.
    commands = [
        (command.name, command.summary)
        for command in bot.handlers.REGISTRY.commands.values()
        if command.right is None or command.right in rights
    ]
    if ask.known_organisation is None:
        then = "`/integral start CODE` in the channel that shall speak for your organisation."
    else:
        standing = await use_cases.overview.standing(ask.known_organisation)
        then = advice.next_of(standing)
    return reply(view.help_page(commands, then=then))


async def ask_resume(ask: Ask, use_cases: UseCases) -> Reply:
    """Show what would be pushed, and ask; or say what is missing."""
    return await _question(ask.organisation, use_cases)


async def ask_resume_again(click: Click, use_cases: UseCases) -> Reply:
    """Ask from a button."""
    return await _question(click.organisation, use_cases)


async def _question(organisation: Organisation, use_cases: UseCases) -> Reply:
    standing, state = await _active(organisation, use_cases)
    if state.company.pushes_enabled:
        raise Refusal(
            f"Pushes into {state.company.name} are enabled already.", next_step="/integral status"
        )
    try:
        require_ready(state)
    except Refusal as refusal:
        return reply(view.not_ready(state, refusal.text))
    return reply(view.ask_resume(organisation, state, standing.schedule))


async def resume(click: Click, use_cases: UseCases) -> Reply:
    """Enable pushes, and wake and start what waited for it."""
    standing, state = await _active(click.organisation, use_cases)
    if state.company.id not in click.arguments:
        raise Refusal("Another company is connected by now.", next_step="/integral resume")
    resumed = await use_cases.overview.resume(click.organisation, actor=click.caller.user_id)
    await use_cases.runs.wake_company(resumed.company.id)
    await use_cases.due_schedules.start_due()
    return reply(view.resumed(resumed, standing.schedule), replaces=True)


async def pause(ask: Ask, use_cases: UseCases) -> Reply:
    """Stop pushes."""
    return await _pause(ask.organisation, use_cases, actor=ask.caller.user_id)


async def pause_here(click: Click, use_cases: UseCases) -> Reply:
    """Stop pushes from a button."""
    return await _pause(click.organisation, use_cases, actor=click.caller.user_id)


async def _pause(organisation: Organisation, use_cases: UseCases, *, actor: str) -> Reply:
    company = await use_cases.overview.pause(organisation, actor=actor)
    return reply(view.paused(company, await use_cases.schedules.status(organisation)))


async def home(ask: Ask, use_cases: UseCases) -> View:
    """Draw the App Home of one person."""
    if ask.known_organisation is None:
        return view.home_of_nobody()
    standing = await use_cases.overview.standing(ask.known_organisation)
    return view.home(standing, ask.roles)


async def _active(organisation: Organisation, use_cases: UseCases) -> tuple[Standing, CompanyState]:
    standing = await use_cases.overview.standing(organisation)
    if standing.active is None:
        raise Refusal("No company is connected yet.", next_step="/integral connect")
    return standing, standing.active


COMMANDS = (
    Command(
        name="help",
        summary="what you can type",
        usage="help | help COMMAND",
        right=None,
        run=show_help,
        needs_organisation=False,
    ),
    Command(
        name="status",
        summary="where everything stands, and the next step",
        usage="status",
        right=Right.READ,
        run=status,
    ),
    Command(
        name="resume",
        summary="enable pushes, once the three prerequisites hold",
        usage="resume",
        right=Right.ADMINISTER,
        run=ask_resume,
    ),
    Command(
        name="pause",
        summary="stop pushes at once",
        usage="pause",
        right=Right.ADMINISTER,
        run=pause,
    ),
)
ACTIONS = (
    Action(action_id=view.ASK_RESUME, right=Right.ADMINISTER, run=ask_resume_again),
    Action(action_id=view.RESUME, right=Right.ADMINISTER, run=resume),
    Action(action_id=view.PAUSE, right=Right.ADMINISTER, run=pause_here),
)
HOME = home
