"""Views of ``/integral status, resume, pause, help`` and of the App Home. Pure: data to blocks."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Sequence

from bot.services.overview import CompanyState, Standing
from bot.services.schedule_status import ScheduleStatus
from bot.views import advice, corrections, imports, kit, mapping, schedules, settings, staleness
from bot.views.company import connection_line, past_companies
from bot.views.drawn import Drawn, count, moment, next_step
from bot.views.prerequisites import checklist
from ledger.delivery import DeliveryState
from ledger.organisation import (
    Company,
    ConnectionState,
    Organisation,
    PersonRole,
    Provider,
    Right,
    rights_of,
)
from ledger.periods import Period, day_label, period_label
from ledger.runs import Run, RunState

RESUME = "overview_resume"
ASK_RESUME = "overview_ask_resume"
PAUSE = "overview_pause"

_SOON_DAYS = 30
_GROUPS = (
    ("Set up", ("start", "clients", "channel", "roles", "connect", "accounts", "contacts")),
    ("Prepare", ("import", "map", "unmapped", "settings", "rules", "prices", "review")),
    ("Push", ("preview", "sync", "approvals", "duplicates", "schedule", "undo")),
    ("Look", ("status", "verify", "history", "evidence", "export", "doctor")),
    ("Connection", ("resume", "pause", "reauthorize", "disconnect")),
)
"""What is in none of them comes last."""
_WORDS = {
    DeliveryState.VERIFIED: "read back and equal",
    DeliveryState.POSTED: "posted, not read back yet",
    DeliveryState.PENDING_IN_ERP: "waiting for the ERP's own approval",
    DeliveryState.AWAITING_APPROVAL: "waiting for approval",
    DeliveryState.APPROVED: "approved, about to be sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.UNCERTAIN: "sent without an answer, being looked for",
    DeliveryState.HELD: "held as possible duplicates",
    DeliveryState.BLOCKED: "blocked",
    DeliveryState.REFUSED: "refused by the ERP",
    DeliveryState.DIVERGED: "differing from what was approved",
    DeliveryState.SKIPPED: "skipped: in the ERP already",
}
"""Declined and withdrawn ones are dead and not counted."""
_FILE_WORDS = {
    DeliveryState.PENDING_IN_ERP: "for a file, until a person says that it was imported",
    DeliveryState.VERIFIED: "in a file that was imported",
}
_NETSUITE_WORDS = {
    DeliveryState.DIVERGED: "differing from what was approved, or rejected in NetSuite",
}
_WORDS_OF = {
    Provider.JOURNAL_FILE: _WORDS | _FILE_WORDS,
    Provider.NETSUITE: _WORDS | _NETSUITE_WORDS,
}


def status(standing: Standing) -> Drawn:
    """Return where the organisation stands, for anybody who may read."""
    name = standing.organisation.name
    return Drawn.of(f"Status of {name}", *_body(standing), next_step(advice.next_of(standing)))


def home(standing: Standing, roles: frozenset[PersonRole]) -> kit.View:
    """Return the App Home of one person: the same state, with what their roles may press."""
    held = ", ".join(role.value for role in PersonRole if role in roles) or "none"
    buttons = _buttons(standing, roles)
    blocks = [
        *_body(standing),
        next_step(advice.next_of(standing)),
        *([kit.actions(*buttons)] if buttons else []),
        kit.context(
            f"Your roles: {held}. As of {moment(standing.at)}. "
            "`/integral help` lists what you can type."
        ),
    ]
    return kit.home(blocks)


def home_of_nobody() -> kit.View:
    """Return the App Home of a person without an organisation."""
    return kit.home(
        [
            kit.header("Integral"),
            kit.section(
                "Journal entries from crypto and bank transactions, posted once into your ERP."
            ),
            next_step(
                "ask an owner for a role with `/integral roles grant @you preparer`, or start an "
                "organisation with `/integral start CODE` in the channel that shall speak for it."
            ),
        ]
    )


def ask_resume(organisation: Organisation, state: CompanyState, schedule: ScheduleStatus) -> Drawn:
    """Return what resuming will push, with the button that enables it."""
    company = state.company
    return Drawn.of(
        f"Enable pushes into {company.name}?",
        kit.section(
            f"*Enable pushes into {kit.escape(company.name)} ({company.provider.label})?*\n"
            f"{_due(state)}"
        ),
        *_sections(_stopped(state)),
        *_sections(schedules.on_resuming(schedule)),
        *checklist(state.prerequisites),
        kit.actions(
            kit.button(
                "Enable pushes", RESUME, kit.pack(organisation.id, company.id), style="primary"
            )
        ),
        kit.context(
            "Entries already pushed are never sent again. Month ends and a first push still need "
            "an approval."
        ),
        next_step(f"look first with `{advice.preview(state.ready)}`, or press the button."),
    )


def not_ready(state: CompanyState, refusal: str) -> Drawn:
    """Return why pushes cannot be enabled, with the three prerequisites."""
    return Drawn.of(
        refusal,
        kit.section(f":no_entry: {kit.escape(refusal)}"),
        *checklist(state.prerequisites),
        next_step("what is not ticked, from the top."),
    )


def resumed(state: CompanyState, schedule: ScheduleStatus) -> Drawn:
    """Return that pushes are enabled; the schedule is as it was just before."""
    name = kit.escape(state.company.name)
    return Drawn.of(
        f"Pushes into {state.company.name} are enabled.",
        kit.section(f":arrow_forward: Pushes into *{name}* are enabled. {_due(state)}"),
        *_sections(_stopped(state)),
        *_sections(schedules.when_resumed(schedule)),
        next_step(advice.when_resumed(state, schedule)),
    )


def paused(company: Company, schedule: ScheduleStatus) -> Drawn:
    """Return that pushes are paused."""
    return Drawn.of(
        f"Pushes into {company.name} are paused.",
        kit.section(
            f":double_vertical_bar: Pushes into *{kit.escape(company.name)}* are paused. Nothing "
            "new is sent; what is on its way is finished and checked."
        ),
        *_sections(schedules.while_paused(schedule)),
        next_step("`/integral resume` enables them again."),
    )


def help_page(commands: Sequence[tuple[str, str]], *, then: str) -> Drawn:
    """Return the commands that a person may use: (name, summary)."""
    grouped = {name for _, names in _GROUPS for name in names}
    rest = tuple(name for name, _ in commands if name not in grouped)
    sections = [
        block
        for title, names in (*_GROUPS, ("More", rest))
        for block in _help_group(title, _in_order(names, commands))
    ]
    return Drawn.of(
        "What you can type",
        kit.header("Integral"),
        *sections,
        kit.context("Usage of one: `/integral help sync`."),
        next_step(then),
    )


def _in_order(names: Sequence[str], commands: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the commands of a group in the group's order."""
    return sorted((c for c in commands if c[0] in names), key=lambda c: names.index(c[0]))


