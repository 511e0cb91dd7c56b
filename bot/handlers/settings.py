"""``/integral settings``: the form of the journal-entry settings, and the time zone."""

from __future__ import annotations

from datetime import date

from bot.handlers.context import (
    Action,
    Ask,
    Click,
    Command,
    Modal,
    Options,
    Reply,
    Submit,
    SubmitReply,
)
from bot.handlers.policies import ask_policies
from bot.handlers.replies import reply, takes_only
from bot.services.journal_settings import SettingsForm
from bot.services.saying import FieldRefusal
from bot.services.time_zones import read_zone
from bot.services.use_cases import UseCases
from bot.views import settings as view
from ledger.entries import Role
from ledger.organisation import Organisation, Right

_TEXTS = (
    "rollup",
    "entry_date",
    "custom_date",
    "memo",
    "fee_on_acquisition",
    "fee_on_disposal",
    "fee_on_swap",
)


async def ask_settings(ask: Ask, use_cases: UseCases) -> Reply:
    """Open the form; of the approval settings with the word *approval*; or see to the zone."""
    if ask.words and ask.words[0].lower() in {"zone", "timezone", "time-zone"}:
        return await _zone(ask, " ".join(ask.words[1:]), use_cases)
    if takes_only(ask, "settings", "approval", "approvals", "zone"):
        return await ask_policies(ask, use_cases)
    return await _form(ask.organisation, use_cases)


async def _zone(ask: Ask, typed: str, use_cases: UseCases) -> Reply:
    """Show the time zone, or set it."""
    if not typed:
        return reply(view.zone(await use_cases.schedules.status(ask.organisation)))
    done = await use_cases.schedules.set_time_zone(
        ask.organisation, read_zone(typed), actor=ask.caller.user_id
    )
    return reply(view.zone_changed(done))


async def open_form(click: Click, use_cases: UseCases) -> Reply:
    """Open the form from a button."""
    return await _form(click.organisation, use_cases)


async def _form(organisation: Organisation, use_cases: UseCases) -> Reply:
    state = await use_cases.settings.state(organisation)
    return Reply(opens=view.form(organisation, state))


async def save(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Save what was chosen, or say at the field what is wrong."""
    given = {name: submit.values.get(name) for name in _TEXTS}
    chosen = {role: submit.values.get(role.value) for role in Role}
    form = SettingsForm(
        values={name: text for name, text in given.items() if text is not None},
        roles={role: account for role, account in chosen.items() if account},
        go_live=_day(submit.values.get("go_live")),
    )
    try:
        await use_cases.settings.save(submit.organisation, form, actor=submit.caller.user_id)
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply(says=reply(view.saved(submit.organisation)))


def _day(chosen: str | None) -> date | None:
    return date.fromisoformat(chosen) if chosen else None


async def accounts(click: Click, typed: str, use_cases: UseCases) -> list[tuple[str, str]]:
    """Offer accounts of the chart that take entries."""
    found = await use_cases.mappings.search(click.organisation, typed)
    return [(account.label, account.erp_id) for account in found]


COMMANDS = (
    Command(
        name="settings",
        summary="how entries are made: roll-up, date, memo, fees, accounts",
        usage="settings | settings approval | settings zone Europe/London",
        right=Right.ADMINISTER,
        run=ask_settings,
    ),
)
ACTIONS = (Action(action_id=view.OPEN_SETTINGS, right=Right.ADMINISTER, run=open_form),)
MODALS = (Modal(callback_id=view.SETTINGS_FORM, right=Right.ADMINISTER, run=save),)
OPTIONS = (Options(action_id=view.PICK_ACCOUNT, right=Right.PREPARE, run=accounts),)
