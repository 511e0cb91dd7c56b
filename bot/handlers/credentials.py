"""``/integral connect`` and ``reauthorize`` with typed credentials: the forms and their sending."""

from __future__ import annotations

from bot.erp.reach import CredentialMethod
from bot.handlers.context import Action, Caller, Click, Modal, Reply, Submit, SubmitReply
from bot.services.credentials import Typed
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import credentials as view
from ledger.organisation import Company, Organisation, Provider, Right


def form(organisation: Organisation, provider: Provider, use_cases: UseCases) -> Reply:
    """Open the form of the usual method."""
    methods = use_cases.connections.credentials.methods(provider)
    return Reply(opens=view.form(organisation, provider, methods, chosen=methods[0]))


async def update_form(organisation: Organisation, company: Company, use_cases: UseCases) -> Reply:
    """Open the form for what was rotated; the whole one when nothing is kept any more."""
    credentials = use_cases.connections.credentials
    try:
        method = await credentials.rotated_method(company)
    except Refusal:
        return form(organisation, company.provider, use_cases)
    in_use = await credentials.shown(company)
    return Reply(opens=view.update_form(organisation, company, method, in_use=in_use))


async def open_form(click: Click, use_cases: UseCases) -> Reply:
    """Open the form from a button."""
    return form(click.organisation, Provider(click.arguments[0]), use_cases)


async def choose_method(click: Click, use_cases: UseCases) -> Reply:
    """Show another method's fields in the form that is open."""
    provider = Provider(click.arguments[0])
    methods = use_cases.connections.credentials.methods(provider)
    chosen = _method(methods, click.chosen)
    drawn = view.form(click.organisation, provider, methods, chosen=chosen)
    return Reply(opens=drawn, replaces=True)


async def submit(sent: Submit, use_cases: UseCases) -> SubmitReply:
    """Check what was typed and have it tried; the answer comes as a direct message."""
    provider = Provider(sent.arguments[0])
    typed = _typed(sent.organisation, provider, sent.caller)
    try:
        await use_cases.connections.credentials.submit(typed, sent.arguments[1], _values(sent))
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply()


async def update(sent: Submit, use_cases: UseCases) -> SubmitReply:
    """Check the new values and have them tried; the old ones stay until they worked."""
    company = await use_cases.connections.of(sent.organisation, sent.arguments[0])
    typed = _typed(sent.organisation, company.provider, sent.caller)
    try:
        await use_cases.connections.credentials.update(typed, company, _values(sent))
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply()


def _typed(organisation: Organisation, provider: Provider, caller: Caller) -> Typed:
    return Typed(
        organisation=organisation,
        provider=provider,
        user_id=caller.user_id,
        channel_id=caller.channel_id,
    )


def _values(sent: Submit) -> dict[str, str]:
    return {name: value or "" for name, value in sent.values.items()}


def _method(methods: tuple[CredentialMethod, ...], name: str | None) -> CredentialMethod:
    return next((method for method in methods if method.name == name), methods[0])


ACTIONS = (
    Action(action_id=view.OPEN, right=Right.ADMINISTER, run=open_form),
    Action(action_id=view.METHOD, right=Right.ADMINISTER, run=choose_method),
)
MODALS = (
    Modal(callback_id=view.FORM, right=Right.ADMINISTER, run=submit),
    Modal(callback_id=view.UPDATE_FORM, right=Right.ADMINISTER, run=update),
)
