"""Views of ``/integral settings``: how entries are made, seven accounts, the time zone. Pure."""

from __future__ import annotations

from bot.services.journal_settings import SettingsState
from bot.services.schedule_status import ScheduleStatus
from bot.services.schedules import ZoneChanged
from bot.views import kit, schedules
from bot.views.drawn import Drawn, next_step
from ledger.entries import Role
from ledger.memo import TEMPLATE_LIMIT, TOKENS
from ledger.organisation import Organisation
from ledger.preflight import REQUIRED_ROLES
from ledger.settings import (
    EntryDate,
    FeeOnAcquisition,
    FeeOnDisposal,
    FeeOnSwap,
    JournalSettings,
    Rollup,
)

SETTINGS_FORM = "settings_form"
OPEN_SETTINGS = "settings_open"
PICK_ACCOUNT = "settings_account"

ROLLUPS = (
    ("One entry for each transaction", Rollup.INDIVIDUAL.value),
    ("Bundled: one entry a day, every line kept", Rollup.BUNDLED.value),
    ("Summed: one entry a day, one line for each account", Rollup.SUMMED.value),
)
ENTRY_DATES = (
    ("Transaction date", EntryDate.TRANSACTION.value),
    ("Posting date: the day the entry is made", EntryDate.POSTING.value),
    ("Custom: the date below, else the month's last day", EntryDate.CUSTOM.value),
)
FEES = (
    (
        "fee_on_acquisition",
        "A fee on a purchase",
        (
            ("is part of the cost of what was bought", FeeOnAcquisition.CAPITALISE.value),
            ("is an expense", FeeOnAcquisition.EXPENSE.value),
        ),
    ),
    (
        "fee_on_disposal",
        "A fee on a sale",
        (
            ("is an expense", FeeOnDisposal.EXPENSE.value),
            ("reduces the proceeds", FeeOnDisposal.NET.value),
        ),
    ),
    (
        "fee_on_swap",
        "A fee on a trade of one asset for another",
        (
            ("is part of the cost of what was received", FeeOnSwap.CAPITALISE.value),
            ("is an expense", FeeOnSwap.EXPENSE.value),
        ),
    ),
)
ROLE_LABELS = {
    Role.PROCEEDS: ("Proceeds", "Receives the fiat of a sale where its wallet has no account."),
    Role.TRADING_FEES: ("Trading fees", "What exchanges charge."),
    Role.NETWORK_FEES: ("Network fees", "Gas and other fees of a blockchain."),
    Role.GAINS: ("Realised gains", "An ordinary account, not one of the ERP's own."),
    Role.LOSSES: ("Realised losses", "May be the same account as the gains."),
    Role.ROUNDING: ("Rounding", "Entries balance to the cent: nothing is posted here yet."),
    Role.IN_TRANSIT: ("In transit", "A transfer's row has both ends: nothing is posted here yet."),
}


def form(organisation: Organisation, state: SettingsState) -> kit.View:
    """Return the form, with suggestions filled in where nothing is chosen."""
    settings = state.settings
    values = {
        "fee_on_acquisition": settings.fee_on_acquisition.value,
        "fee_on_disposal": settings.fee_on_disposal.value,
        "fee_on_swap": settings.fee_on_swap.value,
    }
    intro = f"How Integral makes journal entries for *{kit.escape(state.company.name)}*."
    if state.suggested:
        intro += " Accounts marked as suggested were found by name; look at them before you save."
    blocks = [
        kit.section(intro),
        *_start_input(state),
        *_entry_inputs(settings),
        *(
            kit.field_input(name, label, kit.select(name, options, chosen=values[name]))
            for name, label, options in FEES
        ),
        kit.header("Accounts"),
        *(_role_input(role, state) for role in Role),
    ]
    return kit.modal(
        SETTINGS_FORM,
        "Journal entries",
        blocks,
        metadata=kit.pack(organisation.id),
        submit="Save",
        close="Cancel",
    )


def saved(organisation: Organisation) -> Drawn:
    """Return that the settings are saved."""
    return Drawn.of(
        "The journal-entry settings are saved.",
        kit.section(
            f":white_check_mark: The journal-entry settings of *{kit.escape(organisation.name)}* "
            "are saved. They hold for entries that are not yet prepared; posted ones stay."
        ),
        next_step("`/integral status` shows what is left, `/integral preview` what would be sent."),
    )


def _start_input(state: SettingsState) -> list[kit.Block]:
    if state.go_live is None:
        return []
    return [
        kit.field_input(
            "go_live",
            "Entries start on",
            kit.date_picker("go_live", chosen=state.go_live),
            hint="The go-live date. It can be changed until the first entry is prepared.",
        )
    ]


def zone(status: ScheduleStatus) -> Drawn:
    """Return the time zone that the organisation's days go by."""
    name = kit.escape(status.organisation.time_zone)
    return Drawn.of(
        f"Time zone: {status.organisation.time_zone}",
        kit.section(f"The days of *{kit.escape(status.organisation.name)}* go by *{name}*."),
        kit.context("It decides on which day a transaction falls, and when a schedule is due."),
        next_step("`/integral settings zone Europe/London` sets another one."),
    )


def zone_changed(done: ZoneChanged) -> Drawn:
    """Return that the time zone was set, and what that means."""
    organisation = done.status.organisation
    after, before = kit.escape(organisation.time_zone), kit.escape(done.before)
    return Drawn.of(
        f"The time zone is {organisation.time_zone} now.",
        kit.section(
            f":earth_africa: The days of *{kit.escape(organisation.name)}* go by *{after}* now, "
            f"until now by {before}. Entries that are not sent yet are dated by it, so a card that "
            "waits may be made anew. Posted ones stay as they are; those that would have another "
            "date now are marked as stale. The schedule repeats no day and leaves none out."
        ),
        kit.section(schedules.line(done.status)),
        next_step("`/integral status`; in a minute `/integral undo stale` shows what is stale."),
    )


def _entry_inputs(settings: JournalSettings) -> list[kit.Block]:
    tokens = " ".join(f"{{{token}}}" for token in TOKENS)
    return [
        kit.field_input(
            "rollup",
            "Entries",
            kit.select("rollup", ROLLUPS, chosen=settings.rollup.value),
            hint="Roll-ups take whole days only, once they have ended.",
        ),
        kit.field_input(
            "entry_date",
            "Entry date",
            kit.select("entry_date", ENTRY_DATES, chosen=settings.entry_date.value),
        ),
        kit.field_input(
            "custom_date",
            "Custom date",
            kit.date_picker("custom_date", chosen=settings.custom_date),
            hint="Only for the entry date Custom. Empty: the last day of the transaction's month.",
            optional=True,
        ),
        kit.field_input(
            "memo",
            "Memo",
            kit.text_input("memo", initial=settings.memo, max_length=TEMPLATE_LIMIT),
            hint=f"Tokens: {tokens}. Notes of a transaction are internal and never part of it.",
        ),
    ]


def _role_input(role: Role, state: SettingsState) -> kit.Block:
    label, hint = ROLE_LABELS[role]
    chosen = state.chosen.get(role)
    suggested = state.suggested.get(role)
    account = chosen or suggested
    if chosen is None and suggested is not None:
        hint = f"Suggested by its name. {hint}"
    return kit.field_input(
        role.value,
        label,
        kit.type_ahead(PICK_ACCOUNT, chosen=(account.label, account.erp_id) if account else None),
        hint=hint,
        optional=role not in REQUIRED_ROLES,
    )
