"""``/integral connect, disconnect, reauthorize, accounts, contacts`` and the company's buttons."""

from __future__ import annotations

from datetime import date

from bot.handlers.context import Action, Ask, Click, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.charts import require_company
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import connect as view
from ledger.organisation import ConnectionState, Provider, Right

OAUTH = (Provider.QUICKBOOKS, Provider.XERO)


async def connect(ask: Ask, use_cases: UseCases) -> Reply:
    """Hand the person a link to an ERP's login page."""
    name = ask.words[0].lower() if ask.words else Provider.QUICKBOOKS.value
    provider = next((each for each in OAUTH if each.value.startswith(name)), None)
    if provider is None:
        raise Refusal(
            "Name the ERP to connect.", next_step=f"/integral connect {Provider.QUICKBOOKS.value}"
        )
    return await _invite(ask, use_cases, provider)


async def reauthorize(ask: Ask, use_cases: UseCases) -> Reply:
    """Hand the person a link for the company that is connected, or was."""
    company = require_company(await use_cases.connections.active(ask.organisation))
    return await _invite(ask, use_cases, company.provider)


async def _invite(ask: Ask, use_cases: UseCases, provider: Provider) -> Reply:
    invitation = await use_cases.connections.authorizations.invite(
        ask.organisation,
        provider,
        user_id=ask.caller.user_id,
        channel_id=ask.caller.channel_id,
    )
    return reply(view.invitation(invitation))


async def ask_confirm(click: Click, use_cases: UseCases) -> Reply:
    """Ask for the go-live date at a first connection; confirm at once at a later one."""
    company_id = click.arguments[0]
    company = await use_cases.connections.unconfirmed(click.organisation, company_id)
    if company.go_live_date is None:
        suggested = await use_cases.connections.suggested_go_live(click.organisation)
        form = view.confirm_form(click.organisation, company, suggested=suggested)
        return Reply(opens=form)
    confirmed = await use_cases.connections.confirm(
        click.organisation, company_id, actor=click.caller.user_id
    )
    return reply(view.confirmed(confirmed), replaces=True)


async def confirm(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Make the company active, with the go-live date that was chosen."""
    chosen = submit.values.get("go_live")
    try:
        confirmed = await use_cases.connections.confirm(
            submit.organisation,
            submit.arguments[0],
            actor=submit.caller.user_id,
            go_live_date=date.fromisoformat(chosen) if chosen else None,
        )
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply(says=reply(view.confirmed(confirmed)))


async def reject(click: Click, use_cases: UseCases) -> Reply:
    """End the authorisation of a company that was not the right one."""
    company = await use_cases.connections.reject(
        click.organisation, click.arguments[0], actor=click.caller.user_id
    )
    return reply(view.rejected(company), replaces=True)


async def ask_disconnect(ask: Ask, use_cases: UseCases) -> Reply:
    """Say what stays and what goes, and ask."""
    company = require_company(await use_cases.connections.active(ask.organisation))
    if company.connection is ConnectionState.DISCONNECTED:
        raise Refusal(
            f"{company.name} is disconnected already.",
            next_step=f"/integral connect {company.provider.value}",
        )
    return reply(view.ask_disconnect(ask.organisation, company))


async def disconnect(click: Click, use_cases: UseCases) -> Reply:
    """Take the credentials away."""
    result = await use_cases.connections.disconnect(
        click.organisation, click.arguments[0], actor=click.caller.user_id
    )
    return reply(view.disconnected(result), replaces=True)


COMMANDS = (
    Command(
        name="connect",
        summary="connect the company that entries are posted into",
        usage="connect quickbooks",
        right=Right.ADMINISTER,
        run=connect,
    ),
    Command(
        name="reauthorize",
        summary="sign in again when an authorisation ended",
        usage="reauthorize",
        right=Right.ADMINISTER,
        run=reauthorize,
    ),
    Command(
        name="disconnect",
        summary="take the ERP's credentials away; entries and mapping stay",
        usage="disconnect",
        right=Right.ADMINISTER,
        run=ask_disconnect,
    ),
)
ACTIONS = (
    Action(action_id=view.CONFIRM, right=Right.ADMINISTER, run=ask_confirm),
    Action(action_id=view.REJECT, right=Right.ADMINISTER, run=reject),
    Action(action_id=view.DISCONNECT, right=Right.ADMINISTER, run=disconnect),
)
MODALS = (Modal(callback_id=view.CONFIRM_FORM, right=Right.ADMINISTER, run=confirm),)
