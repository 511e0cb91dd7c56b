"""``/integral export``, the form of ``/integral connect file``, and *I imported it*."""

from __future__ import annotations

from datetime import date

from bot.handlers.context import Action, Ask, Click, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.file_company import NewFileCompany
from bot.services.use_cases import UseCases
from bot.views import journal_files as view
from ledger.charts import Chart
from ledger.layouts import Layout
from ledger.organisation import Organisation, Right
from ledger.periods import PeriodError, local_day, parse_period

_LAYOUTS = ", ".join(Layout)


async def form(organisation: Organisation, use_cases: UseCases) -> Reply:
    """Open the form that connects a company without an ERP, or changes its chart."""
    known = await use_cases.file_company.known(organisation)
    suggested = await use_cases.connections.suggested_go_live(organisation)
    active = await use_cases.connections.active(organisation)
    present = active if active and (known is None or active.id != known.id) else None
    return Reply(opens=view.form(organisation, known, suggested=suggested, present=present))


async def connect(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Connect it; the card that says so comes as a direct message."""
    chart = submit.values.get("chart")
    go_live = submit.values.get("go_live")
    files = submit.files.get("chart_file", ())
    typed = NewFileCompany(
        name=submit.values.get("name") or "",
        go_live_date=date.fromisoformat(go_live) if go_live else None,
        chart=Chart(chart) if chart in list(Chart) else None,
        chart_file=files[0][0] if files else None,
    )
    is_done = await use_cases.file_company.connect(
        submit.organisation, typed, actor=submit.caller.user_id
    )
    return SubmitReply() if is_done else SubmitReply(says=reply(view.reading_chart()))


async def export(ask: Ask, use_cases: UseCases) -> Reply:
    """Have a period's journal files sent to the person who asks."""
    words = list(ask.words)
    layout = Layout.GENERIC
    if words and words[-1].lower() in list(Layout):
        layout = Layout(words.pop().lower())
    if not words:
        raise Refusal(
            f"Name a period and, if you like, a layout ({_LAYOUTS}).",
            next_step="/integral export last-month quickbooks",
        )
    today = local_day(use_cases.clock.now(), ask.organisation.time_zone)
    try:
        period = parse_period(" ".join(words), today=today)
    except PeriodError as error:
        raise Refusal(f"{error} Layouts: {_LAYOUTS}.") from error
    company = await use_cases.journal_files.ask(
        ask.organisation, period, layout, user_id=ask.caller.user_id, roles=ask.roles
    )
    return reply(view.asked(company, period, layout))


async def imported(click: Click, use_cases: UseCases) -> Reply:
    """Take a person's word that a journal file was imported."""
    done = await use_cases.journal_files.confirm_import(
        click.organisation,
        click.arguments[0],
        actor=click.caller.user_id,
        roles=click.roles,
    )
    return reply(view.imported(done))


COMMANDS = (
    Command(
        name="export",
        summary="the files to import, for a company without an ERP",
        usage="export PERIOD [quickbooks|xero|netsuite|generic]",
        right=Right.READ,
        run=export,
    ),
)
ACTIONS = (Action(action_id=view.IMPORTED, right=Right.READ, run=imported),)
MODALS = (Modal(callback_id=view.CONNECT_FORM, right=Right.ADMINISTER, run=connect),)