def _help_group(title: str, commands: Sequence[tuple[str, str]]) -> list[kit.Block]:
    lines = [f"`/integral {name}`  {kit.escape(summary)}" for name, summary in commands]
    pages = (lines[n : n + 15] for n in range(0, len(lines), 15))
    return [kit.section(f"*{title}*\n" + "\n".join(page)) for page in pages]


def _body(standing: Standing) -> list[kit.Block]:
    organisation = standing.organisation
    channel = organisation.finance_channel
    blocks = [
        kit.header(organisation.name),
        kit.context(
            f"Base currency {kit.escape(organisation.base_currency)} · "
            f"{kit.escape(organisation.time_zone)} · "
            + (f"<#{channel}>" if channel else "no finance channel: `/integral channel here`")
        ),
    ]
    if standing.active is None:
        waiting = [kit.escape(company.name) for company in standing.unconfirmed]
        text = (
            f":hourglass_flowing_sand: {', '.join(waiting)} waits to be confirmed, in a direct "
            "message to whoever connected it."
            if waiting
            else "No company is connected yet."
        )
        return [*blocks, kit.section(text), *past_companies(standing.past)]
    return [
        *blocks,
        *_company(standing.active),
        kit.section(schedules.line(standing.schedule)),
        *_runs(standing),
        *past_companies(standing.past),
    ]


def _company(state: CompanyState) -> list[kit.Block]:
    company = state.company
    pushes = ":arrow_forward: enabled" if company.pushes_enabled else ":double_vertical_bar: paused"
    blocks = [
        kit.fields(
            ("Company", kit.escape(company.name)),
            ("Connection", connection_line(company)),
            ("ERP and currency", f"{company.provider.label}, {company.functional_currency}"),
            ("Fiscal year starts", month_name[state.fiscal_year_start_month]),
            ("Entries start on", day_label(company.go_live_date)),
            ("Pushes", pushes),
        ),
        *_expiry(state),
        *checklist(state.prerequisites),
        kit.section(_counts(state)),
        *_late(state),
    ]
    blocks += [
        kit.section(
            f":small_orange_diamond: *{group.title}*: "
            f"{count(group.count, 'transaction')} blocked\n{group.remedy}"
        )
        for group in state.problems[:6]
    ]
    return blocks


