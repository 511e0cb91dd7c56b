"""``/integral preview, sync, verify``: what would be pushed, pushing it, reading it back."""

from __future__ import annotations

from datetime import date

from bot.handlers.context import Action, Ask, Click, Command, Reply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases
from bot.views import runs as view
from bot.views import verification as verification_view
from ledger.organisation import Right
from ledger.periods import Period, PeriodError, local_day, parse_period, period_label
from ledger.runs import Trigger


async def preview(ask: Ask, use_cases: UseCases) -> Reply:
    """Show the entries that a sync would prepare now."""
    period = _period(ask, use_cases, command="preview")
    return reply(view.preview(await use_cases.previews.preview(ask.organisation, period)))


async def sync(ask: Ask, use_cases: UseCases) -> Reply:
    """Start a run, or wake the one that is open for the period."""
    period = _period(ask, use_cases, command="sync")
    started = await use_cases.runs.start(
        ask.organisation, period, trigger=Trigger.HAND, requested_by=ask.caller.user_id
    )
    return reply(view.started(period, started.company.name, is_new=started.is_new))


async def verify(ask: Ask, use_cases: UseCases) -> Reply:
    """Have a period read back; the result comes as a message."""
    period = _period(ask, use_cases, command="verify")
    company = await use_cases.verification.request(
        ask.organisation, period, person=ask.caller.user_id
    )
    return reply(verification_view.asked(company.name, period_label(period)))


async def give_up(click: Click, use_cases: UseCases) -> Reply:
    """Have entries given up that were deleted in the ERP; the result comes as a message."""
    company_id, first, last = click.arguments
    period = Period(first=date.fromisoformat(first), last=date.fromisoformat(last))
    company = await use_cases.verification.ask_give_up(
        click.organisation, company_id, period, person=click.caller.user_id
    )
    return reply(verification_view.asked(company.name, period_label(period)))


def _period(ask: Ask, use_cases: UseCases, *, command: str) -> Period:
    if not ask.words:
        raise Refusal(
            "Name a period: 2026-10, 2026-10-31, 2026-10-01..2026-10-31, last-month or today.",
            next_step=f"/integral {command} last-month",
        )
    today = local_day(use_cases.clock.now(), ask.organisation.time_zone)
    try:
        return parse_period(" ".join(ask.words), today=today)
    except PeriodError as error:
        raise Refusal(str(error), next_step=f"/integral {command} last-month") from error


COMMANDS = (
    Command(
        name="preview",
        summary="the exact entries that a sync would prepare; writes nothing",
        usage="preview PERIOD",
        right=Right.READ,
        run=preview,
    ),
    Command(
        name="sync",
        summary="push a period's journal entries, each exactly once",
        usage="sync PERIOD",
        right=Right.PREPARE,
        run=sync,
    ),
    Command(
        name="verify",
        summary="read posted entries back and compare them with what was approved",
        usage="verify PERIOD",
        right=Right.READ,
        run=verify,
    ),
)
ACTIONS = (Action(action_id=verification_view.GIVE_UP, right=Right.APPROVE, run=give_up),)
