"""``/integral approvals`` and the buttons of an approval card."""

from __future__ import annotations

from bot.handlers.context import Action, Ask, Click, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.approvals import Decision
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import approvals as view
from bot.views import stragglers as straggler_view
from ledger.organisation import Right


async def waiting(ask: Ask, use_cases: UseCases) -> Reply:
    """List the batches that wait for an approver."""
    batches = await use_cases.approvals.waiting(ask.organisation)
    stragglers = use_cases.month_end.stragglers
    late = await stragglers.waiting(ask.organisation)
    listed = straggler_view.drawn(late) if late else None
    periods = await use_cases.approvals.periods(batches)
    drawn = view.waiting(ask.organisation, batches, listed, periods=periods)
    left = await stragglers.left_out(ask.organisation)
    return reply(straggler_view.with_left_out(drawn, ask.organisation, left))


async def approve(click: Click, use_cases: UseCases) -> Reply:
    """Approve a batch, for exactly what the card showed."""
    batch_id, digest = click.arguments
    decided = await use_cases.approvals.decide(
        click.organisation,
        batch_id,
        Decision.APPROVE,
        person=click.caller.user_id,
        digest=digest,
    )
    return reply(view.answered(decided.message))


async def workbook(click: Click, use_cases: UseCases) -> Reply:
    """Send the person the workbook of a batch."""
    (batch_id,) = click.arguments
    await use_cases.month_end.workbooks.ask(
        click.organisation, batch_id, person=click.caller.user_id
    )
    return reply(view.workbook_coming())


async def ask_reason(click: Click, _: UseCases) -> Reply:
    """Ask why a batch is rejected."""
    batch_id, digest = click.arguments
    return Reply(opens=view.reject_form(click.organisation.id, batch_id, digest))


async def reject(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Reject a batch with a reason."""
    batch_id, digest = submit.arguments
    reason = (submit.values.get("reason") or "").strip()
    if not reason:
        raise FieldRefusal({"reason": "Say why, so that the preparer knows what to mend."})
    decided = await use_cases.approvals.decide(
        submit.organisation,
        batch_id,
        Decision.REJECT,
        person=submit.caller.user_id,
        note=reason,
        digest=digest,
    )
    return SubmitReply(says=reply(view.answered(decided.message)))


COMMANDS = (
    Command(
        name="approvals",
        summary="batches that wait for an approver",
        usage="approvals",
        right=Right.READ,
        run=waiting,
    ),
)
ACTIONS = (
    Action(action_id=view.APPROVE_BATCH, right=Right.APPROVE, run=approve),
    Action(action_id=view.REJECT_BATCH, right=Right.APPROVE, run=ask_reason),
    Action(action_id=view.WORKBOOK, right=Right.READ, run=workbook),
)
MODALS = (Modal(callback_id=view.REJECT_FORM, right=Right.APPROVE, run=reject),)