def _sections(text: str | None) -> list[kit.Block]:
    return [] if text is None else [kit.section(text)]


def _expiry(state: CompanyState) -> list[kit.Block]:
    days = state.days_left
    if days is None or state.company.connection is not ConnectionState.ACTIVE:
        return []
    if days <= _SOON_DAYS:
        left = count(max(days, 0), "day")
        return [
            kit.section(
                f":warning: The authorisation ends in {left} unless it is renewed: "
                "`/integral reauthorize`."
            )
        ]
    return [kit.context(f"Authorised for {count(days, 'more day')}.")]


def _late(state: CompanyState) -> list[kit.Block]:
    if not state.late:
        return []
    verb = "waits" if state.late == 1 else "wait"
    return [
        kit.section(
            f":hourglass: *{count(state.late, 'late transaction')}* of closed months {verb} for a "
            "choice: `/integral approvals`."
        )
    ]


def _counts(state: CompanyState) -> str:
    words_of = _WORDS_OF.get(state.company.provider, _WORDS)
    alive = [
        f"{state.counts[each]:,} {words}"
        for each, words in words_of.items()
        if state.counts.get(each)
    ]
    pushed = "; ".join(alive) if alive else "none yet"
    return f"*Entries*: {pushed}.{staleness.line(state.stale)}\n{_due(state)}"


def _due(state: CompanyState) -> str:
    ready = state.ready
    if ready.first_date is None or ready.last_date is None:
        return "Nothing is ready to be pushed."
    dates = period_label(Period(ready.first_date, ready.last_date))
    verb = "is" if ready.entries == 1 else "are"
    return f"{count(ready.entries, 'entry', 'entries')} of {dates} {verb} ready for the next sync."


def _stopped(state: CompanyState) -> str | None:
    """Return what goes first when pushes are enabled again; none when nothing was stopped."""
    approved = state.counts.get(DeliveryState.APPROVED, 0)
    words = count(approved, "approved entry", "approved entries")
    verb = "goes" if approved == 1 else "go"
    return f"{words}, stopped on the way, {verb} at once." if approved else None


def _runs(standing: Standing) -> list[kit.Block]:
    lines = [f":hourglass_flowing_sand: {_run(run)}" for run in standing.open_runs]
    lines += [f"• {_run(run)}" for run in standing.recent_runs]
    return [kit.section("*Syncs*\n" + "\n".join(lines))] if lines else []


def _run(run: Run) -> str:
    period = period_label(Period(run.first_date, run.last_date))
    words = {
        RunState.OPEN: "under way",
        RunState.AWAITING_APPROVAL: "waits for approval",
        RunState.FINISHED: "done",
        RunState.CANCELLED: "ended without an approval",
    }[run.state]
    waits = f": {kit.escape(kit.cut(run.waiting_for, 200))}" if run.waiting_for else ""
    return f"{period} ({corrections.how_begun(run)}), {words}{waits}"


def _buttons(standing: Standing, roles: frozenset[PersonRole]) -> list[kit.Block]:
    """Return at most two buttons of the next step, and the usual ones behind."""
    rights = rights_of(roles)
    organisation_id, state = standing.organisation.id, standing.active
    if state is None or Right.PREPARE not in rights:
        return []
    value = kit.pack(organisation_id, state.company.id)
    p = state.prerequisites
    buttons = []
    if Right.ADMINISTER in rights and state.company.pushes_enabled:
        buttons.append(kit.button("Pause pushes", PAUSE, value))
    if Right.ADMINISTER in rights and not state.company.pushes_enabled and p.all_hold:
        buttons.append(kit.button("Enable pushes", ASK_RESUME, value, style="primary"))
    buttons.append(kit.button("Import", imports.OPEN_IMPORT, value))
    buttons.append(kit.button("Map accounts", mapping.OPEN_MAPPING, value))
    if Right.ADMINISTER in rights:
        buttons.append(kit.button("Settings", settings.OPEN_SETTINGS, value))
    return buttons
