"""``/integral start`` and ``/integral channel``: a new organisation, and where it speaks."""

from __future__ import annotations

from bot.handlers.context import Ask, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.access import NewOrganisation
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import start as view
from ledger.organisation import Right, rights_of


async def start(ask: Ask, _: UseCases) -> Reply:
    """Open the form; the code typed behind the command is filled in."""
    code = ask.words[0] if ask.words else ""
    return Reply(opens=view.form(code=code, channel_id=_channel(ask)))


async def create(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Create the organisation, or say at the field what is wrong."""
    channel_id = submit.arguments[0] or None
    form = NewOrganisation(
        code=submit.values.get("code") or "",
        name=submit.values.get("name") or "",
        base_currency=submit.values.get("currency") or "",
        time_zone=submit.values.get("time_zone") or "",
    )
    try:
        organisation = await use_cases.access.start(
            form,
            team_id=submit.caller.team_id,
            user_id=submit.caller.user_id,
            channel_id=channel_id,
        )
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply(says=reply(view.started(organisation, channel_id=channel_id)))


async def channel(ask: Ask, use_cases: UseCases) -> Reply:
    """Show the finance channel, or make this one it."""
    organisation = ask.organisation
    if not ask.words and organisation.finance_channel is not None:
        return reply(view.channel_now(organisation))
    if Right.ADMINISTER not in rights_of(ask.roles):
        raise Refusal("Only an owner or admin can set the finance channel.")
    channel_id = _channel(ask)
    if channel_id is None:
        raise Refusal(
            "A direct message cannot be the finance channel. Type this in the channel that it "
            "shall be.",
            next_step="/integral channel here",
        )
    await use_cases.access.ask_for_channel(organisation, channel_id, user_id=ask.caller.user_id)
    return reply(view.channel_asked())


def _channel(ask: Ask) -> str | None:
    return None if ask.caller.is_direct_message else ask.caller.channel_id


COMMANDS = (
    Command(
        name="start",
        summary="set up an organisation and become its owner",
        usage="start CODE",
        right=None,
        run=start,
        needs_organisation=False,
    ),
    Command(
        name="channel",
        summary="the finance channel, where runs are reported",
        usage="channel | channel here",
        right=Right.READ,
        run=channel,
    ),
)
MODALS = (Modal(callback_id=view.START_FORM, right=None, run=create, needs_organisation=False),)
