"""The buttons of late transactions of closed months."""

from __future__ import annotations

from datetime import date, datetime

from bot.handlers.context import Action, Click, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import stragglers as view
from ledger.organisation import Right
from ledger.periods import Period, PeriodError, parse_period
from ledger.stragglers import StragglerChoice


async def push(click: Click, use_cases: UseCases) -> Reply:
    """Prepare what came late of a month now."""
    month = _month(click.arguments)
    sentence = await use_cases.month_end.stragglers.push(
        click.organisation, month, person=click.caller.user_id
    )
    return reply(view.chosen(sentence))


async def next_run(click: Click, use_cases: UseCases) -> Reply:
    """Leave what came late of a month to the next month's push."""
    sentence = await use_cases.month_end.stragglers.choose(
        click.organisation,
        _month(click.arguments),
        StragglerChoice.NEXT_RUN,
        person=click.caller.user_id,
        seen=_seen(click.arguments),
    )
    return reply(view.chosen(sentence))


async def ask_ignore(click: Click, _: UseCases) -> Reply:
    """Ask why they stay out of the books."""
    month = _month(click.arguments)
    return Reply(opens=view.ignore_form(click.organisation.id, str(month), click.arguments[1:]))


async def ignore(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Leave what came late of a month out of the books, with a reason."""
    reason = (submit.values.get("reason") or "").strip()
    if not reason:
        raise FieldRefusal({"reason": "Say why; it is kept for the auditor."})
    sentence = await use_cases.month_end.stragglers.choose(
        submit.organisation,
        _month(submit.arguments),
        StragglerChoice.IGNORE,
        person=submit.caller.user_id,
        reason=reason,
        seen=_seen(submit.arguments),
    )
    return SubmitReply(says=reply(view.chosen(sentence)))


async def take_back(click: Click, use_cases: UseCases) -> Reply:
    """Undo a "leave out"."""
    try:
        chosen_at = datetime.fromisoformat(click.arguments[0])
    except (IndexError, ValueError) as error:
        raise Refusal("This button is an old one.", next_step="/integral approvals") from error
    sentence = await use_cases.month_end.stragglers.take_back(
        click.organisation, chosen_at, person=click.caller.user_id
    )
    return reply(view.chosen(sentence))


def _seen(arguments: tuple[str, ...]) -> str | None:
    return arguments[1] if len(arguments) > 1 else None


def _month(arguments: tuple[str, ...]) -> Period:
    try:
        # A month by its number: today decides nothing here.
        return parse_period(arguments[0] if arguments else "", today=date.min)
    except PeriodError as error:
        raise Refusal("This button is an old one.", next_step="/integral approvals") from error


ACTIONS = (
    Action(action_id=view.PUSH, right=Right.PREPARE, run=push),
    Action(action_id=view.NEXT_RUN, right=Right.PREPARE, run=next_run),
    Action(action_id=view.ASK_IGNORE, right=Right.PREPARE, run=ask_ignore),
    Action(action_id=view.TAKE_BACK, right=Right.PREPARE, run=take_back),
)
MODALS = (Modal(callback_id=view.IGNORE_FORM, right=Right.PREPARE, run=ignore),)
"""Nobody types a command: the list is in the finance channel and in ``/integral approvals``."""
