"""``/integral connect, disconnect, reauthorize, accounts, contacts`` and the company's buttons."""

from __future__ import annotations

import json
from datetime import date

from bot.handlers import credentials, journal_files
from bot.handlers.context import (
    Action,
    Ask,
    Caller,
    Click,
    Command,
    Modal,
    Reply,
    Submit,
    SubmitReply,
)
from bot.handlers.replies import reply
from bot.services.charts import require_company
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import choosing, grants, kit, reconnect
from bot.views import connect as view
from bot.views import credentials as credentials_view
from ledger.organisation import Company, ConnectionState, Organisation, Provider, Right
from ledger.periods import Period, local_day
from ledger.runs import Trigger

_NAMED = {
    "quickbooks": Provider.QUICKBOOKS,
    "qbo": Provider.QUICKBOOKS,
    "xero": Provider.XERO,
    "netsuite": Provider.NETSUITE,
    "file": Provider.JOURNAL_FILE,
    "journal_file": Provider.JOURNAL_FILE,
}
"""What people type; the first letters are enough."""


async def connect(ask: Ask, use_cases: UseCases) -> Reply:
    """Offer what the person authorised before, else a link or form to authorise anew."""
    if not ask.words and await use_cases.connections.active(ask.organisation) is None:
        return reply(view.which(ask.organisation, _able(use_cases)))
    provider = await _provider(ask, use_cases)
    arrivals = use_cases.connections.arrivals
    offered = await arrivals.offered(ask.organisation, provider, user_id=ask.caller.user_id)
    if not offered:
        return await _authorise(ask.organisation, ask.caller, provider, use_cases)
    value = kit.pack(ask.organisation.id, provider.value)
    if provider in use_cases.connections.credentials.providers:
        other = kit.button("Use other credentials", credentials_view.OPEN, value)
    else:
        other = kit.button(f"Sign in to {provider.label}", view.SIGN_IN, value)
    return reply(choosing.offered(ask.organisation, provider, offered, other=other))


async def sign_in(click: Click, use_cases: UseCases) -> Reply:
    """Hand the person a link although they authorised companies before."""
    provider = Provider(click.arguments[0])
    return await _authorise(click.organisation, click.caller, provider, use_cases)


async def reauthorize(ask: Ask, use_cases: UseCases) -> Reply:
    """Have the person authorise the company again that is connected, or was."""
    company = require_company(await use_cases.connections.active(ask.organisation))
    return await _again(ask.organisation, ask.caller, company, use_cases)


async def reauthorize_here(click: Click, use_cases: UseCases) -> Reply:
    """Do so from the button of an alert."""
    company = await use_cases.connections.of(click.organisation, click.arguments[0])
    return await _again(click.organisation, click.caller, company, use_cases)


async def choose(click: Click, use_cases: UseCases) -> Reply:
    """Take up one of several companies that the person authorised."""
    chosen = await use_cases.connections.arrivals.choose(
        click.organisation,
        click.arguments[0],
        click.chosen or "",
        user_id=click.caller.user_id,
    )
    return reply(choosing.chosen(chosen), replaces=True)


async def push_ready(click: Click, use_cases: UseCases) -> Reply:
    """Start a sync of every month that has something ready."""
    state = (await use_cases.overview.standing(click.organisation)).active
    if state is None or state.company.id not in click.arguments:
        raise Refusal("Another company is connected by now.", next_step="/integral status")
    today = local_day(use_cases.clock.now(), click.organisation.time_zone)
    begun = [period for period in state.ready.periods if period.first <= today]
    if not begun:
        raise Refusal("Nothing is ready to be pushed any more.", next_step="/integral status")
    periods = [Period(period.first, min(period.last, today)) for period in begun]
    for period in periods:
        await use_cases.runs.start(
            click.organisation, period, trigger=Trigger.HAND, requested_by=click.caller.user_id
        )
    return reply(reconnect.pushing(periods), replaces=True)


