"""``/integral settings approval``: the form of the approval policies, for owners."""

from __future__ import annotations

from bot.handlers.context import Ask, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.policies import PolicyForm
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import policies as view
from ledger.organisation import Right, rights_of


async def ask_policies(ask: Ask, use_cases: UseCases) -> Reply:
    """Open the form; ``/integral settings`` hands it on."""
    if Right.GRANT_APPROVER not in rights_of(ask.roles):
        raise Refusal("Only an owner changes the approval settings.", next_step="/integral roles")
    policies = await use_cases.month_end.policies.of(ask.organisation)
    return Reply(opens=view.form(ask.organisation, policies))


async def save(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Save what was chosen, or say at the field what is wrong."""
    form = PolicyForm(values={name: text for name, text in submit.values.items() if text})
    try:
        await use_cases.month_end.policies.save(
            submit.organisation, form, actor=submit.caller.user_id
        )
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply(says=reply(view.saved(submit.organisation)))


MODALS = (Modal(callback_id=view.POLICY_FORM, right=Right.GRANT_APPROVER, run=save),)