async def push_later(_click: Click, _: UseCases) -> Reply:
    """Leave what is ready to the next sync."""
    return reply(reconnect.pushing_later(), replaces=True)


async def _provider(ask: Ask, use_cases: UseCases) -> Provider:
    """Return the ERP that was named; without a name, the one that is or was connected."""
    if not ask.words:
        active = await use_cases.connections.active(ask.organisation)
        if active is not None:
            return active.provider
    name = ask.words[0].lower() if ask.words else "-"
    found = next((each for word, each in _NAMED.items() if word.startswith(name)), None)
    if found is None:
        names = ", ".join([*(each.value for each in _able(use_cases)[:-1]), "file"])
        raise Refusal(
            f"Name the ERP to connect: {names}. `file` is for teams without one.",
            next_step="/integral connect",
        )
    return found


def _able(use_cases: UseCases) -> tuple[Provider, ...]:
    """Return what can be connected here; the journal file, which always can, comes last."""
    connections = use_cases.connections
    known = (*connections.authorizations.providers, *connections.credentials.providers)
    return (*(each for each in known if each is not Provider.JOURNAL_FILE), Provider.JOURNAL_FILE)


async def _again(
    organisation: Organisation, caller: Caller, company: Company, use_cases: UseCases
) -> Reply:
    if company.provider in use_cases.connections.credentials.providers:
        return await credentials.update_form(organisation, company, use_cases)
    return await _authorise(organisation, caller, company.provider, use_cases)


async def _authorise(
    organisation: Organisation, caller: Caller, provider: Provider, use_cases: UseCases
) -> Reply:
    if provider in use_cases.connections.credentials.providers:
        return credentials.form(organisation, provider, use_cases)
    if provider is Provider.JOURNAL_FILE:
        return await journal_files.form(organisation, use_cases)
    invitation = await use_cases.connections.authorizations.invite(
        organisation, provider, user_id=caller.user_id, channel_id=caller.channel_id
    )
    return reply(view.invitation(invitation))


async def ask_confirm(click: Click, use_cases: UseCases) -> Reply:
    """Ask for the go-live date at a first connection, or whether to leave another company."""
    company_id = click.arguments[0]
    company = await use_cases.connections.unconfirmed(click.organisation, company_id)
    present = await use_cases.connections.active(click.organisation)
    if company.go_live_date is None or present is not None:
        suggested = await use_cases.connections.suggested_go_live(click.organisation)
        form = view.confirm_form(
            click.organisation,
            company,
            suggested=None if company.go_live_date else suggested,
            present=present,
        )
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
    if confirmed.company.connected_by == submit.caller.user_id:
        # The question in their direct messages, which they answered, becomes the answer.
        return SubmitReply()
    return SubmitReply(says=reply(view.confirmed(confirmed)))


async def reject(click: Click, use_cases: UseCases) -> Reply:
    """Take a company away that was not the right one; ask which of the others it is, if any."""
    rejected = await use_cases.connections.reject(
        click.organisation, click.arguments[0], actor=click.caller.user_id
    )
    said = rejected.said
    return Reply(text=said.text, blocks=tuple(json.loads(said.blocks)), replaces=True)


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
        usage="connect quickbooks | connect xero | connect netsuite | connect file",
        right=Right.ADMINISTER,
        run=connect,
    ),
    Command(
        name="reauthorize",
        summary="sign in again, or put in a new token, when an authorisation ended",
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
    Action(action_id=view.SIGN_IN, right=Right.ADMINISTER, run=sign_in),
    Action(action_id=grants.REAUTHORIZE, right=Right.ADMINISTER, run=reauthorize_here),
    Action(action_id=choosing.CHOOSE, right=Right.ADMINISTER, run=choose),
    Action(action_id=reconnect.PUSH_READY, right=Right.PREPARE, run=push_ready),
    Action(action_id=reconnect.PUSH_LATER, right=Right.PREPARE, run=push_later),
)
MODALS = (Modal(callback_id=view.CONFIRM_FORM, right=Right.ADMINISTER, run=confirm),)
